package main

import (
	"fmt"
	"time"

	"guitai/ledger"
)

// DrawerConfig is how the till keeps its cash drawer. In training there is none of it.
type DrawerConfig struct {
	Shifts   bool   `toml:"shifts"`    // nothing is sold before somebody has opened a shift
	CloseAt  string `toml:"close_at"`  // HH:MM at which a forgotten shift is closed; "24:00" is the midnight that ends a day; empty: never
	CashStep string `toml:"cash_step"` // yuan of the smallest coin: what settles a sale in cash is rounded to it; empty: no rounding
}

// closeAt is that hour as the time after midnight; 0 is never.
func (c DrawerConfig) closeAt() (time.Duration, error) {
	var hour, minute int
	if c.CloseAt == "" {
		return 0, nil
	}
	n, err := fmt.Sscanf(c.CloseAt, "%d:%d", &hour, &minute)
	if err != nil || n != 2 || c.CloseAt != fmt.Sprintf("%02d:%02d", hour, minute) || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 || hour+minute == 0 {
		return 0, fmt.Errorf("close_at = %q: a time from 00:01 to 24:00 such as \"23:30\", or empty", c.CloseAt)
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute, nil
}

// maxCashStep is one yuan: nobody lets more than half of it off.
const maxCashStep = 100

// cashStep is the smallest coin in fen; 0 rounds nothing.
func (c DrawerConfig) cashStep() (int64, error) {
	step, err := yuan("cash_step", c.CashStep)
	if err != nil || step > maxCashStep {
		return 0, fmt.Errorf("cash_step = %q: yuan such as \"0.10\", at most %s; empty for no rounding", c.CashStep, ledger.Fen(maxCashStep))
	}
	return step, nil
}

func (c *Config) checkDrawer(add func(key, format string, args ...any)) {
	if _, err := c.Drawer.closeAt(); err != nil {
		add("drawer.close_at", "%s", err)
	}
	if _, err := c.Drawer.cashStep(); err != nil {
		add("drawer.cash_step", "%s", err)
	}
}

// drawer tells the Book about the drawer.
func (c *Config) drawer(about *ledger.BookConfig) {
	if c.Mode == modeTraining {
		return
	}
	about.Shifts = c.Drawer.Shifts
	about.CloseAt, _ = c.Drawer.closeAt() // check has made sure that both can be read
	about.CashStep, _ = c.Drawer.cashStep()
}

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/statement"
)

// StatementConfig is how the channels' statements are fetched and compared.
type StatementConfig struct {
	Fetch     bool   `toml:"fetch"`      // ask the channels for them; false: only files that somebody brings are compared
	At        string `toml:"at"`         // Beijing time on the next day, not before 10:00 (both channels' word)
	Days      int    `toml:"days"`       // how many days back missed ones are asked for
	AlipayFee string `toml:"alipay_fee"` // percent that is agreed on, such as "0.6"; empty: the fee is not checked
	WechatFee string `toml:"wechat_fee"` // the same; empty: the row's own rate is what its fee is checked by
}

func defaultStatements() StatementConfig {
	return StatementConfig{Fetch: true, At: "10:00", Days: 31}
}

// statementsFrom is the least hour: the channels make statements from 09:00 and ask not to be asked before 10:00.
const statementsFrom = 10 * time.Hour

func (c *Config) checkStatements(add func(key, format string, args ...any)) {
	if at, err := c.Statements.at(); err != nil || at < statementsFrom {
		add("statements.at", "at = %q: a time such as \"10:00\", and none before that", c.Statements.At)
	}
	if c.Statements.Days < 1 || c.Statements.Days > 90 {
		add("statements.days", "days = %d: 1 to 90", c.Statements.Days)
	}
	for key, text := range map[string]string{"statements.alipay_fee": c.Statements.AlipayFee, "statements.wechat_fee": c.Statements.WechatFee} {
		if _, err := millionths(text); err != nil {
			add(key, "%s = %q: percent such as \"0.6\"", strings.TrimPrefix(key, "statements."), text)
		}
	}
}

func (c *StatementConfig) at() (time.Duration, error) {
	t, err := time.Parse("15:04", c.At)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}

// millionths reads percent, exactly; -1 for none.
func millionths(percent string) (int64, error) {
	if percent == "" {
		return -1, nil
	}
	whole, part, _ := strings.Cut(percent, ".")
	if whole == "" || len(whole) > 2 || len(part) > 4 {
		return 0, fmt.Errorf("%q is no percentage", percent)
	}
	n, err := strconv.ParseUint(whole+part+"0000"[len(part):], 10, 32)
	return int64(n), err
}

// worker is what the statements' worker is told.
func (c *StatementConfig) worker() statement.Config {
	at, _ := c.at() // check has made sure that all can be read
	cfg := statement.Config{From: at, Days: c.Days, Rate: map[ledger.Channel]int64{}}
	for ch, text := range map[ledger.Channel]string{ledger.Alipay: c.AlipayFee, ledger.WeChat: c.WechatFee} {
		if rate, err := millionths(text); err == nil && rate >= 0 {
			cfg.Rate[ch] = rate
		}
	}
	return cfg
}

// archiveOf keeps statements in the ledger's folder.
func archiveOf(store *disk.Store) statement.Archive {
	return statement.Archive{
		Seal: func(name string) (statement.Sealing, error) {
			sealing, err := store.Seal(name)
			if err != nil {
				return nil, err
			}
			return sealing, nil
		},
		Open: func(name string) (statement.Kept, error) {
			file, err := store.Sealed(name)
			if err != nil {
				return nil, err
			}
			return file, nil
		},
	}
}

package main

import (
	"fmt"
	"time"

	"guitai/ledger"
)

// AlertsConfig says from when on the till tells a supervisor of a pattern of trades. Counts are of one person and one business day; 0
// switches a rule off.
type AlertsConfig struct {
	Opens           string `toml:"opens"`              // HH:MM; trades before it are told of; empty, as closes: no hours are known
	Closes          string `toml:"closes"`             // HH:MM; and trades from here on; earlier than opens: the shop is open past midnight
	FastRefunds     int    `toml:"fast_refunds"`       // refunds soon after their payment
	FastMinutes     int    `toml:"fast_minutes"`       // how soon
	OwnRefunds      int    `toml:"own_refunds"`        // refunds of one's own sales
	Voids           int    `toml:"voids"`              // sales given up, or payments stopped
	VoidPercent     int    `toml:"void_percent"`       // and more than this share of the person's sales
	TinySales       int    `toml:"tiny_sales"`         // sales of next to nothing
	TinyBelow       string `toml:"tiny_below"`         // yuan
	Repeats         int    `toml:"repeats"`            // the same amount again soon after it was given up or given back
	RepeatMinutes   int    `toml:"repeat_minutes"`     // how soon
	BandTimes       int    `toml:"band_times"`         // an amount more than so many times the person's largest usual one
	BandAfter       int    `toml:"band_after"`         // sales by which the usual ones are known
	NoSales         int    `toml:"no_sales"`           // openings of the drawer for no sale
	DifferenceAbove string `toml:"difference_above"`   // yuan, either way: between a count of the drawer and what should be there
	Reprints        int    `toml:"reprints"`           // receipts printed again
	LooseCodes      int    `toml:"codes_without_sale"` // customers' codes scanned while nothing was to be paid
	WrongPINs       int    `toml:"wrong_pins"`         // of one person, or at the till as a whole
	WrongSales      int    `toml:"wrong_sales"`        // sales of which somebody has said that something was wrong
}

// defaultAlerts are the ledger's own thresholds.
func defaultAlerts() AlertsConfig {
	t := ledger.DefaultThresholds()
	return AlertsConfig{
		FastRefunds: t.FastRefunds, FastMinutes: int(t.FastWithin / time.Minute), OwnRefunds: t.OwnRefunds, Voids: t.Voids, VoidPercent: t.VoidPercent,
		TinySales: t.Tiny, TinyBelow: ledger.Fen(t.TinyBelow).String(), Repeats: t.Repeats, RepeatMinutes: int(t.RepeatWithin / time.Minute),
		BandTimes: int(t.BandTimes), BandAfter: t.BandAfter, NoSales: t.NoSales, DifferenceAbove: ledger.Fen(t.Difference).String(),
		Reprints: t.Reprints, LooseCodes: t.LooseCodes, WrongPINs: t.WrongPINs, WrongSales: t.Watched,
	}
}

// hours are the times after midnight at which the shop opens and closes; both are 0 where none are known.
func (c AlertsConfig) hours() (opens, closes time.Duration, key string, err error) {
	if c.Opens == "" && c.Closes == "" {
		return 0, 0, "", nil
	}
	if opens, err = clockTime("opens", c.Opens); err != nil {
		return 0, 0, "alerts.opens", err
	}
	if closes, err = clockTime("closes", c.Closes); err != nil {
		return 0, 0, "alerts.closes", err
	}
	if opens == closes {
		return 0, 0, "alerts.closes", fmt.Errorf("closes = %q: the shop opens at that time; leave both empty where there are no hours", c.Closes)
	}
	return opens, closes, "", nil
}

// clockTime reads HH:MM as the time after midnight; "24:00" is the midnight that ends a day.
func clockTime(setting, text string) (time.Duration, error) {
	if text == "24:00" {
		return 24 * time.Hour, nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%s = %q: a time from 00:00 to 24:00 such as \"09:00\"; opens and closes go together, or are both empty", setting, text)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

const (
	alertMost   = 10_000  // of a count: more than anybody does in a day
	alertWithin = 24 * 60 // minutes: the watch knows the sales of a day
)

func (c *Config) checkAlerts(add func(key, format string, args ...any)) {
	if _, _, key, err := c.Alerts.hours(); err != nil {
		add(key, "%s", err)
	}
	for _, number := range c.Alerts.numbers() {
		if number.value < number.least || number.value > number.most {
			add("alerts."+number.key, "%s = %d: %s, %d to %d", number.key, number.value, number.unit, number.least, number.most)
		}
	}
	for key, text := range map[string]string{"tiny_below": c.Alerts.TinyBelow, "difference_above": c.Alerts.DifferenceAbove} {
		if _, err := yuan(key, text); err != nil {
			add("alerts."+key, "%s = %q: yuan such as \"20.00\", at most %s; \"0\" switches the rule off", key, text, ledger.Fen(ledger.MaxFen))
		}
	}
}

// alertNumber is a setting that is a number, with its unit and bounds.
type alertNumber struct {
	key                string
	value, least, most int
	unit               string
}

func (c AlertsConfig) numbers() []alertNumber {
	const times = "how often in a day, 0 switches the rule off"
	return []alertNumber{
		{"fast_refunds", c.FastRefunds, 0, alertMost, times}, {"fast_minutes", c.FastMinutes, 1, alertWithin, "minutes"},
		{"own_refunds", c.OwnRefunds, 0, alertMost, times}, {"voids", c.Voids, 0, alertMost, times},
		{"void_percent", c.VoidPercent, 0, 100, "percent of the person's sales"}, {"tiny_sales", c.TinySales, 0, alertMost, times},
		{"repeats", c.Repeats, 0, alertMost, times}, {"repeat_minutes", c.RepeatMinutes, 1, alertWithin, "minutes"},
		{"band_times", c.BandTimes, 0, alertMost, "times the usual amount, 0 switches the rule off"}, {"band_after", c.BandAfter, 1, alertMost, "sales"},
		{"no_sales", c.NoSales, 0, alertMost, times}, {"reprints", c.Reprints, 0, alertMost, times},
		{"codes_without_sale", c.LooseCodes, 0, alertMost, times}, {"wrong_pins", c.WrongPINs, 0, alertMost, times},
		{"wrong_sales", c.WrongSales, 0, alertMost, times},
	}
}

// thresholds are what the ledger takes of it; check has made sure that all of it can be read.
func (c AlertsConfig) thresholds() ledger.Thresholds {
	opens, closes, _, _ := c.hours()
	tiny, _ := yuan("tiny_below", c.TinyBelow)
	difference, _ := yuan("difference_above", c.DifferenceAbove)
	return ledger.Thresholds{
		FastRefunds: c.FastRefunds, FastWithin: time.Duration(c.FastMinutes) * time.Minute, OwnRefunds: c.OwnRefunds, Voids: c.Voids, VoidPercent: c.VoidPercent,
		Tiny: c.TinySales, TinyBelow: tiny, Opens: opens, Closes: closes, Repeats: c.Repeats, RepeatWithin: time.Duration(c.RepeatMinutes) * time.Minute,
		BandTimes: int64(c.BandTimes), BandAfter: c.BandAfter, LooseCodes: c.LooseCodes, WrongPINs: c.WrongPINs, NoSales: c.NoSales, Difference: difference,
		Reprints: c.Reprints, Watched: c.WrongSales,
	}
}

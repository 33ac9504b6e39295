package main

import (
	"strings"
	"testing"
	"time"

	"guitai/ledger"
)

// TestTheAlertsOfAShop: who has chosen nothing has the ledger's thresholds; zero switches off; hours may pass midnight.
func TestTheAlertsOfAShop(t *testing.T) {
	if got := defaultAlerts().thresholds(); got != ledger.DefaultThresholds() {
		t.Errorf("%+v", got)
	}
	cfg, err := loadConfig(writeConfig(t, "[alerts]\nopens = \"18:00\"\ncloses = \"02:30\"\ntiny_sales = 0\ndifference_above = \"0\"\nband_times = 0\nno_sales = 4\ntiny_below = \"2.50\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.DefaultThresholds()
	want.Opens, want.Closes, want.Tiny, want.Difference, want.BandTimes, want.NoSales, want.TinyBelow = 18*time.Hour, 2*time.Hour+30*time.Minute, 0, 0, 0, 4, 250
	if got := bookConfig(cfg).Alerts; got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
}

// TestWrongAlertsAreNamedWithTheirLine, and what would be right.
func TestWrongAlertsAreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"opens = \"9:00\"\ncloses = \"22:00\"":  `:2: [alerts] opens = "9:00": a time from 00:00 to 24:00 such as "09:00"`,
		"opens = \"09:00\"":                     `:1: [alerts] closes = "": a time`,
		"opens = \"09:00\"\ncloses = \"25:00\"": `:3: [alerts] closes = "25:00": a time`,
		"opens = \"09:00\"\ncloses = \"09:00\"": `:3: [alerts] closes = "09:00": the shop opens at that time`,
		"fast_refunds = -1":                     `:2: [alerts] fast_refunds = -1: how often in a day, 0 switches the rule off, 0 to 10000`,
		"fast_minutes = 0":                      `:2: [alerts] fast_minutes = 0: minutes, 1 to 1440`,
		"void_percent = 101":                    `:2: [alerts] void_percent = 101: percent of the person's sales, 0 to 100`,
		"difference_above = \"much\"":           `:2: [alerts] difference_above = "much": yuan such as "20.00"`,
		"tiny_below = \"-1\"":                   `:2: [alerts] tiny_below = "-1": yuan`,
		"wrong_pins = \"five\"":                 `:2: [alerts] wrong_pins = "five"`,
		"fly = 1":                               `:2: [alerts]`,
	} {
		_, err := loadConfig(writeConfig(t, "[alerts]\n"+text+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v\nnot %s", text, err, want)
		}
	}
}

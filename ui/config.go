package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// Config is what a shop may choose about its screen. The zero value is complete.
type Config struct {
	// Lang is the language of the screen: zh or en. Empty: from the locale (LC_ALL, LC_MESSAGES, LANG), and English on
	// the Linux console (TERM=linux), which has no Chinese glyphs.
	Lang assets.Lang `toml:"lang"`
	// DefaultChannel is the channel whose QR is shown as soon as Enter has settled the amount: alipay or wechat. Empty:
	// none, the cashier presses a channel's key or scans the customer's code.
	DefaultChannel ledger.Channel `toml:"default_channel"`
	// Theme is how the screen is coloured: light, dark, contrast, mono, or empty for the terminal's own colours. NO_COLOR
	// wins over it.
	Theme Theme `toml:"theme"`
	// Bell is whether the till's terminal is heard: once for PAID, twice for what needs a look, three times for what needs
	// a decision. Empty: it is; BellOff: never.
	Bell string `toml:"bell"`
	// Keys are the shop's own keys; a table of its own in the configuration file.
	Keys Keys `toml:"-"`
}

// BellOff keeps the till silent.
const BellOff = "off"

// Check returns a sentence for every wrong setting, joined, each beginning with the setting's name; or nil.
func (c Config) Check() error {
	var lang, channel, theme, bell error
	if c.Lang != "" && !slices.Contains(assets.Langs, c.Lang) {
		lang = fmt.Errorf("lang = %q: allowed are %q, %q and the empty text (from the locale)", c.Lang, assets.Zh, assets.En)
	}
	switch c.DefaultChannel {
	case "", ledger.Alipay, ledger.WeChat:
	default:
		channel = fmt.Errorf("default_channel = %q: allowed are %q, %q and the empty text (none)", c.DefaultChannel, ledger.Alipay, ledger.WeChat)
	}
	if !slices.Contains(Themes, c.Theme) {
		theme = fmt.Errorf("theme = %q: allowed are %q, %q, %q, %q and the empty text (the terminal's own colours)", c.Theme, ThemeLight, ThemeDark, ThemeContrast, ThemeMono)
	}
	if c.Bell != "" && c.Bell != BellOff {
		bell = fmt.Errorf("bell = %q: allowed are %q and the empty text (it rings)", c.Bell, BellOff)
	}
	return errors.Join(lang, channel, theme, bell)
}

// Language gives the screen's language: the configured one, else that of the locale, by the order of POSIX (LC_ALL,
// LC_MESSAGES, LANG). The Linux console reads English whatever its locale says: its fonts have no Chinese.
func Language(cfg Config, getenv func(string) string) assets.Lang {
	if cfg.Lang != "" {
		return cfg.Lang
	}
	if getenv("TERM") == "linux" {
		return assets.En
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			if strings.HasPrefix(strings.ToLower(locale), "zh") {
				return assets.Zh
			}
			return assets.En
		}
	}
	return assets.En
}

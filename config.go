package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guitai/hardware"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/alipay"
	"guitai/sync/notice"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
	"guitai/ui"
	"guitai/ui/remote"
)

// The modes. Training and sandbox talk to simulators only; production refuses simulator keys and plain http.
const (
	modeTraining   = "training"
	modeSandbox    = "sandbox"
	modeProduction = "production"
)

// Config is the configuration file. assets/config.example.toml is its manual; a test keeps the two together.
type Config struct {
	Mode       string                 `toml:"mode"`
	DataDir    string                 `toml:"data_dir"`
	Till       TillConfig             `toml:"till"`
	Sale       SaleConfig             `toml:"sale"`
	Refunds    RefundsConfig          `toml:"refunds"`
	Ledger     LedgerConfig           `toml:"ledger"`
	Staff      StaffConfig            `toml:"staff"`
	Drawer     DrawerConfig           `toml:"drawer"`
	Alerts     AlertsConfig           `toml:"alerts"`
	Statements StatementConfig        `toml:"statements"`
	Codes      []ledger.CodeRule      `toml:"codes"`
	Screen     ui.Config              `toml:"screen"`
	Keys       ui.Keys                `toml:"keys"`
	Scanner    hardware.Config        `toml:"scanner"`
	Printer    hardware.PrinterConfig `toml:"printer"`
	Voice      hardware.VoiceConfig   `toml:"voice"`
	Pole       hardware.PoleConfig    `toml:"pole"`
	Page       ui.PageConfig          `toml:"page"`
	Notices    notice.Config          `toml:"notices"`
	Support    SupportConfig          `toml:"support"`
	Remote     remote.Config          `toml:"remote"`
	Alipay     *alipay.Config         `toml:"alipay"`
	WechatPay  *wechatpay.Config      `toml:"wechatpay"`
}

// TillConfig names the till and its shop.
type TillConfig struct {
	Name     string `toml:"name"`      // in order numbers: one to four of A-Z and 0-9
	Shop     string `toml:"shop"`      // what the customer's bill shows
	TimeZone string `toml:"time_zone"` // of business days; the channels cut theirs at Beijing midnight
}

// SaleConfig is how a sale is keyed.
type SaleConfig struct {
	Settle   string `toml:"settle"`    // "enter", or "quiet": a scan settles the amount after a pause
	QuietMS  int    `toml:"quiet_ms"`  // that pause in milliseconds
	AskAbove int64  `toml:"ask_above"` // in fen: larger amounts are asked about once; 0 never asks
}

// RefundsConfig is what goes back by itself.
type RefundsConfig struct {
	AutoLimit string `toml:"auto_limit"` // yuan: late money up to this amount; "0" or empty: any amount
}

// autoLimit is the limit in fen; 0 is none.
func (c RefundsConfig) autoLimit() (int64, error) { return yuan("auto_limit", c.AutoLimit) }

// yuan reads an amount of a setting, in fen. Empty is none.
func yuan(setting, text string) (int64, error) {
	var keyed ledger.Keyed
	var err error
	for _, r := range text {
		if keyed, err = keyed.Key(r); err != nil || text == "." {
			return 0, fmt.Errorf("%s = %q: yuan such as \"500.00\", at most %s; \"0\" or empty for any amount", setting, text, ledger.Fen(ledger.MaxFen))
		}
	}
	limit, _ := keyed.Money() // refuses nothing but zero, which is none
	return limit.Fen, nil
}

// LedgerConfig is what the ledger keeps outside its folder.
type LedgerConfig struct {
	Checkpoints string `toml:"checkpoints"` // a folder for signed checkpoints, best on another device; empty: none
	Backup      string `toml:"backup"`      // a folder for a backup that the open till keeps up to date; empty: none
	KeepDays    int    `toml:"keep_days"`   // after which a sealed day's events leave Badger, once the backup has them; 0: never
}

// keepLeast is the least number of days that events stay in both copies: statements and disputes are about the last weeks.
const keepLeast = 90

// outside is where this till's heads are kept.
func (c *Config) outside() disk.Outside {
	return disk.Outside{Folder: c.Ledger.Checkpoints, Till: c.Till.Name}
}

// defaultConfig is the till of somebody who has configured nothing: training.
func defaultConfig() Config {
	return Config{
		Mode: modeTraining,
		Till: TillConfig{Name: "T1", Shop: "Guitai", TimeZone: "Asia/Shanghai"},
		Sale: SaleConfig{Settle: "enter", QuietMS: 400, AskAbove: 500_000}, Refunds: RefundsConfig{AutoLimit: "0"},
		Staff: defaultStaff(), Alerts: defaultAlerts(), Statements: defaultStatements(),
	}
}

// screen is what the shop has chosen about its screen.
func (c *Config) screen() ui.Config {
	screen := c.Screen
	screen.Keys = c.Keys
	return screen
}

func (c *Config) check() []wrong {
	var found []wrong
	add := func(key, format string, args ...any) {
		found = append(found, wrong{key: key, what: fmt.Sprintf(format, args...)})
	}
	switch c.Mode {
	case modeTraining, modeSandbox, modeProduction:
	default:
		add("mode", "mode = %q: allowed are training, sandbox, production", c.Mode)
	}
	if !ledger.ValidTillName(c.Till.Name) {
		add("till.name", "name = %q: one to four of A-Z and 0-9", c.Till.Name)
	}
	if _, err := time.LoadLocation(c.Till.TimeZone); err != nil || c.Till.TimeZone == "" {
		add("till.time_zone", "time_zone = %q: a zone such as Asia/Shanghai", c.Till.TimeZone)
	}
	if c.Sale.Settle != "enter" && c.Sale.Settle != "quiet" {
		add("sale.settle", "settle = %q: allowed are enter, quiet", c.Sale.Settle)
	}
	if c.Sale.QuietMS < 100 || c.Sale.QuietMS > 5000 {
		add("sale.quiet_ms", "quiet_ms = %d: 100 to 5000", c.Sale.QuietMS)
	}
	if c.Sale.AskAbove < 0 || c.Sale.AskAbove > ledger.MaxFen {
		add("sale.ask_above", "ask_above = %d: fen, 0 to %d", c.Sale.AskAbove, ledger.MaxFen)
	}
	if _, err := c.Refunds.autoLimit(); err != nil {
		add("refunds.auto_limit", "%s", err)
	}
	if c.Ledger.KeepDays < 0 || c.Ledger.KeepDays > 0 && c.Ledger.KeepDays < keepLeast {
		add("ledger.keep_days", "keep_days = %d: 0, or at least %d", c.Ledger.KeepDays, keepLeast)
	}
	if c.Ledger.KeepDays > 0 && c.Ledger.Backup == "" {
		add("ledger.keep_days", "keep_days needs a backup: it is the second copy of what is archived")
	}
	c.checkStaff(add)
	c.checkDrawer(add)
	c.checkAlerts(add)
	c.checkStatements(add)
	c.checkSupport(add)
	for i, rule := range c.Codes {
		found = append(found, checkCode(fmt.Sprintf("codes.%d.", i), rule)...)
	}
	for table, err := range map[string]error{"screen.": c.Screen.Check(), "keys.": c.Keys.Check(), "scanner.": c.Scanner.Check(), "notices.": c.Notices.Check(),
		"printer.": c.Printer.Check(), "voice.": c.Voice.Check(), "pole.": c.Pole.Check(), "page.": c.Page.Check(), "remote.": c.Remote.Check()} {
		for _, sentence := range sentences(err) {
			name, _, _ := strings.Cut(sentence, " ")
			add(table+strings.TrimSuffix(name, ":"), "%s", sentence)
		}
	}
	return append(found, c.checkChannels()...)
}

// sentences are the joined parts of an error.
func sentences(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

// checkCode checks a row of the table of codes in its three parts, so that each is named when it is wrong: a rule tells
// its first fault alone.
func checkCode(row string, rule ledger.CodeRule) (found []wrong) {
	good := ledger.CodeRule{First: "0", Last: "0", Min: 8, Max: 8}
	prefixes, lengths, channel := good, good, good
	prefixes.First, prefixes.Last = rule.First, rule.Last
	lengths.Min, lengths.Max = rule.Min, rule.Max
	channel.Channel = rule.Channel
	if err := prefixes.Check(); err != nil {
		found = append(found, wrong{row + "first", err.Error(), []string{row + "last"}})
	}
	if err := lengths.Check(); err != nil {
		found = append(found, wrong{row + "min", err.Error(), []string{row + "max"}})
	}
	if err := channel.Check(); err != nil {
		found = append(found, wrong{row + "channel", err.Error(), nil})
	}
	return found
}

func (c *Config) checkChannels() (found []wrong) {
	if c.Mode == modeTraining {
		return c.checkTraining()
	}
	production := c.Mode == modeProduction // a mode that does not exist forbids no more than the sandbox
	if c.Alipay != nil {
		for _, w := range c.Alipay.Check(production) {
			found = append(found, wrong{"alipay." + w.Key, w.What, nil})
		}
	}
	if c.WechatPay != nil {
		for _, w := range c.WechatPay.Check(production) {
			found = append(found, wrong{"wechatpay." + w.Key, w.What, nil})
		}
	}
	if production {
		found = append(found, c.simulated()...)
	}
	if (production || c.Mode == modeSandbox) && c.Alipay == nil && c.WechatPay == nil {
		found = append(found, wrong{"mode", fmt.Sprintf("mode = %q needs a channel: fill in [alipay] or [wechatpay]", c.Mode),
			[]string{"alipay", "wechatpay"}})
	}
	return found
}

// checkTraining refuses channels as a whole: what is in them does not matter where there must be none.
func (c *Config) checkTraining() (found []wrong) {
	const none = "[%s]: training brings its own simulator; take this table out, or choose mode = \"sandbox\" or \"production\""
	if c.Alipay != nil {
		found = append(found, wrong{"alipay", fmt.Sprintf(none, "alipay"), nil})
	}
	if c.WechatPay != nil {
		found = append(found, wrong{"wechatpay", fmt.Sprintf(none, "wechatpay"), nil})
	}
	return found
}

// simulated finds the simulator's merchants, and keys that a simulator has made, whatever merchant they are said to
// belong to.
func (c *Config) simulated() (found []wrong) {
	name := func(key, value, simulators string) {
		if value == simulators {
			setting := key[strings.IndexByte(key, '.')+1:]
			found = append(found, wrong{key, fmt.Sprintf("%s = %q: this is the simulator's; production takes real ones only", setting, value), nil})
		}
	}
	file := func(key, path string) {
		if text, err := os.ReadFile(path); err == nil && sandbox.MadeHere(text) {
			setting := key[strings.IndexByte(key, '.')+1:]
			found = append(found, wrong{key, fmt.Sprintf("%s = %q: a simulator's key; production takes real ones only", setting, path), nil})
		}
	}
	if c.Alipay != nil {
		name("alipay.app_id", c.Alipay.AppID, sandbox.AppID)
		name("alipay.seller_id", c.Alipay.SellerID, sandbox.SellerID)
		file("alipay.private_key_file", c.Alipay.PrivateKeyFile)
		file("alipay.public_key_file", c.Alipay.PublicKeyFile)
	}
	if c.WechatPay != nil {
		name("wechatpay.mchid", c.WechatPay.MchID, sandbox.MchID)
		name("wechatpay.appid", c.WechatPay.AppID, sandbox.WechatAppID)
		name("wechatpay.public_key_id", c.WechatPay.PublicKeyID, sandbox.PublicKeyID)
		file("wechatpay.private_key_file", c.WechatPay.PrivateKeyFile)
		file("wechatpay.public_key_file", c.WechatPay.PublicKeyFile)
	}
	return found
}

// noDevices takes what stands on the counter out, and its door: another till on this screen has them.
func (c *Config) noDevices() {
	c.Scanner, c.Printer, c.Voice, c.Pole, c.Page = hardware.Config{}, hardware.PrinterConfig{}, hardware.VoiceConfig{}, hardware.PoleConfig{}, ui.PageConfig{}
	c.Remote = remote.Config{}
}

// zone is the shop's time zone; check has made sure that it exists.
func (c *Config) zone() *time.Location {
	zone, err := time.LoadLocation(c.Till.TimeZone)
	if err != nil {
		return ledger.Shanghai
	}
	return zone
}

// dataDir is the folder that holds everything of this till: each mode has its own, so that training can never meet
// real money.
func (c *Config) dataDir() (string, error) {
	if c.DataDir != "" {
		return c.DataDir, nil
	}
	base := os.Getenv("XDG_DATA_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no home directory; name a folder with --data-dir: %w", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "guitai", c.Mode), nil
}

// channels are those this till sells on.
func (c *Config) channels() []ledger.Channel {
	channels := []ledger.Channel{}
	if c.Alipay != nil || c.Mode == modeTraining {
		channels = append(channels, ledger.Alipay)
	}
	if c.WechatPay != nil || c.Mode == modeTraining {
		channels = append(channels, ledger.WeChat)
	}
	return channels
}

// codeTable is the classification of scanned codes for the mode.
func (c *Config) codeTable() ledger.CodeTable {
	table := ledger.CodeTable(c.Codes)
	if len(table) == 0 {
		table = ledger.DefaultCodes()
	}
	if c.Mode == modeTraining {
		return ledger.TrainingCodes(table)
	}
	return table
}

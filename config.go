package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"guitai/hardware"
	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
	"guitai/ui"
)

// The modes. Training and sandbox talk to simulators only; production refuses simulator keys and plain http.
const (
	modeTraining   = "training"
	modeSandbox    = "sandbox"
	modeProduction = "production"
)

// Config is the configuration file. assets/config.example.toml is its manual; a test keeps the two together.
type Config struct {
	Mode      string            `toml:"mode"`
	DataDir   string            `toml:"data_dir"`
	Till      TillConfig        `toml:"till"`
	Sale      SaleConfig        `toml:"sale"`
	Codes     []ledger.CodeRule `toml:"codes"`
	Screen    ui.Config         `toml:"screen"`
	Scanner   hardware.Config   `toml:"scanner"`
	Alipay    *alipay.Config    `toml:"alipay"`
	WechatPay *wechatpay.Config `toml:"wechatpay"`
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

// defaultConfig is the till of somebody who has configured nothing: training.
func defaultConfig() Config {
	return Config{
		Mode: modeTraining,
		Till: TillConfig{Name: "T1", Shop: "Guitai", TimeZone: "Asia/Shanghai"},
		Sale: SaleConfig{Settle: "enter", QuietMS: 400, AskAbove: 500_000},
	}
}

// loadConfig reads a configuration file. Every wrong entry is named with file, line, what is wrong and what is allowed.
func loadConfig(path string) (Config, error) {
	cfg := defaultConfig()
	if path == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return cfg, fmt.Errorf("configuration: %w", err)
	}
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := decoder.Decode(&cfg); err != nil {
		return cfg, atLine(path, string(text), err)
	}
	var wrong []error
	for _, w := range cfg.check() {
		wrong = append(wrong, fmt.Errorf("%s:%d: %s", path, lineOf(string(text), w.key), w.what))
	}
	return cfg, errors.Join(wrong...)
}

// atLine turns the decoder's errors into one line each.
func atLine(path, text string, err error) error {
	var unknown *toml.StrictMissingError
	var decode *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var wrong []error
		for i := range unknown.Errors {
			row, _ := unknown.Errors[i].Position()
			key := strings.Join(unknown.Errors[i].Key(), ".")
			wrong = append(wrong, fmt.Errorf("%s:%d: %s is not a setting; `guitai config example` lists them all", path, row, key))
		}
		return errors.Join(wrong...)
	case errors.As(err, &decode):
		row, _ := decode.Position()
		what := strings.TrimPrefix(decode.Error(), "toml: ")
		if strings.HasPrefix(what, "cannot decode") { // the library goes on to name Go's types
			key, _, _ := strings.Cut(strings.Split(text, "\n")[row-1], "=")
			what = strings.TrimSpace(key) + " has a value of the wrong kind; `guitai config example` shows the right one"
		}
		return fmt.Errorf("%s:%d: %s", path, row, what)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// wrong is one bad entry: its dotted key, and a sentence that says what is wrong and what is allowed.
type wrong struct{ key, what string }

func (c *Config) check() []wrong {
	var found []wrong
	add := func(key, format string, args ...any) { found = append(found, wrong{key, fmt.Sprintf(format, args...)}) }
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
	for i, rule := range c.Codes {
		if err := rule.Check(); err != nil {
			add(fmt.Sprintf("codes.%d", i), "codes: %v", err)
		}
	}
	if err := c.Screen.Check(); err != nil {
		add("screen."+setting(err), "screen: %v", err)
	}
	if err := c.Scanner.Check(); err != nil {
		add("scanner."+setting(err), "scanner: %v", err)
	}
	return append(found, c.checkChannels()...)
}

// setting is the name with which a sentence about a wrong entry begins.
func setting(err error) string {
	name, _, _ := strings.Cut(err.Error(), " ")
	return name
}

func (c *Config) checkChannels() (found []wrong) {
	add := func(key, format string, args ...any) { found = append(found, wrong{key, fmt.Sprintf(format, args...)}) }
	switch c.Mode {
	case modeTraining:
		for table, there := range map[string]bool{"alipay": c.Alipay != nil, "wechatpay": c.WechatPay != nil} {
			if there {
				add(table, "[%s]: training brings its own simulator; take this table out, or choose mode = \"sandbox\"", table)
			}
		}
		return found
	case modeSandbox, modeProduction:
	default: // a mode that does not exist says nothing about the channels
		return nil
	}
	production := c.Mode == modeProduction
	if c.Alipay != nil {
		for _, w := range c.Alipay.Check(production) {
			add("alipay."+w.Key, "alipay: %s", w.What)
		}
	}
	if c.WechatPay != nil {
		for _, w := range c.WechatPay.Check(production) {
			add("wechatpay."+w.Key, "wechatpay: %s", w.What)
		}
	}
	if production {
		found = append(found, c.simulatorKeys()...)
	}
	if production && c.simulated() {
		add("mode", "mode = \"production\": these are a simulator's merchant and app; production takes real ones only")
	}
	if c.Alipay == nil && c.WechatPay == nil {
		add("mode", "mode = %q needs a channel: fill in [alipay] or [wechatpay]", c.Mode)
	}
	return found
}

// simulatorKeys finds keys that a simulator has made, whatever merchant they are said to belong to.
func (c *Config) simulatorKeys() (found []wrong) {
	look := func(table, key, path string) {
		if text, err := os.ReadFile(path); err == nil && sandbox.MadeHere(text) {
			found = append(found, wrong{table + "." + key, fmt.Sprintf("%s: %s = %q: a simulator's key; production takes real ones only", table, key, path)})
		}
	}
	if c.Alipay != nil {
		look("alipay", "private_key_file", c.Alipay.PrivateKeyFile)
		look("alipay", "public_key_file", c.Alipay.PublicKeyFile)
	}
	if c.WechatPay != nil {
		look("wechatpay", "private_key_file", c.WechatPay.PrivateKeyFile)
		look("wechatpay", "public_key_file", c.WechatPay.PublicKeyFile)
	}
	return found
}

// simulated reports whether the merchants are the simulator's.
func (c *Config) simulated() bool {
	return c.Alipay != nil && (c.Alipay.AppID == sandbox.AppID || c.Alipay.SellerID == sandbox.SellerID) ||
		c.WechatPay != nil && (c.WechatPay.MchID == sandbox.MchID || c.WechatPay.PublicKeyID == sandbox.PublicKeyID)
}

// lineOf finds the line of a dotted key, or of its table where the key itself does not stand in the file; 1 at worst.
// The number behind "codes." counts the [[codes]] tables.
func lineOf(text, key string) int {
	table, name, _ := strings.Cut(key, ".")
	if name == "" {
		table, name = "", key
	}
	nth, numbered := 0, false
	if n, err := strconv.Atoi(name); err == nil {
		nth, numbered = n, true
	}
	in, at := "", 1
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(strings.SplitN(line, "]", 2)[0], "[] ")
			if in == table || in == key {
				if at = i + 1; numbered && nth == 0 {
					return at
				}
				nth--
			}
			continue
		}
		left, _, ok := strings.Cut(line, "=")
		if ok && in == table && strings.TrimSpace(left) == name {
			return i + 1
		}
	}
	return at
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

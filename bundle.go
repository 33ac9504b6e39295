package main

import (
	"cmp"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/console"
)

// SupportConfig is who helps this till from outside.
type SupportConfig struct {
	Recipient string   `toml:"recipient"` // age recipients that support bundles are encrypted to, blanks between them; empty: no bundle leaves
	Webhook   string   `toml:"webhook"`   // https address that hears it when the counter rings for support; empty: none
	Command   []string `toml:"command"`   // a program with its arguments that is run for the same, with the text on its standard input
}

func (c *Config) checkSupport(add func(key, format string, args ...any)) {
	c.Support.checkRing(add)
	if c.Support.Recipient == "" {
		return
	}
	if _, err := console.ParseRecipients(c.Support.Recipient); err != nil {
		add("support.recipient", "%s", err)
	}
}

// bundle finds what a support bundle is made of.
func bundle(what console.Examination) (source console.BundleSource, err error) {
	w, checks, end, err := examination(what)
	if err != nil {
		return source, err
	}
	return console.BundleSource{
		Recipient: w.cfg.Support.Recipient, Dir: w.dir, Till: w.machine(), Config: toTell(&w.cfg), Checks: checks, Survey: w.survey, End: end,
	}, nil
}

// bundleOf is bundle for the open till itself: what only it knows is its board.
func bundleOf(board *ledger.Board) console.BundlePlan {
	return func(what console.Examination) (console.BundleSource, error) {
		source, err := bundle(what)
		source.Board = func() *ledger.BoardView {
			view := board.View()
			return &view
		}
		return source, err
	}
}

// machine is what is told of the machine and the program.
func (w *ward) machine() console.BundleTill {
	t := terminal()
	columns, rows, _ := term.GetSize(os.Stdin.Fd()) // the output goes elsewhere
	at, _ := existing(w.dir)
	room, _ := disk.Room(at)
	files, _ := filesLimit()
	return console.BundleTill{
		Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, Kernel: kernel(), Uptime: uptime(), Terminal: t.Term,
		Program: os.Getenv("TERM_PROGRAM"), Locale: t.Locale, Columns: cmp.Or(t.Columns, columns), Rows: cmp.Or(t.Rows, rows), Open: w.open(),
		DiskFree: int64(room.Free >> 20), Inodes: int64(inodes(w.dir).Free), Files: int64(files),
	}
}

// uptime is how long the machine has been up, in seconds; 0 where it does not say.
func uptime() int64 {
	text, _ := os.ReadFile("/proc/uptime")
	whole, _, _ := strings.Cut(string(text), ".")
	seconds, _ := strconv.ParseInt(whole, 10, 64)
	return seconds
}

// The channels' own gateways: every other one is another, and is not named.
var ownGateways = map[string]bool{"https://openapi.alipay.com/gateway.do": true, "https://api.mch.weixin.qq.com": true}

// toTell takes from a configuration what may be told of it. A setting that is not taken here is not told.
func toTell(c *Config) console.BundleConfig {
	told := console.BundleConfig{
		Mode: c.Mode, Till: c.Till.Name, TimeZone: c.Till.TimeZone, Settle: c.Sale.Settle, QuietMS: c.Sale.QuietMS,
		Checkpoints: c.Ledger.Checkpoints != "", Backup: c.Ledger.Backup != "", KeepDays: c.Ledger.KeepDays,
		Staffed: c.Staff.Required || c.Mode == modeProduction, LockAfter: c.Staff.LockAfter, Second: append([]string{}, c.Staff.SecondPerson...), TOTP: c.Staff.TOTP,
		Shifts: c.Drawer.Shifts, Statements: c.Statements.Fetch, StatementsAt: c.Statements.At,
		Lang: string(c.Screen.Lang), Theme: string(c.Screen.Theme), Bell: c.Screen.Bell,
		Scanner: c.Scanner.Serial, ScannerBaud: c.Scanner.Baud, Terminator: c.Scanner.Terminator,
		PrinterBaud: c.Printer.Baud, PrinterColumns: c.Printer.Columns, PrinterCharset: c.Printer.Charset,
		Voice: c.Voice.On, Pole: c.Pole.Kind, PoleBaud: c.Pole.Baud, Page: c.Page.Listen != "", Notices: c.Notices.Listen != "", CodeRows: len(c.Codes),
	}
	told.Printer, _, _ = strings.Cut(c.Printer.To, ":")
	channel := func(ch ledger.Channel, gateway string, life int) {
		where := "other"
		if ownGateways[gateway] {
			where = "own"
		}
		told.Channels = append(told.Channels, console.BundleChannel{Channel: string(ch), Gateway: where, QRLife: life})
	}
	if c.Alipay != nil {
		channel(ledger.Alipay, c.Alipay.GatewayURL, c.Alipay.QRLife)
	}
	if c.WechatPay != nil {
		channel(ledger.WeChat, c.WechatPay.BaseURL, c.WechatPay.QRLife)
	}
	return told
}

// Package hardware drives what stands on the counter. A device may be absent, unplugged, taken or broken at any
// moment: nothing here ends because of it, nothing here holds up a sale, and every fault has a name and a next step.
package hardware

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config says which scanner the till listens to. The zero value is a till without a scanner.
type Config struct {
	// Serial is the path of the scanner's serial port. Use the name under /dev/serial/by-id (or by-path for makers
	// who give no serial numbers): ttyACM0 and ttyUSB0 change hands on every replug. Where there is no such folder, on a
	// system without udev: "usb:VVVV:PPPP" or "usb:VVVV:PPPP:SERIAL", the vendor's and the product's number as lsusb shows
	// them (Linux). Empty: no scanner.
	Serial string `toml:"serial"`
	// Baud is the line speed in bits per second, always with 8 data bits, no parity, 1 stop bit. 0 means 9600: it is
	// what most makers ship on a real serial line, and a USB virtual port ignores the number. 115200 saves 18 ms per
	// code on a real line; set it on the scanner first, then here.
	Baud int `toml:"baud"`
	// RereadMS is how long the same code read again is taken for the same reading, in milliseconds: scanners that
	// stand on the counter read a phone several times. 0 means 3000; -1 hands over every reading.
	RereadMS int `toml:"reread_ms"`
	// IdleMS ends a code that has no terminator after this many milliseconds of silence. 0 means 30. Such a code is
	// suspect and needs the cashier's Enter, so set the scanner to send CR; raise this only for a scanner that pauses
	// between characters.
	IdleMS int `toml:"idle_ms"`
	// Terminator is what the scanner sends behind a code: auto or empty (CR, LF, CR LF, TAB, ETX or EOT, whichever comes),
	// cr, lf, crlf, tab, etx, eot, space, or a byte such as 0x3b. One that is named alone ends a code: a QR with a line
	// break in it is then refused as unreadable and never taken for two.
	Terminator string `toml:"terminator"`
	// Prefix and Suffix are what this scanner was told to put before and behind every code; they are taken off. An AIM
	// identifier ("]C0") is always taken off: switch those on, they tell a product from a customer's code.
	Prefix string `toml:"prefix"`
	Suffix string `toml:"suffix"`
	// CodeIDs are the letters that the scanner puts before a code to tell its kind, such as "jQd" (its manual lists them);
	// one of them is taken off. Empty: it sends none.
	CodeIDs string `toml:"code_ids"`
	// Beeps says how the scanner is told to sound good or bad: empty (nothing is sent), datalogic, ssi (Zebra, Symbol),
	// honeywell (Host ACK has to be on), cipherlab. Never name one that is not on the counter: some scanners obey a single
	// stray letter.
	Beeps string `toml:"beeps"`
	// Coupons and Cards are the letters that the shop's own coupons and members' cards begin with, blanks between, such as
	// "QH VIP". They are answered by name where a customer's code is waited for.
	Coupons string `toml:"coupons"`
	Cards   string `toml:"cards"`
}

const (
	defaultBaud   = 9600
	defaultReread = 3 * time.Second
	defaultIdle   = 30 * time.Millisecond
)

// bauds are the speeds that scanners and their USB adapters offer.
var bauds = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}

// Check returns a sentence for every wrong setting, joined, each beginning with the setting's name; or nil. A path that
// does not exist now is not wrong: the scanner may be plugged in later.
func (c Config) Check() error {
	var baud, reread, idle error
	if c.Baud != 0 && !slices.Contains(bauds, c.Baud) {
		baud = fmt.Errorf("baud = %d: allowed are 0 (the default, %d) and %v", c.Baud, defaultBaud, bauds)
	}
	if c.RereadMS < -1 || c.RereadMS > 60_000 {
		reread = fmt.Errorf("reread_ms = %d: allowed are 0 (the default, %d), -1 (off) and 1 to 60000",
			c.RereadMS, defaultReread.Milliseconds())
	}
	if c.IdleMS < 0 || c.IdleMS > 10_000 {
		idle = fmt.Errorf("idle_ms = %d: allowed are 0 (the default, %d) and 1 to 10000",
			c.IdleMS, defaultIdle.Milliseconds())
	}
	_, terminator := terminatorBytes(c.Terminator)
	return errors.Join(c.checkSerial(), baud, reread, idle, terminator, c.checkDress(), c.checkBeeps(), checkOwn("coupons", c.Coupons), checkOwn("cards", c.Cards))
}

func (c Config) checkSerial() error {
	if !strings.HasPrefix(c.Serial, usbName) {
		return nil
	}
	_, err := parseUSB(c.Serial)
	return err
}

func (c Config) checkDress() error {
	var wrong []error
	for name, text := range map[string]string{"prefix": c.Prefix, "suffix": c.Suffix} {
		if len(text) > 15 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			wrong = append(wrong, fmt.Errorf("%s: allowed are up to 15 printable ASCII characters", name))
		}
	}
	if strings.Trim(c.CodeIDs, letters) != "" {
		wrong = append(wrong, fmt.Errorf("code_ids = %q: letters only", c.CodeIDs))
	}
	return errors.Join(wrong...)
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// checkOwn refuses a prefix of digits: what has to be told from customers' codes, which are digits, begins with a letter.
func checkOwn(name, prefixes string) error {
	for _, p := range strings.Fields(prefixes) {
		if !strings.Contains(letters, p[:1]) || len(p) > 16 {
			return fmt.Errorf("%s: %q does not begin with a letter, or is longer than 16 characters", name, p)
		}
	}
	return nil
}

func (c Config) baud() int {
	if c.Baud == 0 {
		return defaultBaud
	}
	return c.Baud
}

// reread is zero where every reading is handed over.
func (c Config) reread() time.Duration {
	switch c.RereadMS {
	case 0:
		return defaultReread
	case -1:
		return 0
	}
	return time.Duration(c.RereadMS) * time.Millisecond
}

func (c Config) idle() time.Duration {
	if c.IdleMS == 0 {
		return defaultIdle
	}
	return time.Duration(c.IdleMS) * time.Millisecond
}

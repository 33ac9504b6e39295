package hardware

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// PrinterConfig says which receipt printer the till prints on. The zero value is a till without one.
type PrinterConfig struct {
	// To is where the printer is: "tcp:HOST" or "tcp:HOST:PORT" (9100 where none is named), "usb:/dev/usb/lp0" for the system's printer
	// device, "serial:/dev/serial/by-id/..." for a serial line. Empty: no printer.
	To string `toml:"to"`
	// Baud is a serial line's speed in bits per second, always 8N1. 0 means 19200. Set the same on the printer, by its switches.
	Baud int `toml:"baud"`
	// Columns is how many ASCII characters a line has: 32 on paper of 58 mm, 48 (with some models 42) on 80 mm. 0 means 32, which
	// fits on any.
	Columns int `toml:"columns"`
	// Charset is "gb18030" for a printer with Chinese characters, "ascii" for one without: its slips are in English, and what has no
	// ASCII in a name becomes a question mark. Empty means gb18030.
	Charset string `toml:"charset"`
	// Receipts is "always", or "asked" for a shop that prints a receipt only when somebody asks for it. Empty means always. With asked the
	// first one is the original if the till was not begun anew since the sale; each one after that is marked as a copy.
	Receipts string `toml:"receipts"`
	// MerchantCopy prints a second slip of every payment and refund, for the shop.
	MerchantCopy bool `toml:"merchant_copy"`
	// Drawer is the connector of the cash drawer at the printer: "1" (pin 2, almost always) or "2" (pin 5). Empty: no drawer there.
	Drawer string `toml:"drawer"`
}

const (
	defaultPrinterBaud = 19200
	defaultPrinterPort = "9100"
	defaultColumns     = 32
)

// Check returns a sentence for every wrong setting, joined, each beginning with the setting's name; or nil. A printer that is not there
// now is not wrong.
func (c PrinterConfig) Check() error {
	var all []error
	if _, _, err := c.target(); err != nil {
		all = append(all, fmt.Errorf("to = %q: %w", c.To, err))
	}
	if c.Baud != 0 && !slices.Contains(bauds, c.Baud) {
		all = append(all, fmt.Errorf("baud = %d: allowed are 0 (the default, %d) and %v", c.Baud, defaultPrinterBaud, bauds))
	}
	if !slices.Contains([]int{0, 32, 42, 48}, c.Columns) {
		all = append(all, fmt.Errorf("columns = %d: allowed are 0 (the default, %d), 32, 42 and 48", c.Columns, defaultColumns))
	}
	if !slices.Contains([]string{"", "gb18030", "ascii"}, c.Charset) {
		all = append(all, fmt.Errorf("charset = %q: allowed are \"gb18030\" and \"ascii\"", c.Charset))
	}
	if !slices.Contains([]string{"", "always", "asked"}, c.Receipts) {
		all = append(all, fmt.Errorf("receipts = %q: allowed are \"always\" and \"asked\"", c.Receipts))
	}
	if !slices.Contains([]string{"", "1", "2"}, c.Drawer) {
		all = append(all, fmt.Errorf("drawer = %q: allowed are \"1\", \"2\" and empty for none", c.Drawer))
	}
	return errors.Join(all...)
}

// target takes To apart: the kind of way, and where it leads. Both are empty without a printer.
func (c PrinterConfig) target() (kind, where string, err error) {
	if c.To == "" {
		return "", "", nil
	}
	kind, where, _ = strings.Cut(c.To, ":")
	switch {
	case where == "":
	case kind == "usb" || kind == "serial":
		return kind, where, nil
	case kind == "tcp":
		host, port, err := net.SplitHostPort(where)
		if err != nil { // no port
			host, port = strings.Trim(where, "[]"), defaultPrinterPort
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || host == "" || strings.ContainsAny(host, " /") {
			return "", "", errors.New("this is no host and port")
		}
		return kind, net.JoinHostPort(host, port), nil
	}
	return "", "", errors.New(`it begins with "tcp:", "usb:" or "serial:" and says where`)
}

func (c PrinterConfig) baud() int {
	if c.Baud == 0 {
		return defaultPrinterBaud
	}
	return c.Baud
}

func (c PrinterConfig) columns() int {
	if c.Columns == 0 {
		return defaultColumns
	}
	return c.Columns
}

func (c PrinterConfig) ascii() bool { return c.Charset == "ascii" }

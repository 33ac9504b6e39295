package channel

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// This file holds what every connector's configuration checks alike. Each function names the setting, what is wrong
// with it, and what is allowed.

// CheckURL refuses what is no web address, and in production plain http and this machine.
func CheckURL(setting, value string, production bool) error {
	address, err := url.Parse(value)
	switch {
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https":
		return fmt.Errorf("%s = %q: want an address such as https://host/path", setting, value)
	case production && address.Scheme != "https":
		return fmt.Errorf("%s = %q: production takes https only", setting, value)
	case production && loopback(address.Hostname()):
		return fmt.Errorf("%s = %q: production takes the channel itself, not a simulator on this machine", setting, value)
	}
	return nil
}

// loopback knows this machine's names: localhost and all below it (RFC 6761, 6.3), and the unspecified address, which
// connects to this machine, too.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	name := "." + strings.TrimSuffix(strings.ToLower(host), ".")
	return strings.HasSuffix(name, ".localhost") || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// CheckSet refuses an empty setting.
func CheckSet(setting, value, what string) error {
	if value == "" {
		return fmt.Errorf("%s is missing: %s", setting, what)
	}
	return nil
}

// CheckKeyFile refuses a key file that cannot be read. Where private is true it also refuses one that others than its
// owner may read.
func CheckKeyFile(setting, path string, private bool) error {
	if err := CheckSet(setting, path, "the path of a key file"); err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", setting, err)
	case info.IsDir():
		return fmt.Errorf("%s = %q: a folder, want a file", setting, path)
	case private && info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s = %q: others may read it (%v); production wants mode 0600", setting, path, info.Mode().Perm())
	}
	return nil
}

// The life of a QR, in seconds. WeChat Pay raises anything below a minute to a minute (native, time_expire).
const (
	DefaultQRLife = 120
	minQRLife     = 60
	maxQRLife     = 7200
)

// CheckQRLife refuses a life that is too short to scan or longer than a channel keeps a QR.
func CheckQRLife(seconds int) error {
	if seconds != 0 && (seconds < minQRLife || seconds > maxQRLife) {
		return fmt.Errorf("qr_life = %d: %d to %d seconds, or 0 for %d", seconds, minQRLife, maxQRLife, DefaultQRLife)
	}
	return nil
}

package channel

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// This file holds what every connector's configuration checks alike. Each check gives what is wrong, or nil.

// Wrong is one wrong entry of a configuration.
type Wrong struct {
	Key  string // the setting's name in its table
	What string // a sentence: the setting, what is wrong with it, and what is allowed
}

// Wrongly makes the finding that one entry is wrong. The sentence begins with the setting's name.
func Wrongly(setting, format string, args ...any) []Wrong {
	return []Wrong{{setting, setting + fmt.Sprintf(format, args...)}}
}

// CheckURL refuses what is no web address, and in production plain http and this machine.
func CheckURL(setting, value string, production bool) []Wrong {
	address, err := url.Parse(value)
	switch {
	case err != nil || !namesHost(address.Hostname()) || address.Scheme != "http" && address.Scheme != "https":
		return Wrongly(setting, " = %q: want an address such as https://host/path", value)
	case production && address.Scheme != "https":
		return Wrongly(setting, " = %q: production takes https only", value)
	case production && loopback(address.Hostname()):
		return Wrongly(setting, " = %q: production takes the channel itself, not a simulator on this machine", value)
	}
	return nil
}

// namesHost refuses the empty host, and old spellings of IPv4 addresses (127.1, 0x7f.1), which some resolvers read and
// others do not. A name whose last label is a number is meant as an address (WHATWG URL, "ends in a number").
func namesHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	_, err := strconv.ParseUint(host[strings.LastIndexByte(host, '.')+1:], 0, 64)
	return host != "" && errors.Is(err, strconv.ErrSyntax)
}

// loopback knows this machine's names: localhost and all below it (RFC 6761, 6.3), and the unspecified address, which
// connects to this machine, too. A zone ("%lo") changes nothing about an address.
func loopback(host string) bool {
	name := "." + strings.TrimSuffix(strings.ToLower(host), ".")
	ip, err := netip.ParseAddr(host)
	ip = ip.WithZone("").Unmap()
	return strings.HasSuffix(name, ".localhost") || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// CheckSet refuses an empty setting.
func CheckSet(setting, value, what string) []Wrong {
	if value == "" {
		return Wrongly(setting, " is missing: %s", what)
	}
	return nil
}

// KeyFiles names the files of a connector's private_key_file and public_key_file.
type KeyFiles struct {
	Private, Public string
	Of              string // the channel, whose the public key must be
	Production      bool
}

// CheckKeys refuses key files that cannot be read by the connector's own readers, and a public key that is the private
// key's other half: the channel's is wanted, and the two are easily mistaken. In production only the owner may read the
// private key and write the public one.
func CheckKeys(files KeyFiles, private func(string) (*rsa.PrivateKey, error), public func(string) (*rsa.PublicKey, error)) []Wrong {
	var own *rsa.PrivateKey
	var theirs *rsa.PublicKey
	wrong := CheckSecretFile("private_key_file", files.Private, files.Production, func(text string) error {
		var err error
		if own, err = private(text); err != nil {
			return errors.New("it holds no RSA private key; want PEM, unencrypted") // the reader's error may quote it
		}
		return nil
	})
	return append(wrong, checkFile("public_key_file", files.Public, files.Production, 0o022, func(text string) error {
		var err error
		if theirs, err = public(text); err != nil {
			return errors.New("it holds no RSA public key; want PEM that begins with -----BEGIN PUBLIC KEY-----")
		}
		if own != nil && own.PublicKey.Equal(theirs) {
			return fmt.Errorf("it is the public half of your own private key; want the public key of %s, which %[1]s shows after yours was uploaded", files.Of)
		}
		return nil
	})...)
}

// CheckSecretFile refuses a file that cannot be read, or whose text holds not what it should; in production also one
// that others than its owner may read or write.
func CheckSecretFile(setting, path string, production bool, holds func(text string) error) []Wrong {
	return checkFile(setting, path, production, 0o077, holds)
}

// checkFile refuses in production a file that has any of the forbidden permissions.
func checkFile(setting, path string, production bool, forbidden fs.FileMode, holds func(text string) error) []Wrong {
	if path == "" {
		return Wrongly(setting, " is missing: the path of a key file")
	}
	info, err := os.Stat(path)
	var open fs.FileMode
	if production && err == nil {
		open = info.Mode().Perm() & forbidden
	}
	switch {
	case err != nil:
		return Wrongly(setting, " = %q: %v", path, cause(err))
	case !info.Mode().IsRegular():
		return Wrongly(setting, " = %q: no plain file", path)
	case open != 0:
		what, mode := "others may write it", "go-w"
		if forbidden&0o044 != 0 {
			what, mode = "others may read or write it", "600"
		}
		return Wrongly(setting, " = %q: %s (%v), which production forbids: chmod %s", path, what, info.Mode().Perm(), mode)
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = holds(string(text))
	}
	if err != nil {
		return Wrongly(setting, " = %q: %v", path, cause(err))
	}
	return nil
}

// cause leaves the path out of an error that is told beside it.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// The life of a QR, in seconds. WeChat Pay raises anything below a minute to a minute (native, time_expire).
const (
	DefaultQRLife = 120
	minQRLife     = 60
	maxQRLife     = 7200
)

// CheckQRLife refuses a life that is too short to scan or longer than a channel keeps a QR.
func CheckQRLife(seconds int) []Wrong {
	if seconds != 0 && (seconds < minQRLife || seconds > maxQRLife) {
		return Wrongly("qr_life", " = %d: %d to %d seconds, or 0 for %d", seconds, minQRLife, maxQRLife, DefaultQRLife)
	}
	return nil
}

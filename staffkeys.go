package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/ui/console"
)

// staffKeys is the folder with what proves people and must not be where the ledger is: the PINs' pepper, and each person's secret of
// an authenticator. Whoever takes the ledger, or a backup of it, has none of these.
type staffKeys struct {
	dir string
	mu  sync.Mutex // held while a code is checked and used up
	now func() time.Time
}

const (
	pepperName = "pepper.key"
	pepperSize = 32
)

// staffKeys gives the till's folder for them: the configured one, else one beside the data folder.
func (c *Config) staffKeys() (*staffKeys, error) {
	dir := c.Staff.Keys
	if dir == "" {
		data, err := c.dataDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Clean(data) + ".staff"
	}
	return &staffKeys{dir: dir, now: time.Now}, nil
}

// readOwn reads a file that its owner alone may read. Its content is never part of an error.
func readOwn(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others, or is no file: chmod 600 %s", path, path)
	}
	return os.ReadFile(path)
}

// pepper gives the key of the PINs; nil when there is none yet.
func (k *staffKeys) pepper() ([]byte, error) {
	path := filepath.Join(k.dir, pepperName)
	key, err := readOwn(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("the key of the PINs: %w", err)
	case len(key) != pepperSize:
		return nil, fmt.Errorf("the key of the PINs: %s has %d bytes and must have %d", path, len(key), pepperSize)
	}
	return key, nil
}

// makePepper draws the key of the PINs where there is none. It is durable when this returns, so that no PIN is ever checked with a
// key that a power cut takes away.
func (k *staffKeys) makePepper() ([]byte, error) {
	if key, err := k.pepper(); key != nil || err != nil {
		return key, err
	}
	key := make([]byte, pepperSize)
	rand.Read(key)
	return key, k.keep(pepperName, key)
}

// keep writes a file beside its place, makes it durable, and moves it there.
func (k *staffKeys) keep(name string, content []byte) error {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return fmt.Errorf("the folder of people's keys: %w", err)
	}
	path := filepath.Join(k.dir, name)
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keeping %s: %w", path, err)
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", path, err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncDir(k.dir)
	}
	if err != nil {
		return fmt.Errorf("keeping %s: %w", path, err)
	}
	return nil
}

func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// The authenticator's codes are those of RFC 6238 with what every app takes: SHA-1, steps of 30 s, six digits; a clock may be one
// step off (RFC 6238 section 5.2).
const (
	codeStep   = 30 * time.Second
	codeDigits = 6
	codeSkew   = 1
	codeSecret = 20 // bytes, as long as SHA-1 (RFC 4226 section 4, R6)
)

// totp is the code of a step, with so many digits (RFC 4226 section 5.3).
func totp(secret []byte, step uint64, digits int) string {
	var counter [8]byte
	for i := range counter {
		counter[i] = byte(step >> (56 - 8*i))
	}
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := uint32(sum[at]&0x7f)<<24 | uint32(sum[at+1])<<16 | uint32(sum[at+2])<<8 | uint32(sum[at+3])
	text := fmt.Sprintf("%010d", number)
	return text[len(text)-digits:]
}

// errCode says no more: what was keyed is nobody's business.
var errCode = errors.New("the code of the authenticator is wrong, or was used before")

// has reports whether somebody has an authenticator.
func (k *staffKeys) has(person string) bool {
	_, err := os.Lstat(filepath.Join(k.dir, person+".totp"))
	return !errors.Is(err, fs.ErrNotExist) // one that cannot be read is still asked for
}

// check takes a code once: a step that was used, or one before it, is refused, also after a restart. Somebody without an
// authenticator is asked for nothing, unless the shop asks everybody.
func (k *staffKeys) check(everybody bool) func(person, code string) error {
	return func(person, code string) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if !k.has(person) && !everybody {
			return nil
		}
		secret, err := readOwn(filepath.Join(k.dir, person+".totp"))
		if err != nil || len(secret) != codeSecret {
			return errCode
		}
		var used uint64
		if text, err := readOwn(filepath.Join(k.dir, person+".used")); err == nil {
			used, err = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
			if err != nil {
				return errCode
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return errCode
		}
		now := uint64(k.now().Unix()) / uint64(codeStep/time.Second)
		for step := now - codeSkew; step <= now+codeSkew; step++ {
			if step > used && hmac.Equal([]byte(totp(secret, step, codeDigits)), []byte(code)) {
				return k.keep(person+".used", []byte(strconv.FormatUint(step, 10)))
			}
		}
		return errCode
	}
}

// enroll draws a new secret for somebody's authenticator and gives the address that it is set up with.
func (k *staffKeys) enroll(person, shop string) (address string, err error) {
	secret := make([]byte, codeSecret)
	rand.Read(secret)
	if err := k.keep(person+".totp", secret); err != nil {
		return "", err
	}
	values := url.Values{"secret": {base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)}, "issuer": {shop}}
	return "otpauth://totp/" + url.PathEscape(shop+":"+person) + "?" + values.Encode(), nil
}

// forget takes somebody's authenticator away.
func (k *staffKeys) forget(person string) error {
	err := os.Remove(filepath.Join(k.dir, person+".totp"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// staff tells the Book about people: who has to sign in, which intents need a second person, and what proves anybody.
func (c *Config) staff(about *ledger.BookConfig) error {
	about.Seconds = c.Staff.seconds(c.Mode)
	if c.Mode == modeTraining {
		return nil
	}
	about.Staffed = c.Mode == modeProduction || c.Staff.Required
	keys, err := c.staffKeys()
	if err != nil {
		return err
	}
	if about.Pepper, err = keys.pepper(); err != nil {
		return err
	}
	if c.Staff.TOTP != "" {
		about.SecondFactor = keys.check(c.Staff.TOTP == totpEverybody)
	}
	return nil
}

// needsCode tells the screens who keys a code; nil: nobody.
func (c *Config) needsCode() func(person string) bool {
	keys, err := c.staffKeys()
	switch {
	case c.Mode == modeTraining || c.Staff.TOTP == "" || err != nil:
		return nil
	case c.Staff.TOTP == totpEverybody:
		return func(string) bool { return true }
	}
	return keys.has
}

// people is all that for the commands; nil in training.
func (c *Config) people() console.People {
	keys, err := c.staffKeys()
	if c.Mode == modeTraining || err != nil {
		return nil
	}
	return &shopPeople{c, keys}
}

// shopPeople implements console.People.
type shopPeople struct {
	cfg  *Config
	keys *staffKeys
}

func (p *shopPeople) Tell(about *ledger.BookConfig) error { return p.cfg.staff(about) }

func (p *shopPeople) NeedsCode(person string) bool {
	needs := p.cfg.needsCode()
	return needs != nil && needs(person)
}

func (p *shopPeople) Enroll(person string) (string, error) {
	return p.keys.enroll(person, p.cfg.Till.Shop)
}

func (p *shopPeople) Forget(person string) error { return p.keys.forget(person) }

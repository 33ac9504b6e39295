package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// PIN is the digits a person keys to prove who they are. It lives in memory only, prints as a word, and is wiped by whatever it
// is handed to. The digits stand behind a function, so that printing what holds a PIN prints none of them.
type PIN struct{ keyed func() []byte }

// NewPIN takes keyed digits over; the caller must not use them any more.
func NewPIN(digits []byte) PIN { return PIN{func() []byte { return digits }} }

func (p PIN) digits() []byte {
	if p.keyed == nil {
		return nil
	}
	return p.keyed()
}

// Wipe overwrites the digits; every copy of this PIN is spent afterwards.
func (p PIN) Wipe() { clear(p.digits()) }

// spent reports whether there is nothing to try: it was wiped, or nothing was keyed.
func (p PIN) spent() bool { return len(bytes.Trim(p.digits(), "\x00")) == 0 }

// take gives the digits to the one who tries them, and leaves none behind.
func (p PIN) take() PIN {
	taken := NewPIN(bytes.Clone(p.digits()))
	p.Wipe()
	return taken
}

func (p PIN) String() string               { return "PIN" }
func (p PIN) GoString() string             { return "PIN" }
func (p PIN) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, "PIN") }
func (p PIN) LogValue() slog.Value         { return slog.StringValue("PIN") }
func (p PIN) MarshalText() ([]byte, error) { return []byte("PIN"), nil }

// A PIN has four to twelve digits: with five tries and then ever longer waits, four cannot be searched at the till.
const minPIN, maxPIN = 4, 12

// good refuses what is no PIN, and those that people try first: one digit repeated, and digits in a row.
func (p PIN) good() error {
	d := string(p.digits())
	if len(d) < minPIN || len(d) > maxPIN || strings.Trim(d, "0123456789") != "" {
		return Refuse(ReasonPINShape)
	}
	if strings.Trim(d, d[:1]) == "" || strings.Contains("01234567890123456789", d) || strings.Contains("98765432109876543210", d) || d == TrainerPIN {
		return Refuse(ReasonPINEasy)
	}
	return nil
}

// PINCheck is what the ledger keeps of a PIN: argon2id of it, keyed by a pepper that is not in the ledger. Whoever has the ledger
// alone cannot try PINs on it.
type PINCheck struct {
	Salt    []byte
	Passes  uint32
	Memory  uint32 // KiB
	Threads uint32
	Hash    []byte
	Pepper  Mark // by which the pepper is known again
}

// The cost of one try (OWASP password storage: argon2id with at least 19 MiB, two passes, one thread).
const (
	pinPasses, pinMemory, pinThreads = 2, 19 * 1024, 1
	pinSalt, pinHash                 = 16, 32
	maxPINMemory                     = 256 * 1024 // a damaged record must not ask for more
)

// minPepper keeps the pepper out of reach of a search.
const minPepper = 16

// stranger is checked in the place of somebody who does not exist, so that both take the same time.
var stranger = PINCheck{Salt: make([]byte, pinSalt), Passes: pinPasses, Memory: pinMemory, Threads: pinThreads, Hash: make([]byte, pinHash)}

func newPINCheck(pin PIN, pepper []byte, random io.Reader) (PINCheck, error) {
	v := PINCheck{Salt: make([]byte, pinSalt), Passes: pinPasses, Memory: pinMemory, Threads: pinThreads, Pepper: pepperMark(pepper)}
	if _, err := io.ReadFull(random, v.Salt); err != nil {
		return PINCheck{}, fmt.Errorf("a salt for a PIN: %w", err)
	}
	v.Hash = v.of(pin, pepper)
	return v, nil
}

// pepperMark tells one pepper from another, and nothing of it.
func pepperMark(pepper []byte) Mark { return markOf([]byte("pepper of the PINs"), pepper) }

// anyPIN reports whether anybody can prove who they are.
func (s *State) anyPIN() bool {
	for _, p := range s.people {
		if p.HasPIN() {
			return true
		}
	}
	return false
}

// peppered reports whether a pepper is the one under which everybody's PIN was set.
func (s *State) peppered(pepper []byte) bool {
	for _, p := range s.people {
		if p.HasPIN() && p.Check.Pepper != pepperMark(pepper) {
			return false
		}
	}
	return true
}

func (v *PINCheck) of(pin PIN, pepper []byte) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(pin.digits())
	return argon2.IDKey(mac.Sum(nil), v.Salt, v.Passes, v.Memory, uint8(v.Threads), pinHash)
}

// matches reports whether a PIN is the one.
func (v *PINCheck) matches(pin PIN, pepper []byte) bool {
	if v.Passes == 0 || v.Passes > 64 || v.Memory == 0 || v.Memory > maxPINMemory || v.Threads == 0 || v.Threads > 64 || len(v.Hash) != pinHash {
		return false
	}
	return subtle.ConstantTimeCompare(v.of(pin, pepper), v.Hash) == 1
}

// freeTries is how many wrong PINs in a row cost nothing but the try.
const freeTries = 5

// lockTime is how long nobody can try after so many wrong PINs in a row: half a minute after the fifth, twice as long after each
// further one, an hour at most.
func lockTime(failed uint32) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(30*time.Second<<min(failed-freeTries, 7), time.Hour)
}

var errPerson = errors.New("no such person can do this")

package main

import (
	"slices"
	"strings"
	"time"

	"guitai/ledger"
)

// StaffConfig is who has to say who they are, and what takes two people.
type StaffConfig struct {
	Required     bool     `toml:"required"`      // in sandbox mode: nobody sells who has not signed in; production always asks
	LockAfter    int      `toml:"lock_after"`    // minutes without a key or scan after which the screen locks; 0 never
	SecondPerson []string `toml:"second_person"` // the intents that take a second person's PIN
	RefundAbove  string   `toml:"refund_above"`  // yuan: the limit of refund_above
	TOTP         string   `toml:"totp"`          // "" no codes, "enrolled" from those who have an authenticator, "everybody"
	Keys         string   `toml:"keys_dir"`      // the folder of the PINs' key; empty: beside the data folder
}

// The intents that can need a second person.
const (
	secondRefundOwn   = "refund_own"
	secondRefundAbove = "refund_above"
	secondResolve     = "resolve"
)

var secondIntents = []string{secondRefundOwn, secondRefundAbove, secondResolve}

// Who is asked for a code of an authenticator beside the PIN.
const (
	totpEnrolled  = "enrolled"
	totpEverybody = "everybody"
)

// maxLockAfter is a working day.
const maxLockAfter = 12 * 60

func defaultStaff() StaffConfig {
	return StaffConfig{LockAfter: 10, SecondPerson: secondIntents, RefundAbove: "200.00"}
}

// refundAbove is the limit in fen.
func (c StaffConfig) refundAbove() (int64, error) { return yuan("refund_above", c.RefundAbove) }

// lockAfter is how long the till waits for somebody.
func (c StaffConfig) lockAfter() time.Duration { return time.Duration(c.LockAfter) * time.Minute }

// seconds is what the Book is told. A trainee gives back what he has sold, up to the limit, and settles nothing alone: there the
// trainer lends the right, so training asks for nobody where a cashier of a real till would not be stopped either.
func (c StaffConfig) seconds(mode string) (rule ledger.Seconds) {
	if slices.Contains(c.SecondPerson, secondRefundAbove) {
		rule.RefundAbove, _ = c.refundAbove() // check has made sure that it can be read
	}
	if mode == modeTraining {
		return rule
	}
	rule.OwnSale = slices.Contains(c.SecondPerson, secondRefundOwn)
	rule.Resolve = slices.Contains(c.SecondPerson, secondResolve)
	return rule
}

func (c *Config) checkStaff(add func(key, format string, args ...any)) {
	s := &c.Staff
	if s.LockAfter < 0 || s.LockAfter > maxLockAfter {
		add("staff.lock_after", "lock_after = %d: minutes, 0 to %d", s.LockAfter, maxLockAfter)
	}
	for _, intent := range s.SecondPerson {
		if !slices.Contains(secondIntents, intent) {
			add("staff.second_person", "second_person: %q is no intent; allowed are %s", intent, strings.Join(secondIntents, ", "))
		}
	}
	if limit, err := s.refundAbove(); err != nil {
		add("staff.refund_above", "%s", err)
	} else if limit == 0 && slices.Contains(s.SecondPerson, secondRefundAbove) {
		add("staff.refund_above", "refund_above = %q: more than nothing, or take refund_above out of second_person", s.RefundAbove)
	}
	if s.TOTP != "" && s.TOTP != totpEnrolled && s.TOTP != totpEverybody {
		add("staff.totp", "totp = %q: allowed are %q, %q and the empty text (no codes)", s.TOTP, totpEnrolled, totpEverybody)
	}
}

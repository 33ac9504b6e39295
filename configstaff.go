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
	Copies       int      `toml:"copies"`        // of one receipt: the limit of copies_above
	Difference   string   `toml:"difference"`    // yuan: the limit of difference_above
	PayOut       string   `toml:"pay_out"`       // yuan: the limit of pay_out_above
	TOTP         string   `toml:"totp"`          // "" no codes, "enrolled" from those who have an authenticator, "everybody"
	Keys         string   `toml:"keys_dir"`      // the folder of the PINs' key; empty: beside the data folder
}

// The intents that can need a second person.
const (
	secondRefundOwn   = "refund_own"
	secondRefundAbove = "refund_above"
	secondResolve     = "resolve"
	secondNoSale      = "no_sale"
	secondCopies      = "copies_above"
	secondDifference  = "difference_above"
	secondPayOut      = "pay_out_above"
	secondTraining    = "training"
)

var secondIntents = []string{secondRefundOwn, secondRefundAbove, secondResolve, secondNoSale, secondCopies, secondDifference, secondPayOut, secondTraining}

// maxCopies bounds the limit of copies_above.
const maxCopies = 99

// Who is asked for a code of an authenticator beside the PIN.
const (
	totpEnrolled  = "enrolled"
	totpEverybody = "everybody"
)

// maxLockAfter is a working day.
const maxLockAfter = 12 * 60

func defaultStaff() StaffConfig {
	return StaffConfig{LockAfter: 10, SecondPerson: secondIntents, RefundAbove: "200.00", Copies: 2, Difference: "5.00", PayOut: "500.00"}
}

// limits are the amounts above which an intent takes a second person, by the setting that has each: a name of an intent, and its text.
func (c StaffConfig) limits() map[string][2]string {
	return map[string][2]string{"refund_above": {secondRefundAbove, c.RefundAbove}, "difference": {secondDifference, c.Difference}, "pay_out": {secondPayOut, c.PayOut}}
}

// above gives such a limit in fen, or nothing where the intent takes nobody; check has made sure that it can be read.
func (c StaffConfig) above(setting string) (fen int64) {
	if limit := c.limits()[setting]; slices.Contains(c.SecondPerson, limit[0]) {
		fen, _ = yuan(setting, limit[1])
	}
	return fen
}

// lockAfter is how long the till waits for somebody.
func (c StaffConfig) lockAfter() time.Duration { return time.Duration(c.LockAfter) * time.Minute }

// seconds is what the Book is told. A trainee gives back what he has sold, up to the limit, and settles nothing alone: there the
// trainer lends the right, so training asks for nobody where a cashier of a real till would not be stopped either.
func (c StaffConfig) seconds(mode string) (rule ledger.Seconds) {
	rule.RefundAbove = c.above("refund_above")
	if mode == modeTraining {
		return rule
	}
	rule.OwnSale = slices.Contains(c.SecondPerson, secondRefundOwn)
	rule.Resolve = slices.Contains(c.SecondPerson, secondResolve)
	rule.Training = slices.Contains(c.SecondPerson, secondTraining)
	rule.NoSale = slices.Contains(c.SecondPerson, secondNoSale)
	if slices.Contains(c.SecondPerson, secondCopies) {
		rule.CopiesAbove = uint32(c.Copies)
	}
	rule.DifferenceAbove, rule.PayOutAbove = c.above("difference"), c.above("pay_out")
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
	for setting, limit := range s.limits() {
		if fen, err := yuan(setting, limit[1]); err != nil {
			add("staff."+setting, "%s", err)
		} else if fen == 0 && slices.Contains(s.SecondPerson, limit[0]) {
			add("staff."+setting, "%s = %q: more than nothing, or take %s out of second_person", setting, limit[1], limit[0])
		}
	}
	if s.Copies < 1 || s.Copies > maxCopies {
		add("staff.copies", "copies = %d: 1 to %d", s.Copies, maxCopies)
	}
	if s.TOTP != "" && s.TOTP != totpEnrolled && s.TOTP != totpEverybody {
		add("staff.totp", "totp = %q: allowed are %q, %q and the empty text (no codes)", s.TOTP, totpEnrolled, totpEverybody)
	}
}

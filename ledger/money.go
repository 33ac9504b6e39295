package ledger

import (
	"fmt"
	"strings"
)

// Currency is an ISO 4217 letter code.
type Currency string

// CNY is the only currency the channels settle for a Chinese shop.
const CNY Currency = "CNY"

// Money is an amount in the currency's smallest unit: for CNY, fen (1/100 yuan). Comparing with == compares amount
// and currency at once. No floating-point number is ever turned into Money.
type Money struct {
	Fen      int64
	Currency Currency
}

// Fen returns n fen of CNY.
func Fen(n int64) Money { return Money{Fen: n, Currency: CNY} }

// String gives yuan with two decimals and no currency sign: "12.50".
func (m Money) String() string {
	sign, n := "", m.Fen
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// MaxFen is the largest amount a till takes in one sale: 9,999,999.99 yuan, nine keyed digits.
const MaxFen = 999_999_999

const maxWholeDigits = 7

// Keyed is an amount while it is being keyed: the digits as the cashier sees them. Its zero value is empty.
type Keyed struct{ text string }

// Key adds one digit or the decimal point. It returns the entry unchanged and a Refusal when the key does not fit:
// a second point, a third decimal, or more than seven digits before the point.
func (k Keyed) Key(r rune) (Keyed, error) {
	whole, decimals, point := strings.Cut(k.text, ".")
	switch {
	case r == '.' && point:
		return k, Refuse(ReasonAmountShape)
	case r == '.' && k.text == "":
		return Keyed{"0."}, nil
	case r == '.':
		return Keyed{k.text + "."}, nil
	case r < '0' || r > '9':
		return k, Refuse(ReasonAmountShape)
	case point && len(decimals) == 2, !point && len(whole) == maxWholeDigits:
		return k, Refuse(ReasonAmountShape)
	case k.text == "0":
		return Keyed{string(r)}, nil
	}
	return Keyed{k.text + string(r)}, nil
}

// Back takes the last key away.
func (k Keyed) Back() Keyed {
	if k.text == "" {
		return k
	}
	return Keyed{k.text[:len(k.text)-1]}
}

// Empty reports whether nothing has been keyed.
func (k Keyed) Empty() bool { return k.text == "" }

// String gives the keys as they were pressed: "12.5".
func (k Keyed) String() string { return k.text }

// Money gives the keyed amount. An amount of zero is refused: nobody pays nothing.
func (k Keyed) Money() (Money, error) {
	whole, decimals, _ := strings.Cut(k.text, ".")
	var fen int64
	for _, digit := range whole + (decimals + "00")[:2] {
		fen = fen*10 + int64(digit-'0')
	}
	if fen == 0 {
		return Money{}, Refuse(ReasonAmountZero)
	}
	return Fen(fen), nil
}

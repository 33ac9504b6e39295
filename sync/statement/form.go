package statement

import (
	"bytes"
	"time"

	"guitai/ledger"
)

// The bounds of what is read. A row's amount is bounded so that a rate in millionths of it still fits; the channels themselves take at
// most 100,000,000.00 yuan (Alipay, total_amount). Sums are bounded so that adding two of them fits.
const (
	maxRow     = 100_000_000_000         // fen
	maxSum     = 100_000_000_000_000_000 // fen, or the fee's smallest unit
	maxNumber  = 64                      // characters (Alipay, out_trade_no: 64)
	feeDecimal = 5                       // WeChat Pay prints fees with five decimals of a yuan
	feeInFen   = 1000                    // units of such a fee in a fen
)

// decimal reads exact decimal text with at most so many decimals, in units of the last of them: "-1.5" with 2 is -150. Nothing but a
// minus, digits and one point with digits on both sides is an amount.
func decimal(b []byte, decimals int) (n int64, ok bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	point := -1
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if n = n*10 + int64(c-'0'); n > maxSum {
				return 0, false
			}
		case c == '.' && point < 0 && i > 0 && i < len(b)-1:
			point = i
		default:
			return 0, false
		}
	}
	have := 0
	if point >= 0 {
		have = len(b) - point - 1
	}
	if len(b) == 0 || have > decimals {
		return 0, false
	}
	for ; have < decimals; have++ {
		if n *= 10; n > maxSum {
			return 0, false
		}
	}
	if negative {
		n = -n
	}
	return n, true
}

// percent reads "0.60%" as millionths.
func percent(b []byte) (millionths int64, ok bool) {
	b, ok = bytes.CutSuffix(b, []byte("%"))
	n, good := decimal(b, 4)
	return n, ok && good && n >= 0 && n <= 1_000_000
}

// fenOfFee rounds a fee that is not negative, half up.
func fenOfFee(units int64) int64 { return (units + feeInFen/2) / feeInFen }

// add puts an amount onto a sum; false when the sum leaves its bounds.
func add(sum *int64, n int64) bool {
	*sum += n
	return *sum <= maxSum && *sum >= -maxSum
}

func abs(n int64) int64 { return max(n, -n) }

// isNumber reports whether a field can be a number that a channel or a shop gives: printable ASCII without spaces, or nothing.
func isNumber(b []byte) bool {
	if len(b) > maxNumber {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isCurrency reports whether a field is a code as those of ISO 4217 are.
func isCurrency(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) == 3
}

func trimTabs(b []byte) []byte { return bytes.Trim(b, "\t") }

// dayNumber counts the days of Beijing from 1970-01-01.
type dayNumber int64

const beijing = 8 * 60 * 60 // seconds ahead of UTC, all year

func dayOfTime(t time.Time) dayNumber { return dayNumber((t.Unix() + beijing) / (24 * 60 * 60)) }

func (d dayNumber) day() ledger.Day {
	return ledger.Calendar{}.Day(time.Unix(int64(d)*24*60*60-beijing, 0))
}

// clock reads "2026-11-27 09:08:07", Beijing time. In the pattern every digit stands for one.
func clock(b []byte) (time.Time, bool) { return clockLike(b, "0000-00-00 00:00:00") }

// clockInWords reads what Alipay prints above its header: "2026年11月27日 00:00:00".
func clockInWords(text string) (time.Time, bool) {
	return clockLike([]byte(text), "0000年00月00日 00:00:00")
}

func clockLike(b []byte, pattern string) (time.Time, bool) {
	if len(b) != len(pattern) {
		return time.Time{}, false
	}
	var digits [14]int
	n := 0
	for i, c := range b {
		switch {
		case pattern[i] != '0':
			if c != pattern[i] {
				return time.Time{}, false
			}
		case c < '0' || c > '9':
			return time.Time{}, false
		default:
			digits[n] = int(c - '0')
			n++
		}
	}
	two := func(i int) int { return digits[i]*10 + digits[i+1] }
	year, month, day, hour, minute, second := two(0)*100+two(2), two(4), two(6), two(8), two(10), two(12)
	if year < 2000 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, ledger.Shanghai)
	return t, t.Day() == day
}

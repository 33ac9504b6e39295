package hardware

import (
	"strconv"

	"guitai/assets"
	"guitai/ledger"
)

// AnnouncementKind is what has happened at the counter, as far as it is worth a sound.
type AnnouncementKind uint8

// The kinds. AnnouncePaid is the final success and nothing else: it alone has an amount spoken.
const (
	AnnouncePaid      AnnouncementKind = iota + 1
	AnnounceFailed                     // refused, or withdrawn: no money came
	AnnounceUnknown                    // how it ended is being asked: nothing may be handed over
	AnnounceRefunded                   // a refund has arrived
	AnnounceRefused                    // the code that was scanned cannot pay
	AnnounceAttention                  // a person has to decide
	announceTest                       // the test button
)

// Announcement is something to be said aloud.
type Announcement struct {
	Kind AnnouncementKind
	// Channel is the wallet that paid; empty for cash and for a sale of several parts.
	Channel ledger.Channel
	// Fen is what was paid.
	Fen int64
	// Tail is the sale's tail digits.
	Tail string
	// Training marks what is not real money.
	Training bool
}

// wordsOf returns the names of the clips that say a, in order. It is nil where a cannot be said whole: half an amount, or
// another wallet's name, is worse than a tone.
func wordsOf(lang assets.Lang, a Announcement) []string {
	var words []string
	if a.Training {
		words = append(words, "training")
	}
	switch a.Kind {
	case AnnounceFailed:
		return append(words, "failed")
	case AnnounceUnknown:
		return append(words, "unknown")
	case AnnounceRefunded:
		return append(words, "refunded")
	case AnnounceRefused:
		return append(words, "refused")
	case AnnounceAttention:
		return append(words, "attention")
	case announceTest:
		return append(words, "test")
	case AnnouncePaid:
		return paidWords(lang, words, a)
	}
	return nil
}

func paidWords(lang assets.Lang, words []string, a Announcement) []string {
	switch a.Channel {
	case ledger.Alipay, ledger.WeChat, ledger.UnionPay:
		words = append(words, string(a.Channel))
	case "":
	default:
		return nil
	}
	amount := amountWords(lang, a.Fen)
	if amount == nil {
		return nil
	}
	words = append(append(words, "received"), amount...)
	return append(words, tailWords(lang, a.Tail)...)
}

// tailWords reads digits one by one. In Chinese 1 is yao, because yi is heard as qi, which is 7. A tail that is not digits
// is left out: it is not what the screen shows large either.
func tailWords(lang assets.Lang, tail string) []string {
	if tail == "" {
		return nil
	}
	words := []string{"tail"}
	for _, digit := range tail {
		switch {
		case digit < '0' || digit > '9':
			return nil
		case digit == '1' && lang == assets.Zh:
			words = append(words, "yao")
		default:
			words = append(words, string(digit))
		}
	}
	return words
}

// amountWords reads yuan with the digits behind the point one by one, and without zeros at the end: 12.50 is twelve point
// five. It is nil for what no till takes.
func amountWords(lang assets.Lang, fen int64) []string {
	if fen < 1 || fen > ledger.MaxFen {
		return nil
	}
	yuan, jiao, cent := int(fen/100), int(fen/10%10), int(fen%10)
	var words []string
	switch {
	case lang != assets.Zh:
		words = english(yuan)
	case fen == 200: // two of something is liang
		words = []string{"liang"}
	default:
		words = chinese(yuan)
	}
	if jiao+cent > 0 {
		words = append(words, "point", strconv.Itoa(jiao))
	}
	if cent > 0 {
		words = append(words, strconv.Itoa(cent))
	}
	return append(words, "yuan")
}

// chinese reads 0 to 9,999,999: by ten thousands, a gap of any length as one zero, and 10 to 19 at the front without their one.
func chinese(n int) []string {
	if n == 0 {
		return []string{"0"}
	}
	high, low := n/10_000, n%10_000
	var words []string
	if high > 0 {
		words = append(chineseGroup(high, true), "10000")
	}
	if low > 0 && low < 1000 && high > 0 {
		words = append(words, "0")
	}
	if high == 2 {
		words[0] = "liang"
	}
	return append(words, chineseGroup(low, high == 0)...)
}

// chineseGroup reads 0 to 9999; first says that nothing is read before it.
func chineseGroup(n int, first bool) (words []string) {
	gap := false
	for _, unit := range []int{1000, 100, 10, 1} {
		digit := n / unit % 10
		if digit == 0 {
			gap = len(words) > 0
			continue
		}
		if gap {
			words, gap = append(words, "0"), false
		}
		switch begins := first && len(words) == 0; {
		case begins && unit == 10 && digit == 1: // ten, not one ten
		case begins && unit == 1000 && digit == 2:
			words = append(words, "liang")
		default:
			words = append(words, strconv.Itoa(digit))
		}
		if unit > 1 {
			words = append(words, strconv.Itoa(unit))
		}
	}
	return words
}

// english reads 0 to 9,999,999.
func english(n int) (words []string) {
	for _, unit := range []int{1_000_000, 1000, 100} {
		if n >= unit {
			words = append(append(words, english(n/unit)...), strconv.Itoa(unit))
			n %= unit
		}
	}
	switch {
	case n == 0 && len(words) > 0:
	case n < 20:
		words = append(words, strconv.Itoa(n))
	case n%10 == 0:
		words = append(words, strconv.Itoa(n))
	default:
		words = append(words, strconv.Itoa(n-n%10), strconv.Itoa(n%10))
	}
	return words
}

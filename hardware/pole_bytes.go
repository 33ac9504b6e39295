package hardware

import (
	"fmt"
	"strings"

	"guitai/assets"
	"guitai/ledger"
)

// PoleKind is what a pole display shows.
type PoleKind uint8

// The kinds. The zero value is the display of a till that waits for the next customer.
const (
	PoleIdle    PoleKind = iota
	PoleKeying           // the amount is being keyed
	PoleDue              // it is settled and to be paid
	PoleScan             // the customer is to scan a QR
	PolePaid             // final success
	PoleFailed           // no money came; the amount is still to be paid
	PoleUnknown          // how it ended is being asked: do not pay again
	PoleChange           // Fen is what the customer gets back
	poleTest             // the test button
)

// PoleView is what a customer is to see.
type PoleView struct {
	Kind     PoleKind
	Fen      int64
	Tail     string // the sale's tail digits, beside PAID
	Training bool   // nothing here is real, and that has to be seen
}

// The families of displays. Each has its commands from the makers' manuals.
const (
	poleLED8   = "led8"   // eight digits and four lamps: ESC Q A, ESC s, CLR
	poleCD5220 = "cd5220" // 2x20: ESC Q A, ESC Q B, CLR
	poleEpson  = "epson"  // 2x20: US $, ESC @, CLR
)

var poleKinds = []string{poleLED8, poleCD5220, poleEpson}

const (
	poleColumns = 20
	ledDigits   = 8
)

// The lamps of an eight-digit display, as its makers label them: off, 单价 (price), 总计 (total), 收款 (received), 找零 (change).
const (
	lampOff      = '0'
	lampTotal    = '2'
	lampReceived = '3'
	lampChange   = '4'
)

// poleOpening is sent once to a display that has just come: what it did before is unknown.
func poleOpening(family string) []byte {
	if family == poleEpson {
		return []byte("\x1B@\x0C") // initialise, clear
	}
	return []byte("\x0C") // clear
}

// poleBytes shows v on a display of the family.
func poleBytes(family string, v PoleView) []byte {
	upper, lower := poleLines(v)
	switch family {
	case poleLED8:
		return ledBytes(v)
	case poleEpson: // both lines whole, each from its beginning: nothing has to be cleared, so nothing flickers
		return []byte("\x1F$\x01\x01" + upper + "\x1F$\x01\x02" + lower)
	}
	// After these commands a CD5220 takes nothing but a clearing one. It also ends what a cut line has left half written.
	return []byte("\x0C\x1BQA" + upper + "\r\x1BQB" + lower + "\r")
}

func ledBytes(v PoleView) []byte {
	digits, lamp := ledDigitsOf(v)
	if digits == "" {
		return []byte{0x0C, 0x1B, 's', lamp}
	}
	return []byte("\x1Bs" + string(lamp) + "\x1BQA" + digits + "\r")
}

// ledDigitsOf is what eight digits can say. Dashes stand for what cannot be told: an amount with too many digits, or one that
// nobody may pay now. In training at least one dash stands before the amount.
func ledDigitsOf(v PoleView) (digits string, lamp byte) {
	dashes := strings.Repeat("-", ledDigits)
	switch v.Kind {
	case PoleKeying, PoleDue, PoleScan, PoleFailed:
		lamp = lampTotal
	case PolePaid:
		lamp = lampReceived
	case PoleChange:
		lamp = lampChange
	case poleTest:
		return "8.8.8.8.8.8.8.8", lampTotal
	case PoleUnknown:
		return dashes, lampOff
	default:
		if v.Training {
			return "-", lampOff
		}
		return "", lampOff
	}
	digits = ledAmount(v.Fen)
	room := ledDigits - len(strings.Replace(digits, ".", "", 1)) // a point stands beside its digit
	switch {
	case digits == "", v.Training && room == 0:
		return dashes, lamp
	case v.Training:
		return dashes[:room] + digits, lamp
	}
	return digits, lamp
}

// ledAmount is empty for what eight digits do not hold. From a million yuan on, whole yuan still go without their decimals.
func ledAmount(fen int64) string {
	switch {
	case fen < 0 || fen > ledger.MaxFen:
		return ""
	case fen < 100_000_000:
		return fmt.Sprintf("%d.%02d", fen/100, fen%100)
	case fen%100 == 0:
		return fmt.Sprint(fen / 100)
	}
	return ""
}

// poleLines are two lines of exactly twenty characters.
func poleLines(v PoleView) (upper, lower string) {
	text := poleText(v.Kind)
	amount := poleAmount(v)
	right := ""
	if v.Kind == PolePaid && v.Tail != "" {
		right = "#" + poleASCII(v.Tail)
	}
	switch {
	case v.Training: // its word is more than any other one
		return justify(assets.Pole.Training, amount), justify(text.Label, right)
	case v.Kind == PoleIdle:
		return center(text.Label), center(text.Says)
	}
	return justify(text.Label, amount), justify(text.Says, right)
}

func poleText(kind PoleKind) assets.PoleText {
	p := &assets.Pole
	texts := [...]assets.PoleText{PoleIdle: p.Idle, PoleKeying: p.Keying, PoleDue: p.Due, PoleScan: p.Scan, PolePaid: p.Paid,
		PoleFailed: p.Failed, PoleUnknown: p.Unknown, PoleChange: p.Change, poleTest: p.Test}
	if int(kind) >= len(texts) {
		return p.Unknown // a kind of a newer till: nobody pays for it
	}
	return texts[kind]
}

// poleAmount is dashes for an amount that no till has.
func poleAmount(v PoleView) string {
	switch {
	case v.Kind == PoleIdle || v.Kind == poleTest:
		return ""
	case v.Fen < 0 || v.Fen > ledger.MaxFen:
		return "----"
	}
	return ledger.Fen(v.Fen).String()
}

// justify puts one text to the left and one to the right; what is too long loses its left text's end.
func justify(left, right string) string {
	right = right[:min(len(right), poleColumns)]
	room := poleColumns - len(right)
	if right != "" && len(left) >= room {
		left = left[:max(0, room-1)]
	}
	left = left[:min(len(left), room)]
	return left + strings.Repeat(" ", room-len(left)) + right
}

func center(text string) string {
	text = text[:min(len(text), poleColumns)]
	return justify(strings.Repeat(" ", (poleColumns-len(text))/2)+text, "")
}

// poleASCII lets nothing through that could be a command, or that the display has no picture of.
func poleASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

package hardware

import (
	"fmt"
	"log/slog"
	"time"
)

// End says how a frame ended, which is how far it can be trusted to be whole.
type End int

const (
	// Terminated frames ended with the scanner's own terminator: they are whole.
	Terminated End = iota
	// Gap frames ended because the line fell silent, or began too soon after one that did. They may be half a code or
	// two: show them, and send them only when the cashier says so.
	Gap
)

// String names the ending for logs.
func (e End) String() string {
	if e == Terminated {
		return "terminated"
	}
	return "gap"
}

// Frame is one reading of the scanner. Its data may be a customer's payment code, which is as good as cash for about a
// minute: every way of printing, logging or marshalling a Frame shows its length and never its bytes. (A Frame held in
// an unexported field of another type is out of reach of these methods: keep it out of values that get printed.)
type Frame struct {
	// Data is what stood between two terminators, as bytes: ASCII for payment codes, otherwise whatever the phone put
	// into its QR, without what the scanner adds. Never empty, at most 512 bytes. It belongs to whom the frame was handed to.
	Data []byte
	// AIM is the AIM identifier that the scanner put before the data ("]C0": Code 128, "]Q1": QR, "]E0": EAN), or empty.
	// It tells the kind of barcode, which no digits can forge.
	AIM string
	// At is when the last byte of Data arrived.
	At time.Time
	// End is how the frame ended.
	End End
}

// Wipe overwrites the data where it lies. Call it as soon as the code is sent or refused.
func (f *Frame) Wipe() {
	clear(f.Data)
	f.Data = nil
}

// String describes the frame without its data.
func (f Frame) String() string { return fmt.Sprintf("frame(%d bytes, %s)", len(f.Data), f.End) }

// GoString is String: %#v shows no more than %v.
func (f Frame) GoString() string { return f.String() }

// Format writes String for every verb and flag, %x and %s of the whole frame among them.
func (f Frame) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.String())) }

// LogValue is String, so that slog handlers never reach the data.
func (f Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalText is String, so that JSON and TOML encoders never reach the data.
func (f Frame) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

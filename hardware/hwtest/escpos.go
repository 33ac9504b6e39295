package hwtest

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// This file reads ESC/POS as a receipt printer does. It knows what the till may send and calls everything else a fault.

// ItemKind is what stands on the paper, or happens to it.
type ItemKind string

// The kinds.
const (
	Text    ItemKind = "text"
	QR      ItemKind = "qr"
	Code128 ItemKind = "code128"
	Feed    ItemKind = "feed" // blank lines
	Cut     ItemKind = "cut"
	Pulse   ItemKind = "pulse" // the drawer's; nothing on the paper
)

// Item is one thing that a printer did.
type Item struct {
	Kind      ItemKind
	Text      string // of a line, or what a code holds
	Align     byte   // 0 left, 1 centre, 2 right
	Bold, Big bool
	Dot       int // a QR's module, or a feed's lines
}

// String is the item as golden files have it.
func (i Item) String() string {
	var style strings.Builder
	style.WriteByte("lcr"[i.Align%3])
	if i.Bold {
		style.WriteString(" bold")
	}
	if i.Big {
		style.WriteString(" big")
	}
	switch i.Kind {
	case Cut, Pulse:
		return string(i.Kind)
	case Feed:
		return fmt.Sprintf("feed %d", i.Dot)
	case QR:
		return fmt.Sprintf("qr [%s] dot %d: %s", style.String(), i.Dot, i.Text)
	}
	return fmt.Sprintf("%s [%s] %s", i.Kind, style.String(), i.Text)
}

// Paper is what came out of a printer. Faults are bytes that no till may send: unknown commands, text outside the printer's set.
type Paper struct {
	Items  []Item
	Faults []string
}

// Slips cuts the paper into slips. What came after the last cut is the last one.
func (p Paper) Slips() (slips []Paper) {
	var now []Item
	for _, item := range p.Items {
		now = append(now, item)
		if item.Kind == Cut {
			slips, now = append(slips, Paper{Items: now}), nil
		}
	}
	if len(now) > 0 {
		slips = append(slips, Paper{Items: now})
	}
	return slips
}

// Count is how many items of a kind there are.
func (p Paper) Count(kind ItemKind) (n int) {
	for _, item := range p.Items {
		if item.Kind == kind {
			n++
		}
	}
	return n
}

// Read is everything that a printer makes of b. Bytes that end within a command are a fault.
func Read(b []byte) Paper {
	var p interpreter
	for _, command := range realTime(b) {
		if command[1] == 0x14 {
			p.fault("a real-time pulse")
		}
	}
	for len(b) > 0 {
		n := p.step(b)
		if n == 0 {
			p.fault("it ends within a command: % X", b[:min(len(b), 8)])
			break
		}
		b = b[n:]
	}
	return p.paper
}

// realTime finds what a printer obeys wherever it stands, in data too: requests of the status, and pulses.
func realTime(b []byte) (commands [][]byte) {
	for i := 0; i+2 < len(b); i++ {
		if b[i] != 0x10 {
			continue
		}
		switch {
		case b[i+1] == 0x04 && b[i+2] >= 1 && b[i+2] <= 4, b[i+1] == 0x05 && b[i+2] <= 2:
			commands = append(commands, b[i:i+3])
		case b[i+1] == 0x14 && i+4 < len(b) && b[i+2] == 1 && b[i+3] <= 1:
			commands = append(commands, b[i:i+5])
		}
	}
	return commands
}

// interpreter is a printer's state between two commands.
type interpreter struct {
	align     byte
	bold, big bool
	chinese   bool
	dot       int
	stored    string
	paper     Paper
	line      []byte
	ask       func() // GS r 1 has come up; nil: nobody wants to know
}

func (p *interpreter) fault(format string, args ...any) {
	p.paper.Faults = append(p.paper.Faults, fmt.Sprintf(format, args...))
}

func (p *interpreter) put(kind ItemKind, text string, dot int) {
	p.paper.Items = append(p.paper.Items, Item{Kind: kind, Text: text, Align: p.align, Bold: p.bold, Big: p.big, Dot: dot})
}

// step takes one command, or one character, from the beginning of b. It returns how many bytes that was; 0 when more have to come.
func (p *interpreter) step(b []byte) int {
	switch c := b[0]; {
	case c == 0:
		return 1
	case c == '\n':
		p.endLine()
		return 1
	case c >= ' ' && c < 0x7F:
		p.line = append(p.line, c)
		return 1
	case c >= 0x81 && c < 0xFF:
		return p.double(b)
	case c == 0x1B || c == 0x1C || c == 0x1D || c == 0x10:
		return p.command(b)
	}
	p.fault("a stray byte %02X", b[0])
	return 1
}

// double takes a character of two bytes.
func (p *interpreter) double(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if !p.chinese {
		p.fault("Chinese without its mode")
	}
	if b[1] == 0 { // what fills up a broken command
		return 2
	}
	if b[1] < 0x40 || b[1] == 0x7F || b[1] == 0xFF {
		p.fault("no character of two bytes: %02X %02X", b[0], b[1])
	}
	p.line = append(p.line, b[0], b[1])
	return 2
}

func (p *interpreter) endLine() {
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(p.line)
	if err != nil || bytes.ContainsRune(text, '\uFFFD') {
		p.fault("text that is not GB18030: % X", p.line)
	}
	p.put(Text, string(text), 0)
	p.line = nil
}

// command takes ESC, FS, GS and DLE commands.
func (p *interpreter) command(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	for _, known := range commands {
		if b[0] != known.lead || b[1] != known.name {
			continue
		}
		if len(b) < 2+known.args {
			return 0
		}
		if len(p.line) > 0 && !known.anywhere {
			p.fault("a command within a line: % X", b[:2])
		}
		return p.run(known, b)
	}
	if b[1] != 0 {
		p.fault("an unknown command % X", b[:2])
	}
	return 2
}

type command struct {
	lead, name byte
	args       int
	anywhere   bool
	run        func(p *interpreter, args []byte)
	long       func(p *interpreter, b []byte) int // for commands that tell their own length; b begins behind the name
}

var commands = []command{
	{lead: 0x1B, name: '@', anywhere: true, run: func(p *interpreter, _ []byte) {
		p.align, p.bold, p.big, p.chinese, p.line = 0, false, false, false, nil
	}},
	{lead: 0x1C, name: '&', run: func(p *interpreter, _ []byte) { p.chinese = true }},
	{lead: 0x1C, name: '.', run: func(p *interpreter, _ []byte) { p.chinese = false }},
	{lead: 0x1B, name: 'a', args: 1, run: func(p *interpreter, a []byte) { p.align = a[0] % 3 }},
	{lead: 0x1B, name: 'E', args: 1, run: func(p *interpreter, a []byte) { p.bold = a[0]&1 == 1 }},
	{lead: 0x1D, name: '!', args: 1, run: func(p *interpreter, a []byte) {
		if a[0] != 0 && a[0] != 0x11 {
			p.fault("an unknown size %02X", a[0])
		}
		p.big = a[0] == 0x11
	}},
	{lead: 0x1B, name: 'd', args: 1, run: func(p *interpreter, a []byte) { p.put(Feed, "", int(a[0])) }},
	{lead: 0x1B, name: 'p', args: 3, anywhere: true, run: func(p *interpreter, a []byte) {
		if a[1] != 0 || a[2] != 0 { // a pulse of no length is what fills up a broken command
			p.put(Pulse, "", int(a[0]))
		}
	}},
	{lead: 0x1D, name: 'V', args: 1, long: (*interpreter).knife},
	{lead: 0x1D, name: 'H', args: 1, run: func(*interpreter, []byte) {}},
	{lead: 0x1D, name: 'h', args: 1, run: func(*interpreter, []byte) {}},
	{lead: 0x1D, name: 'w', args: 1, run: func(*interpreter, []byte) {}},
	{lead: 0x1D, name: 'r', args: 1, anywhere: true, run: func(p *interpreter, _ []byte) {
		if p.ask != nil {
			p.ask()
		}
	}},
	{lead: 0x1D, name: 'k', args: 2, long: (*interpreter).barcode},
	{lead: 0x1D, name: '(', args: 3, long: (*interpreter).symbol},
	{lead: 0x10, name: 0x04, args: 1, anywhere: true, run: func(*interpreter, []byte) {}}, // answered when it arrived
}

func (p *interpreter) run(known command, b []byte) int {
	if known.long == nil {
		known.run(p, b[2:2+known.args])
		return 2 + known.args
	}
	n := known.long(p, b[2:])
	if n == 0 {
		return 0
	}
	return 2 + n
}

func (p *interpreter) knife(b []byte) int {
	if b[0] != 66 {
		if b[0] != 0 { // what fills up a broken command cuts too
			p.fault("an unknown cut %d", b[0])
		}
		p.put(Cut, "", 0)
		return 1
	}
	if len(b) < 2 {
		return 0
	}
	p.put(Cut, "", 0)
	return 2
}

func (p *interpreter) barcode(b []byte) int {
	if b[0] != 73 {
		if b[0] != 0 {
			p.fault("an unknown barcode %d", b[0])
		}
		return 1
	}
	n := int(b[1])
	if len(b) < 2+n {
		return 0
	}
	text, err := readCode128(b[2 : 2+n])
	switch {
	case n == 0, err != nil && b[1+n] == 0: // filled up
		return 2 + n
	case err != nil:
		p.fault("Code 128: %v", err)
	}
	p.put(Code128, text, 0)
	return 2 + n
}

// readCode128 gives what a barcode of the command's data holds.
func readCode128(b []byte) (string, error) {
	var out strings.Builder
	set := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '{' && i+1 < len(b) && set != 0 && b[i+1] == '{':
			out.WriteByte('{')
			i++
		case c == '{' && i+1 < len(b) && (b[i+1] == 'B' || b[i+1] == 'C'):
			set = b[i+1]
			i++
		case set == 'C' && c < 100:
			fmt.Fprintf(&out, "%02d", c)
		case set == 'B' && c >= ' ' && c < 0x7F && c != '{':
			out.WriteByte(c)
		default:
			return out.String(), fmt.Errorf("byte %02X in set %q", c, set)
		}
	}
	return out.String(), nil
}

// symbol takes the QR commands GS ( k.
func (p *interpreter) symbol(b []byte) int {
	n := int(b[1]) | int(b[2])<<8
	if b[0] == 0 {
		return 3
	}
	if b[0] != 'k' || n > 4096 {
		p.fault("an unknown command GS ( %02X of %d bytes", b[0], n)
		return 3
	}
	if len(b) < 3+n {
		return 0
	}
	data := b[3 : 3+n]
	if n < 3 || data[0] != '1' {
		if !allZero(data) {
			p.fault("an unknown code % X", data)
		}
		return 3 + n
	}
	switch data[1] {
	case 'A', 'E', 0: // 0 is what fills up a broken command
	case 'C':
		p.dot = int(data[2])
	case 'P':
		p.stored = strings.TrimRight(string(data[3:]), "\x00")
	case 'Q':
		p.put(QR, p.stored, p.dot)
	default:
		p.fault("an unknown QR function %02X", data[1])
	}
	return 3 + n
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

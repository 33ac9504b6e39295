package hardware

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"guitai/assets"
)

const (
	pairSilence  = 600 * time.Millisecond // ends a reading without an end; Cino's longest pause between characters is 495 ms
	pairEnd      = 50 * time.Millisecond  // the LF of a CR LF has come by then
	pairReadings = 6                      // kept for the page
	pairCells    = 96                     // bytes of a reading that are shown
)

// Pairing shows what a scanner sends while a page for it is open. Nothing that is scanned meanwhile is delivered. Its methods
// may be called from any goroutine.
type Pairing struct {
	scanner *Scanner
	cfg     Config

	door sync.Mutex // held through Open and Close
	stop func()     // nil while closed

	mu    sync.Mutex
	heard heard
}

// NewPairing returns a Pairing, closed, for a scanner and the configuration that it has.
func NewPairing(cfg Config, scanner *Scanner) *Pairing {
	return &Pairing{scanner: scanner, cfg: cfg, heard: newHeard(cfg)}
}

// Open begins to listen; it forgets what it has heard before.
func (p *Pairing) Open() {
	p.door.Lock()
	defer p.door.Unlock()
	if p.stop != nil {
		return
	}
	p.forget()
	p.stop = p.scanner.Listen(func(data []byte, at time.Time) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.heard.push(data, at)
	})
}

// Close ends the listening. What was half scanned is not delivered.
func (p *Pairing) Close() {
	p.door.Lock()
	defer p.door.Unlock()
	if p.stop == nil {
		return
	}
	p.stop()
	p.stop = nil
	p.forget()
}

func (p *Pairing) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard.wipe()
	p.heard = newHeard(p.cfg)
}

// Look gives what was heard so far.
func (p *Pairing) Look() assets.PairView {
	p.mu.Lock()
	defer p.mu.Unlock()
	view := p.heard.look(time.Now())
	if p.cfg.Serial != "" {
		view.Port = fmt.Sprintf("%s, %d baud, 8N1", p.cfg.Serial, p.cfg.baud())
	}
	return view
}

// heard turns bytes and their times into readings and proposals. It is pure. It keeps a reading's bytes no longer than until
// the reading is over, and then only what is shown of them.
type heard struct {
	cfg      Config
	ends     []byte
	buf      [maxFrame]byte
	n        int // bytes of the reading in hand, those beyond buf only counted
	ended    bool
	first    time.Time
	last     time.Time
	pause    time.Duration // the longest between two chunks of the reading in hand
	readings []reading     // newest last
	rereads  *rereads
}

// reading is what is kept of one reading.
type reading struct {
	shown       assets.PairReading
	fault       assets.PairHint // HintSpeed, HintParity, or empty
	aim         string
	lead, trail string // what stands before and behind the digits, where the rest is digits
	pause       time.Duration
}

func newHeard(cfg Config) heard {
	ends := slices.Clone(terminators["auto"])
	if own, err := terminatorBytes(cfg.Terminator); err == nil {
		ends = append(ends, own...)
	}
	return heard{cfg: cfg, ends: ends, rereads: newRereads(0)}
}

// wipe leaves nothing of the reading in hand in memory.
func (h *heard) wipe() { clear(h.buf[:]) }

// push takes bytes as they arrived.
func (h *heard) push(data []byte, at time.Time) {
	h.settle(at)
	if h.n > 0 {
		h.pause = max(h.pause, at.Sub(h.last))
	}
	for _, b := range data {
		isEnd := bytes.IndexByte(h.ends, b) >= 0
		if h.ended && !isEnd {
			h.close()
		}
		if h.n == 0 {
			h.first, h.pause = at, 0
		}
		if h.n < len(h.buf) {
			h.buf[h.n] = b
		}
		h.n++
		h.ended = isEnd
		h.last = at
	}
}

// settle closes a reading that nothing came after for long enough.
func (h *heard) settle(now time.Time) {
	if h.n > 0 && now.Sub(h.last) >= pairSilence {
		h.close()
	}
}

// close makes a reading of the bytes in hand and forgets them.
func (h *heard) close() {
	raw := h.buf[:min(h.n, len(h.buf))]
	h.readings = append(h.readings, h.read(raw))
	h.readings = h.readings[max(0, len(h.readings)-pairReadings):]
	clear(raw)
	h.n, h.ended, h.pause = 0, false, 0
}

func (h *heard) read(raw []byte) reading {
	body := bytes.TrimLeft(raw, "\x02")
	to := len(body)
	for to > 0 && bytes.IndexByte(h.ends, body[to-1]) >= 0 {
		to--
	}
	body, ends := body[:to], body[to:]
	r := reading{fault: lineFault(body), pause: h.pause, shown: assets.PairReading{
		At: h.last, Took: h.last.Sub(h.first), Bytes: h.n, End: strings.Join(names(ends), " "),
	}}
	h.rereads.again(Frame{Data: body, At: h.last}, time.Time{})
	rest, aim := cutAIM(body)
	r.aim = aim
	r.lead, r.trail = around(rest)
	r.shown.Cells = cells(raw, len(raw)-len(ends)-len(rest), len(raw)-len(ends))
	return r
}

// names writes control characters as people call them.
func names(ends []byte) (out []string) {
	for _, b := range ends {
		out = append(out, byteName(b))
	}
	return out
}

var controls = [...]string{"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
	"DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US", "SP"}

func byteName(b byte) string {
	switch {
	case int(b) < len(controls):
		return controls[b]
	case b == 0x7F:
		return "DEL"
	case b > 0x7F:
		return "·"
	}
	return string(rune(b))
}

// cells writes the bytes; those from secret to end are hidden where they may be a customer's code.
func cells(raw []byte, secret, end int) []assets.PairCell {
	hide := make([]bool, len(raw))
	copy(hide[secret:], hidden(raw[secret:end]))
	for i, h := range hiddenDigits(raw[secret:end]) {
		hide[secret+i] = hide[secret+i] || h
	}
	out := make([]assets.PairCell, 0, min(len(raw), pairCells))
	for i, b := range raw[:min(len(raw), pairCells)] {
		cell := assets.PairCell{Show: byteName(b), Hex: fmt.Sprintf("%02X", b)}
		if hide[i] {
			cell = assets.PairCell{Show: "*", Hex: "**"}
		}
		out = append(out, cell)
	}
	return out
}

// lineFault tells a wrong parity, which leaves text under bit 7, from a wrong speed, which leaves no text at all.
func lineFault(body []byte) assets.PairHint {
	high, below, control := 0, 0, 0
	for _, b := range body {
		switch c := b & 0x7F; {
		case b >= 0x80 && (isDigit(c) || isLetter(c) || c == '\r' || c == '\n'):
			high++
			below++
		case b >= 0x80:
			high++
		case b < ' ' && b != gs:
			control++
		}
	}
	_, charset := readable(body)
	switch {
	case high > 0 && below == high && control == 0 && digitsBelow(body) >= len(body)*3/4:
		return assets.HintParity
	case control > 0 || charset == "hex":
		return assets.HintSpeed
	}
	return ""
}

func digitsBelow(body []byte) (n int) {
	for _, b := range body {
		if isDigit(b & 0x7F) {
			n++
		}
	}
	return n
}

// around gives what stands before and behind a row of digits, where nothing else stands between: neither is secret.
func around(data []byte) (lead, trail string) {
	from, to := bytes.IndexAny(data, "0123456789"), bytes.LastIndexAny(data, "0123456789")+1
	if from < 0 || to-from < minDigits || strings.Trim(string(data[from:to]), "0123456789") != "" {
		return "", ""
	}
	lead, trail = string(data[:from]), string(data[to:])
	if (Config{Prefix: lead, Suffix: trail}).checkDress() != nil {
		return "", ""
	}
	return lead, trail
}

// minDigits is the shortest row of digits that is taken for a code by itself: an EAN-8 has so many.
const minDigits = 8

// look gives the readings and what they propose.
func (h *heard) look(now time.Time) assets.PairView {
	if h.ended && now.Sub(h.last) >= pairEnd {
		h.close()
	}
	h.settle(now)
	view := assets.PairView{Proposals: h.propose()}
	for _, r := range slices.Backward(h.readings) {
		view.Readings = append(view.Readings, r.shown)
	}
	return view
}

// propose says what the readings tell, what is wrong first.
func (h *heard) propose() []assets.PairProposal {
	if len(h.readings) == 0 {
		return []assets.PairProposal{{Hint: assets.HintNothing}}
	}
	newest := h.readings[len(h.readings)-1]
	if newest.fault != "" {
		return []assets.PairProposal{{Hint: newest.fault}}
	}
	var wrong, advice []assets.PairProposal
	if newest.shown.End == "" {
		wrong = append(wrong, assets.PairProposal{Hint: assets.HintNoEnd})
	}
	if newest.pause >= h.cfg.idle() {
		ms := int(newest.pause.Milliseconds())
		wrong = append(wrong, assets.PairProposal{Hint: assets.HintSlow, N: ms, Setting: fmt.Sprintf("idle_ms = %d", (2*ms+9)/10*10)})
	}
	if h.rereads.resent {
		wrong = append(wrong, assets.PairProposal{Hint: assets.HintACK})
	}
	good := h.good()
	wrong = append(wrong, h.dress(good)...)
	if name := h.sameEnd(good); name != "" && name != h.cfg.Terminator {
		advice = append(advice, assets.PairProposal{Hint: assets.HintEnd, Setting: fmt.Sprintf("terminator = %q", name)})
	}
	aim := assets.PairProposal{Hint: assets.HintNoAIM}
	if newest.aim != "" {
		aim.Hint = assets.HintAIM
	}
	if len(wrong) == 0 {
		wrong = []assets.PairProposal{{Hint: assets.HintGood}}
	}
	return append(append(wrong, advice...), aim)
}

// good gives the readings without a fault.
func (h *heard) good() (out []reading) {
	for _, r := range h.readings {
		if r.fault == "" {
			out = append(out, r)
		}
	}
	return out
}

// sameEnd names the setting for the terminator that two readings or more had, all of them; empty: there is none.
func (h *heard) sameEnd(readings []reading) string {
	name := strings.ToLower(strings.ReplaceAll(readings[len(readings)-1].shown.End, " ", ""))
	name = cmp.Or(map[string]string{"sp": "space"}[name], name)
	for _, r := range readings {
		if r.shown.End != readings[0].shown.End {
			return ""
		}
	}
	if _, known := terminators[name]; !known || len(readings) < 2 {
		return ""
	}
	return name
}

// dress proposes to take off what two readings or more have in common before or behind their digits, all of them, where
// the configuration does not do it already.
func (h *heard) dress(readings []reading) (out []assets.PairProposal) {
	if len(readings) < 2 {
		return nil
	}
	first := readings[0]
	lead, trail, letters := first.lead, first.trail, ""
	for _, r := range readings {
		if r.lead != lead {
			lead = ""
		}
		if r.trail != trail {
			trail = ""
		}
		if len(r.lead) != 1 || !isLetter(r.lead[0]) {
			letters = "-"
		}
		if letters != "-" && !strings.Contains(letters, r.lead) {
			letters += r.lead
		}
	}
	switch {
	case letters != "-" && strings.Trim(letters, h.cfg.CodeIDs) != "":
		out = append(out, assets.PairProposal{Hint: assets.HintLetter, Setting: fmt.Sprintf("code_ids = %q", letters)})
	case letters == "-" && lead != "" && lead != h.cfg.Prefix:
		out = append(out, assets.PairProposal{Hint: assets.HintPrefix, Setting: fmt.Sprintf("prefix = %q", lead)})
	}
	if trail != "" && trail != h.cfg.Suffix {
		out = append(out, assets.PairProposal{Hint: assets.HintSuffix, Setting: fmt.Sprintf("suffix = %q", trail)})
	}
	return out
}

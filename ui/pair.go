package ui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// Pairing is a serial scanner while somebody looks at what it sends. Between Open and Close nothing that it scans is
// delivered. The methods are quick and may be called from any goroutine.
type Pairing interface {
	Open()
	Look() assets.PairView
	Close()
}

// pairScreen shows what a scanner sends, byte by byte, and what that proposes. A scanner that types as a keyboard is counted
// here and goes nowhere; no key means anything but those that leave.
type pairScreen struct {
	pairing Pairing // nil where there is no serial scanner
	view    assets.PairView
	keyed   int // characters that a scanner has typed; 0: none
	open    bool
}

// pairMsg tells that it is time to look again.
type pairMsg struct{ of *pairScreen }

// pairEvery is how often what has arrived is looked at: soon enough for a scan to seem answered at once.
const pairEvery = 200 * time.Millisecond

// newPair returns the page, and opens the pairing.
func newPair(p Pairing) *pairScreen {
	s := &pairScreen{pairing: p, open: true}
	if p != nil {
		p.Open()
		s.view = p.Look()
	}
	return s
}

// openPair shows the page.
func (a *App) openPair(p Pairing) tea.Cmd {
	s := newPair(p)
	a.push(s)
	return s.again()
}

// endPairing closes the page where another screen is put over it by itself: the scanner has to read badges there.
func (a *App) endPairing() {
	for i, s := range a.stack {
		if _, is := s.(*pairScreen); is {
			a.popTo(i)
			return
		}
	}
}

func (s *pairScreen) again() tea.Cmd {
	return tea.Tick(pairEvery, func(time.Time) tea.Msg { return pairMsg{s} })
}

func (s *pairScreen) hear(_ *App, msg tea.Msg) tea.Cmd {
	if m, ok := msg.(pairMsg); !ok || m.of != s || !s.open {
		return nil
	}
	if s.pairing != nil {
		s.view = s.pairing.Look()
	}
	return s.again()
}

func (*pairScreen) place() place             { return atHelp }
func (*pairScreen) typed(*App, rune) tea.Cmd { return nil }
func (*pairScreen) act(*App, action) tea.Cmd { return nil }
func (*pairScreen) next(a *App) string       { return a.words.Pair.Next }
func (*pairScreen) suspected(*App)           {}
func (s *pairScreen) leave() {
	s.open = false
	if s.pairing != nil {
		s.pairing.Close()
	}
}

// sees takes scans and characters, which mean nothing here.
func (s *pairScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan != nil {
		s.keyed = len(p.scan.Text)
		p.scan.Wipe()
		return true, nil
	}
	return p.char != 0, nil
}

func (s *pairScreen) draw(a *App, width, height int) []string {
	w := &a.words.Pair
	port := s.view.Port
	if port == "" {
		port = w.NoPort
	}
	rows := []string{a.palette.bold.Render(cut(w.Title, width)), cut(clean(port, 200), width)}
	if s.pairing != nil {
		rows = append(rows, cut(a.fill(a.words.Scanners[a.scene.board.Device(ledger.DeviceScanner).State]), width))
	}
	rows = append(rows, wrap(w.NotCharged, width, 2)...)
	if len(s.view.Readings) > 0 {
		rows = append(append(rows, ""), s.bytes(a, &s.view.Readings[0], width, min(max((height-14)/2, 1), 4))...)
	}
	rows = append(rows, "", a.palette.bold.Render(cut(w.Proposes, width)))
	rows = append(rows, s.proposals(a, width)...)
	if len(s.view.Readings) > 1 {
		rows = append(rows, "", a.palette.bold.Render(cut(w.Before, width)))
		for i := range s.view.Readings[1:] {
			rows = append(rows, cut(headOfReading(a, &s.view.Readings[i+1]), width))
		}
	}
	return rows[:min(len(rows), height)]
}

// proposals are what the serial scanner's readings say, behind what a typing one has shown.
func (s *pairScreen) proposals(a *App, width int) (rows []string) {
	w := &a.words.Pair
	list := s.view.Proposals
	if s.keyed > 0 {
		list = append([]assets.PairProposal{{Hint: assets.HintKeyboard, N: s.keyed}}, list...)
		if len(s.view.Readings) == 0 { // "nothing has arrived" is no longer all that is known
			list = list[:1]
		}
	}
	for _, p := range list {
		rows = append(rows, indented("· ", assets.Fill(w.Hints[p.Hint], "n", strconv.Itoa(p.N)), width)...)
		if p.Setting != "" {
			rows = append(rows, cut("  "+assets.Fill(w.Setting, "text", clean(p.Setting, 60)), width))
		}
	}
	return rows
}

// headOfReading says when a reading came and how it ended.
func headOfReading(a *App, r *assets.PairReading) string {
	text := a.words.Pair.Read
	if r.End == "" {
		text = a.words.Pair.ReadOpen
	}
	return assets.Fill(text, "time", a.book.Calendar().In(r.At).Format("15:04:05"), "n", strconv.Itoa(r.Bytes),
		"seconds", strconv.FormatFloat(r.Took.Seconds(), 'f', 3, 64), "text", r.End)
}

// bytes writes a reading: each byte over its number, in so many pairs of rows at most. What follows from it needs the room more.
func (s *pairScreen) bytes(a *App, r *assets.PairReading, width, most int) []string {
	rows := []string{cut(headOfReading(a, r), width)}
	shown := 0
	for range most {
		var upper, lower strings.Builder
		upper.WriteString("  ")
		lower.WriteString("  ")
		used := 2
		from := shown
		for _, c := range r.Cells[from:] {
			w := max(wide(c.Show), wide(c.Hex)) + 1
			if c.Show == "*" || digits(c.Show) > 0 { // the page leaves a few of a code's digits
				c.Show, c.Hex = secret(c.Show), secret(c.Hex)
			}
			if used+w > width {
				break
			}
			upper.WriteString(pad(c.Show, w))
			lower.WriteString(pad(c.Hex, w))
			used += w
			shown++
		}
		if shown == from {
			break
		}
		rows = append(rows, upper.String(), a.palette.faint.Render(lower.String()))
	}
	if left := r.Bytes - shown; left > 0 {
		rows = append(rows, "  "+assets.Fill(a.words.Pair.More, "n", strconv.Itoa(left)))
	}
	return rows
}

package ui

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// Health is what a process knows of itself. Its texts may come from anywhere: they pass the gate before they are shown.
type Health struct {
	Version    string
	Opened     time.Time // since when it runs
	Heap       uint64    // bytes in use
	Goroutines int
	Disk       ledger.Disk // of the data folder, now: the Board has a number only where room is scarce
	Backup     bool        // the open till keeps one
	Log        []LogLine   // the newest last
	Crash      *CrashNote  // the last crash on record; nil: none
}

// LogLine is a line of the log.
type LogLine struct {
	At          time.Time
	Level, Text string
}

// CrashNote is a crash: the name of its report, when it was, and its first line.
type CrashNote struct {
	Name  string
	At    time.Time
	First string
}

// supportScreen tells all that support asks for first, and the log; live, and it changes nothing.
type supportScreen struct {
	health Health
	extra  supportExtra
	read   bool
	closed bool
	first  list
	all    int // rows, when it was last drawn
	seen   int // and those in sight
}

// supportExtra is what a look at the till does not have.
type supportExtra struct {
	oldest time.Time // of what is owed to a channel; zero: nothing is
	epoch  uint32
	day    ledger.Day
}

// healthMsg brings what was read; nothing read: it is time to.
type healthMsg struct {
	of     *supportScreen
	read   bool
	health Health
	extra  supportExtra
}

// healthEvery is how often the process is asked how it is.
const healthEvery = 5 * time.Second

func (a *App) openSupport() tea.Cmd {
	s := &supportScreen{}
	a.push(s)
	return s.load(a)
}

func (s *supportScreen) load(a *App) tea.Cmd {
	health, book := a.health, a.book
	return func() tea.Msg {
		msg := healthMsg{of: s, read: true}
		if health != nil {
			msg.health = health()
		}
		for _, o := range book.Owed() {
			if at := o.OpenedAt; msg.extra.oldest.IsZero() || at.Before(msg.extra.oldest) {
				msg.extra.oldest = at
			}
		}
		book.Read(func(state *ledger.State) { msg.extra.epoch, msg.extra.day = state.Epoch, state.Day })
		return msg
	}
}

func (*supportScreen) place() place             { return atSupport }
func (s *supportScreen) leave()                 { s.closed = true }
func (*supportScreen) typed(*App, rune) tea.Cmd { return nil }
func (*supportScreen) next(a *App) string       { return a.fill(a.words.Guest.SupportNext) }

func (s *supportScreen) act(_ *App, do action) tea.Cmd {
	page := max(s.seen-1, 1)
	s.first.move(do, s.all-page+1, page)
	return nil
}

// hear takes what was read, and reads again after a while.
func (s *supportScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	m, ok := msg.(healthMsg)
	if !ok || m.of != s || s.closed {
		return nil
	}
	if !m.read {
		return s.load(a)
	}
	s.read, s.health, s.extra = true, m.health, m.extra
	return tea.Tick(healthEvery, func(time.Time) tea.Msg { return healthMsg{of: s} })
}

func (s *supportScreen) draw(a *App, width, height int) []string {
	rows := []string{a.palette.bold.Render(a.words.Guest.SupportTitle)}
	lines := s.lines(a, width)
	s.all, s.seen = len(lines), height-len(rows)
	from, to, more := s.first.window(a, len(lines), s.seen, false)
	for _, line := range lines[from:to] {
		rows = append(rows, cut(line, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// lines is all of it, the till's lines first, the log last.
func (s *supportScreen) lines(a *App, width int) (lines []string) {
	for _, text := range s.facts(a) {
		lines = append(lines, wrap(text, width, 4)...)
	}
	w := &a.words.Guest
	if lines = append(lines, "", a.palette.bold.Render(w.Log)); len(s.health.Log) == 0 {
		return append(lines, w.NoLog)
	}
	for i := len(s.health.Log) - 1; i >= 0; i-- {
		l := &s.health.Log[i]
		before := a.book.Calendar().In(l.At).Format(time.TimeOnly) + " " + cleanCode(l.Level, 5) + " "
		for _, row := range wrap(clean(l.Text, 6*width), width-wide(before), 6) {
			lines = append(lines, before+row)
			before = strings.Repeat(" ", wide(before))
		}
	}
	return lines
}

// facts are the lines about the till. They are as of this look; what the process says is a few seconds old at most.
func (s *supportScreen) facts(a *App) (facts []string) {
	w, board, n := &a.words.Guest, &a.scene.board, strconv.Itoa
	for _, channel := range ledger.Channels {
		if link, ok := board.Links[channel]; ok {
			facts = append(facts, a.linkFact(channel, link))
		}
	}
	owed := a.put(w.Owed, "n", n(board.Backlog))
	if board.Backlog > 0 && !s.extra.oldest.IsZero() {
		owed += " · " + a.put(w.OwedSince, "time", a.clockOf(s.extra.oldest))
	}
	facts = append(facts, owed+" · "+a.put(w.Exceptions, "n", n(a.scene.warnings)))
	facts = append(facts, s.own(a)...)
	for _, kind := range ledger.DeviceKinds {
		if kind == ledger.DeviceScanner || board.Device(kind).State != ledger.DeviceOff {
			facts = append(facts, a.deviceFact(kind))
		}
	}
	if free := s.health.Disk.Free; free > 0 {
		facts = append(facts, a.put(w.Disk, "n", strconv.FormatUint(free>>20, 10)))
	}
	facts = append(facts, a.outsideFact(), a.backupFact(s.health.Backup))
	for _, channel := range ledger.Channels {
		if st, ok := board.Statements[channel]; ok && st.State != "" {
			state := cmp.Or(a.words.Statement.Doing[st.State], a.words.Statement.Compared)
			facts = append(facts, joined(a.put(w.Statement, "channel", a.words.Channels[channel], "date", monthDay(st.Day), "state", state), st.Cause))
		}
	}
	clock := w.ClockGood
	if board.ClockSkew != 0 {
		clock = a.put(w.Clock, "seconds", n(int(board.ClockSkew/time.Second)))
	}
	notices := a.put(w.Notices, "n", strconv.FormatUint(board.Notices.Taken, 10), "number", strconv.FormatUint(board.Notices.Forged+board.Notices.Failed, 10))
	return append(facts, clock+" · "+a.put(w.Displays, "n", n(board.Displays)), joined(notices, board.Notices.Fault))
}

// own are the lines about the program and the ledger.
func (s *supportScreen) own(a *App) (facts []string) {
	w := &a.words.Guest
	if !s.read {
		return []string{w.Reading}
	}
	if a.scene.shutTo.After(a.now) {
		facts = append(facts, a.put(w.DoorLocked, "time", a.clockOf(a.scene.shutTo)))
	}
	ledgerSays := a.put(w.Ledger, "n", strconv.FormatUint(a.scene.head, 10), "number", strconv.Itoa(int(s.extra.epoch)), "date", s.extra.day.String())
	if err := a.scene.broken; err != nil {
		ledgerSays += " [" + string(ledger.ReasonOf(err)) + "]"
	}
	facts = append(facts, joined(ledgerSays, a.scene.board.LedgerFault))
	h := &s.health
	if h.Version != "" {
		facts = append(facts, a.put(w.Version, "text", clean(h.Version, 40), "time", a.clockOf(h.Opened)))
	}
	if h.Goroutines > 0 {
		facts = append(facts, a.put(w.Memory, "n", strconv.FormatUint(h.Heap>>20, 10), "number", strconv.Itoa(h.Goroutines)))
	}
	if h.Crash == nil {
		return append(facts, w.NoCrash)
	}
	return append(facts, a.put(w.Crash, "time", a.clockOf(h.Crash.At), "name", clean(h.Crash.Name, 60), "text", clean(h.Crash.First, 300)))
}

// joined adds a cause for support to what is said.
func joined(says, cause string) string {
	if cause = clean(cause, 400); cause == "" {
		return says
	}
	return says + " · " + cause
}

func (a *App) linkFact(channel ledger.Channel, link ledger.Link) string {
	w := &a.words.Guest
	says := a.put(w.Link, "channel", a.words.Channels[channel], "state", a.words.Links[link.State])
	if !link.Since.IsZero() {
		says += " · " + a.put(a.words.Device.Since, "time", a.clockOf(link.Since))
	}
	if link.Latency > 0 {
		says += " · " + a.put(w.LinkLast, "seconds", strconv.FormatFloat(link.Latency.Seconds(), 'f', 2, 64))
	}
	if link.Answers > 0 {
		says += " · " + a.put(w.LinkRate, "n", strconv.Itoa(int(link.Answers)), "number", strconv.Itoa(int(link.Failed)), "time", a.clockOf(link.At))
	}
	cause := link.Cause
	if text, ok := assets.CodeSays(a.lang, link.Cause); ok {
		cause = "[" + link.Cause + "] " + text
	}
	return joined(says, cause)
}

func (a *App) deviceFact(kind ledger.DeviceKind) string {
	device := a.scene.board.Device(kind)
	says := a.deviceSays(kind)
	if !device.Since.IsZero() {
		says += " · " + a.put(a.words.Device.Since, "time", a.clockOf(device.Since))
	}
	return joined(says, device.Cause)
}

func (a *App) outsideFact() string {
	w, o := &a.words.Guest, &a.scene.board.Outside
	says := w.OutsideNone
	if o.Seq > 0 {
		says = a.put(w.Outside, "n", strconv.FormatUint(o.Seq, 10), "time", a.clockOf(o.At))
	}
	return joined(says, o.Fault)
}

func (a *App) backupFact(kept bool) string {
	if !kept {
		return a.words.Guest.BackupOff
	}
	if fault := a.scene.board.BackupFault; fault != "" {
		return a.put(a.words.Guest.Backup, "text", clean(fault, 400))
	}
	return a.words.Guest.BackupGood
}

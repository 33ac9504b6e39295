package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"guitai/ledger"
)

// This file is a visitor's visit: screens of their own over the till's Book, and the cashier's live screen. Three locks keep it from
// changing anything but the talk and what the counter is asked for: a visitor's desk refuses what asks for no actor (noDesk), a key or a
// scan that is not for looking is dropped before a screen sees it (admits), and the Book refuses every intent of a visitor.

// ErrVisitOver means that the ledger does not have the visit, or has it no more: nothing is to be shown.
var ErrVisitOver = errors.New("the visit is over")

// GuestOptions are what a visit needs.
type GuestOptions struct {
	Book   *ledger.Book
	Hub    *Hub          // of the till's screen; is told what the visitor looks at
	Visit  uint64        // BeginVisit's
	Role   ledger.Role   // a supervisor sees the day and the exceptions; support does not
	Health func() Health // nil: nothing is known
	// NoBundle: there is nobody for whom a bundle could be made, so none is to be asked for.
	NoBundle bool
	In       io.Reader // its end is the visit's, and so are 64 KiB without a key or a whole paste
	Out      io.Writer
	Getenv   func(name string) string // the visitor's environment, of which TERM and COLORTERM count. Nil: the process's
	Size     Size                     // of the visitor's window; zero: the line is asked
	Resized  <-chan Size              // another window; nil: the line's own signal tells
}

// Receive shows a visitor the till until they leave, In ends or ctx ends, all of which give nil, or until the ledger has the visit no
// more (ErrVisitOver). The terminal is as before when it returns, also after a panic, which becomes a PanicError. ErrNoCursor is given
// before anything is written. Beginning and ending the visit in the Book is the caller's.
func Receive(ctx context.Context, cfg Config, opts GuestOptions) error {
	if err := cfg.Keys.table().check(); err != nil {
		return fmt.Errorf("key table: %w", err)
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	stage := farStage(opts.In, opts.Out, opts.Getenv, cancel)
	if size, ok := opts.Size.bounded(); ok {
		stage.window = size
	}
	stage.resized = opts.Resized
	v := newVisiting(inner, cfg, opts, terminalFor(stage.profile, opts.Getenv))
	if v == nil {
		return ErrVisitOver
	}
	v.line, _ = stage.in.(*farLine)
	defer opts.Hub.sees(opts.Visit, "", time.Time{})
	err := stage.perform(inner, v)
	v.looked()
	v.app.forget()
	if err == nil && v.app.guest.over {
		return ErrVisitOver
	}
	return err
}

// farStage is a stage for a terminal that may be on another machine; end is called when what is read from it ends.
func farStage(in io.Reader, out io.Writer, getenv func(string) string, end func()) stage {
	if _, file := in.(term.File); !file {
		in = &farLine{from: in, end: end}
	}
	s := newStage(in, out, getenv)
	if _, file := out.(term.File); !file { // it is a terminal all the same
		s.profile = s.can.profile(getenv, colorprofile.Env(s.env))
	}
	return s
}

// muteMost is how many bytes may come from a visitor without a key or a whole paste among them. The reader of keys keeps what is not
// over yet, a paste or a sequence, and reads a sequence anew with each byte: without an end to it a visitor could fill the till's memory
// and its processor.
const muteMost = 64 << 10

// farLine tells of the end of what it reads, and makes one where too much comes that is no key.
type farLine struct {
	from io.Reader
	end  func()
	mute atomic.Int64 // bytes since the last key
}

// Read implements io.Reader.
func (l *farLine) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if err == nil && l.mute.Add(int64(n)) > muteMost {
		n, err = 0, io.EOF
	}
	if err != nil {
		l.end()
	}
	return n, err
}

// heard notes that a key has come.
func (l *farLine) heard() {
	if l != nil {
		l.mute.Store(0)
	}
}

// guest is what an App has that shows a visitor the till.
type guest struct {
	visit      uint64
	role       ledger.Role
	since      time.Time
	supervises bool
	over       bool // the ledger has the visit no more
	noBundle   bool // GuestOptions'
}

// guestBehind is how long a visitor's look at the till waits after a change: the cashier's screen comes first, many visitors do not all
// look at the same moment, and of changes that follow one another one look sees all.
const guestBehind = 250 * time.Millisecond

// newVisiting makes a visitor's model; nil where the ledger does not have the visit.
func newVisiting(ctx context.Context, cfg Config, opts GuestOptions, term terminal) *visiting {
	var visit ledger.Visit
	var training bool
	opts.Book.Read(func(s *ledger.State) {
		visits := s.Visits()
		if at := slices.IndexFunc(visits, func(v ledger.Visit) bool { return v.Number == opts.Visit }); at >= 0 {
			visit = visits[at]
		}
		training = s.Mode == "training"
	})
	if visit.Number == 0 {
		return nil
	}
	cfg.DefaultChannel, cfg.Bell = "", BellOff
	a := newApp(ctx, cfg, Options{Book: opts.Book, Actor: visit.Actor(), Training: training, Health: opts.Health, Getenv: opts.Getenv}, term)
	a.desk, a.feed.behind = noDesk{}, guestBehind
	a.guest = &guest{visit: visit.Number, role: visit.Role, since: visit.Since, noBundle: opts.NoBundle,
		supervises: opts.Role == ledger.RoleSupervisor && visit.Role == ledger.RoleSupervisor}
	a.stack = []screen{&guestHome{}}
	return &visiting{app: a, hub: opts.Hub, term: term}
}

// visiting is the Bubble Tea model of a visit: an App, and over it the cashier's screen while that is looked at.
type visiting struct {
	app     *App
	hub     *Hub
	term    terminal
	line    *farLine  // nil: a file, which ends by itself
	looking *watching // nil: the App's own screens
	stop    func()
	size    tea.WindowSizeMsg
}

type (
	lookMsg   struct{}               // the cashier's screen is wanted
	lookedMsg struct{ of *watching } // it was looked at
)

// Init implements tea.Model.
func (v *visiting) Init() tea.Cmd { return v.app.Init() }

// Update implements tea.Model.
func (v *visiting) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := v.update(msg)
	v.hub.sees(v.app.guest.visit, v.sight(), time.Now())
	if v.failure() != nil || v.app.guest.over {
		return v, tea.Quit
	}
	return v, cmd
}

func (v *visiting) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case lookMsg:
		return v.look()
	case lookedMsg:
		if msg.of == v.looking {
			v.looked()
		}
		return nil
	case tea.KeyPressMsg:
		v.line.heard()
		if v.looking == nil {
			break
		}
		switch v.app.keys.find(atGuest, readKey(msg).key) {
		case actTalk:
			v.looked()
			_, cmd := v.app.Update(msg)
			return cmd
		case actHelp:
			v.looking.help = !v.looking.help
			return nil
		}
		_, cmd := v.looking.Update(msg)
		return cmd
	case tea.PasteMsg:
		v.line.heard()
		if v.looking != nil {
			return nil
		}
	case tea.WindowSizeMsg:
		v.size = msg
	}
	_, cmd := v.app.Update(msg)
	if v.looking != nil {
		_, more := v.looking.Update(msg)
		cmd = tea.Batch(cmd, more)
	}
	return cmd
}

// look opens the cashier's screen.
func (v *visiting) look() tea.Cmd {
	if v.hub == nil || v.looking != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(v.app.feed.ctx)
	woken, leave := v.hub.join()
	w := &watching{ctx: ctx, hub: v.hub, woken: woken, head: v.app.guestRow, words: v.app.words, palette: v.app.palette, linux: v.term.linux, bar: true}
	w.leaves = func() tea.Msg { return lookedMsg{w} }
	v.looking, v.stop = w, func() { cancel(); leave() }
	_, cmd := w.Update(v.size)
	return tea.Batch(w.Init(), cmd)
}

// looked closes it.
func (v *visiting) looked() {
	if v.looking != nil {
		v.stop()
		v.looking, v.stop = nil, nil
	}
}

// View implements tea.Model.
func (v *visiting) View() tea.View {
	if v.app.guest.over { // nothing more is shown to whoever the ledger does not know
		return tea.View{AltScreen: true}
	}
	if v.looking != nil {
		return v.looking.View()
	}
	return v.app.View()
}

func (v *visiting) failure() *PanicError {
	if v.looking != nil && v.looking.failed != nil {
		return v.looking.failed
	}
	return v.app.failed
}

// sight is what the visitor looks at.
func (v *visiting) sight() sight {
	if v.looking != nil {
		return sightScreen
	}
	for i := len(v.app.stack) - 1; i > 0; i-- {
		switch v.app.stack[i].place() {
		case atSupport:
			return sightSupport
		case atDay:
			return sightDay
		case atExceptions:
			return sightExceptions
		case atAsk:
			return sightAsk
		case atTalk:
			if _, asks := v.app.stack[i].(*askScreen); asks { // it is asked why
				return sightAsk
			}
			return sightTalk
		}
	}
	return sightMenu
}

// guestDoes is what a visitor's keys do, beside what is the same on all of a visitor's screens.
var guestDoes = map[place][]action{
	atGuest: {actEnter}, atAsk: {actEnter, actBack}, atTalk: {actEnter, actBack}, atExceptions: {actEnter},
	atDay: {actEnter, actBack, actByChannel, actByCashier, actByState, actDayBack, actDayOn, actGoTo, actExceptions},
}

var guestAlways = []action{actEsc, actHelp, actUp, actDown, actPageUp, actPageDown, actTalk, actRepaint, actLeave, actDigits}

// may reports whether a key does something here for whoever sits at this screen.
func (a *App) may(at place, do action) bool {
	return a.guest == nil || slices.Contains(guestAlways, do) || slices.Contains(guestDoes[at], do)
}

// admits reports whether a key of a visitor may reach a screen. Scans and pasted text never do, and are wiped.
func (a *App) admits(p press) bool {
	switch {
	case a.guest == nil:
		return true
	case p.scan != nil:
		p.scan.Wipe()
	case p.pasted != nil:
		clear(p.pasted)
	default:
		if at := a.top().place(); a.may(at, a.keys.find(at, p.key)) || a.keys.find(at, p.key) == 0 {
			return true
		}
		a.say(note{sentence: a.words.Guest.NotHere})
		return false
	}
	a.say(note{sentence: a.words.Guest.NoInput})
	return false
}

// visited takes from a look what is the cashier's to answer, and ends the visit where the ledger has it no more.
func (a *App) visited(s *scene) {
	if a.guest == nil {
		return
	}
	s.hasSuspect, s.suspect, s.draft, s.board.BadScan, s.board.Badge = false, "", ledger.Keyed{}, nil, nil
	if a.note.code == ledger.ReasonHandOpen && !slices.ContainsFunc(s.wishes, func(w wish) bool { return w.Visit == a.guest.visit }) {
		a.note = note{} // it was answered
	}
	if !slices.ContainsFunc(s.visits, func(v ledger.Visit) bool { return v.Number == a.guest.visit }) {
		a.guest.over = true
	}
}

// guestRow stands on every screen of a visitor: who they are, for how long, and that nothing can be done.
func (a *App) guestRow(width int) string {
	w, before, text := &a.words.Guest, "▲ ", ""
	if n, _ := a.unheard(); n > 0 {
		before += a.put(w.RowNew, "n", strconv.Itoa(n)) + " · "
	}
	for _, row := range []string{w.Row, w.RowShort, w.RowBrief} {
		text = before + a.put(row, "person", clean(a.actor.Person, 24), "role", a.words.Staff.Roles[a.guest.role],
			"minutes", strconv.Itoa(int(max(a.now.Sub(a.guest.since), 0)/time.Minute)))
		if wide(text) <= width {
			break
		}
	}
	return a.palette.inside.Render(pad(text, width))
}

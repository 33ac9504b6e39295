package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// App is the one Bubble Tea model. Its goroutine, Bubble Tea's loop, is the only one that touches its fields; commands
// get what they need by value. A frame is a function of scene, now, the stack and the fields below it.
type App struct {
	book     *ledger.Book
	desk     desk     // what asks no actor goes through it
	practice Practice // nil outside training
	counter  Counter  // nil: nothing that can be tried
	actor    ledger.Actor
	cfg      Config
	training bool
	codes    ledger.CodeTable
	words    *assets.Phrases
	lang     assets.Lang
	keys     keyTable
	labels   []string // pairs that put the keys into sentences
	term     terminal
	palette  palette
	feed     *feed
	first    func() // called once, after the first frame; then nil

	scene         scene
	now           time.Time
	width, height int
	stack         []screen

	note      note      // the last thing worth saying, until the next key
	asked     question  // what the next Enter or Ctrl-C would agree to
	askedAt   time.Time // an Enter too soon after it was meant for something else
	suspectAt time.Time // the same for a suspect scan

	flight   action    // the intent that is on its way to the Book; 0: none
	flightAt time.Time // since when
	proving  bool      // it has somebody's PIN with it
	pending  []press   // keys pressed meanwhile, in order
	again    again     // digits that may be a PIN once more
	touched  time.Time // the last key
	burst    burst
	digits   digitRun
	pasted   []byte // what askPaste is about; wiped with the question
	rings    int    // how often the bell is to ring for what has changed
	ring     int    // numbers what it rings for

	qr     qrCache
	full   qrCache    // the same code, drawn for the whole window
	zoom   zoomChoice // of the cashier
	big    bigCache
	drill  *drill      // of training, under way; nil: none
	failed *PanicError // a bug was met: the program ends
	trains bool        // the program ends for training mode's

	guest    *guest // a visitor looks at this screen; nil: it is the till's own
	hub      *Hub   // of those who look on
	door     Door   // nil: nobody can come in
	hand     func(context.Context, ledger.Actor, ledger.Hand) (string, error)
	health   func() Health // nil: nothing is known
	heard    uint64        // the last line of talk that was in sight
	quieted  ledger.Reason // of what was said before this key
	answered time.Time     // when a visitor's wish was
	gone     gone          // what those have said who were inside

	lines     bool                     // nothing is painted: the line mode asks in its own way
	lockAfter time.Duration            // without a key: the screen locks; 0 never
	needsCode func(person string) bool // who keys a code beside the PIN; nil: nobody
}

// question is something the till has asked.
type question int

const (
	askNothing question = iota
	askBand             // is this unusual amount right?
	askLeave            // leave the till?
	askCash             // just what is due, in cash? (line mode)
	askPaste            // is what was pasted the customer's code?
	askRing             // shall support be rung with this text? (line mode)
)

// pendingMax bounds the keys kept while the disk is slow: more than a person types in a second.
const pendingMax = 32

// slowWrite is when the screen says that it is waiting for the disk; it owes a word within one second.
const slowWrite = 700 * time.Millisecond

type (
	tickMsg  struct{}
	shownMsg struct{} // the first frame was built
	// doneMsg is an intent's end, with a look at the till from after it.
	doneMsg struct {
		do    action
		err   error
		scene scene
		then  func(*App, error) tea.Cmd // what a screen makes of it; nil: nothing
	}
)

// newApp builds the model with a first look at the till, so that the first frame is already true.
func newApp(ctx context.Context, cfg Config, opts Options, term terminal) *App {
	lang := Language(cfg, opts.Getenv)
	codes := opts.Codes
	if codes == nil {
		codes = ledger.DefaultCodes()
	}
	keys := cfg.Keys.table()
	a := &App{
		book: opts.Book, desk: counterDesk{opts.Book}, practice: opts.Practice, counter: opts.Counter, actor: opts.Actor, cfg: cfg, training: opts.Training, codes: codes,
		words: assets.For(lang), lang: lang, keys: keys, labels: keys.names(), term: term, palette: newPalette(cfg.Theme, term.mono),
		feed:  &feed{ctx: ctx, book: opts.Book, practice: opts.Practice != nil},
		first: opts.FirstFrame, now: time.Now(), touched: time.Now(), stack: []screen{&saleScreen{}},
		lockAfter: opts.LockAfter, needsCode: opts.NeedsCode, hub: opts.Hub, door: opts.Door, hand: opts.Hand, health: opts.Health,
	}
	return a
}

func (a *App) init() tea.Cmd {
	seen := a.feed.look()
	a.see(seen.scene)
	a.rings = 0 // nothing has happened yet
	return tea.Batch(a.feed.wait(seen), a.tick())
}

// livesFor is how long PAID's edges move; over a thin line an old payment costs no more than a clock.
const livesFor = 30 * time.Second

// tick moves the clock, the counted seconds and PAID's edges.
func (a *App) tick() tea.Cmd {
	every := time.Second
	if at := a.scene.shown(); at != nil && faceOf(at).lives && a.now.Sub(at.SinceAt).Abs() < livesFor {
		every = markEvery
	}
	return tea.Every(every, func(time.Time) tea.Msg { return tickMsg{} })
}

// update takes one message.
func (a *App) update(msg tea.Msg) tea.Cmd {
	a.now = time.Now()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return a.resize(msg.Width, msg.Height)
	case shownMsg:
		return a.shown()
	case tickMsg:
		a.drillOver()
		return tea.Batch(a.tick(), a.autoLock())
	case ringMsg:
		return a.stroke(msg)
	case sceneMsg:
		a.see(msg.scene)
		a.drillOver()
		return tea.Batch(a.feed.wait(msg), a.tell(msg), a.drillScan())
	case doneMsg:
		return a.done(msg)
	case thrownMsg:
		a.sayOnly(a.thrown(msg))
		return nil
	case rangMsg:
		msg.of.sending, msg.of.sent = false, msg.err == nil
		a.say(note{sentence: a.rang(msg.err)})
		return nil
	case handMsg:
		if says := a.handEnd(msg); msg.err == nil {
			a.sayOnly(says)
		} else {
			a.say(note{sentence: says})
		}
		return a.tellEnd(msg)
	case burstMsg:
		return a.burstOver()
	case againMsg:
		return a.againOver()
	case tea.PasteMsg:
		return a.paste(msg.Content)
	case tea.KeyPressMsg:
		return a.key(readKey(msg))
	}
	return a.tell(msg)
}

// resize takes a new window. A terminal that reports 0×0 knows no size yet, or is being closed.
func (a *App) resize(width, height int) tea.Cmd {
	if width <= 0 || height <= 0 {
		return nil
	}
	a.width, a.height = width, height
	if a.first == nil {
		return nil
	}
	// One period of the renderer later the first frame's bytes are out.
	return tea.Tick(20*time.Millisecond, func(time.Time) tea.Msg { return shownMsg{} })
}

func (a *App) shown() tea.Cmd {
	first := a.first
	a.first = nil
	if first == nil {
		return nil
	}
	return func() tea.Msg { first(); return nil }
}

// see takes a look that is newer than the last one. The keyed amount is read again, because keys run ahead of looks.
func (a *App) see(s scene) {
	if s.turn <= a.scene.turn {
		return
	}
	s.draft = a.book.Draft().Keyed
	a.visited(&s)
	if w, ok := a.top().(watcher); ok && s.hasSuspect {
		a.desk.DropSuspect()
		s.hasSuspect = false
		w.suspected(a)
	}
	if s.hasSuspect && (!a.scene.hasSuspect || a.scene.suspect != s.suspect) {
		a.suspectAt = a.now
	}
	a.rings = max(a.rings, rings(&a.scene, &s))
	a.moved(&a.scene, &s)
	was := a.scene
	a.scene = s
	a.drill.see(a)
	a.seeGone(&was)
	a.atDoor(&was)
}

// tell passes a message to the screens that listen.
func (a *App) tell(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range a.stack {
		if l, ok := s.(listener); ok {
			cmds = append(cmds, l.hear(a, msg))
		}
	}
	return tea.Batch(cmds...)
}

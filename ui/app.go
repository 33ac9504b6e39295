package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// App is the one Bubble Tea model. Its goroutine, Bubble Tea's loop, is the only one that touches its fields; commands
// get what they need by value. A frame is a function of scene, now, the stack and the fields below it.
type App struct {
	book     *ledger.Book
	practice Practice // nil outside training
	actor    ledger.Actor
	cfg      Config
	training bool
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
	pending  []press   // keys pressed meanwhile, in order
	burst    burst

	qr  qrCache
	big bigCache
}

// question is something the till has asked.
type question int

const (
	askNothing question = iota
	askBand             // is this unusual amount right?
	askLeave            // leave the till?
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
	}
)

// newApp builds the model with a first look at the till, so that the first frame is already true.
func newApp(ctx context.Context, cfg Config, opts Options, term terminal) *App {
	lang := Language(cfg, opts.Getenv)
	a := &App{
		book: opts.Book, practice: opts.Practice, actor: opts.Actor, cfg: cfg, training: opts.Training,
		words: assets.For(lang), lang: lang, keys: sellKeys, labels: sellKeys.names(), term: term, palette: newPalette(term.mono),
		feed:  &feed{ctx: ctx, book: opts.Book, practice: opts.Practice != nil},
		first: opts.FirstFrame, now: time.Now(), stack: []screen{&saleScreen{}},
	}
	return a
}

// Init implements tea.Model.
func (a *App) Init() tea.Cmd {
	seen := a.feed.look()
	a.see(seen.scene)
	return tea.Batch(a.feed.wait(seen), tick())
}

// tick moves the clock and the counted seconds.
func tick() tea.Cmd { return tea.Every(time.Second, func(time.Time) tea.Msg { return tickMsg{} }) }

// View implements tea.Model.
func (a *App) View() tea.View {
	view := tea.NewView(a.frame())
	view.AltScreen = true
	return view
}

// Update implements tea.Model. It does no I/O: the Book's memory-only keys apart, everything that takes time is a
// command.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	a.now = time.Now()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return a, a.resize(msg.Width, msg.Height)
	case shownMsg:
		return a, a.shown()
	case tickMsg:
		return a, tick()
	case sceneMsg:
		a.see(msg.scene)
		return a, tea.Batch(a.feed.wait(msg), a.tell(msg))
	case doneMsg:
		return a, a.done(msg)
	case burstMsg:
		if msg.turn == a.burst.turn {
			return a, a.release(false)
		}
	case tea.PasteMsg:
		return a, a.paste(msg.Content)
	case tea.KeyPressMsg:
		return a, a.key(readKey(msg))
	default:
		return a, a.tell(msg)
	}
	return a, nil
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
	if s.hasSuspect && (!a.scene.hasSuspect || a.scene.suspect != s.suspect) {
		a.suspectAt = a.now
	}
	a.scene = s
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

// key routes one key. An Esc and a key that arrived within 50 ms come as one message with Alt: they are two keys.
func (a *App) key(p press) tea.Cmd {
	if p.alt {
		p.alt = false
		return tea.Batch(a.key(press{key: "esc"}), a.key(p))
	}
	switch {
	case a.top().place() == atCode: // a code being typed is a code at any speed
		return a.press(p)
	case p.char != 0:
		return a.typed(p)
	case p.key == "enter":
		return a.enter(p)
	}
	return tea.Batch(a.release(false), a.press(p))
}

// press acts on a key, or keeps it while an intent is on its way, so that typing ahead means the same on a slow disk.
func (a *App) press(p press) tea.Cmd {
	if p.scan == nil && a.keys.find(a.top().place(), p.key) == actLeave {
		return a.leave()
	}
	if !a.flying() {
		return a.act(p)
	}
	if len(a.pending) < pendingMax {
		a.pending = append(a.pending, p)
	} else if p.scan != nil {
		p.scan.Wipe()
	}
	return nil
}

func (a *App) flying() bool { return a.flight != 0 }

// act does what a key asks for: first what the till has asked, then what every screen has, then the screen on top.
func (a *App) act(p press) tea.Cmd {
	asked, askedAt := a.asked, a.askedAt
	a.quiet()
	if p.scan != nil {
		return a.send(*p.scan)
	}
	do := a.keys.find(a.top().place(), p.key)
	if a.scene.hasSuspect {
		if p.key == "enter" {
			return a.agreeSuspect()
		}
		a.book.DropSuspect()
		a.scene.hasSuspect = false
		asked = max(asked, askLeave) // so that an Esc does nothing more
	}
	switch {
	case asked == askBand && do == actEnter:
		if a.now.Sub(askedAt) < dialogGrace {
			a.asked, a.askedAt = asked, askedAt
			return nil
		}
		return a.settle(true)
	case asked != askNothing && do == actEsc:
		return nil
	case do == actEsc && len(a.stack) > 1:
		a.pop()
	case do == actHelp:
		a.push(newHelp(a))
	case do != 0:
		return a.top().act(a, do)
	case p.char != 0:
		return a.top().typed(a, p.char)
	}
	return nil
}

// quiet takes away what was said: everything the till says stays until the next key.
func (a *App) quiet() {
	a.note, a.asked = note{}, askNothing
	if a.scene.board.BadScan != nil {
		a.scene.board.BadScan = nil
		a.book.Board().Post(func(v *ledger.BoardView) { v.BadScan = nil })
	}
}

func (a *App) agreeSuspect() tea.Cmd {
	if a.now.Sub(a.suspectAt) < dialogGrace {
		return nil
	}
	a.scene.hasSuspect = false
	return a.intend(actCode, func(ctx context.Context) error { return a.book.AgreeSuspect(ctx, a.actor) })
}

// leave asks once and leaves the second time. It works while the disk hangs.
func (a *App) leave() tea.Cmd {
	if a.asked == askLeave {
		return tea.Quit
	}
	a.quiet()
	a.asked, a.askedAt = askLeave, a.now
	return nil
}

// intend sends an intent to the Book. Keys wait until it is back.
func (a *App) intend(do action, call func(context.Context) error) tea.Cmd {
	a.flight, a.flightAt = do, a.now
	feed := a.feed
	return func() tea.Msg {
		err := call(feed.ctx)
		return doneMsg{do, err, feed.look().scene}
	}
}

// send charges a code.
func (a *App) send(scan ledger.Scan) tea.Cmd {
	return a.intend(actCode, func(ctx context.Context) error { return a.book.Scan(ctx, a.actor, scan) })
}

func (a *App) settle(agreed bool) tea.Cmd {
	return a.intend(actEnter, func(ctx context.Context) error { return a.book.Settle(ctx, a.actor, agreed) })
}

func (a *App) ask(do action, channel ledger.Channel) tea.Cmd {
	return a.intend(do, func(ctx context.Context) error { return a.book.Ask(ctx, a.actor, channel) })
}

// done takes an intent's answer and goes on with the keys that waited for it.
func (a *App) done(msg doneMsg) tea.Cmd {
	a.flight = 0
	a.see(msg.scene)
	switch {
	case msg.err == nil:
		if msg.do == actEnter && a.cfg.DefaultChannel != "" {
			return a.ask(actAlipay, a.cfg.DefaultChannel)
		}
	case errors.Is(msg.err, context.Canceled): // the till is ending
	case ledger.ReasonOf(msg.err) == ledger.ReasonAmountBand:
		a.asked, a.askedAt = askBand, a.now
	default:
		a.say(a.noteOf(msg.err))
	}
	var cmds []tea.Cmd
	for len(a.pending) > 0 && !a.flying() {
		p := a.pending[0]
		a.pending = a.pending[1:]
		cmds = append(cmds, a.act(p))
	}
	return tea.Batch(cmds...)
}

// paste never reaches the amount. Digits may be a customer's code: they are offered as a suspect scan, which is shown
// and sent only on Enter.
func (a *App) paste(text string) tea.Cmd {
	if len(text) > burstMax {
		a.say(note{sentence: a.words.Pasted})
		return nil
	}
	return a.press(press{scan: &ledger.Scan{Text: []byte(text), At: a.now, Suspect: true}})
}

package ui

import (
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// DisplayOptions are what a customer display needs.
type DisplayOptions struct {
	Dir      string          // the till's data folder
	Lang     assets.Lang     // which language comes first; empty: the till's
	Theme    Theme           // how it is coloured
	Calendar ledger.Calendar // whose clock is shown
	In       io.Reader
	Out      io.Writer
	Renderer string // what draws: "" or RendererOwn, or RendererStock
	// Getenv gives the environment of the terminal. Nil: the process's.
	Getenv func(name string) string
}

// paidFor is how long PAID stays when no other sale follows: until the customer has looked up from the phone.
const paidFor = 30 * time.Second

// Display shows a customer what the till of this folder is doing until q, Ctrl-C or the end of ctx, all of which give
// nil. It looks for the till as long as there is none. The terminal is as before when it returns, also after a panic,
// which becomes a PanicError.
func Display(ctx context.Context, opts DisplayOptions) error {
	path, err := socketPath(opts.Dir)
	if err != nil {
		return err
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	stage := newStage(opts.In, opts.Out, opts.Getenv)
	stage.renderer = opts.Renderer
	return stage.perform(ctx, newDisplay(inner, path, opts, terminalFor(stage.profile, opts.Getenv)))
}

// display is the Bubble Tea model of the second screen. A frame is a function of the last view heard, when that was, the
// window and the time.
type display struct {
	ctx      context.Context
	link     *tillLink
	lang     assets.Lang // chosen for this display; empty: the till's
	tillLang assets.Lang // what the till said last; the terminal's until then
	calendar ledger.Calendar
	term     terminal
	palette  palette

	view       customerView
	heardAt    time.Time
	shop, mode string // remembered while the till is away
	paid       payment
	paidUntil  time.Time

	now           time.Time
	width, height int
	qrs           [2]qrCache // one for each place where the QR can stand
	big           bigCache
	failed        *PanicError
}

// payment tells one PAID from the next.
type payment struct {
	tail  string
	since int64
}

func newDisplay(ctx context.Context, path string, opts DisplayOptions, term terminal) *display {
	return &display{
		ctx: ctx, link: &tillLink{path: path}, lang: opts.Lang, tillLang: Language(Config{}, opts.Getenv), calendar: opts.Calendar,
		term: term, palette: newPalette(opts.Theme, term.mono), view: customerView{State: customerClosed}, now: time.Now(),
	}
}

// Init implements tea.Model.
func (d *display) Init() tea.Cmd { return guard(tea.Batch(d.link.listen(d.ctx), d.tick())) }

// Update implements tea.Model.
func (d *display) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if value := recover(); value != nil {
			d.fail(panicError(value))
		}
		if model = d; d.failed != nil {
			cmd = tea.Quit
		}
	}()
	return d, guard(d.update(msg))
}

// View implements tea.Model.
func (d *display) View() (view tea.View) {
	view.AltScreen = true
	defer func() {
		if value := recover(); value != nil {
			d.fail(panicError(value))
		}
	}()
	if d.failed == nil {
		view.SetContent(d.frame())
	}
	return view
}

func (d *display) failure() *PanicError { return d.failed }

func (d *display) fail(failure *PanicError) {
	if d.failed == nil {
		d.failed = failure
	}
}

func (d *display) update(msg tea.Msg) tea.Cmd {
	d.now = time.Now()
	switch msg := msg.(type) {
	case *PanicError:
		d.fail(msg)
	case tea.WindowSizeMsg:
		if msg.Width > 0 && msg.Height > 0 {
			d.width, d.height = msg.Width, msg.Height
		}
	case heardMsg:
		d.hear(msg.view)
		return d.link.listen(d.ctx)
	case tickMsg:
		return d.tick()
	case tea.KeyPressMsg:
		if key := msg.Key(); key.Code == 'q' || key.Code == 'Q' || key.Code == 'c' && key.Mod == tea.ModCtrl {
			return tea.Quit
		} else if key.Code == 'l' && key.Mod == tea.ModCtrl { // something else wrote over the screen
			return tea.ClearScreen
		}
	}
	return nil
}

// tick moves the clock and, more often, the mark by which a PAID is known to be live.
func (d *display) tick() tea.Cmd {
	every := time.Second
	if d.shown().State == customerPaid {
		every = markEvery
	}
	return tea.Every(every, func(time.Time) tea.Msg { return tickMsg{} })
}

// hear takes what the till says. How long a PAID still has to stand is counted from when it was first heard of, less its
// age, so that setting the clock neither keeps nor hides it.
func (d *display) hear(v customerView) {
	d.view, d.heardAt = v, d.now
	if v.State == customerClosed || v.State == customerOther {
		return
	}
	d.shop, d.mode = clean(v.Shop, shopCells), v.Mode
	if slices.Contains(assets.Langs, v.Lang) {
		d.tillLang = v.Lang
	}
	this := payment{v.Tail, v.Since}
	if v.State == customerPaid && this != d.paid {
		age := time.Duration(max(v.At-v.Since, 0)) * time.Millisecond
		d.paid, d.paidUntil = this, d.now.Add(paidFor-age)
	}
}

// shown is what the last view means by now: a silent till is none, an old QR is blank, and a PAID ends.
func (d *display) shown() customerView {
	v := d.view
	switch {
	case v.State == customerClosed, v.State == customerOther:
	case d.now.Sub(d.heardAt) >= viewFresh:
		v = customerView{State: customerClosed}
	case v.State == customerPaid && !d.now.Before(d.paidUntil):
		v = customerView{State: customerIdle}
	case v.State == customerScan && d.now.UnixMilli() >= v.Expires:
		v.State, v.QR = customerCheck, ""
	}
	return v
}

// words gives the phrases of the language that comes first and of the other one, which is nil on the Linux console: its
// fonts have no Chinese.
func (d *display) words() (first, second *assets.Phrases) {
	switch {
	case d.term.linux:
		return assets.For(assets.En), nil
	case cmp.Or(d.lang, d.tillLang) == assets.Zh:
		return assets.For(assets.Zh), assets.For(assets.En)
	}
	return assets.For(assets.En), assets.For(assets.Zh)
}

// notice gives a state's word and sentence in one language.
func (v customerView) notice(p *assets.Phrases) assets.Notice {
	n := customerFaces[v.State].notice(&p.Display)
	n.Says = assets.Fill(n.Says, "channel", p.Channels[v.Channel])
	return n
}

// amount is the amount as it stands on the screen, or empty where there is none.
func (v customerView) amount() string {
	if v.Fen == 0 {
		return ""
	}
	return "¥" + ledger.Fen(v.Fen).String()
}

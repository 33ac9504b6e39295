package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/term"

	"guitai/ledger"
)

// RunPlain sells by lines of text: for terminals that cannot place a cursor, for screen readers and serial consoles. It
// writes no escape sequence, and nothing that was written changes afterwards. It ends like Run, with ErrTraining too, and when In ends. In and
// Out may be pipes, too; what is typed is hidden only on a terminal, whose keys are then read one by one.
func RunPlain(ctx context.Context, cfg Config, opts Options) (err error) {
	if err := cfg.Keys.table().check(); err != nil {
		return fmt.Errorf("key table: %w", err)
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	paced, restore, err := hideKeys(opts.In)
	if err != nil {
		return err
	}
	defer restore()
	return performPlain(ctx, cfg, opts, paced)
}

// performPlain is RunPlain on a terminal that is ready.
func performPlain(ctx context.Context, cfg Config, opts Options, paced bool) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	p := newPlain(ctx, cfg, opts)
	if file, ok := opts.Out.(term.File); ok && term.IsTerminal(file.Fd()) {
		if paced {
			p.out.end = "\r\n" // raw mode is the terminal's, and ends no line by itself
		}
		p.out.width = func() int {
			width, _, _ := term.GetSize(file.Fd()) // 0 when it has none to tell
			return width
		}
	}
	lines := make(chan typed)
	in, release := letGo(opts.In)
	go p.read(ctx, in, &lineReader{paced: paced}, lines)
	go p.out.write(opts.Out)
	defer func() {
		if value := recover(); value != nil {
			err = panicError(value)
		}
		if err == nil && p.trains && ctx.Err() == nil {
			err = ErrTraining
		} else {
			p.say(p.app.words.Plain.Left)
		}
		cancel()
		release(lines)
		p.forget()
		p.out.close()
	}()
	return p.run(ctx, lines)
}

// letGo makes a Read of a file end when this mode does: whoever has the terminal next, which may be training mode's, gets all keys.
// release waits for that, and wipes what was read ahead. Any other reader is left behind in its Read.
func letGo(in io.Reader) (reader io.Reader, release func(lines <-chan typed)) {
	behind := func(<-chan typed) {}
	file, ok := in.(term.File)
	if !ok {
		return in, behind
	}
	canceled, err := uv.NewCancelReader(file)
	if err != nil { // no terminal and no pipe: a Read of it never waits
		return in, behind
	}
	return canceled, func(lines <-chan typed) {
		if !canceled.Cancel() {
			return
		}
		for line := range lines {
			line.wipe()
		}
		canceled.Close()
	}
}

// hideKeys makes a terminal give its keys one by one and show none of them. paced is false for anything else.
func hideKeys(in io.Reader) (paced bool, restore func(), err error) {
	file, ok := in.(term.File)
	if !ok || !term.IsTerminal(file.Fd()) {
		return false, func() {}, nil
	}
	before, err := term.MakeRaw(file.Fd())
	if err != nil {
		return false, nil, fmt.Errorf("hiding what is typed: %w", err)
	}
	return true, func() { _ = term.Restore(file.Fd(), before) }, nil
}

// plain is the line mode. It speaks with the words of an App that is never shown. Its goroutine is the only one that
// touches it, but for what is said.
type plain struct {
	app  *App
	out  *printer
	told told

	asked   question
	askedAt time.Time
	suspect bool              // the question is about a suspect scan
	awaits  bool              // the next line is a code
	tests   bool              // the next line is only counted
	offer   ledger.TenderWish // the cash that askCash is about
	talk    *talk             // about a refund, an exception or the drawer; nil: none
	shelf   *talk             // one that a lock has interrupted, for whoever unlocks their own screen
	entries []entry           // the list of exceptions as it was told last
	wishes  []wish            // what visitors ask for, by the numbers under which it was told
	rings   string            // what askRing is about
	alerted []ledger.Alert    // the alerts, the same
	stated  []statementDay    // the statements, the same
	differs []difference      // of the last one of them that was told
	waiting []ledger.SaleID   // the held sales, the same
	days    *dayScreen        // a day's sales as they are narrowed; nil: none was read
	rest    []string          // the pages that wait for "more"

	flight  action        // the intent that is on its way to the Book; 0: none
	mute    ledger.Reason // a refusal of it that is not said, because a question follows
	slow    <-chan time.Time
	done    chan plainDone
	pending []typed // lines that came meanwhile
	ending  bool    // In has ended
	news    chan string
	ends    chan besideEnd

	beat      *time.Timer // when the next line of waiting is due
	waitsFrom time.Time   // since when the state on the last line stands

	door  *door       // somebody is saying who they are; nil: nobody
	proof time.Time   // when somebody's PIN was taken last
	idle  *time.Timer // when the till locks

	trains    bool        // it ends for training mode
	drills    *time.Timer // when a drill is looked at next
	drillSaid bool        // its symptom was told
}

// plainDone is an intent's end.
type plainDone struct {
	err   error
	lines []string
	then  func(error) // what follows in this goroutine; nil: nothing
}

func newPlain(ctx context.Context, cfg Config, opts Options) *plain {
	app := newApp(ctx, cfg, opts, terminal{mono: true})
	app.labels, app.lines = app.keys.letters(), true
	app.width, app.height = 1000, minHeight // what it says is never cut
	p := &plain{
		app: app, done: make(chan plainDone, 1), news: make(chan string, 16), ends: make(chan besideEnd, 16), beat: time.NewTimer(0), idle: time.NewTimer(0), drills: time.NewTimer(0),
		out: &printer{lines: make(chan string, 256), ended: make(chan struct{}), end: "\n", first: opts.FirstFrame, ascii: !speaksUTF8(cfg, opts.Getenv), hub: opts.Hub},
	}
	p.beat.Stop()
	p.idle.Stop()
	p.drills.Stop()
	p.touched()
	return p
}

// letters is names for lines: the plain twin of each key, and the words of this mode for keys that have none here.
func (t keyTable) letters() (pairs []string) {
	letter := map[action]string{}
	for i := range t {
		if b := &t[i]; b.at&atSale != 0 && b.do != actEsc && b.do != actDigits {
			letter[b.do] = b.letter()
		}
	}
	day, entry := letter[actDay], letter[actExceptions]
	own := map[action]string{
		actEsc: letter[actDrop], actDayBack: day + " " + wordBack, actDayOn: day + " " + wordOn, actGoTo: day + " 3-5", actResolve: entry + " 1",
		actByHand: entry + " 1 " + wordHand, actPageDown: wordMore, actDrill: wordDrill, actThrowOut: wordThrow,
		actYes: letter[actTalk] + " " + wordYes + " 1", actNo: letter[actTalk] + " " + wordNo + " 1",
	}
	for i := range t {
		name := cmp.Or(own[t[i].do], letter[t[i].do], t[i].letter())
		pairs = append(pairs, t[i].name, name)
	}
	return pairs
}

// letter is the plain twin of a key.
func (b *binding) letter() string {
	if b.do == actLeave {
		return wordLeave
	}
	for _, key := range b.keys {
		if len(key) == 1 {
			return key
		}
	}
	return keyLabel(b.keys[0])
}

// run tells what changes and does what the lines ask for, until somebody leaves, the lines or ctx end.
func (p *plain) run(ctx context.Context, lines <-chan typed) error {
	seen := p.look()
	p.greet()
	for {
		if p.ending && p.flight == 0 && len(p.pending) == 0 {
			return nil
		}
		takes := lines
		if p.ending || len(p.pending) == pendingMax {
			takes = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.out.ended:
			return p.out.err
		case <-seen.book:
			seen = p.look()
		case <-seen.board:
			seen = p.look()
		case line, ok := <-takes:
			if !ok {
				p.ending = true
			} else if left := p.take(line); left {
				return nil
			}
		case d := <-p.done:
			p.app.drill.heard(p.app, &doneMsg{do: p.flight, err: d.err})
			seen = p.look()
			if err := p.back(d); err != nil {
				return err
			}
			if left := p.goOn(); left || p.trains {
				return nil
			}
		case text := <-p.news:
			p.say(text)
		case end := <-p.ends:
			if err := p.besides(end); err != nil {
				return err
			}
		case <-p.slow:
			p.say(p.app.words.Plain.Busy, p.app.words.Writing.Says)
		case <-p.beat.C:
			p.tellWaiting()
		case <-p.idle.C:
			p.lock(ledger.SignOutIdle)
		case <-p.drills.C:
			p.app.now = time.Now()
			p.drilled()
		}
	}
}

// look takes a new look at the till and tells what differs.
func (p *plain) look() sceneMsg {
	seen := p.app.feed.look()
	p.app.now = time.Now()
	p.app.see(seen.scene)
	p.tell()
	p.drilled()
	return seen
}

// take acts on a line, or keeps it while an intent is on its way. Ctrl-C works while the disk hangs.
func (p *plain) take(line typed) (left bool) {
	p.app.now = time.Now()
	if strings.EqualFold(string(line.text), wordThrow) { // also while the disk hangs, and where nobody has signed in
		p.throwOut()
		return false
	}
	p.touched()
	if p.flight != 0 && !line.key {
		p.pending = append(p.pending, line)
		return false
	}
	return p.act(line)
}

// goOn acts on the lines that waited.
func (p *plain) goOn() (left bool) {
	for len(p.pending) > 0 && p.flight == 0 && !left {
		line := p.pending[0]
		p.pending[0] = typed{}
		p.pending = p.pending[1:]
		left = p.act(line)
	}
	return left
}

// intend sends an intent to the Book. Its lines are said when it is back.
func (p *plain) intend(do action, call func(context.Context) ([]string, error)) {
	p.intendThen(do, call, nil)
}

// intendThen is intend for what goes on with what came of it.
func (p *plain) intendThen(do action, call func(context.Context) ([]string, error), then func(error)) {
	p.flight, p.slow = do, time.After(slowWrite)
	ctx, done := p.app.feed.ctx, p.done
	go func() {
		d := plainDone{then: then}
		defer func() {
			if value := recover(); value != nil {
				d.err = panicError(value)
			}
			done <- d
		}()
		d.lines, d.err = call(ctx)
	}()
}

// back takes an intent's end. Only a bug is an error here.
func (p *plain) back(d plainDone) error {
	do, mute := p.flight, p.mute
	p.flight, p.mute, p.slow = 0, "", nil
	for _, line := range d.lines {
		p.say(line)
	}
	var failure *PanicError
	var refusal *ledger.Refusal
	switch {
	case d.err == nil:
		if do == actEnter && p.app.cfg.DefaultChannel != "" {
			p.ask(p.app.cfg.DefaultChannel)
		}
	case errors.As(d.err, &failure):
		return failure
	case errors.Is(d.err, context.Canceled): // the till is ending
	case ledger.ReasonOf(d.err) == ledger.ReasonAmountBand:
		p.question(askBand)
	case mute != "" && ledger.ReasonOf(d.err) == mute:
	case (do == actCode || do == actPractice) && errors.As(d.err, &refusal) && p.app.scene.board.BadScan != nil: // told with the board
	case p.app.scene.broken != nil && ledger.ReasonOf(d.err) == ledger.ReasonOf(p.app.scene.broken): // told with the scene
	default:
		p.refuse(d.err)
	}
	if d.then != nil {
		d.then(d.err)
	}
	return nil
}

// forget wipes what may still hold digits of a customer's code.
func (p *plain) forget() {
	for i := range p.pending {
		p.pending[i].wipe()
	}
	p.pending = nil
	p.endTalk()
	p.closeDoor()
}

// read turns what is typed into lines until In or ctx ends. A Read that hangs is left behind: it takes nothing to
// anybody any more.
func (p *plain) read(ctx context.Context, in io.Reader, r *lineReader, lines chan<- typed) {
	defer close(lines)
	defer r.clear()
	buf := make([]byte, 512)
	for {
		n, err := in.Read(buf)
		now := time.Now()
		for i, c := range buf[:n] {
			buf[i] = 0
			line, ok := r.add(c, now)
			if !ok {
				continue
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				line.wipe()
				return
			}
		}
		if err != nil {
			return
		}
	}
}

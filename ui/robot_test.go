package ui

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

var sgr = regexp.MustCompile(`^\[[0-9;]*m`)

func sizeMsg(w, h int) tea.WindowSizeMsg { return tea.WindowSizeMsg{Width: w, Height: h} }

// robot is a cashier with a real Book on a memory journal: it drives Update as Bubble Tea's loop does and runs every
// command in a goroutine. It works inside a synctest bubble.
type robot struct {
	t      *testing.T
	app    *App
	book   *ledger.Book
	msgs   chan tea.Msg
	quit   bool
	keys   int // pressed so far
	secret int // digits of PINs among them
	rung   int // strokes of the bell so far
}

func withRobot(t *testing.T, cfg Config, story func(r *robot)) {
	t.Helper()
	withRobotOn(t, ledger.NewMemory(), cfg, nil, story)
}

func withRobotOn(t *testing.T, store *ledger.Memory, cfg Config, change func(*ledger.BookConfig, *Options), story func(r *robot)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		books := ledger.BookConfig{
			Till: "T1", Mode: "training", Version: "test", Codes: ledger.DefaultCodes(),
			TillKey: []byte("0123456789abcdef"), AskAbove: 100_000,
		}
		opts := Options{Actor: ledger.Trainee, Training: true, Getenv: func(string) string { return "" }}
		if change != nil {
			change(&books, &opts)
		}
		book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), books)
		if err != nil {
			t.Fatal(err)
		}
		for _, channel := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
			book.SetAccount(channel, ledger.Account{Merchant: "M", App: "A", QRLife: 2 * time.Minute})
		}
		opts.Book = book
		if cfg.Lang == "" {
			cfg.Lang = assets.En
		}
		r := &robot{t: t, book: book, msgs: make(chan tea.Msg, 4096)}
		r.app = newApp(ctx, cfg, opts, terminal{colors: 256})
		r.run(r.app.Init())
		r.send(sizeMsg(80, 24))
		defer func() {
			cancel()
			book.Close("test")
			time.Sleep(2 * time.Second) // the last timers end
		}()
		story(r)
	})
}

func (r *robot) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if msg := cmd(); msg != nil {
			r.msgs <- msg
		}
	}()
}

// update passes one message at once, without waiting for what it starts.
func (r *robot) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.BatchMsg:
		for _, cmd := range msg {
			r.run(cmd)
		}
	case tea.QuitMsg:
		r.quit = true
	case tea.RawMsg:
		r.rung += strings.Count(msg.Msg.(string), "\a")
	default:
		_, cmd := r.app.Update(msg)
		r.run(cmd)
		r.app.View()
		if r.app.failed != nil {
			r.t.Fatalf("%v\n%s", r.app.failed, r.app.failed.Stack)
		}
	}
}

// pump delivers messages until nothing moves.
func (r *robot) pump() {
	for {
		synctest.Wait()
		select {
		case msg := <-r.msgs:
			r.update(msg)
		default:
			return
		}
	}
}

func (r *robot) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		r.update(msg)
		r.pump()
	}
}

func (r *robot) sleep(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), 200*time.Millisecond))
		r.pump()
	}
}

var named = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "backspace": tea.KeyBackspace, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4,
	"f5": tea.KeyF5, "f6": tea.KeyF6, "f7": tea.KeyF7, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10, "f11": tea.KeyF11, "f12": tea.KeyF12,
}

func keyMsg(name string) tea.KeyPressMsg {
	if name == "ctrl+c" {
		return tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	}
	if code, ok := named[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if utf8.RuneCountInString(name) != 1 {
		panic("no key " + name)
	}
	char, _ := utf8.DecodeRuneInString(name)
	return tea.KeyPressMsg{Code: char, Text: name}
}

// key presses keys at a person's speed. A longer word that names no key is typed character by character.
func (r *robot) key(names ...string) {
	for _, name := range names {
		if _, ok := named[name]; !ok && name != "ctrl+c" && utf8.RuneCountInString(name) > 1 {
			for _, char := range name {
				r.key(string(char))
			}
			continue
		}
		r.keys++
		r.send(keyMsg(name))
		r.sleep(120 * time.Millisecond)
	}
}

// burst presses characters and a last key as a scanner does, gap apart.
func (r *robot) burst(text, last string, gap time.Duration) {
	for _, char := range text {
		r.send(keyMsg(string(char)))
		time.Sleep(gap)
	}
	if last != "" {
		r.send(keyMsg(last))
	}
}

func (r *robot) frame() string { return ansi.Strip(r.app.frame()) }

func (r *robot) sees(texts ...string) {
	r.t.Helper()
	frame := r.frame()
	for _, text := range texts {
		if !strings.Contains(strings.Join(strings.Fields(frame), " "), text) {
			r.t.Fatalf("%q is not on the screen:\n%s", text, frame)
		}
	}
}

func (r *robot) seesNot(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.frame(), text) {
			r.t.Fatalf("%q is on the screen:\n%s", text, r.frame())
		}
	}
}

func (r *robot) head() (seq uint64) {
	r.book.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

// sale gives a copy of the sale on the screen; ok is false when there is none.
func (r *robot) sale() (sale ledger.Sale, ok bool) {
	r.book.Read(func(s *ledger.State) {
		if current := s.CurrentSale(); current != nil {
			sale, ok = *current, true
			sale.Attempts = append([]ledger.Attempt(nil), current.Attempts...)
		}
	})
	return sale, ok
}

// last gives the newest attempt of the sale on the screen.
func (r *robot) last() ledger.Attempt {
	r.t.Helper()
	sale, ok := r.sale()
	if !ok || len(sale.Attempts) == 0 {
		r.t.Fatalf("no attempt on the screen:\n%s", r.frame())
	}
	return *sale.Last()
}

// scan is the hardware scanner: it does not pass the screen.
func (r *robot) scan(code string) error {
	err := r.book.Scan(context.Background(), r.book.At(placeConsole), ledger.Scan{Text: []byte(code), At: time.Now()})
	r.pump()
	return err
}

// asked and answered are the worker.
func (r *robot) asked(request ledger.Request) {
	r.t.Helper()
	if code, _, ok := r.book.TakeCode(r.last().Order); ok {
		code.Wipe()
	}
	if _, err := r.book.Asking(context.Background(), r.last().Order, request); err != nil {
		r.t.Fatal(err)
	}
	r.pump()
}

func (r *robot) answered(request ledger.Request, class ledger.Class, change func(*ledger.Answer)) {
	r.t.Helper()
	at := r.last()
	answer := ledger.Answer{Order: at.Order, Request: request, Class: class, Verified: true, Began: r.head()}
	if class == ledger.ClassPaid {
		answer.Named = ledger.Named{Order: at.Order, Amount: at.Amount, Merchant: at.Merchant, App: at.App, ChannelNo: "42000077"}
	}
	if class == ledger.ClassShown {
		answer.QR = testQR
	}
	if change != nil {
		change(&answer)
	}
	if err := r.book.Report(context.Background(), answer); err != nil {
		r.t.Fatal(err)
	}
	r.pump()
}

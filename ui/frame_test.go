package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// noon is the fixed clock of all frames: 12:34:56 in the shop.
var noon = time.Date(2026, 3, 2, 4, 34, 56, 0, time.UTC)

const (
	testOrder = ledger.OrderNo("T1012603020000AB12CD34EK")
	testQR    = "https://qr.alipay.invalid/bax04827kqzh2mvw7xyn30a1b2"
)

// drawnApp is an App on an empty Book, for drawing scenes.
func drawnApp(t testing.TB, lang assets.Lang, mono bool, width, height int) *App {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
		Alerts: shopHours(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("test") })
	a := newApp(context.Background(), Config{Lang: lang}, Options{
		Book: book, Actor: ledger.Trainee, Training: true, Getenv: func(string) string { return "" }, Practice: twoCustomers{},
	}, terminal{colors: 256, mono: mono})
	a.width, a.height, a.now = width, height, noon
	return a
}

type twoCustomers struct{}

func (twoCustomers) Customers() []Customer {
	return []Customer{{0, "立即付款", "pays at once"}, {73, "输入密码，6 秒后付款", "keys a password and pays after 6 s"}}
}
func (twoCustomers) Code(ledger.Channel, int) []byte { return nil }
func (twoCustomers) ScanQR(string, int) error        { return nil }

// picture is one thing the screen can show.
type picture struct {
	name string
	set  func(a *App)
}

func baseScene() scene {
	return scene{
		turn: 1, head: 7, till: "T1", mode: "training", practice: true,
		board: ledger.BoardView{
			Links: map[ledger.Channel]ledger.Link{
				ledger.Alipay: {State: ledger.LinkUp}, ledger.WeChat: {State: ledger.LinkSlow},
			},
			Devices: map[ledger.DeviceKind]ledger.Device{ledger.DeviceScanner: {State: ledger.DeviceReady}}, Doing: map[string]ledger.Doing{},
		},
	}
}

func saleOf(attempts ...ledger.Attempt) ledger.Sale {
	return ledger.Sale{ID: "26030200071234", Amount: ledger.Fen(1250), OpenedAt: noon.Add(-20 * time.Second), Day: 20260302, Attempts: attempts}
}

func attemptIn(state ledger.AttemptState) ledger.Attempt {
	a := ledger.Attempt{
		Order: testOrder, Channel: ledger.WeChat, Way: ledger.ByCode, Amount: ledger.Fen(1250), Last4: "0001", State: state,
		OpenedAt: noon.Add(-12 * time.Second), SinceAt: noon.Add(-3 * time.Second), Expires: noon.Add(78 * time.Second),
	}
	if state.Live() {
		a.Task = ledger.TaskQuery
	}
	return a
}

func withSale(change func(*ledger.Attempt), state ledger.AttemptState) func(*App) {
	return func(a *App) {
		at := attemptIn(state)
		if change != nil {
			change(&at)
		}
		a.scene.hasSale, a.scene.sale = true, saleOf(at)
	}
}

func byQR(at *ledger.Attempt) {
	at.Way, at.Channel, at.QR, at.Last4 = ledger.ByQR, ledger.Alipay, testQR, ""
}

func doing(d ledger.Doing, set func(*App)) func(*App) {
	return func(a *App) {
		set(a)
		a.scene.board.Doing[string(testOrder)] = d
	}
}

func keyedAmount(text string) ledger.Keyed {
	var k ledger.Keyed
	for _, r := range text {
		k, _ = k.Key(r)
	}
	return k
}

// pictures are every screen and every state.
func pictures() []picture {
	return append([]picture{
		{"nothing keyed", func(*App) {}},
		{"keying", func(a *App) { a.scene.draft = keyedAmount("1234.5") }},
		{"keying after a paid sale", func(a *App) {
			withSale(nil, ledger.Paid)(a)
			a.scene.draft = keyedAmount("8")
		}},
		{"settled", func(a *App) { a.scene.hasSale, a.scene.sale = true, saleOf() }},
		{"asks about a large amount", func(a *App) { a.scene.draft, a.asked = keyedAmount("98765.43"), askBand }},
		{"intent", withSale(nil, ledger.Intent)},
		{"asking", doing(ledger.Doing{Request: ledger.RequestPay}, withSale(nil, ledger.Asking))},
		{"waiting for a password", doing(ledger.Doing{Request: ledger.RequestQuery, Tries: 3, Next: noon.Add(4 * time.Second)}, withSale(nil, ledger.Waiting))},
		{"waiting for a scan", doing(ledger.Doing{Request: ledger.RequestQuery, Tries: 1, Next: noon.Add(2 * time.Second)}, withSale(byQR, ledger.Waiting))},
		{"waiting for a scan, with exceptions", func(a *App) {
			withSale(byQR, ledger.Waiting)(a)
			a.scene.warnings, a.scene.warning = 2, warning{note: ledger.NoteLateMoney, tail: "9876", amount: ledger.Fen(3000), named: ledger.Fen(3000), state: ledger.Orphan, owner: ledger.RoleSupervisor}
		}},
		{"qr in the whole window", func(a *App) { withSale(byQR, ledger.Waiting)(a); a.zoomed(true) }},
		{"qr in the whole window, keyed under it, with exceptions", func(a *App) {
			withSale(byQR, ledger.Waiting)(a)
			a.zoomed(true)
			a.scene.warnings, a.scene.warning = 2, warning{note: ledger.NoteLateMoney, tail: "9876", amount: ledger.Fen(3000), named: ledger.Fen(3000), state: ledger.Orphan, owner: ledger.RoleSupervisor}
			n := a.noteOf(ledger.Refuse(ledger.ReasonLiveAttempt))
			n.sentence.Says = a.words.NotKeyed
			a.say(n)
		}},
		{"qr without colours", func(a *App) {
			withSale(byQR, ledger.Waiting)(a)
			a.term.colors = 0
		}},
		{"unknown", doing(ledger.Doing{Request: ledger.RequestQuery, Tries: 2, Next: noon.Add(3500 * time.Millisecond)}, withSale(func(at *ledger.Attempt) {
			at.Code, at.Message = "SYSTEM_ERROR", "系统错误"
		}, ledger.Unknown))},
		{"unknown, a paid was doubted", doing(ledger.Doing{Request: ledger.RequestQuery, Tries: 2, Next: noon.Add(3500 * time.Millisecond)}, func(a *App) {
			withSale(func(at *ledger.Attempt) {
				at.Code, at.Message, at.Note = "SUCCESS", "支付成功", ledger.NoteOtherAmount
			}, ledger.Unknown)(a)
			a.scene.warnings, a.scene.warning = 1, warning{note: ledger.NoteOtherAmount, tail: "1234", amount: ledger.Fen(1250), named: ledger.Fen(1249), state: ledger.Unknown, owner: ledger.RoleSupervisor}
		})},
		{"waiting for a scan, a paid was doubted", withSale(func(at *ledger.Attempt) { byQR(at); at.Note = ledger.NoteOtherOrder }, ledger.Waiting)},
		{"unknown, by qr", doing(ledger.Doing{Request: ledger.RequestQuery}, withSale(byQR, ledger.Unknown))},
		{"paid", withSale(func(at *ledger.Attempt) { at.ChannelNo = "4200002026030212345678901234" }, ledger.Paid)},
		{"refused", withSale(func(at *ledger.Attempt) { at.Code = "NOTENOUGH" }, ledger.Refused)},
		{"refused in foreign words", withSale(func(at *ledger.Attempt) {
			at.Code, at.Message = "NEW_CODE", "evil \x1b[2J\x1b]0;title\x07 \u202etxt 消息"
		}, ledger.Refused)},
		{"unsent", withSale(func(at *ledger.Attempt) { at.Code = ledger.FaultNoConnection }, ledger.Unsent)},
		{"stopping", doing(ledger.Doing{Request: ledger.RequestQuery}, withSale(func(at *ledger.Attempt) { at.StopWhy = ledger.StopCashier }, ledger.Stopping))},
		{"stopping before 15 s", doing(ledger.Doing{Request: ledger.RequestQuery, Next: noon.Add(3 * time.Second)}, withSale(func(at *ledger.Attempt) {
			at.StopWhy = ledger.StopCashier
		}, ledger.Stopping))},
		{"withdrawn", withSale(func(at *ledger.Attempt) { byQR(at); at.StopWhy = ledger.StopSwitched }, ledger.Withdrawn)},
		{"closing before 15 s", doing(ledger.Doing{Request: ledger.RequestClose, Next: noon.Add(3 * time.Second)}, withSale(func(at *ledger.Attempt) {
			at.Task, at.StopWhy = ledger.TaskClose, ledger.StopTimeout
		}, ledger.Closing))},
		{"closing after 15 s", doing(ledger.Doing{Request: ledger.RequestClose, Tries: 2, Next: noon.Add(3 * time.Second)}, withSale(func(at *ledger.Attempt) {
			at.Task, at.OpenedAt = ledger.TaskClose, noon.Add(-16*time.Second)
		}, ledger.Closing))},
		{"closed", withSale(func(at *ledger.Attempt) { at.StopWhy = ledger.StopCashier }, ledger.ClosedOff)},
		{"reversed", withSale(nil, ledger.Reversed)},
		{"late money", func(a *App) {
			withSale(func(at *ledger.Attempt) { at.Note, at.ChannelNo = ledger.NoteLateMoney, "42000099" }, ledger.Orphan)(a)
			a.scene.warnings, a.scene.warning = 1, warning{note: ledger.NoteLateMoney, tail: "1234", amount: ledger.Fen(1250), named: ledger.Fen(1250), state: ledger.Orphan, owner: ledger.RoleSupervisor}
		}},
		{"suspect scan", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf()
			a.scene.hasSuspect, a.scene.suspect = true, "4321"
		}},
		{"refused scan", func(a *App) {
			a.scene.board.BadScan = &ledger.BadScan{Reason: ledger.ReasonCodeUnknown, Looks: ledger.LooksProduct, At: noon}
		}},
		{"refused key", func(a *App) {
			withSale(nil, ledger.Waiting)(a)
			a.say(a.noteOf(ledger.Refuse(ledger.ReasonLiveAttempt)))
		}},
		{"everything at once on the status line", func(a *App) {
			b := &a.scene.board
			b.Devices[ledger.DeviceScanner], b.Backlog, b.ClockSkew, b.Dark = ledger.Device{State: ledger.DeviceAbsent}, 3, -95*time.Second, true
			b.Links[ledger.Alipay], a.scene.open = ledger.Link{State: ledger.LinkDown}, 2
		}},
		{"leaving", func(a *App) { a.asked = askLeave }},
		{"asks about what was pasted", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf()
			a.offer([]byte("130000000000000042"))
		}},
		{"capitals are locked", func(a *App) { a.say(note{sentence: a.words.WedgeCaps}) }},
		{"a scan in pieces", func(a *App) { a.say(note{sentence: a.words.WedgePieces}) }},
		{"an input method is on", func(a *App) { a.say(note{sentence: a.words.WedgeMethod}) }},
		{"slow disk", func(a *App) { a.flight, a.flightAt = actEnter, noon.Add(-2*time.Second) }},
		{"stopped ledger", func(a *App) { a.scene.broken = ledger.Refuse(ledger.ReasonLedgerStopped) }},
		{"a copied folder", func(a *App) { a.scene.broken = ledger.Refuse(ledger.ReasonCopied) }},
		{"a damaged ledger", func(a *App) {
			a.scene.broken = ledger.RefuseBecause(ledger.ReasonLedgerDamaged, errors.New("journal segment 00000003.seg after event 41: event 42 is damaged: later ones stand behind it; and the ledger behind it does not have event 42 either"))
		}},
		{"a repaired ledger on a disk that is nearly full", func(a *App) {
			a.scene.mended, a.scene.board.Disk = true, ledger.Disk{Free: 123 << 20, Low: true, Full: true}
			a.scene.board.Outside.Fault, a.scene.board.BackupFault = "the folder /mnt/usb is not there", "the folder /mnt/usb is not there"
		}},
		{"typing a code", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf()
			c := newCodeScreen()
			c.digits = append(c.digits, "130000000000000042"...)
			a.push(c)
		}},
		{"typed a wrong code", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf()
			c := newCodeScreen()
			c.digits = append(c.digits, "6901234567892"...)
			c.refused = a.noteFor(ledger.ReasonCodeUnknown, ledger.LooksProduct)
			a.push(c)
		}},
		{"typed a letter into a code", func(a *App) {
			c := newCodeScreen()
			a.push(c)
			c.typed(a, 'w')
		}},
		{"keyed under a payment", func(a *App) {
			withSale(byQR, ledger.Waiting)(a)
			n := a.noteOf(ledger.Refuse(ledger.ReasonLiveAttempt))
			n.sentence.Says = a.words.NotKeyed
			a.say(n)
		}},
		{"self-test", func(a *App) {
			a.term.name = "xterm-256color"
			a.push(&selfTest{keys: []string{"F4 stop", "0-9", "Ctrl-A"}, scanned: a.put(a.words.TestScan, "n", "18")})
		}},
		{"self-test without colours", func(a *App) { a.term.colors = 0; a.push(&selfTest{}) }},
		{"help", func(a *App) { a.push(newHelp(a)) }},
		{"customers", func(a *App) { a.push(newPracticeScreen(a)); a.top().(*practiceScreen).at = 1 }},
		{"many customers", func(a *App) {
			a.practice = manyCustomers{}
			a.push(newPracticeScreen(a))
			a.top().(*practiceScreen).at = 12
		}},
		{"customers beside a qr", func(a *App) { withSale(byQR, ledger.Waiting)(a); a.push(newPracticeScreen(a)) }},
		{"why a sale is given up", func(a *App) {
			a.scene.hasSale, a.scene.sale = true, saleOf()
			a.push(&dropScreen{sale: a.scene.sale.ID})
		}},
		{"today, reading", func(a *App) { a.push(&dayScreen{}) }},
		{"today, empty", func(a *App) { a.push(&dayScreen{dayRows: dayRows{day: 20260302}}) }},
		{"today", func(a *App) { a.push(dayOfSales()) }},
		{"today, failed", func(a *App) { a.push(&dayScreen{dayRows: dayRows{err: errors.New("disk \x1b[31mred")}}) }},
	}, slices.Concat(refundPictures(), cardPictures(), dayPictures(), staffPictures(), tenderPictures(), shiftPictures(), alertPictures(), statementPictures(), devicePictures(), pairPictures(), insidePictures(), guestPictures())...)
}

func dayOfSales() *dayScreen {
	d := &dayScreen{dayRows: dayRows{day: 20260302}}
	states := []ledger.AttemptState{ledger.Paid, ledger.Refused, ledger.Unknown, ledger.Reversed, ledger.Orphan, ledger.Paid}
	for i, state := range states {
		at := attemptIn(state)
		if i%2 == 0 {
			byQR(&at)
		}
		s := saleOf(at)
		s.ID = ledger.SaleID(fmt.Sprintf("260302%04d%04d", i+1, 1111*(i+1)))
		s.OpenedAt = noon.Add(time.Duration(i-60) * time.Minute)
		s.Aside = i == 2
		d.rows = append(d.rows, ledger.RowOf(&s))
	}
	empty, given := saleOf(), saleOf()
	given.Dropped = true
	d.rows = append(d.rows, ledger.RowOf(&empty), ledger.RowOf(&given))
	d.sort()
	return d
}

var sizes = [][2]int{{60, 20}, {80, 24}, {120, 40}}

func TestFrames(t *testing.T) {
	goldenFrames(t, "", true, func(all *strings.Builder, frame string) {
		for row := range strings.SplitSeq(ansi.Strip(frame), "\n") {
			all.WriteString(strings.TrimRight(row, " ") + "\n")
		}
	})
}

// goldenFrames checks every picture at every size in every language, and compares what write says of it.
func goldenFrames(t *testing.T, prefix string, mono bool, write func(all *strings.Builder, frame string)) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			name := fmt.Sprintf("%s%dx%d-%s", prefix, size[0], size[1], lang)
			t.Run(name, func(t *testing.T) {
				var all strings.Builder
				for _, pic := range pictures() {
					a := drawnApp(t, lang, mono, size[0], size[1])
					a.scene = baseScene()
					pic.set(a)
					frame := a.frame()
					checkFrame(t, pic.name, a, frame)
					fmt.Fprintf(&all, "=== %s ===\n", pic.name)
					write(&all, frame)
				}
				compareGolden(t, name, all.String())
			})
		}
	}
}

// checkRows holds for every frame of every program: its size, no phrase left unfilled, nothing but our own sequences. It
// gives the frame's text.
func checkRows(t *testing.T, name, frame string, width, height int) (plain string) {
	t.Helper()
	rows := strings.Split(frame, "\n")
	if len(rows) != height {
		t.Errorf("%s: %d rows", name, len(rows))
	}
	for i, row := range rows {
		if n := ansi.StringWidth(row); n > width {
			t.Errorf("%s: row %d has %d cells", name, i, n)
		}
	}
	plain = ansi.Strip(frame)
	if strings.ContainsAny(plain, "{}\t\r\x1b\x07\u202e") {
		t.Errorf("%s: a phrase is unfilled or a control character is left:\n%q", name, plain)
	}
	for rest := frame; ; {
		_, after, ok := strings.Cut(rest, "\x1b")
		if !ok {
			return plain
		}
		if !sgr.MatchString(after) {
			t.Errorf("%s: a sequence that is no colour: %q", name, after[:min(len(after), 12)])
		}
		rest = after
	}
}

// checkFrame holds for every frame of the till: what checkRows says, and the watermark.
func checkFrame(t *testing.T, name string, a *App, frame string) {
	t.Helper()
	plain := checkRows(t, fmt.Sprintf("%s at %dx%d", name, a.width, a.height), frame, a.width, a.height)
	if a.width >= minWidth && a.height >= minHeight && (a.watermark() == "" || !strings.Contains(plain, a.watermark())) {
		t.Errorf("%s at %dx%d: no watermark", name, a.width, a.height)
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range is {
		if i >= len(was) || was[i] != is[i] {
			t.Fatalf("line %d differs (-update writes anew):\nwas %q\nis  %q", i+1, was[min(i, len(was)-1)], is[i])
		}
	}
	t.Fatalf("%d lines, want %d", len(is), len(was))
}

// TestPens holds the colours of every frame: per row the pens, and how many cells each one writes. The characters are in
// TestFrames; a QR's own cells are left to its tests.
func TestPens(t *testing.T) {
	goldenFrames(t, "pens-", false, func(all *strings.Builder, frame string) {
		for i, row := range strings.Split(frame, "\n") {
			if pens := pensOf(row); strings.Contains(pens, "<") {
				fmt.Fprintf(all, "%2d %s\n", i+1, pens)
			}
		}
	})
}

// pensOf writes a row's pens in angle brackets and its text as a number of cells.
func pensOf(row string) string {
	row, _, _ = strings.Cut(row, "\x1b[m\x1b[38;5;16;48;5;231m")
	var pens strings.Builder
	for i, piece := range strings.Split(row, "\x1b[") {
		if i > 0 {
			pen, rest, _ := strings.Cut(piece, "m")
			fmt.Fprintf(&pens, "<%s>", pen)
			piece = rest
		}
		if piece != "" {
			fmt.Fprint(&pens, wide(piece))
		}
	}
	return pens.String()
}

// TestNothingHangsOnColour: colours change no character.
func TestNothingHangsOnColour(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			for i, pic := range pictures() {
				if underRace && i%6 != 0 {
					continue
				}
				mono, colour := drawnApp(t, lang, true, size[0], size[1]), drawnApp(t, lang, false, size[0], size[1])
				for _, a := range []*App{mono, colour} {
					a.scene = baseScene()
					pic.set(a)
				}
				if a, b := ansi.Strip(mono.frame()), ansi.Strip(colour.frame()); a != b && !strings.HasPrefix(pic.name, "self-test") { // it names the theme
					t.Errorf("%s at %v, %s: mono and colour differ", pic.name, size, lang)
				}
			}
		}
	}
}

func TestWatermark(t *testing.T) {
	for _, lang := range assets.Langs {
		for mode, want := range map[string]string{"sandbox": assets.For(lang).Sandbox, "production": ""} {
			a := drawnApp(t, lang, true, 80, 24)
			a.training, a.scene = false, baseScene()
			a.scene.mode = mode
			frame := ansi.Strip(a.frame())
			if !strings.Contains(frame, want) || strings.Contains(frame, a.words.Training) || mode == "production" && strings.Contains(frame, "not real") {
				t.Errorf("%s in %s:\n%s", mode, lang, frame)
			}
		}
	}
}

// TestStatesDifferInWordShapeAndPlace compares the banners of all states with each other.
func TestStatesDifferInWordShapeAndPlace(t *testing.T) {
	a := drawnApp(t, assets.En, true, 80, 24)
	for s := ledger.Intent; s <= ledger.Orphan; s++ {
		if faces[s].sign == "" {
			t.Errorf("%s has no sign", s)
		}
		for o := s + 1; o <= ledger.Orphan; o++ {
			one, two := faces[s], faces[o]
			word := a.words.States[s].Word != a.words.States[o].Word
			if !word {
				t.Errorf("%s and %s share a word", s, o)
			}
			shape := one.sign != two.sign || one.edge != two.edge || one.tall != two.tall
			going := one.edge == "·" && two.edge == "·" // the three of one road, intent, asking, waiting, may look alike
			if !shape && !going {
				t.Errorf("%s and %s share sign, edge and height", s, o)
			}
		}
	}
	if paid, wait := faces[ledger.Paid], faces[ledger.Waiting]; paid.spot == wait.spot || paid.tall == wait.tall {
		t.Error("PAID can be mistaken for waiting")
	}
}

func TestResizeStorm(t *testing.T) {
	widths := []int{1, 2, 3, 10, 37, 59, 60, 61, 79, 80, 100, 119, 120, 400}
	heights := []int{1, 2, 3, 19, 20, 21, 24, 25, 40, 120}
	for _, lang := range assets.Langs {
		for i, pic := range pictures() {
			if underRace && i%6 != 0 {
				continue
			}
			a := drawnApp(t, lang, false, 80, 24)
			a.scene = baseScene()
			pic.set(a)
			for at, w := range widths {
				for down, h := range heights {
					if (i+at+down)%3 != 0 { // every pair of sizes meets a third of the pictures
						continue
					}
					a.Update(sizeMsg(w, h))
					a.now = noon
					if a.width < minWidth || a.height < minHeight {
						checkSmall(t, a)
						continue
					}
					checkFrame(t, pic.name, a, a.frame())
				}
			}
			a.Update(sizeMsg(400, 120))
			a.Update(sizeMsg(0, 0))
			if a.width != 400 || a.height != 120 {
				t.Fatalf("0x0 was taken for a size: %dx%d", a.width, a.height)
			}
		}
	}
}

func checkSmall(t *testing.T, a *App) {
	t.Helper()
	rows := strings.Split(a.frame(), "\n")
	if len(rows) > a.height {
		t.Errorf("%d rows at %dx%d", len(rows), a.width, a.height)
	}
	for _, row := range rows {
		if ansi.StringWidth(row) > a.width {
			t.Fatalf("%q is too wide for %d", row, a.width)
		}
	}
}

func TestQRIsGoneWithItsState(t *testing.T) {
	for _, state := range []ledger.AttemptState{ledger.Waiting, ledger.Paid, ledger.Stopping, ledger.Unknown, ledger.Withdrawn, ledger.ClosedOff} {
		a := drawnApp(t, assets.En, false, 80, 24)
		a.scene = baseScene()
		withSale(byQR, state)(a)
		if got, want := hasQR(a.frame()), state == ledger.Waiting; got != want {
			t.Errorf("%s: qr on the screen: %v", state, got)
		}
		if state == ledger.Waiting {
			a.now = a.scene.sale.Attempts[0].Expires
			if hasQR(a.frame()) {
				t.Error("an expired qr is on the screen")
			}
			a.now = noon
			a.push(newHelp(a))
			if hasQR(a.frame()) {
				t.Error("the qr shines through the help")
			}
		}
	}
}

// TestQRIsReadOffTheFrame decodes the code out of the finished frame, beside the panel and in the whole window.
func TestQRIsReadOffTheFrame(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}} {
		for _, warnings := range []int{0, 1} {
			for _, whole := range []bool{false, true} {
				if !whole && size[0] == 60 {
					continue
				}
				a := drawnApp(t, assets.Zh, false, size[0], size[1])
				a.scene = baseScene()
				withSale(byQR, ledger.Waiting)(a)
				a.scene.warnings = warnings
				a.zoomed(whole)
				if got, err := readOff(t, a.frame()); err != nil || got != testQR {
					t.Errorf("%dx%d with %d warnings, whole window %v: %q, %v", size[0], size[1], warnings, whole, got, err)
				}
			}
		}
	}
}

// readOff decodes the code of a frame.
func readOff(t *testing.T, frame string) (string, error) {
	var rows []string
	for row := range strings.SplitSeq(frame, "\n") {
		if from := strings.Index(row, " \x1b[m\x1b[38;5;16;48;5;231m"); from >= 0 {
			rows = append(rows, row[from+1:])
		}
	}
	return decodeQR(screenshot(t, rows, themes[0], 0))
}

// TestLinuxConsole: English, no half blocks, no sign that its fonts lack.
func TestLinuxConsole(t *testing.T) {
	getenv := func(name string) string { return map[string]string{"TERM": "linux", "LANG": "zh_CN.UTF-8"}[name] }
	term := terminalFor(colorprofile.ANSI, getenv)
	for _, size := range [][2]int{{80, 24}, {160, 50}} {
		for _, pic := range pictures() {
			a := drawnApp(t, Language(Config{}, getenv), false, size[0], size[1])
			a.term, a.scene = term, baseScene()
			if pic.set(a); strings.Contains(pic.name, "foreign") || strings.Contains(pic.name, "without colours") || pic.name == "a second person for an exception" { // whose note somebody has typed
				continue
			}
			if pic.name == "waiting for a scan" && size[1] == 50 && !strings.Contains(a.frame(), "\x1b[97;40m") {
				t.Error("a window that is large enough shows no qr")
			}
			for _, r := range regexp.MustCompile("王小?明?(和他的许多同事们)?…?").ReplaceAllString(ansi.Strip(a.frame()), "") { // a name of the shop's own
				if r > 0x7E && !strings.ContainsRune("█¥·", r) {
					t.Fatalf("%s: %q is on the console", pic.name, r)
				}
			}
		}
	}
}

// TestQRThatDoesNotFit: a code that does not fit beside the panel has the whole window from the beginning. One that fits
// nowhere, and one whose window was taken back, say what they need; in that window they are there.
func TestQRThatDoesNotFit(t *testing.T) {
	a := drawnApp(t, assets.En, false, 60, 20)
	a.scene = baseScene()
	withSale(byQR, ledger.Waiting)(a)
	says := func(want string, qr bool) {
		t.Helper()
		if frame := squeeze(ansi.Strip(a.frame())); hasQR(a.frame()) != qr || !strings.Contains(frame, squeeze(want)) {
			t.Fatalf("%q is wanted, qr %v:\n%s", want, qr, ansi.Strip(a.frame()))
		}
	}
	says("F7 back", true)
	a.act(press{key: "esc"})
	says("The QR finds no place beside the amount.", false)
	says("▶ F7 shows the QR in the whole window; F4 stops", false)
	a.resize(76, 21)
	says("WAITING", true)
	a.resize(75, 21)
	says("▶ F7 shows the QR", false)
	a.act(press{key: "f7"})
	says("F7 back", true)
	a.asked = askLeave
	says("Leave", false)
	a.act(press{key: "esc"})
	says("F7 back", true)
	a.act(press{key: "f7"})
	a.scene.sale.Attempts[0].QR += strings.Repeat("x", 100)
	says("The QR needs a window of 60x28.", false)
	a.zoom = zoomChoice{}
	says("▶ Scan the customer's code, F5 types it", false)
	a.now = a.now.Add(5 * time.Minute)
	a.act(press{key: "z"})
	says("There is no QR to enlarge.", false)
}

func TestLanguage(t *testing.T) {
	for _, tc := range []struct {
		env  string
		want assets.Lang
	}{
		{"LANG=zh_CN.UTF-8", assets.Zh}, {"LANG=en_US.UTF-8", assets.En}, {"", assets.En}, {"LANG=C", assets.En},
		{"LC_ALL=zh_TW.UTF-8 LANG=en_US.UTF-8", assets.Zh}, {"LC_ALL=C LANG=zh_CN.UTF-8", assets.En},
		{"LC_MESSAGES=zh_CN LANG=de_DE", assets.Zh}, {"TERM=linux LANG=zh_CN.UTF-8", assets.En},
	} {
		getenv := func(name string) string {
			for _, pair := range strings.Fields(tc.env) {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := Language(Config{}, getenv); got != tc.want {
			t.Errorf("%q: %s", tc.env, got)
		}
		if got := Language(Config{Lang: assets.Zh}, getenv); got != assets.Zh {
			t.Errorf("%q overrides the configuration", tc.env)
		}
	}
	if (Config{Lang: "fr"}).Check() == nil || (Config{DefaultChannel: ledger.UnionPay}).Check() == nil || (Config{}).Check() != nil {
		t.Error("Config.Check is wrong")
	}
}

func hasQR(frame string) bool { return strings.Contains(frame, "48;5;231") }

func BenchmarkFrame(b *testing.B) {
	for _, name := range []string{"keying", "waiting for a scan", "paid", "today"} {
		for _, pic := range pictures() {
			if pic.name != name {
				continue
			}
			b.Run(name, func(b *testing.B) {
				a := drawnApp(b, assets.Zh, false, 120, 40)
				a.scene = baseScene()
				pic.set(a)
				b.ReportAllocs()
				for b.Loop() {
					a.View()
				}
			})
		}
	}
}

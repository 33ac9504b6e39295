package ui

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// aCode is a customer's code of which no part looks like anything else.
const aCode = "134862759130468257"

// paper keeps what was printed, as a terminal's memory does.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// plainRobot is a cashier at the line mode. Beside it a screen shows the same Book, and the worker's answers come from
// the robot's hand.
type plainRobot struct {
	*robot
	paper *paper
	seen  int // how much of the paper has been read
	keys  *io.PipeWriter
	end   context.CancelFunc
	ended chan error
}

// plainWith is what a story may want different.
type plainWith struct {
	cfg      Config
	practice Practice
	locale   string
	store    *ledger.Memory
	books    func(*ledger.BookConfig)
}

func withPlain(t *testing.T, with plainWith, story func(p *plainRobot)) {
	t.Helper()
	if with.store == nil {
		with.store = ledger.NewMemory()
	}
	if with.cfg.Lang == "" {
		with.cfg.Lang = assets.En
	}
	change := func(b *ledger.BookConfig, o *Options) {
		o.Practice = with.practice
		if with.books != nil {
			with.books(b)
		}
	}
	withRobotOn(t, with.store, with.cfg, change, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		in, keys := io.Pipe()
		p := &plainRobot{robot: r, paper: &paper{}, keys: keys, end: cancel, ended: make(chan error, 1)}
		locale := with.locale
		if locale == "" {
			locale = "en_US.UTF-8"
		}
		opts := Options{
			Book: r.book, Practice: with.practice, Actor: ledger.Trainee, Training: true, In: in, Out: p.paper,
			Getenv: func(name string) string { return map[string]string{"TERM": "dumb", "LANG": locale}[name] },
		}
		go func() { p.ended <- performPlain(ctx, with.cfg, opts, true) }()
		r.pump()
		defer func() {
			cancel()
			in.Close()
			<-p.ended
			p.harmless()
		}()
		story(p)
	})
}

// folded is where a line was broken for its length: between words, or beside a wide character, where no blank stood.
var folded = regexp.MustCompile(`([^\n]?)\n  ([^\n]?)`)

// unfold makes whole lines of the rows on paper.
func unfold(text string) string {
	return folded.ReplaceAllStringFunc(text, func(cut string) string {
		before, after := cut[:strings.IndexByte(cut, '\n')], cut[strings.IndexByte(cut, '\n')+3:]
		if wide(before) > 1 || wide(after) > 1 {
			return before + after
		}
		return before + " " + after
	})
}

// harmless looks at all that was ever printed.
func (p *plainRobot) harmless() {
	p.t.Helper()
	text := p.paper.all()
	for i, c := range []byte(text) {
		if c < ' ' && c != '\n' || c == 0x7F {
			p.t.Fatalf("byte %#x in %q", c, text[max(0, i-40):i+1])
		}
	}
	for _, row := range strings.Split(text, "\n") {
		if wide(row) > lineMost || strings.Contains(row, "{") {
			p.t.Fatalf("the row %q", row)
		}
	}
	for i := 0; i+8 <= len(aCode); i++ {
		if strings.Contains(text, aCode[i:i+8]) {
			p.t.Fatalf("a part of the customer's code was printed:\n%s", text)
		}
	}
	if !strings.HasSuffix(text, "\n") {
		p.t.Fatalf("the last line has no end: %q", text)
	}
}

// line types a line as a hand does.
func (p *plainRobot) line(texts ...string) {
	for _, text := range texts {
		for _, char := range text + "\r" {
			io.WriteString(p.keys, string(char))
			p.sleep(120 * time.Millisecond)
		}
		p.sleep(500 * time.Millisecond)
	}
}

// swipe types as a scanner does.
func (p *plainRobot) swipe(text, end string) {
	for _, char := range text + end {
		io.WriteString(p.keys, string(char))
		time.Sleep(5 * time.Millisecond)
	}
	p.sleep(500 * time.Millisecond)
}

// news gives the lines since the last look.
func (p *plainRobot) news() []string {
	p.pump()
	all := p.paper.all()
	fresh := unfold(strings.TrimSuffix(all[p.seen:], "\n"))
	p.seen = len(all)
	if fresh == "" {
		return nil
	}
	return strings.Split(fresh, "\n")
}

// hears wants a new line that begins with a word and says all of the rest.
func (p *plainRobot) hears(word string, rest ...string) {
	p.t.Helper()
	lines := p.news()
	for _, line := range lines {
		whole := strings.HasPrefix(line, word+" ") || line == word
		for _, text := range rest {
			whole = whole && strings.Contains(line, text)
		}
		if whole {
			return
		}
	}
	p.t.Fatalf("no line %q with %q among:\n%s\nbefore:\n%s", word, rest, strings.Join(lines, "\n"), p.paper.all())
}

func (p *plainRobot) hearsNothing() {
	p.t.Helper()
	if lines := p.news(); len(lines) > 0 {
		p.t.Fatalf("it says %q", lines)
	}
}

func TestPlainSaleByTypedCode(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.hears("READY.", "Next: Key the amount, then Enter.")
		p.line("12.5")
		sale, _ := p.sale()
		p.hears("TO PAY", "¥12.50, tail "+sale.ID.Tail()+".", "a Alipay, w WeChat")
		p.line(aCode)
		if at := p.last(); at.Way != ledger.ByCode || at.Last4 != aCode[14:] {
			t.Fatalf("%+v", at)
		}
		if code, _, ok := p.book.TakeCode(p.last().Order); !ok || code.Reveal() != aCode {
			t.Fatal("the worker got another code")
		}
		p.hears("STARTING", "¥12.50", "s stops")
		p.asked(ledger.RequestPay)
		p.hears("ASKING")
		if strings.Contains(p.paper.all(), "PAID") {
			t.Fatal("it says PAID too early")
		}
		p.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		p.hears("PAID", "¥12.50, tail "+sale.ID.Tail(), "TRAINING", "hand over", "Next: Key the next amount.")
		p.line("8")
		p.hears("TO PAY", "¥8.00")
	})
}

func TestPlainSaleByWedge(t *testing.T) {
	for _, end := range []string{"\r", "\n", "\r\n"} {
		withPlain(t, plainWith{}, func(p *plainRobot) {
			p.line("3")
			p.hears("TO PAY")
			p.swipe(aCode, end)
			if at := p.last(); at.Last4 != aCode[14:] {
				t.Fatalf("%+v", at)
			}
			if lines := p.news(); len(lines) != 1 || !strings.HasPrefix(lines[0], "STARTING ") { // a second end is no line
				t.Fatalf("%q: it says %q", end, lines)
			}
		})
	}
}

func TestPlainSaleByQR(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("q")
		p.hears("NOT DONE", "No QR is waiting")
		p.line("1", "a")
		p.asked(ledger.RequestOrder)
		p.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		p.hears("WAITING", "order "+string(p.last().Order), "customer's display", "s stops")
		p.line("q")
		p.hears("WAITING", string(p.last().Order))
		p.line("w") // the other channel, after the first is withdrawn
		p.hears("STOPPING")
		p.answered(ledger.RequestQuery, ledger.ClassAbsent, nil)
		if at := p.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByQR {
			t.Fatalf("after the withdrawal: %+v", at)
		}
		p.asked(ledger.RequestOrder)
		p.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		p.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		p.hears("PAID", "¥1.00")
		if strings.Contains(p.paper.all(), testQR) {
			t.Fatal("the QR's text was printed")
		}
	})
}

func TestPlainEveryStateHasItsLine(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, state := range reachable {
			t.Run(string(lang)+"/"+state.String(), func(t *testing.T) {
				withPlain(t, plainWith{cfg: Config{Lang: lang}}, func(p *plainRobot) {
					p.bring(state)
					words := assets.For(lang).States[state]
					if state == ledger.Orphan { // the till gives it back by itself
						words = assets.For(lang).Refund.LateGoing
					}
					p.hears(words.Word, "¥4.20", words.Says)
					if paid := strings.Contains(p.paper.all(), "PAID"); paid != (state == ledger.Paid) {
						t.Fatalf("PAID is printed: %v", paid)
					}
					p.line("")
					if state == ledger.Paid { // a second line that begins with it could be the next customer's
						p.hears(assets.For(lang).Plain.Ready+map[assets.Lang]string{assets.En: ".", assets.Zh: "。"}[lang], "4.20", words.Word)
						return
					}
					p.hears(words.Word, words.Says)
				})
			})
		}
	}
}

func TestPlainUnknownWarnsAndDoesNotChatter(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.bring(ledger.Unknown)
		p.hears("UNKNOWN", "Do not hand over, do not charge again.", "n next customer")
		p.sleep(59 * time.Second)
		lines := p.news()
		if len(lines) < 4 || len(lines) > 6 {
			t.Fatalf("%d lines in a minute: %q", len(lines), lines)
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "UNKNOWN ") || !strings.Contains(line, "Do not hand over, do not charge again.") {
				t.Fatalf("it says %q", line)
			}
		}
		p.sleep(10 * time.Minute)
		if lines := p.news(); len(lines) < 8 || len(lines) > 12 {
			t.Fatalf("%d lines in ten minutes", len(lines))
		}
		p.line("5", aCode)
		if sale, _ := p.sale(); len(sale.Attempts) != 1 {
			t.Fatal("it was charged again")
		}
		p.hears("NOT DONE")
	})
}

func TestPlainStopAndSetAside(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.bring(ledger.Waiting)
		p.line("s")
		p.hears("STOPPING", "the customer may have paid")
		p.line("s")
		p.hears("NOT DONE", "It is being stopped already", "[STOPPING]")
		order := p.last()
		p.line("n")
		p.hears("READY.")
		answer := ledger.Answer{
			Order: order.Order, Request: ledger.RequestQuery, Class: ledger.ClassPaid, Verified: true, Began: p.head(),
			Named: ledger.Named{Order: order.Order, Amount: order.Amount, Merchant: order.Merchant, App: order.App, ChannelNo: "42000077"},
		}
		if err := p.book.Report(context.Background(), answer); err != nil {
			t.Fatal(err)
		}
		p.hears("SET ASIDE", "¥4.20", "paid") // and no line that begins with PAID: another sale may be on the screen
	})
}

func TestPlainDrop(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.bring(ledger.Refused)
		p.hears("REFUSED", "x gives up")
		p.line("x", "9")
		p.hears("QUESTION", "given up?", "1 the customer does not want it", "x keeps the sale")
		p.line("x")
		if sale, _ := p.sale(); sale.Dropped {
			t.Fatal("it is given up")
		}
		p.line("x 2")
		p.hears("READY.")
		if _, ok := p.sale(); ok {
			t.Fatal("the sale is still there")
		}
	})
}

func TestPlainWrongAmountChargesNothing(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("5")
		sale, _ := p.sale()
		p.news()
		for _, wrong := range []string{"12.345", "12345678.5", "1.2.3", "0"} {
			p.line(wrong)
			p.hears("NOT DONE")
			p.line("a", aCode) // typed on without listening: the sale before must not be charged
			p.line("")
			p.hears("NOT SETTLED", "x clears it")
		}
		p.line("x")
		p.hears("TO PAY", "¥5.00")
		if now, _ := p.sale(); now.ID != sale.ID || len(now.Attempts) != 0 {
			t.Fatalf("the sale before became %+v", now)
		}
		p.line("１２。５") // a Chinese input method
		p.hears("TO PAY", "¥12.50")
	})
}

func TestPlainUnusualAmountAsks(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("1000.01")
		p.hears("QUESTION", "¥1000.01 is more than usual.", "yes agrees")
		before := p.head()
		p.line("")
		p.hears("QUESTION")
		p.swipe(aCode, "\r")
		p.line("yes") // the scan was an answer: no
		if _, ok := p.sale(); ok {
			t.Fatal("something was settled")
		}
		p.hears("NOT DONE")
		p.line("x", "1000.01")
		if p.head() > before+1 { // the refused scan
			t.Fatal("something was written")
		}
		p.line("yes")
		if sale, ok := p.sale(); !ok || sale.Amount != ledger.Fen(100_001) {
			t.Fatalf("after agreeing: %+v", sale)
		}
	})
}

// An answer that was typed before the question is none.
func TestPlainTypedAheadAgreesToNothing(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		io.WriteString(p.keys, "1000.01\ryes\r")
		p.sleep(time.Second)
		if _, ok := p.sale(); ok {
			t.Fatal("the amount was settled unasked")
		}
		p.hears("QUESTION")
		io.WriteString(p.keys, "7.0\ra\r") // but what needs no answer keeps its order
		p.sleep(time.Second)
		if at := p.last(); at.Amount != ledger.Fen(700) || at.Channel != ledger.Alipay {
			t.Fatalf("%+v", at)
		}
	})
}

func TestPlainSuspectScan(t *testing.T) {
	for _, tc := range []struct {
		answer   string
		attempts int
	}{{"yes", 1}, {"是", 1}, {"x", 0}, {"no", 0}, {"d", 0}} {
		withPlain(t, plainWith{}, func(p *plainRobot) {
			p.line("5")
			p.news()
			io.WriteString(p.keys, "yes") // meant for something else
			err := p.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(aCode), At: time.Now(), Suspect: true})
			if ledger.ReasonOf(err) != ledger.ReasonCodeSuspect {
				t.Fatal(err)
			}
			p.hears("QUESTION", "Code …8257 had no proper end", "yes sends it")
			io.WriteString(p.keys, "\r")
			p.hears("QUESTION")
			if _, held := p.book.Suspect(); !held {
				t.Fatal("an answer within the grace sent it")
			}
			p.sleep(time.Second)
			p.line(tc.answer)
			if _, held := p.book.Suspect(); held {
				t.Fatalf("%s left the suspect", tc.answer)
			}
			if sale, _ := p.sale(); len(sale.Attempts) != tc.attempts {
				t.Fatalf("%s: %d attempts", tc.answer, len(sale.Attempts))
			}
		})
	}
}

func TestPlainLeavingAsksOnce(t *testing.T) {
	for _, tc := range []struct {
		first, second string
		leaves        bool
	}{{"quit\r", "quit\r", true}, {"\x03", "\x03", true}, {"\x04", "QUIT\r", true}, {"quit\r", "yes\r", false}, {"\x03", "5\r", false}} {
		withPlain(t, plainWith{}, func(p *plainRobot) {
			io.WriteString(p.keys, tc.first)
			p.sleep(time.Second)
			p.hears("QUESTION", "Leave the till?", "quit once more leaves")
			io.WriteString(p.keys, tc.second)
			p.sleep(time.Second)
			select {
			case err := <-p.ended:
				if !tc.leaves || err != nil {
					t.Fatalf("%q, %q: it left with %v", tc.first, tc.second, err)
				}
				p.hears("LEFT")
				p.ended <- nil
			default:
				if tc.leaves {
					t.Fatalf("%q, %q: it stayed", tc.first, tc.second)
				}
			}
		})
	}
}

// The end of the lines leaves, after what was typed before has been done.
func TestPlainEndOfInput(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		io.WriteString(p.keys, "5\ra\r")
		p.keys.Close()
		err := <-p.ended
		if at := p.last(); err != nil || at.Amount != ledger.Fen(500) {
			t.Fatalf("%v, %+v", err, at)
		}
		p.hears("LEFT")
		p.ended <- nil
	})
}

func TestPlainEndsWithItsContext(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.end()
		if err := <-p.ended; err != nil {
			t.Fatal(err)
		}
		p.ended <- nil
	})
}

func TestPlainBrokenOutputEndsIt(t *testing.T) {
	broken := errors.New("nobody reads")
	w := &printer{lines: make(chan string, 1), ended: make(chan struct{}), end: "\n"}
	w.lines <- "x"
	w.write(writerFunc(func([]byte) (int, error) { return 0, broken }))
	if <-w.ended; !errors.Is(w.err, broken) {
		t.Fatal(w.err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestPlainSlowDisk(t *testing.T) {
	store := ledger.NewMemory()
	withPlain(t, plainWith{store: store}, func(p *plainRobot) {
		disk := make(chan struct{})
		store.FailAppend = func(ledger.Batch) (bool, error) { <-disk; return true, nil }
		p.line("5", "a")
		p.sleep(time.Second)
		p.hears("BUSY", "the disk is slow")
		disk <- struct{}{}
		disk <- struct{}{}
		p.hears("TO PAY", "¥5.00")
		if at := p.last(); at.Channel != ledger.Alipay { // what was typed ahead was kept
			t.Fatalf("%+v", at)
		}
		p.line("s", "\x03")
		p.hears("QUESTION", "Leave the till?")
		io.WriteString(p.keys, "\x03") // leaving works while the disk hangs
		p.sleep(time.Second)
		close(disk)
		if err := <-p.ended; err != nil {
			t.Fatal(err)
		}
		p.ended <- nil
	})
}

// A terminal that takes nothing (XOFF) does not keep the till from ending.
func TestPlainStalledTerminal(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		ctx, cancel := context.WithCancel(context.Background())
		in, keys := io.Pipe()
		stalled, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- performPlain(ctx, Config{Lang: assets.En}, Options{
				Book: r.book, In: in, Getenv: func(string) string { return "" },
				Out: writerFunc(func(b []byte) (int, error) { <-stalled; return len(b), nil }),
			}, true)
		}()
		go io.WriteString(keys, strings.Repeat("?\r", 300))
		r.pump()
		cancel()
		began := time.Now()
		if err := <-ended; err != nil || time.Since(began) > killAfter {
			t.Fatalf("%v after %s", err, time.Since(began))
		}
		close(stalled)
		in.Close()
	})
}

func TestPlainWipesACode(t *testing.T) {
	r := lineReader{}
	for _, c := range []byte(aCode) {
		r.add(c, time.Time{})
	}
	line, _ := r.add('\n', time.Time{})
	text := line.text
	code := line.code()
	if string(code) != aCode || line.text != nil || strings.Trim(string(text), "\x00") != "" || r.buf != [typedMax]byte{} {
		t.Fatalf("a copy of %s is left: %q", code, text)
	}
}

// The rows of a line: only the first begins at the edge, and none is as wide as the terminal.
func TestPlainBreaksLinesBetweenWords(t *testing.T) {
	for width, want := range map[int]int{0: 1, 19: 1, 20: 3, 40: 2, 80: 1} {
		w := &printer{end: "\n", width: func() int { return width }}
		rows := strings.Split(strings.TrimSuffix(w.rows("READY. Last sale: tail 1351  ¥12.50  PAID. 下一步"), "\n"), "\n")
		if len(rows) != want {
			t.Errorf("%d cells: %q", width, rows)
		}
		for i, row := range rows {
			if i > 0 && !strings.HasPrefix(row, "  ") || width >= 20 && wide(row) >= width {
				t.Errorf("%d cells: the row %q", width, row)
			}
		}
	}
}

func TestPlainAnnouncedCodeMayBeShort(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("5", "c")
		p.hears("CODE", "not shown")
		p.line("123456")
		p.hears("NOT DONE", "half a code")
		if sale, _ := p.sale(); sale.Amount != ledger.Fen(500) {
			t.Fatal("a part of a code became an amount")
		}
		p.line("c", aCode[:6]+" "+aCode[6:12]+" "+aCode[12:])
		if at := p.last(); at.Last4 != aCode[14:] {
			t.Fatalf("%+v", at)
		}
	})
}

func TestPlainOtherBarcodes(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("5")
		p.news()
		p.swipe("6901234567892", "\r")
		p.hears("NOT DONE", "a product barcode", "[CODE-UNKNOWN]")
		p.swipe("123456", "\r")
		p.hears("NOT DONE", "fast as a scanner")
		p.swipe("https://example.com/pay", "\r")
		p.hears("NOT DONE", "a web address")
		if sale, _ := p.sale(); sale.Amount != ledger.Fen(500) || len(sale.Attempts) != 0 {
			t.Fatalf("%+v", sale)
		}
		p.line("hello")
		p.hears("NOT DONE", "no command", "? lists the commands")
		if err := p.scan("6901234567892"); err == nil { // the serial scanner
			t.Fatal("a product was charged")
		}
		p.hears("NOT DONE", "a product barcode")
	})
}

func TestPlainEditingALine(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		for _, keys := range []string{"1", "3", "\x7f", "2", ".", "\x1b[A", "\x1bOB", "\x1b[1;5C", "7", "\x08", "\x1b", "5", "字", "\x7f", "\r"} {
			io.WriteString(p.keys, keys)
			p.sleep(120 * time.Millisecond)
		}
		if sale, _ := p.sale(); sale.Amount != ledger.Fen(1250) {
			t.Fatalf("%+v", sale.Amount)
		}
		p.line("999\x15", "3")
		if sale, _ := p.sale(); sale.Amount != ledger.Fen(300) {
			t.Fatalf("%+v", sale.Amount)
		}
		p.swipe("\x1b"+aCode, "\r") // Esc and a scan at once: no digit is lost
		if at := p.last(); at.Last4 != aCode[14:] {
			t.Fatalf("%+v", at)
		}
	})
}

func TestPlainMegabyte(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("5")
		p.news()
		io.WriteString(p.keys, strings.Repeat("9", 1<<20)+"\r")
		p.sleep(time.Second)
		p.hears("NOT DONE", "[CODE-UNKNOWN]")
	})
}

func TestPlainToday(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("d")
		p.hears("TODAY", "2000-01-01", "No sale today yet")
		p.bring(ledger.Paid)
		p.line("d")
		p.hears("TODAY", "WeChat 1 for ¥4.20", "total 1 for ¥4.20")
	})
}

func TestPlainHelpNamesEveryCommand(t *testing.T) {
	withPlain(t, plainWith{practice: &customers{}}, func(p *plainRobot) {
		p.news()
		p.line("?")
		help := strings.Join(p.news(), "\n")
		for _, want := range []string{"12.50", "a: ", "w: ", "s: ", "c: ", "x: ", "n: ", "d: ", "t 73", "q: ", "quit"} {
			if !strings.Contains(help, want) {
				t.Errorf("the help lacks %q:\n%s", want, help)
			}
		}
		if strings.Contains(p.paper.all(), "{") {
			t.Errorf("a place was not filled:\n%s", p.paper.all())
		}
	})
}

func TestPlainPracticeCustomers(t *testing.T) {
	sim := &customers{}
	with := plainWith{practice: sim, books: func(b *ledger.BookConfig) { b.Codes = ledger.TrainingCodes(ledger.DefaultCodes()) }}
	withPlain(t, with, func(p *plainRobot) {
		p.line("6")
		p.hears("TO PAY", "t lists simulated customers")
		p.line("t")
		p.hears("73:")
		p.line("t 12", "t x", "t 73 s", "t 73 w a")
		p.hears("NOT DONE", "no such customer")
		p.line("t 73 w")
		if at := p.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByCode {
			t.Fatalf("%+v", at)
		}
		p.asked(ledger.RequestPay)
		p.answered(ledger.RequestPay, ledger.ClassRefused, nil)
		p.line("a")
		p.asked(ledger.RequestOrder)
		p.answered(ledger.RequestOrder, ledger.ClassShown, nil)
		p.line("t 73")
		if sim.scanned != testQR || sim.number != 73 {
			t.Fatalf("scanned %q as %d", sim.scanned, sim.number)
		}
	})
	withPlain(t, plainWith{}, func(p *plainRobot) { // a till that is no training till has none
		p.line("t", "t 73")
		p.hears("NOT DONE", "no command")
	})
}

func TestPlainDefaultChannel(t *testing.T) {
	withPlain(t, plainWith{cfg: Config{DefaultChannel: ledger.WeChat}}, func(p *plainRobot) {
		p.line("2")
		if at := p.last(); at.Channel != ledger.WeChat || at.Way != ledger.ByQR {
			t.Fatalf("%+v", at)
		}
	})
}

func TestPlainStoppedLedger(t *testing.T) {
	store := ledger.NewMemory()
	withPlain(t, plainWith{store: store}, func(p *plainRobot) {
		store.FailAppend = func(ledger.Batch) (bool, error) { return false, errors.New("no space") }
		p.line("5")
		p.hears("THIS TILL HAS STOPPED", "nothing is charged", "[LEDGER-STOPPED]")
	})
}

func TestPlainTellsLinesAndExceptions(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.news()
		for _, tc := range []struct {
			state ledger.LinkState
			says  string
		}{{ledger.LinkUp, "up"}, {ledger.LinkSlow, ""}, {ledger.LinkUp, ""}, {ledger.LinkDown, "down"}} {
			p.book.Board().Post(func(v *ledger.BoardView) { v.Links[ledger.WeChat] = ledger.Link{State: tc.state} })
			if tc.says == "" {
				p.hearsNothing()
				continue
			}
			p.hears("TILL", "WeChat "+tc.says)
		}
		p.bring(ledger.Orphan)
		p.hears("LATE MONEY", "Do not hand over")
		p.line("")
		p.hears("EXCEPTION", "¥4.20", "late money")
	})
}

// Whatever a channel writes, one line comes out, and no byte that a terminal obeys.
func TestPlainForeignText(t *testing.T) {
	for _, locale := range []string{"en_US.UTF-8", "C"} {
		for _, evil := range []string{"\x1b[2J\x1b[31mPAID", "a\nPAID ¥1.00", "\u009b31m", "\u202ePAID", "\x07\x08\x08\r", "\xff\xfe", "余额不足"} {
			withPlain(t, plainWith{locale: locale}, func(p *plainRobot) {
				p.line("4")
				if err := p.scan(wechatPay); err != nil {
					t.Fatal(err)
				}
				p.asked(ledger.RequestPay)
				p.answered(ledger.RequestPay, ledger.ClassRefused, func(a *ledger.Answer) { a.Code, a.Message = "X"+evil, evil })
				for _, line := range p.news() {
					if strings.HasPrefix(line, "PAID") {
						t.Fatalf("%q makes the line %q", evil, line)
					}
				}
				if strings.ContainsFunc(p.paper.all(), func(r rune) bool { return locale == "C" && r > 0x7E }) {
					t.Fatalf("more than ASCII: %q", p.paper.all())
				}
			})
		}
	}
}

func FuzzPlainLine(f *testing.F) {
	f.Add("PAID\x1b[31m¥12.50\u009b…\n", true)
	f.Add("尾号 0042\u2028\u202e", false)
	f.Fuzz(func(t *testing.T, text string, ascii bool) {
		line := harmless(text, ascii)
		for _, r := range line {
			if r < ' ' || r >= 0x7F && r < 0xA0 || r == '\u2028' || r == '\u202e' || ascii && r > 0x7E {
				t.Fatalf("%q became %q", text, line)
			}
		}
		if harmless(line, ascii) != line {
			t.Fatalf("%q is not clean at once", text)
		}
	})
}

func FuzzPlainInput(f *testing.F) {
	f.Add([]byte("12.5\r\n"), byte(5))
	f.Add([]byte("\x1b[200~\x1bO\x7f１２\x15\x03\r"), byte(200))
	f.Fuzz(func(t *testing.T, typing []byte, gap byte) {
		r := lineReader{paced: true}
		now := time.Unix(0, 0)
		for _, c := range typing {
			now = now.Add(time.Duration(gap) * time.Millisecond)
			line, ok := r.add(c, now)
			if !ok {
				continue
			}
			if r.kept != 0 || r.buf != [typedMax]byte{} {
				t.Fatal("the line before is still in memory")
			}
			digits := 0
			for _, c := range line.text {
				if c < ' ' {
					t.Fatalf("control character in %q", line.text)
				}
				if c >= '0' && c <= '9' {
					digits++
				}
			}
			if looks := line.looks(false); digits >= codeDigits && looks == isWord && !strings.Contains(string(line.text), ".") {
				t.Fatalf("%q would become a string", line.text)
			}
		}
	})
}

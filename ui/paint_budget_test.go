package ui

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"guitai/assets"
	"guitai/ledger"
)

// counter counts bytes.
type counter struct{ atomic.Int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.Add(int64(len(p)))
	return len(p), nil
}

// thinLine is a till on a line whose bytes are counted: the real App with the pace and the painter of Run, on a terminal
// with 256 colours and synchronized output.
type thinLine struct {
	*robot
	screen *painted
	sent   counter
}

func onThinLine(r *robot, width, height int) *thinLine {
	l := &thinLine{robot: r}
	can := abilitiesOf(getenv("TERM=xterm-kitty"))
	l.screen = &painted{model: r.app, painter: newPainter(&l.sent, can, colorprofile.ANSI256, func(failure *PanicError) { panic(failure) })}
	l.take(sizeMsg(width, height))
	return l
}

// within demands that something is drawn, in at most so many bytes.
func (l *thinLine) within(t *testing.T, what string, most int, do func()) {
	t.Helper()
	bytes := l.costs(do)
	t.Logf("%-28s %5d bytes of %d", what, bytes, most)
	if bytes > most || bytes == 0 {
		t.Errorf("%s: %d bytes of %d", what, bytes, most)
	}
}

// take passes a message as Bubble Tea's loop does, and what follows from it.
func (l *thinLine) take(msg tea.Msg) {
	for {
		switch msg := msg.(type) {
		case tea.BatchMsg:
			for _, cmd := range msg {
				l.run(cmd)
			}
		default:
			_, cmd := l.screen.Update(msg)
			l.run(cmd)
		}
		synctest.Wait()
		select {
		case msg = <-l.msgs:
		default:
			return
		}
	}
}

// rest lets time pass. An empty message now and then shows what the robot's own hands have changed.
func (l *thinLine) rest(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), 10*time.Millisecond))
		l.take(nil)
	}
}

// costs gives the bytes that something sends until the screen is still.
func (l *thinLine) costs(do func()) int {
	before := l.sent.Load()
	do()
	l.rest(100 * time.Millisecond)
	return int(l.sent.Load() - before)
}

// key presses keys at a person's speed.
func (l *thinLine) key(names ...string) {
	for _, name := range names {
		l.take(keyMsg(name))
		l.rest(120 * time.Millisecond)
	}
}

// TestBytesOnAThinLine holds the budgets of the Chinese screen at 120×40.
func TestBytesOnAThinLine(t *testing.T) {
	practice := func(_ *ledger.BookConfig, o *Options) { o.Practice = twoCustomers{} }
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.Zh}, practice, func(r *robot) {
		for i := range 60 {
			r.key("8", "enter")
			if err := r.scan(fmt.Sprintf("1300000000000%05d", i)); err != nil {
				t.Fatal(err)
			}
			r.asked(ledger.RequestPay)
			r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		}
		l := onThinLine(r, 120, 40)
		within := func(what string, most int, do func()) {
			t.Helper()
			l.within(t, what, most, do)
		}
		press := func(names ...string) func() { return func() { l.key(names...) } }
		within("help", 5_000, press("f1"))
		within("back to a paid sale", 5_000, press("esc"))
		within("today", 5_000, press("f10"))
		if !strings.Contains(l.frame(), "8.00") {
			t.Fatal(l.frame())
		}
		within("today, one row further", 1_000, press("down"))
		within("the next page", 5_000, press("pgdown"))
		within("back", 5_000, press("esc"))
		l.key("f9")
		within("the cursor, one row further", 1_000, press("down"))
		l.key("esc")
		within("all again", 5_000, func() { l.take(tea.KeyPressMsg{Code: 'l', Mod: tea.ModCtrl}) })

		qrSale := l.costs(func() {
			within("the first digit, after PAID", 5_000, press("1"))
			for _, digit := range []string{"2", "8", ".", "5", "0"} {
				within("digit "+digit, 300, press(digit))
			}
			within("enter", 5_000, press("enter"))
			within("the QR", 9_000, func() {
				l.key("f2")
				l.asked(ledger.RequestOrder)
				l.answered(ledger.RequestOrder, ledger.ClassShown, nil)
				l.rest(time.Second)
			})
			within("PAID", 5_000, func() {
				l.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
				l.rest(time.Second)
			})
		})
		t.Logf("the whole QR sale            %5d bytes of 16000", qrSale)
		if qrSale > 16_000 {
			t.Errorf("the whole QR sale: %d bytes", qrSale)
		}
		idle := func(what string, seconds, most int) {
			t.Helper()
			worst, total := 0, 0
			for range seconds {
				bytes := l.costs(func() { l.rest(time.Second) })
				worst, total = max(worst, bytes), total+bytes
			}
			t.Logf("%-28s %5d bytes at worst, %d on average, of %d", what, worst, total/seconds, most)
			if worst > most || total == 0 {
				t.Errorf("%s: %d bytes", what, worst)
			}
		}
		seconds := map[bool]int{false: 90, true: 12}[underRace]
		idle("a second of a new PAID", min(seconds, 25), 600)
		l.rest(livesFor)
		idle("a second of an old PAID", seconds, 100) // at worst the clock's minute and the age change at once
		l.key("5")
		idle("an idle second", min(seconds, 70), 60)
		if !l.screen.painter.close(time.Second) {
			t.Error("the painter does not end")
		}
	})
}

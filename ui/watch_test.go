package ui

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// a shot of one row.
func shotOf(hub *Hub, text string) *shot {
	return &shot{turn: hub.turn(), shows: showsScreen, text: text, width: 20, height: 1}
}

func TestTheNewestFrameIsTheOneThatIsSeen(t *testing.T) {
	var hub Hub
	if v := hub.look(); v.shows != showsNothing || v.rows != nil {
		t.Errorf("before the first frame: %+v", v)
	}
	old := shotOf(&hub, "old")
	young := shotOf(&hub, "new")
	hub.publish(young)
	hub.publish(old) // it was on its way longer
	if v := hub.look(); v.rows[0] != "new" || v.behind {
		t.Errorf("%+v", v)
	}
	late := *young
	late.behind = true
	hub.publish(&late)
	if v := hub.look(); !v.behind {
		t.Error("the same frame, and that the terminal does not take it")
	}
	hub.dark(showsNothing)
	hub.publish(young)
	if v := hub.look(); v.shows != showsNothing || v.rows != nil {
		t.Errorf("a frame after the end: %+v", v)
	}
	(*Hub)(nil).publish(young)
	(*Hub)(nil).dark(showsStock)
}

// TestNobodyWaitsForAViewer publishes while viewers come, look, go, and do not look at all.
func TestNobodyWaitsForAViewer(t *testing.T) {
	var hub Hub
	_, leave := hub.join() // it never looks
	var others sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		others.Go(func() {
			for turn := uint64(0); ; {
				woken, leave := hub.join()
				if v := hub.look(); v.of != nil {
					if v.of.turn < turn {
						t.Error("an older frame after a newer one")
					}
					turn = v.of.turn
				}
				select {
				case <-stop:
					leave()
					return
				case <-woken:
					leave()
				}
			}
		})
	}
	for i := range 2000 {
		hub.publish(shotOf(&hub, fmt.Sprint(i)))
		if i%100 == 0 {
			runtime.Gosched()
		}
	}
	close(stop)
	others.Wait()
	if v := hub.look(); v.rows[0] != "1999" {
		t.Errorf("%q is the newest", v.rows[0])
	}
	leave()
	if hub.looks.Load() != 0 || len(hub.viewers) != 0 {
		t.Errorf("%d look on", hub.looks.Load())
	}
}

// TestLookingOnCostsNothingWhereNobodyDoes: a frame that is given away is one allocation, and none of its rows is read.
func TestLookingOnCostsNothingWhereNobodyDoes(t *testing.T) {
	var hub Hub
	d := drawing{text: strings.Repeat("row\n", 40), width: 120, height: 40}
	if n := testing.AllocsPerRun(100, func() {
		d.turn = hub.turn()
		hub.publish(d.shot(false))
	}); n > 1 {
		t.Errorf("%v allocations for a frame", n)
	}
	if hub.seen.of != nil {
		t.Error("it was masked, and nobody looks")
	}
}

// watcherOn is a viewer's model on a hub, in a window.
func watcherOn(hub *Hub, lang assets.Lang, width, height int) *watching {
	w := &watching{ctx: context.Background(), hub: hub, words: assets.For(lang), palette: newPalette(ThemeAuto, false), bar: true}
	w.Update(sizeMsg(width, height))
	return w
}

// seeing publishes a picture at 80×24.
func seeing(t testing.TB, pic picture, lang assets.Lang) (*Hub, *App) {
	a := drawnApp(t, lang, false, 80, 24)
	a.scene = baseScene()
	pic.set(a)
	hub := &Hub{}
	seenBy(hub, a)
	return hub, a
}

func cellsOf(row string, width int) []glyph {
	line := make([]glyph, width)
	allInks.cells(line, row)
	return line
}

// TestAViewersWindowShowsThePicture compares cells: in a window as large as the till's all of them, in a larger one all of them in the
// middle, in a smaller one those of the part that its own row names.
func TestAViewersWindowShowsThePicture(t *testing.T) {
	for i, pic := range pictures() {
		hub, _ := seeing(t, pic, assets.Zh)
		rows := hub.look().rows
		for len(rows) < 24 {
			rows = append(rows, "")
		}
		for _, size := range [][2]int{{80, 24}, {81, 24}, {82, 26}, {120, 40}, {97, 31}, {40, 12}, {39, 11}, {80, 10}, {30, 24}} {
			w := watcherOn(hub, assets.Zh, size[0], size[1])
			w.bar = false
			w.x, w.y = i%60, i%20 // somewhere, as far as it goes
			frame := strings.Split(w.frame(), "\n")
			left, top := max(size[0]-80, 0)/2, max(size[1]-24, 0)/2
			for y := range min(24, size[1]) {
				seen := cellsOf(frame[top+y], size[0])[left:]
				till := cellsOf(rows[w.y+y], 80)[w.x:]
				for x := range min(80, size[0]) {
					half := till[x].text == "" && x == 0 || x+1 == size[0] && x+1 < len(till) && till[x+1].text == ""
					if want := till[x]; seen[x] != want && (!half || seen[x].text != " ") {
						t.Fatalf("%s in %dx%d at %d,%d: cell %d of row %d is %+v, at the till %+v", pic.name, size[0], size[1], w.x, w.y, x, y, seen[x], want)
					}
				}
			}
			if border := size[0] >= 82 && size[1] >= 26; border != strings.Contains(frame[max(top-1, 0)], "┌──") {
				t.Fatalf("%s in %dx%d: a frame around it: %v\n%s", pic.name, size[0], size[1], !border, ansi.Strip(strings.Join(frame, "\n")))
			}
		}
	}
}

// TestAViewersFrameFitsItsWindow in every size and language, with a row over the picture and without.
func TestAViewersFrameFitsItsWindow(t *testing.T) {
	for i, pic := range pictures() {
		if i%7 != 0 { // each seventh: the sizes are what matters
			continue
		}
		for _, lang := range assets.Langs {
			hub, _ := seeing(t, pic, lang)
			for _, size := range [][2]int{{1, 1}, {2, 2}, {1, 40}, {120, 1}, {7, 3}, {40, 12}, {79, 23}, {80, 24}, {80, 25}, {82, 27}, {133, 50}, {400, 120}} {
				for _, head := range []func(int) string{nil, func(width int) string { return cut("检查 "+strings.Repeat("x", 300), width) }} {
					w := watcherOn(hub, lang, size[0], size[1])
					w.head = head
					for range 3 { // again, from what it remembers, and at the far end
						checkRows(t, pic.name, w.frame(), size[0], size[1])
						w.x, w.y = 1000, 1000
					}
				}
			}
		}
	}
}

// TestAViewerIsToldWhatItSees: the row of its own, and sentences in place of a picture.
func TestAViewerIsToldWhatItSees(t *testing.T) {
	for _, lang := range assets.Langs {
		words := &assets.For(lang).Watch
		hub, _ := seeing(t, pictures()[0], lang)
		shown := func(w *watching) string {
			return strings.Join(strings.Fields(ansi.Strip(w.frame())), " ")
		}
		row := map[assets.Lang]*assets.WatchRow{assets.En: &words.Short, assets.Zh: &words.Row}[lang] // what fits
		part := func(from, to, top, foot string) string {
			columns, rows := assets.Fill(row.Columns, "from", from, "to", to, "n", "80"), assets.Fill(row.Rows, "from", top, "to", foot, "n", "24")
			return columns + " · " + rows + " · " + row.Move
		}
		w := watcherOn(hub, lang, 100, 40)
		if says := shown(w); !strings.Contains(says, words.Row.Back) || strings.Contains(says, words.Row.Move) {
			t.Errorf("the whole picture: %s", says)
		}
		w = watcherOn(hub, lang, 78, 12)
		for _, step := range []struct{ keys, want string }{
			{"", part("1", "78", "1", "11")}, {"down", part("1", "78", "2", "12")}, {"right", part("3", "80", "2", "12")},
			{"pgdown", part("3", "80", "12", "22")}, {"pgdown", part("3", "80", "14", "24")}, {"up up", part("3", "80", "12", "22")}, {"left", part("1", "78", "12", "22")},
			{"pgup", part("1", "78", "2", "12")},
		} {
			for key := range strings.FieldsSeq(step.keys) {
				w.Update(keyMsg(key))
			}
			if says := shown(w); !strings.Contains(says, step.want) {
				t.Errorf("after %q: %s\nwant %s", step.keys, says, step.want)
			}
		}
		w.Update(keyMsg("b"))
		if says := shown(w); strings.Contains(says, row.Back) || w.page != 12 {
			t.Errorf("b leaves the row: %s", says)
		}
		w.Update(keyMsg("b"))
		for _, tc := range []struct {
			shot shot
			want string
		}{
			{shot{shows: showsNothing}, words.NoScreen}, {shot{shows: showsStock}, words.Stock},
			{shot{shows: showsScreen, text: "PIN 1234", width: 80, height: 24, secret: true}, words.Withheld},
			{shot{shows: showsScreen, text: "12.50", width: 60, height: 10, behind: true}, words.Row.Behind},
			{shot{shows: showsLines, text: "PAID 12.50", width: 70, height: 10}, words.Row.Lines},
		} {
			tc.shot.turn = hub.turn()
			hub.publish(&tc.shot)
			w = watcherOn(hub, lang, 120, 12)
			if says := shown(w); !strings.Contains(says, strings.Join(strings.Fields(tc.want), " ")) || strings.Contains(says, "1234") {
				t.Errorf("%s\nwant %s", says, tc.want)
			}
		}
	}
}

// TestAViewersRowFits: in the narrowest window it still says which part is seen, how to move, and that the row can go.
func TestAViewersRowFits(t *testing.T) {
	for _, lang := range assets.Langs {
		words := &assets.For(lang).Watch.Short
		hub := &Hub{}
		hub.publish(&shot{turn: hub.turn(), shows: showsScreen, text: "12.50", width: 120, height: 40})
		w := watcherOn(hub, lang, minWidth, minHeight)
		w.x, w.y = 60, 20
		row := ansi.Strip(w.frame())
		row = row[strings.LastIndex(row, "\n")+1:]
		for _, part := range []string{words.Back, "61-120", "/40", words.Move, words.Hide} {
			if !strings.Contains(row, part) {
				t.Errorf("no %q in %q", part, row)
			}
		}
	}
}

// TestHelpOverTheCashiersScreen: it names the keys, and any key leads back to the picture.
func TestHelpOverTheCashiersScreen(t *testing.T) {
	for _, lang := range assets.Langs {
		hub, _ := seeing(t, pictures()[0], lang)
		w := watcherOn(hub, lang, minWidth, minHeight)
		before := w.frame()
		w.help = true
		if says := ansi.Strip(w.frame()); !strings.Contains(says, "PgDn") || !strings.Contains(says, "q  Esc") {
			t.Errorf("%s", says)
		}
		if w.Update(keyMsg("q")); w.frame() != before {
			t.Errorf("q does not close the help:\n%s", w.frame())
		}
	}
}

func TestABugOfAViewerIsItsEnd(t *testing.T) {
	w := watcherOn(&Hub{}, assets.En, 80, 24)
	w.head = func(int) string { panic(planted) }
	if view := w.View(); view.Content != "" || w.failure() == nil || w.failure().Value != planted {
		t.Errorf("%q, %v", view.Content, w.failure())
	}
}

// watchOn looks on without a visit: q leaves.
func watchOn(ctx context.Context, hub *Hub, in io.Reader, out io.Writer, getenv func(string) string, size Size, resized <-chan Size) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	woken, leave := hub.join()
	defer leave()
	stage := farStage(in, out, getenv, cancel)
	stage.window, stage.resized = size, resized
	terminal := terminalFor(stage.profile, getenv)
	lang := Language(Config{}, getenv)
	return stage.perform(inner, &watching{ctx: inner, hub: hub, woken: woken, words: assets.For(lang), linux: terminal.linux,
		palette: newPalette(ThemeAuto, terminal.mono), bar: true, leaves: tea.Quit})
}

// onlooker is somebody who looks on, whose keys and bytes are in hand.
type onlooker struct {
	keys    *io.PipeWriter
	sent    counter
	resized chan Size
	end     context.CancelFunc
	ended   chan error
}

// lookOn looks on from a terminal with 256 colours, over a line that takes all.
func lookOn(hub *Hub, width, height int) *onlooker {
	ctx, cancel := context.WithCancel(context.Background())
	in, keys := io.Pipe()
	v := &onlooker{keys: keys, resized: make(chan Size), end: cancel, ended: make(chan error, 1)}
	go func() {
		v.ended <- watchOn(ctx, hub, in, &v.sent, getenv("TERM=xterm-256color LANG=zh_CN.UTF-8"), Size{width, height}, v.resized)
	}()
	return v
}

// TestBytesOfAViewer holds the budgets of a viewer at 120×40, who looks at the Chinese screen at 120×40.
func TestBytesOfAViewer(t *testing.T) {
	withRobotOn(t, ledger.NewMemory(), Config{Lang: assets.Zh}, nil, func(r *robot) {
		for i := range 60 {
			r.key(fmt.Sprint(1+i*7919%400), "enter") // no two rows alike, or a page would cost nothing
			if err := r.scan(fmt.Sprintf([]string{"1300000000000%05d", "2800000000000%05d"}[i*i%3%2], i)); err != nil {
				t.Fatal(err)
			}
			r.asked(ledger.RequestPay)
			r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		}
		r.sleep(livesFor)
		hub := &Hub{}
		l := onThinLine(r, 120, 40)
		l.screen.painter.watched(hub)
		l.key("f1", "esc")
		v := lookOn(hub, 120, 40)
		l.rest(time.Second)
		within := func(what string, most int, do func()) {
			t.Helper()
			before := v.sent.Load()
			do()
			l.rest(200 * time.Millisecond)
			bytes := int(v.sent.Load() - before)
			t.Logf("%-28s %5d bytes of %d", what, bytes, most)
			if bytes > most || bytes == 0 {
				t.Errorf("%s: %d bytes of %d", what, bytes, most)
			}
		}
		press := func(names ...string) func() { return func() { l.key(names...) } }
		within("today", 4_000, press("f10"))
		within("the next page of the ledger", 4_000, press("pgdown"))
		within("one back", 4_000, press("pgup"))
		l.key("esc", "1")
		for _, digit := range []string{"2", "8", ".", "5", "0"} {
			within("digit "+digit, 300, press(digit))
		}
		within("taken back", 300, press("backspace"))
		worst := 0
		for range map[bool]int{false: 70, true: 12}[underRace] { // a minute's end is among them
			before := v.sent.Load()
			l.rest(time.Second)
			worst = max(worst, int(v.sent.Load()-before))
		}
		t.Logf("%-28s %5d bytes of 120", "an idle second, at worst", worst)
		if worst > 120 || worst == 0 {
			t.Errorf("an idle second: %d bytes", worst)
		}
		if hub.looks.Load() != 1 {
			t.Errorf("%d look on", hub.looks.Load())
		}
		draft := r.book.Draft().Keyed
		v.keys.Write([]byte("57\rq"))
		l.rest(time.Second)
		if err := <-v.ended; err != nil || hub.looks.Load() != 0 {
			t.Errorf("%v, %d look on", err, hub.looks.Load())
		}
		if r.book.Draft().Keyed != draft {
			t.Error("a viewer's keys reached the till")
		}
		v.keys.Close()
		v.end()
		if !l.screen.painter.close(time.Second) {
			t.Error("the painter does not end")
		}
	})
}

// TestASlowViewerGetsTheNewestFrame: one whose line takes nothing misses what lies between, and holds nobody.
func TestASlowViewerGetsTheNewestFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &Hub{}
		hub.publish(shotOf(hub, "the first"))
		ctx, cancel := context.WithCancel(t.Context())
		in, keys := io.Pipe()
		line, out := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- watchOn(ctx, hub, in, out, getenv("TERM=xterm"), Size{40, 5}, make(chan Size))
		}()
		time.Sleep(time.Second) // the viewer is in its first write
		for i := range 200 {
			hub.publish(shotOf(hub, fmt.Sprintf("frame %03d!", i)))
			time.Sleep(50 * time.Millisecond)
		}
		var taken paper
		go io.Copy(&taken, line)
		time.Sleep(time.Second)
		synctest.Wait()
		if text := taken.all(); !strings.Contains(text, "199") || strings.Contains(text, "057") || strings.Count(text, "!") > 2 {
			t.Errorf("%q", text)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if text := taken.all(); !strings.HasSuffix(text, leaveAltScreen) {
			t.Errorf("the terminal is not given back: %q", text)
		}
		keys.Close()
		out.Close()
	})
}

// TestACashiersTerminalThatTakesNothing: viewers see what the till shows all the same, and are told that the cashier does not.
func TestACashiersTerminalThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := &Hub{}
		line, out := io.Pipe()
		p := newPainter(out, abilitiesOf(getenv("TERM=xterm")), 0, nil)
		p.watched(hub)
		for _, text := range []string{"one", "two", "six"} {
			p.show(drawing{text: text, width: 10, height: 1})
			synctest.Wait()
		}
		if v := hub.look(); v.rows[0] != "six" || !v.behind {
			t.Errorf("%+v", v)
		}
		go io.Copy(io.Discard, line)
		synctest.Wait()
		if v := hub.look(); v.rows[0] != "six" || v.behind {
			t.Errorf("after the terminal took it: %+v", v)
		}
		p.close(time.Second)
		out.Close()
	})
}

// TestAViewersWindowIsItsOwn: it grows, shrinks, and may claim to be of any size.
func TestAViewersWindowIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub, _ := seeing(t, pictures()[0], assets.Zh)
		v := lookOn(hub, 80, 25)
		time.Sleep(time.Second)
		for _, size := range []Size{{30, 10}, {0, 0}, {-1, 5}, {1 << 30, 1 << 30}, {100, 30}} {
			before := v.sent.Load()
			v.resized <- size
			time.Sleep(time.Second)
			if _, ok := size.bounded(); ok != (v.sent.Load() > before) {
				t.Errorf("%v: %d bytes", size, v.sent.Load()-before)
			}
		}
		v.keys.Close() // the viewer is gone
		if err := <-v.ended; err != nil || hub.looks.Load() != 0 {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Second)
	})
}

// TestLineModeIsSeenAsLines: what the till has said last.
func TestLineModeIsSeenAsLines(t *testing.T) {
	var hub Hub
	w := &printer{lines: make(chan string, 64), ended: make(chan struct{}), end: "\r\n", hub: &hub}
	for i := range 30 {
		w.lines <- fmt.Sprintf("line %d %s", i, canaries[0])
	}
	go w.write(io.Discard)
	woken, leave := hub.join()
	defer leave()
	for v := hub.look(); len(v.rows) < linesSeen || !strings.HasPrefix(v.rows[linesSeen-1], "line 29"); v = hub.look() {
		<-woken
	}
	v := hub.look()
	if v.shows != showsLines || !strings.HasPrefix(v.rows[0], "line 6 ***") || partOf(strings.Join(v.rows, ""), 5) != "" || strings.Contains(strings.Join(v.rows, ""), "\r") {
		t.Errorf("%+v", v)
	}
	close(w.lines)
	<-w.ended
	if v := hub.look(); v.shows != showsNothing {
		t.Errorf("after the end: %+v", v)
	}
}

// BenchmarkViewersFrame is what one viewer costs the till for a digit that was keyed: its frame, and the bytes that change its window.
func BenchmarkViewersFrame(b *testing.B) {
	hub := &Hub{}
	a := drawnApp(b, assets.Zh, false, 120, 40)
	a.scene = baseScene()
	w := watcherOn(hub, assets.Zh, 120, 40)
	c := newCanvas("xterm-256color", colorprofile.ANSI256)
	var shots []*shot
	for _, amount := range []string{"12", "128"} {
		a.scene.draft = keyedAmount(amount)
		shots = append(shots, &shot{shows: showsScreen, text: a.frame(), width: 120, height: 40})
	}
	out := make([]byte, 0, 1<<16)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s := *shots[i%2]
		s.turn = hub.turn()
		hub.publish(&s)
		out = c.paint(out[:0], w.View().Content, 120, 40, false)
	}
}

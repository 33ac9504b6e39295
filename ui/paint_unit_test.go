package ui

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// painting gives what is sent for frames of one window, one after the other.
func painting(c *canvas, width, height int, frames ...string) string {
	var out []byte
	for _, frame := range frames {
		out = c.paint(out[:0], frame, width, height, false)
	}
	return string(out)
}

func TestARowIsPaintedAsItsTerminalCan(t *testing.T) {
	const start = "\x1b[m\x1b[H\x1b[2J"
	for _, tc := range []struct {
		name, term string
		profile    colorprofile.Profile
		row, want  string
	}{
		{"all colours", "xterm-kitty", colorprofile.TrueColor, "\x1b[1;38;2;255;0;0ma\x1b[m", "\x1b[1;38;2;255;0;0ma\x1b[m"},
		{"256 colours", "xterm-256color", colorprofile.ANSI256, "\x1b[38;2;255;0;0ma\x1b[48;5;231mb", "\x1b[38;5;196ma\x1b[48;5;231mb\x1b[m"},
		{"16 colours", "linux", colorprofile.ANSI, "\x1b[38;2;255;0;0ma\x1b[48;5;231mb\x1b[97;40mc", "\x1b[91ma\x1b[107mb\x1b[97;40mc\x1b[m"},
		{"no colours", "xterm", colorprofile.ASCII, "\x1b[31;1ma\x1b[48;5;231m b", "\x1b[1ma b\x1b[m"},
		{"vt100", "vt100", colorprofile.ASCII, "\x1b[1;2;3;7;9;31ma\x1b[22;27mb", "\x1b[1;7ma\x1b[mb"},
		{"pens that mean the same", "xterm", colorprofile.ANSI, "\x1b[1m\x1b[31ma\x1b[0;31;1mb\x1b[m\x1b[1;31mc\x1b[m", "\x1b[1;31mabc\x1b[m"},
		{"a default colour", "xterm", colorprofile.ANSI, "\x1b[31;42ma\x1b[39mb\x1b[49mc", "\x1b[31;42ma\x1b[39mb\x1b[mc"},
		{"blanks keep the ink", "xterm", colorprofile.ANSI, "\x1b[31;42ma\x1b[m\x1b[42m \x1b[m\x1b[31;42mb\x1b[m", "\x1b[31;42ma b\x1b[m"},
		{"curly and no underline", "xterm", colorprofile.ANSI, "\x1b[4:3ma\x1b[4:0mb", "\x1b[4ma\x1b[mb"},
		{"another sequence", "xterm", colorprofile.ANSI, "a\x1b[2J\x1b]0;title\ab\x1b[5;5Hc\x1b[>4;2m\x1b[?25hd\x1b", "abcd"},
		{"control characters", "xterm", colorprofile.ANSI, "a\tb\rc\x00\u009b\u0085d\x7f", "abcd"},
		{"bytes that are no text", "xterm", colorprofile.ANSI, "a\xff\xc0b", "a��b"},
		{"a mark", "xterm", colorprofile.ANSI, "e\u0301x", "e\u0301x"},
		{"a mark with nothing under it", "xterm", colorprofile.ANSI, "\u0301x", "x"},
		{"half a wide character does not fit", "xterm", colorprofile.ANSI, "一二三四五六七八九abc十", "一二三四五六七八九a"},
		{"nor with colour", "xterm", colorprofile.ANSI, "一二三四五六七八九a\x1b[7m十\x1b[m", "一二三四五六七八九a"},
	} {
		want := start + "\x1b[1;1H" + tc.want
		if got := painting(newCanvas(tc.term, tc.profile), 19, 1, tc.row); got != want {
			t.Errorf("%s:\n%q\n%q is wanted", tc.name, got, want)
		}
	}
	if got := painting(newCanvas("xterm", colorprofile.ANSI), 3, 1, "一\x1b[7m二\x1b[m"); got != start+"\x1b[1;1H一\x1b[7m \x1b[m" {
		t.Errorf("half a wide character in reverse: %q", got)
	}
}

func TestOnlyWhatChangedIsPainted(t *testing.T) {
	blanks := strings.Repeat(" ", 20)
	for _, tc := range []struct{ name, term, before, after, want string }{
		{"nothing", "xterm", "一二三", "一二三", ""},
		{"the same in other words", "xterm", "\x1b[1m一\x1b[m", "\x1b[0;1m一\x1b[m ", ""},
		{"one of wide ones", "xterm", "一二三", "一五三", "\x1b[1;3H五"},
		{"a narrow one in place of a wide one", "xterm", "一二三", "一a 三", "\x1b[1;3Ha "},
		{"a wide one over two halves", "xterm", "一二三", "a一b三", "\x1b[1;1Ha一b"},
		{"near to another", "xterm", "abcdefgh", "Abcdefgh"[:5] + "Fgh", "\x1b[1;1HAbcdeF"},
		{"far from another", "xterm", "abcdefgh", "AbcdefgH", "\x1b[1;1HA\x1b[1;8HH"},
		{"a row's end", "xterm", "abcdefgh", "abc", "\x1b[1;4H\x1b[K"},
		{"a short end", "xterm", "abcde", "abc", "\x1b[1;4H  "},
		{"an end with a ground", "xterm", "abcdefgh", "abc\x1b[42m     \x1b[m", "\x1b[1;4H\x1b[42m     \x1b[m"},
		{"a long gap", "xterm", strings.Repeat("x", 22), "a" + blanks + "b", "\x1b[1;1Ha\x1b[20X\x1b[1;22Hb"},
		{"a long gap on a VT100", "vt100", strings.Repeat("x", 22), "a" + blanks + "b", "\x1b[1;1Ha" + blanks + "b"},
		{"a row that is gone", "xterm", "a\nb", "a", "\x1b[2;1H "},
		{"rows beyond the window", "xterm", "a", "a\nb\nc\nd", "\x1b[2;1Hb"},
	} {
		if got := painting(newCanvas(tc.term, colorprofile.ANSI), 30, 2, tc.before, tc.after); got != tc.want {
			t.Errorf("%s:\n%q\n%q is wanted", tc.name, got, tc.want)
		}
	}
	c := newCanvas("xterm", colorprofile.ANSI)
	painting(c, 10, 1, "abc")
	if got := painting(c, 9, 1, "abc"); got != "\x1b[m\x1b[H\x1b[2J\x1b[1;1Habc" {
		t.Errorf("a resized window: %q", got)
	}
}

// TestTheLatestFrameWins paints on a line that takes nothing for a while.
func TestTheLatestFrameWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		can := abilitiesOf(getenv("TERM=xterm"))
		read, write := io.Pipe()
		p := newPainter(write, can, colorprofile.ANSI, nil)
		for _, text := range []string{"one", "two", "six"} {
			p.show(drawing{text: text, width: 10, height: 1})
			synctest.Wait() // the painter waits for the line
		}
		if p.close(time.Second) {
			t.Error("it is closed, but the line has taken nothing")
		}
		var sent strings.Builder
		go func() {
			io.Copy(&sent, read)
		}()
		<-p.ended
		write.Close()
		synctest.Wait()
		if text := sent.String(); strings.Contains(text, "one") || !strings.HasSuffix(text, can.leave()) {
			t.Errorf("%q", text)
		}

		read, write = io.Pipe()
		p = newPainter(write, can, colorprofile.ANSI, nil)
		p.show(drawing{text: "one", width: 10, height: 1, whole: true, enter: true})
		p.show(drawing{text: "two", width: 10, height: 1})
		sent.Reset()
		go func() { io.Copy(&sent, read) }()
		synctest.Wait()
		if got, want := sent.String(), can.enter()+can.enter()+"\x1b[m\x1b[H\x1b[2J\x1b[1;1Htwo"; got != want {
			t.Errorf("%q\n%q is wanted", got, want)
		}
		p.close(time.Second)
		write.Close()
	})
}

// brokenLine fails a write now and then.
type brokenLine struct {
	strings.Builder
	broken bool
}

func (l *brokenLine) Write(p []byte) (int, error) {
	if l.broken {
		return 0, errors.New("no line")
	}
	return l.Builder.Write(p)
}

func TestAfterABrokenLineAllIsPainted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &brokenLine{}
		p := newPainter(line, abilitiesOf(getenv("TERM=xterm")), colorprofile.ANSI, nil)
		for _, broken := range []bool{false, true, false} {
			synctest.Wait()
			line.broken = broken
			line.Reset()
			p.show(drawing{text: map[bool]string{false: "good", true: "lost"}[broken], width: 10, height: 1})
		}
		synctest.Wait()
		if got := line.String(); got != "\x1b[m\x1b[H\x1b[2J\x1b[1;1Hgood" {
			t.Errorf("%q", got)
		}
		p.close(time.Second)
	})
}

func TestABugOfThePainterIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &brokenLine{}
		var told *PanicError
		p := newPainter(line, abilitiesOf(getenv("TERM=xterm")), colorprofile.ANSI, func(failure *PanicError) { told = failure })
		p.show(drawing{text: "a", width: -1, height: 1})
		synctest.Wait()
		if told == nil {
			t.Error("nothing is told")
		}
		if !p.close(time.Second) || !strings.HasSuffix(line.String(), "\x1b[?1049l") {
			t.Errorf("the terminal is not given back: %q", line.String())
		}
	})
}

// TestTheFirstFrameIsAtOnceAndABurstIsFew counts the frames of a pause, a key, and a flood.
func TestTheFirstFrameIsAtOnceAndABurstIsFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &brokenLine{}
		m := &painted{model: &still{}, painter: newPainter(line, abilitiesOf(getenv("TERM=xterm")), colorprofile.ANSI, nil)}
		m.Update(tea.WindowSizeMsg{Width: 10, Height: 1})
		time.Sleep(time.Second)
		synctest.Wait()
		line.Reset()
		if _, cmd := m.Update(stillMsg("0")); cmd != nil {
			t.Fatal("the first frame waits")
		}
		synctest.Wait()
		if got := line.String(); got != "\x1b[1;1H0" {
			t.Fatalf("%q", got)
		}
		due := make(chan tea.Msg, 1000)
		flood, frames := 0, 0
		for range 100 {
			time.Sleep(time.Millisecond)
			select {
			case msg := <-due:
				m.Update(msg)
				frames++
			default:
			}
			flood++
			if _, cmd := m.Update(stillMsg(strings.Repeat("x", flood%7+1))); cmd != nil {
				go func() { due <- cmd() }()
			}
			synctest.Wait()
		}
		if frames < 4 || frames > 100/16 {
			t.Errorf("%d frames in 100 ms", frames)
		}
		m.painter.close(time.Second)
		time.Sleep(time.Second)
	})
}

// brokenView is a model whose View has a bug.
type brokenView struct{ still }

func (*brokenView) failure() *PanicError { return &PanicError{Value: "planted"} }

func TestAViewWithABugEndsTheProgramAtOnce(t *testing.T) {
	m := &painted{model: &brokenView{}}
	if _, cmd := m.Update(tea.WindowSizeMsg{Width: 10, Height: 1}); cmd == nil || cmd() != (tea.QuitMsg{}) {
		t.Error("it goes on")
	}
}

package ui

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// window is a window of tmux, which is the judge of what a terminal shows: it knows nothing of our widths.
type window struct {
	t             testing.TB
	width, height int
	line          *os.File // what a till would have as input and output
	commands      io.Writer
	answers       *bufio.Reader
}

// newWindow opens a window whose program sleeps: the test has its line.
func newWindow(t testing.TB, width, height int) *window {
	t.Helper()
	w := openWindow(t, width, height, "exec sleep 100000")
	name := strings.TrimSpace(w.do("display-message -p '#{pane_tty}'"))
	var err error
	if w.line, err = os.OpenFile(name, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.line.Close() })
	if _, err := term.MakeRaw(w.line.Fd()); err != nil {
		t.Fatal(err)
	}
	return w
}

// openWindow opens a window with a program.
func openWindow(t testing.TB, width, height int, program string) *window {
	t.Helper()
	socket := fmt.Sprintf("guitai-paint-%d-%d", os.Getpid(), time.Now().UnixNano())
	cmd := exec.Command("tmux", "-L", socket, "-u", "-f", "/dev/null", "-C", "new-session", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		"-f", "no-output,ignore-size", program)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	commands, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("tmux, the judge of these tests: %v", err)
	}
	t.Cleanup(func() {
		exec.Command("tmux", "-L", socket, "kill-server").Run()
		cmd.Wait()
	})
	w := &window{t: t, width: width, height: height, commands: commands, answers: bufio.NewReaderSize(answers, 1<<20)}
	w.answer() // of new-session
	w.do("set-option -g window-size manual")
	return w
}

// do gives tmux a command and returns its answer.
func (w *window) do(command string) string {
	w.t.Helper()
	if _, err := io.WriteString(w.commands, command+"\n"); err != nil {
		w.t.Fatal(err)
	}
	return w.answer()
}

func (w *window) answer() string {
	w.t.Helper()
	var text strings.Builder
	for inside := false; ; {
		row, err := w.answers.ReadString('\n')
		switch {
		case err != nil:
			w.t.Fatalf("tmux has ended: %v", err)
		case strings.HasPrefix(row, "%begin "):
			inside = true
		case strings.HasPrefix(row, "%end "):
			return text.String()
		case strings.HasPrefix(row, "%error "):
			w.t.Fatalf("tmux: %s", text.String())
		case inside:
			text.WriteString(row)
		}
	}
}

func (w *window) resize(width, height int) {
	w.width, w.height = width, height
	w.do(fmt.Sprintf("resize-window -x %d -y %d", width, height))
}

// write sends bytes and waits until tmux has taken them all: it answers a question that stands behind them.
func (w *window) write(p []byte) {
	w.t.Helper()
	if _, err := w.line.Write(append(p, "\x1b[5n"...)); err != nil {
		w.t.Fatal(err)
	}
	for char := make([]byte, 1); char[0] != 'n'; {
		if _, err := w.line.Read(char); err != nil {
			w.t.Fatal(err)
		}
	}
}

// shown is a cell as it is seen.
type shown struct {
	text  string
	style uv.Style
}

const capture = "capture-pane -p -e -N"

// shows gives what tmux shows, cell by cell. Cells at the end of a row that tmux does not mention are blanks: it does not
// tell cells that were erased. Ours are erased with no colour.
func (w *window) shows() [][]shown {
	return read(w.do(capture), w.width, w.height)
}

// read takes text with SGR apart as the stock renderer's library does; ours is what is tested.
func read(text string, width, height int) [][]shown {
	lines := uv.NewStyledString(strings.TrimSuffix(text, "\n")).Lines(ansi.GraphemeWidth)
	screen := make([][]shown, height)
	for y := range screen {
		screen[y] = slices.Repeat([]shown{{text: " "}}, width)
		if y >= len(lines) {
			continue
		}
		x := 0
		for _, c := range lines[y] {
			if x+c.Width > width {
				for ; x < width; x++ {
					screen[y][x] = seen(" ", c.Style)
				}
				break
			}
			screen[y][x] = seen(c.Content, c.Style)
			for i := 1; i < c.Width; i++ {
				screen[y][x+i] = shown{"", c.Style}
			}
			x += c.Width
		}
	}
	return screen
}

// seen leaves out what nobody sees: the ink of a blank.
func seen(text string, style uv.Style) shown {
	if text == " " && style.Attrs&(uv.AttrReverse|uv.AttrStrikethrough) == 0 && style.Underline == uv.UnderlineNone {
		style = uv.Style{Bg: style.Bg}
	}
	return shown{text, style}
}

// differ tells the first cell in which two screens differ, or nothing.
func differ(got, want [][]shown) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows for %d", len(got), len(want))
	}
	for y := range want {
		for x := range want[y] {
			if got[y][x] != want[y][x] {
				return fmt.Sprintf("row %d, column %d: shown %q %v, wanted %q %v\nshown:  %s\nwanted: %s", y, x,
					got[y][x].text, got[y][x].style, want[y][x].text, want[y][x].style, rowText(got[y]), rowText(want[y]))
			}
		}
	}
	return ""
}

func rowText(row []shown) string {
	var s strings.Builder
	for _, c := range row {
		s.WriteString(c.text)
	}
	return s.String()
}

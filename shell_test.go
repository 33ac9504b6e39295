package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// shell is a terminal that outlives the till: the till is started in it again and again, and finds it as the last one
// left it. The shell is an interactive one, because after a process that was killed such a shell sets the line (stty) right,
// which nobody else can; all else on the screen stays as it was.
type shell struct {
	*robot
	orders *os.File // each line starts the till
	tty    string
	before string // the terminal's settings when no till had it yet
}

// newShell takes the robot's terminal away and sits down at a shell instead.
func newShell(r *robot) *shell {
	r.t.Helper()
	s := &shell{robot: r}
	fifo := filepath.Join(r.home, "orders")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		r.t.Fatal(err)
	}
	var err error
	if s.orders, err = os.OpenFile(fifo, os.O_RDWR, 0); err != nil { // for both, so that no opening waits for the other end
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.orders.Close() })
	script := "echo >'" + s.ready() + "'\nexec 3<'" + fifo + "'\nwhile read -r -u 3 _; do\n" + r.command() + " 3<&- 2>/dev/tty\necho $? >'" + r.exitFile() + "'\ndone\n"
	if err := os.WriteFile(s.script(), []byte(script), 0o600); err != nil {
		r.t.Fatal(err)
	}
	s.open()
	return s
}

func (s *shell) script() string { return filepath.Join(s.home, "shell") }
func (s *shell) record() string { return filepath.Join(s.home, "record") }
func (s *shell) ready() string  { return filepath.Join(s.home, "ready") }

// open gives the shell a new terminal.
func (s *shell) open() {
	s.t.Helper()
	s.close()
	os.Remove(s.record())
	os.Remove(s.ready())
	// What the shell itself has to say, such as "Killed", is not for the screen.
	command := "exec bash --norc --noprofile -i '" + s.script() + "' 2>/dev/null"
	out, err := s.tmux("new-session", "-d", "-x", strconv.Itoa(s.w), "-y", strconv.Itoa(s.h), command,
		";", "set-option", "-g", "status", "off", ";", "pipe-pane", "-O", "cat >>'"+s.record()+"'",
		";", "resize-window", "-x", strconv.Itoa(s.w), "-y", strconv.Itoa(s.h), ";", "list-panes", "-F", "#{pane_tty}")
	if err != nil {
		s.t.Fatalf("tmux: %v: %s", err, out)
	}
	s.tty = strings.TrimSpace(out)
	for deadline := time.Now().Add(patience); !exists(s.ready()); time.Sleep(5 * time.Millisecond) { // until then the line is being set
		if time.Now().After(deadline) {
			s.t.Fatalf("no shell:\n%s", s.screen())
		}
	}
	s.before = s.settings()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// start starts the till and gives the instant before.
func (s *shell) start() time.Time {
	s.t.Helper()
	os.Remove(s.exitFile())
	began := time.Now()
	if _, err := s.orders.WriteString("\n"); err != nil {
		s.t.Fatal(err)
	}
	return began
}

// leftBehind is what litter writes everywhere.
const leftBehind = "left behind"

// litter fills the terminal with rubbish over whatever an ended till has left there, and throws away keys that it has not
// read: what is seen afterwards is the next till's, and its only keys are those that are pressed then.
func (s *shell) litter() {
	s.t.Helper()
	tty, err := os.OpenFile(s.tty, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer tty.Close()
	if err := unix.IoctlSetInt(int(tty.Fd()), unix.TCFLSH, unix.TCIFLUSH); err != nil {
		s.t.Fatal(err)
	}
	for y := range s.h {
		fmt.Fprintf(tty, "\x1b[%d;1H\x1b[2K%s", y+1, leftBehind)
	}
	last := fmt.Sprintf("the %dth time", s.starts)
	s.starts++
	fmt.Fprintf(tty, "\x1b[%d;1H\x1b[2K%s", s.h, last)
	s.sees(last)
}

// settings tells how the terminal stands: its line as stty gives it, what tmux says is switched on, and which modes the
// till switched and did not switch back, for tmux 3.3 does not tell of pasting and synchronized output.
func (s *shell) settings() string {
	line, err := exec.Command("stty", "-F", s.tty, "-g").CombinedOutput()
	if err != nil {
		s.t.Fatalf("stty: %v: %s", err, line)
	}
	switched, err := s.tmux("list-panes", "-F", "alternate #{alternate_on} cursor #{cursor_flag} wrap #{wrap_flag} insert #{insert_flag}"+
		" origin #{origin_flag} keypad #{keypad_flag}#{keypad_cursor_flag} mouse #{mouse_any_flag}#{mouse_sgr_flag}#{mouse_utf8_flag}")
	if err != nil {
		s.t.Fatalf("tmux: %v: %s", err, switched)
	}
	record, _ := os.ReadFile(s.record()) // there is none before the first byte
	return string(line) + switched + "modes " + strings.Join(modesChanged(record), " ")
}

var modeWord = regexp.MustCompile(`\x1b\[\?([0-9;]+)([hl])`)

// modesChanged lists the private modes that are not as a terminal has them at first, after all that it was sent.
func modesChanged(sent []byte) (changed []string) {
	last := map[string]string{}
	for _, word := range modeWord.FindAllSubmatch(sent, -1) {
		for _, mode := range strings.Split(string(word[1]), ";") {
			last[mode] = string(word[2])
		}
	}
	for mode, word := range last {
		atFirst := map[string]string{"7": "h", "25": "h"}[mode] // wrapping, cursor
		if word != cmp.Or(atFirst, "l") {
			changed = append(changed, mode+word)
		}
	}
	slices.Sort(changed)
	return changed
}

// restored waits until the terminal is as it was before any till; tmux takes in what it was sent in its own time.
func (s *shell) restored(limit time.Duration) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		now := s.settings()
		if now == s.before {
			return os.Truncate(s.record(), 0) // all of it was said back, so that it need not be read again
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the terminal is\n%s\nand was\n%s\non it is:\n%s", now, s.before, s.screen())
		}
	}
}

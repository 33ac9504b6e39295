package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
)

// dumb is the real binary on a terminal that can only print lines, and all that it was ever sent.
type dumb struct {
	t    *testing.T
	tty  *os.File
	cmd  *exec.Cmd
	mu   sync.Mutex
	text strings.Builder
	seen int
}

func (d *dumb) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *dumb) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

func startDumb(t *testing.T, home string, env []string, args ...string) *dumb {
	t.Helper()
	d := &dumb{t: t, cmd: exec.Command(binary, args...)}
	d.cmd.Env = append([]string{"HOME=" + home, "XDG_DATA_HOME=" + home, "PATH=" + os.Getenv("PATH")}, env...)
	tty, err := pty.Start(d.cmd)
	if err != nil {
		t.Fatal(err)
	}
	d.tty = tty
	go io.Copy(d, tty)
	t.Cleanup(func() { d.cmd.Process.Kill(); d.cmd.Wait(); tty.Close() })
	return d
}

// hears waits for a line that begins with a word and says the rest, after those heard before, and gives it.
func (d *dumb) hears(word string, rest ...string) string {
	d.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text := d.all()[d.seen:]
		at := 0
		for _, rows := range wholeLines(text) {
			at += len(rows)
			line := strings.NewReplacer("\r\n  ", " ", "\n  ", " ").Replace(rows)
			whole := strings.HasPrefix(line, word) && strings.HasSuffix(line, "\n")
			for _, want := range rest {
				whole = whole && strings.Contains(line, want)
			}
			if whole {
				d.seen += at
				return line
			}
		}
	}
	d.t.Fatalf("no line %q %q in:\n%s", word, rest, d.all())
	return ""
}

// wholeLines are the lines of a text with the rows that they were broken into: later rows are indented.
func wholeLines(text string) (lines []string) {
	for _, row := range strings.SplitAfter(text, "\n") {
		if n := len(lines); n > 0 && strings.HasPrefix(row, "  ") {
			lines[n-1] += row
			continue
		}
		lines = append(lines, row)
	}
	return lines
}

// types presses keys at the pace of a hand.
func (d *dumb) types(line string) {
	for _, c := range line + "\r" {
		io.WriteString(d.tty, string(c))
		time.Sleep(40 * time.Millisecond)
	}
}

// pin types a PIN until it is taken: a till that was stalled reads all of it at once, and takes nothing that came so fast.
func (d *dumb) pin(digits, taken string) {
	d.t.Helper()
	const tooFast = "That came as fast as a scan"
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		from := len(d.all())
		for _, c := range digits + "\r" {
			io.WriteString(d.tty, string(c))
			time.Sleep(150 * time.Millisecond)
		}
		for time.Now().Before(deadline) {
			said := strings.NewReplacer("\r\n  ", " ", "\n  ", " ").Replace(d.all()[from:])
			if strings.Contains(said, taken) {
				return
			}
			if strings.Contains(said, tooFast) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	d.t.Fatalf("the PIN was not taken:\n%s", d.all())
}

// agrees answers a question once it was heard: a yes that came with it would have been typed before.
func (d *dumb) agrees() {
	time.Sleep(600 * time.Millisecond)
	d.types("yes")
}

// wants looks at all that the terminal was sent.
func (d *dumb) wants(secret string) {
	d.t.Helper()
	text := d.all()
	if strings.ContainsAny(text, "\x1b\x07\x08") {
		d.t.Errorf("the terminal was sent more than lines: %q", text)
	}
	for i := 0; i+10 <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+10]) {
			d.t.Errorf("a part of the customer's code stands in:\n%s", text)
		}
	}
}

func (d *dumb) endsWith(code int) {
	d.t.Helper()
	if d.cmd.Wait(); d.cmd.ProcessState.ExitCode() != code {
		d.t.Fatalf("exit code %d:\n%s", d.cmd.ProcessState.ExitCode(), d.all())
	}
}

// TestPlainSaleOnADumbTerminal: whole training sales by lines, in both languages, on the real program. The terminal is
// sent no escape sequence, and nothing of a code that was typed.
func TestPlainSaleOnADumbTerminal(t *testing.T) {
	for _, tc := range []struct {
		env, args                                                    []string
		ready, online, pay, unknown, again, paid, qr, question, left string
	}{
		{[]string{"TERM=dumb", "LANG=en_US.UTF-8"}, nil,
			"READY", "WeChat up", "TO PAY", "UNKNOWN", "do not charge again", "PAID", "WAITING", "QUESTION", "LEFT"},
		{[]string{"TERM=", "LC_ALL=zh_CN.UTF-8"}, nil,
			"可以收款", "微信 通", "应收", "结果未知", "不要再次收款", "已收款", "等待付款", "请确认", "已离开"},
		{[]string{"TERM=xterm", "LANG=C"}, []string{"--plain"},
			"READY", "WeChat up", "TO PAY", "UNKNOWN", "do not charge again", "PAID", "WAITING", "QUESTION", "LEFT"},
	} {
		t.Run(strings.Join(tc.env, " "), func(t *testing.T) {
			t.Parallel()
			d := startDumb(t, t.TempDir(), tc.env, tc.args...)
			d.hears(tc.ready)
			d.hears("", tc.online)
			secret := code("wechat", 0)
			d.types("12.5")
			d.hears(tc.pay, "12.50")
			d.types(secret)
			d.hears(tc.paid, "12.50")

			d.types("3.76") // the answer is lost on the way
			d.hears(tc.pay, "3.76")
			d.types("t 0")
			d.hears(tc.unknown, "3.76", tc.again)
			d.hears(tc.paid, "3.76")

			d.types("2")
			d.hears(tc.pay, "2.00")
			d.types("a")
			d.hears(tc.qr, "2.00")
			d.types("t 0")
			d.hears(tc.paid, "2.00")

			d.types("quit")
			d.hears(tc.question)
			d.types("quit")
			d.hears(tc.left)
			d.endsWith(0)
			d.wants(secret)
		})
	}
}

// TestPlainSurvivesItsTerminal: a line mode that loses its terminal or is told to end closes in order, and the next start
// goes on with the same sale.
func TestPlainSurvivesItsTerminal(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(*dumb)
	}{
		{"SIGTERM", func(d *dumb) { d.cmd.Process.Signal(syscall.SIGTERM) }},
		{"hangup", func(d *dumb) { d.tty.Close() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			home, env := t.TempDir(), []string{"TERM=dumb", "LANG=en_US.UTF-8"}
			d := startDumb(t, home, env)
			d.hears("TILL", "WeChat up")
			d.types("5.74") // the customer never keys the password
			d.hears("TO PAY")
			d.types("t 0 w")
			d.hears("WAITING", "5.74")
			tc.end(d)
			d.endsWith(0)
			again := startDumb(t, home, env)
			line := again.hears("", "5.74")
			if strings.HasPrefix(line, "READY") || strings.HasPrefix(line, "TO PAY") || strings.HasPrefix(line, "PAID") {
				t.Fatalf("the next start says %q", line)
			}
		})
	}
}

// TestPlainDayOnADumbTerminal is a whole day as somebody works it who hears lines and sees nothing: a float, cash with change, a code,
// money back, a held sale, a blind count, the close, and the Z report with a second person, on the real program.
func TestPlainDayOnADumbTerminal(t *testing.T) {
	t.Parallel()
	d := startDumb(t, t.TempDir(), []string{"TERM=dumb", "LANG=en_US.UTF-8"})
	d.hears("TILL", "WeChat up")
	d.types("k 1 200")
	d.hears("DRAWER", "The shift is open.", "¥200.00")
	d.types("12.5")
	d.hears("TO PAY", "12.50")
	d.types("m 20")
	d.hears("PAID", "Change ¥7.50")
	secret := code("wechat", 0)
	d.types("2")
	d.hears("TO PAY", "2.00")
	d.types(secret)
	d.hears("PAID", "2.00")

	d.types("r 12.5")
	d.hears("REFUND", "Cash, at most ¥12.50")
	d.types("4")
	d.hears("REFUND", "Why?")
	d.types("1")
	d.hears("QUESTION", "Give back Cash ¥4.00")
	d.agrees()
	d.hears("REFUND", "Now give back ¥4.00: Cash.")

	d.types("6")
	d.hears("TO PAY", "6.00")
	d.types("g")
	d.hears("READY")
	d.types("v")
	d.hears("TO PAY", "6.00")
	d.types("m")
	d.hears("QUESTION", "Take just ¥6.00 in cash?")
	d.agrees()
	d.hears("PAID", "6.00")

	d.types("k 2") // 200 + 12.50 - 4 + 6
	d.hears("COUNT", "How many of ¥100.00?")
	d.types("2 0 0 1 0 4 1 0 0 0 0")
	d.hears("QUESTION", "Counted ¥214.50.")
	d.agrees()
	d.hears("DRAWER", "Expected: 214.50. Difference: 0.00.")
	d.types("k 5")
	d.hears("QUESTION", "Close this shift?")
	d.agrees()
	d.hears("DRAWER", "The shift is closed.")
	d.types("k 8")
	d.hears("QUESTION", "Make a Z report?")
	d.agrees()
	d.hears("CONSENT", "Z report", "trainer: the next line is the PIN")
	d.pin("2580", "This Z report is written down.")
	d.hears("DRAWER", "This Z report is written down.")
	d.hears("Z report 1.")
	d.hears("All sales: 3, 20.50.")
	d.types("d")
	d.hears("TODAY", "Cash 2 for ¥18.50, back 1 for ¥4.00")
	d.types("quit")
	d.hears("QUESTION")
	d.types("quit")
	d.hears("LEFT")
	d.endsWith(0)
	d.wants(secret)
	for _, row := range strings.Split(d.all(), "\r\n") {
		if utf8.RuneCountInString(row) > 80 {
			t.Errorf("a row of more than 80 cells: %q", row)
		}
	}
}

// TestPlainTakesAPipe: a bridge may write the lines; without --plain a pipe is refused, so that a script without a
// terminal opens no till by accident.
func TestPlainTakesAPipe(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(binary, "--plain", "--training", "--data-dir", t.TempDir())
	cmd.Env = []string{"LANG=en_US.UTF-8", "HOME=" + t.TempDir()}
	cmd.Stdin = strings.NewReader("7.5\r\n")
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), "\nTO PAY ¥7.50") || !strings.HasSuffix(string(out), "\nLEFT\n") {
		t.Fatalf("%v:\n%s", err, out)
	}
	if _, stderr, code := program(t); code != 2 || !strings.Contains(stderr, "--plain") {
		t.Fatalf("without a terminal: %d, %s", code, stderr)
	}
}

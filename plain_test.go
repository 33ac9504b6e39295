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
		for _, line := range strings.SplitAfter(text, "\n") {
			at += len(line)
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

// types presses keys at the pace of a hand.
func (d *dumb) types(line string) {
	for _, c := range line + "\r" {
		io.WriteString(d.tty, string(c))
		time.Sleep(40 * time.Millisecond)
	}
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

// TestPlainTakesAPipe: a bridge may write the lines; without --plain a pipe is refused, so that a script without a
// terminal opens no till by accident.
func TestPlainTakesAPipe(t *testing.T) {
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

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"guitai/assets"
	"guitai/ledger"
)

// attachable is an open training till with a door at its socket.
type attachable struct {
	*robot
	config, data string
	words        *assets.Phrases
}

func newAttachable(t *testing.T, more string) *attachable {
	t.Helper()
	dir := t.TempDir()
	a := &attachable{config: filepath.Join(dir, "guitai.toml"), data: filepath.Join(dir, "till"), words: assets.For(assets.En)}
	if err := os.WriteFile(a.config, []byte("mode = \"training\"\n[remote]\nsocket = true\n"+more), 0o600); err != nil {
		t.Fatal(err)
	}
	a.robot = newRobot(t, 100, 30, append(a.where(), "--lang", "en")...)
	a.start()
	a.sees(a.words.NoSale.Says)
	a.door()
	return a
}

func (a *attachable) where() []string { return []string{"--config", a.config, "--data-dir", a.data} }

// door waits until somebody can come in.
func (a *attachable) door() {
	a.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		out, errs, exit := a.attach("version")
		if exit == 0 && strings.HasPrefix(out, "guitai ") {
			return
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("version: exit %d: %s%s", exit, out, errs)
		}
	}
}

// attach runs one command through the door.
func (a *attachable) attach(words ...string) (out, errs string, exit int) {
	a.t.Helper()
	return program(a.t, append(append([]string{"attach"}, a.where()...), words...)...)
}

// onlooker is guitai attach on a terminal of its own.
type onlooker struct {
	*dumb
	before term.State
}

func (a *attachable) looksOn(cols, rows uint16) *onlooker {
	a.t.Helper()
	o := &onlooker{dumb: &dumb{t: a.t.(*testing.T), cmd: exec.Command(binary, append([]string{"attach"}, a.where()...)...)}}
	keys, line, err := pty.Open()
	if err != nil {
		a.t.Fatal(err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Cols: cols, Rows: rows}); err != nil {
		a.t.Fatal(err)
	}
	o.tty, o.before = keys, lineOf(a.t, keys)
	o.cmd.Env = []string{"HOME=" + a.home, "TERM=xterm-256color", "PATH=" + os.Getenv("PATH")}
	o.cmd.Stdin, o.cmd.Stdout, o.cmd.Stderr = line, line, line
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := o.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { o.cmd.Process.Kill(); o.cmd.Wait(); line.Close(); keys.Close() })
	go io.Copy(o.dumb, keys)
	return o
}

// lineOf gives the settings of a terminal's line.
func lineOf(t testing.TB, line *os.File) term.State {
	t.Helper()
	now, err := term.GetState(line.Fd())
	if err != nil {
		t.Fatal(err)
	}
	return *now
}

// shows waits until a text stands in what came after the first bytes.
func (o *onlooker) shows(after int, text string) {
	o.t.Helper()
	for deadline := time.Now().Add(patience); !strings.Contains(o.all()[after:], text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			o.t.Fatalf("no %q in %q", text, o.all()[after:])
		}
	}
}

// watches picks the cashier's screen.
func (o *onlooker) watches(words *assets.Phrases) {
	o.t.Helper()
	o.shows(0, words.Guest.MenuNext)
	o.tty.WriteString("1")
	o.shows(0, words.Watch.Short.Back)
}

// back leaves the cashier's screen for the menu.
func (o *onlooker) back(words *assets.Phrases, key string) {
	o.t.Helper()
	mark := len(o.all())
	o.tty.WriteString(key)
	o.shows(mark, words.Guest.MenuNext)
}

// ends waits for the end and holds the terminal against what it was.
func (o *onlooker) ends(exit int, says string) {
	o.t.Helper()
	late := time.AfterFunc(patience, func() { o.cmd.Process.Kill() })
	defer late.Stop()
	_ = o.cmd.Wait()
	if code := o.cmd.ProcessState.ExitCode(); code != exit {
		o.t.Errorf("exit code %d, not %d", code, exit)
	}
	if now := lineOf(o.t, o.tty); now != o.before {
		o.t.Errorf("the terminal's line was %+v and is %+v", o.before, now)
	}
	o.shows(0, "\x1b[?1049l")
	o.shows(0, says)
}

// TestAttach: the open till's screen in a second terminal. Keys mean nothing to the till; the window may change; the terminal is given back
// as it was, whoever ends the visit and however.
func TestAttach(t *testing.T) {
	t.Parallel()
	a := newAttachable(t, "")
	var leaves, resized, killed, stopped, hung, cut *onlooker
	for _, to := range []**onlooker{&leaves, &resized, &killed, &stopped, &hung, &cut} {
		o := a.looksOn(110, 40)
		*to = o
		o.watches(a.words)
		if now := lineOf(t, o.tty); now.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) != 0 {
			t.Errorf("the line is not raw: %+v", now)
		}
	}
	leaves.tty.WriteString("77\x1bOQ") // an amount and F2
	a.typed("12.34")
	a.keys("Enter")
	a.sees(a.words.Ready.Says)
	leaves.shows(0, a.words.Ready.Says)
	leaves.back(a.words, "q")
	leaves.tty.WriteString("q")
	leaves.ends(0, "")

	mark := len(resized.all())
	if err := pty.Setsize(resized.tty, &pty.Winsize{Cols: 60, Rows: 20}); err != nil {
		t.Fatal(err)
	}
	resized.shows(mark, assets.Fill(a.words.Watch.Short.Columns, "from", "1", "to", "60", "n", "100"))
	resized.back(a.words, "\x03")
	resized.tty.WriteString("\x03")
	resized.ends(0, "")

	shut := exec.Command("sh", append([]string{"-c", `exec "$0" attach "$@" <&-`, binary}, append(a.where(), "version")...)...)
	if out, err := shut.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "guitai ") {
		t.Errorf("without an input: %v: %s", err, out)
	}
	killed.cmd.Process.Kill()
	killed.cmd.Wait()
	stopped.cmd.Process.Signal(syscall.SIGQUIT)
	stopped.ends(attachCannot, "ended by a signal")
	hung.tty.Close() // the window is closed
	hung.cmd.Wait()
	if code := hung.cmd.ProcessState.ExitCode(); code != attachCannot {
		t.Errorf("a window that is closed: exit code %d", code)
	}
	a.sees(a.words.Ready.Says) // the till sells on
	if out, errs, exit := a.attach("version"); exit != 0 {
		t.Errorf("version: exit %d: %s%s", exit, out, errs)
	}
	a.signal(syscall.SIGKILL)
	cut.ends(attachCannot, errLine.Error())
	if _, errs, exit := a.attach("version"); exit != attachCannot || !strings.Contains(errs, "no till is open here") {
		t.Errorf("a killed till: exit %d: %s", exit, errs)
	}
}

// TestAttachLocked: the counter has locked the door, and whoever wants in is told until when.
func TestAttachLocked(t *testing.T) {
	t.Parallel()
	a := newAttachable(t, "")
	o := a.looksOn(80, 24)
	o.watches(a.words)
	a.sees("Ctrl-X throws out") // the counter knows that somebody is here
	a.keys("C-x")
	a.sees(strings.Split(a.words.Guest.Thrown.Says, "{")[0])
	a.signal(syscall.SIGTERM)
	o.ends(1, "\x1b[?25hguitai: "+a.words.Guest.Ended[ledger.VisitThrownOut]+"\r\n")
	a.ended()
	a.again()
	a.sees(a.words.NoSale.Says)
	want := regexp.MustCompile(`^guitai attach: the door is locked until \d\d:\d\d\n$`)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, errs, exit := a.attach("version")
		if exit == attachCannot && want.MatchString(errs) {
			return
		}
		if !strings.Contains(errs, "no till is open here") && !strings.Contains(errs, "has no door") || time.Now().After(deadline) { // not yet
			t.Fatalf("a locked door: exit %d: %s", exit, errs)
		}
	}
}

// TestAttachHangs: a till that hangs takes no key that leaves; the visit ends all the same.
func TestAttachHangs(t *testing.T) {
	t.Parallel()
	a := newAttachable(t, "")
	cfg, err := configure(options{config: a.config, dataDir: a.data})
	if err != nil {
		t.Fatal(err)
	}
	here := attachment{cfg: cfg, dir: a.data, stderr: io.Discard}
	client, err := here.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, dead := context.WithCancelCause(t.Context())
	defer dead(nil)
	a.signal(syscall.SIGSTOP)
	watchLine(ctx, client, 100*time.Millisecond, func(why error) { dead(why); client.Close() })
	if context.Cause(ctx) != errLine {
		t.Error(context.Cause(ctx))
	}
	a.signal(syscall.SIGCONT)
}

// TestAttachEnds: a till that closes in order ends the visit in order.
func TestAttachEnds(t *testing.T) {
	t.Parallel()
	a := newAttachable(t, "")
	o := a.looksOn(80, 24)
	o.watches(a.words)
	a.signal(syscall.SIGTERM)
	if exit := a.ended(); exit != 0 {
		t.Errorf("the till: exit code %d", exit)
	}
	o.ends(1, "\x1b[?25hguitai: "+a.words.Guest.Ended[ledger.VisitTill]+"\r\n")
	out, errs, exit := program(t, "export", "--data-dir", a.data)
	began, ended := strings.Count(out, `"VisitBegan"`), strings.Count(out, `"VisitEnded"`)
	self := fmt.Sprintf("%q", ownName(systemUser(os.Getuid()), nil))
	if exit != 0 || began < 2 || began != ended || !strings.Contains(out, self) {
		t.Errorf("export: exit %d %s; %d visits began, %d ended, by %s", exit, errs, began, ended, self)
	}
	if _, errs, exit := a.attach("version"); exit != attachCannot || !strings.Contains(errs, "no till is open here") {
		t.Errorf("a closed till: exit %d: %s", exit, errs)
	}
}

// TestAttachCommands: what an open till answers at its socket, and to whom; what a command that cannot be run beside it offers.
func TestAttachCommands(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	a := newAttachable(t, fmt.Sprintf("[[remote.person]]\nname = \"boss\"\nrole = \"supervisor\"\nkeys = [%q]\nfrom = [\"socket\"]\n"+
		"[[remote.person]]\nname = \"far\"\nrole = \"supervisor\"\nkeys = [%q]\nfrom = [\"10.0.0.0/8\"]\n", v.key("boss"), v.key("far")))
	v.key("stranger")
	boss := []string{"--key", filepath.Join(v.dir, "boss")}
	var told struct {
		Checks []struct{ Name string }
		Day    string
	}
	if out, errs, _ := a.attach("doctor", "--json"); json.Unmarshal([]byte(out), &told) != nil || len(told.Checks) < 10 {
		t.Errorf("doctor: %s%s", out, errs)
	}
	if out, errs, exit := a.attach(append(boss, "day", "--json")...); exit != 0 || json.Unmarshal([]byte(out), &told) != nil || told.Day == "" {
		t.Errorf("day: exit %d: %s%s", exit, out, errs)
	}
	for _, c := range []struct {
		words []string
		exit  int
		says  string
	}{
		{[]string{"verify"}, 0, ""},
		{append(boss, "statement", "show"), 0, ""},
		{[]string{"doctor", "--test"}, 2, "not for visitors"},
		{[]string{"bundle"}, 2, "nobody is named who could read it"},
		{[]string{"day"}, 2, "day is a supervisor's to see"},
		{[]string{"statement", "show", "--json"}, 2, "statement show is a supervisor's to see"},
		{[]string{"export"}, 2, "does not answer export to this visitor"},
		{append(boss, "sh", "-c", "id"), 2, "does not answer sh -c to this visitor"},
		{[]string{"doctor", "a b"}, 2, "no blanks"},
		{[]string{"--key", filepath.Join(v.dir, "far"), "day"}, 2, "knows nobody with the key"},
		{[]string{"--key", filepath.Join(v.dir, "stranger"), "version"}, 2, "knows nobody with the key"},
		{[]string{"--key", filepath.Join(v.dir, "none"), "version"}, 2, "the key to come in with"},
		{[]string{"--key", a.config, "version"}, 2, "cannot be read; is it a private key"},
		{nil, 2, "needs a terminal"},
	} {
		out, errs, exit := a.attach(c.words...)
		if exit != c.exit || !strings.Contains(errs, c.says) || strings.Contains(out, "uid=") {
			t.Errorf("attach %q: exit %d: %s%s", c.words, exit, out, errs)
		}
	}
	command := "guitai attach " + strings.Join(a.where(), " ")
	for _, lang := range assets.Langs {
		_, errs, exit := program(t, append(a.where(), "--plain", "--lang", string(lang))...)
		if want := assets.Fill(assets.For(lang).Attach.LooksIn, "command", command); exit != 1 || !strings.Contains(errs, want) {
			t.Errorf("a second till: exit %d: %s lacks %q", exit, errs, want)
		}
	}
	for name, offered := range map[string]string{"day": " --key FILE day", "verify": " verify", "statement show": " --key FILE statement show"} {
		_, errs, exit := program(t, append(strings.Fields(name), a.where()...)...)
		if exit != 2 || !strings.Contains(errs, command+offered) {
			t.Errorf("%s: exit %d: %s", name, exit, errs)
		}
	}
}

// TestAttachWithoutADoor: a till that was not told to have one says how to.
func TestAttachWithoutADoor(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "till")
	r := newRobot(t, 80, 24, "--data-dir", data, "--lang", "en")
	r.start()
	r.sees(assets.For(assets.En).NoSale.Says)
	for _, words := range [][]string{{"attach", "version"}, {"day"}, {"--plain", "--lang", "en"}, {"--plain", "--lang", "zh"}} {
		args := append(words, "--data-dir", data)
		if words[0] == "attach" {
			args = []string{"attach", "--data-dir", data, "version"}
		}
		if _, errs, exit := program(t, args...); exit == 0 || !strings.Contains(errs, "[remote] socket = true") || !strings.Contains(errs, fmt.Sprint("process ", r.pid())) {
			t.Errorf("%q: exit %d: %s", words, exit, errs)
		}
	}
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if _, errs, exit := program(t, "attach", "--data-dir", long, "version"); exit != attachCannot || !strings.Contains(errs, "choose a shorter data folder") {
		t.Errorf("a long path: exit %d: %s", exit, errs)
	}
}

// TestAttachAsAnotherUser: the socket is the till's own user's, and a wide mode changes nothing.
func TestAttachAsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user here")
	}
	t.Parallel()
	a := newAttachable(t, "")
	open := func(path string, mode os.FileMode) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for dir := filepath.Dir(a.data); dir != os.TempDir(); dir = filepath.Dir(dir) {
		open(dir, 0o755)
	}
	open(filepath.Dir(binary), 0o755)
	open(a.config, 0o644)
	nobody := func(args ...string) (string, int) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = "/", []string{"HOME=/nonexistent"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	attach := append(append([]string{binary, "attach"}, a.where()...), "version")
	open(a.data, 0o700)
	if out, exit := nobody(attach...); exit != attachCannot || !strings.Contains(out, "belongs to another user, and so does the till") {
		t.Errorf("a closed folder: exit %d: %s", exit, out)
	}
	open(a.data, 0o755)
	open(filepath.Join(a.data, "remote.sock"), 0o666)
	if out, exit := nobody(attach...); exit != attachCannot || !strings.Contains(out, "run this as root (sudo -u root") {
		t.Errorf("an open folder: exit %d: %s", exit, out)
	}
	if perl, err := exec.LookPath("perl"); err == nil { // past the client's own look: the till asks the kernel
		const dial = `socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, pack_sockaddr_un($ARGV[0])) or die "connect: $!"; sysread($s, my $b, 100); print "heard [$b]"`
		path := filepath.Join(a.data, "remote.sock")
		if out, exit := nobody(perl, "-MSocket", "-e", dial, path); exit != 0 || out != "heard []" {
			t.Errorf("another user at the socket: exit %d: %s", exit, out)
		}
		if out, err := exec.Command(perl, "-MSocket", "-e", dial, path).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "heard [SSH-") {
			t.Errorf("the till's user at the socket: %v: %s", err, out) // or the other one proves nothing
		}
	}
	if out, errs, exit := a.attach("version"); exit != 0 {
		t.Errorf("version: exit %d: %s%s", exit, out, errs)
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui"
	"guitai/ui/remote"
)

// visitor is somebody with OpenSSH's own client.
type visitor struct {
	t    *testing.T
	dir  string
	port string
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	for _, tool := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed here (openssh-client): %v", tool, err)
		}
	}
	_, port, _ := net.SplitHostPort(ownPlace(t))
	return &visitor{t, t.TempDir(), port}
}

// ownPlace is an address that nobody has and that the system gives to nobody who asks for any: those begin at 32768 (Linux,
// net.ipv4.ip_local_port_range), so it is still there when the till opens.
func ownPlace(t testing.TB) string {
	t.Helper()
	for range 100 {
		at := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		if free, err := net.Listen("tcp", at); err == nil {
			free.Close()
			return at
		}
	}
	t.Fatal("no port is free")
	return ""
}

// awaitDoor waits until somebody can come to the door: the screen does not wait for it.
func (v *visitor) awaitDoor() {
	v.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+v.port); err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			v.t.Fatal("the door does not open")
		}
	}
}

// key makes a key and gives its public half.
func (v *visitor) key(name string) string {
	v.t.Helper()
	path := filepath.Join(v.dir, name)
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path).CombinedOutput(); err != nil {
		v.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	public, err := os.ReadFile(path + ".pub")
	if err != nil {
		v.t.Fatal(err)
	}
	return strings.TrimSpace(string(public))
}

func (v *visitor) args(key string, words ...string) []string {
	return append([]string{"-F", "none", "-p", v.port, "-i", filepath.Join(v.dir, key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=" + filepath.Join(v.dir, "known"), "-o", "LogLevel=ERROR", "anybody@127.0.0.1"}, words...)
}

// asks runs one of the till's commands.
func (v *visitor) asks(key string, words ...string) (out string, exit int) {
	v.t.Helper()
	cmd := exec.Command("ssh", v.args(key, words...)...)
	text, _ := cmd.CombinedOutput()
	return string(text), cmd.ProcessState.ExitCode()
}

// TestTheDoor: OpenSSH's client at the real program. Support staff see the cashier's screen and run commands that read this till; the day's
// money is a supervisor's; nobody comes in without a key, and every visit is in the journal.
func TestTheDoor(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "guitai.toml")
	text := fmt.Sprintf("mode = \"training\"\n[remote]\nlisten = [\"127.0.0.1:%s\"]\n[[remote.person]]\nname = \"chen\"\nrole = \"support\"\nkeys = [%q]\n"+
		"[[remote.person]]\nname = \"boss\"\nrole = \"supervisor\"\nkeys = [%q]\n", v.port, v.key("chen"), v.key("boss"))
	v.key("stranger")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data, words := filepath.Join(dir, "till"), assets.For(assets.En)
	r := newRobot(t, 100, 30, "--config", config, "--data-dir", data, "--lang", "en")
	r.start()
	r.sees(words.NoSale.Says)
	v.awaitDoor()

	if out, exit := v.asks("chen", "version"); exit != 0 || !strings.HasPrefix(out, "guitai ") {
		t.Errorf("version: exit %d: %s", exit, out)
	}
	out, exit := v.asks("chen", "doctor", "--json")
	var told struct {
		Checks []struct{ Name, State string }
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || len(told.Checks) < 10 {
		t.Errorf("doctor: exit %d, %v: %s", exit, err, out)
	}
	for _, refused := range [][]string{{"doctor", "--config", "/etc/passwd"}, {"doctor", "-test"}, {"bundle", "--to=/tmp/x"}, {"verify", "--checkpoint", "/etc/passwd"}} {
		if out, exit := v.asks("boss", refused...); exit != 2 || !strings.Contains(out, "not for visitors") {
			t.Errorf("%q: exit %d: %s", refused, exit, out)
		}
	}
	for _, refused := range [][]string{{"day"}, {"statement", "show"}, {"export"}, {"sh", "-c", "id"}, {"statement", "import", "x"}} {
		if out, exit := v.asks("chen", refused...); exit != 255 || strings.Contains(out, "uid=") {
			t.Errorf("support asks for %q: exit %d: %s", refused, exit, out)
		}
	}
	for who, day := range map[string]bool{"chen": false, "boss": true} {
		if out, exit := v.asks(who, "help"); exit != 0 || !strings.Contains(out, "doctor [--json]") || strings.Contains(out, "day [--date") != day {
			t.Errorf("%s asks for help: exit %d: %s", who, exit, out)
		}
	}
	out, exit = v.asks("boss", "day", "--json")
	var day struct{ Day string }
	if err := json.Unmarshal([]byte(out), &day); err != nil || exit != 0 || day.Day == "" {
		t.Errorf("day: exit %d, %v: %s", exit, err, out)
	}
	if out, exit := v.asks("boss", "verify"); exit != 0 || !strings.Contains(out, "good") {
		t.Errorf("verify: exit %d: %s", exit, out)
	}
	if out, exit := v.asks("stranger", "version"); exit != 255 {
		t.Errorf("a stranger: exit %d: %s", exit, out)
	}

	known, err := exec.Command("ssh-keygen", "-l", "-f", filepath.Join(v.dir, "known")).Output()
	log, logErr := os.ReadFile(filepath.Join(data, "log", "guitai.log"))
	if fields := strings.Fields(string(known)); err != nil || logErr != nil || len(fields) < 2 || !strings.Contains(string(log), fields[1]) {
		t.Errorf("the till's key, %q, is not in its log: %v %v", known, err, logErr)
	}

	watcher := newRobot(t, 110, 40)
	ssh := append([]string{"ssh", "-tt"}, v.args("chen")...)
	if out, err := watcher.tmux(append([]string{"new-session", "-d", "-x", "110", "-y", "40", "env", "TERM=tmux-256color"}, ssh...)...); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	watcher.sees(words.Guest.MenuNext)
	watcher.typed("1")
	watcher.sees(words.Watch.Short.Back)
	r.sees("chen")
	r.typed("12.34")
	r.keys("Enter")
	r.sees(words.Ready.Says)
	watcher.sees(words.Ready.Says)
	watcher.keys("F6", "F2") // keys of the till mean nothing here
	watcher.typed("q")
	watcher.sees(words.Guest.MenuNext)
	r.sees(words.Ready.Says)
	r.keys("C-x")
	r.sees(strings.Split(words.Guest.Thrown.Says, "{")[0])
	if out, exit := v.asks("boss", "version"); exit != 255 {
		t.Errorf("the door is locked, and a supervisor comes in: exit %d: %s", exit, out)
	}
	r.signal(syscall.SIGTERM)
	if exit := r.ended(); exit != 0 {
		t.Errorf("exit code %d", exit)
	}
	out, errs, exit := program(t, "export", "--data-dir", data)
	began, ended := strings.Count(out, `"VisitBegan"`), strings.Count(out, `"VisitEnded"`)
	if exit != 0 || began == 0 || began != ended || strings.Contains(out, "stranger") {
		t.Errorf("export: exit %d %s; %d visits began, %d ended", exit, errs, began, ended)
	}
}

// newDoorman keeps the door of a training till that is open in this process.
func newDoorman(t *testing.T, config string) *doorman {
	t.Helper()
	s := newSurgery(t, config)
	store, err := disk.Open(s.dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	book, err := ledger.OpenBook(t.Context(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T9", Mode: modeTraining, Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("test") })
	cfg, err := configure(options{config: s.config, dataDir: s.dir})
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDoor(cfg, options{config: s.config}, &opened{Store: store, disk: store}, book, s.dir, &ui.Hub{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestCommandsOfVisitors: nothing that a visitor adds takes the till's own flags away; a terminal gets its carriage returns; one command
// waits for another, and no longer than its visitor is there.
func TestCommandsOfVisitors(t *testing.T) {
	t.Parallel()
	d := newDoorman(t, "")
	asks := func(ctx context.Context, term string, words ...string) (out, errs string, exit int) {
		var o, e strings.Builder
		exit = d.command(ctx, &remote.Session{Command: words, Term: term, Out: &o, Err: &e})
		return o.String(), e.String(), exit
	}
	for _, c := range []struct {
		words []string
		exit  int
		says  string
	}{
		{[]string{"day", "--json"}, 0, ""},
		{[]string{"statement", "show", "--csv"}, 0, ""},
		{[]string{"verify"}, 0, ""},
		{[]string{"day", "--date"}, 2, "--date needs a value"},
		{[]string{"statement", "show", "--channel"}, 2, "--channel needs a value"},
		{[]string{"day", "x"}, 2, `unexpected argument "x"`},
		{[]string{"verify", "--"}, 2, "not for visitors"},
		{[]string{"bundle", "--plain"}, 2, "not for visitors"},
	} {
		out, errs, exit := asks(t.Context(), "", c.words...)
		if exit != c.exit || !strings.Contains(errs, c.says) || c.says == "" && errs != "" {
			t.Errorf("%q: exit %d: %s%s", c.words, exit, out, errs)
		}
	}
	for _, words := range [][]string{{"day"}, {"day", "x"}} {
		out, errs, _ := asks(t.Context(), "xterm", words...)
		if all := out + errs; !strings.Contains(all, "\r\n") || strings.Count(all, "\n") != strings.Count(all, "\r\n") {
			t.Errorf("on a terminal, %q: %q", words, all)
		}
	}
	d.busy <- struct{}{} // another command
	gone, leave := context.WithCancel(t.Context())
	leave()
	if out, errs, exit := asks(gone, "", "version"); exit == 0 || out+errs != "" {
		t.Errorf("beside another: exit %d: %s%s", exit, out, errs)
	}
	<-d.busy
	taken, stalled := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- d.command(t.Context(), &remote.Session{Command: []string{"version"}, Out: stalled, Err: stalled})
	}()
	_, _ = taken.Read(make([]byte, 1)) // and no more of it
	late, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if out, _, exit := asks(late, "", "version"); exit != 0 || out == "" {
		t.Errorf("behind one who takes nothing: exit %d: %s", exit, out)
	}
	taken.Close()
	<-ended
}

// TestHelpOfVisitors: each role is told its own commands, and nothing that a command says of its use names what visitors may not add.
func TestHelpOfVisitors(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	reads := newDoorman(t, "[support]\nrecipient = \""+identity.Recipient().String()+"\"\n")
	for _, d := range []*doorman{newDoorman(t, ""), reads} {
		asks := func(role ledger.Role, term, line string) (out, errs string, exit int) {
			var o, e strings.Builder
			v := remote.Visitor{Role: role}
			exit = d.command(t.Context(), &remote.Session{Visitor: v, Command: strings.Fields(line), Term: term, Out: &o, Err: &e})
			if strings.ContainsRune(o.String(), 0) {
				return "binary", e.String(), exit
			}
			return o.String(), e.String(), exit
		}
		for _, role := range []ledger.Role{ledger.RoleSupport, ledger.RoleSupervisor} {
			list, errs, exit := asks(role, "", "help")
			if exit != 0 || errs != "" {
				t.Errorf("help: exit %d: %s", exit, errs)
			}
			for _, command := range slices.Concat(guestCommands, supervisorCommands) {
				mine := slices.Contains(d.Commands(role), command)
				if strings.Contains(list, "\n  "+guestUse[command]+"\n") != mine || guestUse[command] == "" {
					t.Errorf("%s for %s (%v):\n%s", command, role, mine, list)
				}
				for _, tail := range []string{" --help", " -h", " stray", " --test", " --config x", " --json --help"} {
					out, errs, exit := asks(role, "xterm", command+tail)
					said := out + errs
					if help := strings.HasSuffix(tail, "h") || strings.HasSuffix(tail, "help"); help && (exit != 0 || command != "help" && !strings.HasPrefix(out, command)) ||
						!help && exit == 0 && command != "version" && command != "help" {
						t.Errorf("%s%s: exit %d: %s", command, tail, exit, said)
					}
					for _, theirs := range []string{"--config FILE", "--data-dir", "[--test]", "--test prints", "--plain", "--to", "--checkpoint"} {
						if strings.Contains(said, theirs) {
							t.Errorf("%s%s recommends %s: %s", command, tail, theirs, said)
						}
					}
				}
			}
		}
		if out, errs, exit := asks(ledger.RoleSupport, "xterm", "bundle"); exit != 2 || out != "" || !strings.HasPrefix(errs, "guitai bundle: ") || strings.Contains(errs, "--plain") {
			t.Errorf("a bundle on a terminal: exit %d: %s%s", exit, out, errs)
		}
		if out, errs, exit := asks(ledger.RoleSupport, "", "bundle"); (exit == 0 && out == "binary") != (d == reads) || strings.Contains(errs, "--plain") {
			t.Errorf("a bundle: exit %d: %s%s", exit, out, errs)
		}
		if out, errs, exit := asks(ledger.RoleSupport, "xterm", "bundle --fields"); exit != 0 || !strings.Contains(out, "doctor.good") {
			t.Errorf("a bundle's fields: exit %d: %s%s", exit, out, errs)
		}
	}
}

// TestGoodbye: whoever is sent out is told why, in the till's language; whoever leaves is told nothing.
func TestGoodbye(t *testing.T) {
	t.Parallel()
	for _, lang := range assets.Langs {
		d := newDoorman(t, fmt.Sprintf("[screen]\nlang = %q\n", lang))
		words := assets.For(lang).Guest.Ended
		for why, end := range doorWhys {
			said, want := d.goodbye(&remote.Session{Term: "xterm"}, why), "guitai: "+words[end]
			if end == ledger.VisitLeft {
				want = ""
			}
			if said != want || want == "guitai: " {
				t.Errorf("%s: %q, want %q", why, said, want)
			}
		}
		for _, fault := range []error{remote.ErrFault, remote.ErrMisuse} {
			if said := d.goodbye(&remote.Session{}, fault.Error()); said != "guitai: "+words[ledger.VisitCut] {
				t.Errorf("%v: %q", fault, said)
			}
		}
	}
}

// TestClockOfTheDoor: a clock that the channels contradict lets no certificate in.
func TestClockOfTheDoor(t *testing.T) {
	t.Parallel()
	d := newDoorman(t, "")
	for skew, trusted := range map[time.Duration]bool{0: true, 90 * time.Second: true, 3 * time.Minute: false, -3 * time.Minute: false} {
		d.book.Board().Post(func(v *ledger.BoardView) { v.ClockSkew = skew })
		if _, err := d.clock(); (err == nil) != trusted {
			t.Errorf("%v ahead: %v", skew, err)
		}
	}
}

// TestTheDoorOpensAgain once that is written down, and only the lock that was there before; a locked door is locked after a start, too.
func TestTheDoorOpensAgain(t *testing.T) {
	t.Parallel()
	d := newDoorman(t, "")
	d.ThrowOut()
	if err := d.Open(func() error { return io.ErrUnexpectedEOF }); err == nil || d.door.Locked().IsZero() {
		t.Errorf("opened, and nobody has written it down: %v", err)
	}
	if err := d.Open(func() error { d.ThrowOut(); return nil }); err != nil || d.door.Locked().IsZero() {
		t.Errorf("the lock that came meanwhile is open: %v", err)
	}
	if err := d.Open(func() error { return nil }); err != nil || !d.door.Locked().IsZero() {
		t.Errorf("%v, locked until %v", err, d.door.Locked())
	}
	for _, locked := range []bool{true, false} {
		if err := d.book.LockDoor(t.Context(), consolePlace, time.Hour); err != nil {
			t.Fatal(err)
		}
		if !locked {
			open := ledger.DoorWish{Second: &ledger.Consent{Person: ledger.Trainer.Person, PIN: ledger.NewPIN([]byte(ledger.TrainerPIN))}}
			d.book.Read(func(s *ledger.State) { open.Until = s.DoorLockedUntil() })
			if err := d.book.UnlockDoor(t.Context(), ledger.Trainee, open); err != nil {
				t.Fatal(err)
			}
		}
		again, err := newDoor(d.cfg, d.o, &opened{disk: d.live}, d.book, d.o.dataDir, d.hub, d.log)
		if err != nil || again.door.Locked().IsZero() == locked {
			t.Errorf("%v, locked until %v after a start, and should be: %v", err, again.door.Locked(), locked)
		}
	}
}

// TestAgreed: what the counter has agreed to is carried out, and nothing else can be.
func TestAgreed(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	d := newDoorman(t, "[support]\nrecipient = \""+identity.Recipient().String()+"\"\n")
	devices := &counterTop{stops: map[ledger.DeviceKind]func(){}}
	do := d.carryOut(devices)
	name, err := do(t.Context(), ledger.Trainee, ledger.Hand{HandWish: ledger.HandWish{What: ledger.HandBundle}})
	if err != nil {
		t.Error(err)
	}
	bundles := filepath.Join(d.o.dataDir, "bundles")
	made, _ := filepath.Glob(filepath.Join(bundles, "*.age"))
	if len(made) == 1 && made[0] != filepath.Join(d.o.dataDir, name) {
		t.Errorf("%s is said to be %s", made[0], name)
	}
	if len(made) != 1 || unsealed(t, made[0], identity)["board.json"] == "" {
		t.Errorf("bundles: %q", made)
	} else if info, err := os.Stat(made[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}

	for n := range 15 {
		if err := os.WriteFile(filepath.Join(bundles, fmt.Sprintf("20260101-0000%02d.age", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := do(t.Context(), ledger.Trainee, ledger.Hand{HandWish: ledger.HandWish{What: ledger.HandBundle}}); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(bundles, "*.age")); len(left) != bundlesKept || !strings.HasPrefix(filepath.Base(left[len(left)-1]), "2026") || slices.Contains(left, filepath.Join(bundles, "20260101-000000.age")) {
		t.Errorf("left: %q", left)
	}

	runs, closes := make(chan struct{}), make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- devices.keep(ctx, ledger.DevicePrinter, func(ctx context.Context) error {
			runs <- struct{}{}
			<-ctx.Done()
			closes <- struct{}{}
			return nil
		})
	}()
	restart := func(kind ledger.DeviceKind) error {
		_, err := do(t.Context(), ledger.Trainee, ledger.Hand{HandWish: ledger.HandWish{What: ledger.HandRestart, Device: kind}})
		return err
	}
	<-runs
	if err := restart(ledger.DevicePrinter); err != nil {
		t.Error(err)
	}
	<-closes
	<-runs // it is open again
	_, query := do(t.Context(), ledger.Trainee, ledger.Hand{HandWish: ledger.HandWish{What: ledger.HandQuery}})
	for what, err := range map[string]error{"a device that is not there": restart(ledger.DevicePole), "a query": query} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
	leave()
	<-closes
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

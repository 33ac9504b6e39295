package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"guitai/hardware"
	"guitai/hardware/hwtest"
	"guitai/ledger"
	"guitai/ui"
)

// surgery is a till's folder and configuration for the doctor.
type surgery struct {
	t            *testing.T
	config, dir  string
	program      string
	unprivileged bool
}

// diagnosis is one line of `guitai doctor --json`, by its documented names.
type diagnosis struct {
	Name, State, Says, Next string
	Look                    bool
}

func newSurgery(t *testing.T, config string) *surgery {
	t.Helper()
	home := t.TempDir()
	s := &surgery{t: t, config: filepath.Join(home, "guitai.toml"), dir: filepath.Join(home, "till"), program: binary}
	if err := os.WriteFile(s.config, []byte("[till]\nname = \"T9\"\n"+config), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// asNobody makes the doctor a user without rights, where the test's own has them: root is exempt from modes and from exclusive lines.
func (s *surgery) asNobody() *surgery {
	s.t.Helper()
	if os.Geteuid() != 0 {
		return s
	}
	s.unprivileged = true
	s.program = filepath.Join(filepath.Dir(s.config), "guitai")
	text, err := os.ReadFile(binary)
	if err == nil {
		err = os.WriteFile(s.program, text, 0o755)
	}
	for dir := filepath.Dir(s.config); err == nil && strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		err = os.Chmod(dir, 0o777)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (s *surgery) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.program, append(args, "--config", s.config, "--data-dir", s.dir)...)
	if s.unprivileged {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return cmd
}

// run has the doctor look, and wants an exit code and nothing on stderr.
func (s *surgery) run(code int, args ...string) (stdout string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	cmd := s.command(append([]string{"doctor"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || errs.Len() > 0 {
		s.t.Fatalf("exit %d, want %d:\n%s%s", got, code, out.String(), errs.String())
	}
	return out.String()
}

// finds has the doctor look, and gives what it found by name. What it says is JSON of the documented shape and nothing else.
func (s *surgery) finds(code int, args ...string) map[string]diagnosis {
	s.t.Helper()
	out := s.run(code, append(args, "--json")...)
	var report struct {
		Good   bool
		Checks []diagnosis
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil || decoder.More() {
		s.t.Fatalf("%v:\n%s", err, out)
	}
	if report.Good != (code == 0) {
		s.t.Errorf("good is %v with exit code %d", report.Good, code)
	}
	found, names := map[string]diagnosis{}, []string{}
	for _, d := range report.Checks {
		found[d.Name], names = d, append(names, d.Name)
		if d.Look && d.Next == "" {
			s.t.Errorf("%s is %s, and no next step is named: %s", d.Name, d.State, d.Says)
		}
		if d.State == "" || d.Says == "" {
			s.t.Errorf("a line says nothing: %+v", d)
		}
	}
	if got := strings.Join(names, ", "); got != "data folder, disk, scanner, printer, voice, pole, page, door, "+
		"ledger, clock, inodes, backup, statements, staff, keys, terminal, time zone, core, files" {
		s.t.Errorf("looked at %s", got)
	}
	return found
}

// wantsFound compares what was found with rows of name, state (empty: any) and a text that says or next must have.
func wantsFound(t *testing.T, found map[string]diagnosis, rows ...[3]string) {
	t.Helper()
	for _, row := range rows {
		d := found[row[0]]
		if row[1] != "" && d.State != row[1] || !strings.Contains(d.Says+" -> "+d.Next, row[2]) {
			t.Errorf("%s is %s (%s -> %s), want %s (%s)", row[0], d.State, d.Says, d.Next, row[1], row[2])
		}
	}
}

// tables configures every device.
func tables(scanner, printer, player, pole, page string) string {
	values := []any{scanner, printer, player, pole, page}
	for i := range values {
		values[i], _ = json.Marshal(values[i]) // its strings are TOML's, also of what %q would write as \x1b
	}
	return fmt.Sprintf("[scanner]\nserial = %s\n[printer]\nto = %s\ncharset = \"ascii\"\n[voice]\non = true\nplayer = %s\n"+
		"[pole]\nserial = %s\nkind = \"epson\"\n[page]\nlisten = %s\n", values...)
}

// freePort is an address that nobody listened at a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestDoctorFindsAllWell: every device is really tried, nothing is printed, played or kept; with --test each does its thing once.
func TestDoctorFindsAllWell(t *testing.T) {
	t.Parallel()
	gun, printer, player, pole := hwtest.NewGun(t), hwtest.NewPrinter(t), hwtest.NewPlayer(t), hwtest.NewPole(t)
	s := newSurgery(t, tables(gun.Path(), printer.To(), player.Path(), pole.Path(), freePort(t)))
	found := s.finds(0)
	for end := time.Now().Add(patience); found["printer"].State == "mute" && time.Now().Before(end); found = s.finds(0) {
		t.Log("the machine is too busy for the printer's answer to be in time: once more")
	}
	wantsFound(t, found, [3]string{"data folder", "ready", "not there yet"}, [3]string{"disk", "ready", "MB free"}, [3]string{"scanner", "ready", "9600 baud"}, [3]string{"printer", "ready", printer.To()}, [3]string{"voice", "ready", "tones alone"},
		[3]string{"pole", "ready", "epson"}, [3]string{"page", "ready", "is free"})
	if n := len(printer.Paper().Slips()); n > 0 || player.Runs() > 0 {
		t.Errorf("%d slips and %d sounds that nobody asked for", n, player.Runs())
	}
	if _, err := os.Stat(s.dir); err == nil {
		t.Error("the data folder was made")
	}
	wantsFound(t, s.finds(0, "--test"), [3]string{"printer", "", "look at the paper"}, [3]string{"voice", "ready", "did you hear it"},
		[3]string{"pole", "ready", "look at the display"})
	if n := len(printer.WaitCuts(1).Slips()); n != 1 || player.Runs() != 1 || len(player.Run(1, "wav")) == 0 {
		t.Errorf("the tests gave %d slips and %d sounds", n, player.Runs())
	}
	if !strings.Contains(strings.ToUpper(pole.Glass().Before), "TEST") {
		t.Errorf("the display showed\n%s", pole.Glass().Before)
	}
}

func TestDoctorFindsNothing(t *testing.T) {
	t.Parallel()
	gone := filepath.Join(t.TempDir(), "gone")
	s := newSurgery(t, tables(gone, "tcp:"+freePort(t), gone, gone, freePort(t)))
	wantsFound(t, s.finds(1), [3]string{"scanner", "absent", "/dev/serial/by-id"}, [3]string{"printer", "absent", "power"},
		[3]string{"voice", "absent", "alsa-utils"}, [3]string{"pole", "absent", "cable"})
	lines := strings.Split(strings.TrimSuffix(s.run(1), "\n"), "\n")
	if len(lines) != 19 || !strings.HasPrefix(lines[2], "scanner      absent      open "+gone) || !strings.Contains(lines[2], " -> check its cable") {
		t.Errorf("as text:\n%s", strings.Join(lines, "\n"))
	}
	s = newSurgery(t, "")
	wantsFound(t, s.finds(0), [3]string{"scanner", "off", ""}, [3]string{"printer", "off", ""}, [3]string{"voice", "off", ""},
		[3]string{"pole", "off", ""}, [3]string{"page", "off", ""}, [3]string{"door", "off", ""})
}

// TestDoctorFindsWhatIsWrong: files that are no devices, lines that speak something else, a printer in trouble, clips that are none, a page's
// port that is somebody's, and a data folder that is none.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file\x1b]0;evil\x07")
	if err := os.WriteFile(file, []byte("what stands here stays\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	somebody, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer somebody.Close()
	player, printer := hwtest.NewPlayer(t), hwtest.NewPrinter(t)

	s := newSurgery(t, tables(file, "usb:"+file, player.Path(), file, somebody.Addr().String()))
	found := s.finds(1)
	wantsFound(t, found, [3]string{"scanner", "absent", "name the device's own file"}, [3]string{"printer", "absent", "name the device's own file"},
		[3]string{"pole", "absent", "name the device's own file"}, [3]string{"page", "busy", "another program"})
	if out := s.run(1); strings.ContainsAny(out, "\x1b\x07") || !strings.Contains(out, "file?]0;evil?") {
		t.Errorf("a path's control bytes: %q", out)
	}
	if text, err := os.ReadFile(file); string(text) != "what stands here stays\n" {
		t.Errorf("the file now has %q, %v", text, err)
	}

	printer.Cover(true)
	gps := hwtest.NewGun(t)
	defer talks(gps, "$GPGGA,{n}.00,3113.0,N,12128.0,E,1,08,1.0,9.0,M,,M,,*47\r\n")()
	s = newSurgery(t, strings.Replace(tables(gps.Path(), printer.To(), player.Path(), "", ""), "on = true\n", "on = true\nclips = \""+t.TempDir()+"\"\n", 1))
	if err := os.WriteFile(s.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantsFound(t, s.finds(1), [3]string{"data folder", "failed", "is no folder"}) // and then nobody can tell who has the devices
	if err := os.Remove(s.dir); err != nil {
		t.Fatal(err)
	}
	wantsFound(t, s.finds(1), [3]string{"scanner", "noise", "by itself"}, [3]string{"printer", "cover-open", "close its cover"},
		[3]string{"voice", "no-clips", "guitai voice make --dir"})

	scale := hwtest.NewGun(t)
	defer talks(scale, "ST,GS,+  0.000kg\r\n")()
	wantsFound(t, newSurgery(t, "[scanner]\nserial = \""+scale.Path()+"\"\n").finds(1), [3]string{"scanner", "noise", "by itself"})

	printer.Cover(false)
	printer.Mute(true)
	player.Ends(1, "no such card")
	garbled := hwtest.NewGun(t)
	defer talks(garbled, "\x0e\x93\xa1\x11{n}\x1b\xff\r")()
	s = newSurgery(t, tables(garbled.Path(), printer.To(), player.Path(), "", ""))
	wantsFound(t, s.finds(1, "--test"), [3]string{"scanner", "noise", "same speed"}, [3]string{"printer", "mute", "test slip was sent"},
		[3]string{"voice", "failed", "no such card"})
}

// talks lets a line say something again and again until the function that it gives is called.
func talks(gun *hwtest.Gun, line string) (stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-over:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if gun.Queued() < 1000 { // nobody reads it between two examinations
				gun.Type(strings.Replace(line, "{n}", fmt.Sprintf("%06d", n), 1))
			}
		}
	}()
	return func() { close(over); <-ended }
}

// TestDoctorWithoutRights: what is forbidden is called so, and what another process holds, with that process's name where it may be known.
func TestDoctorWithoutRights(t *testing.T) {
	t.Parallel()
	forbidden, taken := hwtest.NewGun(t), hwtest.NewGun(t)
	forbidden.Chmod(0o600)
	if os.Geteuid() != 0 {
		forbidden.Chmod(0)
	}
	taken.Chmod(0o666)
	s := newSurgery(t, tables(realPath(t, forbidden.Path()), "serial:"+realPath(t, forbidden.Path()), notExecutable(t), realPath(t, taken.Path()), "")).asNobody()
	line, err := os.OpenFile(taken.Path(), os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if err := unix.IoctlSetInt(int(line.Fd()), unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	wantsFound(t, s.finds(1), [3]string{"data folder", "ready", "not there yet"}, [3]string{"scanner", "no-access", "dialout"},
		[3]string{"printer", "no-access", "group lp"}, [3]string{"voice", "no-access", "run the player"}, [3]string{"pole", "busy", "close the program"})

	// A data folder that only another user may look into: nobody can tell whether the till is open.
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(s.dir, 0); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(s.dir, 0o700)
	}
	taken.Release()
	wantsFound(t, s.finds(1), [3]string{"data folder", "no-access", "the till's user"}, [3]string{"pole", "held", "not known whether a till is open"},
		[3]string{"scanner", "no-access", "dialout"})
}

func realPath(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func notExecutable(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "player")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDoctorOpensNothingOfATill: while somebody has the data folder no device is opened, also for its test: what the scanner has sent still
// waits to be read, the display was sent nothing, and the printer was not called.
func TestDoctorOpensNothingOfATill(t *testing.T) {
	t.Parallel()
	gun, pole, player := hwtest.NewGun(t), hwtest.NewGun(t), hwtest.NewPlayer(t)
	var calls atomic.Int32
	printer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer printer.Close()
	go func() {
		for {
			conn, err := printer.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			conn.Close()
		}
	}()
	s := newSurgery(t, tables(gun.Path(), "tcp:"+printer.Addr().String(), player.Path(), pole.Path(), freePort(t)))
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(s.dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	fmt.Fprintln(lock, os.Getpid())
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	gun.Type("a code\r")
	pole.Type("an echo")
	for _, args := range [][]string{nil, {"--test"}} {
		wantsFound(t, s.finds(1, args...), [3]string{"data folder", "ready", fmt.Sprint("process ", os.Getpid())},
			[3]string{"scanner", "held", "look at its device page with /"}, [3]string{"printer", "held", "the open till has it"},
			[3]string{"pole", "held", "is there; the open till has it"}, [3]string{"page", "failed", "does not answer"})
	}
	if gun.Queued() != len("a code\r") || pole.Queued() != len("an echo") || calls.Load() > 0 || player.Runs() > 0 {
		t.Errorf("the scanner holds %d bytes, the display %d, the printer was called %d times, %d sounds were made", gun.Queued(), pole.Queued(), calls.Load(), player.Runs())
	}
	gun.Unplug()
	wantsFound(t, s.finds(1), [3]string{"scanner", "absent", "cable"})
}

// TestDoctorBesideATill: the real till is open and has everything; whoever calls the doctor then is told so, and a till of another folder with
// the same scanner does not get it.
func TestDoctorBesideATill(t *testing.T) {
	t.Parallel()
	gun, printer, player, pole := hwtest.NewGun(t), hwtest.NewPrinter(t), hwtest.NewPlayer(t), hwtest.NewPole(t)
	at := freePort(t)
	s := newSurgery(t, tables(gun.Path(), printer.To(), player.Path(), pole.Path(), at))
	till := s.command("--plain")
	in, err := till.StdinPipe()
	if err == nil {
		till.Stdout = io.Discard
		err = till.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close() // it leaves with its input
		till.Wait()
	}()
	for end := time.Now().Add(patience); (ui.PageConfig{Listen: at}).Test(t.Context()) != nil || len(hardware.Holders(gun.Path())) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the till does not open")
		}
	}
	wantsFound(t, s.finds(0), [3]string{"data folder", "ready", fmt.Sprint("process ", till.Process.Pid)}, [3]string{"scanner", "held", "device page"},
		[3]string{"printer", "held", "device page"}, [3]string{"voice", "ready", "tones alone"}, [3]string{"pole", "held", "device page"},
		[3]string{"page", "ready", "the till's page"})

	other := newSurgery(t, tables(gun.Path(), printer.To(), player.Path(), pole.Path(), at))
	wantsFound(t, other.finds(1), [3]string{"scanner", "busy", fmt.Sprintf("process %d has it, another guitai", till.Process.Pid)},
		[3]string{"pole", "busy", "another guitai"}, [3]string{"page", "busy", "another till"})
}

// TestDoctorCannotRun: a configuration that is wrong is told whole, and harmless.
func TestDoctorCannotRun(t *testing.T) {
	t.Parallel()
	s := newSurgery(t, "[scanner]\nbaud = 3\n[page]\nlisten = \"0.0.0.0:80\"\n")
	out, errs, code := program(t, "doctor", "--config", s.config)
	if code != 2 || out != "" || !strings.Contains(errs, "guitai.toml:4: [scanner] baud = 3") || !strings.Contains(errs, "guitai.toml:6: [page] listen") {
		t.Errorf("a wrong configuration: exit %d\n%s%s", code, out, errs)
	}
	out, errs, code = program(t, "doctor", "--config", "/nowhere/\x1b[2J")
	if code != 2 || out != "" || strings.Contains(errs, "\x1b") || !strings.Contains(errs, "no such file") {
		t.Errorf("no configuration: exit %d\n%q%q", code, out, errs)
	}
}

// TestDoctorKnowsANextStep for every state that a device may have, and none where nobody should do anything.
func TestDoctorKnowsANextStep(t *testing.T) {
	for s := hardware.Off; named(s); s++ {
		if _, known := deviceStates[s]; !known {
			t.Errorf("%v has no word", s)
		}
		if _, known := hints[s]; !known {
			t.Errorf("%v is not in the table", s)
		}
		for _, kind := range ledger.DeviceKinds {
			state, next := stateWord(s), hint(kind, s)
			if state.Troubled() != deviceStates[s].Troubled() {
				t.Errorf("%v: the screen and the doctor differ about whether it is trouble", s)
			}
			if state.Troubled() && next == "" || (s == hardware.Off || s == hardware.Open) && next != "" {
				t.Errorf("%s %v: the next step is %q", kind, s, next)
			}
		}
	}
}

// named reports whether there is such a state.
func named(s hardware.State) (ok bool) {
	defer func() { ok = recover() == nil }()
	_ = s.String()
	return true
}

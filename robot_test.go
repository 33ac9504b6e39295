package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"guitai/sync/sandbox"
)

// patience bounds every wait for the real program; it is no measure of its speed.
const patience = 60 * time.Second

// binary builds the program once for all end-to-end tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "guitai-e2e-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "guitai")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		os.Exit(1)
	}
	flag.Parse()
	flag.Set("test.parallel", "8") // end-to-end tests wait for channels and customers, not for processors
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// robot is a cashier at the real binary in a real terminal: tmux is the terminal and the independent judge of widths.
type robot struct {
	t      testing.TB
	socket string
	starts int
	home   string
	args   []string
	env    []string
	w, h   int
}

// newRobot sits down at a till of the given window. The till starts with start.
func newRobot(t testing.TB, w, h int, args ...string) *robot {
	t.Helper()
	r := &robot{t: t, socket: fmt.Sprintf("guitai-%d-%d", os.Getpid(), time.Now().UnixNano()), home: t.TempDir(), args: args, w: w, h: h}
	t.Cleanup(func() {
		pid := r.pid()
		r.signal(syscall.SIGKILL)
		exec.Command("tmux", "-L", r.socket, "kill-server").Run()
		for range 500 { // a process that is being killed still makes files in the folder that goes next
			if exe, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe")); pid == 0 || exe != binary {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	return r
}

func (r *robot) tmux(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-L", r.socket, "-u", "-f", "/dev/null"}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// start opens the till in a fresh window. A shell around it writes its exit code down.
func (r *robot) start() {
	r.t.Helper()
	os.Remove(r.exitFile())
	command := r.command() + "; echo $? >'" + r.exitFile() + "'; sleep 60"
	out, err := r.tmux("new-session", "-d", "-x", strconv.Itoa(r.w), "-y", strconv.Itoa(r.h), command)
	if err != nil {
		r.t.Fatalf("tmux: %v: %s", err, out)
	}
	r.tmux("set-option", "-g", "status", "off")
	r.tmux("resize-window", "-x", strconv.Itoa(r.w), "-y", strconv.Itoa(r.h))
}

// command is the till's command line, for a shell.
func (r *robot) command() string {
	words := append([]string{"env", "HOME=" + r.home, "XDG_DATA_HOME=" + filepath.Join(r.home, "data")}, r.env...)
	words = append(append(words, binary), r.args...)
	for i, word := range words {
		words[i] = "'" + word + "'"
	}
	return strings.Join(words, " ")
}

func (r *robot) exitFile() string { return filepath.Join(r.home, "exit") }

// again starts the till anew after its end, in a fresh window of the same size.
func (r *robot) again() {
	r.t.Helper()
	r.close()
	r.start()
}

// close takes the terminal away. The next start has a new one.
func (r *robot) close() {
	r.tmux("kill-server")
	r.starts++
	r.socket = fmt.Sprintf("guitai-%d-%d-%d", os.Getpid(), time.Now().UnixNano(), r.starts)
}

// keys presses keys by their tmux names.
func (r *robot) keys(keys ...string) {
	r.t.Helper()
	for _, key := range keys {
		if out, err := r.tmux("send-keys", key); err != nil {
			r.t.Fatalf("key %s: %v: %s", key, err, out)
		}
	}
}

// typed presses one key for each character, as a hand does: with a pause that no scanner makes.
func (r *robot) typed(text string) {
	r.t.Helper()
	for _, c := range text {
		r.keys(string(c))
		time.Sleep(80 * time.Millisecond)
	}
}

// typedPIN types a PIN, each digit once the one before is seen: a busy machine gives the till digits all at once, and nothing that fast is
// a PIN.
func (r *robot) typedPIN(pin string) {
	r.t.Helper()
	for i, digit := range pin {
		r.typed(string(digit))
		r.sees(strings.Repeat("*", i+1) + "_")
	}
}

// steppedBack presses Esc and waits until the screen below its clock is another one: two at once are one key to a terminal, and so is one
// with whatever follows it.
func (r *robot) steppedBack() {
	r.t.Helper()
	below := func() string {
		_, rest, _ := strings.Cut(r.screen(), "\n")
		return rest
	}
	was := below()
	r.keys("Escape")
	for deadline := time.Now().Add(patience); below() == was; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("an Esc changes nothing:\n%s", was)
		}
	}
}

func (r *robot) screen() string {
	out, _ := r.tmux("capture-pane", "-p")
	return out
}

// sees waits until every text stands on the screen.
func (r *robot) sees(texts ...string) string {
	r.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		screen := r.screen()
		missing := ""
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				missing = text
			}
		}
		if missing == "" {
			return screen
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("%q is not on the screen:\n%s", missing, screen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// pid is the till's process, or 0 when there is none.
func (r *robot) pid() int {
	out, err := r.tmux("list-panes", "-F", "#{pane_pid}")
	if err != nil {
		return 0
	}
	shell := strings.TrimSpace(out)
	children, _ := os.ReadFile(filepath.Join("/proc", shell, "task", shell, "children"))
	for _, child := range strings.Fields(string(children)) {
		if exe, _ := os.Readlink(filepath.Join("/proc", child, "exe")); exe == binary {
			pid, _ := strconv.Atoi(child)
			return pid
		}
	}
	return 0
}

func (r *robot) signal(s syscall.Signal) {
	if pid := r.pid(); pid > 0 {
		syscall.Kill(pid, s)
	}
}

// ended waits for the till's end and gives its exit code; 128 and the signal when one ended it.
func (r *robot) ended() int {
	r.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		text, _ := os.ReadFile(r.exitFile())
		if code, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			return code
		}
	}
	r.t.Fatalf("the till does not end:\n%s", r.screen())
	return -1
}

// program runs a command of the program to its end and gives its output and exit code.
func program(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// gateway is `guitai sandbox` as a process of its own.
type gateway struct {
	t    testing.TB
	dir  string
	base string
}

func startGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{t: t, dir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "sandbox", "--listen", "127.0.0.1:0", "--dir", g.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	ready := make([]byte, len("ready\n"))
	if _, err := out.Read(ready); err != nil || string(ready) != "ready\n" {
		t.Fatalf("the gateway says %q, %v", ready, err)
	}
	url, err := os.ReadFile(filepath.Join(g.dir, "wechatpay", "base_url"))
	if err != nil {
		t.Fatal(err)
	}
	g.base = string(url)
	return g
}

func (g *gateway) config() string { return filepath.Join(g.dir, "guitai.toml") }

func (g *gateway) post(path string, body any) {
	g.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		g.t.Fatal(err)
	}
	answer, err := http.Post(g.base+path, "application/json", bytes.NewReader(data))
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		g.t.Fatalf("%s: %s", path, answer.Status)
	}
}

// orders is what the channels hold, by order number.
func (g *gateway) orders() map[string]sandbox.Order {
	g.t.Helper()
	answer, err := http.Get(g.base + "/sandbox/orders")
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	var list []sandbox.Order
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		g.t.Fatal(err)
	}
	orders := make(map[string]sandbox.Order, len(list))
	for _, o := range list {
		orders[o.Number] = o
	}
	return orders
}

// code makes a customer code of the simulator's shape that no other call of this process gives.
func code(channel string, behaviour int) string {
	prefix := map[string]string{"wechat": "1300000000", "alipay": "2800000000"}[channel]
	return fmt.Sprintf("%s%02d%06d", prefix, behaviour, serial.Add(1))
}

var serial atomic.Int64

package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openSSH is a folder with keys and certificates that ssh-keygen has made, and a door that knows some of them.
type openSSH struct {
	t   *testing.T
	dir string
	at  string // HOST PORT
	*opened
	host *book
}

// keygen runs ssh-keygen in the folder.
func (o *openSSH) keygen(args ...string) {
	o.t.Helper()
	cmd := exec.CommandContext(o.t.Context(), "ssh-keygen", append([]string{"-q"}, args...)...)
	cmd.Dir = o.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		o.t.Fatalf("ssh-keygen %v: %v\n%s", args, err, out)
	}
}

func (o *openSSH) public(name string) string {
	o.t.Helper()
	text, err := os.ReadFile(filepath.Join(o.dir, name+".pub"))
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func newOpenSSH(t *testing.T) *openSSH {
	t.Helper()
	for _, tool := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs OpenSSH's client: apt-get install openssh-client")
		}
	}
	o := &openSSH{t: t, dir: t.TempDir(), host: &book{}}
	for _, name := range []string{"anna", "cara", "ca", "stranger"} {
		o.keygen("-t", "ed25519", "-N", "", "-C", name, "-f", name)
	}
	o.keygen("-t", "ecdsa", "-N", "", "-f", "curve")
	cfg := Config{Listen: []string{"127.0.0.1:2222"}, Authorities: []string{o.public("ca")}, Person: []Person{
		{Name: "anna", Role: "supervisor", Keys: []string{o.public("anna"), o.public("curve")}},
		{Name: "cara", Role: "support", Principals: []string{"cara"}},
	}}
	keys := filepath.Join(o.dir, "till")
	key, err := hostKey(keys)
	if err != nil {
		t.Fatal(err)
	}
	o.opened = open(t, cfg, o.host, Options{}, func(l *limits) { patient(l); l.perNetwork = 64 })
	// A second listener with the till's own key, which the known hosts have.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); o.serve(ctx, key, []net.Listener{listener}) }()
	t.Cleanup(func() { cancel(); <-done })
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	o.at = port
	known := fmt.Sprintf("[%s]:%s %s", host, port, line(key))
	if err := os.WriteFile(filepath.Join(o.dir, "known"), []byte(known+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// ssh runs the client with a key's file, without anybody's own configuration. It gives what was shown, what was complained of, and the
// exit code.
func (o *openSSH) ssh(key string, args ...string) (out, errs string, exit int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	all := append([]string{"-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + filepath.Join(o.dir, "known"),
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR", "-i", filepath.Join(o.dir, key), "-p", o.at}, args...)
	cmd := exec.CommandContext(ctx, "ssh", all...)
	cmd.Env = []string{"HOME=" + o.dir, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8"}
	var shown, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &shown, &complained
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		o.t.Fatal(err)
	}
	return shown.String(), complained.String(), cmd.ProcessState.ExitCode()
}

// TestOpenSSH: the real client with keys and certificates of its own making.
func TestOpenSSH(t *testing.T) {
	o := newOpenSSH(t)
	const till = "till@127.0.0.1"
	sign := func(name string, args ...string) string {
		o.keygen("-t", "ed25519", "-N", "", "-f", name)
		o.keygen(append(append([]string{"-s", "ca", "-I", "cara's"}, args...), name+".pub")...)
		return name
	}
	for _, c := range []struct {
		key  string
		args []string
		out  string
		exit int
	}{
		{"anna", []string{till, "day", "--json"}, `anna supervisor ["day" "--json"]  0x0`, 7},
		{"curve", []string{till, "statement", "show", "2026-01-31"}, `anna supervisor ["statement" "show" "2026-01-31"]`, 7},
		{"anna", []string{"-tt", till}, "anna supervisor [] xterm-256color 80x24", 7},
		{"anna", []string{"-tt", till, "day"}, `anna supervisor ["day"] xterm-256color`, 7},
		{"anna", []string{"-c", "aes128-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256", till, "day"}, "anna supervisor", 7},
		{"anna", []string{"-A", "-X", "-o", "SendEnv=LANG", till, "day"}, "anna supervisor", 7},
		{sign("shift", "-n", "cara", "-V", "+8h"), []string{till, "doctor"}, "cara support", 7},
		{sign("good", "-n", "x,cara", "-V", "-1m:+7h"), []string{till, "doctor"}, "cara support", 7},
		{sign("here", "-n", "cara", "-V", "+1h", "-O", "source-address=127.0.0.0/8"), []string{till, "doctor"}, "cara support", 7},
		{sign("bare", "-n", "cara", "-V", "+1h", "-O", "clear"), []string{till, "doctor"}, "cara support", 7},

		{"bare", []string{"-tt", till}, "", 255},
		{"anna", []string{till}, "", 255},
		{"anna", []string{till, "ls"}, "", 255},
		{"anna", []string{till, "doctor"}, "", 255},
		{"good", []string{till, "day"}, "", 255},
		{"anna", []string{"-s", till, "sftp"}, "", 255},
		{"anna", []string{"-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:0:127.0.0.1:1", till, "day"}, "", 255},
		{"anna", []string{"-W", "127.0.0.1:22", till}, "", 255},
		{"anna", []string{"-w", "0:0", "-o", "ExitOnForwardFailure=yes", till, "day"}, "", 255},
		{"anna", []string{"-c", "chacha20-poly1305@openssh.com", till, "day"}, "", 255},
		{"anna", []string{"-c", "aes256-ctr", till, "day"}, "", 255},
		{"anna", []string{"-o", "KexAlgorithms=ecdh-sha2-nistp256", till, "day"}, "", 255},
		{"anna", []string{"-o", "PubkeyAuthentication=no", till, "day"}, "", 255},
		{"stranger", []string{till, "day"}, "", 255},
		{"ca", []string{till, "doctor"}, "", 255},
		{sign("long", "-n", "cara", "-V", "-3m:+8h"), []string{till, "doctor"}, "", 255},
		{sign("ever", "-n", "cara"), []string{till, "doctor"}, "", 255},
		{sign("old", "-n", "cara", "-V", "-2h:-1h"), []string{till, "doctor"}, "", 255},
		{sign("nobody", "-V", "+1h"), []string{till, "doctor"}, "", 255},
		{sign("else", "-n", "root", "-V", "+1h"), []string{till, "doctor"}, "", 255},
		{sign("away", "-n", "cara", "-V", "+1h", "-O", "source-address=10.0.0.0/8"), []string{till, "doctor"}, "", 255},
		{sign("forced", "-n", "cara", "-V", "+1h", "-O", "force-command=doctor"), []string{till, "doctor"}, "", 255},
		{sign("verify", "-n", "cara", "-V", "+1h", "-O", "verify-required"), []string{till, "doctor"}, "", 255},
		{sign("host", "-h", "-n", "cara", "-V", "+1h"), []string{till, "doctor"}, "", 255},
	} {
		out, errs, exit := o.ssh(c.key, c.args...)
		if exit != c.exit || !strings.Contains(out, c.out) || c.out == "" && out != "" && !strings.HasPrefix(out, "\x1b") {
			t.Errorf("%s %v: exit %d, %q, %q", c.key, c.args, exit, out, errs)
		}
	}
	n := 0
	for _, left := range o.host.leftNow() {
		if left != "anna done" && left != "cara done" {
			t.Error(left)
		}
		n++
	}
	if n != 10 {
		t.Errorf("%d visits, want 10", n)
	}
}

// TestOpenSSHThrownOut: the client of a visitor who is thrown out ends by itself, with a terminal that is as it was.
func TestOpenSSHThrownOut(t *testing.T) {
	o := newOpenSSH(t)
	o.host.serve = until
	go func() {
		eventually(t, "somebody is inside", func() bool { return len(o.host.inside()) == 1 })
		o.ThrowOut()
	}()
	out, errs, exit := o.ssh("anna", "-tt", "till@127.0.0.1")
	if !strings.HasSuffix(out, string(RestoreTerminal("xterm", false))) || exit != 1 {
		t.Errorf("exit %d, %q, %q", exit, out, errs)
	}
}

// TestOpenSSHOverSocket: the socket speaks the same, to whoever may open it.
func TestOpenSSHOverSocket(t *testing.T) {
	o := newOpenSSH(t)
	listener, err := listenUnix(t.Context(), o.dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := hostKey(filepath.Join(o.dir, "till"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); o.serve(ctx, key, []net.Listener{listener}) }()
	defer func() { cancel(); <-done }()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	carry := fmt.Sprintf("ProxyCommand=env REMOTE_TEST_CARRY=%s %s", filepath.Join(o.dir, SocketName), own)
	out, errs, exit := o.ssh("anna", "-o", carry, "-o", "HostKeyAlias=[127.0.0.1]:"+o.at, "till@127.0.0.1", "day")
	if !strings.HasPrefix(out, "anna supervisor") || exit != 7 {
		t.Errorf("exit %d, %q, %q", exit, out, errs)
	}
	if v := o.host.arrived; len(v) != 1 || v[0].From != "socket" {
		t.Error(v)
	}
}

// TestSSHAudit asks a tool that knows which algorithms are weak. Debian's is older than two of ours, and says that it does not know them.
func TestSSHAudit(t *testing.T) {
	if _, err := exec.LookPath("ssh-audit"); err != nil {
		t.Skip("needs ssh-audit: apt-get install ssh-audit")
	}
	o := newOpenSSH(t)
	out, _ := exec.CommandContext(t.Context(), "ssh-audit", "-n", "-p", o.at, "127.0.0.1").CombinedOutput() // its exit code counts what it does not know
	if !bytes.Contains(out, []byte("(enc) aes256-gcm@openssh.com")) {
		t.Fatalf("nothing was audited:\n%s", out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, "[fail]") || strings.Contains(line, "[warn]") && !strings.Contains(line, "unknown algorithm") {
			t.Error(line)
		}
	}
}

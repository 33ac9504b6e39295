package remote

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"guitai/ledger"
)

// book is a Host that keeps what it heard.
type book struct {
	mu      sync.Mutex
	arrived []Visitor
	left    []string        // "person why"
	gone    map[uint64]bool // their sessions
	refuse  error
	serve   func(context.Context, *Session) int // nil: says who is there, and ends
}

func (b *book) Commands(role ledger.Role) []string {
	if role == ledger.RoleSupervisor {
		return []string{"day", "statement show", "who"}
	}
	return []string{"doctor", "bundle", "who"}
}

func (b *book) Arrived(_ context.Context, v Visitor) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse == nil {
		b.arrived = append(b.arrived, v)
	}
	return b.refuse
}

func (b *book) Serve(ctx context.Context, s *Session) int {
	if b.serve != nil {
		return b.serve(ctx, s)
	}
	fmt.Fprintf(s.Out, "%s %s %q %s %dx%d\n", s.Person, s.Role, s.Command, s.Getenv("TERM"), s.Size.Cols, s.Size.Rows)
	return 7
}

func (b *book) Left(v Visitor, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = append(b.left, v.Person+" "+why)
	if b.gone == nil {
		b.gone = map[uint64]bool{}
	}
	b.gone[v.Session] = true
}

func (b *book) leftNow() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.left...)
}

// inside lists who has arrived and not left, who came first before.
func (b *book) inside() (all []Visitor) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.arrived {
		if !b.gone[v.Session] {
			all = append(all, v)
		}
	}
	return all
}

// testKey is an Ed25519 key.
func testKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, private)
}

var (
	rsaMu   sync.Mutex
	rsaKeys = map[int]*rsa.PrivateKey{}
)

// rsaKey is the tests' key of that many bits: making one takes a second.
func rsaKey(t testing.TB, bits int) ssh.Signer {
	t.Helper()
	rsaMu.Lock()
	defer rsaMu.Unlock()
	if rsaKeys[bits] == nil {
		private, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		rsaKeys[bits] = private
	}
	return signerOf(t, rsaKeys[bits])
}

func signerOf(t testing.TB, private any) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// line is a key as it stands in the configuration.
func line(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

// opened is a door that is open on a loopback address.
type opened struct {
	*Door
	at   string
	stop func() // closes it, waits until Run would return, and looks for what was left behind
}

// visitsNow counts connections that are logged in.
func (o *opened) visitsNow() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.visits)
}

// gateNow counts those that are not yet.
func (o *opened) gateNow() int {
	o.gate.mu.Lock()
	defer o.gate.mu.Unlock()
	return o.gate.total
}

// patient are limits under which nothing but what a test is about ends or slows anything.
func patient(l *limits) {
	l.burst, l.allBurst, l.handshakes, l.perNetwork, l.visits, l.arrivals = 1<<30, 1<<30, 1<<20, 1<<20, 1<<20, 1<<30
	l.refusals, l.login, l.idle, l.asking, l.life = 1<<20, time.Hour, time.Hour, time.Hour, time.Hour
}

func open(t testing.TB, cfg Config, host Host, opt Options, change ...func(*limits)) *opened {
	t.Helper()
	before := goroutines()
	l := usualLimits()
	for _, c := range change {
		c(&l)
	}
	d, err := newDoor(cfg, host, opt, l)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	key := testKey(t)
	go func() { defer close(done); d.serve(ctx, key, []net.Listener{listener}) }()
	var once sync.Once
	o := &opened{Door: d, at: listener.Addr().String()}
	o.stop = func() {
		once.Do(func() {
			cancel()
			<-done
			noneLeft(t, before)
		})
	}
	t.Cleanup(o.stop)
	return o
}

// goroutines counts those of this package's code and of the library's, but for tests themselves.
func goroutines() (n int) {
	stacks := make([]byte, 4<<20)
	for _, one := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if (strings.Contains(one, "guitai/ui/remote.") || strings.Contains(one, "crypto/ssh.")) && !strings.Contains(one, "testing.tRunner") {
			n++
		}
	}
	return n
}

// noneLeft waits until the library's goroutines have noticed that their connections are closed.
func noneLeft(t testing.TB, before int) {
	t.Helper()
	for try := 0; goroutines() > before; try++ {
		if try == 500 {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines were left behind:\n%s", goroutines()-before, stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// call is how a client comes to the door.
type call struct {
	user string
	from string // the client's own address; empty: 127.0.0.1
	auth []ssh.AuthMethod

	known ssh.HostKeyCallback // nil: any till
}

func with(signers ...ssh.Signer) call {
	return call{auth: []ssh.AuthMethod{ssh.PublicKeys(signers...)}}
}

func (c call) to(at string) (*ssh.Client, error) {
	dialer := net.Dialer{}
	if c.from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(c.from)}
	}
	conn, err := dialer.Dial("tcp", at)
	if err != nil {
		return nil, err
	}
	return c.over(conn)
}

func (c call) over(conn net.Conn) (*ssh.Client, error) {
	known := c.known
	if known == nil {
		known = ssh.InsecureIgnoreHostKey()
	}
	cfg := &ssh.ClientConfig{User: c.user, Auth: c.auth, HostKeyCallback: known}
	cfg.KeyExchanges = []string{ssh.KeyExchangeCurve25519} // quicker than the post-quantum one, which OpenSSH's client tries
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	client, channels, requests, err := ssh.NewClientConn(conn, "", cfg)
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return ssh.NewClient(client, channels, requests), nil
}

// overSocket comes in over the unix socket of a till with that fingerprint.
func overSocket(t testing.TB, path string, c call, fingerprint string) *ssh.Client {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	c.known = func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if ssh.FingerprintSHA256(key) != fingerprint {
			return errors.New("another till")
		}
		return nil
	}
	client, err := c.over(conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// enter comes in, or fails the test.
func enter(t testing.TB, o *opened, who ssh.Signer) *ssh.Client {
	t.Helper()
	client, err := with(who).to(o.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// screen asks for a terminal and the screens.
func screen(t testing.TB, client *ssh.Client) (*ssh.Session, io.WriteCloser, io.Reader) {
	t.Helper()
	s, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err1 := s.StdinPipe()
	out, err2 := s.StdoutPipe()
	err3 := s.RequestPty("xterm-256color", 40, 120, ssh.TerminalModes{})
	if err := errors.Join(err1, err2, err3, s.Shell()); err != nil {
		t.Fatal(err)
	}
	return s, in, out
}

// eventually polls; it fails when the machine is hopelessly slow, or the thing never becomes true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for try := 0; !is(); try++ {
		if try == 1500 {
			t.Fatalf("it never came that %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func one(name, role string, keys ...ssh.Signer) Config {
	p := Person{Name: name, Role: role}
	for _, k := range keys {
		p.Keys = append(p.Keys, line(k))
	}
	return Config{Listen: []string{"127.0.0.1:2222"}, Person: []Person{p}}
}

// The test's own program carries bytes between OpenSSH and a unix socket.
func TestMain(m *testing.M) {
	if path := os.Getenv("REMOTE_TEST_CARRY"); path != "" {
		conn, err := net.Dial("unix", path)
		if err != nil {
			os.Exit(1)
		}
		go func() { _, _ = io.Copy(conn, os.Stdin) }()
		_, _ = io.Copy(os.Stdout, conn)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

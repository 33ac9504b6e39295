package remote

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// credential is a way to come, and who that is: nobody when person is empty.
type credential struct {
	name   string
	call   call
	person string
	noPTY  bool
}

// certOf comes with a certificate.
func certOf(t *testing.T, authority, key ssh.Signer, change func(*ssh.Certificate)) call {
	t.Helper()
	return shown(t, newCert(t, authority, key, change), key)
}

// newCert makes a user certificate of cara's that is good now, changes it, and signs it.
func newCert(t *testing.T, authority, key ssh.Signer, change func(*ssh.Certificate)) *ssh.Certificate {
	t.Helper()
	now := uint64(time.Now().Unix())
	c := &ssh.Certificate{Key: key.PublicKey(), Serial: 7, CertType: ssh.UserCert, KeyId: "cara's", ValidPrincipals: []string{"cara"},
		ValidAfter: now - 60, ValidBefore: now + 3600, Permissions: ssh.Permissions{Extensions: map[string]string{"permit-pty": ""}}}
	if change != nil {
		change(c)
	}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	return c
}

func shown(t *testing.T, c *ssh.Certificate, key ssh.Signer) call {
	t.Helper()
	s, err := ssh.NewCertSigner(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return with(s)
}

func option(name, value string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{name: value} }
}

func principals(names ...string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) { c.ValidPrincipals = names }
}

// valid sets the times, in seconds from now.
func valid(after, before int64) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) {
		c.ValidAfter, c.ValidBefore = uint64(time.Now().Unix()+after), uint64(time.Now().Unix()+before)
	}
}

// two is a key that shows one public key and signs with another.
type two struct {
	ssh.Signer
	shows ssh.PublicKey
}

func (s two) PublicKey() ssh.PublicKey { return s.shows }

// changing is a public key that is first offered as one and then used as another, of the same kind.
type changing struct {
	ssh.PublicKey
	offered ssh.PublicKey
	asked   int
}

func (k *changing) Marshal() []byte {
	if k.asked++; k.asked <= 2 { // the question, and the look at its answer
		return k.offered.Marshal()
	}
	return k.PublicKey.Marshal()
}

// changed is with(two), fresh for every login.
func changed(proven, offered ssh.Signer) call {
	return call{auth: []ssh.AuthMethod{ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
		return []ssh.Signer{two{proven, &changing{PublicKey: proven.PublicKey(), offered: offered.PublicKey()}}}, nil
	})}}
}

// only signs with the named algorithms.
func only(t *testing.T, s ssh.Signer, algorithms ...string) ssh.Signer {
	t.Helper()
	m, err := ssh.NewSignerWithAlgorithms(s.(ssh.AlgorithmSigner), algorithms)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// token is a key in hardware, as FIDO tokens sign: touched or not.
type token struct {
	private ed25519.PrivateKey
	public  ssh.PublicKey
	touched bool
}

const tokenKind = "sk-ssh-ed25519@openssh.com"

func newToken(t *testing.T, touched bool, private ed25519.PrivateKey) token {
	t.Helper()
	public, err := ssh.ParsePublicKey(ssh.Marshal(struct{ Kind, Key, App string }{tokenKind, string(private.Public().(ed25519.PublicKey)), "ssh:"}))
	if err != nil {
		t.Fatal(err)
	}
	return token{private, public, touched}
}

func (k token) PublicKey() ssh.PublicKey { return k.public }

func (k token) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	rest := make([]byte, 5) // flags, counter
	binary.BigEndian.PutUint32(rest[1:], 1)
	if k.touched {
		rest[0] = 1
	}
	app, message := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	signed := slices.Concat(app[:], rest, message[:])
	return &ssh.Signature{Format: tokenKind, Blob: ed25519.Sign(k.private, signed), Rest: rest}, nil
}

// world is a configuration with everybody's keys.
type world struct {
	cfg         Config
	door        *opened
	credentials []credential
}

func newWorld(t *testing.T, host Host) *world {
	t.Helper()
	curve := func(c elliptic.Curve) ssh.Signer {
		private, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return signerOf(t, private)
	}
	number := func(bits int) ssh.Signer {
		private, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return signerOf(t, private)
	}
	anna, anna256, anna521, annaRSA, short := testKey(t), curve(elliptic.P256()), curve(elliptic.P521()), number(3072), number(2048)
	_, fido, _ := ed25519.GenerateKey(rand.Reader)
	annaToken, untouched := newToken(t, true, fido), newToken(t, false, fido)
	ben, eli, cara, stranger := testKey(t), testKey(t), testKey(t), testKey(t)
	ca, caCurve, other := testKey(t), curve(elliptic.P384()), testKey(t)
	w := &world{cfg: Config{Listen: []string{"127.0.0.1:2222"}, Authorities: []string{line(ca), line(caCurve), line(annaRSA)}, Person: []Person{
		{Name: "anna", Role: "supervisor", Keys: []string{line(anna), line(anna256), line(anna521), line(annaRSA), line(annaToken)}},
		{Name: "ben", Role: "support", Keys: []string{line(ben)}, From: []string{"127.0.0.0/24", "10.1.2.3"}},
		{Name: "cara", Role: "support", Principals: []string{"cara", "support-cara"}, From: []string{"127.0.0.0/8"}},
		{Name: "dora", Role: "supervisor", Principals: []string{"dora"}, From: []string{"127.0.9.0/24"}},
		{Name: "eli", Role: "support", Keys: []string{line(eli)}, From: []string{"socket"}},
	}}}
	w.door = open(t, w.cfg, host, Options{}, patient)
	// What Check would not let into the table, so that the door's own look at a key is seen.
	w.door.guests.keys[string(short.PublicKey().Marshal())] = w.door.guests.keys[string(anna.PublicKey().Marshal())]
	w.door.guests.authorities[string(short.PublicKey().Marshal())] = true

	extensions := func(names ...string) func(*ssh.Certificate) {
		return func(c *ssh.Certificate) {
			c.Extensions = map[string]string{}
			for _, n := range names {
				c.Extensions[n] = ""
			}
		}
	}
	good := newCert(t, ca, cara, nil)
	forged := *newCert(t, ca, cara, principals("dora"))
	forged.ValidPrincipals = []string{"cara"}
	from := func(c call, at string) call { c.from = at; return c }
	as := func(c call, user string) call { c.user = user; return c }
	w.credentials = []credential{
		{name: "pinned Ed25519", call: with(anna), person: "anna"},
		{name: "pinned P-256", call: with(anna256), person: "anna"},
		{name: "pinned P-521", call: with(anna521), person: "anna"},
		{name: "pinned RSA 3072, SHA-512", call: with(only(t, annaRSA, ssh.KeyAlgoRSASHA512)), person: "anna"},
		{name: "pinned token, touched", call: with(annaToken), person: "anna"},
		{name: "pinned, from the right network", call: with(ben), person: "ben"},
		{name: "pinned, as another user", call: as(with(ben), "anna"), person: "ben"},
		{name: "a stranger's key, then one's own", call: with(stranger, ben), person: "ben"},
		{name: "offers the supervisor's key, uses one's own", call: changed(ben, anna), person: "ben"},
		{name: "certificate", call: certOf(t, ca, cara, nil), person: "cara"},
		{name: "certificate, as another user", call: as(certOf(t, ca, cara, nil), "dora"), person: "cara"},
		{name: "certificate, second name", call: certOf(t, ca, cara, principals("x", "support-cara")), person: "cara"},
		{name: "certificate without a terminal", call: certOf(t, ca, cara, extensions()), person: "cara", noPTY: true},
		{name: "certificate with every extension", call: certOf(t, ca, cara, extensions("permit-pty", "permit-port-forwarding", "permit-agent-forwarding",
			"permit-X11-forwarding", "permit-user-rc", "no-touch-required", "whatever@example.com", permPerson, permRole)), person: "cara"},
		{name: "certificate for here", call: certOf(t, ca, cara, option("source-address", "10.0.0.0/8,127.0.0.1")), person: "cara"},
		{name: "certificate, P-384 authority", call: certOf(t, caCurve, cara, nil), person: "cara"},
		{name: "certificate, RSA authority", call: certOf(t, only(t, annaRSA, ssh.KeyAlgoRSASHA256), cara, nil), person: "cara"},
		{name: "certificate for 8 hours", call: certOf(t, ca, cara, valid(-3600, 7*3600)), person: "cara"},
		{name: "certificate, right network", call: from(certOf(t, ca, cara, principals("dora")), "127.0.9.5"), person: "dora"},

		{name: "no key", call: call{}},
		{name: "a password", call: call{auth: []ssh.AuthMethod{ssh.Password("")}}},
		{name: "keyboard-interactive", call: call{auth: []ssh.AuthMethod{ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })}}},
		{name: "a stranger's key", call: with(stranger)},
		{name: "a stranger's key, as a known user", call: as(with(stranger), "anna")},
		{name: "the supervisor's key without its secret", call: with(two{stranger, anna.PublicKey()})},
		{name: "offers the supervisor's key, uses a stranger's", call: changed(stranger, anna)},
		{name: "pinned RSA, SHA-1", call: with(only(t, annaRSA, ssh.KeyAlgoRSA))},
		{name: "planted RSA 2048", call: with(only(t, short, ssh.KeyAlgoRSASHA512))},
		{name: "pinned token, not touched", call: with(untouched)},
		{name: "pinned, from elsewhere", call: from(with(ben), "127.0.1.1")},
		{name: "pinned for the socket", call: with(eli)},
		{name: "the fourth key is right", call: with(stranger, other, short, anna)},
		{name: "the authority's own key", call: with(ca)},
		{name: "pinned key in a stranger's certificate", call: certOf(t, other, anna, nil)},
		{name: "certificate by a stranger", call: certOf(t, other, cara, nil)},
		{name: "certificate by itself", call: certOf(t, cara, cara, nil)},
		{name: "certificate by a visitor", call: certOf(t, anna, cara, nil)},
		{name: "certificate, tampered with", call: shown(t, &forged, cara)},
		{name: "certificate without its secret", call: shown(t, good, two{stranger, cara.PublicKey()})},
		{name: "host certificate", call: certOf(t, ca, cara, func(c *ssh.Certificate) { c.CertType = ssh.HostCert })},
		{name: "certificate of no type", call: certOf(t, ca, cara, func(c *ssh.Certificate) { c.CertType = 3 })},
		{name: "certificate for nobody", call: certOf(t, ca, cara, principals())},
		{name: "certificate for nobody here", call: as(certOf(t, ca, cara, principals("root")), "root")},
		{name: "certificate for two", call: certOf(t, ca, cara, principals("cara", "dora"))},
		{name: "certificate, wrong network", call: certOf(t, ca, cara, principals("dora"))},
		{name: "certificate for 8 hours and a second", call: certOf(t, ca, cara, valid(-3600, 7*3600+1))},
		{name: "certificate for ever", call: certOf(t, ca, cara, func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity })},
		{name: "certificate for always", call: certOf(t, ca, cara, func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity })},
		{name: "certificate since ever", call: certOf(t, ca, cara, func(c *ssh.Certificate) { c.ValidAfter = 0 })},
		{name: "certificate, expired", call: certOf(t, ca, cara, valid(-3600, 0))},
		{name: "certificate, not yet", call: certOf(t, ca, cara, valid(600, 3600))},
		{name: "certificate, backwards", call: certOf(t, ca, cara, valid(3600, -3600))},
		{name: "certificate for a command", call: certOf(t, ca, cara, option("force-command", "day"))},
		{name: "certificate, verify-required", call: certOf(t, ca, cara, option("verify-required", ""))},
		{name: "certificate, unknown option", call: certOf(t, ca, cara, option("x@example.com", ""))},
		{name: "certificate for elsewhere", call: certOf(t, ca, cara, option("source-address", "10.0.0.0/8"))},
		{name: "certificate for no address", call: certOf(t, ca, cara, option("source-address", ""))},
		{name: "certificate for a broken list", call: certOf(t, ca, cara, option("source-address", "127.0.0.1,anywhere"))},
		{name: "certificate, authority with SHA-1", call: certOf(t, only(t, annaRSA, ssh.KeyAlgoRSA), cara, nil)},
		{name: "certificate, planted short authority", call: certOf(t, only(t, short, ssh.KeyAlgoRSASHA512), cara, nil)},
		{name: "certificate of a short key", call: certOf(t, ca, short, nil)},
		{name: "certificate waives the touch", call: certOf(t, ca, untouched, extensions("permit-pty", "no-touch-required"))},
	}
	return w
}

// request is something that a visitor tries. wants tells whether a person may have it.
type request struct {
	name  string
	try   func(*ssh.Client) (granted bool)
	wants func(c credential) bool
}

func never(credential) bool         { return false }
func always(credential) bool        { return true }
func terminal(c credential) bool    { return !c.noPTY }
func supervisors(c credential) bool { return c.person == "anna" || c.person == "dora" }
func supporters(c credential) bool  { return !supervisors(c) }

// asks sends requests on one session; the last one's answer counts, and the others must be granted where must says so.
func asks(steps ...step) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ch, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		defer ch.Close()
		var ok bool
		for _, s := range steps {
			if ok, err = ch.SendRequest(s.kind, true, s.payload); err != nil {
				return false
			}
		}
		return ok
	}
}

type step struct {
	kind    string
	payload []byte
}

func pty(term string, cols, rows uint32) step {
	return step{"pty-req", ssh.Marshal(ptyRequest{Term: term, Cols: cols, Rows: rows})}
}

func command(text string) step { return step{"exec", ssh.Marshal(struct{ Line string }{text})} }

func opens(kind string, payload []byte) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ch, requests, err := client.OpenChannel(kind, payload)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		ch.Close()
		return true
	}
}

func global(kind string, payload []byte) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ok, _, err := client.SendRequest(kind, true, payload)
		return ok && err == nil
	}
}

var (
	shell   = step{"shell", nil}
	xterm   = pty("xterm-256color", 120, 40)
	forward = ssh.Marshal(struct {
		Host  string
		Port  uint32
		Host2 string
		Port2 uint32
	}{"127.0.0.1", 80, "127.0.0.1", 1})
	listenAt = ssh.Marshal(struct {
		Host string
		Port uint32
	}{"127.0.0.1", 0})
)

var requests = []request{
	{"screens", asks(xterm, shell), terminal},
	{"a window of another size", asks(xterm, shell, step{"window-change", ssh.Marshal(windowChange{Cols: 80, Rows: 24})}), terminal},
	{"a supervisor's command", asks(command("day --json")), supervisors},
	{"a command of two words", asks(command("statement show 2026-01-31")), supervisors},
	{"a supporter's command", asks(command("doctor")), supporters},
	{"a supporter's command on a terminal", asks(xterm, command("doctor")), supporters},
	{"keepalive", global("keepalive@openssh.com", nil), always},

	{"screens without a terminal", asks(shell), never},
	{"half of a command", asks(command("statement")), never},
	{"more than a command", asks(command("statement showing")), never},
	{"a shell", asks(command("sh")), never},
	{"a path to a command", asks(command("/bin/doctor")), never},
	{"no command", asks(command("")), never},
	{"blanks", asks(command("   ")), never},
	{"a command and a shell", asks(command("doctor;sh")), never},
	{"a command in quotes", asks(command("day 'x'")), never},
	{"a command with a substitution", asks(command("doctor $(sh)")), never},
	{"two lines", asks(command("doctor\nsh")), never},
	{"an escape", asks(command("doctor \x1b[2J")), never},
	{"a long command", asks(command("doctor " + strings.Repeat("x", longestLine))), never},
	{"many words", asks(command("doctor" + strings.Repeat(" x", longestWords))), never},
	{"scp", asks(command("scp -t /tmp")), never},
	{"a command that is no text", asks(step{"exec", []byte{0, 0, 0, 9, 'd'}}), never},
	{"a command with something behind", asks(step{"exec", append(command("doctor").payload, 0)}), never},
	{"an environment", asks(step{"env", ssh.Marshal(struct{ Name, Value string }{"LANG", "C"})}), never},
	{"sftp", asks(step{"subsystem", ssh.Marshal(struct{ Name string }{"sftp"})}), never},
	{"X11", asks(xterm, step{"x11-req", nil}), never},
	{"an agent", asks(step{"auth-agent-req@openssh.com", nil}), never},
	{"a signal", asks(xterm, shell, step{"signal", ssh.Marshal(struct{ Name string }{"KILL"})}), never},
	{"a break", asks(xterm, shell, step{"break", ssh.Marshal(struct{ Length uint32 }{500})}), never},
	{"something new", asks(step{"new@example.com", nil}), never},
	{"two terminals", asks(xterm, xterm), never},
	{"two shells", asks(xterm, shell, shell), never},
	{"a command behind a shell", asks(xterm, shell, command("who")), func(c credential) bool { return c.noPTY }}, // there is no shell before it
	{"a terminal behind a command", asks(command("who"), xterm), never},
	{"a terminal with an evil name", asks(pty("xterm;\x1b[", 80, 24)), never},
	{"a terminal without a name", asks(pty("", 80, 24)), never},
	{"a terminal as large as a house", asks(pty("xterm", 1<<31, 1<<31)), never},
	{"a terminal that is no terminal", asks(step{"pty-req", []byte("pty")}), never},
	{"a size without a terminal", asks(step{"window-change", ssh.Marshal(windowChange{Cols: 80, Rows: 24})}), never},
	{"a size of nothing", asks(xterm, step{"window-change", ssh.Marshal(windowChange{})}), never},
	{"direct-tcpip", opens("direct-tcpip", forward), never},
	{"forwarded-tcpip", opens("forwarded-tcpip", forward), never},
	{"a socket on the machine", opens("direct-streamlocal@openssh.com", ssh.Marshal(struct {
		Path, Reserved string
		Port           uint32
	}{"/run/x", "", 0})), never},
	{"a tunnel", opens("tun@openssh.com", nil), never},
	{"an agent's channel", opens("auth-agent@openssh.com", nil), never},
	{"an X11 channel", opens("x11", nil), never},
	{"tcpip-forward", global("tcpip-forward", listenAt), never},
	{"cancel-tcpip-forward", global("cancel-tcpip-forward", listenAt), never},
	{"streamlocal-forward", global("streamlocal-forward@openssh.com", ssh.Marshal(struct{ Path string }{"/tmp/x"})), never},
	{"the host's other keys", global("hostkeys-prove-00@openssh.com", nil), never},
	{"no more sessions", global("no-more-sessions@openssh.com", nil), never},
}

// triesRefused is how often a credential that must not come in is tried: it comes to no request, so the kind of request is no matter.
const triesRefused = 25

// TestMatrix tries every request with every credential. Nobody gets in who should not, and nobody gets what is not theirs.
func TestMatrix(t *testing.T) {
	w := newWorld(t, &book{serve: func(ctx context.Context, _ *Session) int { <-ctx.Done(); return 0 }})
	if len(w.credentials) < 40 || len(requests) < triesRefused {
		t.Fatalf("%d credentials and %d requests", len(w.credentials), len(requests))
	}
	in, cells := 0, 0
	for _, c := range w.credentials {
		for i, r := range requests {
			if c.person == "" && i == triesRefused {
				break
			}
			client, err := c.call.to(w.door.at)
			cells++
			switch {
			case err != nil && c.person != "":
				t.Fatalf("%s: %v", c.name, err)
			case err != nil:
				continue
			case c.person == "":
				t.Errorf("%s: came in", c.name)
			}
			in++
			if got := r.try(client); got != r.wants(c) {
				t.Errorf("%s, %s: granted = %v", c.name, r.name, got)
			}
			client.Close()
		}
	}
	t.Logf("%d cells, %d logins", cells, in)
}

// TestWhoIsInside asks every credential that comes in who it is.
func TestWhoIsInside(t *testing.T) {
	w := newWorld(t, &book{})
	for _, c := range w.credentials {
		if c.person == "" {
			continue
		}
		client, err := c.call.to(w.door.at)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		line, role := "doctor", "support"
		if supervisors(c) {
			line, role = "day", "supervisor"
		}
		out, err := s.Output(line)
		var exit *ssh.ExitError
		if !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			t.Errorf("%s: %v, want exit code 7", c.name, err)
		}
		if want := fmt.Sprintf("%s %s [%q]", c.person, role, line); !bytes.HasPrefix(out, []byte(want)) {
			t.Errorf("%s: is %q, want %q", c.name, out, want)
		}
		client.Close()
	}
}

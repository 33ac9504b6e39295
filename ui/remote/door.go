// Package remote is the door through which support staff and remote supervisors reach a running till: SSH, with keys and certificates
// alone, for a screen or one of the till's own commands. It decides who comes in, what they may ask for and when they are out again;
// what they see is a Host's.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"guitai/ledger"
)

// Visitor is somebody at the door whose key was proven. It is one session: two sessions on one connection are two visitors.
type Visitor struct {
	Person  string      // by the configuration
	Role    ledger.Role // by the configuration: RoleSupervisor or RoleSupport
	Key     string      // its fingerprint, SHA256:…
	Cert    string      // a certificate's id and serial number; empty for a pinned key
	From    string      // ADDRESS:PORT, or "socket"
	Session uint64      // its number, from 1 on, since the door was made
}

// Size is a terminal's, in cells.
type Size struct{ Cols, Rows int }

// Session is what a Host serves.
type Session struct {
	Visitor
	Command []string    // words; nil: the screens, on a terminal
	Term    string      // the terminal's name, as TERM has it; empty: there is no terminal
	Size    Size        // of the terminal, at first
	Resized <-chan Size // the newest size; never closed
	In      io.Reader   // ends when the session does
	Out     io.Writer
	Err     io.Writer // where there is no terminal; with one, it is Out's screen as well
}

// Getenv gives TERM and nothing else: a visitor's environment is not taken.
func (s *Session) Getenv(name string) string {
	if name == "TERM" {
		return s.Term
	}
	return ""
}

// Host is whoever keeps the book of visits and draws for visitors. Its methods are called from many goroutines.
type Host interface {
	// Commands lists what a role may ask for: the first words of a command, such as "day" or "statement show".
	Commands(ledger.Role) []string
	// Arrived writes down that a visit begins. An error turns the visitor away; they are told its text.
	Arrived(context.Context, Visitor) error
	// Serve shows what the session asked for until it is over, and gives the exit code. When ctx ends it returns at once; the cause is
	// one of the door's, such as ErrIdle. Its output is cut off soon after.
	Serve(context.Context, *Session) (exit int)
	// Left writes down that a visit that arrived is over, with one of the words below.
	Left(v Visitor, why string)
}

// Why a visit is over, as Left hears it. The causes of a session's context have the same words.
const WhyDone = "done" // served to its end

// The causes with which a session's context ends.
var (
	ErrLeft      = errors.New("left")       // the visitor closed the session, or the line is gone
	ErrIdle      = errors.New("idle")       // no key for too long
	ErrTime      = errors.New("time")       // the connection has lived as long as it may
	ErrThrownOut = errors.New("thrown out") // by the counter
	ErrClosed    = errors.New("closed")     // the till is closing
	ErrFault     = errors.New("fault")      // a bug in whoever serves
	ErrMisuse    = errors.New("misuse")     // too much was asked for that there is not
)

// Options are what a door is given besides its configuration. Everything but the folders may be left out.
type Options struct {
	Dir   string                    // the data folder: of the socket
	Keys  string                    // the folder of the till's own key; not where the ledger is
	Log   *slog.Logger              // hears of failed logins; never what a stranger has sent
	Clock func() (time.Time, error) // for certificates; an error while the time cannot be trusted
	// Peer is asked about the other end of each connection to the socket; an error turns it away. Nil: the socket's mode alone decides.
	Peer func(*net.UnixConn) error
	// Goodbye gives the last line for a visitor, by one of the words that Left hears; empty: none. It stands behind a terminal that was put right.
	Goodbye func(s *Session, why string) string
	// Report hears each change of whether the door can be opened: nil, or why not.
	Report func(error)
}

// Door is a till's door. Make it with New.
type Door struct {
	cfg    Config
	guests *guests
	host   Host
	opt    Options
	limits limits
	gate   *gate
	tally  tally

	mu       sync.Mutex
	locked   time.Time
	next     uint64
	visits   map[*visit]bool    // connections that are logged in
	arrivals map[string]*bucket // by persons of the table
	closing  bool
}

// New makes a door. It opens nothing; a wrong configuration is an error.
func New(cfg Config, host Host, opt Options) (*Door, error) {
	return newDoor(cfg, host, opt, usualLimits())
}

func newDoor(cfg Config, host Host, opt Options, l limits) (*Door, error) {
	guests, err := cfg.guests()
	if err != nil {
		return nil, fmt.Errorf("remote: %w", err)
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Clock == nil {
		opt.Clock = func() (time.Time, error) { return time.Now(), nil }
	}
	if opt.Peer == nil {
		opt.Peer = func(*net.UnixConn) error { return nil }
	}
	if opt.Goodbye == nil {
		opt.Goodbye = func(*Session, string) string { return "" }
	}
	if opt.Report == nil {
		opt.Report = func(error) {}
	}
	return &Door{cfg: cfg, guests: guests, host: host, opt: opt, limits: l, gate: newGate(l),
		tally: tally{log: opt.Log}, visits: map[*visit]bool{}, arrivals: map[string]*bucket{}}, nil
}

// ThrowOut ends everybody's visit and locks the door for an hour. It does not wait until they are out.
func (d *Door) ThrowOut() { d.Lock(time.Now().Add(d.limits.locked)) }

// Lock ends everybody's visit and locks the door until then, or opens it again when that is past. A till that was locked when it closed
// is told so by whoever has kept it.
func (d *Door) Lock(until time.Time) {
	d.mu.Lock()
	d.locked = until
	locked := d.lockedNow()
	visits := make([]*visit, 0, len(d.visits))
	for v := range d.visits {
		visits = append(visits, v)
	}
	d.mu.Unlock()
	for _, v := range visits {
		if locked {
			v.end(ErrThrownOut)
		}
	}
}

// Open lets people in again before the lock has run out that Locked has told. One that came since then stays.
func (d *Door) Open(was time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked.Equal(was) {
		d.locked = time.Time{}
	}
}

// Locked tells until when the door is locked; the zero time when it is not.
func (d *Door) Locked() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lockedNow() {
		return d.locked
	}
	return time.Time{}
}

// lockedNow is asked under the lock. What ThrowOut has set is measured on the process's own clock, which nobody can turn.
func (d *Door) lockedNow() bool { return time.Until(d.locked) > 0 }

// admit counts a connection in, or tells that there is no place for it: a login that was under way when the door was locked, too.
func (d *Door) admit(v *visit) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing || d.lockedNow() || len(d.visits) >= d.limits.visits {
		return false
	}
	d.visits[v] = true
	return true
}

func (d *Door) dismiss(v *visit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.visits, v)
}

// number gives a session its number.
func (d *Door) number() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	return d.next
}

// mayArrive takes a token of a person's, or gives ErrFull. A login costs nothing, and each visit is events on the till's disk.
func (d *Door) mayArrive(person string, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	own := d.arrivals[person]
	if own == nil {
		own = &bucket{tokens: float64(d.limits.arrivals), at: now}
		d.arrivals[person] = own
	}
	if own.fill(now, d.limits.arrivals, d.limits.again); own.tokens < 1 {
		return ErrFull
	}
	own.tokens--
	return nil
}

// The algorithms, one by one. AES-GCM is the only cipher for the reason that wire gives; it needs none of the MACs, which are named
// because a list must not be empty.
var (
	keyExchanges = []string{ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519}
	ciphers      = []string{ssh.CipherAES256GCM, ssh.CipherAES128GCM}
	macs         = []string{ssh.HMACSHA512ETM, ssh.HMACSHA256ETM}
)

// maxTries is how many keys may be tried on one connection.
const maxTries = 3

// What an admission is called among a login's permissions. The library knows other names there, which are never set.
const (
	permPerson = "person@guitai"
	permRole   = "role@guitai"
	permKey    = "key@guitai"
	permCert   = "cert@guitai"
	permPTY    = "pty@guitai"
)

// server is the library's configuration. A key that is only offered decides nothing: the person is found anew, from the key whose
// signature was right, and what was found at the offer is thrown away (the misuse that CVE-2024-45337 names). refused hears why
// somebody did not come in.
func (d *Door) server(host ssh.Signer, refused func(error)) *ssh.ServerConfig {
	judge := func(conn ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		who, err := d.guests.judge(key, originOf(conn.RemoteAddr()), d.opt.Clock)
		if err != nil {
			refused(err)
			return nil, err
		}
		return who.permissions(), nil
	}
	cfg := &ssh.ServerConfig{
		Config:                  ssh.Config{KeyExchanges: keyExchanges, Ciphers: ciphers, MACs: macs},
		PublicKeyAuthAlgorithms: keyAlgorithms,
		MaxAuthTries:            maxTries,
		ServerVersion:           "SSH-2.0-Guitai",
		PublicKeyCallback:       judge,
		VerifiedPublicKeyCallback: func(conn ssh.ConnMetadata, key ssh.PublicKey, _ *ssh.Permissions, _ string) (*ssh.Permissions, error) {
			return judge(conn, key)
		},
	}
	cfg.AddHostKey(host)
	return cfg
}

// permissions carry an admission through the library.
func (a admission) permissions() *ssh.Permissions {
	p := &ssh.Permissions{Extensions: map[string]string{permPerson: a.person, permRole: string(a.role), permKey: a.key, permCert: a.cert}}
	if a.pty {
		p.Extensions[permPTY] = ""
	}
	if a.source != "" {
		p.CriticalOptions = map[string]string{optionSource: a.source}
	}
	return p
}

// admitted reads them again. Without a person and a key there is nobody.
func admitted(p *ssh.Permissions) (admission, bool) {
	if p == nil {
		return admission{}, false
	}
	_, pty := p.Extensions[permPTY]
	a := admission{person: p.Extensions[permPerson], role: ledger.Role(p.Extensions[permRole]), key: p.Extensions[permKey],
		cert: p.Extensions[permCert], pty: pty}
	return a, a.person != "" && a.role != "" && a.key != ""
}

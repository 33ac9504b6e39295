package remote

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"guitai/ledger"
)

// Config is the door for support staff and for supervisors who are not at the counter. It is shut until it says where to listen and
// who may come in.
type Config struct {
	Listen        []string `toml:"listen"`                 // ADDRESS:PORT of this machine, such as "127.0.0.1:2222"; empty: nowhere
	Socket        bool     `toml:"socket"`                 // true: also at remote.sock in the data folder, for the till's own user
	Authorities   []string `toml:"authorities"`            // public keys, one a text, whose user certificates are believed for at most 8 hours and 2 minutes
	RequireSource bool     `toml:"require_source_address"` // true: certificates must say from which addresses they may be used
	Person        []Person `toml:"person"`                 // who may come in; each begins with [[remote.person]]
}

// Person is somebody who may come in. What a visitor may see hangs on the key alone; the name that a client logs in by says nothing.
type Person struct {
	Name       string   `toml:"name"`       // as it stands in the ledger and on the cashier's screen
	Role       string   `toml:"role"`       // "supervisor" or "support"
	Keys       []string `toml:"keys"`       // public keys, as in authorized_keys, without options: "ssh-ed25519 AAAA…"
	Principals []string `toml:"principals"` // a certificate with one of these names is this person's
	From       []string `toml:"from"`       // addresses or networks such as "10.0.0.0/8", and "socket"; empty: from anywhere
}

// On reports whether a door is configured at all.
func (c Config) On() bool { return len(c.Listen) > 0 || c.Socket }

// Check names each wrong setting in one sentence that begins with the setting's name.
func (c Config) Check() error {
	_, err := c.guests()
	return err
}

// fault collects sentences.
type fault struct{ all []error }

func (f *fault) add(format string, args ...any) { f.all = append(f.all, fmt.Errorf(format, args...)) }

// guests checks the configuration and makes the table of who may come in.
func (c Config) guests() (*guests, error) {
	var f fault
	g := &guests{keys: map[string]*guest{}, principals: map[string]*guest{}, authorities: map[string]bool{}, demandSource: c.RequireSource}
	for _, at := range c.Listen {
		if where, err := netip.ParseAddrPort(at); err != nil || where.Port() == 0 {
			f.add("listen = %q: an address with a port, such as 127.0.0.1:2222", at)
		}
	}
	for i, line := range c.Authorities {
		key, err := parseKey(line)
		if err != nil {
			f.add("authorities.%d: %w", i, err)
			continue
		}
		g.authorities[string(key.Marshal())] = true
	}
	names, certified := map[string]bool{}, false
	for i, p := range c.Person {
		p.check(&f, g, i, names)
		certified = certified || len(p.Principals) > 0
	}
	switch {
	case len(c.Listen) > 0 && len(c.Person) == 0: // at the socket alone, the till itself lets its own user in
		f.add("person: the door is to be opened for nobody; add a [[remote.person]], or take listen out")
	case len(c.Authorities) == 0 && certified:
		f.add("authorities: persons have principals, and no authority is named whose certificates are believed")
	case len(c.Authorities) > 0 && !certified:
		f.add("authorities: no person has principals, so no certificate lets anybody in")
	}
	return g, errors.Join(f.all...)
}

// check adds one person to the table, or says what is wrong.
func (p Person) check(f *fault, g *guests, i int, names map[string]bool) {
	at := fmt.Sprintf("person.%d.", i)
	if !validName(p.Name) || names[p.Name] {
		f.add("%sname = %q: a name of 1 to %d characters that no other person has, and no PIN, till, trainee or trainer", at, p.Name, maxName)
	}
	names[p.Name] = true
	who := &guest{name: p.Name, role: ledger.Role(p.Role)}
	if who.role != ledger.RoleSupervisor && who.role != ledger.RoleSupport {
		f.add("%srole = %q: allowed are supervisor, support", at, p.Role)
	}
	if len(p.Keys) == 0 && len(p.Principals) == 0 {
		f.add("%skeys: without a key, or a principal of a certificate, this person cannot come in", at)
	}
	for n, line := range p.Keys {
		key, err := parseKey(line)
		switch {
		case err != nil:
			f.add("%skeys.%d: %w", at, n, err)
		case g.keys[string(key.Marshal())] != nil:
			f.add("%skeys.%d: this key stands twice, and it must be clear whose it is", at, n)
		default:
			g.keys[string(key.Marshal())] = who
		}
	}
	for n, principal := range p.Principals {
		switch {
		case principal == "" || strings.TrimSpace(principal) != principal:
			f.add("%sprincipals.%d = %q: a name as it stands in a certificate", at, n, principal)
		case g.principals[principal] != nil:
			f.add("%sprincipals.%d = %q: this name stands twice, and it must be clear whose it is", at, n, principal)
		default:
			g.principals[principal] = who
		}
	}
	p.checkFrom(f, who, at)
}

// originSocket is the word for the unix socket, in a person's from and as a visitor's address.
const originSocket = "socket"

func (p Person) checkFrom(f *fault, who *guest, at string) {
	who.anywhere = len(p.From) == 0
	for n, text := range p.From {
		network, err := parseNetwork(text)
		switch {
		case text == originSocket:
			who.socket = true
		case err != nil:
			f.add("%sfrom.%d = %q: an address, a network such as 10.0.0.0/8, or socket", at, n, text)
		default:
			who.from = append(who.from, network)
		}
	}
}

// parseNetwork takes a network, or an address as a network of one.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err == nil && network.Addr().Is4In6() {
		err = errors.New("an IPv4 network in IPv6's clothes")
	}
	return network.Masked(), err
}

// maxName bounds a person's name, in characters: it stands on every row that names one.
const maxName = 12

// validName holds a name to what the ledger takes, or its person would be turned away at every visit.
func validName(name string) bool {
	return utf8.RuneCountInString(name) <= maxName && ledger.MayVisit(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// parseKey reads a public key that may let somebody in. Options before it would promise what the door does not do.
func parseKey(line string) (ssh.PublicKey, error) {
	key, _, options, rest, err := ssh.ParseAuthorizedKey([]byte(line))
	switch {
	case err != nil || len(rest) > 0 || strings.ContainsAny(line, "\r\n"):
		return nil, errors.New(`not a public key such as "ssh-ed25519 AAAA…"`)
	case len(options) > 0:
		return nil, errors.New("options before a key are not understood here; write where it may be used into from")
	}
	if _, is := key.(*ssh.Certificate); is {
		return nil, errors.New("a certificate is no key; write down its authority and principals")
	}
	return key, goodKey(key)
}

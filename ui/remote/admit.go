package remote

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/ssh"

	"guitai/ledger"
)

// This file decides who comes in. It is a table and pure functions: a key, an address and a time go in, a person or a reason comes out.

// guests is the table of the configuration. Nothing changes it.
type guests struct {
	keys         map[string]*guest // by a key's bytes on the wire
	principals   map[string]*guest // by a name in certificates
	authorities  map[string]bool   // by a key's bytes on the wire
	demandSource bool
}

// guest is one person of the table.
type guest struct {
	name     string
	role     ledger.Role
	anywhere bool // no from was given
	socket   bool
	from     []netip.Prefix
}

// origin is where a connection comes from: an address, or this machine's socket.
type origin struct {
	at     netip.AddrPort
	socket bool
}

// originOf reads a connection's other end. An address of no known kind is one from which nobody may come who has a from.
func originOf(addr net.Addr) origin {
	switch a := addr.(type) {
	case *net.TCPAddr:
		at := a.AddrPort()
		return origin{at: netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())}
	case *net.UnixAddr:
		return origin{socket: true}
	}
	return origin{}
}

func (o origin) String() string {
	if o.socket {
		return originSocket
	}
	return o.at.String()
}

// network is what shares a limit: 256 addresses of IPv4, one site's network of IPv6.
func (o origin) network() netip.Prefix {
	bits := 24
	if o.at.Addr().Is6() {
		bits = 64
	}
	network, _ := o.at.Addr().Prefix(bits) // the zero prefix for the socket: it is a network of its own
	return network
}

func (o origin) in(networks []netip.Prefix) bool {
	return !o.socket && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(o.at.Addr()) })
}

func (g *guest) mayComeFrom(o origin) bool {
	return g.anywhere || o.socket && g.socket || o.in(g.from)
}

// admission is who somebody is, by the key that they used.
type admission struct {
	person    string
	role      ledger.Role
	key, cert string // as in Visitor
	pty       bool   // whether they may have a terminal
	source    string // a certificate's own list of addresses, which the library checks once more; empty: none
}

// Why somebody does not come in. No reason holds anything that a client has sent.
var (
	errUnknownKey    = errors.New("the key is nobody's")
	errElsewhere     = errors.New("the person may not come from there")
	errWeakKey       = errors.New("keys of this kind or size are not taken")
	errHostCert      = errors.New("the certificate is not a user's")
	errAuthority     = errors.New("the certificate's authority is not known")
	errCertAlgorithm = errors.New("the certificate is signed in a way that is not taken")
	errPrincipals    = errors.New("the certificate names nobody who may come in, or more than one")
	errOption        = errors.New("the certificate has a critical option that is not understood")
	errSource        = errors.New("the certificate may not be used from there")
	errNoSource      = errors.New("the certificate does not say from where it may be used")
	errTooLong       = errors.New("the certificate is good for more than 8 hours and 2 minutes")
	errNotNow        = errors.New("the certificate is not good at this time")
	errUntouched     = errors.New("the certificate waives the touch of its key")
	errForged        = errors.New("the certificate's signature is wrong")
	errClock         = errors.New("certificates are not taken while the till's clock is not trusted")
)

// judge tells who uses a key from somewhere, or why they do not come in. clock gives the time, or why it cannot be trusted.
func (g *guests) judge(key ssh.PublicKey, from origin, clock func() (time.Time, error)) (admission, error) {
	cert, certified := key.(*ssh.Certificate)
	if certified {
		return g.judgeCert(cert, from, clock)
	}
	if err := goodKey(key); err != nil {
		return admission{}, errWeakKey
	}
	who := g.keys[string(key.Marshal())]
	switch {
	case who == nil:
		return admission{}, errUnknownKey
	case !who.mayComeFrom(from):
		return admission{}, errElsewhere
	}
	return admission{person: who.name, role: who.role, key: ssh.FingerprintSHA256(key), pty: true}, nil
}

// What a certificate may ask for. Extensions are permissions; all but the one for a terminal are for things that nobody gets here.
const (
	optionSource   = "source-address"
	extensionPTY   = "permit-pty"
	extensionTouch = "no-touch-required"
	// certLife is a shift: an authority that is asked daily can say no daily. The two minutes are ssh-keygen's, which sets the start of
	// "-V +8h" back by up to 119 s, to a whole minute that has surely begun on the other machine.
	certLife = 8*time.Hour + 2*time.Minute
)

// judgeCert: the cheap questions come first, the signature last, so that strangers cost no arithmetic.
func (g *guests) judgeCert(cert *ssh.Certificate, from origin, clock func() (time.Time, error)) (admission, error) {
	now, err := clock()
	if err != nil {
		return admission{}, errClock
	}
	if err := g.checkCert(cert, now); err != nil {
		return admission{}, err
	}
	who := g.named(cert.ValidPrincipals)
	if who == nil {
		return admission{}, errPrincipals
	}
	source, err := g.source(cert, from)
	switch {
	case err != nil:
		return admission{}, err
	case !who.mayComeFrom(from):
		return admission{}, errElsewhere
	}
	_, pty := cert.Extensions[extensionPTY]
	return admission{person: who.name, role: who.role, key: ssh.FingerprintSHA256(cert.Key), cert: certName(cert), pty: pty, source: source},
		g.checkSignature(cert, now)
}

func (g *guests) checkCert(cert *ssh.Certificate, now time.Time) error {
	_, untouched := cert.Extensions[extensionTouch] // the library honours it for keys that are to be touched, and cannot be told not to
	switch {
	case cert.CertType != ssh.UserCert:
		return errHostCert
	case !g.authorities[string(cert.SignatureKey.Marshal())]:
		return errAuthority
	case goodKey(cert.Key) != nil || goodKey(cert.SignatureKey) != nil:
		return errWeakKey
	case cert.Signature == nil || !slices.Contains(keyAlgorithms, cert.Signature.Format):
		return errCertAlgorithm
	case untouched && strings.HasPrefix(cert.Key.Type(), "sk-"):
		return errUntouched
	case cert.ValidBefore <= cert.ValidAfter || cert.ValidBefore-cert.ValidAfter > uint64(certLife/time.Second):
		return errTooLong
	case now.Unix() < 0 || uint64(now.Unix()) < cert.ValidAfter || uint64(now.Unix()) >= cert.ValidBefore:
		return errNotNow
	}
	for option := range cert.CriticalOptions {
		if option != optionSource {
			return errOption
		}
	}
	return nil
}

// named finds the one person whose principals the certificate has.
func (g *guests) named(principals []string) (who *guest) {
	for _, name := range principals {
		found := g.principals[name]
		if found != nil && who != nil && found != who {
			return nil
		}
		if found != nil {
			who = found
		}
	}
	return who
}

// source holds a certificate to its own addresses. A list with an entry that cannot be read is no list.
func (g *guests) source(cert *ssh.Certificate, from origin) (string, error) {
	list, given := cert.CriticalOptions[optionSource]
	if !given {
		if g.demandSource {
			return "", errNoSource
		}
		return "", nil
	}
	var networks []netip.Prefix
	for _, text := range strings.Split(list, ",") {
		network, err := parseNetwork(text)
		if err != nil {
			return "", errSource
		}
		networks = append(networks, network)
	}
	if !from.in(networks) {
		return "", errSource
	}
	return list, nil
}

func (g *guests) checkSignature(cert *ssh.Certificate, now time.Time) error {
	checker := ssh.CertChecker{SupportedCriticalOptions: []string{optionSource}, Clock: func() time.Time { return now }}
	if err := checker.CheckCert(cert.ValidPrincipals[0], cert); err != nil {
		return errForged
	}
	return nil
}

// certName is a certificate's id and serial number. The id is somebody else's text.
func certName(cert *ssh.Certificate) string {
	return strings.TrimSpace(plain(cert.KeyId, 64) + " #" + strconv.FormatUint(cert.Serial, 10)) // the ledger takes no blank at an end
}

// plain makes a foreign text harmless: printable characters, and no more than most of them.
func plain(text string, most int) string {
	runes := []rune(strings.ToValidUTF8(text, "�"))
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = '�'
		}
	}
	return string(runes[:min(len(runes), most)])
}

// keyAlgorithms are the ways to sign that are taken, of visitors as well as of authorities. SHA-1 (ssh-rsa) and DSA are not among them.
var keyAlgorithms = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// leastRSA is the size of RSA keys in bits that is worth 128 bits (NIST SP 800-57 part 1, table 2).
const leastRSA = 3072

// goodKey refuses keys of other kinds, and short ones.
func goodKey(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return nil
	case ssh.KeyAlgoRSA:
		if own, is := key.(ssh.CryptoPublicKey); is {
			if public, is := own.CryptoPublicKey().(*rsa.PublicKey); is && public.N.BitLen() >= leastRSA {
				return nil
			}
		}
		return fmt.Errorf("an RSA key must have %d bits or more; an Ed25519 key is better", leastRSA)
	}
	return fmt.Errorf("a key of the kind %s is not taken; use ssh-keygen -t ed25519", key.Type())
}

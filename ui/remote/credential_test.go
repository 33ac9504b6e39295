package remote

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"slices"
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

// keys are everybody's, and two certificates that need more than one step.
type keys struct {
	anna, anna256, anna521, annaRSA, annaToken ssh.Signer // a supervisor's
	ben, eli, cara, stranger, other            ssh.Signer
	ca, caCurve                                ssh.Signer // authorities; annaRSA is one, too
	short, untouched                           ssh.Signer // too short; anna's token without a touch
	good, forged                               *ssh.Certificate
}

func newKeys(t *testing.T) (k keys) {
	t.Helper()
	curve := func(c elliptic.Curve) ssh.Signer {
		private, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return signerOf(t, private)
	}
	for _, s := range []*ssh.Signer{&k.anna, &k.ben, &k.eli, &k.cara, &k.stranger, &k.other, &k.ca} {
		*s = testKey(t)
	}
	k.anna256, k.anna521, k.caCurve, k.annaRSA, k.short = curve(elliptic.P256()), curve(elliptic.P521()), curve(elliptic.P384()), rsaKey(t, 3072), rsaKey(t, 2048)
	_, fido, _ := ed25519.GenerateKey(rand.Reader)
	k.annaToken, k.untouched = newToken(t, true, fido), newToken(t, false, fido)
	k.good, k.forged = newCert(t, k.ca, k.cara, nil), newCert(t, k.ca, k.cara, principals("dora"))
	k.forged.ValidPrincipals = []string{"cara"}
	return k
}

// world is an open door and everybody who comes to it.
type world struct {
	door        *opened
	credentials []credential
}

func newWorld(t *testing.T, host Host) *world {
	t.Helper()
	k := newKeys(t)
	cfg := Config{Listen: []string{"127.0.0.1:2222"}, Authorities: []string{line(k.ca), line(k.caCurve), line(k.annaRSA)}, Person: []Person{
		{Name: "anna", Role: "supervisor", Keys: []string{line(k.anna), line(k.anna256), line(k.anna521), line(k.annaRSA), line(k.annaToken)}},
		{Name: "ben", Role: "support", Keys: []string{line(k.ben)}, From: []string{"127.0.0.0/24", "10.1.2.3"}},
		{Name: "cara", Role: "support", Principals: []string{"cara", "support-cara"}, From: []string{"127.0.0.0/8"}},
		{Name: "dora", Role: "supervisor", Principals: []string{"dora"}, From: []string{"127.0.9.0/24"}},
		{Name: "eli", Role: "support", Keys: []string{line(k.eli)}, From: []string{"socket"}},
	}}
	w := &world{door: open(t, cfg, host, Options{}, patient), credentials: append(comers(t, k), strangers(t, k)...)}
	// What Check would not let into the table, so that the door's own look at a key is seen.
	guests := w.door.guests
	guests.keys[string(k.short.PublicKey().Marshal())] = guests.keys[string(k.anna.PublicKey().Marshal())]
	guests.authorities[string(k.short.PublicKey().Marshal())] = true
	return w
}

func extensions(names ...string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) {
		c.Extensions = map[string]string{}
		for _, n := range names {
			c.Extensions[n] = ""
		}
	}
}

func from(c call, at string) call { c.from = at; return c }

func as(c call, user string) call { c.user = user; return c }

// comers are all ways to come in.
func comers(t *testing.T, k keys) []credential {
	return []credential{
		{name: "pinned Ed25519", call: with(k.anna), person: "anna"},
		{name: "pinned P-256", call: with(k.anna256), person: "anna"},
		{name: "pinned P-521", call: with(k.anna521), person: "anna"},
		{name: "pinned RSA 3072, SHA-512", call: with(only(t, k.annaRSA, ssh.KeyAlgoRSASHA512)), person: "anna"},
		{name: "pinned token, touched", call: with(k.annaToken), person: "anna"},
		{name: "pinned, from the right network", call: with(k.ben), person: "ben"},
		{name: "pinned, as another user", call: as(with(k.ben), "anna"), person: "ben"},
		{name: "a stranger's key, then one's own", call: with(k.stranger, k.ben), person: "ben"},
		{name: "offers the supervisor's key, uses one's own", call: changed(k.ben, k.anna), person: "ben"},
		{name: "certificate", call: certOf(t, k.ca, k.cara, nil), person: "cara"},
		{name: "certificate, as another user", call: as(certOf(t, k.ca, k.cara, nil), "dora"), person: "cara"},
		{name: "certificate, second name", call: certOf(t, k.ca, k.cara, principals("x", "support-cara")), person: "cara"},
		{name: "certificate without a terminal", call: certOf(t, k.ca, k.cara, extensions()), person: "cara", noPTY: true},
		{name: "certificate with every extension", call: certOf(t, k.ca, k.cara, extensions("permit-pty", "permit-port-forwarding", "permit-agent-forwarding",
			"permit-X11-forwarding", "permit-user-rc", "no-touch-required", "whatever@example.com", permPerson, permRole)), person: "cara"},
		{name: "certificate for here", call: certOf(t, k.ca, k.cara, option("source-address", "10.0.0.0/8,127.0.0.1")), person: "cara"},
		{name: "certificate, P-384 authority", call: certOf(t, k.caCurve, k.cara, nil), person: "cara"},
		{name: "certificate, RSA authority", call: certOf(t, only(t, k.annaRSA, ssh.KeyAlgoRSASHA256), k.cara, nil), person: "cara"},
		{name: "certificate for 8 hours and 119 s", call: certOf(t, k.ca, k.cara, valid(-119, 8*3600)), person: "cara"},
		{name: "certificate, right network", call: from(certOf(t, k.ca, k.cara, principals("dora")), "127.0.9.5"), person: "dora"},
	}
}

// strangers are ways not to.
func strangers(t *testing.T, k keys) []credential {
	return []credential{
		{name: "no key", call: call{}},
		{name: "a password", call: call{auth: []ssh.AuthMethod{ssh.Password("")}}},
		{name: "keyboard-interactive", call: call{auth: []ssh.AuthMethod{ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })}}},
		{name: "a stranger's key", call: with(k.stranger)},
		{name: "a stranger's key, as a known user", call: as(with(k.stranger), "anna")},
		{name: "the supervisor's key without its secret", call: with(two{k.stranger, k.anna.PublicKey()})},
		{name: "offers the supervisor's key, uses a stranger's", call: changed(k.stranger, k.anna)},
		{name: "pinned RSA, SHA-1", call: with(only(t, k.annaRSA, ssh.KeyAlgoRSA))},
		{name: "planted RSA 2048", call: with(only(t, k.short, ssh.KeyAlgoRSASHA512))},
		{name: "pinned token, not touched", call: with(k.untouched)},
		{name: "pinned, from elsewhere", call: from(with(k.ben), "127.0.1.1")},
		{name: "pinned for the socket", call: with(k.eli)},
		{name: "the fourth key is right", call: with(k.stranger, k.other, k.short, k.anna)},
		{name: "the authority's own key", call: with(k.ca)},
		{name: "pinned key in a stranger's certificate", call: certOf(t, k.other, k.anna, nil)},
		{name: "certificate by a stranger", call: certOf(t, k.other, k.cara, nil)},
		{name: "certificate by itself", call: certOf(t, k.cara, k.cara, nil)},
		{name: "certificate by a visitor", call: certOf(t, k.anna, k.cara, nil)},
		{name: "certificate, tampered with", call: shown(t, k.forged, k.cara)},
		{name: "certificate without its secret", call: shown(t, k.good, two{k.stranger, k.cara.PublicKey()})},
		{name: "host certificate", call: certOf(t, k.ca, k.cara, func(c *ssh.Certificate) { c.CertType = ssh.HostCert })},
		{name: "certificate of no type", call: certOf(t, k.ca, k.cara, func(c *ssh.Certificate) { c.CertType = 3 })},
		{name: "certificate for nobody", call: certOf(t, k.ca, k.cara, principals())},
		{name: "certificate for nobody here", call: as(certOf(t, k.ca, k.cara, principals("root")), "root")},
		{name: "certificate for two", call: certOf(t, k.ca, k.cara, principals("cara", "dora"))},
		{name: "certificate for two, the other way", call: certOf(t, k.ca, k.cara, principals("dora", "cara"))},
		{name: "certificate, wrong network", call: certOf(t, k.ca, k.cara, principals("dora"))},
		{name: "certificate for 8 hours and 121 s", call: certOf(t, k.ca, k.cara, valid(-3600, 7*3600+121))},
		{name: "certificate for 8 hours and 3 minutes", call: certOf(t, k.ca, k.cara, valid(-60, 8*3600+120))},
		{name: "certificate for ever", call: certOf(t, k.ca, k.cara, func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity })},
		{name: "certificate for always", call: certOf(t, k.ca, k.cara, func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 0, ssh.CertTimeInfinity })},
		{name: "certificate since ever", call: certOf(t, k.ca, k.cara, func(c *ssh.Certificate) { c.ValidAfter = 0 })},
		{name: "certificate, expired", call: certOf(t, k.ca, k.cara, valid(-3600, 0))},
		{name: "certificate, not yet", call: certOf(t, k.ca, k.cara, valid(600, 3600))},
		{name: "certificate, backwards", call: certOf(t, k.ca, k.cara, valid(3600, -3600))},
		{name: "certificate for a command", call: certOf(t, k.ca, k.cara, option("force-command", "day"))},
		{name: "certificate, verify-required", call: certOf(t, k.ca, k.cara, option("verify-required", ""))},
		{name: "certificate, unknown option", call: certOf(t, k.ca, k.cara, option("x@example.com", ""))},
		{name: "certificate for elsewhere", call: certOf(t, k.ca, k.cara, option("source-address", "10.0.0.0/8"))},
		{name: "certificate for no address", call: certOf(t, k.ca, k.cara, option("source-address", ""))},
		{name: "certificate for a broken list", call: certOf(t, k.ca, k.cara, option("source-address", "127.0.0.1,anywhere"))},
		{name: "certificate, authority with SHA-1", call: certOf(t, only(t, k.annaRSA, ssh.KeyAlgoRSA), k.cara, nil)},
		{name: "certificate, planted short authority", call: certOf(t, only(t, k.short, ssh.KeyAlgoRSASHA512), k.cara, nil)},
		{name: "certificate of a short key", call: certOf(t, k.ca, k.short, nil)},
		{name: "certificate waives the touch", call: certOf(t, k.ca, k.untouched, extensions("permit-pty", "no-touch-required"))},
	}
}

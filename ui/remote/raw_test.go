package remote

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// raw is a client that does what a library's would not: it exchanges keys (RFC 4253, RFC 8731), and then sends whatever it is told to.
type raw struct {
	net.Conn
	seal    cipher.AEAD
	nonce   []byte
	session []byte // its id
}

const rawVersion = "SSH-2.0-raw"

type kexInit struct {
	Kind                                                                           byte
	Cookie                                                                         [16]byte
	Kex, HostKey, Cipher1, Cipher2, MAC1, MAC2, Compress1, Compress2, Lang1, Lang2 string
	Follows                                                                        bool
	Reserved                                                                       uint32
}

func myInit() []byte {
	return ssh.Marshal(kexInit{Kind: 20, Kex: "curve25519-sha256", HostKey: "ssh-ed25519", Cipher1: "aes128-gcm@openssh.com",
		Cipher2: "aes128-gcm@openssh.com", MAC1: "hmac-sha2-256-etm@openssh.com", MAC2: "hmac-sha2-256-etm@openssh.com", Compress1: "none", Compress2: "none"})
}

// packed is a packet in the clear, or what a sealed one is made of; size is the cipher's block.
func packed(payload []byte, size, unpadded int) []byte {
	padding := size - (unpadded+1+len(payload))%size
	if padding < 4 {
		padding += size
	}
	p := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	p = append(append(p, byte(padding)), payload...)
	return append(p, make([]byte, padding)...)
}

func readClear(t testing.TB, r io.Reader) []byte {
	t.Helper()
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[:])-1)
	if _, err := io.ReadFull(r, rest); err != nil {
		t.Fatal(err)
	}
	return rest[:len(rest)-int(head[4])]
}

// dialRaw comes as far as the login.
func dialRaw(t testing.TB, at string) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	r := bufio.NewReader(conn)
	io.WriteString(conn, rawVersion+"\r\n")
	version, err := r.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := myInit(), readClear(t, r)
	conn.Write(packed(mine, 8, 4))
	secret, _ := ecdh.X25519().GenerateKey(rand.Reader)
	conn.Write(packed(ssh.Marshal(struct {
		Kind byte
		Q    []byte
	}{30, secret.PublicKey().Bytes()}), 8, 4))
	var reply struct {
		Host      []byte `sshtype:"31"`
		Q         []byte
		Signature []byte
	}
	if err := ssh.Unmarshal(readClear(t, r), &reply); err != nil {
		t.Fatal(err)
	}
	public, err := ecdh.X25519().NewPublicKey(reply.Q)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := secret.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	k := number(shared)
	hash := sha256.Sum256(append(ssh.Marshal(struct {
		V1, V2               string
		I1, I2, Host, Q1, Q2 []byte
	}{rawVersion, string(bytes.TrimRight([]byte(version), "\r\n")), mine, theirs, reply.Host, secret.PublicKey().Bytes(), reply.Q}), k...))
	derive := func(letter byte) []byte {
		sum := sha256.Sum256(bytes.Join([][]byte{k, hash[:], {letter}, hash[:]}, nil))
		return sum[:]
	}
	conn.Write(packed([]byte{msgNewKeys}, 8, 4))
	block, _ := aes.NewCipher(derive('C')[:16])
	seal, _ := cipher.NewGCM(block)
	go io.Copy(io.Discard, r)
	return &raw{Conn: conn, seal: seal, nonce: derive('A')[:12], session: hash[:]}
}

// number is a positive number on the wire.
func number(b []byte) []byte {
	b = bytes.TrimLeft(b, "\x00")
	if len(b) > 0 && b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// sealed is a packet as it goes over the line.
func (c *raw) sealed(payload []byte) []byte {
	p := packed(payload, 16, 0)
	out := c.seal.Seal(append([]byte(nil), p[:4]...), c.nonce, p[4:], p[:4])
	for i := 11; i >= 4; i-- {
		if c.nonce[i]++; c.nonce[i] != 0 {
			break
		}
	}
	return out
}

var (
	toLogin = ssh.Marshal(struct {
		Kind    byte
		Service string
	}{5, "ssh-userauth"})
	password = ssh.Marshal(struct {
		Kind                  byte
		User, Service, Method string
	}{50, "u", "ssh-connection", "password"})
	ignored = ssh.Marshal(struct {
		Kind byte
		Data string
	}{2, "x"})
)

// TestStrangersLeaveNothing: whatever a stranger sends at once, in whatever order, no goroutine and no place is lost (open looks).
func TestStrangersLeaveNothing(t *testing.T) {
	many := func(p []byte, n int) (all [][]byte) {
		for range n {
			all = append(all, p)
		}
		return all
	}
	for name, packets := range map[string][][]byte{
		"sixty logins at once":  append([][]byte{toLogin}, many(password, 60)...),
		"no login is asked for": many(password, 60),
		"a login that is none":  append([][]byte{toLogin, {50, 0, 0, 0, 9}}, many(password, 60)...),
		"nothing but noise":     append([][]byte{toLogin}, many(ignored, 2000)...),
		"a packet of no kind":   append([][]byte{toLogin, {255}}, many(password, 60)...),
		"large packets":         append([][]byte{toLogin}, many(append(append([]byte(nil), password...), make([]byte, 30_000)...), 20)...),
		"a session before a login": append([][]byte{toLogin}, many(ssh.Marshal(struct {
			Kind             byte
			Type             string
			ID, Window, Size uint32
		}{90, "session", 0, 1 << 20, 1 << 15}), 60)...),
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, one("anna", "supervisor", testKey(t)), &book{}, Options{}, func(l *limits) { l.perNetwork = 16 })
			for range 5 {
				c := dialRaw(t, o.at)
				var burst []byte
				for _, p := range packets {
					burst = append(burst, c.sealed(p)...)
				}
				c.Write(burst) // it may be cut off in the middle
			}
			o.stop()
		})
	}
}

// login is a login with a key (RFC 4252, section 7).
func (c *raw) login(t testing.TB, key ssh.Signer) []byte {
	t.Helper()
	request := ssh.Marshal(struct {
		Kind                  byte
		User, Service, Method string
		Signed                bool
		Algorithm             string
		Key                   []byte
	}{50, "u", "ssh-connection", "publickey", true, key.PublicKey().Type(), key.PublicKey().Marshal()})
	signature, err := key.Sign(rand.Reader, append(ssh.Marshal(struct{ ID []byte }{c.session}), request...))
	if err != nil {
		t.Fatal(err)
	}
	return append(request, ssh.Marshal(struct{ Signature []byte }{ssh.Marshal(signature)})...)
}

// TestVisitorsLeaveNothing is the same for somebody with a key whose client breaks every rule.
func TestVisitorsLeaveNothing(t *testing.T) {
	open1 := ssh.Marshal(struct {
		Kind             byte
		Type             string
		ID, Window, Size uint32
	}{90, "session", 0, 1 << 20, 1 << 15})
	for name, packets := range map[string][][]byte{
		"a packet of no kind":    {{255}},
		"a channel that is none": {{94, 0, 0, 0, 77, 0, 0, 0, 1, 'x'}},
		"half a packet":          {{90}},
		"a session":              {open1, {98}},
	} {
		t.Run(name, func(t *testing.T) {
			key := testKey(t)
			o := open(t, one("anna", "supervisor", key), &book{}, Options{}, func(l *limits) { l.perNetwork, l.pace = 16, 50*time.Millisecond })
			for range 5 {
				c := dialRaw(t, o.at)
				burst := slices.Concat(c.sealed(toLogin), c.sealed(c.login(t, key)))
				for _, p := range packets {
					burst = append(burst, c.sealed(p)...)
				}
				for range 100 {
					burst = append(burst, c.sealed(ssh.Marshal(struct {
						Kind  byte
						Name  string
						Reply bool
					}{80, "x", false}))...)
				}
				c.Write(burst)
			}
			eventually(t, "five have come and gone", func() bool { return o.visitsNow() == 0 && o.gateNow() == 0 })
			o.stop()
		})
	}
}

// TestRawClientComesIn shows that the raw client's packets are understood, so that the test above tests something.
func TestRawClientComesIn(t *testing.T) {
	o := open(t, one("anna", "supervisor", testKey(t)), &book{}, Options{})
	c := dialRaw(t, o.at)
	c.Write(c.sealed(toLogin))
	for range maxTries {
		c.Write(c.sealed(password))
	}
	eventually(t, "the third try has failed", func() bool {
		_, err := c.Write([]byte{0})
		return err != nil
	})
	o.tally.mu.Lock()
	defer o.tally.mu.Unlock()
	if o.tally.counts[errHandshake] == nil {
		t.Error(o.tally.counts)
	}
}

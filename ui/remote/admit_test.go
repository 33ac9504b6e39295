package remote

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestReasons: what the library would refuse as well is refused here first, and each refusal says why.
func TestReasons(t *testing.T) {
	ca, cara := testKey(t), testKey(t)
	cfg := Config{Listen: []string{"127.0.0.1:2222"}, Authorities: []string{line(ca)}, Person: []Person{
		{Name: "cara", Role: "support", Principals: []string{"cara"}}, {Name: "dora", Role: "support", Principals: []string{"dora"}, From: []string{"10.0.0.0/8"}}}}
	g, err := cfg.guests()
	if err != nil {
		t.Fatal(err)
	}
	here := origin{at: netip.MustParseAddrPort("192.0.2.1:1")}
	clock := func() (time.Time, error) { return time.Now(), nil }
	for _, c := range []struct {
		change func(*ssh.Certificate)
		want   error
	}{
		{nil, nil},
		{valid(-60, 0), errNotNow},
		{valid(60, 120), errNotNow},
		{valid(60, -60), errTooLong},
		{valid(-119, 8*3600), nil}, // as ssh-keygen -V +8h makes it
		{valid(-60, 8*3600+61), errTooLong},
		{func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, errHostCert},
		{option("force-command", "day"), errOption},
		{option("source-address", "192.0.2.0/24"), nil},
		{option("source-address", "192.0.2.2"), errSource},
		{option("source-address", ""), errSource},
		{option("source-address", "192.0.2.1,x"), errSource},
		{principals(), errPrincipals},
		{principals("cara", "dora"), errPrincipals},
		{principals("dora"), errElsewhere},
	} {
		cert := newCert(t, ca, cara, c.change)
		if _, err := g.judge(cert, here, clock); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
		cert.Nonce[0]++
		if _, err := g.judge(cert, here, clock); c.want == nil && !errors.Is(err, errForged) {
			t.Errorf("got %v, want %v", err, errForged)
		}
	}
	onSocket := newCert(t, ca, cara, option("source-address", "192.0.2.0/24,0.0.0.0/0"))
	if _, err := g.judge(onSocket, origin{socket: true}, clock); !errors.Is(err, errSource) {
		t.Error("the socket has no address:", err)
	}
}

// TestOrigins: an address is the same however it is written, and what is no address is nowhere.
func TestOrigins(t *testing.T) {
	mapped := originOf(&net.TCPAddr{IP: net.ParseIP("::ffff:10.1.2.3"), Port: 5})
	ten, _ := parseNetwork("10.0.0.0/8")
	if !mapped.in([]netip.Prefix{ten}) || mapped.String() != "10.1.2.3:5" {
		t.Error(mapped)
	}
	zoned := originOf(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0", Port: 5})
	link, _ := parseNetwork("fe80::/10")
	if !zoned.in([]netip.Prefix{link}) {
		t.Error(zoned)
	}
	for _, o := range []origin{originOf(&net.IPAddr{IP: net.ParseIP("10.1.2.3")}), originOf(nil)} {
		if o.socket || o.in([]netip.Prefix{ten}) || (&guest{socket: true, from: []netip.Prefix{ten}}).mayComeFrom(o) {
			t.Error(o)
		}
	}
}

// TestNames: a certificate's id is somebody else's text.
func TestNames(t *testing.T) {
	if got := certName(&ssh.Certificate{KeyId: "\x1b[2J安\u202e\xff", Serial: 7}); got != "�[2J安�� #7" {
		t.Errorf("%q", got)
	}
	if got := certName(&ssh.Certificate{KeyId: " ", Serial: 7}); got != "#7" { // the ledger takes no blank at an end
		t.Errorf("%q", got)
	}
}

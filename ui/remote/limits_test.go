package remote

import (
	"net/netip"
	"testing"
	"time"
)

func network(text string) netip.Prefix {
	return origin{at: netip.AddrPortFrom(netip.MustParseAddr(text), 1)}.network()
}

func TestNetworks(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "2001:db8:1:2:3::4": "2001:db8:1:2::/64"} {
		if got := network(text); got.String() != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := (origin{socket: true}).network(); got.IsValid() {
		t.Error(got)
	}
}

// TestGate: places and tokens of one network are its own; a login costs nothing.
func TestGate(t *testing.T) {
	l, now := usualLimits(), time.Unix(1e9, 0)
	g := newGate(l)
	a, b := network("192.0.2.1"), network("198.51.100.1")
	for range l.perNetwork {
		if !g.enter(a, now) {
			t.Fatal("no place")
		}
	}
	if g.enter(a, now) || !g.enter(b, now) {
		t.Error("the places of one network are not its own")
	}
	for range l.perNetwork {
		g.leave(a, true)
	}
	g.leave(b, false)
	for range 3 * l.burst { // logins
		if !g.enter(a, now) {
			t.Fatal("a login has cost something")
		}
		g.leave(a, true)
	}
	for i := range l.burst { // tries
		if !g.enter(a, now) {
			t.Fatal("try", i)
		}
		g.leave(a, false)
	}
	if g.enter(a, now) {
		t.Error("a try too many")
	}
	if !g.enter(b, now) {
		t.Error("another network pays for it")
	}
	g.leave(b, false)
	if now = now.Add(l.refill); !g.enter(a, now) || g.enter(a, now) {
		t.Error("one try comes back in each refill")
	}
}

func TestGateOfAll(t *testing.T) {
	l, now := usualLimits(), time.Unix(1e9, 0)
	g := newGate(l)
	in := 0
	for i := range 200 {
		net := network(netip.AddrFrom4([4]byte{10, 0, byte(i), 1}).String())
		if g.enter(net, now) {
			in++
			g.leave(net, false)
		}
	}
	if in != l.allBurst {
		t.Errorf("%d tries of all networks together, want %d", in, l.allBurst)
	}
	h := newGate(l)
	h.limits.allBurst, h.all.tokens = 1000, 1000
	for i := range l.handshakes + 1 {
		if got := h.enter(network(netip.AddrFrom4([4]byte{10, 0, byte(i), 1}).String()), now); got != (i < l.handshakes) {
			t.Errorf("handshake %d: %v", i, got)
		}
	}
}

// TestGateForgets: the memory is bounded, and the one who was refused last is remembered longest.
func TestGateForgets(t *testing.T) {
	l, now := usualLimits(), time.Unix(1e9, 0)
	l.allBurst, l.networks = 1<<30, 64
	g := newGate(l)
	bad := network("192.0.2.1")
	for range l.burst {
		g.enter(bad, now)
		g.leave(bad, false)
	}
	for i := range 5 * l.networks {
		net := network(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}).String())
		g.enter(net, now)
		g.leave(net, false)
	}
	if len(g.nets) > l.networks || len(g.open) != 0 {
		t.Errorf("%d networks, %d places", len(g.nets), len(g.open))
	}
	if g.enter(bad, now) {
		t.Error("a flood from others has made it forgotten")
	}
}

package remote

import (
	"net/netip"
	"sync"
	"time"
)

// limits are the door's numbers. A till has a handful of visitors; all else is somebody knocking.
type limits struct {
	handshakes int           // at once, of all networks: each holds three goroutines and at most 64 KB
	perNetwork int           // at once, of one network, so that one cannot take all
	burst      int           // tries of one network that are not paid for by a login
	refill     time.Duration // until one of them comes back
	allBurst   int           // the same of all networks together: what logging in may cost the till
	allRefill  time.Duration
	networks   int           // that are remembered
	login      time.Duration // from the first byte to being logged in
	visits     int           // connections that are logged in
	sessions   int           // on one connection
	arrivals   int           // visits of one person that are not waited for
	again      time.Duration // until one of them comes back
	idle       time.Duration // without a key
	life       time.Duration // of a connection
	asking     time.Duration // in which a connection must open a session, and a session ask for something
	refusals   int           // of requests on one connection, after which it is cut: the library forgets no channel that was refused
	grace      time.Duration // for whoever draws to stop, and then for a visitor to take the last bytes
	stall      time.Duration // in which a visitor's system must take what is sent
	locked     time.Duration // after everybody was thrown out
	pace       time.Duration // between packets of one connection, behind the first ones; a key is one packet
	rate       int           // bytes a second from one connection: a key that repeats is 2,500, and each may cost the till a frame
	rateBurst  int           // bytes: a handshake with a large certificate has 10,000
}

func usualLimits() limits {
	return limits{
		handshakes: 16, perNetwork: 4, burst: 20, refill: 3 * time.Second, allBurst: 60, allRefill: 200 * time.Millisecond, networks: 1024,
		login: 10 * time.Second, visits: 16, sessions: 4, arrivals: 60, again: 5 * time.Second, idle: 5 * time.Minute, life: time.Hour,
		asking: 10 * time.Second, refusals: 64, grace: 2 * time.Second, stall: 30 * time.Second, locked: time.Hour, pace: 5 * time.Millisecond,
		rate: 4 << 10, rateBurst: 64 << 10,
	}
}

// bucket holds tokens: one comes back in each refill, until it is full.
type bucket struct {
	tokens float64
	at     time.Time
}

func (b *bucket) fill(now time.Time, burst int, refill time.Duration) {
	b.tokens = min(float64(burst), b.tokens+float64(now.Sub(b.at))/float64(refill))
	b.at = now
}

// gate counts who is at the door. A try takes a token of its network and one of all; a login gives both back, so that only those who
// do not come in are slowed down.
type gate struct {
	limits limits
	mu     sync.Mutex
	open   map[netip.Prefix]int // handshakes under way
	total  int
	nets   map[netip.Prefix]*bucket
	all    bucket
}

func newGate(l limits) *gate {
	return &gate{limits: l, open: map[netip.Prefix]int{}, nets: map[netip.Prefix]*bucket{}, all: bucket{tokens: float64(l.allBurst)}}
}

// enter takes a place for a handshake, or reports that there is none. The network's own limits come first: whoever floods from one
// network takes nothing from the others.
func (g *gate) enter(network netip.Prefix, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= g.limits.handshakes || g.open[network] >= g.limits.perNetwork {
		return false
	}
	own := g.of(network, now)
	own.fill(now, g.limits.burst, g.limits.refill)
	if g.all.fill(now, g.limits.allBurst, g.limits.allRefill); own.tokens < 1 || g.all.tokens < 1 {
		return false
	}
	own.tokens--
	g.all.tokens--
	g.open[network]++
	g.total++
	return true
}

// leave gives the place back, and the tokens of whoever has logged in.
func (g *gate) leave(network netip.Prefix, loggedIn bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.open[network]--; g.open[network] == 0 {
		delete(g.open, network)
	}
	if own := g.nets[network]; loggedIn {
		g.all.tokens++
		if own != nil {
			own.tokens++
		}
	}
}

// of finds a network's bucket. Where too many are remembered, those go that are full, else the fullest: a new one would be as full.
func (g *gate) of(network netip.Prefix, now time.Time) *bucket {
	if own := g.nets[network]; own != nil {
		return own
	}
	if len(g.nets) >= g.limits.networks {
		g.forget(now)
	}
	own := &bucket{tokens: float64(g.limits.burst), at: now}
	g.nets[network] = own
	return own
}

func (g *gate) forget(now time.Time) {
	var fullest netip.Prefix
	most := -1.0
	for network, b := range g.nets {
		b.fill(now, g.limits.burst, g.limits.refill)
		if b.tokens >= float64(g.limits.burst) {
			delete(g.nets, network)
		}
		if b.tokens > most {
			fullest, most = network, b.tokens
		}
	}
	delete(g.nets, fullest)
}

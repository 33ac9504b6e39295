package notice

import (
	"crypto/sha256"
	"net/netip"
	"time"
)

// The limits on requests: of one remote address (a /64 of IPv6), and of all together. Behind a reverse proxy every notice
// comes from the proxy, so one address must be allowed what a busy shop needs: a notice or two for each payment.
const (
	everyOne, burstOne = 50 * time.Millisecond, 100
	everyAll, burstAll = 10 * time.Millisecond, 200
)

// maxAddresses bounds the memory of rates. Addresses that are not at rest are fewer by far: each has made a request that the
// limit of all has allowed within the last burstOne * everyOne.
const maxAddresses = 1024

// rates are the limits' state. For each address it is one instant: when everything that was allowed so far would have
// happened, had it come at the allowed pace.
type rates struct {
	all time.Time
	one map[netip.Addr]time.Time
}

// may reports whether a request may be answered, and if so, counts it.
func (r *rates) may(remoteAddr string, now time.Time) bool {
	from := remote(remoteAddr)
	all, ok := paced(r.all, now, everyAll, burstAll)
	if !ok {
		return false
	}
	one, ok := paced(r.one[from], now, everyOne, burstOne)
	if !ok {
		return false
	}
	if r.one == nil || len(r.one) >= maxAddresses {
		r.forget(now)
	}
	r.all, r.one[from] = all, one
	return true
}

// paced moves an instant on by one request; ok is false when that is too far ahead.
func paced(due, now time.Time, every time.Duration, burst int) (_ time.Time, ok bool) {
	if due.Before(now) {
		due = now
	}
	due = due.Add(every)
	return due, due.Sub(now) <= time.Duration(burst)*every
}

// forget drops the addresses at rest.
func (r *rates) forget(now time.Time) {
	busy := map[netip.Addr]time.Time{}
	for from, due := range r.one {
		if due.After(now) {
			busy[from] = due
		}
	}
	r.one = busy
}

// remote is whom a request is counted for; the zero address where it cannot be told.
func remote(addr string) netip.Addr {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Addr{}
	}
	from := at.Addr().Unmap().WithZone("")
	if from.Is4() {
		return from
	}
	return netip.PrefixFrom(from, 64).Masked().Addr()
}

// memorySize is how many notices of a channel are known again: more than come in a day at one counter, and a channel repeats
// its own for a day.
const memorySize = 4096

// memory holds the last identifiers of one channel that were taken, as hashes: a stranger's text has any length.
type memory struct {
	known map[[sha256.Size]byte]bool
	order [][sha256.Size]byte // a ring, from next on the oldest
	next  int
}

func (m *memory) has(id string) bool { return id != "" && m.known[sha256.Sum256([]byte(id))] }

func (m *memory) add(id string) {
	key := sha256.Sum256([]byte(id))
	if id == "" || m.known[key] {
		return
	}
	if m.known == nil {
		m.known = map[[sha256.Size]byte]bool{}
	}
	if len(m.order) < memorySize {
		m.order = append(m.order, key)
	} else {
		delete(m.known, m.order[m.next])
		m.order[m.next] = key
		m.next = (m.next + 1) % memorySize
	}
	m.known[key] = true
}

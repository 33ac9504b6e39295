package remote

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"
)

// wire is the raw connection under the library. It bounds what somebody can make the till keep before anything has been said about
// who they are, which the library does not: how fast bytes are taken, how large a packet may be, and how many packets may have come
// before the login.
//
// The last one is why only AES-GCM is spoken. The library's reader hands packets to its login through a channel of 16 and waits there
// for ever when a login that has failed takes no more of them; a stranger who sends thirty packets at once would leave two goroutines
// behind, each time. With AES-GCM a packet's length is in the clear (RFC 5647, section 7.3), so packets can be counted here. After the
// login the library waits for its reader in the same way when a packet breaks the rules; the pace keeps that channel empty.
type wire struct {
	net.Conn
	limits  limits
	bytes   *bufio.Reader
	ends    time.Time     // of the login, until which nothing may wait longer
	known   chan struct{} // closed when somebody is logged in
	gone    chan struct{} // closed with the connection
	closing sync.Once

	// Of the library's reader alone.
	phase   phase
	version int // bytes of the version line
	left    int // bytes of the packet that is being handed on
	packets int
	pace    bucket // of packets
	after   phase  // when this packet is over
}

// phase is how packets look at the moment.
type phase int

const (
	saysVersion phase = iota // a line of text
	inClear                  // until new keys are taken into use
	sealed                   // AES-GCM
)

const (
	packetsBeforeLogin = 18        // three of the key exchange, and 15: the library's channel never fills. Who comes in needs 10 at most
	packetsAtOnce      = 10        // the first ones; behind them comes one at a time
	largestPacket      = 40_000    // RFC 4253, section 6.1, asks for 35,000
	longestVersion     = 255       // RFC 4253, section 4.2
	bufferSize         = 4 << 10   // bytes
	gcmTag             = 16        // bytes
	msgNewKeys         = byte(21)  // RFC 4253, section 12
	firstVersionBytes  = "SSH-2.0" // of a client; lines before it are a server's alone
)

var (
	errNotSSH   = errors.New("what was sent is not SSH")
	errTooLarge = errors.New("a packet was too large")
)

func newWire(conn net.Conn, l limits, now time.Time) *wire {
	w := &wire{Conn: conn, limits: l, ends: now.Add(l.login), known: make(chan struct{}), gone: make(chan struct{}), after: inClear}
	w.pace = bucket{tokens: packetsAtOnce, at: now}
	w.bytes = bufio.NewReaderSize(&tap{wire: w, bucket: bucket{tokens: float64(l.rateBurst), at: now}}, bufferSize)
	_ = conn.SetDeadline(w.ends)
	return w
}

// loggedIn lifts the limits that are for strangers.
func (w *wire) loggedIn() {
	_ = w.SetReadDeadline(time.Time{})
	close(w.known)
}

// Close implements net.Conn. It can be called from anywhere, more than once.
func (w *wire) Close() (err error) {
	w.closing.Do(func() {
		close(w.gone)
		err = w.Conn.Close()
	})
	return err
}

// Write implements net.Conn. A visitor whose system takes nothing is cut.
func (w *wire) Write(p []byte) (int, error) {
	until := time.Now().Add(w.limits.stall)
	select {
	case <-w.known:
	default:
		until = w.ends
	}
	_ = w.SetWriteDeadline(until)
	return w.Conn.Write(p)
}

// Read implements net.Conn. It gives no byte of a packet before that packet may come.
func (w *wire) Read(p []byte) (int, error) {
	if w.phase == saysVersion {
		return w.readVersion(p)
	}
	if w.left == 0 {
		if err := w.nextPacket(); err != nil {
			return 0, err
		}
	}
	n, err := w.bytes.Read(p[:min(len(p), w.left)])
	if w.left -= n; w.left == 0 {
		w.phase = w.after
	}
	return n, err
}

func (w *wire) readVersion(p []byte) (int, error) {
	b, err := w.bytes.ReadByte()
	switch {
	case err != nil:
		return 0, err
	case w.version < len(firstVersionBytes) && b != firstVersionBytes[w.version], w.version >= longestVersion:
		return 0, errNotSSH
	}
	if w.version++; b == '\n' {
		w.phase = inClear
	}
	return copy(p, []byte{b}), nil
}

// nextPacket waits until one more may come, and reads how long it is.
func (w *wire) nextPacket() error {
	if w.packets++; w.packets > packetsBeforeLogin {
		select {
		case <-w.known:
		case <-w.gone:
			return net.ErrClosed
		}
	}
	if !w.wait(&w.pace, 1, packetsAtOnce, w.limits.pace) {
		return net.ErrClosed
	}
	w.pace.tokens--
	if w.phase == sealed {
		head, err := w.bytes.Peek(4)
		if err != nil {
			return err
		}
		return w.measure(head, gcmTag)
	}
	head, err := w.bytes.Peek(6) // length, length of padding, kind
	if err != nil {
		return err
	}
	if w.after = inClear; head[5] == msgNewKeys {
		w.after = sealed
	}
	return w.measure(head, 0)
}

func (w *wire) measure(head []byte, behind int) error {
	size := binary.BigEndian.Uint32(head)
	if size < 2 || size > largestPacket {
		return errTooLarge
	}
	w.left = 4 + int(size) + behind
	return nil
}

// tap lets bytes through at the rate of the limits.
type tap struct {
	*wire
	bucket
}

// leastRead is how many bytes are waited for at once, so that a flood is taken in mouthfuls.
const leastRead = 1 << 10

// Read implements io.Reader.
func (t *tap) Read(p []byte) (int, error) {
	if !t.wait(&t.bucket, leastRead, t.limits.rateBurst, time.Second/time.Duration(t.limits.rate)) {
		return 0, net.ErrClosed
	}
	n, err := t.Conn.Read(p[:min(len(p), int(t.tokens))])
	t.tokens -= float64(n)
	return n, err
}

// wait waits until a bucket holds so many tokens; it reports false when the connection is closed before that.
func (w *wire) wait(b *bucket, tokens float64, burst int, refill time.Duration) bool {
	for b.fill(time.Now(), burst, refill); b.tokens < tokens; b.fill(time.Now(), burst, refill) {
		select {
		case <-time.After(time.Duration((tokens - b.tokens) * float64(refill))):
		case <-w.gone:
			return false
		}
	}
	return true
}

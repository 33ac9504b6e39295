package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"
)

// memoryLine is a network in memory.
type memoryLine struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryLine() *memoryLine {
	return &memoryLine{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryLine) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryLine) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *memoryLine) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (l *memoryLine) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// What a hostile line does to one exchange.
const (
	lineLoses     = "the request is lost"
	lineForgets   = "the answer is lost"
	lineCuts      = "the answer is cut off"
	lineDoubles   = "the request arrives twice"
	lineDelays    = "the request arrives when nobody waits for it any more"
	lineFlips     = "a bit of the answer is flipped"
	lineSwaps     = "the answer is another order's"
	lineHTML      = "a page comes in place of the answer"
	lineBreaks    = "the answer is HTTP 500"
	lineIsSlow    = "the line is slow"
	lineHTMLFirst = "a page comes, and the request never arrives"
	lineUnsigned  = "the answer has lost its signature" // as WeChat Pay's errors now and then
)

var lineFaults = []string{lineLoses, lineForgets, lineCuts, lineDoubles, lineDelays, lineFlips, lineSwaps, lineHTML, lineBreaks, lineIsSlow, lineHTMLFirst, lineUnsigned}

// hostile is the line in front of the channels.
type hostile struct {
	channels http.Handler
	under    context.Context // of what arrives late
	late     sync.WaitGroup

	mu    sync.Mutex // guards what follows
	rand  *rand.Rand
	calm  float64 // how many exchanges it leaves alone
	met   map[string]int
	kept  []reply // signed answers that name an order, for lineSwaps
	tells func(format string, args ...any)
}

// reply is an answer on its way back.
type reply struct {
	path   string // of the request: the channel and what was asked
	order  string // which it names; empty for none
	status int
	header http.Header
	body   []byte
	lost   bool // the channel has hung up
}

// dieRoll is what is decided about one exchange.
type dieRoll struct {
	fault  string
	n      int           // a number for whatever needs one
	late   time.Duration // less than a customer code lives: later ones are refused, and the simulator knows no age
	silent bool          // nothing comes back, in place of a connection that breaks
}

func (h *hostile) roll() (d dieRoll) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rand.Float64() < h.calm {
		return d
	}
	d = dieRoll{lineFaults[h.rand.IntN(len(lineFaults))], h.rand.IntN(1 << 30), time.Duration(h.rand.IntN(80_000)) * time.Millisecond, h.rand.IntN(2) == 0}
	return d
}

func (h *hostile) count(fault string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.met[fault]++
}

// ServeHTTP is one exchange.
func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	d := h.roll()
	if d.fault == "" {
		h.send(w, h.carry(r.Context(), r, body), 0)
		return
	}
	if h.tells != nil {
		h.tells("  %s %s: %s", r.Method, orderIn(r.URL.Path+string(body)), d.fault)
	}
	h.harm(w, r, body, d)
}

func (h *hostile) harm(w http.ResponseWriter, r *http.Request, body []byte, d dieRoll) {
	if d.fault != lineSwaps {
		h.count(d.fault)
	}
	switch d.fault {
	case lineLoses:
		h.silence(r, d)
	case lineDelays:
		h.late.Go(func() {
			select {
			case <-time.After(d.late):
				h.carry(context.WithoutCancel(r.Context()), r, body)
			case <-h.under.Done():
			}
		})
		h.silence(r, dieRoll{silent: true})
	case lineHTMLFirst:
		h.send(w, reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}}, body: []byte("<html>sign in</html>")}, 0)
		return
	case lineIsSlow:
		time.Sleep(d.late / 8)
	}
	answer := h.carry(r.Context(), r, body)
	switch d.fault {
	case lineForgets:
		h.silence(r, d)
	case lineDoubles:
		time.Sleep(d.late / 50)
		if again := h.carry(r.Context(), r, body); d.silent {
			answer = again
		}
	case lineFlips:
		answer = answer.flipped(d.n)
	case lineUnsigned:
		answer.header.Del("Wechatpay-Signature")
		answer.body = unsigned.ReplaceAll(answer.body, nil)
	case lineSwaps:
		answer = h.swapped(answer, orderIn(r.URL.Path+string(body)), d.n)
	case lineHTML:
		answer = reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}}, body: []byte("<html>sign in</html>")}
	case lineBreaks:
		answer = reply{status: http.StatusBadGateway, header: http.Header{}, body: []byte("bad gateway")}
	}
	cut := 0
	if d.fault == lineCuts && len(answer.body) > 0 {
		cut = 1 + d.n%len(answer.body)
	}
	h.send(w, answer, cut)
}

// silence is a request that gets no answer: the connection breaks, or nothing ever comes.
func (h *hostile) silence(r *http.Request, d dieRoll) {
	if d.silent {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

// carry lets the channel carry a request out.
func (h *hostile) carry(ctx context.Context, r *http.Request, body []byte) (a reply) {
	again := r.Clone(ctx)
	again.Body = io.NopCloser(bytes.NewReader(body))
	record := httptest.NewRecorder()
	func() {
		defer func() {
			if value := recover(); value != nil {
				if err, ok := value.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
					panic(value)
				}
				a.lost = true
			}
		}()
		h.channels.ServeHTTP(record, again)
	}()
	a.path, a.status, a.header, a.body = r.Method+strings.Split(r.URL.Path, "T1")[0], record.Code, record.Header(), bytes.Clone(record.Body.Bytes())
	a.order = orderIn(string(a.body))
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.order != "" && !a.lost {
		h.kept = append(h.kept[max(0, len(h.kept)-30):], a)
	}
	return a
}

// send gives an answer to the till, without its last bytes where cut says so.
func (h *hostile) send(w http.ResponseWriter, a reply, cut int) {
	if a.lost && len(a.body) == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:len(a.body)-cut]) // a till that has gone misses it
	if a.lost || cut > 0 {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// flipped changes one bit of the answer: of its body, or of a header that is signed or signs.
func (a reply) flipped(n int) reply {
	for _, name := range []string{"Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Timestamp"} {
		if value := []byte(a.header.Get(name)); n%4 == 0 && len(value) > 0 {
			value[n/4%len(value)] ^= 1
			a.header.Set(name, string(value))
			return a
		}
	}
	if len(a.body) > 0 {
		a.body[n/8%len(a.body)] ^= 1 << (n % 8)
	}
	return a
}

// swapped gives an answer of the same channel to the same kind of question about another order. Only one that names its order is
// taken: the channels' word that they do not know an order does not say which, and nobody could tell.
func (h *hostile) swapped(a reply, order string, n int) reply {
	h.mu.Lock()
	defer h.mu.Unlock()
	var others []reply
	for _, k := range h.kept {
		if k.path == a.path && k.order != order {
			others = append(others, k)
		}
	}
	if len(others) == 0 || order == "" {
		return a
	}
	h.met[lineSwaps]++
	return others[n%len(others)]
}

// unsigned is where an Alipay answer carries its signature.
var unsigned = regexp.MustCompile(`,"sign":"[^"]*"`)

// orderNumber is one of till T1, as long as it opens no more epochs than 99 and sells no more than a million times a day.
var orderNumber = regexp.MustCompile(`T1[0-9]{8}[0-9A-Z]{14}`)

// orderIn finds the order that a message is about; a refund's number begins with its order's.
func orderIn(text string) string { return orderNumber.FindString(text) }

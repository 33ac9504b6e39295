// Package channeltest proves connectors: one suite that every one of them runs against the wire simulator. It also has
// a channel in memory for whole-till tests (bank.go).
package channeltest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
)

// Harness is what the suite needs to know about one connector.
type Harness struct {
	Channel string // the simulator's name for it
	// Connect gives the connector for a simulator's credentials at a base address.
	Connect func(t *testing.T, base string, c sandbox.Credentials) channel.Connector
}

// bench is one test's simulator and the connector that talks to it.
type bench struct {
	t      *testing.T
	h      Harness
	server *sandbox.Server
	front  *httptest.Server
	conn   channel.Connector
	seen   *atomic.Int64  // requests that have arrived
	spoil  func(*spoiled) // changes answers on their way back; nil: none
	serial int
}

// spoiled is an answer on its way back.
type spoiled struct {
	header http.Header
	body   []byte
}

// shared are the simulator's keys: making them takes longer than any test.
var shared = sync.OnceValues(sandbox.GenerateKeys)

func newBench(t *testing.T, h Harness) *bench {
	t.Helper()
	keys, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Open(sandbox.Config{Dir: t.TempDir(), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, h: h, server: server, seen: new(atomic.Int64)}
	handler := server.Handler()
	b.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.seen.Add(1)
		if b.spoil == nil {
			handler.ServeHTTP(w, r)
			return
		}
		record := httptest.NewRecorder()
		handler.ServeHTTP(record, r)
		s := &spoiled{header: record.Header(), body: record.Body.Bytes()}
		b.spoil(s)
		for name, values := range s.header {
			w.Header()[name] = values
		}
		w.WriteHeader(record.Code)
		w.Write(s.body)
	}))
	t.Cleanup(func() { b.front.Close(); server.Close() })
	b.conn = h.Connect(t, b.front.URL, server.Client())
	return b
}

func (b *bench) order(way ledger.Way, fen int64) channel.Order {
	b.serial++
	return channel.Order{
		Number: ledger.OrderNo(fmt.Sprintf("T1TEST%08d", b.serial)), Way: way, Amount: ledger.Fen(fen), Subject: "test",
		Expires: time.Now().Add(b.conn.Account().QRLife),
	}
}

func (b *bench) code(behaviour int) ledger.PayCode {
	return ledger.NewPayCode([]byte(b.server.NewCode(b.h.Channel, behaviour)), time.Now())
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	b.t.Cleanup(cancel)
	return ctx
}

// is checks the parts that every answer must have.
func (b *bench) is(a ledger.Answer, o channel.Order, request ledger.Request, class ledger.Class) {
	b.t.Helper()
	if a.Class != class {
		b.t.Errorf("request %d answers class %d (%s %s), want %d", request, a.Class, a.Code, a.Message, class)
	}
	if a.Order != o.Number || a.Request != request || a.BeganAt.IsZero() || a.EndedAt.Before(a.BeganAt) {
		b.t.Errorf("the answer does not say what it answers: %+v", a)
	}
	proven := class != ledger.ClassUnknown && class != ledger.ClassUnsent
	if proven && !a.Verified {
		b.t.Errorf("class %d without a checked signature", class)
	}
}

// Run is the suite.
func Run(t *testing.T, h Harness) {
	t.Run("paid by code", func(t *testing.T) { testPaidByCode(newBench(t, h)) })
	t.Run("waits for a password", func(t *testing.T) { testPassword(newBench(t, h)) })
	t.Run("refused for good", func(t *testing.T) { testRefused(newBench(t, h)) })
	t.Run("answers that prove nothing", func(t *testing.T) { testNothingProven(t, h) })
	t.Run("lies about the payment", func(t *testing.T) { testLies(newBench(t, h)) })
	t.Run("qr", func(t *testing.T) { testQR(newBench(t, h)) })
	t.Run("ending a code order", func(t *testing.T) { testCancel(newBench(t, h)) })
	t.Run("unknown order", func(t *testing.T) { testUnknownOrder(newBench(t, h)) })
	t.Run("no connection", func(t *testing.T) { testNoConnection(newBench(t, h)) })
	t.Run("sends once", func(t *testing.T) { testSendsOnce(newBench(t, h)) })
	t.Run("strangers in the line", func(t *testing.T) { testStrangers(newBench(t, h)) })
	t.Run("forged", func(t *testing.T) { testForged(newBench(t, h)) })
	t.Run("the code stays secret", func(t *testing.T) { testSecret(newBench(t, h)) })
}

func testPaidByCode(b *bench) {
	o := b.order(ledger.ByCode, 1250)
	a := b.conn.Pay(b.ctx(), o, b.code(0))
	b.is(a, o, ledger.RequestPay, ledger.ClassPaid)
	account := b.conn.Account()
	want := ledger.Named{Order: o.Number, Amount: o.Amount, Merchant: account.Merchant, App: account.App,
		ChannelNo: a.Named.ChannelNo, PaidAt: a.Named.PaidAt}
	if a.Named != want || a.Named.ChannelNo == "" || time.Since(a.Named.PaidAt).Abs() > time.Minute {
		b.t.Errorf("named %+v, want %+v", a.Named, want)
	}
	if a.ChannelAt.IsZero() {
		b.t.Error("the channel's clock is not told")
	}
	q := b.conn.Query(b.ctx(), o)
	b.is(q, o, ledger.RequestQuery, ledger.ClassPaid)
	if q.Named.ChannelNo != a.Named.ChannelNo || q.Named.Amount != o.Amount {
		b.t.Errorf("the query names %+v", q.Named)
	}
}

func testPassword(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), o, b.code(74)), o, ledger.RequestPay, ledger.ClassWaiting)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassWaiting)
}

func testRefused(b *bench) {
	for _, behaviour := range []int{71, 72} {
		o := b.order(ledger.ByCode, 800)
		a := b.conn.Pay(b.ctx(), o, b.code(behaviour))
		b.is(a, o, ledger.RequestPay, ledger.ClassRefused)
		if a.Code == "" {
			b.t.Errorf("behaviour %d: no reason", behaviour)
		}
	}
	code := b.code(0)
	first, second := b.order(ledger.ByCode, 800), b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), first, code), first, ledger.RequestPay, ledger.ClassPaid)
	b.is(b.conn.Pay(b.ctx(), second, code), second, ledger.RequestPay, ledger.ClassRefused)
}

// testNothingProven: whatever else comes back, it is neither paid nor refused, and the query tells the truth.
func testNothingProven(t *testing.T, h Harness) {
	for _, tt := range []struct {
		behaviour int
		truth     ledger.Class
	}{
		{76, ledger.ClassPaid}, {77, ledger.ClassAbsent}, {78, ledger.ClassPaid}, {79, ledger.ClassAbsent}, {80, ledger.ClassPaid},
		{81, ledger.ClassPaid}, {82, ledger.ClassPaid}, {83, ledger.ClassPaid}, {85, ledger.ClassPaid}, {86, ledger.ClassAbsent},
	} {
		t.Run(fmt.Sprint(tt.behaviour), func(t *testing.T) {
			b := newBench(t, h)
			o := b.order(ledger.ByCode, 800)
			a := b.conn.Pay(b.ctx(), o, b.code(tt.behaviour))
			b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
			if a.Code == "" {
				t.Error("support is told nothing")
			}
			b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, tt.truth)
		})
	}
}

// testLies: a good signature over another amount or another merchant or order. The answer must say so, for the ledger
// to refuse it.
func testLies(b *bench) {
	o := b.order(ledger.ByCode, 800)
	if a := b.conn.Pay(b.ctx(), o, b.code(90)); a.Class != ledger.ClassPaid || a.Named.Amount == o.Amount {
		b.t.Errorf("one fen less: %+v", a)
	}
	o = b.order(ledger.ByCode, 800)
	a := b.conn.Pay(b.ctx(), o, b.code(91))
	if a.Class == ledger.ClassPaid && a.Named.Order == o.Number && a.Named.Merchant == b.conn.Account().Merchant {
		b.t.Errorf("another merchant: %+v", a)
	}
}

func testQR(b *bench) {
	o := b.order(ledger.ByQR, 6600)
	shown := b.conn.Show(b.ctx(), o)
	b.is(shown, o, ledger.RequestOrder, ledger.ClassShown)
	unscanned := b.conn.Query(b.ctx(), o)
	if unscanned.Class != ledger.ClassAbsent && unscanned.Class != ledger.ClassOpen {
		b.t.Errorf("a QR that nobody scanned is class %d", unscanned.Class)
	}
	again := b.conn.Show(b.ctx(), o)
	b.is(again, o, ledger.RequestOrder, ledger.ClassShown)
	if _, err := b.server.Scan(again.QR, 0); err != nil {
		b.t.Fatal(err)
	}
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassPaid)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassDenied)

	o = b.order(ledger.ByQR, 6600)
	b.is(b.conn.Show(b.ctx(), o), o, ledger.RequestOrder, ledger.ClassShown)
	closed := b.conn.Close(b.ctx(), o)
	switch unscanned.Class {
	case ledger.ClassAbsent: // Alipay makes no trade before the scan
		b.is(closed, o, ledger.RequestClose, ledger.ClassAbsent)
	default:
		b.is(closed, o, ledger.RequestClose, ledger.ClassAccepted)
		b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassClosed)
	}
}

func testCancel(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassPaid)
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted)
	after := b.conn.Query(b.ctx(), o)
	if after.Class != ledger.ClassClosed && after.Class != ledger.ClassReversed {
		b.t.Errorf("a cancelled payment is class %d", after.Class)
	}
	b.is(b.conn.Close(b.ctx(), o), o, ledger.RequestClose, ledger.ClassAccepted) // repeating it is allowed
}

func testUnknownOrder(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassAbsent)
	a := b.conn.Close(b.ctx(), o)
	if a.Class != ledger.ClassAccepted && a.Class != ledger.ClassAbsent {
		b.t.Errorf("cancel of an unknown order is class %d (%s)", a.Class, a.Code)
	}
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassAbsent)
}

// testNoConnection: unsent is said only when no byte can have left.
func testNoConnection(b *bench) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	nobody := b.h.Connect(b.t, "http://"+listener.Addr().String(), b.server.Client())
	listener.Close()
	o := b.order(ledger.ByCode, 800)
	b.is(nobody.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassUnsent)
	b.is(nobody.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassUnsent)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	b.is(b.conn.Pay(ended, o, b.code(0)), o, ledger.RequestPay, ledger.ClassUnsent)
	if b.seen.Load() != 0 {
		b.t.Error("a request left although the context had ended")
	}
	short, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	a := b.conn.Pay(short, o, b.code(87)) // answers after 8 s
	b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
	if a.Code != ledger.FaultTimeout {
		b.t.Errorf("a time-out is called %s", a.Code)
	}
}

// testSendsOnce: a connection that breaks after the request was read must not make anything send it again, also not on a
// connection that was kept from before.
func testSendsOnce(b *bench) {
	var arrived atomic.Int64
	breaking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == 1 {
			w.Write([]byte("{}")) // leaves a connection to reuse
			return
		}
		panic(http.ErrAbortHandler)
	}))
	defer breaking.Close()
	conn := b.h.Connect(b.t, breaking.URL, b.server.Client())
	o := b.order(ledger.ByCode, 800)
	b.is(conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassUnknown)
	b.is(conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassUnknown)
	if n := arrived.Load(); n != 2 {
		b.t.Errorf("%d requests arrived, want the query and one payment", n)
	}
}

// testStrangers: a redirect is not followed, an endless answer is cut, a page is no answer.
func testStrangers(b *bench) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		b.t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"x":"` + strings.Repeat("a", 3<<20)))
		},
		"page":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>log in</html>")) },
		"empty": func(http.ResponseWriter, *http.Request) {},
		"list":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("[]")) },
	} {
		stranger := httptest.NewServer(answer)
		conn := b.h.Connect(b.t, stranger.URL, b.server.Client())
		o := b.order(ledger.ByCode, 800)
		a := conn.Pay(b.ctx(), o, b.code(0))
		b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
		if a.Verified || a.Code == "" {
			b.t.Errorf("%s: %+v", name, a)
		}
		stranger.Close()
	}
}

// testForged flips one bit of a good answer at every place: none may pass for a payment.
func testForged(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassPaid)
	var length int
	b.spoil = func(s *spoiled) { length = len(s.body) }
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassPaid)
	for at := range length {
		b.spoil = func(s *spoiled) { s.body[at] ^= 1 << (at % 7) }
		if a := b.conn.Query(b.ctx(), o); a.Class == ledger.ClassPaid {
			b.t.Errorf("byte %d of the body changed, and it is still paid", at)
		}
	}
	for _, name := range []string{"Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Timestamp", "Wechatpay-Serial"} {
		b.spoil = nil
		if len(b.headerOf(o, name)) == 0 {
			continue // this channel signs in the body
		}
		for at := range len(b.headerOf(o, name)) {
			b.spoil = func(s *spoiled) {
				value := []byte(s.header.Get(name))
				value[at] ^= 1
				s.header.Set(name, string(value))
			}
			if a := b.conn.Query(b.ctx(), o); a.Class == ledger.ClassPaid {
				b.t.Errorf("character %d of %s changed, and it is still paid", at, name)
			}
		}
		b.spoil = func(s *spoiled) { s.header.Del(name) }
		if a := b.conn.Query(b.ctx(), o); a.Class == ledger.ClassPaid {
			b.t.Errorf("%s taken away, and it is still paid", name)
		}
	}
}

func (b *bench) headerOf(o channel.Order, name string) (value string) {
	b.spoil = func(s *spoiled) { value = s.header.Get(name) }
	b.conn.Query(b.ctx(), o)
	return value
}

// testSecret: a customer code is in no answer, however a request ends.
func testSecret(b *bench) {
	for _, behaviour := range []int{0, 71, 72, 76, 78, 79, 80, 81, 82, 85} {
		o, code := b.order(ledger.ByCode, 800), b.code(behaviour)
		digits := code.Reveal()
		text := fmt.Sprintf("%+v %#v", b.conn.Pay(b.ctx(), o, code), b.conn.Query(b.ctx(), o))
		for _, form := range []string{digits, hex.EncodeToString([]byte(digits)), base64.StdEncoding.EncodeToString([]byte(digits))} {
			if strings.Contains(text, form) {
				b.t.Errorf("behaviour %d: the code is in the answer", behaviour)
			}
		}
	}
}

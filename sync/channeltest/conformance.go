// Package channeltest proves connectors: one suite that every one of them runs against the wire simulator. It also has
// a channel in memory for whole-till tests (bank.go).
package channeltest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
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
	// Connect gives the connector for a simulator's credentials at a base address. A nil transport is a plain one.
	Connect func(t *testing.T, base string, c sandbox.Credentials, transport http.RoundTripper) channel.Connector
}

// bench is one test's simulator and the connector that talks to it.
type bench struct {
	t       *testing.T
	h       Harness
	server  *sandbox.Server
	handler http.Handler // the simulator's, with spoil in front
	base    string       // its address
	conn    channel.Connector
	seen    atomic.Int64                                  // requests that have arrived
	spoil   func(*spoiled)                                // changes answers on their way back; nil: none
	front   func(http.ResponseWriter, *http.Request) bool // may answer in the channel's place; nil: nobody does
	codes   []string                                      // customer codes given out
	serial  int
}

// spoiled is an answer on its way back.
type spoiled struct {
	header http.Header
	body   []byte
}

// shared are the simulator's keys: making them takes longer than any test.
var shared = sync.OnceValues(sandbox.GenerateKeys)

func newBench(t *testing.T, h Harness) *bench { return newBenchOf(t, h, sandbox.Config{}) }

func newBenchOf(t *testing.T, h Harness, config sandbox.Config) *bench {
	t.Helper()
	b := simulate(t, h, config)
	front := httptest.NewServer(b.handler)
	t.Cleanup(front.Close)
	b.base, b.conn = front.URL, h.Connect(t, front.URL, b.server.Client(), nil)
	return b
}

// simulate opens the simulator and puts the counter and the spoiler in front of it.
func simulate(t *testing.T, h Harness, config sandbox.Config) *bench {
	t.Helper()
	keys, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	config.Dir, config.Keys = t.TempDir(), keys
	server, err := sandbox.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	b := &bench{t: t, h: h, server: server}
	handler := server.Handler()
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.seen.Add(1)
		if b.front != nil && b.front(w, r) {
			return
		}
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
		_, _ = w.Write(s.body)
	})
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
	digits := b.server.NewCode(b.h.Channel, behaviour)
	b.codes = append(b.codes, digits)
	return ledger.NewPayCode([]byte(digits), time.Now())
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
	b.secret(a)
	proven := class != ledger.ClassUnknown && class != ledger.ClassUnsent
	if proven && !a.Verified {
		b.t.Errorf("class %d without a checked signature", class)
	}
}

// confirms checks what the ledger compares: all five must be the order's and the account's.
func (b *bench) confirms(a ledger.Answer, o channel.Order) {
	b.t.Helper()
	account := b.conn.Account()
	want := ledger.Named{Order: o.Number, Amount: o.Amount, Merchant: account.Merchant, App: account.App,
		ChannelNo: a.Named.ChannelNo, PaidAt: a.Named.PaidAt}
	if a.Named != want || a.Named.ChannelNo == "" || time.Since(a.Named.PaidAt).Abs() > time.Minute {
		b.t.Errorf("named %+v, want %+v", a.Named, want)
	}
}

// unproven checks that an answer claims no signature.
func (b *bench) unproven(a ledger.Answer) {
	b.t.Helper()
	if a.Verified || a.Code == "" {
		b.t.Errorf("an answer without a good signature is told as %+v", a)
	}
}

// returned checks that the money of a cancelled payment is known to be back: the cancel says so or the query does.
func (b *bench) returned(closed ledger.Answer, o channel.Order) {
	b.t.Helper()
	after := b.conn.Query(b.ctx(), o)
	if after.Class != ledger.ClassReversed && !(after.Class == ledger.ClassClosed && closed.Returned) {
		b.t.Errorf("the cancel says returned %v, the query class %d: who knows that money was moved back?", closed.Returned, after.Class)
	}
	if held := b.held(o); held.Paid != o.Amount.Fen || held.Refunded != held.Paid {
		b.t.Errorf("the channel holds %d paid, %d returned", held.Paid, held.Refunded)
	}
}

// held is the truth about an order.
func (b *bench) held(o channel.Order) sandbox.Order {
	for _, held := range b.server.Orders() {
		if held.Number == string(o.Number) {
			return held
		}
	}
	return sandbox.Order{}
}

func (b *bench) scan(qr string) {
	b.t.Helper()
	if _, err := b.server.Scan(qr, 0); err != nil {
		b.t.Fatal(err)
	}
}

// secret checks that no customer code that this bench has given out is in an answer.
func (b *bench) secret(a ledger.Answer) {
	b.t.Helper()
	text := fmt.Sprintf("%+v %#v", a, a)
	for _, digits := range b.codes {
		for _, form := range []string{digits, hex.EncodeToString([]byte(digits)), base64.StdEncoding.EncodeToString([]byte(digits))} {
			if strings.Contains(text, form) {
				b.t.Errorf("the customer code is in the answer: %s", text)
			}
		}
	}
}

// Run is the suite.
func Run(t *testing.T, h Harness) {
	t.Run("paid by code", func(t *testing.T) { testPaidByCode(newBench(t, h)) })
	t.Run("refused for good", func(t *testing.T) { testRefused(newBench(t, h)) })
	t.Run("answers that prove nothing", func(t *testing.T) { testNothingProven(t, h) })
	t.Run("lies about the payment", func(t *testing.T) { testLies(newBench(t, h)) })
	t.Run("qr", func(t *testing.T) { testQR(newBench(t, h)) })
	t.Run("ending a code order", func(t *testing.T) { testCancel(newBench(t, h)) })
	t.Run("stories", func(t *testing.T) { runStories(t, h) })
	t.Run("unknown order", func(t *testing.T) { testUnknownOrder(newBench(t, h)) })
	t.Run("no connection", func(t *testing.T) { testNoConnection(newBench(t, h)) })
	t.Run("sends once", func(t *testing.T) { testSendsOnce(newBench(t, h)) })
	t.Run("strangers in the line", func(t *testing.T) { testStrangers(newBench(t, h)) })
	t.Run("forged", func(t *testing.T) { testForged(newBench(t, h)) })
	t.Run("forgery proof", func(t *testing.T) { testProof(t, h) })
	t.Run("errors without a signature", func(t *testing.T) { testUnsigned(t, h) })
	t.Run("the code stays secret", func(t *testing.T) { testSecret(newBench(t, h)) })
}

func testPaidByCode(b *bench) {
	o := b.order(ledger.ByCode, 1250)
	a := b.conn.Pay(b.ctx(), o, b.code(0))
	b.is(a, o, ledger.RequestPay, ledger.ClassPaid)
	b.confirms(a, o)
	if a.ChannelAt.IsZero() {
		b.t.Error("the channel's clock is not told")
	}
	q := b.conn.Query(b.ctx(), o)
	b.is(q, o, ledger.RequestQuery, ledger.ClassPaid)
	b.confirms(q, o)
	if q.Named.ChannelNo != a.Named.ChannelNo {
		b.t.Errorf("the query names %+v", q.Named)
	}
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
			if tt.behaviour < 85 { // "system error" is signed
				b.unproven(a)
			}
			b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, tt.truth)
			if paid := b.held(o).Paid > 0; paid != (tt.truth == ledger.ClassPaid) {
				t.Errorf("the channel holds paid %v", paid)
			}
		})
	}
}

// testLies: a good signature over another amount or another merchant or order. The answer must say so, for the ledger
// to refuse it.
func testLies(b *bench) {
	less := b.order(ledger.ByCode, 800)
	other := b.order(ledger.ByCode, 800)
	for _, a := range []ledger.Answer{b.conn.Pay(b.ctx(), less, b.code(90)), b.conn.Query(b.ctx(), less)} {
		b.is(a, less, a.Request, ledger.ClassPaid)
		if a.Named.Amount != ledger.Fen(799) {
			b.t.Errorf("one fen less is told as %+v", a.Named)
		}
	}
	for _, a := range []ledger.Answer{b.conn.Pay(b.ctx(), other, b.code(91)), b.conn.Query(b.ctx(), other)} {
		b.is(a, other, a.Request, ledger.ClassPaid)
		if a.Named.Order == other.Number && a.Named.Merchant == b.conn.Account().Merchant {
			b.t.Errorf("another's payment is told as %+v", a.Named)
		}
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
	closed := b.conn.Close(b.ctx(), o)
	b.is(closed, o, ledger.RequestClose, ledger.ClassAccepted)
	b.returned(closed, o)
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

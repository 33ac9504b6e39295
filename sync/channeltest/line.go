package channeltest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
)

// What can happen on the line between a connector and its channel: nobody there, somebody else there, a channel that
// hangs up, and an answer that was changed on its way.

// testNoConnection: unsent is said only when no byte can have left.
func testNoConnection(b *bench) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	nobody := b.h.Connect(b.t, "http://"+listener.Addr().String(), b.server.Client(), nil)
	listener.Close()
	o := b.order(ledger.ByCode, 800)
	b.is(nobody.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassUnsent)
	b.is(nobody.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassUnsent)
	r := refundOf(o, 1, 800)
	for request, a := range map[ledger.Request]ledger.Answer{
		ledger.RequestRefund: nobody.Refund(b.ctx(), o, r), ledger.RequestRefundQuery: nobody.QueryRefund(b.ctx(), o, r),
	} {
		b.ofRefund(a, o, r, request, []ledger.Class{ledger.ClassUnsent})
	}

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
	conn := b.h.Connect(b.t, breaking.URL, b.server.Client(), nil)
	o := b.order(ledger.ByCode, 800)
	b.is(conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassUnknown)
	b.is(conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassUnknown)
	if n := arrived.Load(); n != 2 {
		b.t.Errorf("%d requests arrived, want the query and one payment", n)
	}
}

// testStrangers: a redirect is not followed, an endless answer is cut, a page is no answer.
func testStrangers(b *bench) {
	echo := func(w http.ResponseWriter, r *http.Request, status int, body string) {
		sent, _ := io.ReadAll(r.Body)
		if plain, err := url.QueryUnescape(string(sent)); err == nil {
			sent = []byte(plain)
		}
		quoted, _ := json.Marshal(string(sent))
		w.WriteHeader(status)
		fmt.Fprintf(w, body, quoted)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		b.t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"alipay echo": func(w http.ResponseWriter, r *http.Request) {
			echo(w, r, http.StatusOK, `{"error_response":{"code":"40002","sub_code":"isv.x","sub_msg":%s}}`)
		},
		"alipay encrypted": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"alipay_trade_pay_response":"c2VjcmV0","sign":"c2VjcmV0"}`))
		},
		"wechat echo": func(w http.ResponseWriter, r *http.Request) {
			echo(w, r, http.StatusBadRequest, `{"code":"PARAM_ERROR","message":%s}`)
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"x":"` + strings.Repeat("a", 3<<20)))
		},
		"page":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>log in</html>")) },
		"empty": func(http.ResponseWriter, *http.Request) {},
		"list":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("[]")) },
	} {
		stranger := httptest.NewServer(answer)
		conn := b.h.Connect(b.t, stranger.URL, b.server.Client(), nil)
		o := b.order(ledger.ByCode, 800)
		a := conn.Pay(b.ctx(), o, b.code(0))
		b.is(a, o, ledger.RequestPay, ledger.ClassUnknown)
		if a.Verified || a.Code == "" || (a.Code == ledger.FaultTooLong) != (name == "endless") {
			b.t.Errorf("%s: %+v", name, a)
		}
		stranger.Close()
	}
}

// testForged flips one bit of a good answer at every place, with GUITAI_LONG=1 every bit: none may pass for a payment, or
// for word of a refund. It goes over a real connection; the forgery proof does without one and tries more.
func testForged(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassPaid)
	b.forge(func() ledger.Answer { return b.conn.Query(b.ctx(), o) }, ledger.ClassPaid, 1)
	done := map[bool]ledger.Class{true: ledger.ClassReturned, false: ledger.ClassAccepted}[b.alipay()]
	r := refundOf(o, 1, 66) // WeChat Pay's stays under way while it is forged
	if b.alipay() {
		r = refundOf(o, 1, 800)
	}
	b.forge(func() ledger.Answer { return b.conn.Refund(b.ctx(), o, r) }, ledger.ClassAccepted, 9)
	b.forge(func() ledger.Answer { return b.conn.QueryRefund(b.ctx(), o, r) }, done, 9)
}

// forge changes the answers to one question, whose good answer is of a class, at every so-manieth place.
func (b *bench) forge(ask func() ledger.Answer, good ledger.Class, step int) {
	var header http.Header
	var length int
	b.spoil = func(s *spoiled) { header, length = s.header.Clone(), len(s.body) }
	if a := ask(); a.Class != good || !a.Verified {
		b.t.Fatalf("the good answer is %+v", a)
	}
	refused := func(what string, spoil func(*spoiled)) {
		b.t.Helper()
		b.spoil = spoil
		if a := ask(); a.Class != ledger.ClassUnknown || a.Verified || a.Returned {
			b.t.Errorf("request %d: %s, and it is class %d, verified %v", a.Request, what, a.Class, a.Verified)
		}
	}
	for at := 0; at < length; at += step {
		bits := []int{at % 8}
		if os.Getenv("GUITAI_LONG") == "1" {
			bits = []int{0, 1, 2, 3, 4, 5, 6, 7}
		}
		for _, bit := range bits {
			refused(fmt.Sprintf("bit %d of byte %d of the body changed", bit, at), func(s *spoiled) { s.body[at] ^= 1 << bit })
		}
	}
	for _, name := range []string{"Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Timestamp", "Wechatpay-Serial"} {
		if header.Get(name) == "" {
			continue // this channel signs in the body
		}
		for at := 0; at < len(header.Get(name)); at += step {
			refused(fmt.Sprintf("character %d of %s changed", at, name), func(s *spoiled) {
				value := []byte(s.header.Get(name))
				value[min(at, len(value)-1)] ^= 1
				s.header.Set(name, string(value))
			})
		}
		refused(name+" taken away", func(s *spoiled) { s.header.Del(name) })
	}
	b.spoil = nil
}

// testUnsigned: an error without a signature ends nothing, though its words are kept for support.
func testUnsigned(t *testing.T, h Harness) {
	b := newBenchOf(t, h, sandbox.Config{UnsignedErrors: true}) // WeChat Pay's, as now and then in life
	if err := b.server.Fault(sandbox.Fault{Channel: sandbox.Alipay, Operation: "*", Fault: sandbox.FaultNoSign}); err != nil {
		t.Fatal(err)
	}
	o := b.order(ledger.ByCode, 800)
	r := refundOf(o, 1, 800)
	for _, a := range []ledger.Answer{
		b.conn.Pay(b.ctx(), o, b.code(71)), b.conn.Query(b.ctx(), o), b.conn.Refund(b.ctx(), o, r), b.conn.QueryRefund(b.ctx(), o, r),
	} {
		b.is(a, o, a.Request, ledger.ClassUnknown)
		b.unproven(a)
		if slices.Contains(ledger.Faults, a.Code) || a.Message == "" {
			t.Errorf("the channel's own words are lost: %q %q", a.Code, a.Message)
		}
	}
}

// testSecret: a customer code is in no answer, however a request ends.
func testSecret(b *bench) {
	for _, behaviour := range []int{0, 71, 72, 76, 77, 78, 79, 80, 81, 82, 83, 85, 86, 90, 91} {
		o := b.order(ledger.ByCode, 800)
		b.secret(b.conn.Pay(b.ctx(), o, b.code(behaviour)))
		b.secret(b.conn.Query(b.ctx(), o))
	}
}

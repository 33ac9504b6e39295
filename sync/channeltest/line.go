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
	"guitai/sync/channel"
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

// testForged flips one bit of a good answer at every place, with GUITAI_LONG=1 every bit: none may pass for a payment.
func testForged(b *bench) {
	o := b.order(ledger.ByCode, 800)
	b.is(b.conn.Pay(b.ctx(), o, b.code(0)), o, ledger.RequestPay, ledger.ClassPaid)
	var length int
	b.spoil = func(s *spoiled) { length = len(s.body) }
	b.is(b.conn.Query(b.ctx(), o), o, ledger.RequestQuery, ledger.ClassPaid)
	for at := range length {
		bits := []int{at % 8}
		if os.Getenv("GUITAI_LONG") == "1" {
			bits = []int{0, 1, 2, 3, 4, 5, 6, 7}
		}
		for _, bit := range bits {
			b.spoil = func(s *spoiled) { s.body[at] ^= 1 << bit }
			if a := b.conn.Query(b.ctx(), o); a.Class != ledger.ClassUnknown || a.Verified {
				b.t.Errorf("bit %d of byte %d of the body changed, and it is class %d, verified %v", bit, at, a.Class, a.Verified)
			}
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

// testUnsigned: an error without a signature ends nothing, though its words are kept for support.
func testUnsigned(t *testing.T, h Harness) {
	b := newBenchOf(t, h, sandbox.Config{UnsignedErrors: true}) // WeChat Pay's, as now and then in life
	if err := b.server.Fault(sandbox.Fault{Channel: sandbox.Alipay, Operation: "*", Fault: sandbox.FaultNoSign}); err != nil {
		t.Fatal(err)
	}
	o := b.order(ledger.ByCode, 800)
	for _, a := range []ledger.Answer{b.conn.Pay(b.ctx(), o, b.code(71)), b.conn.Query(b.ctx(), o)} {
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

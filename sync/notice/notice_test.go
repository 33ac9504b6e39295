package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
)

// TestNoticeMakesPaid, and a thousand copies of it change nothing.
func TestNoticeMakesPaid(t *testing.T) {
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, Config{})
			n := paidNews("1", w.shown(t, "12.5", ch))
			if code := w.posts(ch, n); code != http.StatusOK || w.last().State != ledger.Paid {
				t.Fatalf("status %d, the attempt is %s", code, w.last().State)
			}
			head := w.head()
			for i := range 1000 {
				if i%2 == 1 {
					n.ID = "" // as if it were another one
				}
				if code := w.posts(ch, n); code != http.StatusOK {
					t.Fatalf("copy %d: status %d", i, code)
				}
				time.Sleep(everyOne)
			}
			if w.head() != head || w.last().State != ledger.Paid {
				t.Errorf("%d events were added", w.head()-head)
			}
			if got := w.counts(); got.Taken+got.Repeated != 1001 || got.Repeated == 0 || got.Last.IsZero() {
				t.Error(tally(got))
			}
		})
	}
}

// TestWhatIsNotBelieved changes nothing in the ledger and is counted.
func TestWhatIsNotBelieved(t *testing.T) {
	const forged, foreign = http.StatusInternalServerError, http.StatusOK
	for name, tt := range map[string]struct {
		change func(*news)
		spoil  func(*http.Request)
		want   int
		counts string
	}{
		"a body that was changed": {nil, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"ID":"1"}`)) }, forged, "forged 1"},
		"no signature":            {nil, func(r *http.Request) { r.Header.Del("Signature") }, forged, "forged 1"},
		"to the other channel":    {nil, func(r *http.Request) { r.URL.Path = paths[ledger.Alipay] }, forged, "forged 1"},
		"nothing":                 {nil, func(r *http.Request) { r.Body = http.NoBody }, forged, "forged 1"},
		"a megabyte": {nil, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20))) },
			http.StatusRequestEntityTooLarge, "forged 1"},
		"a body that breaks off": {nil, func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), broken{})) },
			http.StatusRequestTimeout, "forged 0"},
		"GET":                              {nil, func(r *http.Request) { r.Method = http.MethodGet }, http.StatusMethodNotAllowed, "forged 0"},
		"another path":                     {nil, func(r *http.Request) { r.URL.Path = "/wechatpay/" }, http.StatusNotFound, "forged 0"},
		"an order that is not this till's": {func(n *news) { n.Answer.Order, n.Answer.Named.Order = "T9X", "T9X" }, nil, foreign, "foreign 1"},
		"another order within":             {func(n *news) { n.Answer.Named.Order = "T9X" }, nil, foreign, "foreign 1"},
		"another amount":                   {func(n *news) { n.Answer.Named.Amount.Fen-- }, nil, foreign, "foreign 1"},
		"another currency":                 {func(n *news) { n.Answer.Named.Amount.Currency = "USD" }, nil, foreign, "foreign 1"},
		"another merchant":                 {func(n *news) { n.Answer.Named.Merchant = "M2" }, nil, foreign, "foreign 1"},
		"another app":                      {func(n *news) { n.Answer.Named.App = "A2" }, nil, foreign, "foreign 1"},
		"the order is closed, it says":     {func(n *news) { n.Answer.Class = ledger.ClassClosed }, nil, foreign, "taken 1 repeated 1"}, // the till asks by itself
		"a refund that is not this till's": {func(n *news) { n.Answer.Class, n.Answer.Refund = ledger.ClassReturned, "R1" }, nil, foreign, "foreign 1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{})
			n := paidNews("1", w.shown(t, "12.5", ledger.WeChat))
			if tt.change != nil {
				tt.change(&n)
			}
			head := w.head()
			for range 2 { // a second time, too
				r := w.signed(ledger.WeChat, n)
				if tt.spoil != nil {
					tt.spoil(r)
				}
				if code := w.post(r); code != tt.want {
					t.Errorf("status %d, want %d", code, tt.want)
				}
			}
			if w.head() != head || w.last().State != ledger.Waiting {
				t.Errorf("%d events were added, the attempt is %s", w.head()-head, w.last().State)
			}
			want := strings.Replace(tt.counts, "forged 1", "forged 2", 1)
			if got := tally(w.counts()); !strings.Contains(got, want) || !strings.Contains(got, "taken 0") && !strings.HasPrefix(want, "taken") {
				t.Errorf("counted %s, want %s", got, want)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("gone") }

// TestNoticeOfAnOldSale brings the sale back, whose money comes late, and lists it.
func TestNoticeOfAnOldSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		ctx, old := context.Background(), w.shown(t, "66", ledger.Alipay)
		stop := w.runs()
		if err := w.book.Stop(ctx, ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.book.Drop(ctx, ledger.Trainee, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		stop()
		known := false
		w.book.Read(func(s *ledger.State) {
			_, a := s.Attempt(old.Order)
			known = a != nil
		})
		if known {
			t.Fatal("the sale is still in the working set")
		}
		head := w.head()
		if code := w.posts(ledger.Alipay, paidNews("1", old)); code != http.StatusOK || w.row(t, old.Order).State != ledger.Orphan {
			t.Fatalf("status %d, the attempt is %s", code, w.row(t, old.Order).State)
		}
		after := w.head()
		w.posts(ledger.Alipay, paidNews("1", old))
		if after == head || w.head() != after {
			t.Errorf("%d events for the first notice, %d for the second", after-head, w.head()-after)
		}
		w.book.Read(func(s *ledger.State) {
			if len(s.Exceptions) != 1 || s.Exceptions[0].Note != ledger.NoteLateMoney || s.Exceptions[0].Order != old.Order {
				t.Errorf("listed: %+v", s.Exceptions)
			}
		})
	})
}

// TestNoticeAfterACancel proves nothing by itself, however new it looks: the channel is asked.
func TestNoticeAfterACancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		old := w.shown(t, "66", ledger.WeChat)
		if err := w.book.Stop(context.Background(), ledger.Trainee); err != nil {
			t.Fatal(err)
		}
		stop := w.runs()
		time.Sleep(10 * time.Minute)
		stop()
		if a := w.row(t, old.Order); a.State != ledger.ClosedOff || a.CloseSeq == 0 || a.Task != ledger.TaskNone {
			t.Fatalf("the order was not cancelled: %+v", a)
		}
		n := paidNews("1", old)
		n.Answer.Began = 1 << 40
		if code := w.posts(ledger.WeChat, n); code != http.StatusOK {
			t.Errorf("status %d", code)
		}
		if a := w.row(t, old.Order); a.State != ledger.ClosedOff || a.Task != ledger.TaskQuery {
			t.Errorf("%s, owes %s", a.State, a.Task)
		}
	})
}

// TestRefundNotice ends a refund, whatever comes before and after it.
func TestRefundNotice(t *testing.T) {
	w := newWorld(t, Config{})
	ctx, a := context.Background(), w.shown(t, "20", ledger.WeChat)
	w.posts(ledger.WeChat, paidNews("1", a))
	number, err := w.book.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(500), Why: "brought back"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.book.Sending(ctx, a.Order, number); err != nil {
		t.Fatal(err)
	}
	returned := news{ID: "2", Answer: ledger.Answer{Order: a.Order, Refund: number, Class: ledger.ClassReturned,
		Named: ledger.Named{Order: a.Order, Refund: number, Amount: ledger.Fen(500), Merchant: a.Merchant}}}
	other := returned
	other.ID, other.Answer.Named.Amount = "3", ledger.Fen(2000)
	under := returned
	under.ID, under.Answer.Class = "4", ledger.ClassAccepted
	for _, n := range []news{other, returned, under, returned, paidNews("5", a)} {
		if code := w.posts(ledger.WeChat, n); code != http.StatusOK {
			t.Errorf("notice %s: status %d", n.ID, code)
		}
	}
	row := w.row(t, a.Order)
	if r := row.Refund(number); r.State != ledger.RefundReturned || row.Back() != 500 || row.State != ledger.Paid {
		t.Errorf("%+v", row)
	}
	if got := tally(w.counts()); got != "taken 4 repeated 1 forged 0 foreign 1 failed 0" {
		t.Error(got)
	}
}

// TestNothingIsForgottenThatWasNotTaken: what the ledger could not write is sent again by the channel, and then taken.
func TestNothingIsForgottenThatWasNotTaken(t *testing.T) {
	w := newWorld(t, Config{})
	n := paidNews("1", w.shown(t, "12.5", ledger.WeChat))
	w.book.Close("test")
	for range 2 {
		if code := w.posts(ledger.WeChat, n); code != http.StatusInternalServerError {
			t.Errorf("status %d of a closed ledger", code)
		}
	}
	if got := tally(w.counts()); got != "taken 0 repeated 0 forged 0 foreign 0 failed 2" {
		t.Error(got)
	}
	if strings.Contains(w.log.String(), string(n.Answer.Order)) {
		t.Errorf("an order in the log: %s", w.log.String())
	}
}

// TestPanicEndsWithItsRequest: the next one is answered, and nothing of the message is in the log.
func TestPanicEndsWithItsRequest(t *testing.T) {
	w := newWorld(t, Config{})
	n := paidNews("1", w.shown(t, "12.5", ledger.WeChat))
	w.senders[ledger.WeChat].panics = true
	if code := w.posts(ledger.WeChat, n); code != http.StatusInternalServerError {
		t.Errorf("status %d", code)
	}
	w.senders[ledger.WeChat].panics = false
	if code := w.posts(ledger.WeChat, n); code != http.StatusOK || w.last().State != ledger.Paid {
		t.Errorf("afterwards: status %d, %s", code, w.last().State)
	}
	if log := w.log.String(); !strings.Contains(log, "a panic over a notice") || strings.Contains(log, string(n.Answer.Order)) {
		t.Error(log)
	}
}

// TestFloodIsSlowed, one address apart from the others, and all of them together; a pause, and it goes on.
func TestFloodIsSlowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Config{})
		flood := func(from string, times int) (taken int) {
			for range times {
				r := httptest.NewRequest(http.MethodPost, "/wechatpay", strings.NewReader("x"))
				r.RemoteAddr = from
				if w.post(r) != http.StatusTooManyRequests {
					taken++
				}
			}
			return taken
		}
		if one, same, other := flood("192.168.1.7:1", 1000), flood("192.168.1.7:2", 10), flood("192.168.1.8:1", 10); one != burstOne || same != 0 || other != 10 {
			t.Errorf("answered %d, %d and %d", one, same, other)
		}
		rest := 0
		for i := range 250 {
			rest += flood("[fd00::"+strings.Repeat("1", i%4+1)+"]:1", 1) // one network
			rest += flood(fmt.Sprintf("10.0.0.%d:1", i%10), 1)
		}
		if rest != burstAll-burstOne-10 {
			t.Errorf("all together: %d more", rest)
		}
		time.Sleep(time.Minute)
		if again := flood("192.168.1.7:3", 10); again != 10 {
			t.Errorf("after a pause %d", again)
		}
		if n := w.counts(); n.Forged != uint64(burstAll+10) || strings.Count(w.log.String(), "\n") > 3 {
			t.Errorf("%s, log:\n%s", tally(n), w.log.String())
		}
	})
}

func TestAddressesAreForgotten(t *testing.T) {
	var r rates
	now := time.Now()
	for i := range 5 * maxAddresses {
		now = now.Add(everyAll)
		if !r.may(fmt.Sprintf("10.1.%d.%d:1", i/256, i%256), now) {
			t.Fatalf("address %d is refused", i)
		}
		if len(r.one) > maxAddresses {
			t.Fatalf("%d addresses are kept", len(r.one))
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	for i := range 3 * memorySize {
		m.add(fmt.Sprint(i))
		m.add("") // is none
	}
	if len(m.known) != memorySize || len(m.order) != memorySize || m.has("") {
		t.Errorf("%d and %d are kept", len(m.known), len(m.order))
	}
	for i := range 3 * memorySize {
		if id := fmt.Sprint(i); m.has(id) != (i >= 2*memorySize) {
			t.Fatalf("%s: %v", id, m.has(id))
		}
	}
}

// TestNoWordOfAMessageIsLogged, whatever the answer was.
func TestNoWordOfAMessageIsLogged(t *testing.T) {
	w := newWorld(t, Config{})
	a := w.shown(t, "12.5", ledger.WeChat)
	foreign, closed := paidNews("secret-id", a), paidNews("secret-id2", a)
	foreign.Answer.Named.Merchant = "secret-merchant"
	r := httptest.NewRequest(http.MethodPost, "/alipay?secret-query", strings.NewReader("secret-body"))
	r.Header.Set("X-Secret", "secret-header")
	w.post(r)
	w.posts(ledger.WeChat, foreign)
	w.book.Close("test")
	w.posts(ledger.WeChat, closed)
	log := w.log.String()
	if slices.ContainsFunc([]string{"secret", string(a.Order)}, func(word string) bool { return strings.Contains(log, word) }) || strings.Count(log, "\n") != 3 {
		t.Error(log)
	}
}

func TestCauseNamesNoOrder(t *testing.T) {
	if text := because(ledger.RefuseBecause(ledger.ReasonStateForbidden, errors.New("order T1X"))); text != string(ledger.ReasonStateForbidden) {
		t.Error(text)
	}
}

// FuzzHostile: no request that carries no good signature changes the ledger or breaks the receiver.
func FuzzHostile(f *testing.F) {
	w := newWorld(f, Config{})
	a := w.shown(f, "12.5", ledger.WeChat)
	head := w.head()
	f.Add("POST", "/wechatpay", "Signature", "x", []byte(`{"ID":"1"}`))
	f.Add("GET", "/alipay", "Content-Length", "-1", []byte{})
	f.Add("POST", "/alipay", "Signature", strings.Repeat("00", 32), bytes.Repeat([]byte{0}, maxBody))
	f.Fuzz(func(t *testing.T, method, path, name, value string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method, r.URL.Path = method, path
		r.Header[name] = []string{value, value}
		w.server.rates = rates{}
		if code := w.post(r); code == http.StatusOK {
			t.Errorf("taken: %s %q", method, path)
		}
		if w.head() != head || w.row(t, a.Order).State != ledger.Waiting {
			t.Error("the ledger has changed")
		}
	})
}

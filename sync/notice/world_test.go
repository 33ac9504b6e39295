package notice

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/outbox"
)

// sender is a channel in memory that sends notices: JSON under a keyed hash.
type sender struct {
	*channeltest.Bank
	key    []byte
	panics bool
}

// news is a notice on the wire.
type news struct {
	ID     string
	Answer ledger.Answer
}

var errForged = errors.New("the signature is not good")

func (s *sender) sign(body []byte) http.Header {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(body)
	return http.Header{"Signature": {hex.EncodeToString(mac.Sum(nil))}}
}

// Notice implements channel.Notifier.
func (s *sender) Notice(header http.Header, body []byte) (channel.Notice, error) {
	if s.panics {
		panic("with words of the message: " + string(body))
	}
	var n news
	if !hmac.Equal([]byte(header.Get("Signature")), []byte(s.sign(body).Get("Signature"))) || json.Unmarshal(body, &n) != nil {
		return channel.Notice{}, errForged
	}
	n.Answer.Verified = true
	return channel.Notice(n), nil
}

// Acknowledge implements channel.Notifier.
func (s *sender) Acknowledge(w http.ResponseWriter, taken bool) {
	if !taken {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// world is a Book with two channels in memory, a worker that a test may run, and a receiver.
type world struct {
	t       *testing.T
	store   *ledger.Memory
	book    *ledger.Book
	worker  *outbox.Worker
	senders map[ledger.Channel]*sender
	server  *Server
	log     lockedBuffer
}

// lockedBuffer is a log that may be looked at while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newWorld(t testing.TB, cfg Config) *world {
	w := &world{store: ledger.NewMemory(), senders: map[ledger.Channel]*sender{}}
	w.t, _ = t.(*testing.T)
	book, err := ledger.OpenBook(context.Background(), w.store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("test") })
	w.book, w.worker = book, outbox.New(book, outbox.Config{Seed: 1})
	w.server = New(book, cfg, slog.New(slog.NewTextHandler(&w.log, nil)))
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		s := &sender{Bank: channeltest.NewBank(ch), key: []byte("key of " + ch)}
		w.senders[ch] = s
		w.worker.Add(s)
		w.server.Add(s)
	}
	return w
}

// runs lets the worker work until the returned function is called.
func (w *world) runs() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.worker.Run(ctx); close(done) }()
	return func() { cancel(); <-done }
}

// shown settles an amount and has the worker show its QR.
func (w *world) shown(t testing.TB, digits string, ch ledger.Channel) ledger.Attempt {
	t.Helper()
	ctx := context.Background()
	for _, r := range digits {
		if err := w.book.Key(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.book.Settle(ctx, ledger.Trainee, false), w.book.Ask(ctx, ledger.Trainee, ch)); err != nil {
		t.Fatal(err)
	}
	w.worker.Step(ctx, time.Now())
	a := w.last()
	if a.State != ledger.Waiting {
		t.Fatalf("the QR is not up: %s", a.State)
	}
	return a
}

// last is the newest attempt of the sale on the screen.
func (w *world) last() (a ledger.Attempt) {
	w.book.Read(func(s *ledger.State) { a = *s.CurrentSale().Last() })
	return a
}

// row is an order as the ledger's rows have it.
func (w *world) row(t testing.TB, order ledger.OrderNo) ledger.Attempt {
	t.Helper()
	sale, ok, err := w.store.SaleOf(order)
	if err != nil || !ok {
		t.Fatalf("order %s: %v", order, err)
	}
	return *sale.Attempt(order)
}

func (w *world) head() (seq uint64) {
	w.book.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

func (w *world) counts() ledger.Notices { return w.book.Board().View().Notices }

// paidNews is a notice that confirms an attempt in every field.
func paidNews(id string, a ledger.Attempt) news {
	return news{ID: id, Answer: ledger.Answer{Order: a.Order, Class: ledger.ClassPaid, Named: ledger.Named{
		Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App, ChannelNo: "4200001"}}}
}

// signed is a request as the channel sends it.
func (w *world) signed(ch ledger.Channel, n news) *http.Request {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, paths[ch], bytes.NewReader(body))
	r.Header = w.senders[ch].sign(body)
	return r
}

// post gives the status of the answer.
func (w *world) post(r *http.Request) int {
	recorder := httptest.NewRecorder()
	w.server.ServeHTTP(recorder, r)
	return recorder.Code
}

// posts sends a notice and gives the status of the answer.
func (w *world) posts(ch ledger.Channel, n news) int { return w.post(w.signed(ch, n)) }

func tally(n ledger.Notices) string {
	return fmt.Sprintf("taken %d repeated %d forged %d foreign %d failed %d", n.Taken, n.Repeated, n.Forged, n.Foreign, n.Failed)
}

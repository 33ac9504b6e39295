package hardware

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

var bg = context.Background()

var boss = ledger.Actor{Person: "boss", Role: ledger.RoleSupervisor}

// bookTill is a Book on a store in memory with a counter before it, under fake time. What the counter does is told in the order in which it
// does it: "paid wechat 12.50", "receipt 12.50", "kick".
type bookTill struct {
	t     *testing.T
	store ledger.Store
	book  *ledger.Book
	codes int

	counter *Counter
	rolls   *rolls
	stop    func()
}

// rolls records what the devices are told. Its printer is the real spool, of which nothing is taken off.
type rolls struct {
	mu      sync.Mutex
	spool   *spool
	told    []string
	views   []PoleView
	slips   []Slip
	rewinds []uint64
	arms    int
}

func (r *rolls) tell(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

func (r *rolls) Cursor() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spool.file.Cursor
}

func (r *rolls) Print(seq uint64, key string, slip Slip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.spool.file.Jobs)
	if r.spool.add(seq, key, slip); len(r.spool.file.Jobs) == before {
		return
	}
	r.slips = append(r.slips, slip)
	word := map[SlipKind]string{SlipPayment: "receipt", SlipRefund: "refund", SlipUnknown: "notice", SlipX: "x report", SlipZ: "z report"}[slip.Kind]
	if slip.Amount != 0 {
		word += " " + ledger.Fen(slip.Amount).String()
	}
	if slip.Copy > 0 {
		word += fmt.Sprintf(", copy %d", slip.Copy)
	}
	if slip.MerchantCopy {
		word += ", shop"
	}
	r.tell("%s", word)
}

func (r *rolls) Skip(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spool.skip(seq)
}

func (r *rolls) Rewind(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rewinds = append(r.rewinds, seq)
	r.spool.rewind(seq)
}

func (r *rolls) Kick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell("kick")
}

func (r *rolls) Say(a Announcement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	word := map[AnnouncementKind]string{AnnouncePaid: "paid", AnnounceFailed: "failed", AnnounceUnknown: "unknown", AnnounceRefunded: "refunded", AnnounceAttention: "attention"}[a.Kind]
	if a.Kind == AnnouncePaid {
		word = strings.Join(strings.Fields(fmt.Sprintf("paid %s %s", a.Channel, ledger.Fen(a.Fen))), " ")
	}
	if !a.Training || len(a.Tail) != 4 {
		word = fmt.Sprintf("%+v", a)
	}
	r.tell("%s", word)
}

func (r *rolls) Show(v PoleView) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.views = append(r.views, v)
}

func (r *rolls) Arm() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arms++
	return time.Now()
}

// take gives what was told since the last take.
func (r *rolls) take() (told []string) {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	told, r.told = r.told, nil
	return told
}

// inTill runs a test with an open till, whose counter does not stand there yet.
func inTill(t *testing.T, test func(*testing.T, *bookTill)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rolls{}
		r.spool, _ = openSpool(t.TempDir())
		x := &bookTill{t: t, store: ledger.NewMemory(), rolls: r, stop: func() {}}
		x.counter = &Counter{Scanner: r, Printer: r, Voice: r, Pole: r, Desk: Desk{Shop: "小店", Till: "T1", Mode: "training"},
			Words: assets.For(assets.En), Log: slog.New(slog.DiscardHandler)}
		x.open(nil)
		defer func() { x.close() }()
		test(t, x)
	})
}

func (x *bookTill) open(change func(*ledger.BookConfig)) {
	x.t.Helper()
	cfg := ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef")}
	if change != nil {
		change(&cfg)
	}
	var err error
	if x.book, err = ledger.OpenBook(bg, x.store, ledger.NewBoard(), cfg); err != nil {
		x.t.Fatal(err)
	}
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		x.book.SetAccount(ch, ledger.Account{Merchant: "M-" + string(ch), App: "A-" + string(ch), QRLife: 2 * time.Minute})
	}
}

func (x *bookTill) close() {
	x.stop()
	_ = x.book.Close("test")
}

// attend puts the counter before the till, until stop.
func (x *bookTill) attend() {
	ctx, cancel := context.WithCancel(bg)
	ended := make(chan error, 1)
	go func() { ended <- x.counter.Attend(ctx, x.book) }()
	x.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			x.t.Errorf("Attend returns %v", err)
		}
		x.stop = func() {}
	}
	synctest.Wait()
}

func (x *bookTill) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

func (x *bookTill) key(digits string) {
	x.t.Helper()
	for _, r := range digits {
		x.must(x.book.Key(r))
	}
}

func (x *bookTill) settle(digits string) {
	x.t.Helper()
	x.key(digits)
	x.must(x.book.Settle(bg, ledger.Trainee, true))
}

// sale is a copy of the one on the screen.
func (x *bookTill) sale() (sale ledger.Sale) {
	x.book.Read(func(s *ledger.State) {
		sale = *s.CurrentSale()
		sale.Attempts, sale.Tenders = slices.Clone(sale.Attempts), slices.Clone(sale.Tenders)
	})
	return sale
}

func (x *bookTill) head() (seq uint64) {
	x.book.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

// scan holds a fresh WeChat code out, and sends it.
func (x *bookTill) scan() ledger.Attempt {
	x.t.Helper()
	x.codes++
	x.must(x.book.Scan(bg, ledger.Trainee, ledger.Scan{Text: fmt.Appendf(nil, "13%016d", x.codes), At: time.Now()}))
	sale := x.sale()
	a := *sale.Last()
	_, err := x.book.Asking(bg, a.Order, ledger.RequestPay)
	x.must(err)
	return a
}

func (x *bookTill) asksQR(channel ledger.Channel) ledger.Attempt {
	x.t.Helper()
	x.must(x.book.Ask(bg, ledger.Trainee, channel))
	sale := x.sale()
	a := *sale.Last()
	_, err := x.book.Asking(bg, a.Order, ledger.RequestOrder)
	x.must(err)
	x.answers(a, ledger.RequestOrder, ledger.ClassShown, func(ans *ledger.Answer) { ans.QR = "weixin://x" })
	return a
}

// answers is a verified answer that names what was asked for.
func (x *bookTill) answers(a ledger.Attempt, request ledger.Request, class ledger.Class, change func(*ledger.Answer)) {
	x.t.Helper()
	ans := ledger.Answer{Order: a.Order, Request: request, Class: class, Verified: class != ledger.ClassUnknown, Began: x.head(),
		Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}}
	if change != nil {
		change(&ans)
	}
	x.must(x.book.Report(bg, ans))
}

func (x *bookTill) pays() ledger.Attempt {
	x.t.Helper()
	a := x.scan()
	x.answers(a, ledger.RequestPay, ledger.ClassPaid, nil)
	return a
}

func (x *bookTill) tender(kind ledger.TenderKind, fen, given int64) uint64 {
	x.t.Helper()
	sale := x.sale()
	x.must(x.book.Tender(bg, ledger.Trainee, ledger.TenderWish{Sale: sale.ID, Kind: kind, Amount: ledger.Fen(fen), Given: ledger.Fen(given), Number: "77", Seen: len(sale.Tenders)}))
	sale = x.sale()
	return sale.Tenders[len(sale.Tenders)-1].ID
}

// refund sends a refund and hears what came of it.
func (x *bookTill) refund(a ledger.Attempt, fen int64, seen int) ledger.RefundNo {
	x.t.Helper()
	number, err := x.book.Refund(bg, ledger.Trainee, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(fen), Why: "brought back", Seen: seen})
	x.must(err)
	_, err = x.book.Sending(bg, a.Order, number)
	x.must(err)
	return number
}

func (x *bookTill) back(a ledger.Attempt, number ledger.RefundNo, fen int64, request ledger.Request, class ledger.Class) {
	x.t.Helper()
	x.answers(a, request, class, func(ans *ledger.Answer) {
		ans.Refund, ans.Named.Refund, ans.Named.Amount = number, number, ledger.Fen(fen)
	})
}

func (x *bookTill) wants(want ...string) {
	x.t.Helper()
	if got := x.rolls.take(); !slices.Equal(got, want) {
		x.t.Errorf("the devices were told %q, want %q", got, want)
	}
}

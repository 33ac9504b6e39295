package hardware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

// TestAttendEvents: each kind of event, and what follows from it.
func TestAttendEvents(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want []string
	}{
		"paid by code": {func(x *bookTill) { x.settle("12.5"); x.pays() }, []string{"paid wechat 12.50", "receipt 12.50"}},
		"paid by QR": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.asksQR(ledger.Alipay), ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid alipay 12.50", "receipt 12.50"}},
		"keyed, asked, and nothing more": {func(x *bookTill) { x.settle("12.5"); x.scan() }, nil},
		"refused":                        {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassRefused, nil) }, []string{"failed"}},
		"unknown":                        {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil) }, []string{"unknown"}},
		"unknown, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			synctest.Wait()
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"unknown", "paid wechat 12.50", "receipt 12.50"}},
		"paid, without a signature": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Verified = false })
		}, []string{"unknown"}},
		"late money": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassRefused, nil)
			synctest.Wait()
			x.answers(a, ledger.RequestNotice, ledger.ClassPaid, nil)
		}, []string{"failed", "attention"}},
		"paid, and said again with another amount": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			time.Sleep(time.Second)
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Named.Amount = ledger.Fen(1) })
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"and in the same millisecond": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, func(ans *ledger.Answer) { ans.Named.Amount = ledger.Fen(1) })
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"cash":         {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 2000) }, []string{"kick", "receipt 12.50"}},
		"a card slip":  {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.CardSlip, 0, 0) }, []string{"receipt 12.50"}},
		"a transfer":   {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Transfer, 0, 0) }, []string{"receipt 12.50"}},
		"part in cash": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0) }, []string{"kick"}},
		"cash, and the rest by code": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); synctest.Wait(); x.pays() },
			[]string{"kick", "paid 12.50", "receipt 12.50"}},
		"a part by code, and the rest in cash": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			synctest.Wait()
			x.tender(ledger.Cash, 0, 0)
		}, []string{"kick", "receipt 12.50"}},
		"two parts in cash, at once": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.tender(ledger.Cash, 0, 0) },
			[]string{"kick", "kick", "receipt 12.50"}},
		"cash that goes back": {func(x *bookTill) {
			x.settle("12.5")
			id := x.tender(ledger.Cash, 0, 0)
			sale := x.sale()
			x.must(x.book.ReturnTender(bg, ledger.Trainee, ledger.TenderReturnWish{Sale: sale.ID, Tender: id, Amount: ledger.Fen(300), Why: "broken"}))
		}, []string{"kick", "receipt 12.50", "kick", "refund 3.00"}},
		"a card slip that goes back": {func(x *bookTill) {
			x.settle("12.5")
			id := x.tender(ledger.CardSlip, 0, 0)
			sale := x.sale()
			x.must(x.book.ReturnTender(bg, ledger.Trainee, ledger.TenderReturnWish{Sale: sale.ID, Tender: id, Amount: ledger.Fen(300), Why: "broken"}))
		}, []string{"receipt 12.50", "refund 3.00"}},
		"a refund on its way": {func(x *bookTill) { x.settle("12.5"); x.refund(x.pays(), 300, 0) }, []string{"paid wechat 12.50", "receipt 12.50"}},
		"a refund that is back": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			x.back(a, x.refund(a, 300, 0), 300, ledger.RequestRefund, ledger.ClassReturned)
		}, []string{"paid wechat 12.50", "receipt 12.50", "refunded", "refund 3.00"}},
		"two refunds in one millisecond": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			first, second := x.refund(a, 300, 0), x.refund(a, 200, 1)
			x.back(a, first, 300, ledger.RequestRefund, ledger.ClassReturned)
			x.back(a, second, 200, ledger.RequestRefund, ledger.ClassReturned)
		}, []string{"paid wechat 12.50", "receipt 12.50", "refunded", "refund 3.00", "refunded", "refund 2.00"}},
		"a refund that is refused": {func(x *bookTill) {
			x.settle("12.5")
			a := x.pays()
			number := x.refund(a, 300, 0)
			x.back(a, number, 300, ledger.RequestRefund, ledger.ClassDenied)
			x.back(a, number, 300, ledger.RequestRefundQuery, ledger.ClassAbsent)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"set aside with its end unknown": {func(x *bookTill) {
			x.settle("12.5")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
		}, []string{"unknown", "notice 12.50"}},
		"the drawer": {func(x *bookTill) { x.must(x.book.OpenDrawer(bg, ledger.Trainee, ledger.DrawerWish{Why: "change"})) }, []string{"kick"}},
		"a shift, and cash put in": {func(x *bookTill) {
			shift, err := x.book.OpenShift(bg, ledger.Trainee, ledger.Fen(10000))
			x.must(err)
			x.must(x.book.MoveCash(bg, ledger.Trainee, ledger.CashWish{Shift: shift, In: true, Amount: ledger.Fen(500), Why: "coins"}))
		}, []string{"kick", "kick"}},
		"a copy": {func(x *bookTill) {
			x.settle("12.5")
			_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: x.pays().Order})
			x.must(err)
		}, []string{"paid wechat 12.50", "receipt 12.50", "receipt 12.50, copy 1"}},
		"an X report": {func(x *bookTill) { _, err := x.book.XReport(bg, boss, nil); x.must(err) }, []string{"x report"}},
		"a Z report":  {func(x *bookTill) { _, err := x.book.CloseDay(bg, boss, ledger.DayWish{}); x.must(err) }, []string{"z report"}},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				x.attend()
				tt.do(x)
				x.wants(tt.want...)
				for i := range x.rolls.slips {
					if s := &x.rolls.slips[i]; s.Mode != "training" || s.Till != "T1" {
						t.Errorf("a slip of till %q in mode %q", s.Till, s.Mode)
					}
				}
			})
		})
	}
}

// TestAttendBehind: a counter that comes to a sale when all is over says and prints the same, but for what belongs to the moment. One that
// is begun only then prints alone.
func TestAttendBehind(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want []string
	}{
		"two parts in cash": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.tender(ledger.Cash, 0, 0) },
			[]string{"kick", "kick", "receipt 12.50"}},
		"cash, and the rest by code": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.pays() }, []string{"kick", "paid 12.50", "receipt 12.50"}},
		"a part by code, the rest in cash": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			x.tender(ledger.Cash, 0, 0)
		}, []string{"kick", "receipt 12.50"}},
		"unknown, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"set aside, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				store := x.deafens()
				x.attend()
				store.deaf.Store(true)
				tt.do(x)
				x.wants()
				store.deaf.Store(false)
				time.Sleep(followAgain)
				x.wants(tt.want...)
			})
			inTill(t, func(t *testing.T, x *bookTill) {
				x.rolls.spool.rewind(x.head()) // a printer that knows its place
				tt.do(x)
				x.attend()
				x.wants(tt.want[len(tt.want)-1]) // the paper
			})
		})
	}
}

// TestAttendAges: what belongs to the moment is left out after half a minute, and paper after half a day. A counter that is begun only
// then says and opens nothing at any age.
func TestAttendAges(t *testing.T) {
	const second, hour = time.Second, time.Hour
	for _, tt := range []struct {
		age         time.Duration
		want, begun []string
	}{
		{29 * second, []string{"kick", "receipt 5.00", "paid wechat 12.50", "receipt 12.50", "unknown", "notice 7.00"},
			[]string{"receipt 5.00", "receipt 12.50", "notice 7.00"}},
		{31 * second, []string{"receipt 5.00", "receipt 12.50"}, []string{"receipt 5.00", "receipt 12.50"}},
		{12*hour - second, []string{"receipt 5.00", "receipt 12.50"}, []string{"receipt 5.00", "receipt 12.50"}},
		{12*hour + second, nil, nil},
	} {
		happens := func(x *bookTill) {
			x.tender(ledger.Cash, 0, 0)
			x.settle("12.5")
			x.pays()
			x.settle("7")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
		}
		ends := func(x *bookTill, want []string) {
			if x.wants(want...); x.rolls.Cursor() != x.head() {
				x.t.Errorf("after %v the cursor is at %d of %d", tt.age, x.rolls.Cursor(), x.head())
			}
		}
		inTill(t, func(t *testing.T, x *bookTill) {
			store := x.deafens()
			x.attend()
			store.deaf.Store(true)
			x.settle("5") // from here on the counter tries every 10 s
			synctest.Wait()
			time.Sleep((followAgain - tt.age%followAgain) % followAgain)
			happens(x)
			time.Sleep(tt.age - time.Millisecond)
			store.deaf.Store(false)
			time.Sleep(time.Millisecond)
			ends(x, tt.want)
		})
		inTill(t, func(t *testing.T, x *bookTill) {
			x.rolls.spool.rewind(x.head())
			x.settle("5")
			happens(x)
			time.Sleep(tt.age)
			x.attend()
			ends(x, tt.begun)
		})
	}
}

// TestAttendClockSetBack: what lies in the future since then is nothing of this moment; its slip is printed.
func TestAttendClockSetBack(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		sale := ledger.SaleOpened{Sale: "991231000011234", Amount: ledger.Fen(500)}
		for _, body := range []ledger.Body{&sale, &ledger.DrawerOpened{Why: "x"}} {
			e := &ledger.Event{Seq: x.head() + 1, At: time.Now().Add(time.Hour), Body: body}
			x.counter.happened(bg, x.book, e, false)
		}
		x.wants()
	})
}

// TestAttendRestart: the counter goes on at the spool's cursor, whose own event it sees once more: slips that are missing are printed,
// and nothing comes twice.
func TestAttendRestart(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Twice = true
		x.attend()
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.wants("kick", "receipt 5.00", "receipt 5.00, shop")
		x.stop()
		x.attend()
		x.wants()
		x.stop()
		x.rolls.spool.file.Jobs = x.rolls.spool.file.Jobs[:1] // a crash between the two slips
		x.rolls.spool.file.Keys = x.rolls.spool.file.Keys[:1]
		x.attend()
		x.wants("receipt 5.00, shop")
		x.stop()
		x.settle("6") // while no counter stands there
		x.pays()
		x.attend()
		x.wants("receipt 6.00", "receipt 6.00, shop")
		if len(x.rolls.rewinds) != 1 { // the new printer's, at the beginning
			t.Errorf("rewound to %d", x.rolls.rewinds)
		}
	})
}

// TestAttendNewPrinter: one that knows no event prints nothing of the past; nor does one whose ledger has lost its end, and what comes
// then is printed though its number was seen before.
func TestAttendNewPrinter(t *testing.T) {
	for _, cursor := range []uint64{0, 1000} {
		inTill(t, func(t *testing.T, x *bookTill) {
			x.settle("5")
			x.tender(ledger.Cash, 0, 0)
			x.rolls.spool.rewind(cursor)
			x.attend()
			if x.wants(); !slices.Equal(x.rolls.rewinds, []uint64{x.head()}) {
				t.Errorf("from %d rewound to %d, the ledger is at %d", cursor, x.rolls.rewinds, x.head())
			}
			x.settle("6")
			x.pays()
			x.wants("paid wechat 6.00", "receipt 6.00")
		})
	}
}

// TestAttendWithout: every device can be missing.
func TestAttendWithout(t *testing.T) {
	sells := func(x *bookTill) {
		x.attend()
		x.settle("5")
		synctest.Wait()
		x.tender(ledger.Cash, 0, 0)
		x.settle("6")
		x.pays()
	}
	for name, tt := range map[string]struct {
		without func(*Counter)
		want    []string
		views   bool
		arms    bool
	}{
		"nothing missing": {func(*Counter) {}, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, true, true},
		"no printer":      {func(c *Counter) { c.Printer = nil }, []string{"paid wechat 6.00"}, true, true},
		"no voice":        {func(c *Counter) { c.Voice = nil }, []string{"kick", "receipt 5.00", "receipt 6.00"}, true, true},
		"no pole":         {func(c *Counter) { c.Pole = nil }, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, false, true},
		"no scanner":      {func(c *Counter) { c.Scanner = nil }, []string{"kick", "receipt 5.00", "paid wechat 6.00", "receipt 6.00"}, true, false},
		"nothing":         {func(c *Counter) { c.Scanner, c.Printer, c.Voice, c.Pole = nil, nil, nil, nil }, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				tt.without(x.counter)
				sells(x)
				if x.wants(tt.want...); len(x.rolls.views) > 0 != tt.views || x.rolls.arms > 0 != tt.arms {
					t.Errorf("%d views, armed %d times", len(x.rolls.views), x.rolls.arms)
				}
			})
		})
	}
	inTill(t, func(t *testing.T, x *bookTill) { // a voice alone says nothing of what was before it
		x.counter.Printer = nil
		x.settle("6")
		x.pays()
		x.attend()
		x.wants()
	})
}

// TestAttendAsked: receipts on request alone, but for the shop's own; the first is the original. Of a sale from before the counter each one
// is a copy: it may have had its original.
func TestAttendAsked(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Asked, x.counter.Twice = true, true
		x.attend()
		x.settle("5")
		a := x.pays()
		x.wants("paid wechat 5.00", "receipt 5.00, shop")
		asks := func(want string) {
			t.Helper()
			_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: a.Order})
			x.must(err)
			x.wants(want)
		}
		asks("receipt 5.00")
		asks("receipt 5.00, copy 1")
		x.stop()
		x.attend()
		x.wants()
		asks("receipt 5.00, copy 3")
		x.settle("6")
		a = x.pays()
		x.wants("paid wechat 6.00", "receipt 6.00, shop")
		asks("receipt 6.00")
	})
}

// TestAttendTwice: the shop's slip is of payments and refunds, and of nothing else.
func TestAttendTwice(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Twice = true
		x.attend()
		x.settle("5")
		a := x.pays()
		x.wants("paid wechat 5.00", "receipt 5.00", "receipt 5.00, shop")
		x.back(a, x.refund(a, 300, 0), 300, ledger.RequestRefund, ledger.ClassReturned)
		x.wants("refunded", "refund 3.00", "refund 3.00, shop")
		_, err := x.book.Reprint(bg, ledger.Trainee, ledger.ReprintWish{Order: a.Order})
		x.must(err)
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		x.wants("receipt 5.00, copy 1", "x report")
	})
}

// TestAttendBlindReport: before the count no figure of cash is on paper, whichever report it is; after the count they are.
func TestAttendBlindReport(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		shift, err := x.book.OpenShift(bg, ledger.Trainee, ledger.Fen(100_00))
		x.must(err)
		x.settle("43.21")
		x.tender(ledger.Cash, 0, 0)
		x.settle("8.76")
		x.pays()
		x.must(x.book.MoveCash(bg, ledger.Trainee, ledger.CashWish{Shift: shift, Amount: ledger.Fen(11_11), Why: "bread"}))
		cash := []string{"43.21", "51.97", "132.10", "11.11"} // sold in cash, sold at all, expected, taken out
		paper := func() (kind SlipKind, text string) {
			synctest.Wait()
			slip := x.rolls.slips[len(x.rolls.slips)-1]
			return slip.Kind, fmt.Sprintf("%+v", slip.Rows)
		}
		has := func(text string) (n int) {
			for _, sum := range cash {
				if strings.Contains(text, sum) {
					n++
				}
			}
			return n
		}
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		if kind, text := paper(); kind != SlipX || has(text) != 0 || !strings.Contains(text, "8.76") {
			t.Errorf("before the count an X report (%d) says %s", kind, text)
		}
		x.must(x.book.CountCash(bg, ledger.Trainee, shift, []ledger.Pieces{{Fen: 10000, Count: 1}}))
		_, err = x.book.XReport(bg, boss, nil)
		x.must(err)
		if kind, text := paper(); kind != SlipX || has(text) != len(cash) {
			t.Errorf("after the count an X report (%d) says %s", kind, text)
		}
		x.must(x.book.OpenDrawer(bg, ledger.Trainee, ledger.DrawerWish{Why: "x"}))
		x.settle("1")
		x.tender(ledger.Cash, 0, 0) // the count is old
		_, err = x.book.CloseDay(bg, boss, ledger.DayWish{})
		x.must(err)
		if kind, text := paper(); kind != SlipZ || strings.Contains(text, "44.21") || strings.Contains(text, "52.97") || strings.Contains(text, "133.10") {
			t.Errorf("before the count a Z report (%d) says %s", kind, text)
		}
	})
}

// TestAttendEndsBehind: a till that ends while its counter is behind ends, and the next start goes on there.
func TestAttendEndsBehind(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.rolls.spool.rewind(x.head())
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.settle("6")
		x.pays()
		ctx, cancel := context.WithCancel(bg)
		x.counter.Printer = slowRolls{x.rolls, cancel}
		if err := x.counter.Attend(ctx, x.book); err != nil {
			t.Error(err)
		}
		x.wants("receipt 5.00")
		x.counter.Printer = x.rolls
		x.attend()
		x.wants("receipt 6.00")
	})
}

// slowRolls ends the till with the first slip.
type slowRolls struct {
	*rolls
	end func()
}

func (r slowRolls) Print(seq uint64, key string, slip Slip) {
	r.rolls.Print(seq, key, slip)
	r.end()
}

// deafStore cannot be read for a while.
type deafStore struct {
	*ledger.Memory
	deaf atomic.Bool
}

func (s *deafStore) Read(from uint64, each func(uint64, []byte) error) error {
	if s.deaf.Load() {
		return errors.New("the disk says no")
	}
	return s.Memory.Read(from, each)
}

// deafens gives the till a ledger that can be made unreadable.
func (x *bookTill) deafens() *deafStore {
	x.close()
	store := &deafStore{Memory: ledger.NewMemory()}
	x.store = store
	x.open(nil)
	return store
}

// TestAttendAfterTrouble: where the ledger cannot be read the counter comes back to it, and leaves nothing out.
func TestAttendAfterTrouble(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		store := x.deafens()
		x.attend()
		store.deaf.Store(true)
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.wants()
		store.deaf.Store(false)
		time.Sleep(followAgain)
		x.wants("kick", "receipt 5.00")
		store.deaf.Store(true)
		x.settle("6")
		x.pays()
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		time.Sleep(saysWithin)
		x.wants()
		store.deaf.Store(false)
		time.Sleep(followAgain)
		x.wants("receipt 6.00", "receipt 5.00") // the moment is over
	})
}

// TestAttendSaysNothingUnwritten: a payment whose record the disk refuses is neither said nor printed nor shown.
func TestAttendSaysNothingUnwritten(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		x.settle("5")
		a := x.scan()
		x.store.(*ledger.Memory).FailAppend = func(ledger.Batch) (bool, error) { return false, errors.New("the disk says no") }
		err := x.book.Report(bg, ledger.Answer{Order: a.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: x.head(),
			Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}})
		if err == nil {
			t.Fatal("the report was written")
		}
		x.wants()
		if v := poleOf(x.book, time.Now()); v.Kind != PoleUnknown {
			t.Errorf("the pole display shows %+v", v)
		}
	})
}

// TestPoleOf: what the pole display shows for everything that a customer can see.
func TestPoleOf(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want PoleView // without tail and training
		tail bool
	}{
		"idle":              {func(*bookTill) {}, PoleView{}, false},
		"keying":            {func(x *bookTill) { x.key("12.5") }, PoleView{Kind: PoleKeying, Fen: 1250}, false},
		"half an amount":    {func(x *bookTill) { x.key("0.") }, PoleView{}, false},
		"due":               {func(x *bookTill) { x.settle("12.5") }, PoleView{Kind: PoleDue, Fen: 1250}, true},
		"due, after a part": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0) }, PoleView{Kind: PoleDue, Fen: 750}, true},
		"waits":             {func(x *bookTill) { x.settle("12.5"); x.scan() }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"waits, and the next is keyed": {func(x *bookTill) { x.settle("12.5"); x.scan(); _ = x.book.Key('7') },
			PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"a QR":             {func(x *bookTill) { x.settle("12.5"); x.asksQR(ledger.WeChat) }, PoleView{Kind: PoleScan, Fen: 1250}, true},
		"a QR that is old": {func(x *bookTill) { x.settle("12.5"); x.asksQR(ledger.WeChat); time.Sleep(3 * time.Minute) }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"the customer keys a password": {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassWaiting, nil) },
			PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"unknown":              {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil) }, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"refused":              {func(x *bookTill) { x.settle("12.5"); x.answers(x.scan(), ledger.RequestPay, ledger.ClassRefused, nil) }, PoleView{Kind: PoleFailed, Fen: 1250}, true},
		"paid":                 {func(x *bookTill) { x.settle("12.5"); x.pays() }, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"paid, the next keyed": {func(x *bookTill) { x.settle("12.5"); x.pays(); x.key("3") }, PoleView{Kind: PoleKeying, Fen: 300}, false},
		"cash":                 {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 0) }, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"paid long ago":        {func(x *bookTill) { x.settle("12.5"); x.pays(); time.Sleep(paidFor) }, PoleView{}, false},
		"paid just now": {func(x *bookTill) {
			x.settle("12.5")
			x.pays()
			time.Sleep(paidFor - time.Millisecond)
		}, PoleView{Kind: PolePaid, Fen: 1250}, true},
		"change, long after the wallet's part": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			time.Sleep(time.Minute)
			x.tender(ledger.Cash, 0, 1000)
		}, PoleView{Kind: PoleChange, Fen: 150}, true},
		"change": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 0, 2000) }, PoleView{Kind: PoleChange, Fen: 750}, true},
		"late money": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassRefused, nil)
			x.answers(a, ledger.RequestNotice, ledger.ClassPaid, nil)
		}, PoleView{Kind: PoleUnknown, Fen: 1250}, true},
		"cancelled": {func(x *bookTill) {
			x.settle("12.5")
			a := x.asksQR(ledger.WeChat)
			x.must(x.book.Stop(bg, ledger.Trainee))
			x.answers(a, ledger.RequestQuery, ledger.ClassOpen, nil)
			x.answers(a, ledger.RequestClose, ledger.ClassAccepted, nil)
			x.answers(a, ledger.RequestQuery, ledger.ClassClosed, nil)
		}, PoleView{Kind: PoleFailed, Fen: 1250}, true},
		"given up": {func(x *bookTill) { x.settle("12.5"); x.must(x.book.Drop(bg, ledger.Trainee, "x")) }, PoleView{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				tt.do(x)
				want := tt.want
				want.Training = true
				if tt.tail {
					want.Tail = x.sale().ID.Tail()
				}
				if got := poleOf(x.book, time.Now()); got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			})
		})
	}
}

// TestPoleWakes: the line display forgets PAID and takes a QR's words away by itself, at the moment, and the counter sleeps otherwise.
func TestPoleWakes(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Printer, x.counter.Voice, x.counter.Scanner = nil, nil, nil
		x.attend()
		last := func() PoleKind {
			synctest.Wait()
			x.rolls.mu.Lock()
			defer x.rolls.mu.Unlock()
			return x.rolls.views[len(x.rolls.views)-1].Kind
		}
		turns := func(before, after PoleKind, in time.Duration) {
			t.Helper()
			time.Sleep(in - time.Millisecond)
			if got := last(); got != before {
				t.Errorf("just before: %d, want %d", got, before)
			}
			time.Sleep(time.Millisecond)
			if got := last(); got != after {
				t.Errorf("then: %d, want %d", got, after)
			}
		}
		x.settle("5")
		x.pays()
		turns(PolePaid, PoleIdle, paidFor)
		x.settle("6")
		x.asksQR(ledger.WeChat)
		turns(PoleScan, PoleUnknown, time.Until(x.sale().Attempts[0].Expires))
		shown := len(x.rolls.views)
		time.Sleep(24 * time.Hour)
		if last(); len(x.rolls.views) != shown {
			t.Errorf("%d more pictures in a day without an event", len(x.rolls.views)-shown)
		}
	})
}

// TestPoleKinds: no state of a customer's is without a word, and PAID is the word of one alone.
func TestPoleKinds(t *testing.T) {
	for _, state := range []ledger.CustomerState{ledger.CustomerIdle, ledger.CustomerReady, ledger.CustomerWait, ledger.CustomerScan, ledger.CustomerConfirm,
		ledger.CustomerCheck, ledger.CustomerPaid, ledger.CustomerFailed, ledger.CustomerCancelled, ledger.CustomerReturned, ledger.CustomerAsk} {
		kind, ok := poleKindOf[state]
		if paid := state == ledger.CustomerPaid; !ok || (kind == PolePaid) != paid || kind == PoleIdle && state != ledger.CustomerIdle {
			t.Errorf("%s: %d, %v", state, kind, ok)
		}
	}
}

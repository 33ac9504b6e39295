package hardware

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// paperless is a SlipPrinter that remembers, with a spool's place that the test sets.
type paperless struct {
	mu     sync.Mutex
	cursor uint64
	slips  []Slip
	keys   []string
	kicks  int
	seen   uint64
}

func (p *paperless) Cursor() uint64 { return p.cursor }
func (p *paperless) Print(seq uint64, key string, slip Slip) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slips, p.keys = append(p.slips, slip), append(p.keys, key)
}
func (p *paperless) Skip(seq uint64)   { p.mu.Lock(); defer p.mu.Unlock(); p.seen = seq }
func (p *paperless) Rewind(seq uint64) { p.mu.Lock(); defer p.mu.Unlock(); p.seen = seq }
func (p *paperless) Kick()             { p.mu.Lock(); defer p.mu.Unlock(); p.kicks++ }

type spoken struct {
	mu   sync.Mutex
	said []Announcement
}

func (s *spoken) Say(a Announcement) { s.mu.Lock(); defer s.mu.Unlock(); s.said = append(s.said, a) }

var hostileDesk = Desk{Shop: "shop", Till: "T1", Mode: "production"}

// follows lets a counter follow the book until the printer was told of its head.
func follows(t *testing.T, b *ledger.Book, c *Counter, p *paperless) {
	t.Helper()
	followsWhile(t, b, c, p, func() {})
}

// followsWhile is follows, with something that happens while the counter stands there.
func followsWhile(t *testing.T, b *ledger.Book, c *Counter, p *paperless, happens func()) {
	t.Helper()
	c.Printer, c.Desk, c.Words, c.Log = p, hostileDesk, assets.For(assets.En), slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = c.Attend(ctx, b) }()
	p.sees(t, headSeq(b))
	happens()
	p.sees(t, headSeq(b))
	cancel()
	<-ended
}

// sees waits until the printer was told of an event.
func (p *paperless) sees(t *testing.T, head uint64) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		seen := p.seen
		p.mu.Unlock()
		if seen >= head {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the counter came to event %d of %d", seen, head)
		}
	}
}

func headSeq(b *ledger.Book) (seq uint64) {
	b.Read(func(s *ledger.State) { seq = s.Head.Seq })
	return seq
}

func keyed(t *testing.T, b *ledger.Book, text string) (id ledger.SaleID) {
	t.Helper()
	for _, r := range text {
		if err := b.Key(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Settle(t.Context(), ledger.Trainee, false); err != nil {
		t.Fatal(err)
	}
	b.Read(func(s *ledger.State) { id = s.Current })
	return id
}

// sold takes eight yuan with one tender.
func sold(t *testing.T, b *ledger.Book, kind ledger.TenderKind) ledger.SaleID {
	t.Helper()
	id := keyed(t, b, "8")
	if err := b.Tender(t.Context(), ledger.Trainee, ledger.TenderWish{Sale: id, Kind: kind}); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestHostileSplitSaleAfterAKill: a sale paid in two parts prints ONE receipt, also when the till was killed before the spool knew of
// either part (the printer was at work on the slip before, which takes seconds).
func TestHostileSplitSaleAfterAKill(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	before := headSeq(b)
	id := keyed(t, b, "12.5")
	for i, fen := range []int64{500, 0} {
		if err := b.Tender(t.Context(), ledger.Trainee, ledger.TenderWish{Sale: id, Kind: ledger.Cash, Amount: ledger.Fen(fen), Seen: i}); err != nil {
			t.Fatal(err)
		}
	}
	p := &paperless{cursor: before}
	follows(t, b, &Counter{}, p)
	if len(p.slips) != 1 {
		t.Errorf("%d receipts, none marked as a copy, of one sale: keys %q, copies %d and %d", len(p.slips), p.keys, p.slips[0].Copy, p.slips[1].Copy)
	}
}

// TestHostileRestartOpensTheDrawer: the drawer opens once for one event. A till that was killed and comes back within half a minute gives
// its last event again, and opens the drawer a second time, which no event tells of.
func TestHostileRestartOpensTheDrawer(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{cursor: headSeq(b)}
	followsWhile(t, b, &Counter{}, p, func() {
		sold(t, b, ledger.Cash)
	})
	if p.kicks != 1 {
		t.Fatalf("%d pulses at first", p.kicks)
	}
	p.cursor, p.seen = headSeq(b), 0 // what the spool on the disk knows after the slip
	for range 3 {                    // killed and begun again, three times
		p.seen = 0
		follows(t, b, &Counter{}, p)
	}
	if p.kicks != 1 {
		t.Errorf("%d pulses for one tender", p.kicks)
	}
}

// TestHostileRestartSaysPaidAgain: PAID is said once. The next customer stands at the counter when it is said for the one before.
func TestHostileRestartSaysPaidAgain(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p, v := &paperless{cursor: headSeq(b)}, &spoken{}
	followsWhile(t, b, &Counter{Voice: v}, p, func() {
		order, began, err := ledgertest.Ask(b, 1)
		if err == nil {
			err = ledgertest.Answer(b, order, began, ledger.RequestPay, ledger.ClassPaid)
		}
		if err != nil {
			t.Error(err)
		}
	})
	p.cursor, p.seen = headSeq(b), 0
	follows(t, b, &Counter{Voice: v}, p)
	paid := 0
	for _, a := range v.said {
		if a.Kind == AnnouncePaid {
			paid++
		}
	}
	if paid != 1 {
		t.Errorf("PAID was said %d times for one payment", paid)
	}
}

// TestHostileClockThatWentBack: an event of a clock that was an hour fast is not "of this moment" for the next hour: a restart must not
// open the drawer for it.
func TestHostileClockThatWentBack(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{}
	c := Counter{Printer: p, Desk: hostileDesk, Words: assets.For(assets.En), Log: slog.New(slog.DiscardHandler)}
	c.happened(t.Context(), b, &ledger.Event{Seq: 9, At: time.Now().Add(time.Hour), Body: &ledger.DrawerOpened{}}, false)
	if p.kicks != 0 {
		t.Error("an event that is dated an hour ahead opens the drawer")
	}
}

// TestHostileAskedAfterAlways: a shop that changes from "always" to "asked" gets the first copy as an unmarked original, though the original
// is on paper already.
func TestHostileAskedAfterAlways(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{cursor: headSeq(b)}
	id := sold(t, b, ledger.Cash)
	follows(t, b, &Counter{}, p)
	p.cursor, p.seen = headSeq(b), 0
	if _, err := b.Reprint(t.Context(), ledger.Trainee, ledger.ReprintWish{Sale: id}); err != nil {
		t.Fatal(err)
	}
	p.slips, p.keys = p.slips[:1], p.keys[:1]
	follows(t, b, &Counter{Asked: true}, p)
	for i, s := range p.slips[1:] {
		if s.Copy == 0 {
			t.Errorf("slip %d (%s) is a second original", i+2, p.keys[i+1])
		}
	}
}

// TestHostileTransferNobodySaw: "a receipt never for what is not paid". A transfer that nobody has seen arrive gets the shop's receipt with
// the request to keep it; the e-receipt of the same sale is refused.
func TestHostileTransferNobodySaw(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{cursor: headSeq(b)}
	sold(t, b, ledger.Transfer)
	follows(t, b, &Counter{}, p)
	for _, s := range p.slips {
		lines := typeface{columns: 48, words: assets.For(assets.En)}.layout(&s, false)
		if slices.ContainsFunc(lines, func(l slipLine) bool { return l.text == assets.For(assets.En).Slip.Sale }) {
			t.Errorf("a slip with the title %q for money that nobody has seen", assets.For(assets.En).Slip.Sale)
		}
		if slices.ContainsFunc(lines, func(l slipLine) bool { return l.text == assets.For(assets.En).Slip.Keep || l.code != noCode }) {
			t.Error("it offers a refund of money that nobody has seen")
		}
	}
}

// TestHostileOldXReport: an X report that is printed late says what was true when it was asked for.
func TestHostileOldXReport(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{cursor: headSeq(b)}
	sell := func() {
		sold(t, b, ledger.Cash)
	}
	sell()
	shown, err := b.XReport(t.Context(), ledger.Trainee, nil)
	if err != nil {
		shown, err = b.XReport(t.Context(), ledger.Trainee, &ledger.Consent{Person: ledger.Trainer.Person, PIN: trainerPIN()})
	}
	if err != nil {
		t.Fatal(err)
	}
	want := hostileDesk.Report(&shown, "", assets.For(assets.En))
	sell()
	follows(t, b, &Counter{}, p)
	for _, s := range p.slips {
		if s.Kind == SlipX && fmt.Sprint(s.Rows) != fmt.Sprint(want.Rows) {
			t.Errorf("the paper says\n%v\nand the screen said\n%v", s.Rows, want.Rows)
		}
	}
}

func trainerPIN() ledger.PIN { return ledger.NewPIN([]byte(ledger.TrainerPIN)) }

// TestHostileBlindPaperOfAShiftNobodyCounted: a shift that was closed by the hour was never counted, its cash is still in the drawer, and whoever
// opens the next one counts it as the float. The paper of that period must not tell what should be there.
func TestHostileBlindPaperOfAShiftNobodyCounted(t *testing.T) {
	words := assets.For(assets.En)
	r := ledger.Report{At: time.Now(), Since: time.Now().Add(-time.Hour), Counts: ledger.Counts{Shifts: []ledger.Shift{
		{Number: 4, Person: "wang", Float: 10000, Expected: 55500, ClosedAt: time.Now(), Automatic: true},
	}}}
	for _, row := range hostileDesk.Report(&r, "li", words).Rows {
		if row.Amount == "555.00" {
			t.Errorf("%q of a shift that nobody has counted is on paper: %s", row.Label, row.Amount)
		}
	}
}

// TestHostileBlindFiguresRunTogether: a count and the words behind it are two things.
func TestHostileBlindFiguresRunTogether(t *testing.T) {
	s := &slipSheet{typeface: typeface{columns: 48, words: assets.For(assets.En)}}
	s.row(SlipRow{"Cash", "2", assets.For(assets.En).Shift.AfterCount})
	if text := s.lines[0].text; text[len(text)-len(assets.For(assets.En).Shift.AfterCount)-1] != ' ' {
		t.Errorf("%q", text)
	}
}

// TestHostileShopsCopyWhenAsked: "merchant_copy: a second slip of every payment and refund, for the shop" also holds where customers get theirs only
// when they ask.
func TestHostileShopsCopyWhenAsked(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	p := &paperless{cursor: headSeq(b)}
	sold(t, b, ledger.Cash)
	follows(t, b, &Counter{Asked: true, Twice: true}, p)
	if len(p.slips) != 1 || !p.slips[0].MerchantCopy {
		t.Errorf("the shop has no slip of the payment: %d slips", len(p.slips))
	}
}

// TestHostilePoleForgetsPaid: PAID leaves the second terminal and the page after a while (ui: paidUntil). On the line display it stands until
// somebody keys something, and comes back when the till is begun again: the next customer looks at it.
func TestHostilePoleForgetsPaid(t *testing.T) {
	b := ledgertest.BookOn(t, ledger.NewMemory())
	defer b.Close("test")
	order, began, err := ledgertest.Ask(b, 1)
	if err == nil {
		err = ledgertest.Answer(b, order, began, ledger.RequestPay, ledger.ClassPaid)
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := poleUntil(b, time.Now().Add(8*time.Hour)); v.Kind == PolePaid {
		t.Errorf("eight hours later the line display says PAID #%s", v.Tail)
	}
}

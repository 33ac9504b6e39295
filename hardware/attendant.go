package hardware

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// Counter is what stands on the counter of one till, each nil where there is none. All of it follows the Book and none of it is ever
// waited for.
type Counter struct {
	Scanner interface{ Arm() time.Time }
	Printer SlipPrinter
	Voice   interface{ Say(Announcement) }
	Pole    interface{ Show(PoleView) }
	Desk    Desk            // of the slips
	Words   *assets.Phrases // of the printed reports
	Asked   bool            // receipts are printed only when somebody asks for them
	Twice   bool            // a second slip of every payment and refund, for the shop
	Log     *slog.Logger

	opened uint64 // the ledger's head when the counter began; of followEvents alone
}

// SlipPrinter is a printer with a spool, as the counter uses it. *Printer tells what each method promises.
type SlipPrinter interface {
	Cursor() uint64
	Print(seq uint64, key string, slip Slip)
	Skip(seq uint64)
	Rewind(seq uint64)
	Kick()
}

const (
	// followAgain is how long the counter waits where the ledger cannot be read; the till says so meanwhile.
	followAgain = 10 * time.Second
	// printsWithin is how old an event may be that is printed after a restart. Whoever is still waiting for a slip later has it printed
	// again by hand; a printer that comes back after a week does not print the week.
	printsWithin = 12 * time.Hour
	// saysWithin is the same for what is said or opened: it belongs to the moment.
	saysWithin = 30 * time.Second
	// paidFor is how long PAID stays on the line display when no other sale follows, as on the second terminal.
	paidFor = 30 * time.Second
)

// Attend follows the Book for the devices until ctx ends. It arms the scanner each time the till starts to wait for a code, so that a
// phone held under a scanner an hour ago, or for the sale before, is never charged for this one; it shows the customer what is to be
// paid; and from each event that is durable it prints, speaks and opens what follows from it.
func (c *Counter) Attend(ctx context.Context, book *ledger.Book) error {
	var both sync.WaitGroup
	if c.Printer != nil || c.Voice != nil {
		both.Go(func() { c.followEvents(ctx, book) })
	}
	c.followState(ctx, book)
	both.Wait()
	return nil
}

// followState is for the devices that show or want what is true now.
func (c *Counter) followState(ctx context.Context, book *ledger.Book) {
	var before prompt
	over := time.NewTimer(0)
	defer over.Stop()
	for {
		changed := book.Changed()
		now := promptOf(book)
		if c.Scanner != nil && now != before && now != (prompt{}) {
			c.Scanner.Arm()
		}
		before = now
		over.Stop()
		if c.Pole != nil {
			view, until := poleUntil(book, time.Now())
			c.Pole.Show(view)
			if !until.IsZero() {
				over.Reset(time.Until(until))
			}
		}
		select {
		case <-changed:
		case <-over.C:
		case <-ctx.Done():
			return
		}
	}
}

// prompt is what a scanned code would be charged to. Its zero value is nothing.
type prompt struct {
	keying   bool // an amount is being keyed; a scan may settle it
	sale     ledger.SaleID
	attempts int
}

func promptOf(book *ledger.Book) (p prompt) {
	if !book.Draft().Keyed.Empty() {
		return prompt{keying: true}
	}
	book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.MayAsk() == nil {
			p = prompt{sale: sale.ID, attempts: len(sale.Attempts)}
		}
	})
	return p
}

// poleKindOf is what a line display says of what a customer may see.
var poleKindOf = map[ledger.CustomerState]PoleKind{
	ledger.CustomerIdle: PoleIdle, ledger.CustomerReady: PoleDue, ledger.CustomerWait: PoleUnknown, ledger.CustomerScan: PoleScan,
	ledger.CustomerConfirm: PoleUnknown, ledger.CustomerCheck: PoleUnknown, ledger.CustomerPaid: PolePaid, ledger.CustomerFailed: PoleFailed,
	ledger.CustomerCancelled: PoleFailed, ledger.CustomerReturned: PoleFailed, ledger.CustomerAsk: PoleUnknown,
}

// poleUntil is what the line display shows now, and when that is over by itself: a PAID that the customer has read, a QR that has expired. Zero: never.
func poleUntil(book *ledger.Book, now time.Time) (v PoleView, until time.Time) {
	draft := book.Draft().Keyed
	var sees ledger.CustomerSees
	book.Read(func(s *ledger.State) {
		v.Training = s.Mode != "production"
		sees = s.ForCustomer(!draft.Empty(), now)
	})
	until = sees.Expires
	if sees.State == ledger.CustomerPaid {
		if until = sees.Since.Add(paidFor); now.Sub(sees.Since).Abs() >= paidFor { // a clock that was set back keeps nothing there
			sees, until = ledger.CustomerSees{State: ledger.CustomerIdle}, time.Time{}
		}
	}
	if book.Err() != nil && sees.State != ledger.CustomerPaid {
		sees.State = ledger.CustomerAsk
	}
	v.Kind, v.Fen = poleKindOf[sees.State], sees.Fen
	if sees.Sale != "" {
		v.Tail = sees.Sale.Tail()
	}
	switch amount, err := draft.Money(); {
	case err == nil && (sees.State == ledger.CustomerIdle || sees.State == ledger.CustomerPaid):
		v.Kind, v.Fen, v.Tail = PoleKeying, amount.Fen, ""
	case v.Kind == PolePaid && sees.Change > 0:
		v.Kind, v.Fen = PoleChange, sees.Change
	}
	return v, until
}

// followEvents is for the devices that do something once. After a restart it goes on where the printer's spool ends.
func (c *Counter) followEvents(ctx context.Context, book *ledger.Book) {
	after := c.begin(book)
	for ctx.Err() == nil {
		err := book.Follow(ctx, after, func(e *ledger.Event) error {
			c.happened(ctx, book, e, e.Seq <= c.opened)
			if c.Printer != nil {
				c.Printer.Skip(e.Seq)
			}
			after = e.Seq
			return nil
		})
		if err != nil && ctx.Err() == nil {
			c.Log.Warn("the devices cannot follow the ledger", "cause", err)
			pause(ctx, followAgain)
		}
	}
}

// begin gives the last event of which nothing is to be done any more. Of those up to the head only what is not printed yet is.
func (c *Counter) begin(book *ledger.Book) (after uint64) {
	book.Read(func(s *ledger.State) { c.opened = s.Head.Seq })
	if c.Printer == nil {
		return c.opened
	}
	if cursor := c.Printer.Cursor(); cursor > 0 && cursor <= c.opened {
		return cursor - 1 // its own event once more: not all of its slips may be in the spool
	}
	c.Printer.Rewind(c.opened) // a new printer, or a ledger that has lost its end
	return c.opened
}

// happened does what follows from one event. Of one from before the till was opened slips are printed, as far as the spool has not had
// them, and nothing is said or opened: whoever kills the till must not open the drawer with it, and the next customer stands here now.
func (c *Counter) happened(ctx context.Context, book *ledger.Book, e *ledger.Event, again bool) {
	age := time.Since(e.At)
	recent, prints := age.Abs() < saysWithin, age < printsWithin // a clock that was set back makes nothing recent
	now := recent && !again
	switch b := e.Body.(type) {
	case *ledger.AttemptAnswered:
		c.answered(ctx, book, e, b, now, prints)
	case *ledger.RefundAnswered:
		c.refundAnswered(book, e, b, now, prints)
	case *ledger.TenderTaken:
		c.kick(now && b.By == ledger.Cash)
		if sale := saleOf(ctx, book, b.Sale, e.Day); prints && sale != nil && c.settles(book, e, sale) {
			c.receipt(ctx, book, e, sale, 0)
		}
	case *ledger.TenderReturned:
		c.kick(now && b.By == ledger.Cash)
		if sale := saleOf(ctx, book, b.Sale, e.Day); prints && sale != nil {
			c.refundSlips(e, sale, func(row *ledger.RefundRow) bool { return row.Tender == b.By && row.Amount == b.Amount })
		}
	case *ledger.SaleSetAside:
		if sale := saleOf(ctx, book, b.Sale, e.Day); recent && sale != nil {
			if slip, ok := c.Desk.Unknown(sale); ok { // whoever leaves without an answer has something in hand
				c.print(e, "notice", slip)
			}
		}
	case *ledger.CashMoved, *ledger.DrawerOpened, *ledger.ShiftOpened:
		c.kick(now)
	case *ledger.Reprinted:
		if sale := saleOf(ctx, book, b.Sale, e.Day); prints && sale != nil {
			c.receipt(ctx, book, e, sale, b.Copy)
		}
	case *ledger.Reported, *ledger.DayClosed:
		report, ok := book.PaperReport(e)
		switch {
		case !ok:
			c.Log.Warn("a report was not printed: the till has gone on since, and the figures are others now", "event", e.Seq)
		case prints:
			c.print(e, "report", c.Desk.Report(&report, e.Actor.Person, c.Words))
		}
	}
}

// answered is about an answer that has moved a payment; an answer that only repeats another one does nothing.
func (c *Counter) answered(ctx context.Context, book *ledger.Book, e *ledger.Event, b *ledger.AttemptAnswered, now, prints bool) {
	sale := saleOfOrder(book, b.Order)
	if sale == nil {
		return
	}
	a := sale.Attempt(b.Order)
	if a == nil || !a.SinceAt.Equal(e.At) || a.State != b.Became {
		return
	}
	said := Announcement{Channel: a.Channel, Fen: a.Amount.Fen, Tail: sale.ID.Tail(), Training: c.training()}
	settles := b.Became == ledger.Paid && c.settles(book, e, sale)
	switch b.Became {
	case ledger.Paid:
		if settles { // a part is none: the rest is still to be paid
			said.Kind = AnnouncePaid
		}
		if a.Amount != sale.Amount {
			said.Channel, said.Fen = "", sale.Amount.Fen
		}
	case ledger.Refused:
		said.Kind = AnnounceFailed
	case ledger.Unknown:
		said.Kind = AnnounceUnknown
	case ledger.Orphan:
		said.Kind = AnnounceAttention
	}
	c.say(now, said)
	if prints && settles {
		c.receipt(ctx, book, e, sale, 0)
	}
}

// settles reports whether it is this event that has settled a sale. The sale is known as it is now, and where the counter is behind, as
// after a restart, later events may have done that.
func (c *Counter) settles(book *ledger.Book, e *ledger.Event, sale *ledger.Sale) bool {
	return c.settledBy(book, sale) == e.Seq
}

// settledBy is the event that has settled a sale; 0 where none has, or it is not found.
func (c *Counter) settledBy(book *ledger.Book, sale *ledger.Sale) uint64 {
	if !sale.Settled() {
		return 0
	}
	seq, err := book.SettledBy(sale)
	if err != nil {
		c.Log.Warn("what has settled a sale was not found", "sale", sale.ID, "cause", err)
		return 0
	}
	return seq
}

func (c *Counter) refundAnswered(book *ledger.Book, e *ledger.Event, b *ledger.RefundAnswered, now, prints bool) {
	sale := saleOfOrder(book, b.Order)
	if sale == nil || b.Became != ledger.RefundReturned {
		return
	}
	a := sale.Attempt(b.Order)
	if a == nil {
		return
	}
	if r := a.Refund(b.Refund); r == nil || !r.SinceAt.Equal(e.At) {
		return
	}
	c.say(now, Announcement{Kind: AnnounceRefunded, Channel: a.Channel, Tail: sale.ID.Tail(), Training: c.training()})
	if prints {
		c.refundSlips(e, sale, func(row *ledger.RefundRow) bool { return row.Number == b.Refund })
	}
}

// receipt prints a sale's receipt: by itself when the sale is settled (nth is 0), where the shop does so, and again when somebody asks
// for it, as the nth copy. Where receipts are printed only when asked the first one is the original, if the sale was settled while this
// counter stood here: whether an older one has its original the counter cannot know, and a second original is worse than none.
func (c *Counter) receipt(ctx context.Context, book *ledger.Book, e *ledger.Event, sale *ledger.Sale, nth uint32) {
	slip, ok := c.Desk.Payment(sale)
	if !ok {
		return
	}
	if slip.Copy = nth; c.Asked && nth > 0 && c.settledBy(book, sale) > c.opened {
		slip.Copy--
	}
	if !slip.pending() {
		text, err := book.Receipt(ctx, sale.ID)
		if err != nil {
			c.Log.Warn("a receipt was not signed", "sale", sale.ID, "cause", err)
		}
		slip.Receipt = text
	}
	if nth > 0 || !c.Asked {
		c.print(e, "receipt", slip)
	}
	if nth == 0 {
		c.printForShop(e, "receipt", slip)
	}
}

// refundSlips prints what has gone back with this event: several can at one time.
func (c *Counter) refundSlips(e *ledger.Event, sale *ledger.Sale, is func(*ledger.RefundRow) bool) {
	for _, row := range ledger.AllRefundRows(sale) {
		if row.Part || !row.At.Equal(e.At) || !is(&row) {
			continue
		}
		if slip, ok := c.Desk.Refund(sale, row.Number); ok {
			c.print(e, "refund "+string(row.Number), slip)
			c.printForShop(e, "refund "+string(row.Number), slip)
		}
	}
}

// print gives a slip to the printer. Its key names the event by its place and by what was before it: a ledger that was restored has
// another event in the same place.
func (c *Counter) print(e *ledger.Event, what string, slip Slip) {
	if c.Printer != nil {
		c.Printer.Print(e.Seq, fmt.Sprintf("%s %d %x", what, e.Seq, e.Prev[:4]), slip)
	}
}

// printForShop prints the shop's own slip, where it has one.
func (c *Counter) printForShop(e *ledger.Event, what string, slip Slip) {
	if c.Twice {
		slip.MerchantCopy = true
		c.print(e, what+" for the shop", slip)
	}
}

func (c *Counter) say(now bool, said Announcement) {
	if c.Voice != nil && now && said.Kind != 0 {
		c.Voice.Say(said)
	}
}

func (c *Counter) training() bool { return c.Desk.Mode != "production" }

// kick opens the drawer. Every event that calls for it says why it was opened.
func (c *Counter) kick(now bool) {
	if now && c.Printer != nil {
		c.Printer.Kick()
	}
}

// saleOf finds a sale as it is now; nil where it is not found, which the next look of a person will tell.
func saleOf(ctx context.Context, book *ledger.Book, id ledger.SaleID, day ledger.Day) *ledger.Sale {
	sale, _ := ledger.FindSale(ctx, book.Lookup(), id, day)
	return sale
}

func saleOfOrder(book *ledger.Book, order ledger.OrderNo) *ledger.Sale {
	sale, ok, err := book.Lookup().SaleOf(order)
	if err != nil || !ok {
		return nil
	}
	return &sale
}

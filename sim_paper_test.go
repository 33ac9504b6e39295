package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"guitai/hardware"
	"guitai/ledger"
)

// This file is the oracle of what stands on the counter. It folds the durable events by itself and asks no sale that the ledger has made.
//
//	P1  a sale that became settled has one original receipt, of the event that has settled it; whatever comes twice is marked
//	P2  PAID is said, shown and printed only of a sale that is durably paid at that moment, with its tail and its amount
//	P3  every other word is of what has just happened: no money that is unknown, refused or late is called paid
//	P4  a refund's slip is of money that went back, and of that sum
//	P5  each opening of the drawer belongs to an event that calls for one, of the last 30 s and of this process
//	P6  devices are called by the counter's own goroutine alone, whatever they do to it

// quietLog is where nobody reads.
var quietLog = slog.New(slog.DiscardHandler)

// moment is how old an event may be of which something is said, or for which the drawer opens.
const moment = 30 * time.Second

// paper is what the devices have said and printed, and what the ledger's events call for.
type paperBook struct {
	asked, twice bool // receipts on request alone; a slip for the shop, too
	breaks       func(rule, format string, args ...any)
	count        paperTally

	mu       sync.Mutex
	read     uint64 // events folded
	sales    map[ledger.SaleID]*paperSale
	orders   map[ledger.OrderNo]*paperOrder
	refunds  map[ledger.RefundNo]*paperRefund
	settles  map[uint64]*paperSale // by the event that has settled it
	backs    map[uint64]paperBack  // by the event with which money went back
	copies   map[uint64]*ledger.Reprinted
	reports  map[uint64]bool
	asides   map[uint64]ledger.SaleID
	opening  map[uint64]time.Time // events that call for the drawer
	prints   map[string]int       // unmarked slips, by event and what they are
	onPaper  map[string]bool      // all slips, the same way
	forgiven uint64               // a new printer prints nothing of events up to here
}

// paperTally counts what the worlds have met.
type paperTally struct{ Slips, Marked, Copies, Backs, Notices, Said, SaidPaid, Views, Kicks int }

func (n *paperTally) sum(b paperTally) {
	for _, each := range []struct{ to, from *int }{{&n.Slips, &b.Slips}, {&n.Marked, &b.Marked}, {&n.Copies, &b.Copies}, {&n.Backs, &b.Backs},
		{&n.Notices, &b.Notices}, {&n.Said, &b.Said}, {&n.SaidPaid, &b.SaidPaid}, {&n.Views, &b.Views}, {&n.Kicks, &b.Kicks}} {
		*each.to += *each.from
	}
}

type paperSale struct {
	id           ledger.SaleID
	amount, came int64
	settled      uint64    // the event that has settled it; 0: none
	at           time.Time // of it
	undone       time.Time // when money that had settled it was found gone
	change       int64     // of the cash given last
	wallet       ledger.Channel
	whole        bool // one wallet has paid all of it
}

type paperOrder struct {
	sale   *paperSale
	amount int64
	by     ledger.Channel
	state  ledger.AttemptState
	since  map[ledger.AttemptState]time.Time
}

type paperRefund struct {
	order *paperOrder
	fen   int64
	back  bool
}

type paperBack struct {
	sale *paperSale
	fen  int64
	at   time.Time
}

func newPaperBook(breaks func(rule, format string, args ...any)) *paperBook {
	return &paperBook{breaks: breaks, sales: map[ledger.SaleID]*paperSale{}, orders: map[ledger.OrderNo]*paperOrder{},
		refunds: map[ledger.RefundNo]*paperRefund{}, settles: map[uint64]*paperSale{}, backs: map[uint64]paperBack{},
		copies: map[uint64]*ledger.Reprinted{}, reports: map[uint64]bool{}, asides: map[uint64]ledger.SaleID{},
		opening: map[uint64]time.Time{}, prints: map[string]int{}, onPaper: map[string]bool{}}
}

// reads folds what is durable by now. p.mu is held.
func (p *paperBook) reads(store *ledger.Memory) {
	err := store.Read(p.read+1, func(seq uint64, stored []byte) error {
		e, err := ledger.DecodeEvent(stored)
		if err == nil {
			p.read = seq
			p.fold(&e)
		}
		return err
	})
	if err != nil {
		p.breaks("P2", "the events cannot be read: %v", err)
	}
}

func (p *paperBook) fold(e *ledger.Event) {
	switch b := e.Body.(type) {
	case *ledger.SaleOpened:
		p.sales[b.Sale] = &paperSale{id: b.Sale, amount: b.Amount.Fen}
	case *ledger.AttemptOpened:
		p.orders[b.Order] = &paperOrder{sale: p.sales[b.Sale], amount: b.Amount.Fen, by: b.Channel, since: map[ledger.AttemptState]time.Time{}}
	case *ledger.AttemptStopped:
		p.orders[b.Order].state = b.Became
	case *ledger.AttemptAnswered:
		p.answered(e, b)
	case *ledger.TenderTaken:
		sale := p.sales[b.Sale]
		sale.change, sale.wallet, sale.whole = b.Change.Fen, "", false
		p.came(e, sale, b.Amount.Fen)
		p.calls(e, b.By == ledger.Cash)
	case *ledger.TenderReturned:
		p.backs[e.Seq] = paperBack{p.sales[b.Sale], b.Amount.Fen, e.At}
		p.calls(e, b.By == ledger.Cash)
	case *ledger.RefundOpened:
		p.refunds[b.Refund] = &paperRefund{order: p.orders[b.Order], fen: b.Amount.Fen}
	case *ledger.RefundAnswered:
		if r := p.refunds[b.Refund]; b.Became == ledger.RefundReturned && !r.back {
			r.back = true
			p.backs[e.Seq] = paperBack{r.order.sale, r.fen, e.At}
		}
	case *ledger.Reprinted:
		p.copies[e.Seq] = b
	case *ledger.Reported, *ledger.DayClosed:
		p.reports[e.Seq] = true
	case *ledger.SaleSetAside:
		p.asides[e.Seq] = b.Sale
	case *ledger.CashMoved, *ledger.DrawerOpened, *ledger.ShiftOpened:
		p.calls(e, true)
	}
}

func (p *paperBook) answered(e *ledger.Event, b *ledger.AttemptAnswered) {
	o := p.orders[b.Order]
	was := o.state
	o.state, o.since[b.Became] = b.Became, e.At
	if was == b.Became {
		return
	}
	switch {
	case b.Became == ledger.Paid:
		o.sale.wallet, o.sale.whole = o.by, o.amount == o.sale.amount
		p.came(e, o.sale, o.amount)
	case was == ledger.Paid:
		o.sale.came -= o.amount
		o.sale.undone = time.Now()
	}
}

// came is money for a sale.
func (p *paperBook) came(e *ledger.Event, sale *paperSale, fen int64) {
	if sale.came += fen; sale.came == sale.amount {
		sale.settled, sale.at, sale.undone = e.Seq, e.At, time.Time{}
		p.settles[e.Seq] = sale
	}
}

func (p *paperBook) calls(e *ledger.Event, cash bool) {
	if cash {
		p.opening[e.Seq] = e.At
	}
}

// paid reports whether the sale is durably paid at this moment; money that is found gone at the same moment was.
func (s *paperSale) paid() bool {
	return s.settled > 0 && (s.came == s.amount || s.undone.Equal(time.Now()))
}

// sees reports whether an event is of this moment and of this process: nothing is said or opened of what was before.
func (d *simDesk) sees(at time.Time) bool {
	age := time.Since(at)
	return age >= 0 && age < moment && !at.Before(d.began.Truncate(time.Millisecond))
}

// says is an announcement, at the moment it is made.
func (p *paperBook) says(d *simDesk, a hardware.Announcement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads(d.store)
	p.count.Said++
	if a.Kind == hardware.AnnouncePaid {
		p.saysPaid(d, a)
		return
	}
	state, ok := map[hardware.AnnouncementKind]ledger.AttemptState{hardware.AnnounceFailed: ledger.Refused,
		hardware.AnnounceUnknown: ledger.Unknown, hardware.AnnounceAttention: ledger.Orphan}[a.Kind]
	for _, o := range p.orders {
		if ok && o.sale.id.Tail() == a.Tail && d.sees(o.since[state]) && a.Training {
			return
		}
	}
	for _, b := range p.backs {
		if a.Kind == hardware.AnnounceRefunded && b.sale.id.Tail() == a.Tail && d.sees(b.at) && a.Training {
			return
		}
	}
	p.breaks("P3", "%+v is said, and nothing like it has just happened", a)
}

func (p *paperBook) saysPaid(d *simDesk, a hardware.Announcement) {
	p.count.SaidPaid++
	var why error = errors.New("no sale with this tail is paid")
	for seq, sale := range p.settles {
		if sale.id.Tail() != a.Tail {
			continue
		}
		switch {
		case sale.settled != seq || !sale.paid():
			why = errors.New("it is not paid any more")
		case a.Fen != sale.amount || a.Channel != "" && (a.Channel != sale.wallet || !sale.whole) || !a.Training:
			why = fmt.Errorf("the ledger has %+v", *sale)
		case !d.sees(sale.at):
			why = fmt.Errorf("that was %v ago", time.Since(sale.at))
		case d.said[seq]:
			why = errors.New("it was said before")
		default:
			d.said[seq] = true
			return
		}
	}
	p.breaks("P2", "%+v is said: %v", a, why)
}

// shows is what the pole display shows from now on.
func (p *paperBook) shows(d *simDesk, v hardware.PoleView) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads(d.store)
	p.count.Views++
	d.pole = v
	if !v.Training {
		p.breaks("P2", "%+v is shown without the word that it is training", v)
	}
	if v.Kind != hardware.PolePaid && v.Kind != hardware.PoleChange {
		return
	}
	for _, sale := range p.sales {
		right := v.Kind == hardware.PolePaid && v.Fen == sale.amount || v.Kind == hardware.PoleChange && v.Fen == sale.change
		if sale.id.Tail() == v.Tail && sale.paid() && right {
			return
		}
	}
	p.breaks("P2", "the pole display shows %+v, and no sale is paid so", v)
}

// opens is the drawer's pulse.
func (p *paperBook) opens(d *simDesk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads(d.store)
	p.count.Kicks++
	for seq, at := range p.opening {
		if d.sees(at) && !d.opened[seq] {
			d.opened[seq] = true
			return
		}
	}
	p.breaks("P5", "the drawer opens, and nothing of the last %v calls for it", moment)
}

// given is a slip that the printer is given.
func (p *paperBook) given(d *simDesk, seq uint64, s *hardware.Slip) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads(d.store)
	if s.Mode != "training" || s.Till != "T1" {
		p.breaks("P1", "a slip of till %s in mode %s", s.Till, s.Mode)
	}
	switch s.Kind {
	case hardware.SlipPayment:
		p.givenReceipt(d, seq, s)
	case hardware.SlipRefund:
		if b, ok := p.backs[seq]; !ok || b.fen != s.Amount || string(b.sale.id) != s.Sale {
			p.breaks("P4", "event %d gives a refund slip over %s of sale %s, and the ledger has %+v", seq, ledger.Fen(s.Amount), s.Tail, b)
		}
	case hardware.SlipUnknown:
		if id, ok := p.asides[seq]; !ok || string(id) != s.Sale || p.sales[id].paid() {
			p.breaks("P3", "event %d gives a notice about sale %s", seq, s.Tail)
		}
	case hardware.SlipX, hardware.SlipZ:
		if !p.reports[seq] {
			p.breaks("P1", "event %d is no report", seq)
		}
	default:
		p.breaks("P1", "a slip of kind %d", s.Kind)
	}
}

func (p *paperBook) givenReceipt(d *simDesk, seq uint64, s *hardware.Slip) {
	sale, again := p.settles[seq], p.copies[seq]
	nth, either := uint32(0), false
	if again != nil {
		if sale = p.sales[again.Sale]; p.asked && sale != nil {
			began := d.began.Truncate(time.Millisecond) // as precise as an event's time
			if !sale.at.Before(began) {                 // an older one may have its original
				nth--
			}
			either = sale.at.Equal(began) // the last process settled it, or this one did before its counter stood there
		}
		nth += again.Copy
	}
	switch {
	case sale == nil || string(sale.id) != s.Sale:
		p.breaks("P1", "event %d has not settled sale %s, and gives its receipt", seq, s.Tail)
		return
	case !sale.paid() || again == nil && sale.settled != seq:
		p.breaks("P2", "a receipt of sale %s, which is not paid", s.Tail)
	case s.Amount != sale.amount || s.Tail != sale.id.Tail() || s.Copy != nth && !(either && s.Copy == nth+1):
		p.breaks("P2", "a receipt says %s, tail %s, copy %d; the ledger has %+v, and copy %d", ledger.Fen(s.Amount), s.Tail, s.Copy, *sale, nth)
	case again == nil && p.asked && !(p.twice && s.MerchantCopy):
		p.breaks("P1", "a receipt that nobody has asked for")
	}
	if s.Receipt == "" {
		return
	}
	r, _, err := ledger.ParseReceipt(s.Receipt)
	if err != nil || r.Sale != sale.id || r.Amount != sale.amount || r.Seq != sale.settled {
		p.breaks("P2", "the e-receipt says %+v (%v), the ledger %+v", r, err, *sale)
	}
}

// nameOf tells the slips of one event apart.
func nameOf(seq uint64, s *hardware.Slip) string {
	return fmt.Sprintf("%d kind %d of sale %s, shop %v", seq, s.Kind, s.Sale, s.MerchantCopy)
}

// printed is a slip on the paper.
func (p *paperBook) printed(w *whole, seq uint64, s *hardware.Slip, marked bool) {
	w.say("  on paper: %s", nameOf(seq, s))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Slips++
	switch {
	case marked:
		p.count.Marked++
	case s.Kind == hardware.SlipRefund:
		p.count.Backs++
	case s.Kind == hardware.SlipUnknown:
		p.count.Notices++
	case s.Copy > 0:
		p.count.Copies++
	}
	p.onPaper[nameOf(seq, s)] = true
	if marked {
		return
	}
	if p.prints[nameOf(seq, s)]++; p.prints[nameOf(seq, s)] > 1 {
		p.breaks("P1", "event %s is printed twice, and the second is not marked", nameOf(seq, s))
	}
}

// forgives: a new printer knows nothing of the past.
func (p *paperBook) forgives(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forgiven = seq
}

// wants are the slips that must come of the ledger's events, by event.
func (p *paperBook) wants() map[uint64][]hardware.Slip {
	all := map[uint64][]hardware.Slip{}
	add := func(seq uint64, kind hardware.SlipKind, sale *paperSale, customer, shop bool) {
		for _, own := range []bool{false, true} {
			if seq > p.forgiven && (!own && customer || own && shop) {
				all[seq] = append(all[seq], hardware.Slip{Kind: kind, Sale: string(sale.id), MerchantCopy: own})
			}
		}
	}
	for seq, sale := range p.settles {
		if sale.settled == seq && sale.came == sale.amount {
			add(seq, hardware.SlipPayment, sale, !p.asked, p.twice)
		}
	}
	for seq, c := range p.copies {
		if sale := p.sales[c.Sale]; sale.came == sale.amount {
			add(seq, hardware.SlipPayment, sale, true, false)
		}
	}
	for seq, b := range p.backs {
		add(seq, hardware.SlipRefund, b.sale, true, p.twice)
	}
	return all
}

// look is P1 and P4 for what is missing: a slip is on the paper, in the spool, or comes again after the next start, because the spool's
// cursor has not reached its event. At the end it is on the paper.
func (p *paperBook) look(w *whole, end bool) {
	w.mu.Lock()
	spool := w.spool.copy()
	w.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads(w.store)
	for seq, slips := range p.wants() {
		for i := range slips {
			name := nameOf(seq, &slips[i])
			waits := slices.ContainsFunc(spool.jobs, func(j simJob) bool { return nameOf(j.seq, &j.slip) == name })
			if !p.onPaper[name] && (end || !waits && seq < spool.cursor) {
				p.breaks("P1", "event %s is not on the paper, and nothing will print it (waits: %v, the spool is at %d)", name, waits, spool.cursor)
			}
		}
	}
	p.lookMoment(w.till.desk)
	p.lookPole(w)
}

// lookMoment is P2 and P5 for what is missing: what happened while this process had ears was said, and the drawer opened.
func (p *paperBook) lookMoment(d *simDesk) {
	deaf := d.unsure()
	missed := func(at time.Time) bool {
		return at.After(d.began) && at.After(deaf) && time.Since(at) > 500*time.Millisecond
	}
	for seq, sale := range p.settles {
		if sale.settled == seq && sale.came == sale.amount && sale.wallet != "" && missed(sale.at) && !d.said[seq] {
			p.breaks("P2", "sale %s is paid since %v, and nothing was said", sale.id.Tail(), time.Since(sale.at))
		}
	}
	for seq, at := range p.opening {
		if missed(at) && !d.opened[seq] {
			p.breaks("P5", "event %d calls for the drawer, and it did not open", seq)
		}
	}
}

// lookPole compares the pole display with the sale on the screen.
func (p *paperBook) lookPole(w *whole) {
	if w.till.book.Err() != nil || !w.till.book.Draft().Keyed.Empty() || time.Since(w.till.desk.unsure()) < 0 {
		return
	}
	var sale *paperSale
	w.till.book.Read(func(s *ledger.State) {
		if current := s.CurrentSale(); current != nil {
			sale = p.sales[current.ID]
		}
	})
	v := w.till.desk.pole
	shows := v.Kind == hardware.PolePaid || v.Kind == hardware.PoleChange
	if sale != nil && (time.Since(sale.at).Abs()-30*time.Second).Abs() < time.Second { // PAID leaves the display about now
		return
	}
	if paid := sale != nil && sale.came == sale.amount && time.Since(sale.at).Abs() < 30*time.Second; shows != paid || paid && v.Tail != sale.id.Tail() {
		p.breaks("P2", "the pole display shows %+v, and on the screen is %+v", v, sale)
	}
}

// simSigner signs e-receipts.
type simSigner struct{ key ed25519.PrivateKey }

func newSimSigner() simSigner {
	seed := sha256.Sum256([]byte("a till's key"))
	return simSigner{ed25519.NewKeyFromSeed(seed[:])}
}

func (simSigner) ReceiptKey() uint32 { return 1 }

func (s simSigner) SignReceipt(message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

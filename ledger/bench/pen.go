package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"guitai/ledger"
)

// A day of the fixtures has this many sales, and a sale this many events: keyed, charged, asked, paid.
const (
	salesADay     = 5000
	eventsASale   = 4
	groupMax      = 64   // events that share an append, as the Book's committer lets them
	snapshotEvery = 1000 // events, the Book's default
)

// pen writes the events of a till without a Book, as fast as they can be folded.
type pen struct {
	state      *ledger.State
	at         time.Time // of the events to come; its date is the business day
	snapshotAt uint64
}

// item is one event's stored bytes, with its sale as the event left it.
type item struct {
	seq    uint64
	record []byte
	sale   *ledger.Sale
	day    ledger.Day     // of totals
	totals []ledger.Total // after the event
	keys   []pair         // what a peer with keys stores for it; filled on demand
}

func newPen() *pen {
	return &pen{state: ledger.NewState(), at: time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)}
}

// resume continues a ledger that a pen has written.
func resume(store ledger.Store) (*pen, error) {
	state, err := firstLook(store)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.DateOnly, state.Day.String())
	return &pen{state: state, at: at.Add(9 * time.Hour), snapshotAt: state.Head.Seq}, err
}

func (p *pen) day() ledger.Day {
	year, month, day := p.at.Date()
	return ledger.Day(year*10000 + int(month)*100 + day)
}

// payments gives the events of n sales that are paid side by side, so that events of one sale seldom share a group. They
// are fewer when a day ends with them: no sale is paid on another day than it was keyed.
func (p *pen) payments(n int) []item {
	var items []item
	var orders []ledger.OrderNo
	for range min(n, p.left()) {
		sale, opened := p.opened()
		items = append(items, p.write(opened, ledger.TaskNone, ""))
		order, attempt := p.attempt(sale)
		items = append(items, p.write(attempt, ledger.TaskPay, order))
		orders = append(orders, order)
	}
	for _, order := range orders {
		asked := &ledger.AttemptAsked{Order: order, Request: ledger.RequestPay}
		items = append(items, p.write(asked, ledger.TaskQuery, order))
	}
	for _, order := range orders {
		items = append(items, p.write(p.paid(order), ledger.TaskNone, ""))
	}
	return items
}

// write encodes an event, folds it, and keeps the sale as it is now: the fold changes it with the next one.
func (p *pen) write(body ledger.Body, task ledger.TaskKind, order ledger.OrderNo) item {
	event := ledger.Event{
		Seq: p.state.Head.Seq + 1, Epoch: 1, Actor: ledger.Trainee, At: p.at, Day: p.day(), Prev: p.state.Head.Hash, Body: body,
	}
	if task != ledger.TaskNone {
		event.Tasks = []ledger.Task{{Kind: task, Order: order}}
	}
	p.at = p.at.Add(time.Millisecond)
	stored := event.Encode()
	changed, err := p.state.Apply(&event, sha256.Sum256(stored))
	if err != nil {
		panic(err) // the pen wrote what the fold refuses: a mistake here
	}
	sale := *changed[0]
	sale.Attempts = slices.Clone(sale.Attempts)
	return item{seq: event.Seq, record: stored, sale: &sale, day: p.state.Day, totals: p.state.Totals()}
}

// left is how many sales the day still takes. A day that is full makes way for the next.
func (p *pen) left() int {
	if p.state.Day != p.day() {
		return salesADay
	}
	if p.state.SaleCount >= salesADay {
		p.at = p.at.Truncate(24 * time.Hour).Add((24 + 9) * time.Hour)
		return salesADay
	}
	return salesADay - int(p.state.SaleCount)
}

func (p *pen) opened() (ledger.SaleID, ledger.Body) {
	count := salesADay - p.left() + 1
	id := ledger.SaleID(fmt.Sprintf("%06d%05d%04d", p.day()%1_000_000, count, count*7919%10_000))
	return id, &ledger.SaleOpened{Sale: id, Amount: ledger.Fen(int64(100 + count))}
}

func (p *pen) attempt(sale ledger.SaleID) (ledger.OrderNo, ledger.Body) {
	seq := p.state.Head.Seq
	sum := sha256.Sum256([]byte(sale))
	order := ledger.OrderNo(fmt.Sprintf("T101%s7K3M9QXZ4", sale[:11]))
	return order, &ledger.AttemptOpened{
		Order: order, Sale: sale, Channel: ledger.Channels[seq%2], Way: ledger.ByCode, Amount: p.state.Sale(sale).Amount,
		Merchant: "1900000109", App: "wxd678efh567hg6787", Last4: string(sale[11:]), Mark: ledger.Mark(sum[:len(ledger.Mark{})]),
		Expires: p.at.Add(90 * time.Second),
	}
}

func (p *pen) paid(order ledger.OrderNo) ledger.Body {
	_, a := p.state.Attempt(order)
	return &ledger.AttemptAnswered{
		Answer: ledger.Answer{
			Order: order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: p.state.Head.Seq,
			BeganAt: p.at, EndedAt: p.at.Add(400 * time.Millisecond), Code: "SUCCESS",
			Named: ledger.Named{
				Order: order, Amount: a.Amount, Merchant: a.Merchant, App: a.App,
				ChannelNo: fmt.Sprintf("4200002%021d", p.state.Head.Seq), PaidAt: p.at.Truncate(time.Second),
			},
		},
		Became: ledger.Paid,
	}
}

// batchOf makes one append of items, with one row for each sale they changed.
func batchOf(items []item) ledger.Batch {
	batch := ledger.Batch{First: items[0].seq}
	sales := map[ledger.SaleID]*ledger.Sale{}
	for _, it := range items {
		batch.Records = append(batch.Records, it.record)
		sales[it.sale.ID] = it.sale
		if it.sale.Paid() != nil {
			batch.Day, batch.Totals = it.day, it.totals
		}
	}
	batch.Sales = slices.Collect(maps.Values(sales))
	return batch
}

// snapshot puts a snapshot into the batch that ends at the pen's last event, when one is due.
func (p *pen) snapshot(batch *ledger.Batch) {
	if p.state.Head.Seq-p.snapshotAt >= snapshotEvery {
		batch.Snapshot, p.snapshotAt = p.state.Snapshot(), p.state.Head.Seq
	}
}

// firstLook is what a Book reads before the first screen: the last snapshot and the events after it.
func firstLook(store ledger.Store) (*ledger.State, error) {
	data, err := store.LastSnapshot()
	if err != nil {
		return nil, err
	}
	state := ledger.NewState()
	if data != nil {
		if state, err = ledger.RestoreState(data); err != nil {
			return nil, err
		}
	}
	return state, store.Read(state.Head.Seq+1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return err
		}
		_, err = state.Apply(&event, sha256.Sum256(stored))
		return err
	})
}

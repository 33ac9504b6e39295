// Package ledgertest is what every ledger.Store must do: one suite, run by the journal in memory and by the one on disk.
package ledgertest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"guitai/ledger"
)

// Entry is one event to write, with what it owes.
type Entry struct {
	Body ledger.Body
	Task ledger.Task
}

// Pen writes the batches of a till without a Book, so that a test decides what is in each. It folds what it writes.
type Pen struct {
	State *ledger.State
	Day   ledger.Day // of the events to come; a test moves it on
	Words int        // length of the message in each answer, to make batches large

	sales, orders int
}

// NewPen starts an empty journal on a day.
func NewPen(day ledger.Day) *Pen { return &Pen{State: ledger.NewState(), Day: day} }

// Write makes one batch of entries and folds it.
func (p *Pen) Write(tb testing.TB, entries ...Entry) ledger.Batch {
	tb.Helper()
	batch := ledger.Batch{First: p.State.Head.Seq + 1}
	changed := map[ledger.SaleID]*ledger.Sale{}
	for _, en := range entries {
		event := ledger.Event{
			Seq: p.State.Head.Seq + 1, Epoch: 1, Actor: ledger.Trainee, Day: p.Day, Prev: p.State.Head.Hash, Body: en.Body,
			At: time.Date(int(p.Day/10000), time.Month(p.Day/100%100), int(p.Day%100), 4, 0, 0, 0, time.UTC),
		}
		if en.Task.Kind != ledger.TaskNone {
			event.Tasks = []ledger.Task{en.Task}
		}
		batch.Note(&event)
		stored := event.Encode()
		sales, err := p.State.Apply(&event, sha256.Sum256(stored))
		if err != nil {
			tb.Fatal(err)
		}
		for _, sale := range sales {
			changed[sale.ID] = sale
		}
		batch.Records = append(batch.Records, stored)
	}
	for _, sale := range changed {
		batch.Sales = append(batch.Sales, sale)
		if sale.Counts(p.State.Day) {
			batch.Day, batch.Totals = p.State.Day, p.State.Totals()
		}
	}
	return batch
}

// Opening is the till's opening.
func (p *Pen) Opening() Entry {
	return Entry{Body: &ledger.Opened{Till: "T1", Mode: "training", Version: "test", Salt: "SALTSALT"}}
}

// Sale settles a new sale of ¥12.50.
func (p *Pen) Sale() (ledger.SaleID, Entry) {
	p.sales++
	id := ledger.SaleID(fmt.Sprintf("%06d%04d%04d", p.Day%1_000_000, p.sales, 1000+p.sales%9000))
	return id, Entry{Body: &ledger.SaleOpened{Sale: id, Amount: ledger.Fen(1250)}}
}

// Attempt opens an attempt by code on WeChat Pay.
func (p *Pen) Attempt(sale ledger.SaleID) (ledger.OrderNo, Entry) {
	p.orders++
	order := ledger.OrderNo(fmt.Sprintf("T101%06d%05dSALTSALT0", p.Day%1_000_000, p.orders))
	return order, Entry{
		Body: &ledger.AttemptOpened{
			Order: order, Sale: sale, Channel: ledger.WeChat, Way: ledger.ByCode, Amount: ledger.Fen(1250),
			Merchant: "1900000001", App: "wx0000000001", Last4: "0001", Mark: ledger.Mark{byte(p.orders), byte(p.orders >> 8), 1},
			Expires: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		},
		Task: ledger.Task{Kind: ledger.TaskPay, Order: order},
	}
}

// Asked is the durable note before the request leaves.
func (p *Pen) Asked(order ledger.OrderNo) Entry {
	return Entry{
		Body: &ledger.AttemptAsked{Order: order, Request: ledger.RequestPay},
		Task: ledger.Task{Kind: ledger.TaskQuery, Order: order},
	}
}

// Answered is an answer that moves an asked attempt to a state: Paid or Refused.
func (p *Pen) Answered(order ledger.OrderNo, became ledger.AttemptState) Entry {
	class := map[ledger.AttemptState]ledger.Class{ledger.Paid: ledger.ClassPaid, ledger.Refused: ledger.ClassRefused}[became]
	return Entry{Body: &ledger.AttemptAnswered{
		Answer: ledger.Answer{
			Order: order, Request: ledger.RequestPay, Class: class, Verified: true,
			Named:   ledger.Named{Order: order, Amount: ledger.Fen(1250), Merchant: "1900000001", App: "wx0000000001", ChannelNo: "4200001"},
			Message: string(slices.Repeat([]byte{'x'}, p.Words)),
		},
		Became: became,
	}}
}

// Refund gives the events of a refund that is done, of a sale that may have left the working set.
func (p *Pen) Refund(sale ledger.Sale, order ledger.OrderNo, fen int64) (number ledger.RefundNo, entries []Entry) {
	number = ledger.RefundNo(fmt.Sprintf("%sR%02d", order, len(sale.Attempt(order).Refunds)+1))
	task := func(kind ledger.TaskKind) ledger.Task { return ledger.Task{Kind: kind, Order: order, Refund: number} }
	if p.State.Sale(sale.ID) == nil {
		entries = append(entries, Entry{Body: &ledger.SaleRecalled{Sale: sale}})
	}
	return number, append(entries,
		Entry{Body: &ledger.RefundOpened{Refund: number, Order: order, Amount: ledger.Fen(fen), Cause: ledger.CausePerson, Why: "test"}, Task: task(ledger.TaskRefund)},
		Entry{Body: &ledger.RefundSent{Refund: number, Order: order}, Task: task(ledger.TaskRefundQuery)},
		Entry{Body: &ledger.RefundAnswered{Answer: ledger.Answer{
			Order: order, Refund: number, Request: ledger.RequestRefundQuery, Class: ledger.ClassReturned, Verified: true,
			Named: ledger.Named{Order: order, Refund: number, Amount: ledger.Fen(fen), ChannelNo: "5030001"},
		}, Became: ledger.RefundReturned}},
	)
}

// Payment gives the four events of one sale paid at once.
func (p *Pen) Payment() (ledger.SaleID, ledger.OrderNo, []Entry) {
	id, opened := p.Sale()
	order, attempt := p.Attempt(id)
	return id, order, []Entry{opened, attempt, p.Asked(order), p.Answered(order, ledger.Paid)}
}

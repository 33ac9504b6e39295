package ui

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"guitai/ledger"
)

// receiptDesk makes the e-receipt of the sale that is PAID on the till's screen, once for all who show it. PAID does not wait
// for it: the receipt needs the disk, and follows when it is there.
type receiptDesk struct {
	mu   sync.Mutex // guards the fields below
	sale ledger.SaleID
	text string
	made chan struct{} // closed at the next receipt
}

func newReceiptDesk() *receiptDesk { return &receiptDesk{made: make(chan struct{})} }

// of gives a sale's receipt; empty while there is none.
func (d *receiptDesk) of(sale ledger.SaleID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sale != sale {
		return ""
	}
	return d.text
}

// next gives a channel that is closed when another receipt is there. Take it before looking.
func (d *receiptDesk) next() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.made
}

func (d *receiptDesk) put(sale ledger.SaleID, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sale, d.text = sale, text
	close(d.made)
	d.made = make(chan struct{})
}

// follow makes receipts until ctx ends. What cannot be made is logged once a sale and is no reason not to show PAID.
func (d *receiptDesk) follow(ctx context.Context, book *ledger.Book, log *slog.Logger) {
	for done := ledger.SaleID(""); ; {
		changed := book.Changed()
		var paid ledger.SaleID
		book.Read(func(s *ledger.State) {
			if sale := s.CurrentSale(); sale != nil && sale.Settled() {
				paid = sale.ID
			}
		})
		if paid != "" && paid != done {
			text, err := book.Receipt(ctx, paid)
			switch {
			case err == nil:
				d.put(paid, text)
			case errors.Is(err, ledger.ErrNoSigner):
				return
			case ctx.Err() == nil && ledger.ReasonOf(err) != ledger.ReasonNotPaid:
				log.Warn("a sale has no e-receipt", "cause", err)
			}
			if ledger.ReasonOf(err) != ledger.ReasonNotPaid { // a transfer that is seen later makes one then
				done = paid
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

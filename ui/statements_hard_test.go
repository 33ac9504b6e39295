package ui

import (
	"testing"

	"guitai/ledger"
)

// TestAStatementsRefundIsNotGivenAgain fails: the channel's statement says that a refund has gone back which the till believes to have
// failed. The entry about it offers the refund form, with which the same money goes back a second time (promise 6); what is known
// says that it is with the customer.
func TestAStatementsRefundIsNotGivenAgain(t *testing.T) {
	const order, number = ledger.OrderNo("T10126112400001111111112"), ledger.RefundNo("T10126112400001111111112R01")
	sale := ledger.Sale{ID: "s", Amount: ledger.Fen(1250), Attempts: []ledger.Attempt{{Order: order, Channel: ledger.WeChat, Amount: ledger.Fen(1250),
		State: ledger.Paid, Refunds: []ledger.Refund{{Number: number, Amount: ledger.Fen(250), State: ledger.RefundFailed}}}}}
	e := entry{sale: sale, Exception: ledger.Exception{ID: 7, Sale: "s", Order: order, Refund: number, Note: ledger.NoteStatementRefundOpen,
		From: ledger.StatementKey{Channel: ledger.WeChat, Day: 20261124, Kind: ledger.StatementTrades}}}
	if e.late() {
		t.Error("a refund that the statement has is offered once more")
	}
}

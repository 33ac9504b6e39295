package disk

import (
	"context"
	"testing"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestSecondChannelNumber: a signed "paid" with another amount names one number, the right one another.
func TestSecondChannelNumber(t *testing.T) {
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	id, sale := pen.Sale()
	order, attempt := pen.Attempt(id)
	wantNil(t, s.Append(context.Background(), pen.Write(t, pen.Opening(), sale, attempt)))
	says := func(became ledger.AttemptState, task ledger.TaskKind, number string, fen int64, note ledger.Note) ledgertest.Entry {
		return ledgertest.Entry{Body: &ledger.AttemptAnswered{Became: became, Answer: ledger.Answer{
			Order: order, Request: ledger.RequestQuery, Class: ledger.ClassPaid, Verified: true, Note: note,
			Named: ledger.Named{Order: order, Amount: ledger.Fen(fen), Merchant: "1900000001", App: "wx0000000001", ChannelNo: number},
		}}, Task: ledger.Task{Kind: task, Order: order}}
	}
	wantNil(t, s.Append(context.Background(), pen.Write(t, says(ledger.Unknown, ledger.TaskQuery, "4200A", 1, ledger.NoteOtherAmount))))
	wantNil(t, s.Append(context.Background(), pen.Write(t, says(ledger.Paid, ledger.TaskNone, "4200B", 1250, 0))))
	wantNil(t, s.Close())
	if report := verified(t, dir); report.Damaged() {
		t.Errorf("an undamaged ledger: %s", report.First)
		_, err := Mend(dir, Config{})
		wantNil(t, err)
		t.Errorf("mended: %s", verified(t, dir).First)
	}
}

func TestRefundOfAnArchivedDay(t *testing.T) {
	dir, backup, _, _ := years(t, 6)
	s := openAt(t, dir)
	if _, err := s.Archive(t.Context(), monday+4, backup); err != nil {
		t.Fatal(err)
	}
	b, err := ledger.OpenBook(t.Context(), s, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef")})
	wantNil(t, err)
	b.SetAccount(ledger.WeChat, ledger.Account{})
	sales, err := s.DaySales(monday)
	wantNil(t, err)
	if _, err := b.Refund(t.Context(), ledger.Trainee, ledger.RefundWish{Order: sales[0].Attempts[0].Order, Amount: ledger.Fen(1), Why: "x"}); err != nil {
		t.Errorf("%v", err)
	}
	wantNil(t, b.Close("x"))
	wantNil(t, s.Close())
	if report := verified(t, dir); report.Damaged() {
		t.Errorf("%+v", report)
	}
}

// After a repair the second channel number is still there.
func TestSnapshotLimit(t *testing.T) {
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	_, sale := pen.Sale()
	batch := pen.Write(t, pen.Opening(), sale)
	batch.Snapshot = make([]byte, 1<<20)
	if err := s.Append(t.Context(), batch); err != nil {
		t.Errorf("a working set of a mebibyte: %v", err)
	}
	_ = s.Close()
}

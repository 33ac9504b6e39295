package disk

import (
	"context"
	"testing"

	"guitai/ledger"
)

// paidTill opens a till on a disk with one sale that is paid in cash, and gives its number.
func paidTill(t testing.TB) (*Store, *ledger.Book, ledger.SaleID) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := Open(t.TempDir(), Config{})
	must(err)
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey(), Receipts: store,
	})
	must(err)
	t.Cleanup(func() { must(book.Close("test")); must(store.Close()) })
	must(book.Key('8'))
	must(book.Settle(ctx, ledger.Trainee, false))
	var id ledger.SaleID
	book.Read(func(s *ledger.State) { id = s.Current })
	must(book.Tender(ctx, ledger.Trainee, ledger.TenderWish{Sale: id, Kind: ledger.Cash}))
	return store, book, id
}

// TestReceiptIsNoCheckpointAndNoSeal: one key signs three kinds of things, and none of them passes for another.
func TestReceiptIsNoCheckpointAndNoSeal(t *testing.T) {
	store, book, id := paidTill(t)
	text, err := book.Receipt(t.Context(), id)
	wantNil(t, err)
	r, err := CheckReceipt(text, store.VerifierKey())
	wantNil(t, err)
	_, signature, err := ledger.ParseReceipt(text)
	wantNil(t, err)
	verifier, err := verifierOf(store.VerifierKey())
	wantNil(t, err)
	message, err := r.Signed()
	wantNil(t, err)
	if seal := (ledger.Seal{}); !verifier.Verify(message, signature) || verifier.Verify(seal.Signed(), signature) || verifier.Verify(message[len("guitai receipt 1\n"):], signature) {
		t.Error("the signature is good for something else")
	}
	var head ledger.Head
	book.Read(func(s *ledger.State) { head = s.Head })
	if r.Seq != head.Seq || r.Hash != head.Hash.Fingerprint() {
		t.Errorf("the receipt of the newest event is no checkpoint of the head %+v: %+v", head, r)
	}
	sealed, err := store.SignReceipt((&ledger.Seal{}).Signed())
	wantNil(t, err)
	if forged, err := r.Text(sealed); err == nil {
		if _, err := CheckReceipt(forged, store.VerifierKey()); err == nil {
			t.Error("a seal's signature makes a receipt")
		}
	}
}

// BenchmarkReceipt is from PAID in the journal to the signed text.
func BenchmarkReceipt(b *testing.B) {
	_, book, id := paidTill(b)
	for b.Loop() {
		if _, err := book.Receipt(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

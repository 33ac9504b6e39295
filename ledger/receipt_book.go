package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ReceiptSigner signs receipts in the name of a ledger. The store on disk has the key.
type ReceiptSigner interface {
	ReceiptKey() uint32 // hash of the key, as signed notes count it
	SignReceipt(message []byte) (signature []byte, err error)
}

// ErrNoSigner: this ledger signs no receipts.
var ErrNoSigner = errors.New("this ledger has no key that signs receipts")

// ReceiptsFrom is what receipts are made of, beside the sale.
type ReceiptsFrom struct {
	Journal    Journal
	Till, Mode string
	Signer     ReceiptSigner
}

// Receipt gives the signed receipt of a sale that is paid: the same text whenever it is asked for. ReasonNotPaid: it is not
// paid, or a transfer of it has not been seen by anybody. ReasonNoSale: there is none. It waits for the disk, not for
// the day's seal.
func (b *Book) Receipt(ctx context.Context, sale SaleID) (string, error) {
	if b.cfg.Receipts == nil {
		return "", ErrNoSigner
	}
	from := ReceiptsFrom{Journal: b.store, Signer: b.cfg.Receipts}
	var found *Sale
	b.Read(func(s *State) {
		from.Till, from.Mode = s.Till, s.Mode
		if known := s.sales[sale]; known != nil {
			own := known.copy()
			found = &own
		}
	})
	if found == nil {
		var err error
		if found, err = FindSale(ctx, b.store, sale, b.Today()); err != nil {
			return "", err
		}
	}
	return from.Of(found)
}

// SettledBy gives the event that has settled a sale: the last of those that have brought money for it, whatever was said of it later.
// The sale must be settled.
func (b *Book) SettledBy(sale *Sale) (seq uint64, err error) {
	_, event, err := ReceiptsFrom{Journal: b.store}.settled(sale)
	return event.Seq, err
}

// FindSale finds a sale of the past by its number, up to a day. One that was held stands on the day on which it was paid, so
// the days behind its own are looked through, too. ReasonNoSale: there is none.
func FindSale(ctx context.Context, in Lookup, id SaleID, until Day) (*Sale, error) {
	if sale, ok, err := in.SaleOf(OrderNo(id)); err != nil || ok && sale.ID == id {
		return &sale, err
	}
	keyed, err := time.Parse("060102", string(id[:min(6, len(id))]))
	for at := keyed; err == nil && dayOf(at) <= until; at = at.AddDate(0, 0, 1) {
		var found []*Sale
		if err = ctx.Err(); err == nil {
			found, err = in.SalesOn(dayOf(at), []SaleID{id})
		}
		if err != nil {
			return nil, err
		}
		if found[0] != nil {
			return found[0], nil
		}
	}
	return nil, Refuse(ReasonNoSale)
}

// Of makes a sale's receipt. It says what stands in the event that has settled the sale, and nothing that came later.
func (f ReceiptsFrom) Of(sale *Sale) (string, error) {
	if !sale.Settled() || sale.Pending() {
		return "", RefuseBecause(ReasonNotPaid, fmt.Errorf("a receipt is of a sale that is paid, and %s is not", sale.ID))
	}
	r := Receipt{Kind: ReceiptSale, Sale: sale.ID, Amount: sale.Amount.Fen, Parts: sale.receiptParts()}
	if paid := sale.Paid(); paid != nil {
		r.Order = paid.Order
	}
	stored, event, err := f.settled(sale)
	if err != nil {
		return "", err
	}
	return f.sign(r, stored, event)
}

// receiptParts adds up what came each way.
func (s *Sale) receiptParts() (parts []ReceiptPart) {
	if paid := s.Paid(); paid != nil {
		parts = append(parts, ReceiptPart{Channel: paid.Channel, Fen: paid.Amount.Fen})
	}
	for i := range s.Tenders {
		t := &s.Tenders[i]
		at := slices.IndexFunc(parts, func(p ReceiptPart) bool { return p.Tender == t.Kind })
		if at < 0 {
			at, parts = len(parts), append(parts, ReceiptPart{Tender: t.Kind})
		}
		parts[at].Fen += t.Amount.Fen
	}
	slices.SortFunc(parts, func(a, b ReceiptPart) int { return cmp.Compare(a.number(), b.number()) })
	return parts
}

// settled finds the event that has settled a sale: the last of those that have brought money. A tender is named by its event;
// of the payment it is the first that says so, because a later answer may say it again.
func (f ReceiptsFrom) settled(sale *Sale) (stored []byte, event Event, err error) {
	last, paid := uint64(0), sale.Paid()
	for i := range sale.Tenders {
		last = max(last, sale.Tenders[i].ID)
	}
	for _, seq := range sale.Trail {
		if paid == nil {
			break
		}
		if stored, event, err = storedAt(f.Journal, seq); err != nil {
			return nil, event, err
		}
		if b, ok := event.Body.(*AttemptAnswered); ok && b.Order == paid.Order && b.Became == Paid {
			if seq > last {
				return stored, event, nil
			}
			break
		}
	}
	if last == 0 {
		return nil, event, RefuseBecause(ReasonLedgerDamaged, fmt.Errorf("no event of sale %s says that it is paid", sale.ID))
	}
	return storedAt(f.Journal, last)
}

// Refunds makes a receipt of each sum that is back, the oldest first.
func (f ReceiptsFrom) Refunds(sale *Sale) (texts []string, err error) {
	back := map[RefundNo]bool{}
	for _, seq := range sale.Trail {
		stored, event, err := storedAt(f.Journal, seq)
		if err != nil {
			return nil, err
		}
		r := Receipt{Kind: ReceiptRefund, Sale: sale.ID}
		switch b := event.Body.(type) {
		case *TenderReturned:
			r.Amount, r.Parts = b.Amount.Fen, []ReceiptPart{{Tender: b.By, Fen: b.Amount.Fen}}
		case *RefundAnswered:
			a := sale.Attempt(b.Order)
			if b.Became != RefundReturned || a == nil || a.Refund(b.Refund) == nil || back[b.Refund] {
				continue
			}
			refund := a.Refund(b.Refund)
			back[b.Refund] = true
			r.Order, r.Amount, r.Parts = a.Order, refund.Amount.Fen, []ReceiptPart{{Channel: a.Channel, Fen: refund.Amount.Fen}}
		default:
			continue
		}
		text, err := f.sign(r, stored, event)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// sign completes a receipt with where it stands in the chain, and signs it.
func (f ReceiptsFrom) sign(r Receipt, stored []byte, event Event) (string, error) {
	if f.Signer == nil {
		return "", ErrNoSigner
	}
	r.Till, r.Mode, r.Key = f.Till, f.Mode, f.Signer.ReceiptKey()
	if n := len(r.Order) - packedOrder - 1; n > 0 { // a till that has another name since says the one it had
		r.Till = string(r.Order[:n])
	}
	r.At, r.Seq, r.Hash = event.At.UTC().Truncate(time.Second), event.Seq, HashOf(stored).Fingerprint()
	message, err := r.Signed()
	if err != nil {
		return "", fmt.Errorf("writing a receipt: %w", err)
	}
	signature, err := f.Signer.SignReceipt(message)
	if err != nil {
		return "", fmt.Errorf("signing a receipt: %w", err)
	}
	return r.Text(signature)
}

// storedAt reads one event, and its bytes as they are stored.
func storedAt(journal Journal, seq uint64) (stored []byte, event Event, err error) {
	err = journal.Read(seq, func(at uint64, bytes []byte) (err error) {
		if at != seq {
			return errSeen
		}
		stored = slices.Clone(bytes)
		if event, err = DecodeEvent(stored); err != nil {
			return err
		}
		return errSeen
	})
	if errors.Is(err, errSeen) && stored != nil {
		return stored, event, nil
	}
	if err == nil {
		err = errors.New("it is not there")
	}
	return nil, event, RefuseBecause(ReasonLedgerDamaged, fmt.Errorf("event %d cannot be read: %w", seq, err))
}

package disk

import (
	"errors"

	"guitai/ledger"
)

// ErrNotSealed: the day of the payment has not ended yet on this till; its first event tomorrow seals it.
var ErrNotSealed = errors.New("its day is not sealed yet: the till seals it with the first event of the next day")

// ErrNotPaid: no payment under this order number is in the ledger.
var ErrNotPaid = errors.New("no payment under this order number is in the ledger")

// ProvePaid makes the proof of an order's PAID event, signed. It walks the ledger once.
func (s *Store) ProvePaid(order ledger.OrderNo) (proof ledger.Proof, err error) {
	var day []ledger.Hash
	var paid []byte
	err = s.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return err
		}
		switch b := event.Body.(type) {
		case *ledger.DaySealed:
			if paid != nil {
				proof, err = ledger.Prove(b.Seal, day, paid)
				return errors.Join(err, errEnough)
			}
			day = day[:0]
		case *ledger.AttemptAnswered:
			if b.Order == order && b.Became == ledger.Paid && paid == nil {
				paid = stored
			}
		}
		day = append(day, ledger.HashOf(stored))
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return proof, err
	case paid == nil:
		return proof, ErrNotPaid
	case proof.Stored == nil:
		return proof, ErrNotSealed
	}
	proof.Signature, err = s.keys.headSigner().Sign(proof.Seal.Signed())
	return proof, err
}

// CheckProof verifies a proof with nothing but the public key of the ledger's checkpoints, in the form that signed notes use.
func CheckProof(proof ledger.Proof, key string) (ledger.Event, error) {
	verifier, err := verifierOf(key)
	if err != nil {
		return ledger.Event{}, err
	}
	return proof.Check(verifier.Verify)
}

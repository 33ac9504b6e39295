package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"guitai/ledger"
)

// ReceiptKey implements ledger.ReceiptSigner: the key of the checkpoints.
func (s *Store) ReceiptKey() uint32 { return s.keys.headSigner().KeyHash() }

// SignReceipt implements ledger.ReceiptSigner. What it signs begins with words of its own, so that it is never a checkpoint or a seal.
func (s *Store) SignReceipt(message []byte) ([]byte, error) { return s.keys.headSigner().Sign(message) }

// ErrReceiptForged: the receipt is not signed with this key.
var ErrReceiptForged = errors.New("its signature is not of this key")

// verifierOf reads a ledger's public key.
func verifierOf(key string) (note.Verifier, error) {
	key = strings.TrimSpace(key)
	if !strings.HasPrefix(key, originPrefix) {
		return nil, fmt.Errorf("the key %q is not a ledger's: it begins with %s", key, originPrefix)
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}
	return verifier, nil
}

// CheckReceipt verifies a receipt with nothing but the public key of the ledger's checkpoints. Nothing of a receipt that does not
// verify is given.
func CheckReceipt(text, key string) (ledger.Receipt, error) {
	verifier, err := verifierOf(key)
	if err != nil {
		return ledger.Receipt{}, err
	}
	r, signature, err := ledger.ParseReceipt(text)
	if err != nil {
		return ledger.Receipt{}, err
	}
	if r.Key != verifier.KeyHash() {
		return ledger.Receipt{}, fmt.Errorf("%w: it says that it is of key %08x, and this one is %08x", ErrReceiptForged, r.Key, verifier.KeyHash())
	}
	message, err := r.Signed()
	if err != nil || !verifier.Verify(message, signature) {
		return ledger.Receipt{}, ErrReceiptForged
	}
	return r, nil
}

// Witnessed is what a ledger says to a receipt that it has signed.
type Witnessed struct {
	Key    string // the ledger's public key
	Events uint64 // how many it has
	Fault  string // why the receipt proves it cut or changed; empty: the event is there as the receipt has it
	GaveUp string // the epoch that has given up the receipt's part of the ledger in so many words, where one has
}

// PublicKey gives a ledger's public key. It takes no lock.
func PublicKey(dir string) (string, error) {
	keys, err := readKeys(dir)
	if err != nil {
		return "", err
	}
	return keys.headSigner().vkey, nil
}

// Witness compares a verified receipt with the journal: is its event still there, with its hash? Every event up to it is walked,
// with its seal and its link. It takes no lock, so it can be run beside an open till.
func Witness(dir string, r ledger.Receipt) (w Witnessed, err error) {
	keys, err := readKeys(dir)
	if err != nil {
		return w, err
	}
	w.Key = keys.headSigner().vkey
	folder := filepath.Join(dir, journalFolder)
	headers, err := readHeaders(folder, keys.data)
	var bad *badSegment
	if err != nil && !errors.As(err, &bad) {
		return w, err
	}
	var there ledger.Hash
	for i := range headers {
		var until *segmentHeader
		if i+1 < len(headers) {
			until = &headers[i+1]
		}
		end, _, err := walkSegment(folder, &headers[i], keys.data, until, func(at ledger.Head, stored []byte) error {
			if at.Seq == r.Seq {
				there = at.Hash
			}
			w.gaveUp(stored, r)
			return nil
		})
		w.Events = end.Seq
		if err != nil && !errors.As(err, &bad) {
			return w, err
		}
		if err != nil {
			break
		}
	}
	w.judge(r, there, bad)
	return w, nil
}

func (w *Witnessed) judge(r ledger.Receipt, there ledger.Hash, bad *badSegment) {
	switch {
	case there.Fingerprint() == r.Hash:
		w.GaveUp = ""
	case there == ledger.Hash{} && bad != nil:
		w.Fault = fmt.Sprintf("the journal is damaged behind event %d: event %d of the receipt cannot be read", w.Events, r.Seq)
	case there == ledger.Hash{}:
		w.Fault = fmt.Sprintf("the ledger was CUT: it ends at event %d, and the receipt is of event %d", w.Events, r.Seq)
	default:
		w.Fault = fmt.Sprintf("the ledger was WRITTEN ANEW: its event %d is %s, and the receipt says %x", r.Seq, there, r.Hash[:8])
	}
}

// gaveUp notices an epoch that goes on without the receipt's event: somebody has restored a backup and said so.
func (w *Witnessed) gaveUp(stored []byte, r ledger.Receipt) {
	event, err := ledger.DecodeEvent(stored)
	if err != nil {
		return // its link is good; what it says is for whoever folds it
	}
	if b, ok := event.Body.(*ledger.EpochBegun); ok && event.Seq <= r.Seq && r.Seq <= b.Outside.Seq {
		w.GaveUp = fmt.Sprintf("epoch %d, begun with event %d, goes on without the events up to %d that the till had before", event.Epoch, event.Seq, b.Outside.Seq)
	}
}

package ledger

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// firstBad walks records and gives the sequence number of the first bad link, or 0.
func firstBad(t *testing.T, records [][]byte) uint64 {
	t.Helper()
	var v Verifier
	for i, stored := range records {
		if _, err := v.Next(stored); err != nil {
			var bad *BadLink
			if !errors.As(err, &bad) || v.Head().Seq != uint64(i) || !strings.Contains(err.Error(), "event") {
				t.Fatalf("record %d: %v, head %d", i, err, v.Head().Seq)
			}
			return bad.Seq
		}
	}
	return 0
}

// TestEveryHarmToTheChainIsFound wherever it is done: each record is edited, removed, inserted, swapped and cut in turn.
// Only the last record can change, or be missing, without the next one saying so: that is what heads outside the till are for.
func TestEveryHarmToTheChainIsFound(t *testing.T) {
	_, whole := folded(t, busyEntries()...)
	if bad := firstBad(t, whole); bad != 0 {
		t.Fatalf("the untouched chain breaks at %d", bad)
	}
	last := len(whole) - 1
	for i := range whole {
		seq := uint64(i + 1)
		for name, harm := range map[string]struct {
			records [][]byte
			at      uint64
		}{
			"removed":   {slices.Delete(slices.Clone(whole), i, i+1), seq},
			"doubled":   {slices.Insert(slices.Clone(whole), i, whole[i]), seq + 1},
			"forged":    {slices.Insert(slices.Clone(whole), i, (&Event{Seq: seq, Day: 20261125, At: t0, Prev: Hash{9}, Body: &Closed{}}).Encode()), seq},
			"emptied":   {slices.Replace(slices.Clone(whole), i, i+1, nil), seq},
			"exchanged": {slices.Replace(slices.Clone(whole), i, i+1, whole[(i+1)%len(whole)]), seq},
			"cut short": {slices.Replace(slices.Clone(whole), i, i+1, whole[i][:len(whole[i])-1]), seq},
		} {
			if name == "removed" && i == last {
				harm.at = 0
			}
			got := firstBad(t, harm.records)
			if got != harm.at && !(name == "cut short" && got == seq+1) { // cut at a field's edge it reads, but hashes otherwise
				t.Errorf("event %d %s: found at %d", seq, name, got)
			}
		}
	}
}

// TestEveryBitCounts: one flipped bit anywhere but in the last record is found, at that record or at the next.
func TestEveryBitCounts(t *testing.T) {
	_, whole := folded(t, busyEntries()[:6]...)
	for i := range len(whole) - 1 {
		for bit := range len(whole[i]) * 8 {
			records := slices.Clone(whole)
			records[i] = bytes.Clone(whole[i])
			records[i][bit/8] ^= 1 << (bit % 8)
			if at := firstBad(t, records); at != uint64(i+1) && at != uint64(i+2) {
				t.Fatalf("event %d, bit %d: found at %d", i+1, bit, at)
			}
		}
	}
}

// TestForgedLinkNeedsTheWholeRest: who edits a record and mends the link after it is found at the one after that.
func TestForgedLinkNeedsTheWholeRest(t *testing.T) {
	_, records := folded(t, busyEntries()...)
	edited, err := DecodeEvent(records[1])
	if err != nil {
		t.Fatal(err)
	}
	edited.Body.(*SaleOpened).Amount = Fen(1)
	records[1] = edited.Encode()
	if at := firstBad(t, records); at != 3 {
		t.Errorf("an edited amount is found at %d", at)
	}
	mended, err := DecodeEvent(records[2])
	if err != nil {
		t.Fatal(err)
	}
	mended.Prev = HashOf(records[1])
	records[2] = mended.Encode()
	if at := firstBad(t, records); at != 4 {
		t.Errorf("a mended link is found at %d", at)
	}
}

package disk

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

var noonUTC = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// TestCheckpointIsSignedWhole: it reads back as it was, and no byte of it can change.
func TestCheckpointIsSignedWhole(t *testing.T) {
	keys := folderKeys{data: dataKey{1}}
	want := Checkpoint{"T1", 3, ledger.Head{Seq: 4711, Hash: ledger.HashOf([]byte("x"))}, noonUTC}
	signed, err := want.sign(keys.headSigner())
	wantNil(t, err)
	got, err := readCheckpoint(signed, keys.headSigner())
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range signed {
		harmed := bytes.Clone(signed)
		harmed[i] ^= 1
		if _, err := readCheckpoint(harmed, keys.headSigner()); err == nil {
			t.Errorf("byte %d, %q, may change", i, signed[i])
		}
	}
	other := folderKeys{data: dataKey{2}}
	if _, err := readCheckpoint(signed, other.headSigner()); err == nil || !strings.Contains(err.Error(), "not by this ledger") {
		t.Errorf("another ledger's: %v", err)
	}
	for _, file := range [][]byte{slices.Concat(signed, signed), slices.Concat(signed, []byte("\n"), signed, []byte("\n")), slices.Concat([]byte("\n\n"), signed, signed)} {
		notes := splitNotes(file)
		if len(notes) != 2 || !bytes.Equal(bytes.TrimSpace(notes[0]), bytes.TrimSpace(signed)) || !bytes.Equal(bytes.TrimSpace(notes[1]), bytes.TrimSpace(signed)) {
			t.Errorf("split: %q", notes)
		}
	}
}

// sell appends paid sales.
func sell(t *testing.T, s *Store, pen *ledgertest.Pen, sales int) {
	t.Helper()
	for range sales {
		wantNil(t, s.Append(context.Background(), payment(t, pen)))
	}
}

// keep sends the ledger's head outside.
func keep(t *testing.T, s *Store, o Outside, at time.Time) Checkpoint {
	t.Helper()
	c := Checkpoint{Till: o.Till, Epoch: 1, Head: s.head(), At: at}
	wantNil(t, s.SendHead(c, o))
	return c
}

// TestHeadsOutsideFindWhatWasCutOff: a folder that is put back as it was, whole and good in itself, is found out by any head
// that left the till since; what happened after the last of them is shown as vouched for by nobody.
func TestHeadsOutsideFindWhatWasCutOff(t *testing.T) {
	dir, outside := t.TempDir(), Outside{t.TempDir(), "T1"}
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	sell(t, s, pen, 2)
	keep(t, s, outside, noonUTC)
	wantNil(t, s.Close())
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	wantNil(t, os.CopyFS(yesterday, os.DirFS(dir)))
	tidyKeys(t, yesterday)

	s = openAt(t, dir)
	sell(t, s, pen, 2)
	last := keep(t, s, outside, noonUTC.Add(time.Hour))
	sell(t, s, pen, 1)
	if c, err := s.CheckOutside(outside); err != nil || c != last {
		t.Fatalf("a good ledger: %+v, %v", c, err)
	}
	wantNil(t, s.Close())
	report, err := Verify(dir, outside.Folder)
	if err != nil || report.Damaged() || report.Outside.Good != 2 || report.Outside.Since != 4 || report.Outside.Newest != last || len(report.Outside.Useless) > 0 {
		t.Errorf("a good ledger: %+v, %v", report.Outside, err)
	}

	s = openAt(t, yesterday)
	if _, err := s.CheckOutside(outside); ledger.ReasonOf(err) != ledger.ReasonRolledBack || !strings.Contains(err.Error(), "had 16 events; it has 8") {
		t.Errorf("rolled back: %v", err)
	}
	pen = ledgertest.NewPen(monday)
	pen.State = stateOf(t, s)
	pen.Day++
	sell(t, s, pen, 3) // another past, longer than the first
	if _, err := s.CheckOutside(outside); ledger.ReasonOf(err) != ledger.ReasonRolledBack || !strings.Contains(err.Error(), "event 16 was ") {
		t.Errorf("rewritten: %v", err)
	}
	wantNil(t, s.Close())
	report, err = Verify(yesterday, outside.Folder)
	if err != nil || !report.Damaged() || report.Outside.Good != 1 || len(report.Outside.Against) != 1 {
		t.Errorf("rewritten: %+v, %v", report.Outside, err)
	}
}

// TestAnEpochGivesUpWhatItNames, and nothing else.
func TestAnEpochGivesUpWhatItNames(t *testing.T) {
	dir, outside := t.TempDir(), Outside{t.TempDir(), "T1"}
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	sell(t, s, pen, 1)
	lost := Checkpoint{"T1", 1, ledger.Head{Seq: 40, Hash: ledger.HashOf([]byte("lost"))}, noonUTC}
	wantNil(t, s.SendHead(lost, outside))
	later := lost
	later.Head.Seq = 41
	epoch := ledger.Event{Seq: 5, Epoch: 2, Day: monday, Prev: pen.State.Head.Hash, Body: &ledger.EpochBegun{Why: "the disk died", Outside: lost.Head}}
	wantNil(t, s.Append(context.Background(), ledger.Batch{First: 5, Records: [][]byte{epoch.Encode()}}))
	wantNil(t, s.Close())
	report, err := Verify(dir, outside.Folder)
	if err != nil || report.Damaged() || len(report.Outside.Excused) != 1 {
		t.Errorf("%+v, %v", report.Outside, err)
	}
	s = openAt(t, dir)
	wantNil(t, s.SendHead(later, outside))
	wantNil(t, s.Close())
	if report, err = Verify(dir, outside.Folder); err != nil || !report.Damaged() || len(report.Outside.Against) != 1 {
		t.Errorf("a later head: %+v, %v", report.Outside, err)
	}
}

// TestAFolderThatIsNotThereIsNeverMade: it would be one on the till's own disk.
func TestAFolderThatIsNotThereIsNeverMade(t *testing.T) {
	s, gone := openAt(t, t.TempDir()), filepath.Join(t.TempDir(), "usb")
	sell(t, s, ledgertest.NewPen(monday), 1)
	if err := s.SendHead(Checkpoint{Head: s.head(), At: noonUTC}, Outside{gone, "T1"}); err == nil || !strings.Contains(err.Error(), "is not there") {
		t.Error(err)
	}
	if _, err := os.Stat(gone); err == nil {
		t.Error("it was made")
	}
}

// stateOf folds a store.
func stateOf(t *testing.T, s *Store) *ledger.State {
	t.Helper()
	state := ledger.NewState()
	wantNil(t, s.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err == nil {
			_, err = state.Apply(&event, ledger.HashOf(stored))
		}
		return err
	}))
	return state
}

// tidyKeys gives copied keys the rights that the store asks for.
func tidyKeys(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{ledgerKeyName, tillKeyName, dataKeyName} {
		wantNil(t, os.Chmod(filepath.Join(dir, name), 0o600))
	}
}

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"guitai/ledger"
)

// TestReadBesideAnOpenLedger: every event comes in order while the ledger is open, and nothing in the folder has changed; only a tidy end
// is called one.
func TestReadBesideAnOpenLedger(t *testing.T) {
	dir, pen := lives(t, 3, 3)
	s := openAt(t, dir)
	var seqs []uint64
	found, err := ReadBeside(dir, func(at ledger.Head, stored []byte) error {
		if ledger.HashOf(stored) != at.Hash {
			t.Errorf("event %d came with another one's hash", at.Seq)
		}
		seqs = append(seqs, at.Seq)
		return nil
	})
	if err != nil || found.Damage != nil || found.Tidy || found.Head != pen.State.Head {
		t.Errorf("%+v, %v; the ledger ends with %+v", found, err, pen.State.Head)
	}
	for i, seq := range seqs {
		if seq != uint64(i+1) {
			t.Fatalf("events %v", seqs)
		}
	}
	wantNil(t, s.Close())
	if found, err = ReadBeside(dir, func(ledger.Head, []byte) error { return nil }); err != nil || !found.Tidy || found.Head != pen.State.Head {
		t.Errorf("closed in order: %+v, %v", found, err)
	}
	enough := errors.New("enough")
	if _, err = ReadBeside(dir, func(ledger.Head, []byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("an error of the reader's: %v", err)
	}
}

// TestReadBesideAGap: a segment that is missing, or whose header does not hold, is damage, however well the ones before it are.
func TestReadBesideAGap(t *testing.T) {
	for name, harm := range map[string]func(string) error{"missing": os.Remove, "cut off": func(path string) error { return os.Truncate(path, 1) }, "a bit turned": flippedAt(headerBytes - 1)} {
		dir, pen := lives(t, 3, 3)
		files, err := segmentFiles(filepath.Join(dir, journalFolder))
		wantNil(t, err)
		for at := 1; at < len(files); at++ {
			if name == "missing" && at == len(files)-1 {
				continue // then the journal ends before it, which only the other copy knows
			}
			kept := readFile(t, files[at])
			wantNil(t, harm(files[at]))
			found, err := ReadBeside(dir, func(ledger.Head, []byte) error { return nil })
			if err != nil || found.Damage == nil || found.Tidy || found.Head.Seq == 0 || found.Head.Seq >= pen.State.Head.Seq {
				t.Errorf("segment %d is %s: %+v, %v", at+1, name, found, err)
			}
			wantNil(t, os.WriteFile(files[at], []byte(kept), 0o600))
		}
		if len(files) < 3 {
			t.Errorf("%d segments", len(files))
		}
	}
}

// TestReadBesideDamage: what follows is given, and where it stops is said.
func TestReadBesideDamage(t *testing.T) {
	dir, _ := lives(t, 3, 3)
	files, err := segmentFiles(filepath.Join(dir, journalFolder))
	wantNil(t, err)
	wantNil(t, flippedAt(headerBytes+40)(files[0]))
	found, err := ReadBeside(dir, func(ledger.Head, []byte) error { return nil })
	if err != nil || found.Damage == nil || found.Tidy {
		t.Errorf("%+v, %v", found, err)
	}
	if KeyElsewhere(dir) {
		t.Error("a key file is said to be elsewhere")
	}
	wantNil(t, os.WriteFile(filepath.Join(dir, ledgerKeyName), []byte(masterPassphrase+"00\n"), 0o600))
	if !KeyElsewhere(dir) {
		t.Error("a passphrase is said to be in the folder")
	}
}

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
)

// opens tells whether a folder opens with all its events.
func opens(t *testing.T, dir string, events int) error {
	t.Helper()
	s, err := Open(dir, Config{})
	if err != nil {
		return err
	}
	defer s.Close()
	if got := int(s.head().Seq); got != events {
		t.Errorf("%d events, not %d", got, events)
	}
	return nil
}

// asked lets the process know a passphrase for one test.
func asked(t *testing.T, passphrase string) {
	t.Helper()
	AskPassphrase = func(bool) ([]byte, error) { return []byte(passphrase), nil }
	t.Cleanup(func() { AskPassphrase = nil })
}

// TestRekey changes the master key to every kind and back. History is not rewritten; the old key opens nothing any more;
// the change is noted; new segments carry the new wrapping.
func TestRekey(t *testing.T) {
	dir, pen := fill(t, 2)
	events := int(pen.State.Head.Seq)
	first := readFile(t, filepath.Join(dir, journalFolder, segmentName(1)))
	old := readFile(t, filepath.Join(dir, ledgerKeyName))
	credentials := t.TempDir()
	wantNil(t, os.WriteFile(filepath.Join(credentials, "till1"), []byte(strings.Repeat("k", keyLength)), 0o400))
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	asked(t, "correct horse")
	for _, to := range []Master{{}, {Passphrase: []byte("correct horse")}, {Credential: "till1"}, {Passphrase: []byte("correct horse")}, {}} {
		wantNil(t, Rekey(dir, to))
		wantNil(t, opens(t, dir, events))
		if report, err := Verify(dir); err != nil || report.Damaged() {
			t.Fatalf("%+v: %+v, %v", to, report, err)
		}
	}
	if readFile(t, filepath.Join(dir, journalFolder, segmentName(1))) != first {
		t.Error("history was rewritten")
	}
	s := openAt(t, dir)
	if work := s.Maintained(); len(work) != 5 || work[0].Work != ledger.WorkRekey {
		t.Errorf("noted: %+v", work)
	}
	wantNil(t, s.Close())
	wantNil(t, os.WriteFile(filepath.Join(dir, ledgerKeyName), []byte(old), 0o600))
	wantNil(t, os.Remove(filepath.Join(dir, dataKeyName)))
	wantNil(t, os.WriteFile(filepath.Join(dir, dataKeyName), make([]byte, wrappedBytes), 0o600))
	if err := opens(t, dir, events); err != nil { // the old key still opens what it has wrapped: old segments, old backups
		t.Errorf("an old key and an old segment: %v", err)
	}
}

// TestRekeyCutShort: whatever step power fails after, the ledger opens with one key, and the change is whole or has not been.
func TestRekeyCutShort(t *testing.T) {
	for step := range 4 {
		dir, pen := fill(t, 1)
		key, file, err := Master{}.make()
		wantNil(t, err)
		keys, err := readKeys(dir)
		wantNil(t, err)
		wrapped := wrap(keys.data, key)
		if step >= 1 {
			wantNil(t, os.WriteFile(filepath.Join(dir, newMaster), file[:16*min(step, 2)], 0o600))
		}
		if step >= 3 {
			wantNil(t, writeWhole(filepath.Join(dir, dataKeyName), wrapped[:]))
		}
		wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
		wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
		if _, err := os.Stat(filepath.Join(dir, newMaster)); err == nil {
			t.Errorf("after step %d the other key lies about", step)
		}
		if changed := readFile(t, filepath.Join(dir, ledgerKeyName)) == string(file); changed != (step == 3) {
			t.Errorf("after step %d: changed is %t", step, changed)
		}
	}
}

func TestAWrongPassphrase(t *testing.T) {
	dir, pen := fill(t, 1)
	wantNil(t, Rekey(dir, Master{Passphrase: []byte("right")}))
	if err := opens(t, dir, 0); ledger.ReasonOf(err) != ledger.ReasonNoKey || !errors.Is(err, errNobodyToAsk) {
		t.Errorf("nobody to ask: %v", err)
	}
	asked(t, "mistaken")
	if err := opens(t, dir, 0); ledger.ReasonOf(err) != ledger.ReasonNoKey || strings.Contains(err.Error(), "mistaken") || !strings.Contains(err.Error(), "the passphrase is wrong") {
		t.Errorf("a wrong one: %v", err)
	}
	asked(t, "right")
	wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
}

// TestRecoveryCode: given once, it opens a ledger of which every key file is gone; a slip is noticed before anything is done.
func TestRecoveryCode(t *testing.T) {
	dir, pen := fill(t, 1)
	code, err := RecoveryCode(dir, false)
	wantNil(t, err)
	if _, err := RecoveryCode(dir, false); !errors.Is(err, ErrRecoveryTaken) || !RecoveryTaken(dir) {
		t.Errorf("a second time: %v", err)
	}
	if again, err := RecoveryCode(dir, true); err != nil || again != code {
		t.Errorf("said again: %v", err)
	}
	for i := range code {
		for _, c := range "0Z7" {
			slip := code[:i] + string(c) + code[i+1:]
			if _, err := readCode(slip); err == nil && slip != code {
				t.Fatalf("a slip at %d passes", i)
			}
		}
	}
	for _, name := range []string{ledgerKeyName, tillKeyName, dataKeyName} {
		wantNil(t, os.Remove(filepath.Join(dir, name)))
	}
	if err := opens(t, dir, 0); ledger.ReasonOf(err) != ledger.ReasonNoKey {
		t.Fatalf("without keys: %v", err)
	}
	other, _ := fill(t, 1)
	foreign, err := RecoveryCode(other, false)
	wantNil(t, err)
	if err := RecoverKey(dir, foreign, Master{}); err == nil || !strings.Contains(err.Error(), "not this ledger's") {
		t.Errorf("another ledger's code: %v", err)
	}
	typed := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(code, "-", " "), "0", "O"))
	wantNil(t, RecoverKey(dir, typed, Master{}))
	wantNil(t, opens(t, dir, int(pen.State.Head.Seq)))
	if report, err := Verify(dir); err != nil || report.Damaged() {
		t.Errorf("%+v, %v", report, err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	wantNil(t, err)
	return string(content)
}

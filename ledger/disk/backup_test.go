package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestBackupBesideAnOpenTill: the first takes everything, the next what is new; a restore from the folder and from a file has
// every event and every row, and is a copy that waits for a new epoch.
func TestBackupBesideAnOpenTill(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	sell(t, s, pen, 3)
	report, err := Backup(dir, to)
	if err != nil || report.Events != 12 || report.Copied != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	if report, err = Backup(dir, to); err != nil || report.Copied != 0 {
		t.Fatalf("nothing new: %+v, %v", report, err)
	}
	sell(t, s, pen, 2)
	if report, err = Backup(dir, to); err != nil || report.Events != 20 || report.Copied != 1 || report.Head != s.head() {
		t.Fatalf("something new: %+v, %v", report, err)
	}
	file := to + ".tar"
	if report, err = Backup(dir, file); err != nil || report.Events != 20 {
		t.Fatalf("a file: %+v, %v", report, err)
	}
	key := []byte(readFile(t, filepath.Join(dir, ledgerKeyName)))
	noSecretsIn(t, to, key, s.keys.data[:])
	wantNil(t, s.Close())
	code, err := RecoveryCode(dir, false)
	wantNil(t, err)
	for name, from := range map[string]string{"folder": to, "file": file} {
		for how, with := range map[string]struct {
			key  []byte
			code string
		}{"key": {key, ""}, "code": {nil, code}} {
			again := filepath.Join(t.TempDir(), name+how)
			if report, err := Restore(from, again, with.key, with.code); err != nil || report.Events != 20 || report.Sales != 5 {
				t.Fatalf("from the %s with the %s: %+v, %v", name, how, report, err)
			}
			s := openAt(t, again)
			if sales, err := s.DaySales(monday); err != nil || len(sales) != 5 || !s.Copied() {
				t.Errorf("from the %s with the %s: %d sales, %v, copied %t", name, how, len(sales), err, s.Copied())
			}
			if work := s.Maintained(); work[len(work)-1].Work != ledger.WorkRestore && work[0].Work != ledger.WorkRestore {
				t.Errorf("noted: %+v", work)
			}
		}
	}
}

// noSecretsIn looks for secrets in every file of a folder.
func noSecretsIn(t *testing.T, dir string, secrets ...[]byte) {
	t.Helper()
	wantNil(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range append(secrets, []byte("1900000001"), []byte("wx0000000001")) {
			if bytes.Contains(content, secret) {
				t.Errorf("%s has a secret or plain events", path)
			}
		}
		return err
	}))
}

// TestBackupNeverForgets: a till that was rolled back, or another one, does not overwrite what a backup knows; a damaged
// backup is said to be one; nothing is restored over anything, or from a backup that does not hold.
func TestBackupNeverForgets(t *testing.T) {
	dir, to := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s, pen := openAt(t, dir), ledgertest.NewPen(monday)
	sell(t, s, pen, 1)
	wantNil(t, s.Close())
	earlier := filepath.Join(t.TempDir(), "earlier")
	wantNil(t, os.CopyFS(earlier, os.DirFS(dir)))
	tidyKeys(t, earlier)
	s = openAt(t, dir)
	sell(t, s, pen, 1)
	wantNil(t, s.Close())
	_, err := Backup(dir, to)
	wantNil(t, err)
	kept := everyFile(t, to)

	s = openAt(t, earlier)
	other := ledgertest.NewPen(monday)
	other.State = stateOf(t, s)
	other.Day++
	sell(t, s, other, 4)
	wantNil(t, s.Close())
	foreign, _ := fill(t, 3)
	if _, err := Backup(foreign, to); err == nil || !strings.Contains(err.Error(), "another ledger") {
		t.Errorf("another till: %v", err)
	}
	if _, err := Backup(dir, earlier); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("over a till: %v", err)
	}
	if got := everyFile(t, to); got != kept {
		t.Error("the backup has changed")
	}
	again := filepath.Join(t.TempDir(), "again")
	wantNil(t, os.CopyFS(again, os.DirFS(to)))
	report, err := Backup(earlier, again) // another past stands beside what was known
	if err != nil || report.Events != 20 {
		t.Errorf("another past: %+v, %v", report, err)
	}
	if found, _ := filepath.Glob(filepath.Join(again, journalFolder+"-*", "*.seg")); len(found) != 2 {
		t.Errorf("what the backup knew: %v", found)
	}
	file := filepath.Join(t.TempDir(), "b.tar")
	for _, from := range []string{dir, earlier} {
		_, err := Backup(from, file)
		wantNil(t, err)
	}
	if _, err := Backup(foreign, file); err == nil || !strings.Contains(err.Error(), "another ledger") {
		t.Errorf("another till's file: %v", err)
	}
	wantNil(t, os.WriteFile(file+"2.tar", []byte("photos"), 0o600))
	if _, err := Backup(dir, file+"2.tar"); err == nil || readFile(t, file+"2.tar") != "photos" {
		t.Errorf("over something else: %v", err)
	}

	key := []byte(readFile(t, filepath.Join(dir, ledgerKeyName)))
	for name, tt := range map[string]struct {
		from, to string
		key      []byte
		says     string
	}{
		"over a till":   {to, dir, key, "is not empty"},
		"a wrong key":   {to, t.TempDir() + "/x", bytes.Repeat([]byte{1}, 32), "does not fit"},
		"from nothing":  {t.TempDir(), t.TempDir() + "/x", key, "no journal"},
		"from a letter": {writeFile(t, "letter"), t.TempDir() + "/x", key, "no backup"},
	} {
		if _, err := Restore(tt.from, tt.to, tt.key, ""); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(tt.to + ".restoring"); err == nil {
			t.Errorf("%s: something is left", name)
		}
	}
	segment := filepath.Join(to, journalFolder, segmentName(1))
	content := []byte(readFile(t, segment))
	content[headerBytes+30] ^= 1
	wantNil(t, os.WriteFile(segment, content, 0o600))
	if _, err := Restore(to, t.TempDir()+"/x", key, ""); err == nil || !strings.Contains(err.Error(), "the backup is damaged") {
		t.Errorf("a damaged backup: %v", err)
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	wantNil(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func everyFile(t *testing.T, dir string) (all string) {
	t.Helper()
	wantNil(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all += path + readFile(t, path)
		}
		return err
	}))
	return all
}

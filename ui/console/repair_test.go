package console

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// harm flips a bit of a segment's first frame; others stand behind it.
func harm(t *testing.T, segment string) {
	t.Helper()
	content, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	content[4096+40] ^= 1
	if err := os.WriteFile(segment, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// everything gives a folder's files with what is in them.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			content, err := os.ReadFile(path)
			files[path] = string(content)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestRepairTriesThenMends: a try says what would be done and changes nothing; --yes does just that, and the next opening
// finds it written down for the journal.
func TestRepairTriesThenMends(t *testing.T) {
	dir, find := shop(t)
	segment := filepath.Join(dir, "journal", "00000001.seg")
	harm(t, segment)
	before := everything(t, dir)
	var out, errs bytes.Buffer
	if code := Repair([]string{"--data-dir", dir}, find, &out, &errs); code != exitDamaged ||
		!strings.Contains(out.String(), "would be repaired: journal/00000001.seg, events 1 to ") || !strings.Contains(out.String(), "--yes") {
		t.Errorf("a try: exit %d, %q %q", code, out.String(), errs.String())
	}
	after := everything(t, dir)
	if len(after) != len(before) {
		t.Error("a try has made or removed files")
	}
	for path, was := range before {
		if after[path] != was {
			t.Errorf("a try has changed %s", path)
		}
	}
	out.Reset()
	if code := Repair([]string{"--data-dir", dir, "--yes"}, find, &out, &errs); code != exitGood || !strings.Contains(out.String(), "repaired: journal/00000001.seg") {
		t.Errorf("--yes: exit %d, %q %q", code, out.String(), errs.String())
	}
	out.Reset()
	if code := Repair([]string{"--data-dir", dir, "--yes"}, find, &out, &errs); code != exitGood || !strings.Contains(out.String(), "nothing to repair") {
		t.Errorf("again: exit %d, %q %q", code, out.String(), errs.String())
	}
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if work := store.Maintained(); len(work) != 1 || work[0].Work != ledger.WorkRepair || work[0].From != 1 {
		t.Errorf("to be written down: %+v", work)
	}
}

// TestRepairNamesWhatIsLostTwice: damage of both copies is named, and nothing is touched.
func TestRepairNamesWhatIsLostTwice(t *testing.T) {
	dir, find := shop(t)
	harm(t, filepath.Join(dir, "journal", "00000001.seg"))
	if err := os.WriteFile(filepath.Join(dir, "ledger", "MANIFEST"), []byte("no list"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := everything(t, filepath.Join(dir, "journal"))
	var out, errs bytes.Buffer
	if code := Repair([]string{"--data-dir", dir, "--yes"}, find, &out, &errs); code != exitDamaged || !strings.Contains(errs.String(), "both copies") ||
		!strings.Contains(errs.String(), "00000001.seg") || !strings.Contains(errs.String(), "guitai export") {
		t.Errorf("exit %d, %q %q", code, out.String(), errs.String())
	}
	for path, was := range everything(t, filepath.Join(dir, "journal")) {
		if before[path] != was {
			t.Errorf("%s was changed", path)
		}
	}
}

func TestCommandsBesideAnOpenTill(t *testing.T) {
	dir, find := shop(t)
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for name, command := range map[string]func([]string, Find, *bytes.Buffer, *bytes.Buffer) int{
		"verify": func(a []string, f Find, o, e *bytes.Buffer) int { return Verify(a, f, o, e) },
		"day":    func(a []string, f Find, o, e *bytes.Buffer) int { return Day(a, f, o, e) },
		"repair": func(a []string, f Find, o, e *bytes.Buffer) int { return Repair(a, f, o, e) },
	} {
		var out, errs bytes.Buffer
		if code := command([]string{"--data-dir", dir}, find, &out, &errs); code != exitCannot || !strings.Contains(errs.String(), "leave it first") {
			t.Errorf("%s: exit %d, %q", name, code, errs.String())
		}
	}
}

package console

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupAndRestoreOnASpareMachine as a person does it: back up, lose the till, restore with the key and with the code.
func TestBackupAndRestoreOnASpareMachine(t *testing.T) {
	dir, find := shop(t)
	var code bytes.Buffer
	if Key([]string{"recovery", "--data-dir", dir}, find, nil, &code, &code) != 0 {
		t.Fatal(code.String())
	}
	recovery, _, _ := strings.Cut(code.String(), "\n")
	backup, key := filepath.Join(t.TempDir(), "backup.tar"), filepath.Join(t.TempDir(), "key")
	content, err := os.ReadFile(filepath.Join(dir, "ledger.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := Backup([]string{"--data-dir", dir, "--to", backup}, find, &out, &errs); code != 0 || !strings.Contains(out.String(), "7 events") {
		t.Fatalf("backup: %d %q %q", code, out.String(), errs.String())
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args  []string
		input string
		code  int
		says  string
	}{
		"with the key":    {[]string{"--key", key}, "", 0, "7 events, 2 sales"},
		"with the code":   {nil, recovery + "\n", 0, "7 events, 2 sales"},
		"a slip":          {nil, recovery[1:] + "\n", 2, "14 groups"},
		"without a word":  {nil, "", 2, "nobody has answered"},
		"a key not there": {[]string{"--key", key + "x"}, "", 2, "no such file"},
	} {
		out.Reset()
		errs.Reset()
		again := filepath.Join(t.TempDir(), "again")
		code := Restore(append(tt.args, "--data-dir", again, "--from", backup), find, strings.NewReader(tt.input), &out, &errs)
		if code != tt.code || !strings.Contains(out.String()+errs.String(), tt.says) {
			t.Errorf("%s: %d %q %q", name, code, out.String(), errs.String())
		}
		if _, err := os.Stat(again); (err == nil) != (tt.code == 0) {
			t.Errorf("%s: the folder: %v", name, err)
		}
	}
	for _, args := range [][]string{{}, {"--to"}, {"--to", "x", "more"}, {"--bogus"}} {
		errs.Reset()
		if code := Backup(args, find, &out, &errs); code != 2 || !strings.Contains(errs.String(), "guitai backup --to PLACE") {
			t.Errorf("%q: %d %q", args, code, errs.String())
		}
	}
}

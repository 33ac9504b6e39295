package console

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger/disk"
)

// TestKeyCommands: a till's keys from the first recovery code to a lost key, as a person does it.
func TestKeyCommands(t *testing.T) {
	dir, find := shop(t)
	run := func(input string, args ...string) (int, string, string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := Key(append(args, "--data-dir", dir), find, strings.NewReader(input), &out, &errs)
		return code, out.String(), errs.String()
	}
	if code, out, _ := run("", "show"); code != 0 || !strings.Contains(out, "a file of this folder") || !strings.Contains(out, "nobody has taken the recovery code") {
		t.Errorf("show: %d %q", code, out)
	}
	if code, _, errs := run("a long passphrase\na long passphrase\n", "rotate", "--passphrase"); code != 2 || !strings.Contains(errs, "recovery code first") {
		t.Errorf("rotate before the recovery code was taken: %d %q", code, errs)
	}
	code, out, _ := run("", "recovery")
	recovery, _, _ := strings.Cut(out, "\n")
	if code != 0 || strings.Count(recovery, "-") != 13 {
		t.Fatalf("recovery: %d %q", code, out)
	}
	if code, out, errs := run("", "recovery"); code != 1 || strings.Contains(out, recovery) || !strings.Contains(errs, "--again") {
		t.Errorf("recovery again: %d %q %q", code, out, errs)
	}
	for input, says := range map[string]string{
		"one long passphrase\nanother long one\n": "not the same",
		"short\nshort\n": "at least 12",
		"":               "nobody has answered",
	} {
		if code, _, errs := run(input, "rotate", "--passphrase"); code != 2 || !strings.Contains(errs, says) {
			t.Errorf("rotate %q: %d %q", input, code, errs)
		}
	}
	if code, _, errs := run("a long passphrase\na long passphrase\n", "rotate", "--passphrase"); code != 0 {
		t.Fatalf("rotate: %q", errs)
	}
	if code, _, errs := run("", "show"); code != 2 || !strings.Contains(errs, "nobody to ask") || strings.Contains(errs, "a long passphrase") {
		t.Errorf("show without anybody to ask: %d %q", code, errs)
	}
	disk.AskPassphrase = func(bool) ([]byte, error) { return []byte("a long passphrase"), nil }
	defer func() { disk.AskPassphrase = nil }()
	if code, out, _ := run("", "show"); code != 0 || !strings.Contains(out, "is a passphrase") {
		t.Errorf("show: %d %q", code, out)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, "ledger.key")), os.Remove(filepath.Join(dir, "till.key"))); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(recovery[:20]+"\n", "recover"); code != 2 || !strings.Contains(errs, "14 groups of 4") {
		t.Errorf("recover with half a code: %d %q", code, errs)
	}
	if code, _, errs := run(recovery+"\n", "recover"); code != 0 {
		t.Errorf("recover: %q", errs)
	}
	var good, errs bytes.Buffer
	if code := Verify([]string{"--data-dir", dir}, find, &good, &errs); code != 0 {
		t.Errorf("verify: %d %q %q", code, good.String(), errs.String())
	}
}

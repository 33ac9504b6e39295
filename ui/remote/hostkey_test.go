package remote

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

func certLine(t *testing.T) string {
	t.Helper()
	return string(ssh.MarshalAuthorizedKey(newCert(t, testKey(t), testKey(t), nil)))
}

// TestHostKey: it is made once, by whoever comes first, for its owner alone, and never replaced.
func TestHostKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := Fingerprint(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	prints := make([]string, 8)
	var all sync.WaitGroup
	for i := range prints {
		all.Go(func() {
			key, err := hostKey(dir)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = ssh.FingerprintSHA256(key.PublicKey())
		})
	}
	all.Wait()
	told, err := Fingerprint(dir)
	if err != nil || !strings.HasPrefix(told, "SHA256:") {
		t.Fatal(told, err)
	}
	for _, p := range prints {
		if p != told {
			t.Errorf("%s is not %s", p, told)
		}
	}
	entries, _ := os.ReadDir(dir)
	info, err := os.Stat(filepath.Join(dir, hostKeyName))
	if err != nil || info.Mode() != 0o600 || len(entries) != 1 {
		t.Error(info.Mode(), entries, err)
	}
	path := filepath.Join(dir, hostKeyName)
	text, _ := os.ReadFile(path)
	for name, harm := range map[string]func() error{
		"cut":    func() error { return os.WriteFile(path, text[:len(text)/2], 0o600) },
		"empty":  func() error { return os.WriteFile(path, nil, 0o600) },
		"shared": func() error { return errors.Join(os.WriteFile(path, text, 0o600), os.Chmod(path, 0o640)) },
		"linked": func() error {
			return errors.Join(os.Remove(path), os.WriteFile(path+".else", text, 0o600), os.Symlink(path+".else", path))
		},
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		if _, err := hostKey(dir); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "PRIVATE") {
			t.Error(err)
		}
		_ = os.Remove(path)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

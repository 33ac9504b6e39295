package channel_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"guitai/sync/channel"
)

// says checks that nothing is wrong exactly when want is empty, and else that one sentence names the setting and has the
// words.
func says(t *testing.T, what string, found []channel.Wrong, want string) {
	t.Helper()
	switch {
	case want == "" && found != nil:
		t.Errorf("%s: %v, want it allowed", what, found)
	case want != "" && (len(found) != 1 || found[0].Key != "setting" ||
		!strings.Contains(found[0].What, want) || !strings.HasPrefix(found[0].What, "setting")):
		t.Errorf("%s: %v, want %q about setting", what, found, want)
	}
}

func TestCheckURL(t *testing.T) {
	for _, tt := range []struct{ url, always, production string }{
		{"https://openapi.alipay.com/gateway.do", "", ""},
		{"http://openapi.alipay.com/gateway.do", "", "https only"},
		{"http://127.0.0.1:8071", "", "https only"},
		{"https://127.0.0.1:8071", "", "simulator"},
		{"https://127.9.9.9", "", "simulator"},
		{"https://localhost/x", "", "simulator"},
		{"https://LocalHost./x", "", "simulator"},
		{"https://till.localhost/x", "", "simulator"},
		{"https://[::1]:443", "", "simulator"},
		{"https://[::1%25lo]", "", "simulator"},
		{"https://[::1%25lo]:8071/x", "", "simulator"},
		{"https://[::%25eth0]", "", "simulator"},
		{"https://[::ffff:127.0.0.1]", "", "simulator"},
		{"https://[::ffff:127.0.0.1%25lo]", "", "simulator"},
		{"https://[fe80::1%25eth0]", "", ""},
		{"https://0.0.0.0", "", "simulator"},
		{"https://127.1", "want an address", "want an address"},
		{"https://2130706433", "want an address", "want an address"},
		{"https://0x7f.0.0.0x1", "want an address", "want an address"},
		{"https://[::1", "want an address", "want an address"},
		{"https://notlocalhost.example", "", ""},
		{"", "want an address", "want an address"},
		{"api.mch.weixin.qq.com", "want an address", "want an address"},
		{"ftp://api.mch.weixin.qq.com", "want an address", "want an address"},
		{"https://", "want an address", "want an address"},
		{"https://:443", "want an address", "want an address"},
		{"https://a b", "want an address", "want an address"},
	} {
		says(t, tt.url, channel.CheckURL("setting", tt.url, false), tt.always)
		says(t, "production "+tt.url, channel.CheckURL("setting", tt.url, true), tt.production)
	}
}

func TestCheckSecretFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := os.WriteFile(path, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	queue := filepath.Join(dir, "queue")
	if err := syscall.Mkfifo(queue, 0o600); err != nil {
		t.Fatal(err)
	}
	bad := func(string) error { return errors.New("it is too short") }
	good := func(string) error { return nil }
	says(t, "missing", channel.CheckSecretFile("setting", "", true, good), "missing")
	says(t, "no file", channel.CheckSecretFile("setting", path+".gone", false, good), "no such file")
	says(t, "folder", channel.CheckSecretFile("setting", dir, false, good), "no plain file")
	says(t, "a queue that nobody fills", channel.CheckSecretFile("setting", queue, false, good), "no plain file")
	says(t, "what is in it", channel.CheckSecretFile("setting", path, false, bad), "it is too short")
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o640: "others may read or write", 0o604: "others may read or write", 0o660: "others may read or write", 0o644: "others may read or write",
		0o602: "others may read or write",
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		says(t, mode.String(), channel.CheckSecretFile("setting", path, true, good), want)
		says(t, mode.String(), channel.CheckSecretFile("setting", path, false, good), "")
	}
}

// TestCheckKeys: each file is named by its own setting, and the public one may be read by everybody but written by its
// owner alone: who can replace it can sign "paid".
func TestCheckKeys(t *testing.T) {
	var pair [2]*rsa.PrivateKey
	for i := range pair {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		pair[i] = key
	}
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	private := func(text string) (*rsa.PrivateKey, error) {
		if text == "bad" {
			return nil, errors.New("SECRET")
		}
		return pair[0], nil
	}
	public := func(text string) (*rsa.PublicKey, error) {
		switch text {
		case "bad":
			return nil, errors.New("SECRET")
		case "own":
			return &pair[0].PublicKey, nil
		}
		return &pair[1].PublicKey, nil
	}
	for _, tt := range []struct {
		name                string
		private, public     string
		privateMode, pubMod os.FileMode
		always, production  string // the settings that are named
	}{
		{"good", "good", "theirs", 0o600, 0o644, "", ""},
		{"group may write the public key", "good", "theirs", 0o600, 0o664, "", "public_key_file"},
		{"others may write the public key", "good", "theirs", 0o600, 0o646, "", "public_key_file"},
		{"both open", "good", "theirs", 0o644, 0o666, "", "private_key_file public_key_file"},
		{"no private key in it", "bad", "theirs", 0o600, 0o600, "private_key_file", "private_key_file"},
		{"no public key in it", "good", "bad", 0o600, 0o600, "public_key_file", "public_key_file"},
		{"nothing in either", "bad", "bad", 0o600, 0o600, "private_key_file public_key_file", "private_key_file public_key_file"},
		{"our own public half", "good", "own", 0o600, 0o600, "public_key_file", "public_key_file"},
		{"a bad one beside our own", "bad", "own", 0o600, 0o600, "private_key_file", "private_key_file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for production, want := range map[bool]string{false: tt.always, true: tt.production} {
				keys := channel.KeyFiles{Private: file(tt.private, tt.privateMode), Public: file(tt.public, tt.pubMod), Of: "Bank", Production: production}
				var named []string
				for _, w := range channel.CheckKeys(keys, private, public) {
					named = append(named, w.Key)
					if !strings.HasPrefix(w.What, w.Key+" = ") || strings.Contains(w.What, "SECRET") {
						t.Errorf("%s says %q", w.Key, w.What)
					}
				}
				if got := strings.Join(named, " "); got != want {
					t.Errorf("production %v names %q, want %q", production, got, want)
				}
			}
		})
	}
}

func TestCheckQRLife(t *testing.T) {
	for seconds, fine := range map[int]bool{0: true, 60: true, 120: true, 7200: true, 59: false, 1: false, -1: false, 7201: false} {
		if found := channel.CheckQRLife(seconds); (found == nil) != fine {
			t.Errorf("%d seconds: %v", seconds, found)
		}
	}
}

package channel_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/sync/channel"
)

// says checks that err is nil exactly when want is empty, and else names the setting and has the words.
func says(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v, want it allowed", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "setting")):
		t.Errorf("%s: %v, want %q about setting", what, err, want)
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
		{"https://[::ffff:127.0.0.1]", "", "simulator"},
		{"https://0.0.0.0", "", "simulator"},
		{"https://notlocalhost.example", "", ""},
		{"", "want an address", "want an address"},
		{"api.mch.weixin.qq.com", "want an address", "want an address"},
		{"ftp://api.mch.weixin.qq.com", "want an address", "want an address"},
		{"https://", "want an address", "want an address"},
		{"https://a b", "want an address", "want an address"},
	} {
		says(t, tt.url, channel.CheckURL("setting", tt.url, false), tt.always)
		says(t, "production "+tt.url, channel.CheckURL("setting", tt.url, true), tt.production)
	}
}

func TestCheckKeyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(path, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, "missing", channel.CheckKeyFile("setting", "", true), "missing")
	says(t, "no file", channel.CheckKeyFile("setting", path+".gone", false), "no such file")
	says(t, "folder", channel.CheckKeyFile("setting", dir, false), "folder")
	for mode, private := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o640: "others may read", 0o604: "others may read", 0o660: "others may read", 0o644: "others may read",
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		says(t, mode.String(), channel.CheckKeyFile("setting", path, true), private)
		says(t, mode.String(), channel.CheckKeyFile("setting", path, false), "")
	}
}

func TestCheckQRLife(t *testing.T) {
	for seconds, fine := range map[int]bool{0: true, 60: true, 120: true, 7200: true, 59: false, 1: false, -1: false, 7201: false} {
		if err := channel.CheckQRLife(seconds); (err == nil) != fine {
			t.Errorf("%d seconds: %v", seconds, err)
		}
	}
}

package wechatpay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/sync/channeltest"
	"guitai/sync/wechatpay"
)

// config is a good one for production, with its key files.
func config(t *testing.T) wechatpay.Config {
	t.Helper()
	dir := t.TempDir()
	c := wechatpay.Config{BaseURL: "https://api.mch.weixin.qq.com", MchID: mchID, AppID: appID, MerchantSerial: serial,
		PrivateKeyFile: filepath.Join(dir, "merchant.pem"), PublicKeyID: keyID, PublicKeyFile: filepath.Join(dir, "platform.pem"),
		APIv3KeyFile: filepath.Join(dir, "apiv3"), StoreID: "S1", NotifyURL: "https://notify.example/wechatpay"}
	for path, text := range map[string]string{c.PrivateKeyFile: channeltest.PrivatePEM(t, channeltest.Keys()[0]), c.PublicKeyFile: channeltest.PublicPEM(t, channeltest.Keys()[1]),
		c.APIv3KeyFile: strings.Repeat("k", 32)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil          func(*wechatpay.Config)
		setting        string // the one that must be named
		productionOnly bool
	}{
		"no address":       {func(c *wechatpay.Config) { c.BaseURL = "" }, "base_url", false},
		"plain http":       {func(c *wechatpay.Config) { c.BaseURL = "http://api.mch.weixin.qq.com" }, "base_url", true},
		"simulator":        {func(c *wechatpay.Config) { c.BaseURL = "https://localhost:8071" }, "base_url", true},
		"no merchant":      {func(c *wechatpay.Config) { c.MchID = "" }, "mchid", false},
		"no app":           {func(c *wechatpay.Config) { c.AppID = "" }, "appid", false},
		"no serial":        {func(c *wechatpay.Config) { c.MerchantSerial = "" }, "merchant_serial", false},
		"key file gone":    {func(c *wechatpay.Config) { _ = os.Remove(c.PrivateKeyFile) }, "private_key_file", false},
		"group may read":   {func(c *wechatpay.Config) { _ = os.Chmod(c.PrivateKeyFile, 0o640) }, "private_key_file", true},
		"certificate's id": {func(c *wechatpay.Config) { c.PublicKeyID = serial }, "public_key_id", false},
		"no public key":    {func(c *wechatpay.Config) { c.PublicKeyFile = "" }, "public_key_file", false},
		"no APIv3 key":     {func(c *wechatpay.Config) { c.APIv3KeyFile = "" }, "apiv3_key_file", false},
		"short APIv3 key":  {func(c *wechatpay.Config) { _ = os.WriteFile(c.APIv3KeyFile, []byte("short"), 0o600) }, "apiv3_key_file", false},
		"own public key": {func(c *wechatpay.Config) {
			_ = os.WriteFile(c.PublicKeyFile, []byte(channeltest.PublicPEM(t, channeltest.Keys()[0])), 0o600)
		}, "public_key_file", false},
		"all may read":        {func(c *wechatpay.Config) { _ = os.Chmod(c.APIv3KeyFile, 0o604) }, "apiv3_key_file", true},
		"no shop":             {func(c *wechatpay.Config) { c.StoreID = "" }, "store_id", false},
		"no address of ours":  {func(c *wechatpay.Config) { c.NotifyURL = "" }, "notify_url", false},
		"plain http of ours":  {func(c *wechatpay.Config) { c.NotifyURL = "http://notify.example/" }, "notify_url", false},
		"a query in ours":     {func(c *wechatpay.Config) { c.NotifyURL = "https://notify.example/?till=1" }, "notify_url", false},
		"longer than a QR is": {func(c *wechatpay.Config) { c.QRLife = 7201 }, "qr_life", false},
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t)
			if wrong := c.Check(true); wrong != nil {
				t.Fatalf("the good one is refused: %v", wrong)
			}
			tt.spoil(&c)
			wrong := c.Check(true)
			if len(wrong) != 1 || wrong[0].Key != tt.setting || !strings.HasPrefix(wrong[0].What, tt.setting) || strings.Contains(wrong[0].What, "\n") {
				t.Errorf("production: %v, want one line about %s", wrong, tt.setting)
			}
			if wrong := c.Check(false); (wrong == nil) != tt.productionOnly {
				t.Errorf("training: %v", wrong)
			}
		})
	}
	if wrong := (wechatpay.Config{}).Check(true); len(wrong) != 10 {
		t.Errorf("an empty one names not all ten: %v", wrong)
	}
}

func TestNew(t *testing.T) {
	c := config(t)
	conn, err := wechatpay.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if a := conn.Account(); a.Merchant != mchID || a.App != appID || a.QRLife.Seconds() != 120 || a.RefundWindow.Hours() != 365*24 || a.RefundMost != 50 {
		t.Errorf("%+v", a)
	}
	for _, path := range []string{c.PrivateKeyFile, c.PublicKeyFile, c.APIv3KeyFile} {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		torn := string(good[:len(good)/2])
		if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := wechatpay.New(c); err == nil || strings.Contains(err.Error(), torn[len(torn)/2:][:8]) {
			t.Errorf("a torn key: %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := wechatpay.New(c); err == nil {
			t.Error("a missing key is not missed")
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

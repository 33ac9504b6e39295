package alipay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/sync/alipay"
	"guitai/sync/channeltest"
)

// config is a good one for production, with its key files.
func config(t *testing.T) alipay.Config {
	t.Helper()
	dir := t.TempDir()
	c := alipay.Config{GatewayURL: "https://openapi.alipay.com/gateway.do", AppID: appID, SellerID: seller,
		PrivateKeyFile: filepath.Join(dir, "app.pem"), PublicKeyFile: filepath.Join(dir, "alipay.pem")}
	for path, text := range map[string]string{c.PrivateKeyFile: channeltest.PrivatePEM(t, channeltest.Keys()[0]), c.PublicKeyFile: channeltest.PublicPEM(t, channeltest.Keys()[1])} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil          func(*alipay.Config)
		setting        string // the one that must be named
		productionOnly bool
	}{
		"no gateway":        {func(c *alipay.Config) { c.GatewayURL = "" }, "gateway_url", false},
		"plain http":        {func(c *alipay.Config) { c.GatewayURL = "http://openapi.alipay.com/gateway.do" }, "gateway_url", true},
		"simulator":         {func(c *alipay.Config) { c.GatewayURL = "https://127.0.0.1:8071/gateway.do" }, "gateway_url", true},
		"no app":            {func(c *alipay.Config) { c.AppID = "" }, "app_id", false},
		"no seller":         {func(c *alipay.Config) { c.SellerID = "" }, "seller_id", false},
		"no private key":    {func(c *alipay.Config) { c.PrivateKeyFile = "" }, "private_key_file", false},
		"key file gone":     {func(c *alipay.Config) { _ = os.Remove(c.PrivateKeyFile) }, "private_key_file", false},
		"others may read":   {func(c *alipay.Config) { _ = os.Chmod(c.PrivateKeyFile, 0o640) }, "private_key_file", true},
		"no public key":     {func(c *alipay.Config) { c.PublicKeyFile = "" }, "public_key_file", false},
		"folder":            {func(c *alipay.Config) { c.PublicKeyFile = filepath.Dir(c.PublicKeyFile) }, "public_key_file", false},
		"short life":        {func(c *alipay.Config) { c.QRLife = 30 }, "qr_life", false},
		"before it is paid": {func(c *alipay.Config) { c.RefundDays = -1 }, "refund_days", false},
		"more than a year":  {func(c *alipay.Config) { c.RefundDays = 366 }, "refund_days", false},
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
	if wrong := (alipay.Config{}).Check(true); len(wrong) != 5 {
		t.Errorf("an empty one names not all five: %v", wrong)
	}
}

func TestNew(t *testing.T) {
	c := config(t)
	conn, err := alipay.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if a := conn.Account(); a.Merchant != seller || a.App != appID || a.QRLife.Seconds() != 120 || a.RefundWindow.Hours() != 90*24 || a.RefundMost != 0 {
		t.Errorf("%+v", a)
	}
	longer := c
	longer.RefundDays = 365
	if conn, err := alipay.New(longer); err != nil || conn.Account().RefundWindow.Hours() != 365*24 {
		t.Errorf("a year of refunds: %v", err)
	}
	for _, path := range []string{c.PrivateKeyFile, c.PublicKeyFile} {
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		torn := string(good[:len(good)/2])
		if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := alipay.New(c); err == nil || strings.Contains(err.Error(), torn[40:60]) {
			t.Errorf("a torn key: %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := alipay.New(c); err == nil {
			t.Error("a missing key is not missed")
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

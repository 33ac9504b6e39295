package wechatpay

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"guitai/sync/channel"
)

// Config says which merchant sells, and with which keys. It is public-key mode, the one new merchants get.
type Config struct {
	BaseURL        string `toml:"base_url"`         // https://api.mch.weixin.qq.com
	MchID          string `toml:"mchid"`            // the merchant's number
	AppID          string `toml:"appid"`            // the app that is bound to the merchant
	MerchantSerial string `toml:"merchant_serial"`  // serial number of the merchant certificate, in hex
	PrivateKeyFile string `toml:"private_key_file"` // PEM; the merchant's own key; in production readable by its owner only
	PublicKeyID    string `toml:"public_key_id"`    // PUB_KEY_ID_…
	PublicKeyFile  string `toml:"public_key_file"`  // PEM; WeChat Pay's key of that id
	APIv3KeyFile   string `toml:"apiv3_key_file"`   // 32 characters; opens notices
	StoreID        string `toml:"store_id"`         // the shop's own number; payments by code are refused without it
	NotifyURL      string `toml:"notify_url"`       // https; required by the channel for a QR; the till does not depend on it
	QRLife         int    `toml:"qr_life"`          // how long a QR can be paid, in seconds; 0 is 120
}

// Check names every entry that is wrong, with what is allowed. In production it refuses plain http, simulators on this
// machine, and key files that others can read or change.
func (c Config) Check(production bool) []channel.Wrong {
	var id []channel.Wrong
	if !strings.HasPrefix(c.PublicKeyID, "PUB_KEY_ID_") {
		id = channel.Wrongly("public_key_id", " = %q: begins with PUB_KEY_ID_", c.PublicKeyID)
	}
	keys := channel.KeyFiles{Private: c.PrivateKeyFile, Public: c.PublicKeyFile, Of: "WeChat Pay", Production: production}
	return slices.Concat(
		channel.CheckURL("base_url", c.BaseURL, production),
		channel.CheckSet("mchid", c.MchID, "the merchant's number"),
		channel.CheckSet("appid", c.AppID, "the app that is bound to the merchant"),
		channel.CheckSet("merchant_serial", c.MerchantSerial, "the merchant certificate's serial number in hex"),
		id,
		channel.CheckKeys(keys, utils.LoadPrivateKey, utils.LoadPublicKey),
		channel.CheckSecretFile("apiv3_key_file", c.APIv3KeyFile, production, apiv3Key),
		channel.CheckSet("store_id", c.StoreID, "the shop's own number; WeChat Pay refuses payments by code without it"),
		checkNotifyURL(c.NotifyURL),
		channel.CheckQRLife(c.QRLife),
	)
}

// apiv3Key refuses what cannot be an APIv3 key (WeChat Pay v3: 32 bytes, an AES-256 key).
func apiv3Key(text string) error {
	if n := len(strings.TrimRight(text, "\r\n")); n != 32 {
		return fmt.Errorf("an APIv3 key has 32 characters, this one %d", n)
	}
	return nil
}

// checkNotifyURL refuses what the channel refuses: anything but https, and a query string (WeChat Pay v3, native,
// notify_url).
func checkNotifyURL(value string) []channel.Wrong {
	address, err := url.Parse(value)
	if err != nil || address.Scheme != "https" || address.Host == "" || address.RawQuery != "" || address.ForceQuery {
		return channel.Wrongly("notify_url", " = %q: want https://host/path without a query; WeChat Pay refuses every QR otherwise", value)
	}
	return nil
}

// Keys is a Config with its files read: what training mode has in memory.
type Keys struct {
	BaseURL, MchID, AppID, MerchantSerial string
	PrivateKey                            string // PEM
	PublicKeyID                           string
	PublicKey                             string // PEM
	APIv3Key                              string // 32 bytes; opens notices; empty: no notice is read
	StoreID, NotifyURL                    string
	QRLife                                time.Duration
	Transport                             http.RoundTripper // nil: a plain one
}

// New reads the key files and gives the connector. It contacts nobody.
func New(c Config) (*Connector, error) {
	private, err := os.ReadFile(c.PrivateKeyFile)
	if err != nil {
		return nil, fmt.Errorf("private_key_file: %w", err)
	}
	public, err := os.ReadFile(c.PublicKeyFile)
	if err != nil {
		return nil, fmt.Errorf("public_key_file: %w", err)
	}
	apiv3, err := os.ReadFile(c.APIv3KeyFile)
	if err != nil {
		return nil, fmt.Errorf("apiv3_key_file: %w", err)
	}
	return FromKeys(Keys{
		BaseURL: strings.TrimSuffix(c.BaseURL, "/"), MchID: c.MchID, AppID: c.AppID, MerchantSerial: c.MerchantSerial,
		PrivateKey: string(private), PublicKeyID: c.PublicKeyID, PublicKey: string(public),
		APIv3Key: strings.TrimRight(string(apiv3), "\r\n"), StoreID: c.StoreID, NotifyURL: c.NotifyURL,
		QRLife: time.Duration(cmp.Or(c.QRLife, channel.DefaultQRLife)) * time.Second,
	})
}

package alipay

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/smartwalle/ncrypto"

	"guitai/sync/channel"
)

// Config says which merchant sells, and with which keys. It is key mode: the app's own private key signs requests,
// Alipay's public key (not the app's) verifies answers.
type Config struct {
	GatewayURL     string `toml:"gateway_url"`      // https://openapi.alipay.com/gateway.do
	AppID          string `toml:"app_id"`           // of the app that is signed for face to face payment
	SellerID       string `toml:"seller_id"`        // the merchant's account, 2088…
	PrivateKeyFile string `toml:"private_key_file"` // PEM; in production readable by its owner only
	PublicKeyFile  string `toml:"public_key_file"`  // PEM; Alipay's key for this app
	QRLife         int    `toml:"qr_life"`          // how long a QR can be paid, in seconds; 0 is 120
	RefundDays     int    `toml:"refund_days"`      // how long after the payment the contract allows refunds, in days; 0 is 90
}

// Check names every entry that is wrong, with what is allowed. In production it refuses plain http, simulators on this
// machine, and key files that others can read or change.
func (c Config) Check(production bool) []channel.Wrong {
	keys := channel.KeyFiles{Private: c.PrivateKeyFile, Public: c.PublicKeyFile, Of: "Alipay", Production: production}
	return slices.Concat(
		channel.CheckURL("gateway_url", c.GatewayURL, production),
		channel.CheckSet("app_id", c.AppID, "the app's number"),
		channel.CheckSet("seller_id", c.SellerID, "the merchant's account, 2088…"),
		channel.CheckKeys(keys, privateKey, publicKey),
		channel.CheckQRLife(c.QRLife),
		checkRefundDays(c.RefundDays),
	)
}

// How long after a payment Alipay gives money back is part of the merchant's contract: three months unless it says
// otherwise, a year as a rule.
const (
	defaultRefundDays = 90
	maxRefundDays     = 365
	day               = 24 * time.Hour
)

func checkRefundDays(days int) []channel.Wrong {
	if days < 0 || days > maxRefundDays {
		return channel.Wrongly("refund_days", " = %d: 1 to %d days, or 0 for %d", days, maxRefundDays, defaultRefundDays)
	}
	return nil
}

// privateKey and publicKey read keys as the client library does.

func privateKey(text string) (*rsa.PrivateKey, error) {
	key, err := ncrypto.DecodePrivateKey([]byte(text)).PKCS1().RSAPrivateKey()
	if err != nil {
		key, err = ncrypto.DecodePrivateKey([]byte(text)).PKCS8().RSAPrivateKey()
	}
	return key, err
}

func publicKey(text string) (*rsa.PublicKey, error) {
	return ncrypto.DecodePublicKey([]byte(text)).PKIX().RSAPublicKey()
}

// Keys is a Config with its files read: what training mode has in memory.
type Keys struct {
	GatewayURL, AppID, SellerID string
	PrivateKey, PublicKey       string // PEM
	QRLife                      time.Duration
	RefundWindow                time.Duration     // 0: 90 days
	Transport                   http.RoundTripper // nil: a plain one
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
	return FromKeys(Keys{
		GatewayURL: c.GatewayURL, AppID: c.AppID, SellerID: c.SellerID, PrivateKey: string(private), PublicKey: string(public),
		QRLife:       time.Duration(cmp.Or(c.QRLife, channel.DefaultQRLife)) * time.Second,
		RefundWindow: time.Duration(cmp.Or(c.RefundDays, defaultRefundDays)) * day,
	})
}

package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Identities of the simulated merchant. They are the same for every simulator, so that a production configuration can
// refuse them by name.
const (
	AppID       = "9021000000000071"
	SellerID    = "2088000000000071"
	MchID       = "1900000071"
	WechatAppID = "wxsandbox000000071"
	PublicKeyID = "PUB_KEY_ID_SANDBOX0000000000000071"
)

// Keys are the four RSA-2048 pairs of one simulated world, and the APIv3 key.
type Keys struct {
	app, alipay         *rsa.PrivateKey
	merchant, wechatpay *rsa.PrivateKey
	apiv3               string
}

// Credentials is everything a client needs except the address. Keys are PEM: private ones PKCS#8, public ones PKIX.
type Credentials struct {
	Alipay    AlipayCredentials
	WechatPay WechatPayCredentials
}

// AlipayCredentials are for key mode, RSA2.
type AlipayCredentials struct {
	AppID, SellerID string
	AppPrivateKey   string
	AlipayPublicKey string // the gateway's key, not the app's
}

// WechatPayCredentials are for public-key mode: no certificate is needed, only the merchant certificate's serial.
type WechatPayCredentials struct {
	MchID, AppID       string
	MerchantSerial     string
	MerchantPrivateKey string
	PublicKeyID        string
	PublicKey          string
	APIv3Key           string
}

// markExponent is the public exponent of every RSA key of a simulator, a prime that no other program uses: real keys
// have 65537. It marks the key itself, private and public half, in whatever file it lies and under whatever merchant. A
// PEM header would be lost with the next conversion, and OpenSSL refuses it; text before the PEM block is refused by
// client libraries that want the block first.
const markExponent = 1_900_000_097

// MadeHere reports whether text is a simulator's RSA key, private or public, as PEM or in bare base64.
func MadeHere(text []byte) bool {
	var der []byte
	if block, _ := pem.Decode(text); block != nil {
		der = block.Bytes
	} else {
		der, _ = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text))) // what is no base64 is no key either
	}
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey, x509.ParsePKIXPublicKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParsePKCS1PublicKey(der) },
	} {
		key, err := parse(der)
		if err != nil {
			continue
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			return key.E == markExponent
		case *rsa.PublicKey:
			return key.E == markExponent
		}
	}
	return false
}

// mark gives the key of the same primes with the simulator's exponent.
func mark(key *rsa.PrivateKey) (*rsa.PrivateKey, error) {
	one, order := big.NewInt(1), big.NewInt(1)
	for _, prime := range key.Primes {
		order.Mul(order, new(big.Int).Sub(prime, one))
	}
	d := new(big.Int).ModInverse(big.NewInt(markExponent), order)
	if d == nil { // one pair of primes in a thousand million
		return nil, errors.New("these primes cannot bear the simulator's mark; remove keys.json")
	}
	marked := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: key.N, E: markExponent}, D: d, Primes: key.Primes}
	marked.Precompute()
	return marked, marked.Validate()
}

// GenerateKeys makes a new set. It takes a good part of a second; tests may share one set through Config.Keys.
func GenerateKeys() (*Keys, error) {
	keys := &Keys{apiv3: rand.Text() + rand.Text()[:6]}
	var wait sync.WaitGroup
	var failed [4]error
	for i, slot := range []**rsa.PrivateKey{&keys.app, &keys.alipay, &keys.merchant, &keys.wechatpay} {
		wait.Go(func() {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err == nil {
				key, err = mark(key)
			}
			*slot, failed[i] = key, err
		})
	}
	wait.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	return keys, nil
}

// keyFile is keys.json, readable by the owner only.
type keyFile struct {
	App       string `json:"alipay_app"`
	Alipay    string `json:"alipay_gateway"`
	Merchant  string `json:"wechatpay_merchant"`
	Wechatpay string `json:"wechatpay_platform"`
	APIv3     string `json:"apiv3_key"`
}

// openKeys loads the keys of dir. Where there are none, spare (or a new set) becomes the set of this dir for good.
func openKeys(dir string, spare *Keys) (*Keys, error) {
	path := filepath.Join(dir, "keys.json")
	text, err := os.ReadFile(path)
	if err == nil {
		return parseKeys(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if spare == nil {
		if spare, err = GenerateKeys(); err != nil {
			return nil, err
		}
	}
	text, err = json.MarshalIndent(keyFile{
		App: privatePEM(spare.app), Alipay: privatePEM(spare.alipay),
		Merchant: privatePEM(spare.merchant), Wechatpay: privatePEM(spare.wechatpay), APIv3: spare.apiv3,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode keys: %w", err)
	}
	return spare, writeFile(path, text, 0o600)
}

func parseKeys(text []byte) (*Keys, error) {
	var file keyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys := &Keys{apiv3: file.APIv3}
	for _, one := range []struct {
		text string
		into **rsa.PrivateKey
	}{{file.App, &keys.app}, {file.Alipay, &keys.alipay}, {file.Merchant, &keys.merchant}, {file.Wechatpay, &keys.wechatpay}} {
		block, _ := pem.Decode([]byte(one.text))
		if block == nil {
			return nil, errors.New("read keys: not PEM")
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return nil, errors.New("read keys: not an RSA key")
		}
		if *one.into, err = mark(key); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
	}
	return keys, nil
}

// credentials gives the client's half.
func (k *Keys) credentials() Credentials {
	return Credentials{
		Alipay: AlipayCredentials{AppID: AppID, SellerID: SellerID,
			AppPrivateKey: privatePEM(k.app), AlipayPublicKey: publicPEM(k.alipay)},
		WechatPay: WechatPayCredentials{MchID: MchID, AppID: WechatAppID, MerchantSerial: k.serial(),
			MerchantPrivateKey: privatePEM(k.merchant), PublicKeyID: PublicKeyID,
			PublicKey: publicPEM(k.wechatpay), APIv3Key: k.apiv3},
	}
}

// serial stands for the merchant certificate's serial number: 40 upper-case hex digits that change with the key.
func (k *Keys) serial() string {
	sum := sha256.Sum256(x509.MarshalPKCS1PublicKey(&k.merchant.PublicKey))
	return strings.ToUpper(hex.EncodeToString(sum[:20]))
}

func privatePEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // an RSA key always has this form
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func publicPEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err) // an RSA key always has this form
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// writeFile replaces a file in one step and with exactly this mode.
func writeFile(path string, text []byte, mode fs.FileMode) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(next, text, mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

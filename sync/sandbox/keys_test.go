package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
)

// TestKeysAreKnownAgain: the mark is in the key, so no other name, header or encoding takes it off.
func TestKeysAreKnownAgain(t *testing.T) {
	real, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	c := keys.credentials()
	for name, text := range map[string]string{
		"alipay app": c.Alipay.AppPrivateKey, "alipay gateway": c.Alipay.AlipayPublicKey,
		"wechat merchant": c.WechatPay.MerchantPrivateKey, "wechat platform": c.WechatPay.PublicKey,
		"PKCS#1":        string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(keys.app)})),
		"PKCS#1 public": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&keys.app.PublicKey)})),
		"bare base64":   base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(keys.merchant)),
	} {
		if !MadeHere([]byte(text)) {
			t.Errorf("%s is not known again", name)
		}
		if strings.HasPrefix(text, "-") && strings.Contains(text, ": ") {
			t.Errorf("%s has a PEM header, which OpenSSL does not read", name)
		}
	}
	for name, text := range map[string]string{
		"a real private key": privatePEM(real), "a real public key": publicPEM(real), "nothing": "", "no key": "MIIB",
	} {
		if MadeHere([]byte(text)) {
			t.Errorf("%s is taken for the simulator's", name)
		}
	}
}

// TestOldKeysAreMarked: a set that was made elsewhere is marked when it is opened, and is the same set each time.
func TestOldKeysAreMarked(t *testing.T) {
	var pair [2]*rsa.PrivateKey
	for i := range pair {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		pair[i] = key
	}
	dir, old := t.TempDir(), &Keys{app: pair[0], alipay: pair[1], merchant: pair[0], wechatpay: pair[1], apiv3: "x"}
	if _, err := openKeys(dir, old); err != nil {
		t.Fatal(err)
	}
	first, err := openKeys(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openKeys(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := first.credentials(); !MadeHere([]byte(c.Alipay.AppPrivateKey)) || !MadeHere([]byte(c.WechatPay.PublicKey)) ||
		!first.app.Equal(again.app) || first.app.N.Cmp(pair[0].N) != 0 {
		t.Error("not marked, or not the same keys")
	}
}

package wechatpay_test

import (
	"net/http"
	"testing"

	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{
		Channel: sandbox.WechatPay,
		Connect: func(t *testing.T, base string, c sandbox.Credentials, transport http.RoundTripper) channel.Connector {
			conn, err := wechatpay.FromKeys(wechatpay.Keys{
				BaseURL: base, MchID: c.WechatPay.MchID, AppID: c.WechatPay.AppID, MerchantSerial: c.WechatPay.MerchantSerial,
				PrivateKey: c.WechatPay.MerchantPrivateKey, PublicKeyID: c.WechatPay.PublicKeyID, PublicKey: c.WechatPay.PublicKey,
				APIv3Key: c.WechatPay.APIv3Key, StoreID: "STORE-1", NotifyURL: "https://notify.guitai.invalid/wechatpay", Transport: transport,
			})
			if err != nil {
				t.Fatal(err)
			}
			return conn
		},
	})
}

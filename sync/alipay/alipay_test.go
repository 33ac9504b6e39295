package alipay_test

import (
	"testing"

	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/sandbox"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{
		Channel: sandbox.Alipay,
		Connect: func(t *testing.T, base string, c sandbox.Credentials) channel.Connector {
			conn, err := alipay.FromKeys(alipay.Keys{
				GatewayURL: base + "/gateway.do", AppID: c.Alipay.AppID, SellerID: c.Alipay.SellerID,
				PrivateKey: c.Alipay.AppPrivateKey, PublicKey: c.Alipay.AlipayPublicKey,
			})
			if err != nil {
				t.Fatal(err)
			}
			return conn
		},
	})
}

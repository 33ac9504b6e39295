package alipay_test

import (
	"net/http"
	"testing"

	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
	"guitai/sync/sandbox"
)

func TestConformance(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{
		Channel: sandbox.Alipay,
		Connect: func(t *testing.T, base string, c sandbox.Credentials, transport http.RoundTripper) channel.Connector {
			conn, err := alipay.FromKeys(alipay.Keys{
				GatewayURL: base + "/gateway.do", AppID: c.Alipay.AppID, SellerID: c.Alipay.SellerID,
				PrivateKey: c.Alipay.AppPrivateKey, PublicKey: c.Alipay.AlipayPublicKey, Transport: transport,
			})
			if err != nil {
				t.Fatal(err)
			}
			return conn
		},
	})
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
	"guitai/sync/wechatpay"
	"guitai/ui"
)

// practice is training mode's simulator inside the process: the real wire protocols on a loopback port, and customers
// for a trainee without a phone or a scanner.
type practice struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	server *sandbox.Server // nil until its keys are there
}

// orNil keeps a nil *practice from becoming a non-nil interface.
func (p *practice) orNil() ui.Practice {
	if p == nil {
		return nil
	}
	return p
}

// begin gives what the screen calls after its first frame: making keys takes longer than a person should look at
// nothing.
func (p *practice) begin(ctx context.Context, group *errgroup.Group, introduce func(channel.Connector)) func() {
	if p == nil {
		return nil
	}
	return func() {
		group.Go(func() error { return p.run(ctx, introduce) })
	}
}

// run opens the simulator, introduces its channels and serves until ctx ends.
func (p *practice) run(ctx context.Context, introduce func(channel.Connector)) error {
	server, err := sandbox.Open(sandbox.Config{Dir: p.dir, Log: p.log})
	if err != nil {
		return err
	}
	defer server.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("training simulator: %w", err)
	}
	front := &http.Server{
		Handler: server.Handler(), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	base, keys := "http://"+listener.Addr().String(), server.Client()
	a, err := alipay.FromKeys(alipayKeys(base, keys))
	if err != nil {
		return fmt.Errorf("training simulator: %w", err)
	}
	w, err := wechatpay.FromKeys(wechatKeys(base, keys))
	if err != nil {
		return fmt.Errorf("training simulator: %w", err)
	}
	introduce(a)
	introduce(w)
	p.mu.Lock()
	p.server = server
	p.mu.Unlock()
	context.AfterFunc(ctx, func() { front.Close() })
	if err := front.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("training simulator: %w", err)
	}
	return nil
}

func alipayKeys(base string, c sandbox.Credentials) alipay.Keys {
	return alipay.Keys{
		GatewayURL: base + "/gateway.do", AppID: c.Alipay.AppID, SellerID: c.Alipay.SellerID,
		PrivateKey: c.Alipay.AppPrivateKey, PublicKey: c.Alipay.AlipayPublicKey,
	}
}

func wechatKeys(base string, c sandbox.Credentials) wechatpay.Keys {
	return wechatpay.Keys{
		BaseURL: base, MchID: c.WechatPay.MchID, AppID: c.WechatPay.AppID,
		MerchantSerial: c.WechatPay.MerchantSerial, PrivateKey: c.WechatPay.MerchantPrivateKey,
		PublicKeyID: c.WechatPay.PublicKeyID, PublicKey: c.WechatPay.PublicKey,
		APIv3Key: c.WechatPay.APIv3Key,
		StoreID:  "TRAINING", NotifyURL: "https://notify.guitai.invalid/wechatpay",
	}
}

func (p *practice) ready() *sandbox.Server {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server
}

// Customers implements ui.Practice: the simulator's behaviours.
func (p *practice) Customers() []ui.Customer {
	var list []ui.Customer
	for _, b := range sandbox.Behaviours {
		list = append(list, ui.Customer{Number: b.Number, Zh: b.Zh, En: b.En})
	}
	return list
}

var sandboxChannel = map[ledger.Channel]string{ledger.Alipay: sandbox.Alipay, ledger.WeChat: sandbox.WechatPay}

// Code implements ui.Practice: a fresh customer code, or nil while the simulator is starting.
func (p *practice) Code(ch ledger.Channel, customer int) []byte {
	server := p.ready()
	if server == nil {
		return nil
	}
	return []byte(server.NewCode(sandboxChannel[ch], customer))
}

// ScanQR implements ui.Practice: a customer scans the QR on the screen.
func (p *practice) ScanQR(payload string, customer int) error {
	server := p.ready()
	if server == nil {
		return ledger.Refuse(ledger.ReasonNotReady)
	}
	_, err := server.Scan(payload, customer)
	return err
}

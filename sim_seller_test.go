package main

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"guitai/ledger"
	"guitai/sync/alipay"
	"guitai/sync/channel"
	"guitai/sync/notice"
	"guitai/sync/outbox"
	"guitai/sync/sandbox"
	"guitai/sync/statement"
	"guitai/sync/wechatpay"
)

// selling is one life of the till.
type selling struct {
	dead    atomic.Bool
	book    *ledger.Book
	conns   map[ledger.Channel]channel.Connector
	notices *notice.Server
	morning *statement.Worker // stepped by whoever plays a morning
	cancel  context.CancelFunc
	done    chan struct{}
}

// start opens the till with connectors of its own.
func (w *swarm) start() {
	w.opening(true)
	defer w.opening(false)
	s := &selling{conns: map[ledger.Channel]channel.Connector{}, done: make(chan struct{})}
	w.store.FailAppend = func(b ledger.Batch) (bool, error) { return w.append(s, b) }
	book, err := ledger.OpenBook(context.Background(), w.store, ledger.NewBoard(), ledger.BookConfig{
		Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: []byte("0123456789abcdef"), Recover: w.store.Recover,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	s.book = book
	transport := &http.Transport{DialContext: w.wire.dial, DisableKeepAlives: true}
	for ch, connect := range map[ledger.Channel]func(http.RoundTripper, sandbox.Credentials) (channel.Connector, error){
		ledger.Alipay: swarmAlipay, ledger.WeChat: swarmWechat,
	} {
		if s.conns[ch], err = connect(transport, w.server.Client()); err != nil {
			w.t.Fatal(err)
		}
	}
	worker := outbox.New(book, outbox.Config{Seed: w.seed, Subject: "test"})
	s.notices = notice.New(book, notice.Config{}, nil)
	s.morning = statement.New(book, w.archive(), statement.Config{})
	for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		worker.Add(&listening{s.conns[ch], &w.sides, w.store})
		s.notices.Add(s.conns[ch])
		s.morning.Add(s.conns[ch])
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go func() { defer close(s.done); _ = worker.Run(ctx) }()
	w.till = s
}

func swarmAlipay(transport http.RoundTripper, c sandbox.Credentials) (channel.Connector, error) {
	return alipay.FromKeys(alipay.Keys{
		GatewayURL: "http://127.0.0.1/gateway.do", AppID: c.Alipay.AppID, SellerID: c.Alipay.SellerID,
		PrivateKey: c.Alipay.AppPrivateKey, PublicKey: c.Alipay.AlipayPublicKey, Transport: transport,
	})
}

func swarmWechat(transport http.RoundTripper, c sandbox.Credentials) (channel.Connector, error) {
	return wechatpay.FromKeys(wechatpay.Keys{
		BaseURL: "http://127.0.0.1", MchID: c.WechatPay.MchID, AppID: c.WechatPay.AppID, MerchantSerial: c.WechatPay.MerchantSerial,
		PrivateKey: c.WechatPay.MerchantPrivateKey, PublicKeyID: c.WechatPay.PublicKeyID, PublicKey: c.WechatPay.PublicKey,
		APIv3Key: c.WechatPay.APIv3Key, StoreID: "STORE-1", NotifyURL: "https://notify.guitai.invalid/wechatpay", Transport: transport,
	})
}

// end ends the till: in order, or as a power cut does.
func (w *swarm) end(crash bool) {
	s := w.till
	w.till = nil
	if crash {
		s.dead.Store(true)
		w.store = w.store.Reopen()
	}
	s.cancel()
	<-s.done
	_ = s.book.Close("test")
	if !crash {
		w.store = w.store.Reopen()
	}
	w.sides.forgetsTold()
}

func (w *swarm) opening(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opens = is
}

func (w *swarm) append(s *selling, b ledger.Batch) (happens bool, err error) {
	if s.dead.Load() {
		return false, errors.New("this process is dead")
	}
	w.mu.Lock()
	happens = true
	if !w.quiet && !w.opens && w.rand.IntN(150) == 0 {
		w.tally.Writes++
		happens, err = w.rand.IntN(2) == 0, errors.New("the disk says no")
		w.tell("  a write fails; it has happened: %v", happens)
	}
	w.mu.Unlock()
	if happens {
		w.sides.appends(b)
	}
	if err != nil {
		w.sides.forgetsTold()
	}
	return happens, err
}

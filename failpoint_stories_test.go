//go:build failpoints

package main

import (
	"context"
	"sync"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/channeltest"
)

// This file has what happens at a counter, each as somebody would tell it. A death at any failpoint must not change how it ends.

type story struct {
	name string
	tell func(*mortal)
}

// stories are all of them. What ends a story is judged by the oracle; what is stated here is only what the story is about.
var stories = []story{
	{"a code is paid at once", func(m *mortal) {
		for _, ch := range []ledger.Channel{ledger.WeChat, ledger.Alipay} {
			m.sells("12.5")
			m.scans(ch)
			m.paid(ch)
		}
	}},
	{"a password, then PAID", func(m *mortal) {
		m.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer {
			return channeltest.Customer{PaysAfter: 7 * time.Second}
		}
		m.sells("8")
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
	}},
	{"refused, then another card", func(m *mortal) {
		m.banks[ledger.Alipay].Customer = firstOnly(channeltest.Customer{Refuse: "BALANCE"})
		m.sells("8")
		m.scans(ledger.Alipay)
		m.paid(ledger.Alipay)
	}},
	{"a lost answer is found by a query", func(m *mortal) {
		m.banks[ledger.Alipay].Before = func(r ledger.Request, _ channel.Order) channeltest.Fault {
			return channeltest.Fault{Forget: r == ledger.RequestPay}
		}
		m.sells("8")
		m.scans(ledger.Alipay)
		m.paid(ledger.Alipay)
	}},
	{"a lost request ends closed, and is paid anew", func(m *mortal) {
		m.banks[ledger.WeChat].Before = once(ledger.RequestPay, channeltest.Fault{Lose: true})
		m.sells("8")
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
	}},
	{"stopped while the password is keyed", func(m *mortal) {
		m.banks[ledger.WeChat].Customer = firstOnly(channeltest.Customer{Never: true})
		m.sells("8")
		m.scans(ledger.WeChat)
		m.after(3 * time.Second)
		m.stops()
		m.ends()
		m.paid(ledger.WeChat)
	}},
	{"paid while the cancel is on its way", func(m *mortal) {
		m.banks[ledger.Alipay].Customer = firstOnly(channeltest.Customer{PaysAfter: 4 * time.Second})
		m.banks[ledger.Alipay].Before = once(ledger.RequestClose, channeltest.Fault{Delay: 3 * time.Second})
		m.sells("8")
		m.scans(ledger.Alipay)
		m.after(3 * time.Second)
		m.stops()
		m.ends()
		m.paid(ledger.WeChat)
	}},
	{"a QR is paid", func(m *mortal) {
		for _, ch := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
			m.sells("66")
			m.asks(ch)
			_, qr := m.shown(ch)
			m.pays(ch, qr)
			m.paid(ch)
		}
	}},
	{"a QR is withdrawn", func(m *mortal) {
		m.sells("66")
		m.asks(ledger.Alipay)
		m.shown(ledger.Alipay)
		m.stops()
		m.ends()
		m.drops()
	}},
	{"one channel's QR gives way to the other's", func(m *mortal) {
		m.sells("66")
		m.asks(ledger.Alipay)
		m.shown(ledger.Alipay)
		m.asks(ledger.WeChat)
		_, qr := m.shown(ledger.WeChat)
		m.pays(ledger.WeChat, qr)
		m.paid(ledger.WeChat)
	}},
	{"a QR gives way to a code", func(m *mortal) {
		m.sells("66")
		m.asks(ledger.WeChat)
		m.shown(ledger.WeChat)
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
	}},
	{"late money goes back by itself", func(m *mortal) {
		m.late("66")
		m.after(8 * time.Second)
		m.rests()
		m.paid(ledger.WeChat)
	}},
	{"late money above the limit is given back by a supervisor", func(m *mortal) {
		m.config = func(cfg *ledger.BookConfig) { cfg.ReturnUpTo = 5000 }
		m.again()
		order := m.late("66")
		m.after(time.Minute)
		m.rests()
		if m.order(order).State != ledger.Orphan {
			m.elsewise("no late money")
			return
		}
		m.gives(supervisor, order, 6600)
		m.stands(order, 3*time.Minute, ledger.RefundReturned)
	}},
	{"the second payment goes back", func(m *mortal) {
		m.sells("66")
		m.asks(ledger.Alipay)
		_, old := m.shown(ledger.Alipay)
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
		m.pays(ledger.Alipay, old)
		m.after(7 * time.Second)
	}},
	{"part of a sale of the past goes back", func(m *mortal) {
		m.config = func(cfg *ledger.BookConfig) { cfg.Calendar.Cut = 8*time.Hour + time.Minute }
		m.again()
		m.sells("12.5")
		m.scans(ledger.Alipay)
		order := m.paid(ledger.Alipay)
		m.sells("1")
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
		m.after(2 * time.Minute) // into the next day
		m.gives(ledger.Trainee, order, 250)
		m.stands(order, 3*time.Minute, ledger.RefundReturned)
		m.gives(ledger.Trainee, order, 1000)
		m.stands(order, 5*time.Minute, ledger.RefundReturned)
	}},
	{"a refund whose answers are lost", func(m *mortal) {
		m.banks[ledger.WeChat].Before = lossy(5)
		order := m.took("20", ledger.WeChat)
		m.gives(ledger.Trainee, order, 2000)
		m.stands(order, time.Hour, ledger.RefundReturned)
	}},
	{"a refund without balance", func(m *mortal) {
		from := time.Now().Add(5 * time.Minute)
		m.banks[ledger.Alipay].Refunds = func(channel.Order, channel.Refund) channeltest.RefundFate {
			return channeltest.RefundFate{Hold: time.Now().Before(from)}
		}
		order := m.took("20", ledger.Alipay)
		m.gives(ledger.Trainee, order, 2000)
		m.stands(order, time.Hour, ledger.RefundReturned)
	}},
	{"an abnormal refund is settled by hand", func(m *mortal) {
		m.banks[ledger.WeChat].Refunds = func(_ channel.Order, r channel.Refund) channeltest.RefundFate {
			return channeltest.RefundFate{Abnormal: r.Amount.Fen == 500}
		}
		order := m.took("20", ledger.WeChat)
		m.gives(ledger.Trainee, order, 500)
		m.stands(order, 5*time.Minute, ledger.RefundAbnormal)
		m.resolves(ledger.NoteRefundAbnormal, true)
		m.gives(ledger.Trainee, order, 300)
		m.stands(order, 5*time.Minute, ledger.RefundReturned)
	}},
	{"a refused refund, then another", func(m *mortal) {
		m.banks[ledger.Alipay].Refunds = func(_ channel.Order, r channel.Refund) channeltest.RefundFate {
			if r.Amount.Fen == 2000 {
				return channeltest.RefundFate{Deny: "TRADE_NOT_ALLOW_REFUND"}
			}
			return channeltest.RefundFate{}
		}
		order := m.took("20", ledger.Alipay)
		m.gives(ledger.Trainee, order, 2000)
		m.stands(order, 5*time.Minute, ledger.RefundFailed)
		m.gives(ledger.Trainee, order, 1999)
		m.stands(order, 5*time.Minute, ledger.RefundReturned)
		m.resolves(ledger.NoteRefundFailed, false)
	}},
	{"set aside, and resolved meanwhile", func(m *mortal) {
		m.banks[ledger.Alipay].Before = lossy(3)
		m.sells("5")
		m.scans(ledger.Alipay)
		m.until("that nobody knows", time.Minute, func(s *ledger.State) bool {
			a := lastOf(s)
			return a == nil || a.State != ledger.Asking && a.State != ledger.Intent
		})
		m.do("set aside", func(s *ledger.State) bool {
			sale := s.CurrentSale()
			return sale == nil || sale.Aside || sale.Paid() != nil || sale.MayAsk() == nil
		}, func(b *ledger.Book) error { return b.SetAside(context.Background(), ledger.Trainee) })
		m.sells("6")
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
	}},
	{"the business day ends while the password is keyed", func(m *mortal) {
		m.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer {
			return channeltest.Customer{PaysAfter: 12 * time.Second}
		}
		m.config = func(cfg *ledger.BookConfig) { cfg.Calendar.Cut = 8*time.Hour + 15*time.Second }
		m.again()
		m.sells("8")
		m.scans(ledger.WeChat)
		m.after(5 * time.Second)
		order := m.paid(ledger.WeChat)
		m.after(20 * time.Second)
		m.gives(ledger.Trainee, order, 100)
		m.stands(order, 5*time.Minute, ledger.RefundReturned)
	}},
	{"a write fails and has not happened", func(m *mortal) { m.failsOnce(false) }},
	{"a write fails and has happened", func(m *mortal) { m.failsOnce(true) }},
	{"a notice of money for an ended order", func(m *mortal) {
		bank := m.banks[ledger.Alipay]
		bank.Tombstones = false
		bank.Before = once(ledger.RequestPay, channeltest.Fault{Late: 200 * time.Second})
		m.sells("5")
		m.scans(ledger.Alipay)
		m.ends()
		m.drops()
		m.sells("6")
		m.scans(ledger.WeChat)
		m.paid(ledger.WeChat)
		m.after(200 * time.Second)
		m.notices(bank)
		m.notices(bank)
	}},
	{"no line: codes are not sent", func(m *mortal) {
		back := time.Now().Add(20 * time.Second)
		m.banks[ledger.WeChat].Before = func(ledger.Request, channel.Order) channeltest.Fault {
			return channeltest.Fault{Unsent: time.Now().Before(back)}
		}
		for range 6 { // the breaker opens at the fifth
			m.sells("5")
			m.scans(ledger.WeChat)
			m.ends()
		}
		m.after(30 * time.Second)
		m.paid(ledger.WeChat)
	}},
	{"closed for the night and begun anew as another epoch", func(m *mortal) {
		m.banks[ledger.WeChat].Customer = func(channel.Order) channeltest.Customer {
			return channeltest.Customer{PaysAfter: 9 * time.Second}
		}
		m.sells("8")
		m.scans(ledger.WeChat)
		m.after(2 * time.Second)
		m.config = func(cfg *ledger.BookConfig) {
			cfg.NewEpoch = &ledger.NewEpoch{Actor: supervisor}
			cfg.Maintained = []ledger.Maintained{{Work: ledger.WorkRepair, File: "ledger", From: 1, To: 2, What: "a test"}}
		}
		m.again()
		m.paid(ledger.WeChat)
		m.again()
	}},
}

// took takes a payment by code.
func (m *mortal) took(amount string, ch ledger.Channel) ledger.OrderNo {
	m.t.Helper()
	m.sells(amount)
	m.scans(ch)
	return m.paid(ch)
}

// late has a withdrawn QR paid after all.
func (m *mortal) late(amount string) ledger.OrderNo {
	m.t.Helper()
	m.sells(amount)
	m.asks(ledger.Alipay)
	order, qr := m.shown(ledger.Alipay)
	m.stops()
	m.ends()
	m.pays(ledger.Alipay, qr)
	return order
}

// failsOnce: while a customer keys the password the ledger's disk fails for some seconds.
func (m *mortal) failsOnce(happens bool) {
	bank := m.banks[ledger.Alipay]
	bank.Customer = func(channel.Order) channeltest.Customer { return channeltest.Customer{PaysAfter: 4 * time.Second} }
	var mu sync.Mutex
	writes := 0
	m.fail = func(ledger.Batch) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		if writes++; writes == 5 || writes == 6 || writes == 9 {
			return happens, errDisk
		}
		return true, nil
	}
	m.again()
	m.sells("8")
	m.scans(ledger.Alipay)
	m.after(10 * time.Second)
	m.paid(ledger.Alipay)
	m.after(10 * time.Second)
	order := m.took("9", ledger.WeChat)
	m.gives(ledger.Trainee, order, 100)
}

// notices has a channel say by itself which payments it holds, as often as it takes until each was taken.
func (m *mortal) notices(bank *channeltest.Bank) {
	m.t.Helper()
	for number, order := range bank.Orders() {
		if order.Paid == 0 {
			continue
		}
		m.do("notice", nil, func(b *ledger.Book) error {
			account := bank.Account()
			return b.Report(context.Background(), ledger.Answer{
				Order: number, Request: ledger.RequestNotice, Class: ledger.ClassPaid, Verified: true, BeganAt: time.Now(), EndedAt: time.Now(),
				Named: ledger.Named{
					Order: number, Amount: ledger.Fen(order.Paid), Merchant: account.Merchant, App: account.App,
					ChannelNo: "C" + string(number), PaidAt: time.Now(),
				},
			})
		})
	}
}

// firstOnly: the first order's customer is like this, later ones pay at once.
func firstOnly(first channeltest.Customer) func(channel.Order) channeltest.Customer {
	var mu sync.Mutex
	var order ledger.OrderNo
	return func(o channel.Order) channeltest.Customer {
		mu.Lock()
		defer mu.Unlock()
		if order == "" {
			order = o.Number
		}
		if order == o.Number {
			return first
		}
		return channeltest.Customer{}
	}
}

// once lets one request of a kind meet a fault.
func once(kind ledger.Request, fault channeltest.Fault) func(ledger.Request, channel.Order) channeltest.Fault {
	var mu sync.Mutex
	met := false
	return func(r ledger.Request, _ channel.Order) channeltest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r != kind || met {
			return channeltest.Fault{}
		}
		met = true
		return fault
	}
}

// lossy loses the answers of the first requests: of refunds and payments after they were carried out.
func lossy(n int) func(ledger.Request, channel.Order) channeltest.Fault {
	var mu sync.Mutex
	return func(r ledger.Request, _ channel.Order) channeltest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if n--; n < 0 {
			return channeltest.Fault{}
		}
		moves := r == ledger.RequestRefund || r == ledger.RequestPay
		return channeltest.Fault{Forget: moves, Lose: !moves}
	}
}

package channeltest

import (
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// collect has the simulator say everything that the proof is about. Each message is about an order of its own.
func (p *proof) collect() {
	p.collectPayments()
	p.collectEnds()
	p.collectRefunds()
	p.collectRefundStates()
	p.collectNotices()
	for _, m := range p.messages {
		if m.good.Class == ledger.ClassUnknown || !m.good.Verified {
			p.t.Errorf("%s is no valid message: %+v", m.name, m.good)
		}
	}
}

// keep asks a question and keeps what it heard.
func (p *proof) keep(name string, o channel.Order, r channel.Refund, ask func(channel.Connector) ledger.Answer) ledger.Answer {
	a := ask(p.conn)
	m := p.tape.last
	m.name, m.ask, m.good, m.order, m.refund = name, ask, a, o, r
	p.messages = append(p.messages, &m)
	return a
}

func (p *proof) keepPay(name string, fen int64, behaviour int) channel.Order {
	o, code := p.order(ledger.ByCode, fen), p.code(behaviour)
	p.keep(name, o, channel.Refund{}, func(c channel.Connector) ledger.Answer { return c.Pay(p.t.Context(), o, code) })
	return o
}

func (p *proof) keepQuery(name string, o channel.Order) {
	p.keep(name, o, channel.Refund{}, func(c channel.Connector) ledger.Answer { return c.Query(p.t.Context(), o) })
}

func (p *proof) keepClose(name string, o channel.Order) {
	p.keep(name, o, channel.Refund{}, func(c channel.Connector) ledger.Answer { return c.Close(p.t.Context(), o) })
}

func (p *proof) keepShow(name string, o channel.Order) string {
	return p.keep(name, o, channel.Refund{}, func(c channel.Connector) ledger.Answer { return c.Show(p.t.Context(), o) }).QR
}

func (p *proof) keepRefund(name string, o channel.Order, fen int64) channel.Refund {
	r := refundOf(o, 1, fen)
	p.keep(name, o, r, func(c channel.Connector) ledger.Answer { return c.Refund(p.t.Context(), o, r) })
	return r
}

func (p *proof) keepRefundQuery(name string, o channel.Order, r channel.Refund) {
	p.keep(name, o, r, func(c channel.Connector) ledger.Answer { return c.QueryRefund(p.t.Context(), o, r) })
}

func (p *proof) keepNotice(name string, o channel.Order, r channel.Refund) {
	header, body, err := p.server.Notice(string(o.Number), string(r.Number))
	if err != nil {
		p.t.Fatal(err)
	}
	m := &message{name: name, header: header, body: body, order: o, refund: r}
	m.good = p.hears(p.conn, m, m)
	p.messages = append(p.messages, m)
}

func (p *proof) collectPayments() {
	p.keepPay("pay: paid", 1250, 0)
	p.keepPay("pay: paid, much", 123400, 0)
	p.keepPay("pay: the balance is not enough", 1250, 71)
	p.keepPay("pay: the code is used up", 1250, 72)
	p.keepPay("pay: the customer keys the password", 1250, 74)
	p.keepQuery("query: paid", p.paid(1250))
	p.keepQuery("query: one fen less", p.paid(1290))
	p.keepQuery("query: no such order", p.order(ledger.ByCode, 1250))
	o := p.order(ledger.ByCode, 1274)
	p.is(p.conn.Pay(p.t.Context(), o, p.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	p.keepQuery("query: waiting", o)
	o = p.order(ledger.ByQR, 1250)
	p.keepShow("show", o)
	p.keepQuery("query: nobody has scanned", o)
	p.keepQuery("query: paid by QR", p.scanned(1250, 0))
}

func (p *proof) collectEnds() {
	o := p.paid(1250)
	p.keepClose("cancel: the money goes back", o)
	p.keepQuery("query: reversed", o)
	o = p.order(ledger.ByCode, 1274)
	p.is(p.conn.Pay(p.t.Context(), o, p.code(0)), o, ledger.RequestPay, ledger.ClassWaiting)
	time.Sleep(16 * time.Second)
	p.keepClose("cancel: nothing was paid", o)
	p.keepQuery("query: closed", o)
	p.keepClose("close: it is paid", p.scanned(1250, 0))
	p.keepClose("close: nobody has paid", p.scanned(1274, 0))
}

func (p *proof) collectRefunds() {
	p.keepRefund("refund: all", p.paid(1250), 1250)
	p.keepRefund("refund: a part", p.paid(1250), 300)
	p.keepRefund("refund: the balance is too low", p.paid(861), 861)
	p.keepRefund("refund: refused for good", p.paid(867), 867)
	p.keepRefund("refund: no such order", p.order(ledger.ByCode, 1250), 1250)
	o := p.paid(1250)
	p.refund(o, refundOf(o, 1, 300), ledger.ClassAccepted)
	p.keepRefund("refund: again", o, 300)
}

func (p *proof) collectRefundStates() {
	for _, fen := range []int64{1250, 300, 864, 865, 866, 868} {
		o := p.paid(1300)
		r := refundOf(o, 1, fen)
		p.refund(o, r, ledger.ClassAccepted)
		p.soon()
		p.keepRefundQuery("refund query: "+r.Amount.String(), o, r)
		if fen == 300 {
			p.keepQuery("query: a part is back", o)
		}
	}
	o := p.paid(1250)
	p.keepRefundQuery("refund query: no such refund", o, refundOf(o, 1, 300))
}

func (p *proof) collectNotices() {
	p.keepNotice("notice: paid", p.scanned(1250, 0), channel.Refund{})
	p.keepNotice("notice: one fen less", p.scanned(1290, 0), channel.Refund{})
	for _, fen := range []int64{300, 1250} {
		o := p.scanned(1250, 0)
		r := refundOf(o, 1, fen)
		p.refund(o, r, ledger.ClassAccepted)
		p.soon()
		p.keepNotice("notice: refund "+r.Amount.String(), o, r)
	}
	if p.alipay() {
		o := p.scanned(1274, 0)
		p.keepNotice("notice: waiting", o, channel.Refund{})
		p.is(p.conn.Close(p.t.Context(), o), o, ledger.RequestClose, ledger.ClassAccepted)
		p.keepNotice("notice: closed", o, channel.Refund{})
		return
	}
	for _, fen := range []int64{864, 865} {
		o := p.scanned(fen, 0)
		r := refundOf(o, 1, fen)
		p.refund(o, r, ledger.ClassAccepted)
		p.soon()
		p.keepNotice("notice: refund "+r.Amount.String(), o, r)
	}
}

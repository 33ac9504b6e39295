package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
	"guitai/sync/sandbox"
)

// act is one thing that a cashier, a customer or fate does.
func (w *swarm) act() {
	ctx := context.Background()
	book := w.till.book
	ch := []ledger.Channel{ledger.Alipay, ledger.WeChat}[w.pick(2)]
	var err error
	what := ""
	switch w.pick(24) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		what, err = "keys and settles", w.settle()
		w.rest(200 * time.Millisecond)
		if w.chance(0.6) {
			w.scan(ch)
		} else {
			w.say("  shows a QR of %s: %v", ch, book.Ask(ctx, ledger.Trainee, ch))
		}
	case 8, 9:
		what = "scans"
		w.scan(ch)
	case 10:
		what, err = "shows a QR of "+string(ch), book.Ask(ctx, ledger.Trainee, ch)
	case 11, 12:
		what, err = "stops", book.Stop(ctx, ledger.Trainee)
	case 13:
		what, err = "sets aside", book.SetAside(ctx, ledger.Trainee)
	case 14:
		what, err = "gives the sale up", book.Drop(ctx, ledger.Trainee, "changed mind")
	case 15, 16, 17:
		what, err = "a customer scans a QR, perhaps an old one", w.scansQR()
	case 18, 19:
		what, err = "refund", w.refund()
	case 20, 21:
		what = "the channel sends a notice"
		w.notice()
	case 22:
		kind := sandboxFaults[w.pick(len(sandboxFaults))]
		what, err = "the simulator will "+kind, w.server.Fault(sandbox.Fault{Channel: "*", Operation: "*", Fault: kind, DelayMs: w.delay(kind), Count: 1})
		w.line.count(kind)
	case 23:
		if w.chance(0.4) {
			what = "the process dies"
			w.tally.Crashes++
			w.end(true)
			w.start()
		}
	}
	w.say("%s: %v", what, err)
	waits := []time.Duration{time.Millisecond, 300 * time.Millisecond, 2 * time.Second, 6 * time.Second, 6 * time.Second, 20 * time.Second, 70 * time.Second}
	w.rest(waits[w.pick(len(waits))])
	w.remembersQR()
	w.deliver()
	w.tally.Looks++
	w.sides.look()
}

func (w *swarm) delay(kind string) int {
	if kind == sandbox.FaultDelay {
		return 1 + w.pick(20_000)
	}
	return 0
}

func (w *swarm) settle() (err error) {
	book := w.till.book
	book.ClearDraft()
	fen := 1 + w.pick(40_000)
	for _, r := range fmt.Sprintf("%d.%02d", fen/100, fen%100) {
		err = errors.Join(err, book.Key(r))
	}
	if err == nil {
		err = book.Settle(context.Background(), ledger.Trainee, true)
	}
	book.ClearDraft()
	return err
}

var swarmNames = map[ledger.Channel]string{ledger.Alipay: sandbox.Alipay, ledger.WeChat: sandbox.WechatPay}

// behaviour is what a customer does: most pay.
func (w *swarm) behaviour() int {
	if w.chance(0.6) {
		return 0
	}
	return sandbox.Behaviours[w.pick(len(sandbox.Behaviours))].Number
}

func (w *swarm) scan(ch ledger.Channel) {
	code := w.server.NewCode(swarmNames[ch], w.behaviour())
	err := w.till.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()})
	w.say("  scans a code of %s: %v", ch, err)
}

func (w *swarm) remembersQR() {
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.Last() != nil && sale.Last().QR != "" && (len(w.qrs) == 0 || w.qrs[len(w.qrs)-1] != sale.Last().QR) {
			w.qrs = append(w.qrs, sale.Last().QR)
		}
	})
}

func (w *swarm) scansQR() error {
	if len(w.qrs) == 0 {
		return nil
	}
	qr := w.qrs[len(w.qrs)-1]
	if w.chance(0.3) {
		qr = w.qrs[w.pick(len(w.qrs))]
	}
	_, err := w.server.Scan(qr, w.behaviour())
	return err
}

// refund gives some or all of a sale back, of an early one, too.
func (w *swarm) refund() error {
	sales := w.sides.sales()
	for range 8 {
		if len(sales) == 0 {
			return nil
		}
		a := sales[w.pick(len(sales))].Paid()
		if a == nil || a.Left() == 0 {
			continue
		}
		fen := a.Left()
		switch w.pick(4) {
		case 0, 1:
			fen = 1 + int64(w.pick(int(fen)))
		case 2: // one with trouble
			if trouble := int64(sandbox.RefundBehaviours[w.pick(len(sandbox.RefundBehaviours))].Number); trouble > 0 && trouble <= fen {
				fen = trouble
			}
		}
		number, err := w.till.book.Refund(context.Background(), supervisor,
			ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(fen), Why: "brought back", Seen: len(a.Refunds)})
		w.say("  %s over %s of order %s", number, ledger.Fen(fen), a.Order)
		return err
	}
	return nil
}

// notice has the simulator send word of an order or a refund up to three times, soon or late, and sometimes changed on its way.
func (w *swarm) notice() {
	orders := w.server.Orders()
	if len(orders) == 0 {
		return
	}
	order := orders[max(0, len(orders)-1-w.pick(4))]
	refund := ""
	if len(order.Refunds) > 0 && w.chance(0.6) {
		refund = order.Refunds[w.pick(len(order.Refunds))].Number
	}
	header, body, err := w.server.Notice(order.Number, refund)
	if err != nil {
		return
	}
	ch := ledger.Alipay
	if order.Channel == sandbox.WechatPay {
		ch = ledger.WeChat
	}
	for range w.pick(4) {
		p := posted{time.Now().Add(time.Duration(w.pick(240)) * time.Second), ch, header, body, body}
		if w.chance(0.5) {
			p.at = time.Now()
		}
		if w.chance(0.2) {
			p.body = bytes.Clone(body)
			p.body[w.pick(len(body))]++
		}
		w.posted = append(w.posted, p)
	}
}

// deliver brings the notices that are due to the till.
func (w *swarm) deliver() {
	var rest []posted
	for _, p := range w.posted {
		if p.at.After(time.Now()) {
			rest = append(rest, p)
			continue
		}
		notifier := w.till.conns[p.ch].(channel.Notifier)
		n, err := notifier.Notice(p.header, p.body)
		if !bytes.Equal(p.body, p.sent) {
			w.tally.Forged++
			if was, _ := notifier.Notice(p.header, p.sent); err == nil && n != was {
				w.breaks("M14", "a notice that was changed on its way is believed: %+v, sent was %+v", n, was)
			}
		}
		if err == nil {
			w.tally.Notices++
		}
		r := httptest.NewRequest(http.MethodPost, map[ledger.Channel]string{ledger.Alipay: "/alipay", ledger.WeChat: "/wechatpay"}[p.ch], bytes.NewReader(p.body))
		r.Header = p.header.Clone()
		answer := httptest.NewRecorder()
		w.till.notices.ServeHTTP(answer, r)
		w.say("  a notice about %s %s: class %d: %d %s", n.Answer.Order, n.Answer.Refund, n.Answer.Class, answer.Code, answer.Body)
	}
	w.posted = rest
	synctest.Wait()
}

//go:build failpoints

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guitai/ledger"
)

// This file has the people at the counter: what they do, and what they do after a death in the middle of it.

// tells lets somebody look at the state.
func (m *mortal) tells(look func(*ledger.State) bool) (yes bool) {
	m.live()
	m.book.Load().Read(func(s *ledger.State) { yes = look(s) })
	return yes
}

// do has a person do something: whoever sees that it is done already does not do it again, and whoever is refused tries again
// after a while. What a dying process has answered is not known to anybody.
func (m *mortal) do(what string, done func(*ledger.State) bool, act func(*ledger.Book) error) bool {
	m.t.Helper()
	var err error
	for range 8 {
		m.live()
		if done != nil && m.tells(done) {
			return true
		}
		err = act(m.book.Load())
		switch {
		case m.isDead():
			continue
		case err == nil:
			m.look()
			return true
		}
		m.after(3 * time.Second)
	}
	m.elsewise(what + ": " + fmt.Sprint(err))
	return false
}

// elsewise notes that the story went on otherwise than it was told. Without a death it may not.
func (m *mortal) elsewise(what string) {
	m.t.Helper()
	if !m.hasDied() {
		m.t.Errorf("without any death: %s", what)
	}
	m.moves = append(m.moves, what)
}

// until lets time pass until somebody sees what they wait for, at most for so long.
func (m *mortal) until(what string, limit time.Duration, seen func(*ledger.State) bool) bool {
	m.t.Helper()
	for waited := time.Duration(0); ; waited += time.Second {
		if m.tells(seen) {
			m.look()
			return true
		}
		if waited >= limit {
			break
		}
		m.after(time.Second)
	}
	m.elsewise("not seen: " + what)
	return false
}

// digits keys an amount of yuan.
func digits(b *ledger.Book, amount string) error {
	b.ClearDraft()
	for _, r := range amount {
		if err := b.Key(r); err != nil {
			return err
		}
	}
	return b.Settle(context.Background(), ledger.Trainee, true)
}

// sells keys a sale of so many yuan and settles it.
func (m *mortal) sells(amount string) {
	m.t.Helper()
	var before ledger.SaleID
	m.tells(func(s *ledger.State) bool { before = s.Current; return true })
	m.do("key "+amount, func(s *ledger.State) bool {
		return s.CurrentSale() != nil && s.Current != before && strings.HasPrefix(s.CurrentSale().Amount.String(), amount)
	}, func(b *ledger.Book) error { return digits(b, amount) })
}

// sale gives the sale on the screen as it is now; none is an empty one.
func (m *mortal) sale() (sale ledger.Sale) {
	m.tells(func(s *ledger.State) bool {
		if current := s.CurrentSale(); current != nil {
			sale = *current
		}
		return true
	})
	return sale
}

// scans holds the same customer code out until it is taken.
func (m *mortal) scans(ch ledger.Channel) {
	m.t.Helper()
	n := len(m.sale().Attempts)
	m.codes++
	code := fmt.Sprintf("%s%016d", map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[ch], m.codes)
	m.do("scan", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Paid() != nil || len(sale.Attempts) > n
	}, func(b *ledger.Book) error {
		return b.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: []byte(code), At: time.Now()})
	})
}

// asks shows a QR.
func (m *mortal) asks(ch ledger.Channel) {
	m.t.Helper()
	n := len(m.sale().Attempts)
	m.do("show a QR", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Paid() != nil || len(sale.Attempts) > n
	}, func(b *ledger.Book) error { return b.Ask(context.Background(), ledger.Trainee, ch) })
}

// shown waits for a channel's QR and gives it; an attempt that ended before is made anew.
func (m *mortal) shown(ch ledger.Channel) (order ledger.OrderNo, qr string) {
	m.t.Helper()
	for range 3 {
		m.until("a QR, or its end", 3*time.Minute, func(s *ledger.State) bool {
			a := lastOf(s)
			return a != nil && a.Channel == ch && (!a.State.Live() || a.State == ledger.Waiting && a.QR != "")
		})
		a := ledger.Attempt{}
		if sale := m.sale(); sale.Last() != nil {
			a = *sale.Last()
		}
		if a.QR != "" && a.Channel == ch {
			return a.Order, a.QR
		}
		m.asks(ch)
	}
	m.elsewise("no QR was shown")
	return "", ""
}

func lastOf(s *ledger.State) *ledger.Attempt {
	if sale := s.CurrentSale(); sale != nil {
		return sale.Last()
	}
	return nil
}

// pays lets a customer scan a QR with a phone.
func (m *mortal) pays(ch ledger.Channel, qr string) {
	m.t.Helper()
	if err := m.banks[ch].ScanQR(qr); err != nil {
		m.elsewise("the QR is not taken: " + err.Error())
	}
}

// stops ends what is under way on the sale on the screen.
func (m *mortal) stops() {
	m.t.Helper()
	m.do("stop", func(s *ledger.State) bool {
		sale := s.CurrentSale()
		return sale == nil || sale.Live() == nil || sale.Live().State == ledger.Stopping || sale.Live().State == ledger.Closing
	}, func(b *ledger.Book) error { return b.Stop(context.Background(), ledger.Trainee) })
}

// ends waits until the sale on the screen has no live attempt.
func (m *mortal) ends() {
	m.t.Helper()
	m.until("its end", 5*time.Minute, func(s *ledger.State) bool { return s.CurrentSale() == nil || s.CurrentSale().Live() == nil })
}

// paid waits for PAID. Where an attempt ended without money the customer tries again by code.
func (m *mortal) paid(ch ledger.Channel) ledger.OrderNo {
	m.t.Helper()
	for range 6 {
		m.until("PAID, or that the sale may be charged again", 6*time.Minute, func(s *ledger.State) bool {
			sale := s.CurrentSale()
			return sale == nil || sale.Paid() != nil || sale.MayAsk() == nil
		})
		sale := m.sale()
		if paid := sale.Paid(); paid != nil {
			return paid.Order
		}
		m.scans(ch)
	}
	m.elsewise("never paid")
	return ""
}

// drops gives the sale on the screen up.
func (m *mortal) drops() {
	m.t.Helper()
	m.do("drop", func(s *ledger.State) bool { return s.CurrentSale() == nil || s.CurrentSale().Dropped },
		func(b *ledger.Book) error { return b.Drop(context.Background(), ledger.Trainee, "changed mind") })
}

// order is an order as the ledger's rows have it now.
func (m *mortal) order(number ledger.OrderNo) (a ledger.Attempt) {
	m.live()
	sale, ok, err := m.store.SaleOf(number)
	if err != nil || !ok {
		m.t.Errorf("order %s is in no row: %v", number, err)
		return a
	}
	return *sale.Attempt(number)
}

// gives refunds some fen of an order. Whoever got no answer says the same again: it must not give twice.
func (m *mortal) gives(actor ledger.Actor, order ledger.OrderNo, fen int64) {
	m.t.Helper()
	if order == "" {
		return
	}
	n := len(m.order(order).Refunds)
	wish := ledger.RefundWish{Order: order, Amount: ledger.Fen(fen), Why: "brought back", Seen: n}
	m.do("refund", nil, func(b *ledger.Book) error {
		_, err := b.Refund(context.Background(), actor, wish)
		if ledger.ReasonOf(err) == ledger.ReasonRefundSeen && m.hasDied() {
			return nil
		}
		return err
	})
	if a := m.order(order); len(a.Refunds) > n+1 {
		m.t.Errorf("one wish made %d refunds", len(a.Refunds)-n)
	}
}

// stands waits until the newest refund of an order is in a state.
func (m *mortal) stands(order ledger.OrderNo, limit time.Duration, want ledger.RefundState) {
	m.t.Helper()
	if order == "" {
		return
	}
	m.until("a refund that is "+want.String(), limit, func(*ledger.State) bool {
		sale, ok, err := m.store.SaleOf(order)
		if err != nil || !ok {
			return false
		}
		all := sale.Attempt(order).Refunds
		return len(all) > 0 && all[len(all)-1].State == want
	})
}

// resolves has a supervisor settle the entry that bears a note.
func (m *mortal) resolves(note ledger.Note, returned bool) {
	m.t.Helper()
	m.do("resolve", nil, func(b *ledger.Book) error {
		word := ledger.Resolution{Note: "paid out in cash", Returned: returned}
		b.Read(func(s *ledger.State) {
			for _, x := range s.Exceptions {
				if x.Note == note {
					word.Exception = x.ID
				}
			}
		})
		err := b.Resolve(context.Background(), supervisor, word)
		if ledger.ReasonOf(err) == ledger.ReasonNoException && m.hasDied() {
			return nil
		}
		return err
	})
}

// rests lets time pass until nothing is owed any more.
func (m *mortal) rests() {
	m.t.Helper()
	for range 400 {
		m.live()
		if b := m.book.Load(); b.Err() == nil && len(b.Owed()) == 0 {
			m.look()
			return
		}
		m.after(10 * time.Second)
	}
	m.t.Errorf("owed for ever: %+v (%v)", m.book.Load().Owed(), m.book.Load().Err())
}

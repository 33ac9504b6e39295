package ledger

import (
	"context"
	"time"
)

// This file is the cashier's side of the Book: what a person at the till may want. Each intent is refused with a
// Reason, or is durable when the call returns nil.

// Draft gives the amount being keyed.
func (b *Book) Draft() Draft {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.draft
}

// Key adds one key to the amount being keyed. It is refused while the sale on the screen has a live attempt: an amount
// keyed under a running payment would belong to nobody.
func (b *Book) Key(r rune) error {
	return b.keyed(func(k Keyed) (Keyed, error) { return k.Key(r) })
}

// Back takes the last key of the amount away.
func (b *Book) Back() error {
	return b.keyed(func(k Keyed) (Keyed, error) { return k.Back(), nil })
}

func (b *Book) keyed(change func(Keyed) (Keyed, error)) error {
	if b.cfg.Stopped != nil {
		return b.cfg.Stopped
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if sale := b.seen.CurrentSale(); sale != nil {
		if err := sale.MayAsk(); err != nil && sale.Live() != nil && !sale.Settled() {
			return err
		}
	}
	keyed, err := change(b.draft.Keyed)
	if err != nil {
		return err
	}
	b.draft = Draft{Keyed: keyed, KeyAt: time.Now()}
	b.dropSuspect()
	b.wake()
	return nil
}

// Repeat keys the amount of the sale that was settled last, for the next customer who pays the same. It is refused where a key is,
// and as NO-SALE before the first sale; an amount that is being keyed already is kept.
func (b *Book) Repeat() error {
	return b.keyed(func(k Keyed) (Keyed, error) {
		switch {
		case !k.Empty():
			return k, Refuse(ReasonAmountShape)
		case b.seen.Last.Fen == 0:
			return k, Refuse(ReasonNoSale)
		}
		return Keyed{b.seen.Last.String()}, nil
	})
}

// ClearDraft forgets the amount being keyed, and a suspect scan. It never touches a settled sale.
func (b *Book) ClearDraft() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draft = Draft{}
	b.dropSuspect()
	b.wake()
}

// Settle makes the keyed amount a sale: the one keyed when Settle was called, once. agreed tells that the cashier has
// been asked about an unusual amount.
func (b *Book) Settle(ctx context.Context, actor Actor, agreed bool) error {
	draft := b.Draft()
	return b.intend(ctx, actor, RightSell, func(s *State, now time.Time) (plan, error) {
		var p plan
		err := b.settle(&p, s, now, draft, agreed, false)
		return p, err
	})
}

// settle adds the events that turn a draft into the sale on the screen. A settled sale that was never charged, or whose
// attempts all ended without money, gives way to it; one of which the shop has money does not.
func (b *Book) settle(p *plan, s *State, now time.Time, draft Draft, agreed, quiet bool) error {
	amount, err := draft.Keyed.Money()
	if err != nil {
		return err
	}
	if b.cfg.Shifts && s.shift == nil {
		return Refuse(ReasonNoShift)
	}
	if b.board.View().Disk.Full { // what is under way may need the room that is left
		return Refuse(ReasonDiskFull)
	}
	if b.cfg.AskAbove > 0 && amount.Fen > b.cfg.AskAbove && !agreed {
		return Refuse(ReasonAmountBand)
	}
	if err := makeWay(p, s); err != nil {
		return err
	}
	if !b.takeDraft(draft) { // a second Enter, or keys after the first
		return Refuse(ReasonAmountZero)
	}
	day, count := b.day(s, now), s.SaleCount
	if day > s.Day {
		count = 0
	}
	id := newSaleID(day, count+1, newTail(b.cfg.Random, func(tail string) bool {
		return s.Current.Tail() == tail
	}))
	p.add(&SaleOpened{Sale: id, Amount: amount, Quiet: quiet}, Task{})
	return nil
}

// takeDraft clears the draft when it is still the given one. It is taken at the decision and not when that is durable, so
// that of two intents in one append only the first can settle it.
func (b *Book) takeDraft(draft Draft) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draft != draft {
		return false
	}
	b.draft = Draft{}
	return true
}

// Why a sale is given up before it is paid, as the till's own screens say it. Other words are a person's own.
const (
	DropUnwanted = "not wanted"   // the customer goes without it
	DropAmount   = "wrong amount" // it is keyed again
	DropOther    = "paid elsewhere"
	DropTest     = "test"
	DropReplaced = "replaced" // another amount was settled in its place
)

// Drop gives the sale on the screen up. It is refused while money may still move on it. Only the first 80 characters of why are kept,
// and no code that stands in it.
func (b *Book) Drop(ctx context.Context, actor Actor, why string) error {
	return b.onCurrent(ctx, actor, func(s *State, now time.Time, sale *Sale) (plan, error) {
		var p plan
		if err := sale.MayDrop(); err != nil {
			return p, err
		}
		p.add(&SaleDropped{Sale: sale.ID, Why: cutText(maskCodes(why), maxReason)}, Task{})
		return p, nil
	})
}

// SetAside takes a sale whose end is not known off the screen, so that the next customer can be served. The till goes
// on resolving it, and it stays on the day's list.
func (b *Book) SetAside(ctx context.Context, actor Actor) error {
	return b.onCurrent(ctx, actor, func(s *State, now time.Time, sale *Sale) (plan, error) {
		var p plan
		switch reason := ReasonOf(sale.MayAsk()); reason {
		case ReasonUnresolved, ReasonLateMoney:
			p.add(&SaleSetAside{Sale: sale.ID}, Task{})
			return p, nil
		case ReasonLiveAttempt:
			return p, Refuse(reason)
		}
		return p, Refuse(ReasonNothingToStop)
	})
}

// Stop ends the live attempt of the sale on the screen: one last query, then close or cancel.
func (b *Book) Stop(ctx context.Context, actor Actor) error {
	return b.onCurrent(ctx, actor, func(s *State, now time.Time, sale *Sale) (plan, error) {
		live := sale.Live()
		if live == nil {
			return plan{}, Refuse(ReasonNothingToStop)
		}
		p, err := stopPlan(live, StopCashier)
		p.refusal, p.after = err, b.dropWaiting // also when a stop is under way: what waits behind it must not follow
		return p, nil
	})
}

// Ask opens an attempt by QR on a channel. While another channel's QR is up, that one is withdrawn first. Like a scan, it
// is refused while another amount stands keyed: the customer would be asked for one that is not on the screen.
func (b *Book) Ask(ctx context.Context, actor Actor, channel Channel) error {
	return b.onCurrent(ctx, actor, func(s *State, now time.Time, sale *Sale) (plan, error) {
		if !b.Draft().Keyed.Empty() {
			return plan{}, Refuse(ReasonNoAmount)
		}
		return b.openOrSwitch(s, now, sale, &waitingAsk{sale: sale.ID, actor: actor, channel: channel})
	})
}

func (b *Book) onCurrent(ctx context.Context, actor Actor, decide func(*State, time.Time, *Sale) (plan, error)) error {
	return b.intend(ctx, actor, RightSell, func(s *State, now time.Time) (plan, error) {
		sale := s.CurrentSale()
		if sale == nil {
			return plan{}, Refuse(ReasonNoSale)
		}
		return decide(s, now, sale)
	})
}

func stopPlan(a *Attempt, why StopWhy) (plan, error) {
	var p plan
	to, task, err := a.stop()
	if err != nil {
		return p, err
	}
	p.add(&AttemptStopped{Order: a.Order, Why: why, Became: to}, Task{Kind: task, Order: a.Order})
	return p, nil
}

// openOrSwitch opens the wanted attempt, or withdraws the QR in its way and leaves the wish waiting.
func (b *Book) openOrSwitch(s *State, now time.Time, sale *Sale, wish *waitingAsk) (plan, error) {
	err := sale.MayAsk()
	live := sale.Live()
	switch {
	case err == nil:
		return b.open(s, now, sale, wish)
	case live == nil || live.Way != ByQR || live.State == Stopping || live.State == Closing:
		return plan{}, err
	case wish.code == nil && live.Channel == wish.channel:
		return plan{}, err
	}
	if _, err := b.account(wish.channel); err != nil {
		return plan{}, err
	}
	p, err := stopPlan(live, StopSwitched)
	p.after = func() {
		b.dropWaiting()
		b.waiting = wish
	}
	return p, err
}

// open adds the attempt and what it owes.
func (b *Book) open(s *State, now time.Time, sale *Sale, wish *waitingAsk) (plan, error) {
	var p plan
	account, err := b.account(wish.channel)
	if err != nil {
		return p, err
	}
	day, count := b.day(s, now), s.OrderCount
	if day > s.Day {
		count = 0
	}
	attempt := &AttemptOpened{
		Order: newOrderNo(s.Till, s.Epoch, day, count+1, s.Salt), Sale: sale.ID, Channel: wish.channel, Way: ByQR,
		Amount: b.ToAsk(sale), Merchant: account.Merchant, App: account.App, Expires: now.Add(account.QRLife),
	}
	kind := TaskOrder
	if wish.code != nil {
		attempt.Way, kind = ByCode, TaskPay
		attempt.Expires = wish.code.scanned.Add(codeLife)
		attempt.Last4, attempt.Mark = wish.code.Last4(), wish.code.mark(b.cfg.TillKey)
		p.after = func() { b.codes[attempt.Order] = *wish.code }
	}
	p.add(attempt, Task{Kind: kind, Order: attempt.Order})
	return p, nil
}

// dropWaiting forgets a wish that waits for a QR's withdrawal. The caller holds b.mu.
func (b *Book) dropWaiting() {
	if b.waiting != nil && b.waiting.code != nil {
		b.waiting.code.Wipe()
	}
	b.waiting = nil
}

// dropSuspect forgets a suspect scan. The caller holds b.mu.
func (b *Book) dropSuspect() {
	if b.suspect != nil {
		b.suspect.Wipe()
	}
	b.suspect = nil
}

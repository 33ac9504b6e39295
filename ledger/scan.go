package ledger

import (
	"cmp"
	"context"
	"time"
)

// Scan takes what a scanner or the code key delivered. It charges the sale on the screen with a customer's code, or
// refuses it by name and records that. The scan's text is wiped before Scan returns, whatever happens; the code itself
// stays in memory no longer than its first send, and that of a suspect scan until Enter, another key or scan, or Sweep.
//
// A badge of the staff is no code: it names its person on the board, whoever is signed in, and nothing else comes of it.
func (b *Book) Scan(ctx context.Context, actor Actor, scan Scan) error {
	if person, ok := b.BadgeOf(scan.Text); ok {
		scan.Wipe()
		b.board.Post(func(v *BoardView) { v.Badge = &Badge{Person: person, At: time.Now()} })
		return nil
	}
	if err := b.mayNow(actor, RightSell); err != nil {
		scan.Wipe()
		return err
	}
	code, channel, err := b.classify(scan)
	scan.Wipe()
	b.DropSuspect()
	if err == nil && scan.Suspect && !scan.Agreed {
		scan.Text = code.digits() // a copy: the scanner may use its own again
		return b.showRefusal(b.holdSuspect(scan))
	}
	code.scanned = scan.At
	mark := code.mark(b.cfg.TillKey)
	commitErr := b.intend(ctx, actor, RightSell, func(s *State, now time.Time) (plan, error) {
		if err != nil {
			return refuseCode(s, err, "", Mark{}), nil
		}
		p, err := b.charge(s, now, b.Draft(), &waitingAsk{actor: actor, channel: channel, code: &code})
		if ReasonOf(err) != "" {
			return refuseCode(s, err, code.Last4(), mark), nil
		}
		return p, err
	})
	if commitErr != nil {
		code.Wipe()
	}
	return b.showRefusal(commitErr)
}

// classify asks the table, and names what it does not know by the shop's own words for it.
func (b *Book) classify(scan Scan) (PayCode, Channel, error) {
	aim, text := scan.AIM, scan.Text
	if aim == "" {
		found := aimPrefix.Find(text)
		aim, text = string(found), text[len(found):]
	}
	code, channel, err := b.cfg.Codes.classify(aim, text)
	if err != nil && b.leftBadge(text) {
		err = refuseLooks(LooksBadge)
	}
	return code, channel, b.cfg.Own.named(err, text)
}

// AgreeSuspect sends the suspect scan that is shown, because the cashier pressed Enter on it.
func (b *Book) AgreeSuspect(ctx context.Context, actor Actor) error {
	b.mu.Lock()
	suspect := b.suspect
	b.suspect = nil
	b.mu.Unlock()
	if suspect == nil {
		return Refuse(ReasonNothingToStop)
	}
	suspect.Agreed = true
	return b.Scan(ctx, actor, *suspect)
}

// Suspect gives the last four digits of a suspect scan that waits for Enter; ok is false when there is none.
func (b *Book) Suspect() (last4 string, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.suspect == nil {
		return "", false
	}
	return lastFour(b.suspect.Text), true
}

// DropSuspect forgets the suspect scan that is shown, because the cashier pressed another key on it.
func (b *Book) DropSuspect() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.suspect != nil {
		b.dropSuspect()
		b.wake()
	}
}

// holdSuspect keeps a suspect scan for the cashier's Enter and gives the refusal to show. A ledger that takes no payment
// any more keeps no code.
func (b *Book) holdSuspect(scan Scan) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropSuspect()
	if b.broken != nil || b.closed {
		scan.Wipe()
		return cmp.Or(b.broken, error(Refuse(ReasonClosedLedger)))
	}
	b.suspect = &scan
	b.wake()
	return Refuse(ReasonCodeSuspect)
}

// charge decides about a classified code.
func (b *Book) charge(s *State, now time.Time, draft Draft, wish *waitingAsk) (plan, error) {
	if !wish.code.Fresh(now) {
		return plan{}, Refuse(ReasonCodeStale)
	}
	mark := wish.code.mark(b.cfg.TillKey)
	for _, used := range s.Used {
		if used.Mark == mark {
			return plan{}, Refuse(ReasonCodeUsed)
		}
	}
	if _, err := b.account(wish.channel); err != nil {
		return plan{}, &Refusal{Reason: ReasonOf(err), Looks: looksOfChannel[wish.channel]}
	}
	if !draft.Keyed.Empty() {
		return b.chargeDraft(s, now, draft, wish)
	}
	sale := s.CurrentSale()
	if sale == nil || sale.Settled() {
		return plan{}, Refuse(ReasonNoAmount)
	}
	wish.sale = sale.ID
	return b.openOrSwitch(s, now, sale, wish)
}

// looksOfChannel names the code of a channel that has no connector.
var looksOfChannel = map[Channel]Looks{UnionPay: LooksUnionPay}

// chargeDraft settles the keyed amount by the scan itself, where the shop has chosen so and the pause was long enough.
func (b *Book) chargeDraft(s *State, now time.Time, draft Draft, wish *waitingAsk) (plan, error) {
	if !b.cfg.QuietSettle || wish.code.scanned.Sub(draft.KeyAt) < b.cfg.QuietAfter {
		return plan{}, Refuse(ReasonNoAmount)
	}
	var p plan
	if err := b.settle(&p, s, now, draft, false, true); err != nil {
		return plan{}, err
	}
	opened := p.entries[len(p.entries)-1].body.(*SaleOpened)
	sale := &Sale{ID: opened.Sale, Amount: opened.Amount}
	attempt, err := b.open(s, now, sale, wish)
	if err != nil {
		return plan{}, err
	}
	p.entries, p.after = append(p.entries, attempt.entries...), attempt.after
	return p, nil
}

func refuseCode(s *State, err error, last4 string, mark Mark) plan {
	refused := &CodeRefused{Why: ReasonOf(err), Last4: last4, Mark: mark, Sale: s.Current}
	if refusal, ok := err.(*Refusal); ok {
		refused.Looks = refusal.Looks
	}
	var p plan
	p.add(refused, Task{})
	p.refusal = err
	return p
}

// showRefusal puts a refused scan on the board, so that the cashier sees it whoever scanned.
func (b *Book) showRefusal(err error) error {
	if refusal, ok := err.(*Refusal); ok {
		bad := &BadScan{Reason: refusal.Reason, Looks: refusal.Looks, At: time.Now()}
		b.board.Post(func(v *BoardView) { v.BadScan = bad })
	} else if err == nil {
		b.board.Post(func(v *BoardView) { v.BadScan = nil })
	}
	return err
}

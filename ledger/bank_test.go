package ledger

import (
	"maps"
	"slices"
	"time"
)

// This file is the bank that model_test.go plays the Book against.

// bankOrder is an order at the bank.
type bankOrder struct {
	state         string // "", open, paying, paid, refused, closed, reversed
	way           Way
	amount        int64 // fen
	expires       time.Time
	issued, shown bool // the QR was made; was on a screen
	deniesCancel  bool // for good
	returned      int64
	refunds       map[RefundNo]bool // done, or known and under way
	denied        map[RefundNo]bool // for good
}

// arrives is the bank's side of one request.
func (w *world) arrives(f flight) (class Class, returned bool) {
	o := w.bank[f.order]
	if f.refund != "" {
		return w.refund(o, f), false
	}
	switch f.request {
	case RequestPay:
		switch {
		case o.state != "":
		case time.Now().After(o.expires):
			o.state = "refused"
		default:
			o.state = []string{"paid", "paid", "paying", "refused"}[w.IntN(4)]
		}
	case RequestOrder:
		o.issued = o.state == "" || o.state == "open"
		if w.tombs && o.state == "" {
			o.state = "open"
		}
		if o.issued {
			return ClassShown, false
		}
	case RequestClose:
		return w.cancelled(o)
	}
	return map[string]Class{"": ClassAbsent, "open": ClassOpen, "paying": ClassWaiting, "paid": ClassPaid, "refused": ClassRefused,
		"closed": ClassClosed, "reversed": ClassReversed}[o.state], false
}

// refund is the bank's side of a refund and of a question about one.
func (w *world) refund(o *bankOrder, f flight) Class {
	if o.refunds == nil {
		o.refunds, o.denied = map[RefundNo]bool{}, map[RefundNo]bool{}
	}
	done, known := o.refunds[f.refund]
	amount := w.refunded(f).Fen
	switch {
	case f.request == RequestRefundQuery && done:
		return ClassReturned
	case f.request == RequestRefundQuery && known:
		o.refunds[f.refund] = true
		return ClassAccepted
	case f.request == RequestRefundQuery:
		return ClassAbsent
	case known:
		return ClassAccepted
	case o.state != "paid" || o.denied[f.refund] || w.IntN(6) == 0:
		o.denied[f.refund] = true
		return ClassDenied
	case w.IntN(4) == 0:
		return ClassHeld
	}
	if o.returned += amount; o.returned > o.amount {
		w.fails("%d of %d have gone back on %s", o.returned, o.amount, f.order)
	}
	o.refunds[f.refund] = w.IntN(2) == 0
	return ClassAccepted
}

// failedOnce reports whether a refund has ended without money, whose request may still be on its way.
func (w *world) failedOnce(a *Attempt) bool {
	return slices.ContainsFunc(a.Refunds, func(r Refund) bool { return r.State == RefundFailed })
}

func (w *world) cancelled(o *bankOrder) (Class, bool) {
	switch {
	case o.state == "" && o.way == ByQR:
		return ClassAbsent, false
	case o.state == "":
		if w.tombs {
			o.state = "closed"
		}
	case o.state == "open" || o.state == "paying":
		o.state = "closed"
	case o.state == "paid" && (o.way == ByQR || o.deniesCancel):
		return ClassDenied, false
	case o.state == "paid":
		o.state = "reversed"
		return ClassAccepted, true
	}
	return ClassAccepted, false
}

// customer pays what can be paid: a QR that is or was on the screen, or the password of a code.
func (w *world) customer() {
	for _, order := range slices.Sorted(maps.Keys(w.bank)) { // in one order, so that a seed repeats
		o := w.bank[order]
		canScan := o.way == ByQR && o.shown && o.issued && !time.Now().After(o.expires) && (o.state == "" || o.state == "open")
		switch {
		case o.state == "paying" || canScan && w.IntN(2) == 0:
			o.state = "paid"
			w.note("%s is paid by the customer", order)
			return
		case canScan:
			o.state = "paying"
			w.note("%s is scanned", order)
			return
		}
	}
}

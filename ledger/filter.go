package ledger

import (
	"strconv"
	"strings"
)

// Standing is how a sale stands, as a supervisor asks for it. A sale can be in several.
type Standing uint8

// The standings.
const (
	AnyStanding     Standing = iota
	StandingPaid             // its money is here
	StandingOpen             // an attempt is under way, or its end is not known, or a part is paid
	StandingUnpaid           // nothing was paid, and nothing is under way
	StandingBack             // money has gone back, or is going
	StandingTrouble          // money that belongs to no sale, or a refund that does not arrive
)

var standingNames = [...]string{"", "paid", "open", "unpaid", "back", "trouble"}

// String gives the word used on the command line.
func (s Standing) String() string {
	if int(s) >= len(standingNames) {
		return "?"
	}
	return standingNames[s]
}

// Stands reports whether a row is in a standing.
func (r *Row) Stands(as Standing) bool {
	live := r.Channel != "" && r.State.Live()
	half := r.Split && !r.Settled // some of its money is here
	paid := r.Settled || r.Paid != "" && !half
	switch as {
	case StandingPaid:
		return paid
	case StandingOpen:
		return live || half
	case StandingUnpaid:
		return !paid && !half && !live && r.State != Orphan
	case StandingBack:
		return r.Returned.Fen > 0 || r.Going
	case StandingTrouble:
		return r.Late || r.Stuck || r.Channel != "" && r.State == Orphan
	}
	return true
}

// RowFilter chooses among a day's rows. Its zero value leaves all of them.
type RowFilter struct {
	Channel  Channel    // empty: any
	Tender   TenderKind // 0: any; beside no channel
	Cashier  string     // empty: anybody
	Standing Standing
	Digits   string // a part of the tail, or the beginning of the amount in yuan
	Least    int64  // fen; the least and the most that the amount is
	Most     int64  // 0: without an end
}

// Narrow reads what a person types: "1234" and "12.5" are a tail or the beginning of an amount, "10-20", "10-" and "-20" are amounts
// in yuan. It gives false, and leaves the filter as it was, for everything else.
func (f *RowFilter) Narrow(text string) bool {
	least, most, ranged := strings.Cut(text, "-")
	if !ranged {
		if _, ok := yuan(text); !ok && text != "" {
			return false
		}
		f.Digits, f.Least, f.Most = text, 0, 0
		return true
	}
	from, ok := yuan(least)
	to, okTo := yuan(most)
	if !ok || !okTo {
		return false
	}
	f.Digits, f.Least, f.Most = "", from, to
	return true
}

// yuan reads an amount as it is typed, perhaps not to its end; empty is zero.
func yuan(text string) (fen int64, ok bool) {
	whole, part, _ := strings.Cut(text, ".")
	if len(whole) > maxWholeDigits || len(part) > 2 {
		return 0, false
	}
	for _, digits := range []string{whole, (part + "00")[:2]} {
		n, err := strconv.ParseUint("0"+digits, 10, 32)
		if err != nil {
			return 0, false
		}
		fen = fen*100 + int64(n)
	}
	return fen, true
}

// Fits reports whether a sale's row is chosen.
func (f *RowFilter) Fits(r *Row) bool {
	return (f.Channel == "" || f.Channel == r.Channel || f.Channel == r.Paid) && (f.Tender == 0 || r.Has(f.Tender)) &&
		(f.Cashier == "" || f.Cashier == r.Cashier) && r.Stands(f.Standing) && f.fits(r.Sale, r.Amount)
}

// fitsRefund reports whether a refund or a part of another day's sale is chosen: by whoever has given it back or taken it.
func (f *RowFilter) fitsRefund(r *RefundRow) bool {
	stands := f.Standing == AnyStanding || r.Late && f.Standing == StandingTrouble
	if r.Part {
		stands = stands || f.Standing == StandingPaid
	} else {
		stands = stands || f.Standing == StandingBack
	}
	return (f.Channel == "" || f.Channel == r.Channel) && (f.Tender == 0 || f.Tender == r.Tender) &&
		(f.Cashier == "" || f.Cashier == r.Cashier) && stands && f.fits(r.Sale, r.Amount)
}

func (f *RowFilter) fits(sale SaleID, amount Money) bool {
	if amount.Fen < f.Least || f.Most > 0 && amount.Fen > f.Most {
		return false
	}
	return f.Digits == "" || strings.Contains(sale.Tail(), f.Digits) || strings.HasPrefix(amount.String(), f.Digits)
}

// Pick gives the rows and the refunds of a day that are chosen, and changes neither. A refund goes with its sale where that is among
// the rows, so SumRows of the two is the total of what is shown.
func (f *RowFilter) Pick(rows []Row, refunds []RefundRow) ([]Row, []RefundRow) {
	if *f == (RowFilter{}) {
		return rows, refunds
	}
	shown, own := map[SaleID]bool{}, map[SaleID]bool{} // of the sales that are refunded: which are chosen, which are of this day
	for i := range refunds {
		shown[refunds[i].Sale] = false
	}
	var some []Row
	for i := range rows {
		fits := f.Fits(&rows[i])
		if fits {
			some = append(some, rows[i])
		}
		if _, refunded := shown[rows[i].Sale]; refunded {
			shown[rows[i].Sale], own[rows[i].Sale] = fits, true
		}
	}
	var back []RefundRow
	for i := range refunds {
		if r := &refunds[i]; shown[r.Sale] || !own[r.Sale] && f.fitsRefund(r) {
			back = append(back, *r)
		}
	}
	return some, back
}

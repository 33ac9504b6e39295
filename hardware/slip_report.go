package hardware

import (
	"slices"
	"strconv"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// This file turns an X or Z report into a slip: the figures that the screen shows, in the screen's order.

// Report is the slip of a report, in one language's words. cashier is whoever has asked for it.
func (d Desk) Report(r *ledger.Report, cashier string, words *assets.Phrases) Slip {
	slip := d.slip(SlipX, r.At)
	slip.Cashier, slip.Title = cashier, words.Shift.X
	if r.Z > 0 {
		slip.Kind, slip.Title = SlipZ, assets.Fill(words.Shift.Z, "n", strconv.FormatUint(r.Z, 10))
	}
	stamp := func(t time.Time) string { return d.Calendar.In(t).Format(time.DateTime) }
	slip.Period = assets.Fill(words.Shift.Period, "time", stamp(r.Since), "date", stamp(r.At))
	slip.Foot = assets.Fill(words.Shift.Head, "id", strconv.FormatUint(r.Head.Seq, 10)+" "+r.Head.Hash.String())
	t := &reportRows{words: words, r: r, blind: r.Blind || uncounted(r)}
	t.sales()
	t.shifts()
	t.counts()
	t.lineCash(words.Shift.Grand, r.Grand)
	slip.Rows = t.rows
	return slip
}

// uncounted reports whether the drawer holds the cash of a shift that nobody has counted: one that was closed by the hour, without
// another since, whose float would be a count. Whoever opens the next one has it still to find out.
func uncounted(r *ledger.Report) bool {
	n := len(r.Shifts)
	if n == 0 || r.Running.Number > 0 {
		return false
	}
	_, counted := r.Shifts[n-1].Difference()
	return !counted
}

type reportRows struct {
	words *assets.Phrases
	r     *ledger.Report
	blind bool // nothing that tells what cash should be in the drawer
	rows  []SlipRow
}

func (t *reportRows) add(label, count, amount string) {
	t.rows = append(t.rows, SlipRow{label, count, amount})
}

func (t *reportRows) amount(label string, count uint64, fen int64) {
	t.add(label, strconv.FormatUint(count, 10), ledger.Fen(fen).String())
}

func (t *reportRows) number(label string, count uint64) {
	t.add(label, strconv.FormatUint(count, 10), "")
}

// cash is amount for what cash is a part of: before the count it says when it can be seen.
func (t *reportRows) cash(label string, count uint64, fen int64) {
	if t.blind {
		t.add(label, strconv.FormatUint(count, 10), t.words.Shift.AfterCount)
		return
	}
	t.amount(label, count, fen)
}

func (t *reportRows) line(label string, l ledger.Line) {
	t.amount(label, l.Count, l.Fen)
	if l.Refunds > 0 {
		t.amount("  "+t.words.Shift.Refunds, l.Refunds, -l.Returned)
	}
}

func (t *reportRows) lineCash(label string, l ledger.Line) {
	if t.blind {
		t.cash(label, l.Count, 0)
		return
	}
	t.line(label, l)
}

// sales has what was sold and given back, by channel, by tender, by person, and of earlier days.
func (t *reportRows) sales() {
	w := &t.words.Shift
	for _, l := range t.r.Channels {
		t.line(t.words.Channels[ledger.Channel(l.Name)], l)
	}
	for _, kind := range ledger.TenderKinds {
		for _, l := range t.r.Tenders {
			switch {
			case l.Name != kind.String():
			case kind == ledger.Cash:
				t.lineCash(t.words.Tender.Kinds[kind], l)
			default:
				t.line(t.words.Tender.Kinds[kind], l)
			}
		}
	}
	t.lineCash(w.Sales, t.r.Total())
	for _, l := range t.r.People {
		t.lineCash(assets.Fill(w.By, "person", l.Name), l.Line)
		if l.NoSale > 0 {
			t.number("  "+w.NoSale, l.NoSale)
		}
	}
	for _, l := range t.r.Corrections {
		day := l.Day.String()
		t.lineCash(assets.Fill(w.Corrections, "date", day[min(5, len(day)):]), l.Line)
	}
}

// shifts has a few rows for each shift of the report.
func (t *reportRows) shifts() {
	w := &t.words.Shift
	shifts := t.r.Shifts
	if t.r.Running.Number > 0 {
		shifts = append(slices.Clone(shifts), t.r.Running)
	}
	for i := range shifts {
		s := &shifts[i]
		head := assets.Fill(w.Shift, "n", strconv.FormatUint(s.Number, 10), "person", s.Person)
		if s.ClosedAt.IsZero() {
			head += " · " + w.ShiftOpen
		}
		t.add(head, "", "")
		t.add("  "+w.Float, "", ledger.Fen(s.Float).String())
		running, expected := s.ClosedAt.IsZero(), ledger.Fen(s.Expected).String()
		difference, counted := s.Difference()
		if t.blind && running || !counted && !running {
			expected = w.AfterCount
		}
		t.add("  "+w.Expected, "", expected)
		switch {
		case t.blind && running:
		case !counted:
			t.add("  "+w.Counted, "", w.Uncounted)
		default:
			t.add("  "+w.Counted, "", ledger.Fen(s.Counted).String())
			t.add("  "+w.Difference, "", signedFen(difference))
		}
	}
}

// counts has everything else that is counted, and what is not settled.
func (t *reportRows) counts() {
	w, r, people := &t.words.Shift, t.r, t.r.Of()
	cash := ledger.Fen(r.Cash).String()
	if t.blind {
		cash = w.AfterCount
	}
	t.add(w.Cash, "", cash)
	if rounded := r.Rounded(); rounded != 0 && !t.blind {
		t.add(w.Rounded, "", ledger.Fen(rounded).String())
	}
	t.cash(w.In, r.CashIn.Count, r.CashIn.Fen)
	t.cash(w.Out, r.CashOut.Count, r.CashOut.Fen)
	t.amount(w.Late, r.Late.Count, r.Late.Fen)
	t.amount(w.LateBack, r.LateBack.Count, r.LateBack.Fen)
	t.amount(w.ByHand, r.ByHand.Count, r.ByHand.Fen)
	t.amount(w.Trained, r.Trained.Count, r.Trained.Fen)
	t.number(w.Trainings, r.Trainings)
	if r.TrainingsLost > 0 {
		t.number(w.TrainingsLost, r.TrainingsLost)
	}
	t.number(w.Drawer, people.Drawer)
	t.number(w.NoSale, people.NoSale)
	t.number(w.Reprints, people.Copies)
	t.number(w.Dropped, people.Dropped)
	t.number(w.Stopped, people.Stopped)
	t.number(w.PINs, people.WrongPINs)
	t.open(w.Unresolved, r.Unresolved, r.MoreUnresolved)
	t.open(w.Exceptions, r.Exceptions, r.MoreExceptions)
}

func (t *reportRows) open(label string, items []ledger.OpenItem, more uint64) {
	t.number(label, uint64(len(items))+more)
	for i := range items {
		item := &items[i]
		t.add("  "+assets.Fill(t.words.Tail, "tail", item.Sale.Tail())+" "+t.stateOf(item), "", ledger.Fen(item.Fen).String())
	}
}

// stateOf is how an open item stands, or what is wrong with it.
func (t *reportRows) stateOf(item *ledger.OpenItem) string {
	switch {
	case item.ID != 0:
		return t.words.Notes[item.Note]
	case item.Order == "" && item.State == 0:
		return t.words.Tender.Held
	case item.Order == "":
		return t.words.Tender.PartPaid.Short
	case item.Refund != "":
		return t.words.Refund.States[ledger.RefundState(item.State)].Short
	}
	return t.words.States[ledger.AttemptState(item.State)].Short
}

func signedFen(fen int64) string {
	if fen > 0 {
		return "+" + ledger.Fen(fen).String()
	}
	return ledger.Fen(fen).String()
}

package console

import (
	"fmt"
	"strings"

	"guitai/ledger"
)

// period is the last Z report, or what has happened since, as `guitai day --json` prints it. Amounts are fen.
type period struct {
	Z       uint64     `json:"z,omitempty"` // the report's number; none: the period still runs
	Since   string     `json:"since,omitempty"`
	Until   string     `json:"until,omitempty"`
	Head    string     `json:"head,omitempty"` // hash of the last event before the report
	Tenders []dayTotal `json:"tenders"`
	People  []person   `json:"people"`
	Shifts  []shift    `json:"shifts"`

	Late        ledger.Tally `json:"late"`      // money that came to an ended or paid sale
	LateBack    ledger.Tally `json:"late_back"` // of it, given back by the channels
	ByHand      ledger.Tally `json:"by_hand"`
	CashIn      ledger.Tally `json:"cash_in"`
	CashOut     ledger.Tally `json:"cash_out"`
	Dropped     uint64       `json:"dropped"`
	Stopped     uint64       `json:"stopped"`
	Drawer      uint64       `json:"drawer"`
	NoSale      uint64       `json:"no_sale"`
	Reprints    uint64       `json:"reprints"`
	WrongPINs   uint64       `json:"wrong_pins"`
	Unresolved  uint64       `json:"unresolved"`
	Exceptions  uint64       `json:"exceptions"`
	Trained     ledger.Tally `json:"training"`
	Trainings   uint64       `json:"trainings"`
	Lost        uint64       `json:"trainings_lost"`  // did not end in order: nobody knows what was paid in them
	Corrections []dayTotal   `json:"corrections"`     // of sales keyed before the period, by day
	Grand       dayTotal     `json:"grand"`           // of all that was ever sold here
	Blind       bool         `json:"blind,omitempty"` // a shift is not counted: amounts with cash in them are left out, and are 0
}

type person struct {
	dayTotal
	Person string `json:"person"`
	NoSale uint64 `json:"no_sale"`
}

type shift struct {
	Number     uint64 `json:"number"`
	Person     string `json:"person"`
	Opened     string `json:"opened"`
	Closed     string `json:"closed,omitempty"`
	Float      int64  `json:"float"`
	Expected   *int64 `json:"expected,omitempty"` // of a shift that has ended
	Counted    *int64 `json:"counted,omitempty"`  // absent: nobody has counted
	First      *int64 `json:"first,omitempty"`    // the first count
	Automatic  bool   `json:"automatic,omitempty"`
	Accepted   string `json:"accepted,omitempty"`
	HandedOver string `json:"handed_over,omitempty"`
}

func lineTotal(l ledger.Line) dayTotal {
	return dayTotal{Channel: l.Name, Count: int(l.Count), Amount: l.Fen, Refunds: int(l.Refunds), Returned: l.Returned, Net: l.Fen - l.Returned}
}

func newPeriod(calendar ledger.Calendar, r *ledger.Report) period {
	people := r.Of()
	p := period{
		Z: r.Z, Tenders: []dayTotal{}, People: []person{}, Shifts: []shift{}, Corrections: []dayTotal{}, Late: r.Late, LateBack: r.LateBack,
		ByHand: r.ByHand, CashIn: r.CashIn, CashOut: r.CashOut, Dropped: people.Dropped, Stopped: people.Stopped, Drawer: people.Drawer,
		NoSale: people.NoSale, Reprints: people.Copies, WrongPINs: people.WrongPINs, Trained: r.Trained, Trainings: r.Trainings, Lost: r.TrainingsLost, Grand: lineTotal(r.Grand), Blind: r.Blind,
		Unresolved: uint64(len(r.Unresolved)) + r.MoreUnresolved, Exceptions: uint64(len(r.Exceptions)) + r.MoreExceptions,
	}
	if !r.Since.IsZero() {
		p.Since = stamp(calendar, r.Since)
	}
	if r.Z > 0 {
		p.Until, p.Head = stamp(calendar, r.At), r.Head.Hash.String()
	}
	for _, l := range r.Tenders {
		p.Tenders = append(p.Tenders, lineTotal(l))
	}
	for _, l := range r.People {
		p.People = append(p.People, person{lineTotal(l.Line), l.Name, l.NoSale})
	}
	for _, l := range r.Corrections {
		l.Name = l.Day.String()
		p.Corrections = append(p.Corrections, lineTotal(l.Line))
	}
	for i := range r.Shifts {
		p.Shifts = append(p.Shifts, newShift(calendar, &r.Shifts[i]))
	}
	if r.Running.Number > 0 {
		p.Shifts = append(p.Shifts, newShift(calendar, &r.Running))
	}
	return p
}

func newShift(calendar ledger.Calendar, s *ledger.Shift) shift {
	out := shift{Number: s.Number, Person: s.Person, Opened: stamp(calendar, s.OpenedAt), Float: s.Float, Automatic: s.Automatic, Accepted: s.Accepted, HandedOver: s.To}
	if s.Counts > 0 {
		out.First = &s.First
	}
	if s.ClosedAt.IsZero() {
		return out
	}
	out.Closed, out.Expected = stamp(calendar, s.ClosedAt), &s.Expected
	if _, counted := s.Difference(); counted {
		out.Counted = &s.Counted
	}
	return out
}

// periodText is a Z report, or the running period, in a few lines.
func periodText(p *period) string {
	var b strings.Builder
	if p.Z > 0 {
		fmt.Fprintf(&b, "\nZ report %d of %s, head %s\n", p.Z, p.Until, p.Head)
	} else {
		fmt.Fprintf(&b, "\nsince the last Z report, from %s on\n", p.Since)
	}
	if p.Blind {
		b.WriteString("the drawer is not counted: cash, and what it is a part of, is left out and stands as 0.00\n")
	}
	for _, t := range p.Tenders {
		fmt.Fprintf(&b, "%-12s  %d  %s  back %d  %s\n", t.Channel, t.Count, ledger.Fen(t.Amount), t.Refunds, ledger.Fen(-t.Returned))
	}
	for _, t := range p.People {
		fmt.Fprintf(&b, "by %-9s  %d  %s  back %d  %s  drawer without a sale %d\n", t.Person, t.Count, ledger.Fen(t.Amount), t.Refunds, ledger.Fen(-t.Returned), t.NoSale)
	}
	for _, t := range p.Corrections {
		fmt.Fprintf(&b, "of these for %s  %d  %s  back %d  %s\n", t.Channel, t.Count, ledger.Fen(t.Amount), t.Refunds, ledger.Fen(-t.Returned))
	}
	for i := range p.Shifts {
		b.WriteString(shiftText(&p.Shifts[i]))
	}
	fmt.Fprintf(&b, "put in %s, taken out %s; drawer opened %d, of them %d without a sale; receipts again %d\n",
		ledger.Fen(p.CashIn.Fen), ledger.Fen(p.CashOut.Fen), p.Drawer, p.NoSale, p.Reprints)
	fmt.Fprintf(&b, "given up %d, stopped %d, wrong PINs %d; unresolved %d, exceptions %d\n", p.Dropped, p.Stopped, p.WrongPINs, p.Unresolved, p.Exceptions)
	if p.Trainings > 0 {
		fmt.Fprintf(&b, "training begun here %d times, %d without an end; paid in it, in no total: %d  %s\n", p.Trainings, p.Lost, p.Trained.Count, ledger.Fen(p.Trained.Fen))
	}
	fmt.Fprintf(&b, "ever: %d  %s  back %d  %s\n", p.Grand.Count, ledger.Fen(p.Grand.Amount), p.Grand.Refunds, ledger.Fen(-p.Grand.Returned))
	return b.String()
}

func shiftText(s *shift) string {
	text := fmt.Sprintf("shift %d of %s, float %s", s.Number, s.Person, ledger.Fen(s.Float))
	switch {
	case s.Closed == "":
		text += ", open"
	case s.Counted == nil:
		text += fmt.Sprintf(", expected %s, not counted", ledger.Fen(*s.Expected))
	default:
		text += fmt.Sprintf(", expected %s, counted %s, difference %s", ledger.Fen(*s.Expected), ledger.Fen(*s.Counted), ledger.Fen(*s.Counted-*s.Expected))
	}
	for _, more := range []struct{ before, what string }{{", accepted by ", s.Accepted}, {", handed over to ", s.HandedOver}} {
		if more.what != "" {
			text += more.before + more.what
		}
	}
	if s.Automatic {
		text += ", closed by the till"
	}
	return text + "\n"
}

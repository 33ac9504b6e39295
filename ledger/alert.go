package ledger

import "time"

// AlertRule names a pattern of trades that a supervisor should look at. It accuses nobody: each alert carries the events it rests on.
type AlertRule string

// The rules. A person's events of one business day are looked at together.
const (
	AlertFastRefund AlertRule = "fast-refund"  // refunds soon after the payment: the customer may just have left
	AlertOwnRefund  AlertRule = "own-refund"   // refunds by whoever has sold
	AlertVoids      AlertRule = "voids"        // sales given up, or payments stopped, more than others do
	AlertTiny       AlertRule = "tiny"         // sales of next to nothing
	AlertHours      AlertRule = "hours"        // trades while the shop is closed
	AlertRepeat     AlertRule = "repeat"       // the same amount again soon after it was given up or given back
	AlertBand       AlertRule = "band"         // an amount far outside this person's usual ones
	AlertLooseCode  AlertRule = "loose-code"   // customers' codes scanned while nothing was to be paid
	AlertWrongPIN   AlertRule = "wrong-pin"    // wrong PINs
	AlertWatched    AlertRule = "watched-sale" // somebody at the till has said that something was wrong with a sale
	AlertNoSale     AlertRule = "no-sale"      // the drawer let open by hand, for no sale
	AlertDifference AlertRule = "difference"   // the drawer was counted, and the first or the last count is far from what should be there
	AlertLeftOpen   AlertRule = "left-open"    // a shift closed by the till: nobody has counted, or nobody has accepted the difference
	AlertReprints   AlertRule = "reprints"     // receipts printed again
)

// AlertRules lists the rules, in the order of a screen.
var AlertRules = []AlertRule{
	AlertWatched, AlertFastRefund, AlertOwnRefund, AlertVoids, AlertTiny, AlertHours, AlertRepeat, AlertBand,
	AlertNoSale, AlertDifference, AlertLeftOpen, AlertReprints, AlertLooseCode, AlertWrongPIN,
}

// Thresholds say from when on a rule speaks. Counts are of one person and one business day: a rule speaks once there are so many. Zero
// switches a rule off.
// The defaults follow the starting values of published loss-prevention guides where there are any, and else the false alarms of
// simulated months (DESIGN.md has both rates for each rule).
type Thresholds struct {
	FastRefunds  int           // refunds within FastWithin of their payment
	FastWithin   time.Duration // default 10 minutes
	OwnRefunds   int           // refunds of one's own sales
	Voids        int           // sales given up or stopped, at least so many
	VoidPercent  int           // and more than this share of the sales
	Tiny         int           // sales below TinyBelow
	TinyBelow    int64         // fen
	Opens        time.Duration // after midnight; the shop is closed before
	Closes       time.Duration // and from here on; Opens == Closes: no hours are known
	Repeats      int           // same amount within RepeatWithin after it was given up or given back
	RepeatWithin time.Duration
	BandTimes    int64 // so many times this person's largest usual amount; 0: off
	BandAfter    int   // sales by which a person's usual amounts are known
	LooseCodes   int
	WrongPINs    int
	NoSales      int   // openings of the drawer for no sale
	Difference   int64 // fen, either way: more than this between a count and what should have been in the drawer; 0: nor of shifts left open
	Reprints     int   // further copies of receipts, of whatever sales
	Watched      int   // sales of which somebody has said that something was wrong
}

// DefaultThresholds are those of a shop that has chosen none.
func DefaultThresholds() Thresholds {
	return Thresholds{
		FastRefunds: 3, FastWithin: 10 * time.Minute, OwnRefunds: 3, Voids: 5, VoidPercent: 5, Tiny: 3, TinyBelow: 100,
		Repeats: 3, RepeatWithin: 10 * time.Minute, BandTimes: 4, BandAfter: 100, LooseCodes: 3, WrongPINs: 5,
		NoSales: 9, Difference: 20_00, Reprints: 5, Watched: 1,
	}
}

// From is how many events of a rule make an alert; 0 where the rule is switched off.
func (t *Thresholds) From(rule AlertRule) int {
	once := func(on bool) int {
		if on {
			return 1
		}
		return 0
	}
	switch rule {
	case AlertHours:
		return once(t.Opens != t.Closes)
	case AlertBand:
		return once(t.BandTimes > 0)
	case AlertDifference, AlertLeftOpen:
		return once(t.Difference > 0)
	}
	return map[AlertRule]int{
		AlertFastRefund: t.FastRefunds, AlertOwnRefund: t.OwnRefunds, AlertVoids: t.Voids, AlertTiny: t.Tiny, AlertRepeat: t.Repeats,
		AlertLooseCode: t.LooseCodes, AlertWrongPIN: t.WrongPINs, AlertNoSale: t.NoSales, AlertReprints: t.Reprints, AlertWatched: t.Watched,
	}[rule]
}

// Alert is a rule that has spoken about one person on one day. It grows while the day goes on.
type Alert struct {
	Rule     AlertRule
	Person   string // empty: the till as a whole
	Day      Day
	At       time.Time  // of the last event
	Count    int        // events that count, of which Evidence has the last ones
	Fen      int64      // the largest difference of a count; below zero something was missing
	Evidence []Evidence // the oldest first
}

// Evidence is one event that an alert rests on.
type Evidence struct {
	Seq   uint64
	Sale  SaleID  // empty where it is about none
	Order OrderNo // the sale's last one, by which it can be found; empty where it had none
	Fen   int64   // of the sale
}

// maxEvidence bounds what an alert carries.
const maxEvidence = 20

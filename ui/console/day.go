package console

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"guitai/ledger"
)

// dayReport is what `guitai day --json` prints. Amounts are fen; times are RFC 3339 on the shop's clock.
type dayReport struct {
	Day     string      `json:"day"`
	Sales   []daySale   `json:"sales"`
	Refunds []dayRefund `json:"refunds"` // whose money went back on this day, of other days' sales
	Totals  []dayTotal  `json:"totals"`

	Exceptions int `json:"exceptions"` // open now, of whatever day

	LastZ   *period `json:"last_z,omitempty"` // both where no date was asked for; or the one that was asked for
	Running *period `json:"running,omitempty"`
}

type daySale struct {
	Number   string       `json:"number"`
	Tail     string       `json:"tail"`
	Amount   int64        `json:"amount"`
	Currency string       `json:"currency"`
	Tender   string       `json:"tender"` // "scan-to-pay", or empty while nothing has settled the sale
	Channel  string       `json:"channel"`
	State    string       `json:"state"`
	Truth    string       `json:"truth"`
	Opened   string       `json:"opened"`
	Paid     string       `json:"paid,omitempty"`
	Cashier  string       `json:"cashier"`
	Returned int64        `json:"returned"` // what is back with the customer
	Going    int64        `json:"going"`    // what is on its way back
	Attempts []dayAttempt `json:"attempts"`
}

type dayAttempt struct {
	Order     string `json:"order"`
	Channel   string `json:"channel"`
	Way       string `json:"way"` // "code" or "qr"
	State     string `json:"state"`
	Truth     string `json:"truth"`
	Owes      string `json:"owes"` // what is owed to the channel: none, pay, order, query, close
	ChannelNo string `json:"channel_no,omitempty"`
	Code      string `json:"code,omitempty"` // the channel's last code
	Opened    string `json:"opened"`
	Since     string `json:"since"`
	Late      bool   `json:"late,omitempty"` // paid after it had ended

	Refunds []attemptRefund `json:"refunds,omitempty"`
	ByHand  int64           `json:"by_hand,omitempty"` // of late money, given back outside the channel
}

// attemptRefund is a refund of a sale of the day.
type attemptRefund struct {
	Number    string `json:"number"`
	Amount    int64  `json:"amount"`
	State     string `json:"state"`
	Cause     string `json:"cause"` // person, late, second
	Why       string `json:"why,omitempty"`
	By        string `json:"by"`
	ChannelNo string `json:"channel_no,omitempty"`
	Code      string `json:"code,omitempty"` // the channel's last code
	Opened    string `json:"opened"`
	Since     string `json:"since"`
	Day       string `json:"day,omitempty"` // on which the money went back
}

// dayRefund is a refund of another day's sale.
type dayRefund struct {
	Number  string `json:"number"`
	Sale    string `json:"sale"`
	Tail    string `json:"tail"`
	Channel string `json:"channel"`
	Amount  int64  `json:"amount"`
	State   string `json:"state"`
	Cause   string `json:"cause"`
	Late    bool   `json:"late,omitempty"` // of late money, which is in no total
	At      string `json:"at"`
}

// dayTotal counts a refund on the day on which the money went back, whenever its sale was.
type dayTotal struct {
	Channel  string `json:"channel,omitempty"`
	Tender   string `json:"tender,omitempty"` // of money that came without a channel
	Count    int    `json:"count"`
	Amount   int64  `json:"amount"`
	Refunds  int    `json:"refunds"`
	Returned int64  `json:"returned"`
	Net      int64  `json:"net"`
}

var causes = map[ledger.RefundCause]string{ledger.CausePerson: "person", ledger.CauseLate: "late", ledger.CauseSecond: "second"}

// newDayReport takes the sales that belong to a day, and all refunds that do.
func newDayReport(calendar ledger.Calendar, day ledger.Day, sales []ledger.Sale, refunds []ledger.RefundRow) dayReport {
	report := dayReport{Day: day.String(), Sales: []daySale{}, Refunds: []dayRefund{}, Totals: []dayTotal{}}
	rows, own := []ledger.Row{}, map[ledger.SaleID]bool{}
	for i := range sales {
		report.Sales = append(report.Sales, newDaySale(calendar, &sales[i]))
		rows, own[sales[i].ID] = append(rows, ledger.RowOf(&sales[i])), true
	}
	for _, r := range refunds {
		if !own[r.Sale] && !r.Part {
			report.Refunds = append(report.Refunds, dayRefund{
				Number: string(r.Number), Sale: string(r.Sale), Tail: r.Sale.Tail(), Channel: cmp.Or(string(r.Channel), r.Tender.String()), Amount: r.Amount.Fen,
				State: r.State.String(), Cause: causes[r.Cause], Late: r.Late, At: stamp(calendar, r.At),
			})
		}
	}
	for _, t := range ledger.SumRows(rows, refunds) {
		report.Totals = append(report.Totals, dayTotal{
			string(t.Channel), t.Tender.String(), t.Count, t.Amount.Fen, t.Refunds, t.Returned.Fen, t.Amount.Fen - t.Returned.Fen,
		})
	}
	return report
}

func newDaySale(calendar ledger.Calendar, sale *ledger.Sale) daySale {
	out := daySale{
		Number: string(sale.ID), Tail: sale.ID.Tail(), Amount: sale.Amount.Fen, Currency: string(sale.Amount.Currency),
		State: "open", Opened: stamp(calendar, sale.OpenedAt), Cashier: sale.Actor.Person, Attempts: []dayAttempt{},
	}
	if shown := sale.Shown(); shown != nil {
		out.Channel, out.State, out.Truth = string(shown.Channel), shown.State.String(), shown.Truth().String()
	}
	if paid := sale.Paid(); paid != nil {
		out.Tender, out.Paid = "scan-to-pay", stamp(calendar, paid.SinceAt)
	}
	if len(sale.Tenders) > 0 && sale.Settled() {
		out.State, out.Paid = "paid", stamp(calendar, sale.SettledAt())
	}
	for i := range sale.Tenders {
		t := &sale.Tenders[i]
		out.Tender = strings.TrimPrefix(out.Tender+" + "+t.Kind.String(), " + ")
		out.Returned += t.Returned()
	}
	if sale.Paid() == nil && sale.Dropped {
		out.State = "dropped"
	}
	for i := range sale.Attempts {
		a := &sale.Attempts[i]
		out.Attempts = append(out.Attempts, newDayAttempt(calendar, a))
		out.Returned += a.Back()
		for j := range a.Refunds {
			if r := &a.Refunds[j]; r.Holds() && !r.State.Final() {
				out.Going += r.Amount.Fen
			}
		}
	}
	return out
}

func newDayAttempt(calendar ledger.Calendar, a *ledger.Attempt) dayAttempt {
	way := "code"
	if a.Way == ledger.ByQR {
		way = "qr"
	}
	out := dayAttempt{
		Order: string(a.Order), Channel: string(a.Channel), Way: way, State: a.State.String(), Truth: a.Truth().String(),
		Owes: a.Task.String(), ChannelNo: a.ChannelNo, Code: a.Code, Opened: stamp(calendar, a.OpenedAt), Since: stamp(calendar, a.SinceAt),
		Late: a.State == ledger.Orphan, ByHand: a.ByHand,
	}
	for i := range a.Refunds {
		out.Refunds = append(out.Refunds, newAttemptRefund(calendar, &a.Refunds[i]))
	}
	return out
}

func newAttemptRefund(calendar ledger.Calendar, r *ledger.Refund) attemptRefund {
	out := attemptRefund{
		Number: string(r.Number), Amount: r.Amount.Fen, State: r.State.String(), Cause: causes[r.Cause], Why: r.Why, By: r.Actor.Person,
		ChannelNo: r.ChannelNo, Code: r.Code, Opened: stamp(calendar, r.OpenedAt), Since: stamp(calendar, r.SinceAt),
	}
	if r.Day != 0 {
		out.Day = r.Day.String()
	}
	return out
}

func stamp(calendar ledger.Calendar, t time.Time) string { return calendar.In(t).Format(time.RFC3339) }

func dayText(r dayReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %d sales\n", r.Day, len(r.Sales))
	for _, sale := range r.Sales {
		fmt.Fprintf(&b, "%s  %s  %12s  %-8s  %-9s  %s\n", clock(sale.Opened), sale.Tail,
			ledger.Fen(sale.Amount), cmp.Or(sale.Channel, sale.Tender), sale.State, sale.Truth)
		for _, a := range sale.Attempts {
			b.WriteString(attemptRefunds(a, r.Day))
		}
	}
	if len(r.Refunds) > 0 {
		fmt.Fprintf(&b, "given back on this day, of other days' sales: %d\n", len(r.Refunds))
	}
	for _, refund := range r.Refunds {
		late := ""
		if refund.Late {
			late = "  late money, in no total"
		}
		fmt.Fprintf(&b, "%s  %s  %12s  %-8s  %-9s  %s%s\n", clock(refund.At), refund.Tail, ledger.Fen(-refund.Amount), refund.Channel, refund.State, refund.Number, late)
	}
	for _, t := range r.Totals {
		fmt.Fprintf(&b, "%-8s  %d  %s", cmp.Or(t.Channel, t.Tender), t.Count, ledger.Fen(t.Amount))
		if t.Refunds > 0 {
			fmt.Fprintf(&b, "  refunds %d  %s  net %s", t.Refunds, ledger.Fen(-t.Returned), ledger.Fen(t.Net))
		}
		b.WriteString("\n")
	}
	if r.Exceptions > 0 {
		fmt.Fprintf(&b, "%d exceptions are open: guitai exceptions lists them\n", r.Exceptions)
	}
	for _, p := range []*period{r.LastZ, r.Running} {
		if p != nil {
			b.WriteString(periodText(p))
		}
	}
	return b.String()
}

// attemptRefunds has a line for each refund, below its sale; one that went back on another day says so.
func attemptRefunds(a dayAttempt, day string) string {
	var b strings.Builder
	for _, r := range a.Refunds {
		fmt.Fprintf(&b, "%s  %s  %12s  %-8s  %-9s  %s", clock(r.Since), backWord(r.State), ledger.Fen(-r.Amount), a.Channel, r.State, r.Number)
		if r.Day != "" && r.Day != day {
			fmt.Fprintf(&b, "  on %s", r.Day)
		}
		b.WriteString("\n")
	}
	if a.ByHand > 0 {
		fmt.Fprintf(&b, "          back  %12s  %-8s  by hand\n", ledger.Fen(-a.ByHand), a.Channel)
	}
	return b.String()
}

func clock(stamp string) string {
	at, _ := time.Parse(time.RFC3339, stamp)
	return at.Format(time.TimeOnly)
}

// backWord says whether a refund's money is with the customer, owed to the customer, or will not come.
func backWord(state string) string {
	switch state {
	case ledger.RefundReturned.String(), ledger.RefundByHand.String():
		return "back"
	case ledger.RefundFailed.String():
		return "none"
	}
	return "owed"
}

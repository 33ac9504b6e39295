package console

import (
	"fmt"
	"strings"
	"time"

	"guitai/ledger"
)

// dayReport is what `guitai day --json` prints. Amounts are fen; times are RFC 3339 on the shop's clock.
type dayReport struct {
	Day    string     `json:"day"`
	Sales  []daySale  `json:"sales"`
	Totals []dayTotal `json:"totals"`
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
}

type dayTotal struct {
	Channel string `json:"channel"`
	Count   int    `json:"count"`
	Amount  int64  `json:"amount"`
}

func newDayReport(calendar ledger.Calendar, day ledger.Day, sales []ledger.Sale) dayReport {
	report := dayReport{Day: day.String(), Sales: []daySale{}, Totals: []dayTotal{}}
	for i := range sales {
		report.Sales = append(report.Sales, newDaySale(calendar, &sales[i]))
	}
	for _, total := range ledger.SumDay(sales, day) {
		report.Totals = append(report.Totals, dayTotal{string(total.Channel), total.Count, total.Amount.Fen})
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
	} else if sale.Dropped {
		out.State = "dropped"
	}
	for i := range sale.Attempts {
		out.Attempts = append(out.Attempts, newDayAttempt(calendar, &sale.Attempts[i]))
	}
	return out
}

func newDayAttempt(calendar ledger.Calendar, a *ledger.Attempt) dayAttempt {
	way := "code"
	if a.Way == ledger.ByQR {
		way = "qr"
	}
	return dayAttempt{
		Order: string(a.Order), Channel: string(a.Channel), Way: way, State: a.State.String(), Truth: a.Truth().String(),
		Owes: a.Task.String(), ChannelNo: a.ChannelNo, Code: a.Code, Opened: stamp(calendar, a.OpenedAt), Since: stamp(calendar, a.SinceAt),
		Late: a.State == ledger.Orphan,
	}
}

func stamp(calendar ledger.Calendar, t time.Time) string { return calendar.In(t).Format(time.RFC3339) }

func dayText(r dayReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %d sales\n", r.Day, len(r.Sales))
	for _, sale := range r.Sales {
		opened, _ := time.Parse(time.RFC3339, sale.Opened)
		fmt.Fprintf(&b, "%s  %s  %12s  %-8s  %-9s  %s\n", opened.Format(time.TimeOnly), sale.Tail,
			ledger.Fen(sale.Amount), sale.Channel, sale.State, sale.Truth)
	}
	for _, total := range r.Totals {
		fmt.Fprintf(&b, "%-8s  %d  %s\n", total.Channel, total.Count, ledger.Fen(total.Amount))
	}
	return b.String()
}

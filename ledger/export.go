package ledger

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
)

// DayLine is one line of a day's export: a sale, a part of one that was paid in several ways, or a refund whose money went back on
// the day. Taken and Returned are what the line
// adds to the day's totals, so their sums over any lines are the totals of those lines. Amounts are fen; times are RFC 3339 on the
// shop's clock. No line has a QR, a mark or more of a customer's code than its last four digits.
type DayLine struct {
	Kind      string `json:"kind"` // sale, part, refund, or total
	Day       string `json:"day"`
	At        string `json:"at,omitempty"` // keyed; of a refund, when it was back
	Sale      string `json:"sale,omitempty"`
	Tail      string `json:"tail,omitempty"`
	Cashier   string `json:"cashier,omitempty"` // of a refund, who wanted it
	Approver  string `json:"approver,omitempty"`
	Tender    string `json:"tender,omitempty"` // the channel, or the kind of money without one
	Way       string `json:"way,omitempty"`    // code or qr
	State     string `json:"state,omitempty"`
	Truth     string `json:"truth,omitempty"`
	Amount    int64  `json:"amount"` // of a total: what is left of what was taken
	Taken     int64  `json:"taken"`
	Returned  int64  `json:"returned"`
	Order     string `json:"order,omitempty"`
	Refund    string `json:"refund,omitempty"`
	ChannelNo string `json:"channel_no,omitempty"` // what the channel's statement has
	Code      string `json:"code,omitempty"`       // the last four digits of the customer's
	Why       string `json:"why,omitempty"`        // a refund's reason
	Late      bool   `json:"late,omitempty"`       // a refund of money that belonged to no sale: in no total
	Count     int    `json:"count,omitempty"`      // of a total: paid sales, and refunds
	Refunds   int    `json:"refunds,omitempty"`

	at time.Time
}

// DayLines gives the lines of a day in the order of their times, as far as the filter chooses them, and behind them a total for each
// channel. sales are those of the day; refunds are all that belong to it, and of find the sale of each that is of another day.
func DayLines(calendar Calendar, day Day, sales []Sale, refunds []RefundRow, find func(OrderNo) (Sale, bool, error), filter RowFilter) ([]DayLine, error) {
	rows, byID := make([]Row, len(sales)), make(map[SaleID]*Sale, len(sales))
	for i := range sales {
		rows[i], byID[sales[i].ID] = RowOf(&sales[i]), &sales[i]
	}
	rows, refunds = filter.Pick(rows, refunds)
	var lines []DayLine
	for i := range rows {
		lines = append(lines, saleLine(calendar, day, byID[rows[i].Sale], &rows[i]))
	}
	for i := range refunds {
		r := &refunds[i]
		sale := byID[r.Sale]
		if sale == nil {
			other, ok, err := find(r.Of())
			if err != nil {
				return nil, err
			}
			if ok {
				sale = &other
			}
		}
		lines = append(lines, refundLine(calendar, day, sale, r))
	}
	slices.SortStableFunc(lines, func(a, b DayLine) int { return a.at.Compare(b.at) })
	for _, t := range SumRows(rows, refunds) {
		lines = append(lines, DayLine{Kind: "total", Day: day.String(), Tender: tenderWord(t.Channel, t.Tender), Count: t.Count, Amount: t.Amount.Fen - t.Returned.Fen,
			Refunds: t.Refunds, Taken: t.Amount.Fen, Returned: t.Returned.Fen})
	}
	return lines, nil
}

// Order is the order whose money the refund gives back.
func (r RefundNo) Order() OrderNo {
	at := strings.LastIndexByte(string(r), 'R')
	return OrderNo(r[:max(at, 0)])
}

func saleLine(calendar Calendar, day Day, s *Sale, r *Row) DayLine {
	line := DayLine{
		Kind: "sale", Day: day.String(), At: calendar.In(s.OpenedAt).Format(time.RFC3339), Sale: string(s.ID), Tail: s.ID.Tail(),
		Cashier: s.Actor.Person, Approver: s.Actor.Approver, Tender: string(r.Channel), State: "open", Amount: s.Amount.Fen, at: s.OpenedAt,
	}
	if shown := s.Shown(); shown != nil {
		line.Way, line.State, line.Truth = wayWord(shown.Way), shown.State.String(), shown.Truth().String()
		line.Order, line.ChannelNo, line.Code = string(shown.Order), shown.ChannelNo, shown.Last4
	}
	if r.Tender != 0 && (r.Settled || r.Channel == "") {
		line.Tender = tendersWord(s)
		line.Way, line.State, line.Truth = "", "part paid", s.Tenders[0].Truth().String()
		if r.Settled {
			line.State = Paid.String()
		}
	}
	switch {
	case r.Split: // its parts have lines of their own
	case r.Settled || r.Paid != "":
		line.Taken = s.Amount.Fen
	case s.Dropped:
		line.State = "dropped"
	}
	return line
}

// tenderWord names what money came by in reports.
func tenderWord(channel Channel, kind TenderKind) string {
	if kind != 0 {
		return kind.String()
	}
	return string(channel)
}

// tendersWord names all that a sale was paid by.
func tendersWord(s *Sale) string {
	var words []string
	if paid := s.Paid(); paid != nil {
		words = append(words, string(paid.Channel))
	}
	for i := range s.Tenders {
		if word := s.Tenders[i].Kind.String(); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " + ")
}

func refundLine(calendar Calendar, day Day, s *Sale, r *RefundRow) DayLine {
	line := DayLine{
		Kind: "refund", Day: day.String(), At: calendar.In(r.At).Format(time.RFC3339), Sale: string(r.Sale), Tail: r.Sale.Tail(),
		Tender: tenderWord(r.Channel, r.Tender), State: r.State.String(), Amount: r.Amount.Fen, Late: r.Late, Cashier: r.Cashier, at: r.At,
	}
	if r.Tender == 0 {
		line.Order = string(r.Of())
	}
	if r.Part {
		line.Kind, line.State, line.Taken = "part", Paid.String(), r.Amount.Fen
		return line
	}
	line.Refund = string(r.Number)
	if r.counts() {
		line.Returned = r.Amount.Fen
	}
	if s == nil {
		return line
	}
	if back := s.tenderReturn(r.Number); back != nil {
		line.Approver, line.Why = back.Actor.Approver, maskCodes(back.Why)
	}
	if a := s.Attempt(r.Number.Order()); a != nil {
		if refund := a.Refund(r.Number); refund != nil {
			line.Approver, line.ChannelNo, line.Why = refund.Actor.Approver, refund.ChannelNo, maskCodes(refund.Why)
		}
	}
	return line
}

// wayWord is a way in reports.
func wayWord(w Way) string {
	if w == ByQR {
		return "qr"
	}
	return "code"
}

// WriteDayJSON writes lines for machines, one JSON object each.
func WriteDayJSON(out io.Writer, lines []DayLine) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i := range lines {
		if err := encoder.Encode(&lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// csvHead names the columns.
var csvHead = []string{"kind", "day", "time", "sale", "tail", "cashier", "approver", "tender", "way", "state", "truth", "amount", "taken", "returned",
	"order", "refund", "channel number", "code", "reason"}

// WriteDayCSV writes sales and refunds for accountants, as RFC 4180 has it, with the mark by which spreadsheets know UTF-8. Amounts are
// yuan. It has no totals: a sum over a column would count them twice.
func WriteDayCSV(out io.Writer, lines []DayLine) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	err := w.Write(csvHead)
	for i := 0; i < len(lines) && err == nil; i++ {
		if lines[i].Kind != "total" {
			err = w.Write(lines[i].cells())
		}
	}
	w.Flush()
	return cmp.Or(err, w.Error())
}

func (l *DayLine) cells() []string {
	state := l.State
	if l.Late {
		state += ", late money"
	}
	at := strings.Replace(l.At[:min(len(l.At), len(time.DateTime))], "T", " ", 1) // without the zone, which spreadsheets take for text
	cells := []string{l.Kind, l.Day, at, l.Sale, l.Tail, l.Cashier, l.Approver, l.Tender, l.Way, state, l.Truth,
		Fen(l.Amount).String(), Fen(l.Taken).String(), Fen(l.Returned).String(), l.Order, l.Refund, l.ChannelNo, l.Code, l.Why}
	for i := range cells {
		cells[i] = safeCell(cells[i])
	}
	return cells
}

// safeCell defuses a cell that a spreadsheet would run as a formula (OWASP, CSV Injection), and keeps the digits of numbers that one
// would round (from 16 on), or whose first zeros it would drop. An apostrophe in front makes it text.
func safeCell(text string) string {
	seen := strings.TrimLeft(text, " \u00a0\ufeff")
	if seen == "" {
		return text
	}
	first := []rune(seen)[0]
	digits := strings.Trim(seen, "0123456789") == ""
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) || digits && (len(seen) > 15 || first == '0' && len(seen) > 1) {
		return "'" + text
	}
	return text
}

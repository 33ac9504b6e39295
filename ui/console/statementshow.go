package console

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"guitai/ledger"
)

// statementDay is the money of one channel and day, as `guitai statement show --json` prints it: one object a line, the newest day first.
// Amounts are fen. A day between the first and the last that has no statement of trades is a line of kind "missing", with day and channel
// alone.
type statementDay struct {
	Kind     string `json:"kind"` // statement, or missing
	Day      string `json:"day"`  // the channel's: the calendar day in Beijing
	Channel  string `json:"channel"`
	Source   string `json:"source,omitempty"` // fetched, or imported
	State    string `json:"state,omitempty"`  // taken, compared, or complete: the ledger's side was looked at, too
	Merchant string `json:"merchant,omitempty"`
	Taken    string `json:"taken,omitempty"` // when the till has got it

	Rows        uint64 `json:"rows"`
	Matched     uint64 `json:"matched"`     // that agree with this ledger
	Others      uint64 `json:"others"`      // of other tills of the shop
	Differences uint64 `json:"differences"` // that do not agree, of this till
	Pending     uint64 `json:"pending"`     // about which the channel is being asked

	Gross     int64  `json:"gross"`
	Refunds   int64  `json:"refunds"`         // also of orders that were taken back as a whole
	Discounts int64  `json:"discounts"`       // what the shop bears of them
	Fees      int64  `json:"fees"`            // without those that were given back
	Net       int64  `json:"net"`             // what the channel owes: gross, less the three
	Due       string `json:"due,omitempty"`   // the day on which it is paid out: the next one (T+1)
	PaidOut   *int64 `json:"paid_out"`        // to the bank on that day, by its statement of the balance; null: that is not here
	Missing   *int64 `json:"difference"`      // paid out, less net; null with paid_out
	Moved     *int64 `json:"balance"`         // what the day's trades have moved on the balance, by its own statement; null: that is not here
	Aside     *int64 `json:"balance_differs"` // that, less net; null with balance
}

// statementDifference is a line of kind "difference": with --day they follow their statement, in the order of the file's lines.
type statementDifference struct {
	Kind      string `json:"kind"`
	Day       string `json:"day"`
	Channel   string `json:"channel"`
	Statement string `json:"statement"` // trades, or balance
	Class     string `json:"class"`     // one word
	Reason    string `json:"reason"`    // a sentence
	Row       string `json:"row"`       // payment, refund, or reversal; empty where it is about no row
	Line      uint64 `json:"line"`      // in the file; 0: the file lacks it
	Sale      string `json:"sale,omitempty"`
	Order     string `json:"order,omitempty"`
	Refund    string `json:"refund,omitempty"`
	ChannelNo string `json:"channel_no,omitempty"`
	Ours      *int64 `json:"ours"`   // what the ledger has; null: nothing
	Theirs    *int64 `json:"theirs"` // what the statement says; null: nothing
	Currency  string `json:"currency,omitempty"`
	Open      bool   `json:"open"`                // still on the list of exceptions
	Exception uint64 `json:"exception,omitempty"` // what guitai exceptions --resolve takes
	Event     uint64 `json:"event"`               // that has put it down
}

// statementView is what is shown.
type statementView struct {
	days    []statementDay
	differs map[string][]statementDifference // by day and channel
}

// show prints the money of days. It changes nothing, and asks for nobody.
func (c *statementCall) show(stdout, stderr io.Writer) int {
	view, err := c.readStatements()
	if err != nil {
		fmt.Fprintln(stderr, "guitai statement show:", c.Place.sentence(err, "--key FILE statement show"))
		return exitCannot
	}
	out := bufio.NewWriter(stdout)
	switch {
	case c.json:
		err = view.writeJSON(out)
	case c.csv:
		err = view.writeCSV(out)
	default:
		_, err = io.WriteString(out, view.text(c.flags))
	}
	if err := cmp.Or(err, out.Flush()); err != nil {
		fmt.Fprintln(stderr, "guitai statement show: writing:", err)
		return exitCannot
	}
	return exitGood
}

func (c *statementCall) readStatements() (_ statementView, err error) {
	view := statementView{differs: map[string][]statementDifference{}}
	store, done, err := c.reads()
	if err != nil {
		return view, err
	}
	defer func() { err = errors.Join(err, done()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return view, err
	}
	view.days = statementDays(c.Calendar, state)
	view.days = slices.DeleteFunc(view.days, func(d statementDay) bool {
		return c.day != 0 && d.Day != c.day.String() || c.channel != "" && d.Channel != string(c.channel)
	})
	if c.day == 0 {
		return view, nil
	}
	for _, d := range view.days {
		for _, kind := range []ledger.StatementKind{ledger.StatementTrades, ledger.StatementFunds} {
			key := ledger.StatementKey{Channel: ledger.Channel(d.Channel), Day: c.day, Kind: kind}
			all, err := store.DayDifferences(key)
			if err != nil {
				return view, err
			}
			for i := range all {
				view.differs[d.place()] = append(view.differs[d.place()], newStatementDifference(key, &all[i], state))
			}
		}
	}
	return view, nil
}

func (d *statementDay) place() string { return d.Day + " " + d.Channel }

// statementDays gives the money of all days that the state knows, and those that lack between the channel's own and the newest: a file
// that somebody has brought of a day long ago makes none.
func statementDays(calendar ledger.Calendar, state *ledger.State) (days []statementDay) {
	first, last, known := map[ledger.Channel]ledger.Day{}, map[ledger.Channel]ledger.Day{}, map[ledger.StatementKey]bool{}
	for _, st := range state.Statements() { // the newest first
		known[ledger.StatementKey{Channel: st.Channel, Day: st.Day}] = true
		if last[st.Channel] == 0 {
			last[st.Channel] = st.Day
		}
		if st.Source == ledger.SourceFetched {
			first[st.Channel] = st.Day
		}
	}
	for channel, newest := range last {
		for day := cmp.Or(first[channel], newest); day <= newest; day = day.Plus(1) {
			known[ledger.StatementKey{Channel: channel, Day: day}] = true
		}
	}
	for key := range known {
		days = append(days, newStatementDay(calendar, state, key.Channel, key.Day))
	}
	slices.SortFunc(days, func(a, b statementDay) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Channel, b.Channel))
	})
	return days
}

func newStatementDay(calendar ledger.Calendar, state *ledger.State, channel ledger.Channel, day ledger.Day) statementDay {
	st, ok := state.Statement(ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementTrades})
	if !ok {
		return statementDay{Kind: "missing", Day: day.String(), Channel: string(channel)}
	}
	out := statementDay{
		Kind: "statement", Day: day.String(), Channel: string(channel), Source: "fetched", State: "taken", Merchant: st.Merchant, Taken: stamp(calendar, st.At),
		Rows: st.Rows, Matched: st.Matched, Others: st.Others, Differences: st.Differing(), Pending: st.Pending,
		Gross: st.Whole.Gross, Refunds: st.Whole.Returned, Discounts: st.Whole.Discounts, Fees: st.Whole.Fees, Net: st.Whole.Net(), Due: day.Plus(1).String(),
	}
	if st.Source == ledger.SourceImported {
		out.Source = "imported"
	}
	switch {
	case st.Complete:
		out.State = "complete"
	case st.Compared:
		out.State = "compared"
	}
	funds := func(day ledger.Day) (ledger.FundsSum, bool) {
		st, ok := state.Statement(ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementFunds})
		return st.Funds, ok
	}
	if f, ok := funds(day.Plus(1)); ok {
		out.PaidOut, out.Missing = fen(f.PaidOut), fen(f.PaidOut-out.Net)
	}
	if f, ok := funds(day); ok {
		out.Moved, out.Aside = fen(f.Net()), fen(f.Net()-out.Net)
	}
	return out
}

func fen(n int64) *int64 { return &n }

// rowKinds are the kinds of a statement's rows in reports.
var rowKinds = map[ledger.RowKind]string{ledger.RowTrade: "payment", ledger.RowRefund: "refund", ledger.RowReversal: "reversal"}

func newStatementDifference(key ledger.StatementKey, d *ledger.Difference, state *ledger.State) statementDifference {
	word, ok := wordOf(d.Why)
	if !ok {
		word = exceptionWord{kind: fmt.Sprint(d.Why), cause: "something that this version has no words for"}
	}
	out := statementDifference{
		Kind: "difference", Day: key.Day.String(), Channel: string(key.Channel), Statement: statementKinds[key.Kind], Class: word.kind, Reason: word.cause,
		Row: rowKinds[d.Kind], Line: d.Line, Sale: string(d.Sale), Order: string(d.Order), Refund: string(d.Refund), ChannelNo: d.ChannelNo, Event: d.Event,
		Ours: amount(d.Ours), Theirs: amount(d.Theirs), Currency: string(cmp.Or(d.Theirs.Currency, d.Ours.Currency)),
	}
	if x := entryOf(key, d, state); x != nil {
		out.Open, out.Exception = true, x.ID
	}
	return out
}

// amount is nil where there is none.
func amount(m ledger.Money) *int64 {
	if m.Currency == "" {
		return nil
	}
	return &m.Fen
}

// entryOf finds the open entry of a difference: its own; that of another day's statement about the same number, which the list has
// once; or the one that stands for all that the list does not take.
func entryOf(key ledger.StatementKey, d *ledger.Difference, state *ledger.State) *ledger.Exception {
	for i := range state.Exceptions {
		x := &state.Exceptions[i]
		switch {
		case x.Note == d.Why && x.Order == d.Order && x.Refund == d.Refund && (x.Order != "" || x.From == key):
			return x
		case x.Note == ledger.NoteStatementMany && x.From == key && d.Event >= x.ID:
			return x
		}
	}
	return nil
}

func (v *statementView) writeJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for i := range v.days {
		var err error
		if d := &v.days[i]; d.Kind == "missing" {
			err = encoder.Encode(map[string]string{"kind": d.Kind, "day": d.Day, "channel": d.Channel})
		} else {
			err = encoder.Encode(d)
		}
		differs := v.differs[v.days[i].place()]
		for j := 0; j < len(differs) && err == nil; j++ {
			err = encoder.Encode(&differs[j])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// statementHead names the columns for accountants.
var statementHead = []string{"day", "channel", "source", "state", "merchant", "gross", "refunds", "discounts", "fees", "net", "due", "paid out", "difference",
	"rows", "matched", "other tills", "differences", "being asked"}

// writeCSV writes the money for accountants, as RFC 4180 has it, with the mark by which spreadsheets know UTF-8. Amounts are yuan. What is
// not known is empty.
func (v *statementView) writeCSV(out io.Writer) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	err := w.Write(statementHead)
	for i := 0; i < len(v.days) && err == nil; i++ {
		err = w.Write(v.days[i].cells())
	}
	w.Flush()
	return cmp.Or(err, w.Error())
}

func (d *statementDay) cells() []string {
	if d.Kind == "missing" {
		return append([]string{d.Day, d.Channel, "", d.Kind}, make([]string, len(statementHead)-4)...)
	}
	cells := []string{d.Day, d.Channel, d.Source, d.State, safeCell(d.Merchant)}
	for _, n := range []int64{d.Gross, d.Refunds, d.Discounts, d.Fees, d.Net} {
		cells = append(cells, ledger.Fen(n).String())
	}
	cells = append(cells, d.Due, yuan(d.PaidOut), yuan(d.Missing))
	for _, n := range []uint64{d.Rows, d.Matched, d.Others, d.Differences, d.Pending} {
		cells = append(cells, fmt.Sprint(n))
	}
	return cells
}

func yuan(fen *int64) string {
	if fen == nil {
		return ""
	}
	return ledger.Fen(*fen).String()
}

// safeCell defuses a cell that a spreadsheet would run as a formula, and keeps the digits of a number that it would round (from 16 on),
// or whose first zeros it would drop, as the ledger's own export does. The amounts are the till's own and stay numbers.
func safeCell(text string) string {
	seen := strings.TrimLeft(text, " \u00a0\ufeff")
	if seen == "" {
		return text
	}
	digits := strings.Trim(seen, "0123456789") == ""
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(seen)[0]) || digits && (len(seen) > 15 || seen[0] == '0' && len(seen) > 1) {
		return "'" + text
	}
	return text
}

func (v *statementView) text(flags string) string {
	if len(v.days) == 0 {
		return "no statement is here: guitai statement fetch asks the channels, guitai statement import takes a file\n"
	}
	var b strings.Builder
	missing, differs := 0, "" // the newest day with differences
	for i := range v.days {
		d := &v.days[i]
		fmt.Fprintf(&b, "%s  %-7s  ", d.Day, d.Channel)
		if d.Kind == "missing" {
			missing++
			b.WriteString("MISSING\n")
			continue
		}
		if d.Differences > 0 {
			differs = cmp.Or(differs, d.Day)
		}
		d.write(&b)
		for _, differ := range v.differs[d.place()] {
			differ.write(&b)
		}
	}
	if missing > 0 {
		fmt.Fprintf(&b, "days that are missing: %d; guitai statement fetch%s\n", missing, flags)
	}
	if differs != "" && len(v.differs) == 0 {
		fmt.Fprintf(&b, "a day's differences with their reasons: guitai statement show%s --day %s\n", flags, differs)
	}
	return b.String()
}

func (d *statementDay) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s, %s", d.Source, d.State)
	fmt.Fprintf(b, "\n    gross %s  refunds %s  discounts %s  fees %s  net %s\n", ledger.Fen(d.Gross), ledger.Fen(-d.Refunds), ledger.Fen(-d.Discounts),
		ledger.Fen(-d.Fees), ledger.Fen(d.Net))
	fmt.Fprintf(b, "    due %s: ", d.Due)
	switch {
	case d.PaidOut == nil:
		b.WriteString("what was paid out is not known")
	case *d.Missing == 0:
		fmt.Fprintf(b, "paid out %s, to the fen", ledger.Fen(*d.PaidOut))
	default:
		fmt.Fprintf(b, "paid out %s, difference %s", ledger.Fen(*d.PaidOut), ledger.Fen(*d.Missing))
	}
	if d.Aside != nil && *d.Aside != 0 {
		fmt.Fprintf(b, "; the balance moved by %s, difference %s", ledger.Fen(*d.Moved), ledger.Fen(*d.Aside))
	}
	fmt.Fprintf(b, "\n    %d rows: %d agree, %d of other tills, %d differences, %d being asked about\n", d.Rows, d.Matched, d.Others, d.Differences, d.Pending)
}

// ledgerAndStatement puts what the two sides have beside each other.
func ledgerAndStatement(ours, theirs *int64) string {
	side := func(fen *int64) string {
		if fen == nil {
			return "nothing"
		}
		return yuan(fen)
	}
	return "here " + side(ours) + "  statement " + side(theirs)
}

func (d *statementDifference) write(b *strings.Builder) {
	b.WriteString("    ")
	if d.Line > 0 {
		fmt.Fprintf(b, "line %d  ", d.Line)
	}
	fmt.Fprintf(b, "%s\n        %s", d.Reason, ledgerAndStatement(d.Ours, d.Theirs))
	if d.Currency != "" && d.Currency != string(ledger.CNY) {
		fmt.Fprintf(b, " %s", d.Currency)
	}
	if d.Order != "" {
		fmt.Fprintf(b, "  order %s", d.Order)
	}
	if d.Refund != "" {
		fmt.Fprintf(b, "  refund %s", d.Refund)
	}
	if d.ChannelNo != "" {
		fmt.Fprintf(b, "  channel's number %s", d.ChannelNo)
	}
	if d.Open {
		fmt.Fprintf(b, "\n        open: entry %d of guitai exceptions\n", d.Exception)
	} else {
		b.WriteString("\n        settled\n")
	}
}

package console

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// alertRow is one line of `guitai alerts --json`.
type alertRow struct {
	Rule     string     `json:"rule"`
	Person   string     `json:"person"` // empty: the till as a whole
	Day      string     `json:"day"`
	At       string     `json:"at"`                   // of the last event that counts
	Count    int        `json:"count"`                // events that count
	From     int        `json:"from"`                 // by how many the rule speaks
	Fen      int64      `json:"difference,omitempty"` // the largest of a count; below zero something was missing
	Evidence []evidence `json:"evidence"`             // the last of them, the oldest first
}

type evidence struct {
	Seq    uint64 `json:"seq"`
	Sale   string `json:"sale,omitempty"`
	Tail   string `json:"tail,omitempty"`
	Amount int64  `json:"amount,omitempty"`
}

// Alerts prints the patterns of trades that a supervisor should look at.
func Alerts(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("alerts", args, find, stdout, stderr)
	if done {
		return code
	}
	rows, err := readAlerts(c)
	if err != nil {
		fmt.Fprintln(stderr, "guitai alerts:", Sentence(err))
		return exitCannot
	}
	if c.json {
		writeJSON(stdout, rows)
	} else {
		fmt.Fprint(stdout, alertsText(rows))
	}
	return exitGood
}

func readAlerts(c call) (rows []alertRow, err error) {
	store, err := disk.Open(c.Dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	limits := c.Book.Alerts
	alerts, err := ledger.LoadAlerts(store, limits, c.Calendar, c.day)
	rows = []alertRow{}
	for i := range alerts {
		rows = append(rows, newAlertRow(c.Calendar, &limits, &alerts[i]))
	}
	return rows, err
}

func newAlertRow(calendar ledger.Calendar, limits *ledger.Thresholds, a *ledger.Alert) alertRow {
	row := alertRow{
		Rule: string(a.Rule), Person: a.Person, Day: a.Day.String(), At: stamp(calendar, a.At), Count: a.Count, From: limits.From(a.Rule), Fen: a.Fen,
		Evidence: []evidence{},
	}
	for _, e := range a.Evidence {
		row.Evidence = append(row.Evidence, evidence{e.Seq, string(e.Sale), e.Sale.Tail(), e.Fen})
	}
	return row
}

func alertsText(rows []alertRow) string {
	if len(rows) == 0 {
		return "no alerts\n"
	}
	var b strings.Builder
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(&b, "%s  %-12s  %-12s  %d (from %d on)", r.Day, r.Rule, cmp.Or(r.Person, "the till"), r.Count, r.From)
		if r.Fen != 0 {
			fmt.Fprintf(&b, "  %s", ledger.Fen(r.Fen))
		}
		b.WriteString("  events")
		for _, e := range r.Evidence {
			fmt.Fprintf(&b, " %d", e.Seq)
			if e.Tail != "" {
				fmt.Fprintf(&b, "…%s", e.Tail)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

package console

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// visitAsked is one thing that a visitor has asked the counter for.
type visitAsked struct {
	Event    uint64 `json:"event"`
	At       string `json:"at"`
	What     string `json:"what"`               // a ledger.HandKind
	Of       string `json:"of,omitempty"`       // the payment, the sale or the device
	Why      string `json:"why,omitempty"`      // the visitor's words
	Answer   string `json:"answer,omitempty"`   // yes or no; empty: nobody has answered
	By       string `json:"by,omitempty"`       // who has
	Answered string `json:"answered,omitempty"` // when
}

func (row *visitRow) answered(b *ledger.HandAnswered, by, at string) {
	i := slices.IndexFunc(row.Asked, func(a visitAsked) bool { return a.Event == b.Asked })
	if i < 0 {
		return
	}
	a := &row.Asked[i]
	a.Answer, a.By, a.Answered = "no", by, at
	if b.Yes {
		a.Answer = "yes"
	}
}

// learn takes from a recording that is believed what the ledger does not have of the visit.
func (row *visitRow) learn(r *disk.Recording, now time.Time) {
	if !row.over {
		row.Seconds = int64(max(0, now.Sub(row.began)) / time.Second)
	}
	if r == nil || row.Recording == recordingChanged || r.Head.Visit != row.Visit {
		return
	}
	row.was, row.Command = "screens", r.Head.Command
	if row.Command != "" {
		row.was = "command " + harmlessTo(row.Command, 40)
	}
	if n := len(r.Rows); row.over && row.Ended == "" && n > 0 {
		row.Seconds = int64(r.Rows[n-1].At / time.Second)
	}
}

// visitColumns are the columns of a visit's first line, which fits a window of 80.
const visitColumns = "%6s  %-19s  %8s  %-12s %6s %9s  %s\n"

// print prints a visit: how it was, who it was, what it was, and what it asked for.
func (row *visitRow) print(out io.Writer) {
	keys, bytes := "-", "-" // the ledger has them with the end
	if row.Ended != "" {
		keys, bytes = fmt.Sprint(row.Keys), fmt.Sprint(row.Bytes)
	}
	fmt.Fprintf(out, visitColumns, fmt.Sprint(row.Visit), dayAndClock(row.Began), (time.Duration(row.Seconds) * time.Second).String(),
		harmlessTo(row.Why, 12), keys, bytes, row.Recording)
	fmt.Fprintf(out, "        %s (%s) from %s: %s\n", harmlessTo(row.Person, 40), harmlessTo(row.Role, 20), harmlessTo(row.From, 60),
		cmp.Or(row.was, "not known what"))
	for _, a := range row.Asked {
		a.print(out)
	}
	fmt.Fprintf(out, "        key %s", harmlessTo(row.Key, 100))
	if row.Cert != "" {
		fmt.Fprintf(out, "  certificate %s", harmlessTo(row.Cert, 100))
	}
	fmt.Fprintln(out)
}

func (a *visitAsked) print(out io.Writer) {
	fmt.Fprintf(out, "        asked %s: %s", clock(a.At), harmlessTo(a.What, 20))
	if a.Of != "" {
		fmt.Fprint(out, " ", harmlessTo(a.Of, 40))
	}
	if a.Why != "" {
		fmt.Fprintf(out, " “%s”", harmlessTo(a.Why, 200))
	}
	if a.Answer == "" {
		fmt.Fprintln(out, "; nobody has answered")
		return
	}
	fmt.Fprintf(out, "; %s said %s at %s\n", harmlessTo(a.By, 40), a.Answer, clock(a.Answered))
}

// dayAndClock shortens a stamp: the shop's own time, as on its screens.
func dayAndClock(stamp string) string {
	at, _ := time.Parse(time.RFC3339, stamp)
	return at.Format(time.DateTime)
}

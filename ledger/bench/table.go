package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is one line of the table: what was measured, our figure, the peer's, their ratio, and the target with its verdict.
type row struct {
	what, ours, theirs, ratio, target, verdict string
}

const noFigure = "-"

// atMost judges a figure that must not be larger.
func atMost(figure, target float64) string { return verdict(figure <= target) }

// atLeast judges a figure that must not be smaller.
func atLeast(figure, target float64) string { return verdict(figure >= target) }

func verdict(ok bool) string {
	if ok {
		return "PASS"
	}
	return "FAIL"
}

func printTable(to io.Writer, rows []row) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tours\tpeer\tratio (low-high)\ttarget\tverdict")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.ours, r.theirs, r.ratio, r.target, r.verdict)
	}
	return w.Flush()
}

package console

import (
	"errors"
	"fmt"
	"io"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// clearingRow is one line of `guitai clearing --json`. Fen above zero is what a channel owes the shop, below zero what the shop
// owes somebody.
type clearingRow struct {
	Day     string `json:"day"`
	Account string `json:"account"`
	Channel string `json:"channel"`
	Fen     int64  `json:"fen"`
}

// Clearing prints what has not cleared yet, the oldest first. Until statements are matched that is everything a channel has
// ever taken.
func Clearing(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("clearing", args, find, stdout, stderr)
	if done {
		return code
	}
	rows, err := readClearing(c.Dir)
	if err != nil {
		fmt.Fprintln(stderr, "guitai clearing:", sentence(err))
		return exitCannot
	}
	if c.json {
		writeJSON(stdout, rows)
		return exitGood
	}
	sums := map[string]int64{}
	for _, row := range rows {
		fmt.Fprintf(stdout, "%s  %-10s  %-8s  %14s\n", row.Day, row.Account, row.Channel, ledger.Fen(row.Fen))
		sums[row.Account] += row.Fen
	}
	fmt.Fprintf(stdout, "the channels owe %s; late money that has not gone back: %s\n",
		ledger.Fen(sums[string(ledger.AccountReceivable)]), ledger.Fen(-sums[string(ledger.AccountSuspense)]))
	return exitGood
}

func readClearing(dir string) (rows []clearingRow, err error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return nil, err
	}
	rows = []clearingRow{}
	for _, b := range state.Uncleared() {
		rows = append(rows, clearingRow{b.Day.String(), string(b.Account), string(b.Channel), b.Fen})
	}
	return rows, nil
}

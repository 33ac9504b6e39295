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
// ever taken and not given back.
func Clearing(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("clearing", args, find, stdout, stderr)
	if done {
		return code
	}
	balances, uncleared, err := readClearing(c.Dir)
	if err != nil {
		fmt.Fprintln(stderr, "guitai clearing:", Sentence(err))
		return exitCannot
	}
	rows := []clearingRow{}
	for _, b := range uncleared {
		rows = append(rows, clearingRow{b.Day.String(), string(b.Account), string(b.Channel), b.Fen})
	}
	if c.json {
		writeJSON(stdout, rows)
		return exitGood
	}
	for _, row := range rows {
		fmt.Fprintf(stdout, "%s  %-10s  %-8s  %14s\n", row.Day, row.Account, row.Channel, ledger.Fen(row.Fen))
	}
	fmt.Fprintln(stdout, clearingSums(balances))
	return exitGood
}

// clearingSums says in one sentence what stands where.
func clearingSums(balances []ledger.Balance) string {
	sums := map[ledger.LedgerAccount]int64{}
	for _, b := range balances {
		sums[b.Account] += b.Fen
	}
	return fmt.Sprintf("the channels owe %s; late money that has not gone back: %s; owed back to customers: %s; given back by hand: %s",
		ledger.Fen(sums[ledger.AccountReceivable]), ledger.Fen(-sums[ledger.AccountSuspense]),
		ledger.Fen(-sums[ledger.AccountPayable]), ledger.Fen(-sums[ledger.AccountHand]))
}

func readClearing(dir string) (all, uncleared []ledger.Balance, err error) {
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return nil, nil, err
	}
	return state.Balances(), state.Uncleared(), nil
}

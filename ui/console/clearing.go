package console

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

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
	Due     string `json:"due,omitempty"` // of what a channel's statement says that it owes: the day on which it should be at the bank
}

// Clearing prints what has not cleared yet, the oldest first. What a channel has taken is "receivable" until its statement has it, and
// "settlement" from then on, until its statement of the balance says that it was paid out.
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
	uncleared = slices.DeleteFunc(uncleared, func(b ledger.Balance) bool { return b.Account == ledger.AccountSettlement })
	uncleared = append(uncleared, owedByDay(balances)...)
	slices.SortFunc(uncleared, func(a, b ledger.Balance) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Channel, b.Channel))
	})
	for _, b := range uncleared {
		row := clearingRow{Day: b.Day.String(), Account: string(b.Account), Channel: string(b.Channel), Fen: b.Fen}
		if b.Account == ledger.AccountSettlement && b.Fen > 0 {
			row.Due = b.Day.Plus(1).String()
		}
		rows = append(rows, row)
	}
	if c.json {
		writeJSON(stdout, rows)
		return exitGood
	}
	for _, row := range rows {
		fmt.Fprintf(stdout, "%s  %-10s  %-8s  %14s", row.Day, row.Account, row.Channel, ledger.Fen(row.Fen))
		if row.Due != "" {
			fmt.Fprintf(stdout, "  due %s", row.Due)
		}
		fmt.Fprintln(stdout)
	}
	fmt.Fprintln(stdout, clearingSums(balances))
	return exitGood
}

// owedByDay tells of which days is what the channels owe by their statements. The books have a payout on its own day, which is later
// than those that it pays for: here it pays for the oldest. What was paid out beyond all days stands on the last, below zero. Alipay,
// which has no statement of the balance and tells of no payout, has one line, up to its last day.
func owedByDay(balances []ledger.Balance) (owed []ledger.Balance) {
	paid, never, days := map[ledger.Channel]int64{}, map[ledger.Channel]int64{}, map[ledger.Purse]int64{}
	for _, b := range balances {
		purse := ledger.Purse{Account: ledger.AccountSettlement, Channel: b.Channel, Day: b.Day}
		switch b.Account {
		case ledger.AccountPaidOut:
			paid[b.Channel] += b.Fen
			days[purse] += b.Fen
		case ledger.AccountSettlement:
			days[purse] += b.Fen
		}
	}
	last := map[ledger.Channel]ledger.Day{}
	for purse, fen := range days {
		if purse.Channel == ledger.Alipay { // its days would never end
			last[purse.Channel] = max(last[purse.Channel], purse.Day)
			never[purse.Channel] += fen
			delete(days, purse)
		}
	}
	for channel, fen := range never {
		owed = append(owed, ledger.Balance{Purse: ledger.Purse{Account: ledger.AccountSettlement, Channel: channel, Day: last[channel]}, Fen: fen})
	}
	for _, purse := range slices.SortedFunc(maps.Keys(days), func(a, b ledger.Purse) int { return cmp.Compare(a.Day, b.Day) }) {
		left := days[purse]
		if left > 0 {
			left -= min(left, paid[purse.Channel])
			paid[purse.Channel] -= days[purse] - left
		}
		if last[purse.Channel] = purse.Day; left != 0 {
			owed = append(owed, ledger.Balance{Purse: purse, Fen: left})
		}
	}
	for channel, fen := range paid {
		if fen > 0 {
			owed = append(owed, ledger.Balance{Purse: ledger.Purse{Account: ledger.AccountSettlement, Channel: channel, Day: last[channel]}, Fen: -fen})
		}
	}
	return owed
}

// clearingSums says in a sentence what stands where, and in one before it what the channels' statements have settled.
func clearingSums(balances []ledger.Balance) string {
	sums := map[ledger.LedgerAccount]int64{}
	for _, b := range balances {
		sums[b.Account] += b.Fen
	}
	settled := ""
	if sums[ledger.AccountSettlement] != 0 || sums[ledger.AccountPaidOut] != 0 || sums[ledger.AccountFees] != 0 || sums[ledger.AccountDiscounts] != 0 {
		settled = fmt.Sprintf("by the channels' statements: owed %s; brought to the bank %s; kept as fees %s; discounts %s\n",
			ledger.Fen(sums[ledger.AccountSettlement]), ledger.Fen(sums[ledger.AccountPaidOut]), ledger.Fen(sums[ledger.AccountFees]),
			ledger.Fen(sums[ledger.AccountDiscounts]))
	}
	return settled + fmt.Sprintf("the channels owe %s; late money that has not gone back: %s; owed back to customers: %s; given back by hand: %s",
		ledger.Fen(sums[ledger.AccountReceivable]+sums[ledger.AccountSettlement]), ledger.Fen(-sums[ledger.AccountSuspense]),
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

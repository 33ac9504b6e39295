package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
)

// TestDefectsOfBills: the simulator puts one thing wrong into a day's bill. Fetched, read and compared over the real protocols it is named
// with its reason, and nothing else is; a file that is broken as a whole is not taken. Without a defect nobody is asked for anything.
func TestDefectsOfBills(t *testing.T) {
	if _, err := swarmKeys(); err != nil { // outside every bubble
		t.Fatal(err)
	}
	named := func(notes ...ledger.Note) outcome { return outcome{notes: notes} }
	broken := outcome{broken: true}
	for _, tt := range []struct {
		defect string
		want   map[ledger.Channel]outcome
	}{
		{"", both(named())},
		{sandbox.DefectDrop, both(named(ledger.NoteStatementLacks))},
		{sandbox.DefectTwice, both(named(ledger.NoteStatementTwice))},
		{sandbox.DefectAmount, both(named(ledger.NoteStatementAmount))},
		{sandbox.DefectFee, map[ledger.Channel]outcome{ledger.WeChat: named(ledger.NoteStatementFee), ledger.Alipay: named()}}, // only WeChat Pay's rows name their rate
		{sandbox.DefectCoupon, both(named())},
		{sandbox.DefectDiscount, both(named(ledger.NoteStatementDiscount))},
		{sandbox.DefectOrder, both(named(ledger.NoteStatementUnknown, ledger.NoteStatementLacks))},
		{sandbox.DefectSummary, both(broken)},
		{sandbox.DefectCut, both(broken)},
		{sandbox.DefectGarbage, both(broken)},
		{sandbox.DefectHash, map[ledger.Channel]outcome{ledger.WeChat: broken}},
	} {
		if underRace && !slices.Contains([]string{"", sandbox.DefectAmount, sandbox.DefectCut}, tt.defect) {
			continue
		}
		for ch, want := range tt.want {
			t.Run(fmt.Sprintf("%s %s", tt.defect, ch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newSwarm(t, 1).withDefect(ch, tt.defect, want) })
			})
		}
	}
}

// outcome is what has to come of a day's statement.
type outcome struct {
	notes  []ledger.Note
	broken bool // nothing of it is taken
}

func both(o outcome) map[ledger.Channel]outcome {
	return map[ledger.Channel]outcome{ledger.Alipay: o, ledger.WeChat: o}
}

func (w *swarm) withDefect(ch ledger.Channel, defect string, want outcome) {
	w.line.mu.Lock()
	w.line.calm = 1
	w.line.mu.Unlock()
	defer w.end(false)
	day := ledger.Calendar{}.Today()
	for range 3 {
		w.pays(ch, 12_00)
	}
	if defect != "" {
		row := 2
		if defect == sandbox.DefectSummary || defect == sandbox.DefectCut || defect == sandbox.DefectHash {
			row = 0
		}
		if err := w.server.BillDefect(sandbox.BillDefect{Channel: swarmNames[ch], Day: day.String(), Defect: defect, Row: row, By: 5}); err != nil {
			w.t.Fatal(err)
		}
	}
	var tally weekTally
	for range 5 { // and the days after it, so that the ledger's side is judged: that they had no trades is believed a day later
		w.until(10)
		w.fetches(&tally)
	}
	w.outcome(ledger.StatementKey{Channel: ch, Day: day, Kind: ledger.StatementTrades}, want)
}

// pays has a customer pay an amount in fen at once.
func (w *swarm) pays(ch ledger.Channel, fen int64) {
	book := w.till.book
	for _, r := range ledger.Fen(fen).String() {
		if err := book.Key(r); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := book.Settle(context.Background(), ledger.Trainee, true); err != nil {
		w.t.Fatal(err)
	}
	scan := ledger.Scan{Text: []byte(w.server.NewCode(swarmNames[ch], 0)), At: time.Now()}
	if err := book.Scan(context.Background(), ledger.Trainee, scan); err != nil {
		w.t.Fatal(err)
	}
	w.rest(10 * time.Second)
	book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale == nil || sale.Paid() == nil {
			w.t.Fatalf("not paid: %+v", sale)
		}
	})
}

func (w *swarm) outcome(key ledger.StatementKey, want outcome) {
	book := w.till.book
	book.Read(func(s *ledger.State) {
		st, taken := s.Statement(key)
		if taken == want.broken {
			w.t.Errorf("taken: %v; %s", taken, book.Board().View().Statements[key.Channel].Cause)
		}
		var listed []ledger.Note
		for _, x := range s.Exceptions {
			if x.From == key {
				listed = append(listed, x.Note)
			}
		}
		slices.Sort(listed)
		if want.broken {
			want.notes = []ledger.Note{ledger.NoteStatementMissing}
		}
		slices.Sort(want.notes)
		if !slices.Equal(listed, want.notes) {
			w.t.Errorf("listed %v, want %v: %+v", listed, want.notes, st)
		}
		sums := map[ledger.LedgerAccount]int64{}
		for _, b := range s.Balances() {
			sums[b.Account] += b.Fen
		}
		if len(want.notes) == 0 && (sums[ledger.AccountReceivable] != 0 || !st.Complete) {
			w.t.Errorf("a day with nothing wrong: %v %+v", slices.Sorted(maps.Keys(sums)), st)
		}
	})
}

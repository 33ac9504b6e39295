package main

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/sync/sandbox"
	"guitai/sync/statement"
)

var weeks = flag.Int("statement.weeks", 2, "how many simulated weeks TestAWeekOfStatements plays")

// inMemory is a statement on its way into a world's archive.
type inMemory struct {
	bytes.Buffer
	keep func([]byte)
}

func (m *inMemory) Keep() error { m.keep(bytes.Clone(m.Bytes())); return nil }
func (m *inMemory) Drop()       {}

type keptInMemory struct{ *bytes.Reader }

func (keptInMemory) Close() error { return nil }

// archive keeps statements over the lives of a world's till.
func (w *swarm) archive() statement.Archive {
	if w.kept == nil {
		w.kept = map[string][]byte{}
	}
	return statement.Archive{
		Seal: func(name string) (statement.Sealing, error) {
			return &inMemory{keep: func(b []byte) { w.kept[name] = b }}, nil
		},
		Open: func(name string) (statement.Kept, error) {
			if w.kept[name] == nil {
				return nil, fs.ErrNotExist
			}
			return keptInMemory{bytes.NewReader(w.kept[name])}, nil
		},
	}
}

// TestAWeekOfStatements plays weeks on the real wire with everything that goes wrong there, fetches each morning's statements of both
// channels, and compares. In the end every fen that a channel says it has taken or given back is confirmed, or named with its reason; the
// only reasons are a channel that tells one thing in its answers and another in its statement.
//
//	go test . -run TestAWeekOfStatements -statement.weeks=100 -timeout 60m -v
func TestAWeekOfStatements(t *testing.T) {
	if _, err := swarmKeys(); err != nil { // outside every bubble
		t.Fatal(err)
	}
	sum := weekTally{Notes: map[ledger.Note]int{}, How: map[ledger.MatchHow]int{}}
	weeks := *weeks
	if underRace {
		weeks = min(weeks, 1)
	}
	for seed := uint64(1); seed <= uint64(weeks) && !t.Failed(); seed++ {
		if *simSeed != 0 {
			seed = *simSeed
		}
		synctest.Test(t, func(t *testing.T) { newSwarm(t, seed).week(&sum) })
		if *simSeed != 0 {
			break
		}
	}
	t.Logf("%+v", sum)
}

type weekTally struct {
	Matched, Differences, Statements, Crashes int
	Notes                                     map[ledger.Note]int
	How                                       map[ledger.MatchHow]int
}

// until sleeps until an hour of the shop's next day. The line is good at night: a bad one is asked about every few seconds, for hours.
func (w *swarm) until(hour int) {
	w.line.mu.Lock()
	calm := w.line.calm
	w.line.calm = 1
	w.line.mu.Unlock()
	w.server.ClearFaults()
	defer func() {
		w.line.mu.Lock()
		w.line.calm = calm
		w.line.mu.Unlock()
	}()
	now := ledger.Calendar{}.In(time.Now())
	next := time.Date(now.Year(), now.Month(), now.Day()+1, hour, 5, 0, 0, ledger.Shanghai)
	if now.Hour() < hour {
		next = next.AddDate(0, 0, -1)
	}
	w.rest(time.Until(next))
}

// fetches lets the worker do what is due this morning, over and over while the line is bad.
func (w *swarm) fetches(tally *weekTally) {
	for range 12 {
		for w.till.morning.Step(context.Background(), time.Now()) {
			synctest.Wait()
			if w.chance(0.05) {
				tally.Crashes++
				w.end(true)
				w.start()
			}
		}
		w.rest(10 * time.Minute)
		w.deliver()
		w.sides.look()
	}
}

func (w *swarm) week(tally *weekTally) {
	for day := range 7 {
		if day == 3 { // one evening is busy past midnight
			w.until(23)
			w.rest(50 * time.Minute)
		}
		for range 25 {
			if w.act(); w.over() {
				return
			}
		}
		w.until(10)
		w.fetches(tally)
	}
	w.mu.Lock()
	w.quiet = true
	w.mu.Unlock()
	w.line.mu.Lock()
	w.line.calm = 1
	w.line.mu.Unlock()
	w.server.ClearFaults()
	for range 3 {
		w.until(10)
		w.fetches(tally)
	}
	w.judge(tally)
	w.end(false)
}

// judge compares what the simulator holds with what statements have confirmed.
func (w *swarm) judge(tally *weekTally) {
	book := w.till.book
	lies := map[ledger.OrderNo]bool{} // whose answers name another amount or merchant than was paid
	for _, order := range w.server.Orders() {
		lies[ledger.OrderNo(order.Number)] = order.Behaviour == 90 || order.Behaviour == 91 ||
			slices.ContainsFunc(order.Refunds, func(r sandbox.Refund) bool { return r.Behaviour == 68 })
	}
	for _, order := range w.server.Orders() {
		sale, ok, err := book.Lookup().SaleOf(ledger.OrderNo(order.Number))
		if err != nil || !ok {
			w.breaks("S1", "order %s: %v", order.Number, err)
			return
		}
		a := sale.Attempt(ledger.OrderNo(order.Number))
		if order.Paid > 0 && !lies[a.Order] && a.State != ledger.Reversed && a.Confirmed != ledger.SourceFetched {
			w.breaks("S1", "order %s is paid at the channel, %s here, and no statement confirms it", order.Number, a.State)
		}
		for _, r := range order.Refunds {
			refund := a.Refund(ledger.RefundNo(r.Number))
			if r.State == sandbox.RefundDone && refund != nil && !lies[a.Order] && refund.Confirmed != ledger.SourceFetched {
				w.breaks("S1", "refund %s is done at the channel, %s here, and no statement confirms it: %+v %+v", r.Number, refund.State, r, refund)
			}
		}
		for _, m := range sale.Matches {
			tally.How[m.How]++
		}
	}
	book.Read(func(s *ledger.State) {
		for _, x := range s.Exceptions {
			if x.From == (ledger.StatementKey{}) {
				continue
			}
			tally.Notes[x.Note]++
			if !lies[x.Order] {
				w.breaks("S2", "%s, order %s, refund %s is named %d", x.From.Day, x.Order, x.Refund, x.Note)
			}
		}
		for _, st := range s.Statements() {
			tally.Statements++
			tally.Matched += int(st.Matched)
			tally.Differences += int(st.Differences)
			if !st.Compared {
				w.breaks("S3", "the statement %v was not compared", st.StatementKey)
			}
		}
		owed := map[ledger.LedgerAccount]int64{}
		for _, b := range s.Balances() {
			owed[b.Account] += b.Fen
		}
		if owed[ledger.AccountReceivable] != 0 && !slices.Contains(slices.Collect(maps.Values(lies)), true) {
			w.breaks("S4", "%d fen are owed beside all statements: %v", owed[ledger.AccountReceivable], s.Uncleared())
		}
	})
}

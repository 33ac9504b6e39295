package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"guitai/ledger"
)

// Twin is one implementation of ledger.Store.
type Twin struct {
	// Open gives a store: an empty one at first, and after that one with the durable content of the one before, as a
	// process finds it that starts after the last one was killed. The one before is not closed.
	Open func(t *testing.T) ledger.Store
	// Break makes the next append to the store opened last fail.
	Break func(t *testing.T)
}

const (
	monday  = ledger.Day(20261123)
	tuesday = ledger.Day(20261124)
)

// Store runs the whole suite. fresh gives a twin with nothing in it.
func Store(t *testing.T, fresh func(t *testing.T) Twin) {
	for name, test := range map[string]func(*testing.T, Twin){
		"RoundTrip":     roundTrip,
		"FirstFollows":  firstFollows,
		"Snapshot":      lastSnapshot,
		"DayOrder":      dayOrder,
		"DayRows":       dayRows,
		"DayMoves":      dayMoves,
		"SaleOf":        saleOf,
		"Refunds":       refunds,
		"Statements":    statements,
		"Tenders":       tenders,
		"FailedAppend":  failedAppend,
		"Readers":       readersDuringAppends,
		"WholeBook":     wholeBook,
		"EndedContext":  endedContext,
		"EmptyStore":    emptyStore,
		"StopsInMiddle": readStops,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

var ctx = context.Background()

func appendTo(t *testing.T, store ledger.Store, batch ledger.Batch) {
	t.Helper()
	if err := store.Append(ctx, batch); err != nil {
		t.Fatalf("append at %d: %v", batch.First, err)
	}
}

// records reads a journal from a sequence number on and checks that the numbers have no gap.
func records(t *testing.T, store ledger.Store, from uint64) [][]byte {
	t.Helper()
	var all [][]byte
	next := max(from, 1)
	err := store.Read(from, func(seq uint64, stored []byte) error {
		if seq != next {
			t.Fatalf("event %d comes where %d should", seq, next)
		}
		next++
		all = append(all, stored)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func emptyStore(t *testing.T, twin Twin) {
	store := twin.Open(t)
	same(t, "records", len(records(t, store, 0)), 0)
	snapshot, err := store.LastSnapshot()
	if err != nil || snapshot != nil {
		t.Fatalf("snapshot %x, %v", snapshot, err)
	}
	sales, err := store.DaySales(monday)
	if err != nil || len(sales) != 0 {
		t.Fatalf("sales %v, %v", sales, err)
	}
	if _, ok, err := store.SaleOf("T101261123000010000000000"); ok || err != nil {
		t.Fatalf("a sale of an unknown order: %v %v", ok, err)
	}
}

func roundTrip(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	var want [][]byte
	for range 5 {
		_, _, payment := pen.Payment()
		batch := pen.Write(t, append([]Entry{pen.Opening()}, payment...)...)
		appendTo(t, store, batch)
		want = append(want, batch.Records...)
	}
	for round := range 2 {
		same(t, fmt.Sprintf("round %d", round), records(t, store, 1), want)
		same(t, "from the middle", records(t, store, 12), want[11:])
		same(t, "from the last", records(t, store, 25), want[24:])
		same(t, "after the last", len(records(t, store, 26)), 0)
		if err := store.WaitApplied(ctx, 25); err != nil {
			t.Fatal(err)
		}
		store = twin.Open(t)
	}
	_, _, payment := pen.Payment() // what is reopened goes on where it stopped
	appendTo(t, store, pen.Write(t, payment...))
	same(t, "after reopening", len(records(t, store, 1)), 29)
}

func readStops(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	appendTo(t, store, pen.Write(t, pen.Opening(), pen.Opening(), pen.Opening()))
	enough, seen := errors.New("enough"), 0
	err := store.Read(1, func(seq uint64, _ []byte) error {
		seen++
		if seq == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || seen != 2 {
		t.Fatalf("Read gave %v after %d events", err, seen)
	}
}

func firstFollows(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	appendTo(t, store, pen.Write(t, pen.Opening(), pen.Opening()))
	right := pen.Write(t, pen.Opening())
	for _, first := range []uint64{0, 1, 2, 4, 5} {
		wrong := right
		wrong.First = first
		var link *ledger.BadLink
		if err := store.Append(ctx, wrong); !errors.As(err, &link) || link.Seq != 3 {
			t.Fatalf("an append at %d after 2 events: %v", first, err)
		}
		same(t, "after a wrong append", len(records(t, store, 1)), 2)
	}
	appendTo(t, store, right) // nothing had been written: the right one is still taken
}

func endedContext(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	batch := pen.Write(t, pen.Opening())
	err := store.Append(ended, batch)
	if count := len(records(t, store, 1)); (err == nil) != (count == 1) {
		t.Fatalf("the append said %v and left %d events", err, count)
	}
}

func lastSnapshot(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	var want []byte
	for i := range 6 {
		_, _, payment := pen.Payment()
		batch := pen.Write(t, payment...)
		if i%2 == 0 {
			batch.Snapshot = pen.State.Snapshot()
			want = batch.Snapshot
		}
		appendTo(t, store, batch)
	}
	for range 2 {
		got, err := store.LastSnapshot()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %d bytes, want %d", err, len(got), len(want))
		}
		store = twin.Open(t)
	}
}

// failedAppend: after a failure everything is refused, and who opens again finds the batch whole or not at all.
func failedAppend(t *testing.T, twin Twin) {
	store, pen := twin.Open(t), NewPen(monday)
	_, _, payment := pen.Payment()
	appendTo(t, store, pen.Write(t, payment...))
	twin.Break(t)
	_, order, payment := pen.Payment()
	batch := pen.Write(t, payment...)
	for range 3 {
		if err := store.Append(ctx, batch); ledger.ReasonOf(err) != ledger.ReasonLedgerStopped {
			t.Fatalf("after a failure: %v", err)
		}
	}
	store = twin.Open(t)
	_, found, err := store.SaleOf(order)
	if err != nil {
		t.Fatal(err)
	}
	want := 4
	if found {
		want = 8
	}
	same(t, "events", len(records(t, store, 1)), want)
	same(t, "sales", len(daySales(t, store, monday)), want/4)
	if !found {
		appendTo(t, store, batch)
	}
	_, _, payment = pen.Payment()
	appendTo(t, store, pen.Write(t, payment...))
}

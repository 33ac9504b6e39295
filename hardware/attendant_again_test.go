package hardware

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
)

// TestAttendBehind: a counter that comes to a sale when all is over says and prints the same, but for what belongs to the moment. One that
// is begun only then prints alone.
func TestAttendBehind(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(*bookTill)
		want []string
	}{
		"two parts in cash": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.tender(ledger.Cash, 0, 0) },
			[]string{"kick", "kick", "receipt 12.50"}},
		"cash, and the rest by code": {func(x *bookTill) { x.settle("12.5"); x.tender(ledger.Cash, 500, 0); x.pays() }, []string{"kick", "paid 12.50", "receipt 12.50"}},
		"a part by code, the rest in cash": {func(x *bookTill) {
			x.settle("12.5")
			x.must(x.book.SetPart(ledger.Fen(400)))
			x.pays()
			x.tender(ledger.Cash, 0, 0)
		}, []string{"kick", "receipt 12.50"}},
		"unknown, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
		"set aside, and then paid": {func(x *bookTill) {
			x.settle("12.5")
			a := x.scan()
			x.answers(a, ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
			x.answers(a, ledger.RequestQuery, ledger.ClassPaid, nil)
		}, []string{"paid wechat 12.50", "receipt 12.50"}},
	} {
		t.Run(name, func(t *testing.T) {
			inTill(t, func(t *testing.T, x *bookTill) {
				store := x.deafens()
				x.attend()
				store.deaf.Store(true)
				tt.do(x)
				x.wants()
				store.deaf.Store(false)
				time.Sleep(followAgain)
				x.wants(tt.want...)
			})
			inTill(t, func(t *testing.T, x *bookTill) {
				x.rolls.spool.rewind(x.head()) // a printer that knows its place
				tt.do(x)
				x.attend()
				x.wants(tt.want[len(tt.want)-1]) // the paper
			})
		})
	}
}

// TestAttendAges: what belongs to the moment is left out after half a minute, and paper after half a day. A counter that is begun only
// then says and opens nothing at any age.
func TestAttendAges(t *testing.T) {
	const second, hour = time.Second, time.Hour
	for _, tt := range []struct {
		age         time.Duration
		want, begun []string
	}{
		{29 * second, []string{"kick", "receipt 5.00", "paid wechat 12.50", "receipt 12.50", "unknown", "notice 7.00"},
			[]string{"receipt 5.00", "receipt 12.50", "notice 7.00"}},
		{31 * second, []string{"receipt 5.00", "receipt 12.50"}, []string{"receipt 5.00", "receipt 12.50"}},
		{12*hour - second, []string{"receipt 5.00", "receipt 12.50"}, []string{"receipt 5.00", "receipt 12.50"}},
		{12*hour + second, nil, nil},
	} {
		happens := func(x *bookTill) {
			x.tender(ledger.Cash, 0, 0)
			x.settle("12.5")
			x.pays()
			x.settle("7")
			x.answers(x.scan(), ledger.RequestPay, ledger.ClassUnknown, nil)
			x.must(x.book.SetAside(bg, ledger.Trainee))
		}
		ends := func(x *bookTill, want []string) {
			if x.wants(want...); x.rolls.Cursor() != x.head() {
				x.t.Errorf("after %v the cursor is at %d of %d", tt.age, x.rolls.Cursor(), x.head())
			}
		}
		inTill(t, func(t *testing.T, x *bookTill) {
			store := x.deafens()
			x.attend()
			store.deaf.Store(true)
			x.settle("5") // from here on the counter tries every 10 s
			synctest.Wait()
			time.Sleep((followAgain - tt.age%followAgain) % followAgain)
			happens(x)
			time.Sleep(tt.age - time.Millisecond)
			store.deaf.Store(false)
			time.Sleep(time.Millisecond)
			ends(x, tt.want)
		})
		inTill(t, func(t *testing.T, x *bookTill) {
			x.rolls.spool.rewind(x.head())
			x.settle("5")
			happens(x)
			time.Sleep(tt.age)
			x.attend()
			ends(x, tt.begun)
		})
	}
}

// TestAttendClockSetBack: what lies in the future since then is nothing of this moment; its slip is printed.
func TestAttendClockSetBack(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		sale := ledger.SaleOpened{Sale: "991231000011234", Amount: ledger.Fen(500)}
		for _, body := range []ledger.Body{&sale, &ledger.DrawerOpened{Why: "x"}} {
			e := &ledger.Event{Seq: x.head() + 1, At: time.Now().Add(time.Hour), Body: body}
			x.counter.happened(bg, x.book, e, false)
		}
		x.wants()
	})
}

// TestAttendRestart: the counter goes on at the spool's cursor, whose own event it sees once more: slips that are missing are printed,
// and nothing comes twice.
func TestAttendRestart(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.counter.Twice = true
		x.attend()
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.wants("kick", "receipt 5.00", "receipt 5.00, shop")
		x.stop()
		x.attend()
		x.wants()
		x.stop()
		x.rolls.spool.file.Jobs = x.rolls.spool.file.Jobs[:1] // a crash between the two slips
		x.rolls.spool.file.Keys = x.rolls.spool.file.Keys[:1]
		x.attend()
		x.wants("receipt 5.00, shop")
		x.stop()
		x.settle("6") // while no counter stands there
		x.pays()
		x.attend()
		x.wants("receipt 6.00", "receipt 6.00, shop")
		if len(x.rolls.rewinds) != 1 { // the new printer's, at the beginning
			t.Errorf("rewound to %d", x.rolls.rewinds)
		}
	})
}

// TestAttendNewPrinter: one that knows no event prints nothing of the past; nor does one whose ledger has lost its end, and what comes
// then is printed though its number was seen before.
func TestAttendNewPrinter(t *testing.T) {
	for _, cursor := range []uint64{0, 1000} {
		inTill(t, func(t *testing.T, x *bookTill) {
			x.settle("5")
			x.tender(ledger.Cash, 0, 0)
			x.rolls.spool.rewind(cursor)
			x.attend()
			if x.wants(); !slices.Equal(x.rolls.rewinds, []uint64{x.head()}) {
				t.Errorf("from %d rewound to %d, the ledger is at %d", cursor, x.rolls.rewinds, x.head())
			}
			x.settle("6")
			x.pays()
			x.wants("paid wechat 6.00", "receipt 6.00")
		})
	}
}

// TestAttendEndsBehind: a till that ends while its counter is behind ends, and the next start goes on there.
func TestAttendEndsBehind(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.rolls.spool.rewind(x.head())
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.settle("6")
		x.pays()
		ctx, cancel := context.WithCancel(bg)
		x.counter.Printer = slowRolls{x.rolls, cancel}
		if err := x.counter.Attend(ctx, x.book); err != nil {
			t.Error(err)
		}
		x.wants("receipt 5.00")
		x.counter.Printer = x.rolls
		x.attend()
		x.wants("receipt 6.00")
	})
}

// slowRolls ends the till with the first slip.
type slowRolls struct {
	*rolls
	end func()
}

func (r slowRolls) Print(seq uint64, key string, slip Slip) {
	r.rolls.Print(seq, key, slip)
	r.end()
}

// deafStore cannot be read for a while.
type deafStore struct {
	*ledger.Memory
	deaf atomic.Bool
}

func (s *deafStore) Read(from uint64, each func(uint64, []byte) error) error {
	if s.deaf.Load() {
		return errors.New("the disk says no")
	}
	return s.Memory.Read(from, each)
}

// deafens gives the till a ledger that can be made unreadable.
func (x *bookTill) deafens() *deafStore {
	x.close()
	store := &deafStore{Memory: ledger.NewMemory()}
	x.store = store
	x.open(nil)
	return store
}

// TestAttendAfterTrouble: where the ledger cannot be read the counter comes back to it, and leaves nothing out.
func TestAttendAfterTrouble(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		store := x.deafens()
		x.attend()
		store.deaf.Store(true)
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		x.wants()
		store.deaf.Store(false)
		time.Sleep(followAgain)
		x.wants("kick", "receipt 5.00")
		store.deaf.Store(true)
		x.settle("6")
		x.pays()
		x.settle("5")
		x.tender(ledger.Cash, 0, 0)
		time.Sleep(saysWithin)
		x.wants()
		store.deaf.Store(false)
		time.Sleep(followAgain)
		x.wants("receipt 6.00", "receipt 5.00") // the moment is over
	})
}

// TestAttendSaysNothingUnwritten: a payment whose record the disk refuses is neither said nor printed nor shown.
func TestAttendSaysNothingUnwritten(t *testing.T) {
	inTill(t, func(t *testing.T, x *bookTill) {
		x.attend()
		x.settle("5")
		a := x.scan()
		x.store.(*ledger.Memory).FailAppend = func(ledger.Batch) (bool, error) { return false, errors.New("the disk says no") }
		err := x.book.Report(bg, ledger.Answer{Order: a.Order, Request: ledger.RequestPay, Class: ledger.ClassPaid, Verified: true, Began: x.head(),
			Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App}})
		if err == nil {
			t.Fatal("the report was written")
		}
		x.wants()
		if v, _ := poleUntil(x.book, time.Now()); v.Kind != PoleUnknown {
			t.Errorf("the pole display shows %+v", v)
		}
	})
}

package ledger

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestRecoveryAfterAFailedWrite: nothing is acknowledged until the store is open again; then the till sells without a
// restart, whether the failed append had happened or not, and asks about what it may have sent.
func TestRecoveryAfterAFailedWrite(t *testing.T) {
	for name, happens := range map[string]bool{"failed": false, "happened but reported failed": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, store := context.Background(), NewMemory()
				b := testBook(t, store, func(c *BookConfig) {
					c.Recover, c.Maintained = store.Recover, []Maintained{{Work: WorkRepair, File: "x"}}
				})
				settle(t, b, "5")
				was := head(b)
				var bad atomic.Bool
				bad.Store(true)
				store.FailAppend = func(Batch) (bool, error) {
					if bad.Load() {
						return happens, errors.New("planted")
					}
					return true, nil
				}
				wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonLedgerStopped)
				wants(t, b.Drop(ctx, Trainee, "x"), ReasonLedgerStopped)
				if got := head(b); got != was {
					t.Errorf("the state has moved to %d", got)
				}
				time.Sleep(recoverFirst) // the opening fails as well
				synctest.Wait()
				wants(t, b.Err(), ReasonLedgerStopped)
				bad.Store(false)
				time.Sleep(2 * recoverFirst)
				synctest.Wait()
				wants(t, b.Err(), "")
				b.Read(func(s *State) {
					if s.Mended != 1 {
						t.Errorf("one repair is written down %d times", s.Mended)
					}
				})
				if _, _, ok := b.TakeCode(lastOrder(b)); ok {
					t.Error("a code has outlived the failure")
				}
				if a := lastLive(b); happens && (a == nil || a.State != Unknown) || !happens && a != nil {
					t.Errorf("the attempt is %+v", a)
				}
				if !happens {
					wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
				}
				wants(t, b.Close("test"), "")
				again := testBook(t, store, nil)
				wants(t, again.Close("test"), "")
			})
		})
	}
}

func lastOrder(b *Book) (order OrderNo) {
	if a := lastLive(b); a != nil {
		order = a.Order
	}
	return order
}

// lastLive is the live attempt of the sale on the screen.
func lastLive(b *Book) (found *Attempt) {
	b.Read(func(s *State) {
		if sale := s.CurrentSale(); sale != nil && sale.Live() != nil {
			a := *sale.Live()
			found = &a
		}
	})
	return found
}

// TestAStoreThatLostAcknowledgedEventsStaysStopped: what anybody was told must be there, or nothing is written again.
func TestAStoreThatLostAcknowledgedEventsStaysStopped(t *testing.T) {
	for name, harm := range map[string]func(*Memory){
		"cut":     func(m *Memory) { m.records = m.records[:len(m.records)-1] },
		"another": func(m *Memory) { m.records[len(m.records)-1] = m.records[0] },
		"empty":   func(m *Memory) { m.records, m.snapshot = nil, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, store := context.Background(), NewMemory()
				tries := 0
				b := testBook(t, store, func(c *BookConfig) {
					c.Recover = func() error { tries++; harm(store); return store.Recover() }
				})
				settle(t, b, "5")
				store.FailAppend = func(Batch) (bool, error) { return false, errors.New("planted") }
				wants(t, b.Drop(ctx, Trainee, "x"), ReasonLedgerStopped)
				time.Sleep(time.Hour)
				synctest.Wait()
				wants(t, b.Err(), ReasonLedgerDamaged)
				wants(t, b.Drop(ctx, Trainee, "x"), ReasonLedgerDamaged)
				_ = b.Close("test")
			})
		})
	}
}

// TestStoppedFromTheStart: the till can be looked at, and writes nothing.
func TestStoppedFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		settle(t, b, "5")
		wants(t, b.Close("test"), "")
		records := len(store.records)
		b = testBook(t, store, func(c *BookConfig) { c.Stopped = Refuse(ReasonLedgerDamaged) })
		wants(t, b.Err(), ReasonLedgerDamaged)
		wants(t, b.Key('5'), ReasonLedgerDamaged)
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonLedgerDamaged)
		wants(t, b.Ask(ctx, Trainee, WeChat), ReasonLedgerDamaged)
		b.Read(func(s *State) {
			if s.CurrentSale() == nil || s.CurrentSale().Amount.Fen != 500 {
				t.Errorf("on the screen: %+v", s.CurrentSale())
			}
		})
		wants(t, b.Close("test"), "")
		if len(store.records) != records {
			t.Error("something was written")
		}
	})
}

// TestAFullDiskTakesNoNewSale, and lets what is under way come to its end.
func TestAFullDiskTakesNoNewSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), nil)
		qr := qrUp(t, b, WeChat)
		b.Board().Post(func(v *BoardView) { v.Disk.Full = true })
		wants(t, b.Report(ctx, paidAnswer(&qr, RequestQuery, head(b))), "")
		wants(t, b.Key('5'), "")
		wants(t, b.Settle(ctx, Trainee, false), ReasonDiskFull)
		b.Board().Post(func(v *BoardView) { v.Disk.Full = false })
		wants(t, b.Settle(ctx, Trainee, false), "")
		wants(t, b.Close("test"), "")
	})
}

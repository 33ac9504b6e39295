package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pastOf is a journal with so many events a day, of openings and closings alone, from a day on.
func pastOf(t *testing.T, first time.Time, days, daily int) *Memory {
	t.Helper()
	m := NewMemory()
	for d := range days {
		for range daily {
			at := first.AddDate(0, 0, d)
			e := Event{Seq: uint64(len(m.records)) + 1, Epoch: 1, Actor: Till, At: at, Day: Calendar{}.Day(at), Body: &Closed{Why: "x"}}
			m.records = append(m.records, e.Encode())
		}
	}
	return m
}

// TestTheFirstEventOfADay is found wherever it stands, and with a handful of looks.
func TestTheFirstEventOfADay(t *testing.T) {
	first := time.Date(2026, 1, 30, 12, 0, 0, 0, Shanghai)
	m := pastOf(t, first, 10, 777)
	head := uint64(len(m.records))
	for d := -1; d <= 10; d++ {
		want := uint64(max(0, d)*777 + 1)
		got, err := firstOn(m, head, Calendar{}.Day(first).Plus(d))
		if err != nil || got != want {
			t.Errorf("day %d begins at %d, not %d: %v", d, got, want, err)
		}
	}
	looks := 0
	if _, err := firstOn(counted{m, &looks}, head, Calendar{}.Day(first).Plus(5)); err != nil || looks > 30 {
		t.Errorf("%d looks: %v", looks, err)
	}
}

// counted counts how often a journal is asked.
type counted struct {
	Journal
	reads *int
}

func (c counted) Read(from uint64, each func(uint64, []byte) error) error {
	*c.reads++
	return c.Journal.Read(from, each)
}

// TestAlertsFollowTheBook: what is committed is looked at without anybody asking; who may not see it is refused, the signed-out too.
func TestAlertsFollowTheBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b, li := shopWatched(t, store)
		ctx, stop := context.WithCancel(context.Background())
		defer b.Close("end")
		defer stop()
		go b.FollowAlerts(ctx)
		for range 9 {
			if err := b.OpenDrawer(ctx, li, DrawerWish{Why: "change"}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := b.Alerts(ctx, li, headOf(b))
		if err != nil || len(list.Alerts) != 1 || list.Alerts[0].Rule != AlertNoSale || list.Alerts[0].Person != "li" || list.Alerts[0].Count != 9 {
			t.Fatalf("%+v: %v", list, err)
		}
		events, err := b.Evidence(li, &list.Alerts[0])
		if err != nil || len(events) != 9 || events[8].Body.(*DrawerOpened).Why != "change" {
			t.Fatalf("%d events: %v", len(events), err)
		}
		if err := b.OpenDrawer(ctx, li, DrawerWish{Why: "once more"}); err != nil {
			t.Fatal(err)
		}
		if list, err = b.Alerts(ctx, li, headOf(b)); err != nil || list.Alerts[0].Count != 10 {
			t.Fatalf("%+v: %v", list, err)
		}
		wang := signIn(t, b, "wang", wangPIN)
		for _, actor := range []Actor{wang, li} {
			_, listErr := b.Alerts(ctx, actor, 0)
			_, evidenceErr := b.Evidence(actor, &list.Alerts[0])
			if listErr == nil || evidenceErr == nil {
				t.Errorf("%s sees alerts: %v, %v", actor.Person, listErr, evidenceErr)
			}
		}
		stop()
		synctest.Wait()
	})
}

// shopWatched is shop with the rules on.
func shopWatched(t *testing.T, store Store) (b *Book, li Actor) {
	t.Helper()
	b = testBook(t, store, func(cfg *BookConfig) { staffed(cfg); cfg.Alerts = DefaultThresholds() })
	setStaff(t, b, command, "li", RoleSupervisor, liPIN)
	li = signIn(t, b, "li", liPIN)
	setStaff(t, b, li, "wang", RoleCashier, wangPIN)
	return b, signIn(t, b, "li", liPIN)
}

// TestAlertsBeginSomeWeeksBefore: neither earlier nor later, in slices; and they begin where the watch of one day would.
func TestAlertsBeginSomeWeeksBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := pastOf(t, time.Now().AddDate(0, 0, -89), 90, 100)
		reads, desk := &reading{Memory: m}, newAlertDesk(DefaultThresholds(), Calendar{})
		head := uint64(len(m.records))
		at, err := desk.catchUp(context.Background(), reads, 0, head)
		if err != nil || at != head {
			t.Fatalf("looked up to %d of %d: %v", at, head, err)
		}
		if want := head - (alertDays+1)*100 + 1; reads.least != want {
			t.Errorf("it began at %d, not %d", reads.least, want)
		}
		if reads.most > alertSlice {
			t.Errorf("%d events at once", reads.most)
		}
	})
}

// reading notes how a store is read: from where on, and how much at once. Looks at single events are not counted.
type reading struct {
	*Memory
	least, most uint64
}

func (r *reading) Read(from uint64, each func(uint64, []byte) error) error {
	n := uint64(0)
	err := r.Memory.Read(from, func(seq uint64, stored []byte) error {
		err := each(seq, stored)
		if err == nil {
			n++
		}
		return err
	})
	if n > 0 && (r.least == 0 || from < r.least) {
		r.least = from
	}
	r.most = max(r.most, n)
	return err
}

// TestAlertsThatCannotBeReadSaySo, and are read again later: nobody takes silence for a good day.
func TestAlertsThatCannotBeReadSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &unreadable{Memory: NewMemory()}
		b, li := shopWatched(t, store)
		defer b.Close("end")
		broken := errors.New("no disk")
		store.why.Store(&broken)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go b.FollowAlerts(ctx)
		list, err := b.Alerts(ctx, li, headOf(b))
		if err != nil || !errors.Is(list.Err, broken) || list.Head != 0 {
			t.Fatalf("%+v: %v", list, err)
		}
		store.why.Store(nil)
		time.Sleep(alertAnother + time.Second)
		if list, err = b.Alerts(ctx, li, headOf(b)); err != nil || list.Err != nil || list.Head < headOf(b) {
			t.Fatalf("%+v: %v", list, err)
		}
		stop()
		synctest.Wait()
	})
}

// unreadable is a store whose events cannot be read for a while.
type unreadable struct {
	*Memory
	why atomic.Pointer[error]
}

func (u *unreadable) Read(from uint64, each func(uint64, []byte) error) error {
	if why := u.why.Load(); why != nil {
		return *why
	}
	return u.Memory.Read(from, each)
}

// TestLoadAlertsOfADay are those that the watch had at the end of that day.
func TestLoadAlertsOfADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b, _ := shopWatched(t, store)
		for d := range 3 {
			li := signIn(t, b, "li", liPIN)
			for range 9 + d {
				if err := b.OpenDrawer(context.Background(), li, DrawerWish{Why: "change"}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(24 * time.Hour)
		}
		today := b.Today()
		b.Close("end")
		got := ""
		for d := -4; d <= 0; d++ {
			alerts, err := LoadAlerts(store, DefaultThresholds(), Calendar{}, today.Plus(d))
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range alerts {
				got += fmt.Sprint(d, a.Rule, a.Count, " ")
			}
		}
		if got != "-3no-sale9 -2no-sale10 -1no-sale11 " {
			t.Error(got)
		}
		if all, err := LoadAlerts(store, DefaultThresholds(), Calendar{}, 0); err != nil || len(all) != 3 || all[0].Count != 9 {
			t.Errorf("%+v: %v", all, err)
		}
	})
}

package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// This file lets the watch follow the Book, and shows what it has to say to whoever may see it.

const (
	alertDays    = 35                     // how far back the watch begins: usual amounts are known by then, and last month's alerts can be looked at
	alertSlice   = 500                    // events read at once: some milliseconds
	alertStart   = time.Second            // the first screen comes before the past
	alertBreath  = 5 * time.Millisecond   // between two slices of the past, for whoever sells meanwhile
	alertAnother = 10 * time.Second       // before the next try, where the ledger cannot be read
	alertGather  = 100 * time.Millisecond // what is committed within this is looked at together
)

// alertDesk is the watch that follows a Book. Its lock is its own: nobody who sells waits for it.
type alertDesk struct {
	mu    sync.Mutex // guards the fields below
	watch *Watch
	head  uint64 // of the last event looked at; 0 before the past was read
	err   error  // why it could not look further
	moved chan struct{}
}

func newAlertDesk(limits Thresholds, calendar Calendar) *alertDesk {
	return &alertDesk{watch: NewWatch(limits, calendar), moved: make(chan struct{})}
}

// AlertList is what the watch has to say.
type AlertList struct {
	Head   uint64  // of the last event it has looked at; 0 while it still reads the past
	Alerts []Alert // the newest day first, and within it in the order of AlertRules
	Err    error   // why it cannot look further; it tries again
}

// Today counts the alerts of a day, and the others.
func (l *AlertList) Today(day Day) (today, before int) {
	for i := range l.Alerts {
		if l.Alerts[i].Day == day {
			today++
		} else {
			before++
		}
	}
	return today, before
}

// Alerts gives the alerts of the last weeks to whoever may see them, when every event up to head was looked at, or the watch cannot
// go on. Refusals are those of the right.
func (b *Book) Alerts(ctx context.Context, actor Actor, head uint64) (AlertList, error) {
	if err := b.mayNow(actor, RightAlerts); err != nil {
		return AlertList{}, err
	}
	for {
		list, moved := b.alerts.list()
		if list.Head >= head || list.Err != nil {
			return list, b.mayNow(actor, RightAlerts)
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return AlertList{}, ctx.Err()
		}
	}
}

// Thresholds are those of this till.
func (b *Book) Thresholds() Thresholds { return b.cfg.Alerts }

// Evidence gives the events that an alert rests on, in their order, to whoever may see alerts. It may wait for the disk.
func (b *Book) Evidence(actor Actor, alert *Alert) ([]Event, error) {
	if err := b.mayNow(actor, RightAlerts); err != nil {
		return nil, err
	}
	events := make([]Event, 0, len(alert.Evidence))
	for _, found := range alert.Evidence {
		event, err := eventAt(b.store, found.Seq)
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

func (d *alertDesk) list() (list AlertList, moved <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list = AlertList{Head: d.head, Err: d.err}
	if d.head > 0 {
		list.Alerts = d.watch.newestFirst()
	}
	return list, d.moved
}

// newestFirst gives all alerts that are kept.
func (w *Watch) newestFirst() []Alert {
	alerts := append(w.Past(), w.Today()...)
	slices.SortStableFunc(alerts, func(a, b Alert) int { return cmp.Compare(b.Day, a.Day) })
	return alerts
}

// look notes how far the watch has come.
func (d *alertDesk) look(head uint64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.head, d.err = head, err
	close(d.moved)
	d.moved = make(chan struct{})
}

// FollowAlerts runs the watch until ctx ends: the last weeks first, in slices and behind the first screen, then every event that is
// committed. It reads the ledger as any follower does, and no intent waits for it.
func (b *Book) FollowAlerts(ctx context.Context) {
	at, wait := uint64(0), alertStart
	for pause(ctx, wait) {
		changed := b.Changed()
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		if at >= head {
			select {
			case <-changed:
				wait = alertGather
				continue
			case <-ctx.Done():
				return
			}
		}
		var err error
		if at, err = b.alerts.catchUp(ctx, b.store, at, head); err != nil && ctx.Err() == nil {
			b.cfg.Log.Warn("the alerts cannot be followed", "cause", err)
			b.alerts.look(0, err)
			wait = alertAnother
			continue
		}
		b.alerts.look(at, nil)
		wait = alertGather
	}
}

// pause reports whether ctx goes on after a while.
func pause(ctx context.Context, wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// catchUp looks at the events after at up to head, and gives the last one. A watch that has seen nothing yet begins some weeks before
// head.
func (d *alertDesk) catchUp(ctx context.Context, store Store, at, head uint64) (uint64, error) {
	if err := store.WaitApplied(ctx, head); err != nil {
		return at, err
	}
	if at == 0 {
		last, err := eventAt(store, head)
		if err != nil {
			return at, err
		}
		first, err := firstOn(store, head, last.Day.Plus(-alertDays))
		if err != nil {
			return at, err
		}
		at = first - 1
	}
	for at < head {
		last, err := d.slice(store, at+1, head)
		if err != nil {
			return last, err
		}
		if last == at {
			return at, errAlertGap
		}
		if at = last; at < head && !pause(ctx, alertBreath) {
			return at, ctx.Err()
		}
	}
	return at, nil
}

var (
	errAlertSlice = errors.New("enough for now")
	errAlertGap   = errors.New("the journal ends before its head")
)

// slice looks at some events from a sequence number on, up to head, and gives the last one.
func (d *alertDesk) slice(store Store, from, head uint64) (last uint64, err error) {
	last = from - 1
	err = store.Read(from, func(seq uint64, stored []byte) error {
		if seq > head || seq >= from+alertSlice {
			return errAlertSlice
		}
		event, err := DecodeEvent(stored)
		if err != nil {
			return err
		}
		d.mu.Lock()
		d.watch.Apply(&event)
		d.mu.Unlock()
		last = seq
		return nil
	})
	if errors.Is(err, errAlertSlice) {
		err = nil
	}
	return last, err
}

// firstOn finds the first event up to head that is of a day or of a later one, and gives the number after head where there is none.
// Days never go back in a journal, so it looks at a few events alone: it steps back ever further, and then halves.
func firstOn(journal Journal, head uint64, day Day) (uint64, error) {
	older := func(seq uint64) (bool, error) {
		event, err := eventAt(journal, seq)
		return event.Day < day, err
	}
	low, high := head, head+1 // low will be older than day, and high is not
	for step := uint64(alertSlice); low > 0; step *= 2 {
		old, err := older(low)
		if err != nil {
			return 0, err
		}
		if old {
			break
		}
		high, low = low, low-min(step, low)
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		old, err := older(middle)
		if err != nil {
			return 0, err
		}
		if old {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// Plus gives the day so many days later.
func (d Day) Plus(days int) Day {
	return dayOf(time.Date(int(d/10000), time.Month(d/100%100), int(d%100)+days, 0, 0, 0, 0, time.UTC))
}

// LoadAlerts gives the alerts of a ledger, the oldest first, for whoever only looks at its folder: those of one day, or of the last
// weeks where day is 0.
func LoadAlerts(store Store, limits Thresholds, calendar Calendar, day Day) ([]Alert, error) {
	state, err := LoadState(store)
	if err != nil || state.Head.Seq == 0 {
		return nil, err
	}
	until := state.Head.Seq
	if day != 0 {
		after, err := firstOn(store, until, day.Plus(1))
		if err != nil || after == 1 {
			return nil, err
		}
		until = after - 1
	}
	desk := newAlertDesk(limits, calendar)
	if _, err := desk.catchUp(context.Background(), store, 0, until); err != nil {
		return nil, fmt.Errorf("reading the events: %w", err)
	}
	alerts := append(desk.watch.Past(), desk.watch.Today()...)
	return slices.DeleteFunc(alerts, func(a Alert) bool { return day != 0 && a.Day != day }), nil
}

package statement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// This file is what a person has done at a command line, while the till is closed.

// ErrRunning: the channel makes a day's statement on the next day; what is called so before that is a part of one.
var ErrRunning = errors.New("the day has not ended, so this cannot be its statement")

// ErrBefore: the ledger begins long after the day.
var ErrBefore = errors.New("this till's ledger begins long after that day")

// Recognise reads a file that somebody brings from end to end and tells which statement it is; see Import for what is refused. Nothing
// is kept of it.
func Recognise(file File, day ledger.Day, merchants map[ledger.Channel]string, now time.Time) (ledger.StatementKey, Facts, error) {
	facts, err := Read(file, nil)
	key := ledger.StatementKey{Channel: facts.Channel, Day: facts.Day, Kind: facts.Kind}
	if err != nil {
		return key, facts, err
	}
	switch merchant, ours := merchants[facts.Channel]; {
	case !ours, facts.Merchant != "" && facts.Merchant != merchant:
		return key, facts, ErrOtherMerchant
	case day != 0 && facts.Day != 0 && facts.Day != day:
		return key, facts, ErrOtherDay
	case facts.Day == 0: // an empty file may not say of which day it is
		key.Day = day
	}
	switch {
	case key.Day == 0:
		return key, facts, ErrOtherDay
	case key.Day >= (ledger.Calendar{}).Day(now):
		return key, facts, ErrRunning
	}
	return key, facts, nil
}

// Of lists a day's statements of the channels that were introduced.
func (w *Worker) Of(day ledger.Day) (keys []ledger.StatementKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.channels {
		for _, kind := range c.StatementKinds() {
			keys = append(keys, ledger.StatementKey{Channel: c.Channel(), Day: day, Kind: kind})
		}
	}
	return keys
}

// Missed lists the statements up to yesterday's that Step would fetch, or compare to their end, now or later; the oldest first.
func (w *Worker) Missed(now time.Time) (missed []ledger.StatementKey, err error) {
	first, err := w.book.FirstDay()
	if err != nil || first == 0 {
		return nil, err
	}
	today := ledger.Calendar{}.Day(now)
	for day := max(first, today.Plus(-w.cfg.Days)); day < today; day = day.Plus(1) {
		for _, key := range w.Of(day) {
			if st, ok := w.fetched(key); !ok || !st.Compared {
				missed = append(missed, key)
			}
		}
	}
	return missed, nil
}

// fetched gives what is known of a statement that the channel itself has given.
func (w *Worker) fetched(key ledger.StatementKey) (st ledger.Statement, ok bool) {
	w.book.Read(func(s *ledger.State) { st, ok = s.Statement(key) })
	return st, ok && st.Source == ledger.SourceFetched
}

// Opens is when a day's statements are asked for first.
func (w *Worker) Opens(day ledger.Day) time.Time {
	return time.Date(int(day/10000), time.Month(day/100%100), int(day%100)+1, 0, 0, 0, 0, ledger.Shanghai).Add(w.cfg.From)
}

// Fetch does at once what Step would do about one statement when its time has come: one that was fetched is not asked for again. It gives
// the size of the file, in bytes, where one was fetched now. Errors: ErrRunning; channel.ErrNotReady, also before the hour from which
// channels are asked, without asking; channel.ErrNoStatement; and faults.
func (w *Worker) Fetch(ctx context.Context, actor ledger.Actor, key ledger.StatementKey, now time.Time) (bytes uint64, err error) {
	if err := actor.May(ledger.RightStatement); err != nil {
		return 0, err
	}
	switch today := (ledger.Calendar{}).Day(now); {
	case key.Day >= today:
		return 0, ErrRunning
	case now.Before(w.Opens(key.Day)):
		return 0, channel.ErrNotReady
	}
	if st, ok := w.fetched(key); ok {
		if st.Compared {
			return 0, nil
		}
		if err := w.compare(ctx, actor, st); !gone(err) {
			return 0, err
		}
	} else if first, err := w.book.FirstDay(); err != nil || first == 0 || key.Day < first.Plus(-w.cfg.Days) && first <= (ledger.Calendar{}).Day(now) {
		return 0, cmp.Or(err, ErrBefore)
	}
	w.mu.Lock()
	channels := w.channels
	w.mu.Unlock()
	for _, c := range channels {
		if c.Channel() == key.Channel {
			taken, err := w.fetch(ctx, actor, c, key, now)
			return taken.Bytes, err
		}
	}
	return 0, fmt.Errorf("this till has no channel %s", key.Channel)
}

// Again is how long to wait before a statement is asked for once more, after failed faults in a row.
func Again(err error, failed int) time.Duration {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, channel.ErrNotReady):
		return notReady
	case errors.Is(err, channel.ErrNoStatement):
		return refused
	}
	return min(faultMost, time.Minute<<min(max(failed-1, 0), 6))
}

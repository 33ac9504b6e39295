package main

import (
	"context"
	"sync"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/remote"
)

// This file records visits: what a visitor was shown goes into a sealed file of the data folder, and its hash into the ledger.

// tapes are the recordings that are under way, by the door's sessions. The zero value is ready.
type tapes struct {
	mu  sync.Mutex
	all map[uint64]*disk.Recorder
}

// record has a session recorded from now on: it puts itself between the session's streams and whoever serves it. Left ends it, also where
// whoever serves was cut off.
func (t *tapes) record(ctx context.Context, store *disk.Store, visit uint64, s *remote.Session) {
	head := disk.RecordingHead{Visit: visit, Person: s.Person, Role: string(s.Role), Term: s.Term, Columns: s.Size.Cols, Rows: s.Size.Rows}
	if len(s.Command) > 0 {
		head.Command = s.Command[0]
	}
	r := store.Record(head)
	s.In, s.Out, s.Err = r.Reader(s.In), r.Writer(s.Out), r.Writer(s.Err)
	if s.Term != "" {
		s.Resized = resizing(ctx, r, s.Resized)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[uint64]*disk.Recorder{}
	}
	t.all[s.Session] = r
}

// resizing hands sizes on, the newest one first, and notes them.
func resizing(ctx context.Context, r *disk.Recorder, sizes <-chan remote.Size) <-chan remote.Size {
	out := make(chan remote.Size, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case size := <-sizes:
				r.Resized(size.Cols, size.Rows)
				select {
				case <-out: // nobody has taken the one before
				default:
				}
				out <- size // there is room: nobody else sends
			}
		}
	}()
	return out
}

// ended ends a session's recording and gives what the ledger keeps of it. An error tells why there is no whole recording.
func (t *tapes) ended(session uint64) (end ledger.VisitEnd, err error) {
	t.mu.Lock()
	r := t.all[session]
	delete(t.all, session)
	t.mu.Unlock()
	if r == nil {
		return end, nil
	}
	return r.End()
}

// endOf is the end of a visit with what was recorded of it. A visit that could not be recorded is one all the same.
func (d *doorman) endOf(session uint64, why string) ledger.VisitEnd {
	end, err := d.tapes.ended(session)
	if err != nil {
		d.log.Warn("a visit was not recorded to its end", "session", session, "cause", err)
	}
	end.Why = doorWhys[why]
	return end
}

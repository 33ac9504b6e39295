package console

import (
	"fmt"
	"reflect"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// Header is what is told of an event without what it says: no amount, no number of a sale, no name.
type Header struct {
	Seq  uint64
	Kind string
	At   time.Time
	Day  ledger.Day
	Role ledger.Role // of whoever did it
}

// lastHeaders is how many of the newest events a survey keeps.
const lastHeaders = 200

// Survey is a ledger as somebody sees it who takes no lock and changes nothing: from the journal alone, also beside an open till.
type Survey struct {
	disk.Beside
	None   bool  // there is no ledger yet
	Sealed bool  // its key is not in the folder, so nothing could be read
	Fault  error // why not all of it could be read
	Kinds  map[string]int
	Last   []Header                               // the newest, the oldest first
	Newest time.Time                              // the latest time on any event, which need not be the last one's
	Back   time.Duration                          // the largest step back between two events that follow one another
	State  *ledger.State                          // as far as the events could be folded; nil where the first could not
	Paid   map[ledger.Channel]map[ledger.Day]bool // days (Beijing's) on which a channel's payments were confirmed
}

// LookAt surveys the ledger of a folder.
func LookAt(dir string) *Survey {
	s := &Survey{Kinds: map[string]int{}, Paid: map[ledger.Channel]map[ledger.Day]bool{}}
	switch {
	case !disk.Holds(dir):
		s.None = true
		return s
	case disk.KeyElsewhere(dir):
		s.Sealed = true
		return s
	}
	s.State = ledger.NewState()
	var err error
	s.Beside, err = disk.ReadBeside(dir, s.take)
	if s.Fault == nil {
		s.Fault = err
	}
	return s
}

// take adds an event. What cannot be folded ends the folding, and not the look.
func (s *Survey) take(at ledger.Head, stored []byte) error {
	event, err := ledger.DecodeEvent(stored)
	if err != nil {
		s.Kinds["unknown"]++
		s.stop(err)
		return nil
	}
	kind := reflect.TypeOf(event.Body).Elem().Name()
	s.Kinds[kind]++
	if n := len(s.Last); n > 0 {
		s.Back = max(s.Back, s.Last[n-1].At.Sub(event.At))
	}
	if event.At.After(s.Newest) {
		s.Newest = event.At
	}
	if s.Last = append(s.Last, Header{at.Seq, kind, event.At, event.Day, event.Actor.Role}); len(s.Last) >= 2*lastHeaders {
		s.Last = append(s.Last[:0], s.Last[len(s.Last)-lastHeaders:]...)
	}
	if s.Fault != nil {
		return nil
	}
	if _, err := s.State.Apply(&event, at.Hash); err != nil {
		s.stop(fmt.Errorf("event %d: %w", at.Seq, err))
		return nil
	}
	if answered, ok := event.Body.(*ledger.AttemptAnswered); ok && answered.Became == ledger.Paid {
		s.paid(answered.Order, event.At)
	}
	return nil
}

func (s *Survey) stop(err error) {
	if s.Fault == nil {
		s.Fault = err
	}
}

func (s *Survey) paid(order ledger.OrderNo, at time.Time) {
	_, attempt := s.State.Attempt(order)
	if attempt == nil {
		return
	}
	if s.Paid[attempt.Channel] == nil {
		s.Paid[attempt.Channel] = map[ledger.Day]bool{}
	}
	s.Paid[attempt.Channel][ledger.Calendar{Zone: ledger.Shanghai}.Day(at)] = true
}

// Recent are the newest events, the oldest first.
func (s *Survey) Recent() []Header { return s.Last[max(0, len(s.Last)-lastHeaders):] }

package ledger

import (
	"fmt"
	"testing"
	"time"
)

// shapes are all ways in which an attempt can stand in a state: what it owes, and how its last cancel was answered.
func shapes(state AttemptState, way Way) []Attempt {
	base := attemptIn(state, way)
	shapes := []Attempt{base}
	add := func(change func(*Attempt)) {
		a := base
		change(&a)
		shapes = append(shapes, a)
	}
	switch state {
	case Closing:
		for _, task := range []TaskKind{TaskClose, TaskQuery} {
			add(func(a *Attempt) { a.Task, a.Accepted = task, true })
			add(func(a *Attempt) { a.Task, a.Denied = task, true })
			add(func(a *Attempt) { a.Task, a.Accepted, a.Returned = task, true, true })
		}
	case Withdrawn:
		add(func(a *Attempt) { a.Task = TaskClose })
		add(func(a *Attempt) { a.Task = TaskNone })
		add(func(a *Attempt) { a.CloseSeq = 20 })
	case Asking, Unknown, Stopping:
		add(func(a *Attempt) { a.Asks = 2 })
		if way == ByQR {
			add(func(a *Attempt) { a.QR, a.Task = "", TaskOrder })
		}
	case Paid:
		add(func(a *Attempt) { a.Note = NoteGoneAfterPaid })
	}
	return shapes
}

// everyMove visits each state, in each of its shapes, meeting each answer, doubtful ones too.
func everyMove(visit func(name string, a Attempt, ans Answer, m move)) (moves int) {
	for _, state := range allStates {
		for _, way := range []Way{ByCode, ByQR} {
			for n, a := range shapes(state, way) {
				for _, class := range allClasses {
					for _, request := range allRequests {
						for _, began := range []uint64{5, 15, 25} {
							for _, later := range []time.Duration{time.Second, 3 * time.Minute, time.Hour} {
								for _, doubt := range []bool{false, true} {
									ans := agreeing(&a, class, request, began)
									if doubt {
										ans.Verified = false
									}
									ans.InState, ans.Known = later, later
									moves++
									visit(fmt.Sprintf("%s#%d way %d, class %d of request %d, began %d, after %v, doubtful %v", state, n, way, class, request, began, later, doubt),
										a, ans, a.next(ans))
								}
							}
						}
					}
				}
			}
		}
	}
	return moves
}

// TestWholeTable: in every shape a state can have, the moves keep to the drawing and to what is owed.
func TestWholeTable(t *testing.T) {
	moves := everyMove(func(name string, a Attempt, ans Answer, m move) {
		ended := !m.to.Live()
		switch {
		case !arrow(a.State, m.to):
			t.Errorf("%s: no arrow to %s", name, m.to)
		case m.to.Live() && m.task == TaskNone:
			t.Errorf("%s: %s owes nothing", name, m.to)
		case ended && m.to != Withdrawn && m.task != TaskNone:
			t.Errorf("%s: %s owes %s", name, m.to, m.task)
		case m.to == Withdrawn && m.task != TaskNone && m.task != TaskQuery && m.task != TaskClose:
			t.Errorf("%s: withdrawn owes %s", name, m.task)
		case m.task == TaskPay && (a.State != Intent || m.to != Intent):
			t.Errorf("%s: would pay again", name)
		case m.task == TaskOrder && a.Way == ByCode:
			t.Errorf("%s: a QR for a code", name)
		case (m.to != a.State || m.task != a.Task) && !m.record:
			t.Errorf("%s: a change to %s owing %s is not written", name, m.to, m.task)
		case (m.to == Paid || m.to == Orphan) && m.to != a.State && (ans.Class != ClassPaid && (m.to == Paid || ans.Class != ClassRefunded) || !ans.Verified):
			t.Errorf("%s: money without a verified answer", name)
		case a.State == Paid && m.to != Paid:
			t.Errorf("%s: PAID disappears", name)
		case !a.State.Live() && m.to.Live():
			t.Errorf("%s: an ended attempt lives again", name)
		}
	})
	if moves < 10_000 {
		t.Fatalf("only %d moves", moves)
	}
}

// TestStaleAnswersChangeNothing: what began before the last cancel moves nothing and owes nothing new.
func TestStaleAnswersChangeNothing(t *testing.T) {
	stale := 0
	everyMove(func(name string, a Attempt, ans Answer, m move) {
		if ans.Began >= a.CloseSeq || ans.Request == RequestClose {
			return
		}
		stale++
		if m.to != a.State || m.task != a.Task || m.record != (ans.Class == ClassPaid) || m.note != NoteStale {
			t.Errorf("%s: %+v", name, m)
		}
	})
	if stale == 0 {
		t.Fatal("no answer was stale")
	}
}

// TestPaidWhileClosingNeedsADenialAndNoCancelUnderWay, for both ways.
func TestPaidWhileClosingNeedsADenialAndNoCancelUnderWay(t *testing.T) {
	paid := 0
	everyMove(func(name string, a Attempt, ans Answer, m move) {
		if a.State != Closing || m.to != Paid {
			return
		}
		paid++
		if !a.Denied || a.Task != TaskQuery || ans.Request == RequestClose || ans.Began < a.CloseSeq {
			t.Errorf("%s: PAID though the cancel may give the money back", name)
		}
	})
	if paid == 0 {
		t.Fatal("a finally refused cancel never leads to PAID")
	}
}

// TestStopOfEveryState: what has not been asked ends at once, what may have been asked gets its last query, what has ended is left alone.
func TestStopOfEveryState(t *testing.T) {
	for state, want := range map[AttemptState]struct {
		to     AttemptState
		task   TaskKind
		reason Reason
	}{
		Intent: {Unsent, TaskNone, ""}, Asking: {Stopping, TaskQuery, ""}, Waiting: {Stopping, TaskQuery, ""}, Unknown: {Stopping, TaskQuery, ""},
		Stopping: {Stopping, TaskQuery, ReasonStopping}, Closing: {Closing, TaskClose, ReasonStopping},
		Paid: {Paid, TaskNone, ReasonNothingToStop}, Refused: {Refused, TaskNone, ReasonNothingToStop}, Unsent: {Unsent, TaskNone, ReasonNothingToStop},
		Withdrawn: {Withdrawn, TaskQuery, ReasonNothingToStop}, ClosedOff: {ClosedOff, TaskNone, ReasonNothingToStop},
		Reversed: {Reversed, TaskNone, ReasonNothingToStop}, Orphan: {Orphan, TaskNone, ReasonNothingToStop},
	} {
		a := attemptIn(state, ByCode)
		to, task, err := a.stop()
		if to != want.to || task != want.task || ReasonOf(err) != want.reason {
			t.Errorf("%s: %s owing %s, %v", state, to, task, err)
		}
	}
}

// TestFoldRefusesWhatHasNoArrow: an event that a later version decided wrongly cannot rewrite an old one.
func TestFoldRefusesWhatHasNoArrow(t *testing.T) {
	for _, from := range allStates {
		for _, to := range allStates {
			s := NewState()
			a := attemptIn(from, ByCode)
			s.sales["s"], s.orders[a.Order] = &Sale{ID: "s", Amount: a.Amount, Attempts: []Attempt{a}}, "s"
			event := Event{Seq: 1, At: t0, Day: 20261125, Body: &AttemptAnswered{Answer: Answer{Order: a.Order}, Became: to}}
			before := s.Snapshot()
			_, err := s.Apply(&event, Hash{1})
			if (err == nil) != arrow(from, to) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			if err != nil && string(before) != string(s.Snapshot()) {
				t.Errorf("%s to %s: a refused event leaves a trace", from, to)
			}
		}
	}
}

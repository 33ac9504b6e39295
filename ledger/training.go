package ledger

import (
	"context"
	"fmt"
	"time"
)

// This file is about training mode on a till that sells. Training has a ledger of its own; this one only knows when it was on: money
// taken on a screen that only trains is in no book.

// TrainingBegan is the till's screen given to training mode.
type TrainingBegan struct{}

// TrainingEnded is the screen given back.
type TrainingEnded struct {
	Sales Tally // that were paid in it; none of them is money
	Lost  bool  // training did not end in order, and nobody knows how many there were
}

func (*TrainingBegan) Kind() Kind { return KindTrainingBegan }
func (*TrainingEnded) Kind() Kind { return KindTrainingEnded }

func (*TrainingBegan) fields(*codec) {}

func (b *TrainingEnded) fields(c *codec) {
	c.nested(1, &b.Sales, b.Sales != (Tally{}))
	c.bool(2, &b.Lost)
}

// BeginTraining notes that this till's screen goes to training mode; whoever is only learning may want it too. Until EndTraining, or the
// next opening, nothing is taken at that place: a customer's code that its scanner reads is refused, and the keyed amount is forgotten. It is refused in
// training, and while a payment is under way. Until EndTraining nothing is taken at that place: what its scanner reads is refused. Refusals: LIVE-ATTEMPT, SECOND-PERSON, NOT-ALLOWED.
func (b *Book) BeginTraining(ctx context.Context, actor Actor, second *Consent) error {
	defer b.forget(second)
	return b.intendWith(ctx, actor, RightTrain, consentTo{"begin training", second}, func(s *State, _ time.Time, w witness) (plan, error) {
		var p plan
		if b.cfg.Mode == training {
			return p, Refuse(ReasonNotAllowed)
		}
		if sale := s.CurrentSale(); sale != nil && sale.Live() != nil && !sale.Settled() {
			return p, Refuse(ReasonLiveAttempt)
		}
		if err := b.lent(s, w, RightTrain, b.cfg.Seconds.Training); err != nil {
			return p, err
		}
		p.add(&TrainingBegan{}, Task{})
		p.after = func() { // an amount that was being keyed is not for whoever scans next
			b.draft = Draft{}
			b.dropSuspect()
			b.wake()
		}
		return p, nil
	})
}

// trainingEnds takes the screen back. lost: nobody knows what was paid in training.
func (s *State) trainingEnds(sales Tally, lost bool) {
	s.training = ""
	s.period.Trained.Count += sales.Count
	s.period.Trained.Fen += sales.Fen
	if lost {
		s.period.TrainingsLost++
	}
}

func (s *State) trainingEnded(b *TrainingEnded) error {
	if !b.possible() {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("no training has %d sales of %d fen", b.Sales.Count, b.Sales.Fen))
	}
	s.trainingEnds(b.Sales, b.Lost)
	return nil
}

// possible reports whether so much can have been paid.
func (b *TrainingEnded) possible() bool {
	return b.Sales.Fen >= 0 && b.Sales.Count <= maxTrained && b.Sales.Fen <= maxTrained*MaxFen
}

// maxTrained bounds the sales of one training: nobody keys a million.
const maxTrained = 1_000_000

// EndTraining notes that the screen is back, and what was paid in training. The till itself does this: whoever trains is nobody here.
func (b *Book) EndTraining(ctx context.Context, sales Tally, lost bool) error {
	return b.commit(ctx, Till, func(*State, time.Time) (plan, error) {
		var p plan
		ended := &TrainingEnded{Sales: sales, Lost: lost}
		if !ended.possible() {
			*ended = TrainingEnded{Lost: true}
		}
		p.add(ended, Task{})
		return p, nil
	})
}

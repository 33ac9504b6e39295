package ledger

import (
	"context"
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

// BeginTraining notes that this till's screen goes to training mode; whoever is only learning may want it too. It is refused in
// training, and while a payment is under way. Refusals: LIVE-ATTEMPT, SECOND-PERSON, NOT-ALLOWED.
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
		return p, nil
	})
}

// EndTraining notes that the screen is back, and what was paid in training. The till itself does this: whoever trains is nobody here.
func (b *Book) EndTraining(ctx context.Context, sales Tally, lost bool) error {
	return b.commit(ctx, Till, func(*State, time.Time) (plan, error) {
		var p plan
		p.add(&TrainingEnded{Sales: sales, Lost: lost}, Task{})
		return p, nil
	})
}

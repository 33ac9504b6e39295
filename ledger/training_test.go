package ledger

import (
	"context"
	"testing"
	"testing/synctest"
)

// TestTrainingOnATillThatSells: it takes a second person, also for whoever only learns; what was paid in it is on the next report and
// in no total.
func TestTrainingOnATillThatSells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, func(cfg *BookConfig) {
			staffed(cfg)
			cfg.Seconds.Training = true
		})
		defer b.Close("end")
		setStaff(t, b, command, "li", RoleSupervisor, liPIN)
		li := signIn(t, b, "li", liPIN)
		pin := pinOf(wangPIN)
		if err := b.SetStaff(ctx, li, StaffWish{Person: "wang", Role: RoleCashier, Learner: true, PIN: &pin}); err != nil {
			t.Fatal(err)
		}
		wang := signIn(t, b, "wang", wangPIN)
		wantReason(t, b.Settle(ctx, wang, false), ReasonLearner)
		wantReason(t, b.BeginTraining(ctx, wang, nil), ReasonSecondPerson)
		wantReason(t, b.BeginTraining(ctx, wang, &Consent{Person: "li", PIN: pinOf("0000")}), ReasonPINWrong)
		wantReason(t, b.BeginTraining(ctx, wang, &Consent{Person: "wang", PIN: pinOf(wangPIN)}), ReasonSamePerson)
		consent := &Consent{Person: "li", PIN: pinOf(liPIN)}
		wantReason(t, b.BeginTraining(ctx, wang, consent), "")
		wantReason(t, b.EndTraining(ctx, Tally{2, 1250}, false), "")
		wantReason(t, b.BeginTraining(ctx, wang, consent), ReasonPINShape) // a consent serves once: its PIN is gone
		wantReason(t, b.EndTraining(ctx, Tally{1, 100}, true), "")
		wantReason(t, b.EndTraining(ctx, Tally{1, -100}, false), "") // no training: nobody knows

		li = signIn(t, b, "li", liPIN)
		report, err := b.CloseDay(ctx, li, DayWish{})
		if err != nil || report.Trained != (Tally{3, 1350}) || report.Trainings != 1 || report.TrainingsLost != 2 || report.Total() != (Line{}) || report.Grand != (Line{}) {
			t.Fatalf("%+v %v", report, err)
		}
		if report, err = b.CloseDay(ctx, li, DayWish{Last: 1}); err != nil || report.Trained != (Tally{}) {
			t.Fatalf("a second report counts the training again: %+v %v", report.Trained, err)
		}
		b.Close("end")
		var began *Event
		for _, stored := range store.records {
			if e, err := DecodeEvent(stored); err != nil {
				t.Fatal(err)
			} else if e.Body.Kind() == KindTrainingBegan {
				began = &e
			}
		}
		if began == nil || began.Actor.Person != "wang" || began.Actor.Approver != "li" {
			t.Fatalf("%+v", began)
		}
	})
}

// TestNoTrainingUnderAPayment: nobody takes the screen away from a customer who is paying, and training trains already.
func TestNoTrainingUnderAPayment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), func(cfg *BookConfig) { cfg.Mode = "sandbox" })
		defer b.Close("end")
		keyAmount(t, b, "5")
		wants(t, b.Settle(ctx, Trainee, false), "")
		wants(t, b.BeginTraining(ctx, Trainee, nil), "")
		wants(t, b.EndTraining(ctx, Tally{}, false), "")
		wants(t, b.Ask(ctx, Trainee, Alipay), "")
		wants(t, b.BeginTraining(ctx, Trainee, nil), ReasonLiveAttempt)
	})
	synctest.Test(t, func(t *testing.T) {
		b := testBook(t, NewMemory(), nil)
		defer b.Close("end")
		wants(t, b.BeginTraining(context.Background(), Trainee, nil), ReasonNotAllowed)
	})
}

// TestRepeatKeysTheLastAmount, also after the sale was given up, a restart and a snapshot; what is being keyed stays.
func TestRepeatKeysTheLastAmount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b := testBook(t, store, nil)
		wants(t, b.Repeat(), ReasonNoSale)
		keyAmount(t, b, "12.5")
		wants(t, b.Repeat(), ReasonAmountShape)
		wants(t, b.Settle(ctx, Trainee, false), "")
		wants(t, b.Drop(ctx, Trainee, "code 134567890123456789 was "+DropUnwanted), "")
		b.Close("end")
		b = testBook(t, store, nil)
		defer b.Close("end")
		wants(t, b.Repeat(), "")
		if keyed := b.Draft().Keyed; keyed.String() != "12.50" {
			t.Fatal(keyed)
		}
		wants(t, b.Settle(ctx, Trainee, false), "")
		b.Read(func(s *State) {
			if sale := s.CurrentSale(); sale == nil || sale.Amount != Fen(1250) {
				t.Fatalf("%+v", sale)
			}
		})
		for _, stored := range store.records {
			if e, _ := DecodeEvent(stored); e.Body.Kind() == KindSaleDropped && e.Body.(*SaleDropped).Why == "code 134567890123456789 was "+DropUnwanted {
				t.Fatal("a customer's code stands in the reason")
			}
		}
	})
}

// TestNothingIsTakenBehindTraining: a real customer's code that the till's scanner reads is charged to nobody, whatever stood on the
// screen; and a training whose end nobody has seen stands on the report.
func TestNothingIsTakenBehindTraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		sandbox := func(cfg *BookConfig) { cfg.Mode, cfg.QuietSettle = "sandbox", true }
		b := testBook(t, store, sandbox)
		settle(t, b, "8")
		keyAmount(t, b, "5")
		wants(t, b.BeginTraining(ctx, Trainee, nil), "")
		if !b.Draft().Keyed.Empty() {
			t.Fatal("an amount waits for whoever scans next")
		}
		for range 3 {
			wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), ReasonTraining)
		}
		wants(t, b.Settle(ctx, Trainee, false), ReasonTraining)
		wants(t, b.BeginTraining(ctx, Trainee, nil), ReasonTraining)
		if b.Close("pulled"); len(current(t, b).Attempts) != 0 {
			t.Fatal("a customer was charged")
		}
		b = testBook(t, store, sandbox) // nobody has seen the end of it
		defer b.Close("end")
		wants(t, b.Scan(ctx, Trainee, scanOf(wechatCode)), "")
		report, err := b.XReport(ctx, supervisor, nil)
		if err != nil || report.Trainings != 1 || report.TrainingsLost != 1 {
			t.Fatalf("%+v %v", report, err)
		}
	})
}

package ledger

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
)

// walk is one intent: its right, and a call. One that is allowed may still be refused for another reason than the person's.
type walk struct {
	right Right
	lent  bool // the shop of this test wants a second person for it, whoever asks
	call  func(b *Book, actor Actor) error
}

// walks are all intents that a person can have: every method of Book that takes an Actor. One that is missing here fails the test.
var walks = map[string]walk{
	"Settle":       {right: RightSell, call: func(b *Book, a Actor) error { return b.Settle(context.Background(), a, false) }},
	"Ask":          {right: RightSell, call: func(b *Book, a Actor) error { return b.Ask(context.Background(), a, Alipay) }},
	"Stop":         {right: RightSell, call: func(b *Book, a Actor) error { return b.Stop(context.Background(), a) }},
	"Drop":         {right: RightSell, call: func(b *Book, a Actor) error { return b.Drop(context.Background(), a, "cashier") }},
	"SetAside":     {right: RightSell, call: func(b *Book, a Actor) error { return b.SetAside(context.Background(), a) }},
	"Scan":         {right: RightSell, call: func(b *Book, a Actor) error { return b.Scan(context.Background(), a, scanOf(wechatCode)) }},
	"AgreeSuspect": {right: RightSell, call: agreeSuspect},
	"Refund": {right: RightRefund, call: func(b *Book, a Actor) error {
		_, err := b.Refund(context.Background(), a, RefundWish{Order: "T1", Amount: Fen(1), Why: "x"})
		return err
	}},
	"Resolve": {right: RightSell, lent: true, call: func(b *Book, a Actor) error {
		return b.Resolve(context.Background(), a, Resolution{Exception: 1, Note: "x"})
	}},
	"Tender": {right: RightSell, call: func(b *Book, a Actor) error {
		return b.Tender(context.Background(), a, TenderWish{Sale: "1", Kind: Cash})
	}},
	"ReturnTender": {right: RightRefund, call: func(b *Book, a Actor) error {
		return b.ReturnTender(context.Background(), a, TenderReturnWish{Sale: "1", Tender: 1, Amount: Fen(1), Why: "x"})
	}},
	"Prove": {right: RightProve, call: func(b *Book, a Actor) error {
		return b.Prove(context.Background(), a, ProveWish{Sale: "1", Tender: 1})
	}},
	"Hold":   {right: RightSell, call: func(b *Book, a Actor) error { return b.Hold(context.Background(), a) }},
	"Resume": {right: RightSell, call: func(b *Book, a Actor) error { return b.Resume(context.Background(), a, "1") }},
	"Note": {right: RightSell, call: func(b *Book, a Actor) error {
		return b.Note(context.Background(), a, NoteWish{Sale: "1", Wrong: true})
	}},
	"OpenShift": {right: RightShift, call: func(b *Book, a Actor) error {
		_, err := b.OpenShift(context.Background(), a, Money{})
		return err
	}},
	"MoveCash": {right: RightShift, call: func(b *Book, a Actor) error {
		return b.MoveCash(context.Background(), a, CashWish{Shift: 1, Amount: Fen(1), Why: "x"})
	}},
	"CountCash": {right: RightShift, call: func(b *Book, a Actor) error { return b.CountCash(context.Background(), a, 1, nil) }},
	"CloseShift": {right: RightShift, call: func(b *Book, a Actor) error {
		return b.CloseShift(context.Background(), a, CloseWish{Shift: 1})
	}},
	"HandOver": {right: RightShift, call: func(b *Book, a Actor) error {
		_, err := b.HandOver(context.Background(), a, HandOverWish{CloseWish: CloseWish{Shift: 1}, To: "nobody"})
		return err
	}},
	"OpenDrawer": {right: RightDrawer, call: func(b *Book, a Actor) error {
		return b.OpenDrawer(context.Background(), a, DrawerWish{Why: "x"})
	}},
	"Reprint": {right: RightReprint, call: func(b *Book, a Actor) error {
		_, err := b.Reprint(context.Background(), a, ReprintWish{Order: "T1"})
		return err
	}},
	"XReport": {right: RightShift, call: func(b *Book, a Actor) error {
		_, err := b.XReport(context.Background(), a, nil)
		return err
	}},
	"CloseDay": {right: RightShift, call: func(b *Book, a Actor) error {
		_, err := b.CloseDay(context.Background(), a, DayWish{Last: 99})
		return err
	}},
	"LastZ": {right: RightReport, call: func(b *Book, a Actor) error {
		_, _, err := b.LastZ(a)
		return err
	}},
	"Alerts": {right: RightAlerts, call: func(b *Book, a Actor) error {
		_, err := b.Alerts(context.Background(), a, 0)
		return err
	}},
	"Evidence": {right: RightAlerts, call: func(b *Book, a Actor) error {
		_, err := b.Evidence(a, &Alert{})
		return err
	}},
	"Expected": {right: RightShift, call: func(b *Book, a Actor) error {
		_, err := b.Expected(a)
		return err
	}},
	"BeginTraining": {right: RightTrain, lent: true, call: func(b *Book, a Actor) error { return b.BeginTraining(context.Background(), a, nil) }},
	"LosePINs":      {right: "nobody's at a till", call: func(b *Book, a Actor) error { return b.LosePINs(context.Background(), a) }},
	"TakeStatement": {right: RightStatement, call: func(b *Book, a Actor) error {
		return b.TakeStatement(context.Background(), a, StatementTaken{Key: StatementKey{Alipay, 20261124, StatementTrades}, Source: SourceImported})
	}},
	"CompareStatement": {right: RightStatement, call: func(b *Book, a Actor) error {
		return b.CompareStatement(context.Background(), a, StatementKey{WeChat, 20261124, StatementTrades}, -1, func(func(StatementRow) error) error { return nil })
	}},
	"CompareFunds": {right: RightStatement, call: func(b *Book, a Actor) error { return b.CompareFunds(context.Background(), a, WeChat, 20261124) }},
	"Say":          {right: RightHand, call: func(b *Book, a Actor) error { return b.Say(context.Background(), a, "hello") }},
	"AnswerHand":   {right: RightHand, call: func(b *Book, a Actor) error { return b.AnswerHand(context.Background(), a, 1, true) }},
	"UnlockDoor":   {right: RightHand, call: func(b *Book, a Actor) error { return b.UnlockDoor(context.Background(), a, DoorWish{}) }},
	"AskNow":       {right: RightHand, call: func(b *Book, a Actor) error { return b.AskNow(a, "T1") }},
	"SetStaff": {right: RightStaff, call: func(b *Book, a Actor) error {
		return b.SetStaff(context.Background(), a, StaffWish{Person: "new", Role: RoleCashier})
	}},
}

func agreeSuspect(b *Book, a Actor) error {
	scan := scanOf(wechatCode)
	scan.Suspect = true
	if err := b.Scan(context.Background(), a, scan); ReasonOf(err) != ReasonCodeSuspect {
		return err
	}
	return b.AgreeSuspect(context.Background(), a)
}

// TestEveryIntentAsksForItsRight walks every intent through the Book for every role, signed in and not: a key that is only greyed
// would be found here. What is refused writes nothing but refused codes.
func TestEveryIntentAsksForItsRight(t *testing.T) {
	named := map[string]bool{"NeedsSecond": true, "ReturnNeedsSecond": true, "CashHidden": true} // tell, and do nothing
	for i, typ := 0, reflect.TypeFor[*Book](); i < typ.NumMethod(); i++ {
		m := typ.Method(i)
		for at := range m.Type.NumIn() {
			if _, walked := walks[m.Name]; m.Type.In(at) == reflect.TypeFor[Actor]() && !walked && !named[m.Name] {
				t.Errorf("nobody has said what right %s takes", m.Name)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		setStaff(t, b, li, "help", RoleSupport, "5280")
		people := map[Role][2]string{RoleSupervisor: {"li", liPIN}, RoleCashier: {"wang", wangPIN}, RoleSupport: {"help", "5280"}}
		for role, who := range people {
			actor := signIn(t, b, who[0], who[1])
			for name, w := range walks {
				reason, may := ReasonOf(w.call(b, actor)), actor.May(w.right) == nil
				if may == (reason == ReasonNotAllowed) || w.lent && may && reason != ReasonSecondPerson {
					t.Errorf("%s as %s: %q", name, role, reason)
				}
			}
			if err := b.LockScreen(context.Background(), "console", SignOutKey); err != nil {
				t.Fatal(err)
			}
			refusedAll(t, b, actor, ReasonLocked)
			if err := b.SignOut(context.Background(), "console", SignOutKey); err != nil {
				t.Fatal(err)
			}
			refusedAll(t, b, actor, ReasonSignedOut)
		}
		refusedAll(t, b, Actor{Person: "nobody", Role: RoleTill, Place: "console"}, ReasonSignedOut)
		refusedAll(t, b, Actor{}, ReasonSignedOut)
	})
}

// refusedAll walks every intent with an actor who may do nothing now: each is refused, for that reason or because the role has not the
// right at all, and writes nothing.
func refusedAll(t *testing.T, b *Book, actor Actor, why Reason) {
	t.Helper()
	before := headOf(b)
	for name, w := range walks {
		if reason := ReasonOf(w.call(b, actor)); reason != why && (reason != ReasonNotAllowed || actor.May(w.right) == nil) {
			t.Errorf("%s as %q %s: %q", name, actor.Person, why, reason)
		}
	}
	if headOf(b) != before {
		t.Errorf("%q has written something though %s", actor.Person, why)
	}
}

func headOf(b *Book) (seq uint64) {
	b.Read(func(s *State) { seq = s.Head.Seq })
	return seq
}

package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	liPIN   = "860412"
	wangPIN = "7391"
)

var command = Actor{Person: "installer", Role: RoleSupervisor, Place: PlaceCommand}

func staffed(c *BookConfig) {
	c.Mode, c.Staffed, c.Pepper = "sandbox", true, []byte("sixteen pepper b")
	c.Seconds = Seconds{OwnSale: true, Resolve: true, Training: true, RefundAbove: 10000}
}

func pinOf(digits string) PIN { return NewPIN([]byte(digits)) }

func setStaff(t *testing.T, b *Book, actor Actor, person string, role Role, digits string) {
	t.Helper()
	pin := pinOf(digits)
	if err := b.SetStaff(context.Background(), actor, StaffWish{Person: person, Role: role, PIN: &pin}); err != nil {
		t.Fatalf("%s: %v", person, err)
	}
	if role == RoleCashier { // works in training until this
		if err := b.SetStaff(context.Background(), actor, StaffWish{Person: person, Role: role}); err != nil {
			t.Fatalf("%s: %v", person, err)
		}
	}
}

// shop opens a till with a supervisor, Li, who is signed in at the counter, and a cashier, Wang.
func shop(t *testing.T, store Store) (b *Book, li Actor) {
	t.Helper()
	b = testBook(t, store, staffed)
	setStaff(t, b, command, "li", RoleSupervisor, liPIN)
	li = signIn(t, b, "li", liPIN)
	setStaff(t, b, li, "wang", RoleCashier, wangPIN)
	return b, li
}

func signIn(t *testing.T, b *Book, person, digits string) Actor {
	t.Helper()
	actor, err := b.SignIn(context.Background(), "console", person, pinOf(digits), "")
	if err != nil {
		t.Fatalf("%s: %v", person, err)
	}
	return actor
}

func wantReason(t *testing.T, err error, want Reason) {
	t.Helper()
	if ReasonOf(err) != want {
		t.Helper()
		t.Fatalf("%v, not %s", err, want)
	}
}

// TestNobodyWorksWithoutSigningIn: the intent itself is refused, whatever a screen believes.
func TestNobodyWorksWithoutSigningIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		wang := Actor{Person: "wang", Role: RoleCashier, Place: "console"}
		for name, tt := range map[string]struct {
			actor Actor
			want  Reason
		}{
			"signed in":               {li, ""},
			"not signed in":           {wang, ReasonSignedOut},
			"at another place":        {Actor{"li", RoleSupervisor, "ssh1", ""}, ReasonSignedOut},
			"with another role":       {Actor{"li", RoleCashier, "console", ""}, ReasonSignedOut},
			"somebody nobody knows":   {Actor{"zhao", RoleCashier, "console", ""}, ReasonSignedOut},
			"the trainee":             {Trainee, ReasonSignedOut},
			"the installer":           {command, ReasonSignedOut},
			"with an approver of air": {Actor{"wang", RoleCashier, "console", "li"}, ReasonSignedOut},
		} {
			b.ClearDraft()
			keyAmount(t, b, "1")
			if err := b.Settle(ctx, tt.actor, false); ReasonOf(err) != tt.want {
				t.Errorf("%s: %v, not %q", name, err, tt.want)
			}
		}
	})
}

// TestTheFirstPersonIsASupervisor, set by whoever runs the program here; everybody after needs a supervisor.
func TestTheFirstPersonIsASupervisor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), staffed)
		defer b.Close("end")
		pin := pinOf(wangPIN)
		wantReason(t, b.SetStaff(ctx, command, StaffWish{Person: "wang", Role: RoleCashier, PIN: &pin}), ReasonSignedOut)
		wantReason(t, b.SetStaff(ctx, command, StaffWish{Person: "li", Role: RoleSupervisor}), ReasonSignedOut)
		pin = pinOf(liPIN)
		wantReason(t, b.SetStaff(ctx, Actor{"li", RoleSupervisor, "console", ""}, StaffWish{Person: "li", Role: RoleSupervisor, PIN: &pin}), ReasonSignedOut)
		setStaff(t, b, command, "li", RoleSupervisor, liPIN)
		pin = pinOf("998877")
		wantReason(t, b.SetStaff(ctx, command, StaffWish{Person: "mallory", Role: RoleSupervisor, PIN: &pin}), ReasonSignedOut)
		li := signIn(t, b, "li", liPIN)
		wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: "li", Role: RoleCashier}), ReasonLastSupervisor)
		wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: "li", Role: RoleSupervisor, Gone: true}), ReasonLastSupervisor)
		for _, name := range []string{"", "trainer", "Till", "a\x1b[31m", "two  blanks", " li", "Li", "li\u3164", "123456", "-1", "\u043b\u0438", "\uff4c\uff49", strings.Repeat("x", maxPerson+1), "=cmd()",
			"1i", "l\u0131", "l\u01c0", "\u738b\uf914", "\u738b\U0002f800", "\u01c9", "Ii", "x\u00aa"} {
			wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: name, Role: RoleCashier}), ReasonPerson)
		}
		setStaff(t, b, li, "Ivan O", RoleCashier, wangPIN)
		for _, name := range []string{"lvan O", "ivan o", "1van O", "Ivan 0", "IVAN O"} {
			wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: name, Role: RoleCashier}), ReasonPerson)
		}
		for _, name := range []string{"Evan O", "Ivan·O", "\u5f20\u4e50", "J\u00fcrgen", "Ren\u00e9e"} {
			wants(t, b.SetStaff(ctx, li, StaffWish{Person: name, Role: RoleCashier}), "")
		}
		wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: "x", Role: RoleTill}), ReasonPerson)
		for digits, want := range map[string]Reason{
			"": ReasonPINShape, "123": ReasonPINShape, "12a4": ReasonPINShape, "1234567890123": ReasonPINShape, "7777": ReasonPINEasy,
			"1234": ReasonPINEasy, "9876": ReasonPINEasy, "8901": ReasonPINEasy, TrainerPIN: ReasonPINEasy,
		} {
			pin := pinOf(digits)
			wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: "x", Role: RoleCashier, PIN: &pin}), want)
		}
	})
}

// TestFiveWrongPINsLock: with growing delay, for people who exist and for those who do not, also across a restart and whatever the
// wall clock says; a right PIN, or a new one, ends it.
func TestFiveWrongPINsLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		store := NewMemory()
		b, _ := shop(t, store)
		try := func(person, digits string) error {
			_, err := b.SignIn(ctx, "console", person, pinOf(digits), "")
			return err
		}
		wrong := func(person string, times int) {
			t.Helper()
			for range times {
				wantReason(t, try(person, "0000"), ReasonPINWrong)
			}
		}
		wrong("wang", 4)
		if err := try("wang", wangPIN); err != nil {
			t.Fatal(err)
		}
		wrong("wang", 5)
		wrong("nobody", 5)
		for _, person := range []string{"wang", "nobody"} {
			wantReason(t, try(person, wangPIN), ReasonPINLocked)
		}
		if err := try("li", liPIN); err != nil { // another person is not locked
			t.Fatal(err)
		}
		if left := b.LockedFor("console", "wang"); left != 30*time.Second {
			t.Fatal(left)
		}
		time.Sleep(31 * time.Second)
		wrong("wang", 1)
		if left := b.LockedFor("console", "wang"); left != time.Minute {
			t.Fatal(left)
		}
		if err := b.Close("end"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // nobody can tell from the wall clock how long the till was off
		b = testBook(t, store.Reopen(), staffed)
		defer func() { b.Close("end") }()
		if left := b.LockedFor("console", "wang"); left != time.Minute {
			t.Fatal(left)
		}
		li := signIn(t, b, "li", liPIN)
		setStaff(t, b, li, "wang", RoleCashier, "5280")
		if err := try("wang", "5280"); err != nil {
			t.Fatal(err)
		}
		for n, last := uint32(0), time.Duration(0); n < 1000; n++ {
			if lockTime(n) < last || lockTime(n) > time.Hour {
				t.Fatalf("after %d: %v", n, lockTime(n))
			}
			last = lockTime(n)
		}
	})
}

// TestTriesAtOnceAreCounted: fifty tries at the same moment are not fifty guesses.
func TestTriesAtOnceAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := shop(t, NewMemory())
		defer b.Close("end")
		results := make(chan error, 12)
		for i := range cap(results) {
			go func() {
				_, err := b.SignIn(context.Background(), "console", "wang", pinOf(fmt.Sprint(1000+i)), "")
				results <- err
			}()
		}
		counts := map[Reason]int{}
		for range cap(results) {
			counts[ReasonOf(<-results)]++
		}
		if counts[ReasonPINWrong] != freeTries || counts[ReasonPINLocked] != cap(results)-freeTries {
			t.Fatal(counts)
		}
	})
}

// TestSessions: one person at a place; another one takes over; a locked screen lets nothing be done; a restart asks again; who is
// disabled is out at once.
func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		store := NewMemory()
		b, li := shop(t, store)
		sell := func(actor Actor) error {
			b.ClearDraft()
			keyAmount(t, b, "1")
			return b.Settle(ctx, actor, false)
		}
		wang := signIn(t, b, "wang", wangPIN)
		wantReason(t, sell(li), ReasonSignedOut)
		if err := sell(wang); err != nil {
			t.Fatal(err)
		}
		if err := b.LockScreen(ctx, "console", SignOutIdle); err != nil {
			t.Fatal(err)
		}
		wantReason(t, sell(wang), ReasonLocked)
		sale := current(t, b)
		wang = signIn(t, b, "wang", wangPIN)
		if again := current(t, b); again.ID != sale.ID {
			t.Fatal("the sale in hand is gone")
		}
		if err := sell(wang); err != nil {
			t.Fatal(err)
		}
		li, err := b.SignIn(ctx, PlaceCommand, "li", pinOf(liPIN), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.SetStaff(ctx, li, StaffWish{Person: "wang", Role: RoleCashier, Learner: true}); err != nil {
			t.Fatal(err)
		}
		wantReason(t, sell(wang), ReasonLearner)
		if err := b.SetStaff(ctx, li, StaffWish{Person: "wang", Role: RoleCashier, Gone: true}); err != nil {
			t.Fatal(err)
		}
		wantReason(t, sell(wang), ReasonSignedOut)
		_, err = b.SignIn(ctx, "console", "wang", pinOf(wangPIN), "")
		wantReason(t, err, ReasonPINWrong)
		b.Close("end")
		b = testBook(t, store.Reopen(), staffed)
		defer func() { b.Close("end") }()
		wantReason(t, b.SetStaff(ctx, li, StaffWish{Person: "wang", Role: RoleCashier}), ReasonSignedOut)
		if err := b.SignOut(ctx, "console", SignOutKey); err != nil {
			t.Fatal(err)
		}
	})
}

// TestASecondPersonAgrees: another one, with the right PIN and the right to it, to this one refund; who has sold cannot give back
// alone.
func TestASecondPersonAgrees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		setStaff(t, b, li, "zhao", RoleCashier, "4815")
		wang := signIn(t, b, "wang", wangPIN)
		order := soldBy(t, b, wang, "250")
		wish := func(fen int64, second *Consent) error {
			var seen int
			b.Read(func(s *State) {
				if _, a := s.Attempt(order); a != nil {
					seen = len(a.Refunds)
				}
			})
			_, err := b.Refund(ctx, wang, RefundWish{Order: order, Amount: Fen(fen), Why: "broken", Seen: seen, Second: second})
			return err
		}
		by := func(person, digits string) *Consent { return &Consent{Person: person, PIN: pinOf(digits)} }
		wantReason(t, wish(100, nil), ReasonSecondPerson)
		wantReason(t, wish(100, by("wang", wangPIN)), ReasonSamePerson)
		wantReason(t, wish(100, by("li", "0000")), ReasonPINWrong)
		wantReason(t, wish(100, by("zhao", "4815")), ReasonNotAllowed)
		wantReason(t, wish(100, by(Trainer.Person, TrainerPIN)), ReasonPINWrong)
		good := by("li", liPIN)
		if err := wish(100, good); err != nil {
			t.Fatal(err)
		}
		if !good.PIN.spent() {
			t.Fatal("the PIN was not wiped")
		}
		b.Read(func(s *State) {
			if _, a := s.Attempt(order); a.Refunds[0].Actor.Approver != "li" || a.Refunds[0].Actor.Person != "wang" {
				t.Errorf("%+v", a.Refunds[0].Actor)
			}
		})
		zhao := signIn(t, b, "zhao", "4815")
		_, err := b.Refund(ctx, zhao, RefundWish{Order: order, Amount: Fen(9901), Why: "broken", Seen: 1})
		wantReason(t, err, ReasonSecondPerson)
		if _, err = b.Refund(ctx, zhao, RefundWish{Order: order, Amount: Fen(9900), Why: "broken", Seen: 1}); err != nil {
			t.Fatal(err)
		}
	})
}

// soldBy makes a paid sale and gives its order.
func soldBy(t *testing.T, b *Book, actor Actor, digits string) OrderNo {
	t.Helper()
	ctx := context.Background()
	keyAmount(t, b, digits)
	if err := b.Settle(ctx, actor, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Scan(ctx, actor, scanOf(wechatCode)); err != nil {
		t.Fatal(err)
	}
	a := current(t, b).Attempts[0]
	began, err := b.Asking(ctx, a.Order, RequestPay)
	if err != nil {
		t.Fatal(err)
	}
	err = b.Report(ctx, Answer{Order: a.Order, Request: RequestPay, Class: ClassPaid, Verified: true, Began: began,
		Named: Named{Order: a.Order, Amount: a.Amount, Merchant: a.Merchant, App: a.App, ChannelNo: "1", PaidAt: time.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	return a.Order
}

// TestTrainingHasItsOwnSecondPerson, whose PIN is no secret and worth nothing elsewhere.
func TestTrainingHasItsOwnSecondPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		b := testBook(t, NewMemory(), func(c *BookConfig) { c.Seconds.OwnSale = true })
		defer b.Close("end")
		order := soldBy(t, b, Trainee, "250")
		wish := RefundWish{Order: order, Amount: Fen(1), Why: "broken"}
		_, err := b.Refund(ctx, Trainee, wish)
		wantReason(t, err, ReasonSecondPerson)
		wish.Second = &Consent{Person: Trainer.Person, PIN: pinOf(TrainerPIN)}
		if _, err = b.Refund(ctx, Trainee, wish); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPINsAreNowhere: not in an event, a snapshot, or whatever prints one.
func TestPINsAreNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory()
		b, _ := shop(t, store)
		_, err := b.SignIn(context.Background(), "console", "46284628", pinOf("46284628"), "") // a PIN keyed in the place of the name
		wantReason(t, err, ReasonPINWrong)
		b.Close("end")
		var all bytes.Buffer
		for _, record := range store.records {
			all.Write(record)
		}
		all.Write(store.snapshot)
		pin := pinOf(liPIN)
		fmt.Fprintf(&all, "%v %+v %#v %s %d %q", pin, pin, pin, pin, pin, pin)
		for _, secret := range []string{liPIN, wangPIN, "46284628"} {
			if bytes.Contains(all.Bytes(), []byte(secret)) {
				t.Errorf("%s is there", secret)
			}
		}
	})
}

// TestPINCheck: as costly as promised, another pepper or salt makes another hash, and a damaged record asks for no mountain of memory.
func TestPINCheck(t *testing.T) {
	if pinMemory < 19*1024 || pinPasses < 2 || pinThreads < 1 {
		t.Error("cheaper than promised")
	}
	check, err := newPINCheck(pinOf(liPIN), []byte("pepper"), rand.Reader)
	if err != nil || !check.matches(pinOf(liPIN), []byte("pepper")) {
		t.Fatal("the right PIN does not match", err)
	}
	if check.matches(pinOf(liPIN), []byte("salt")) || check.matches(pinOf(wangPIN), []byte("pepper")) {
		t.Error("a wrong one matches")
	}
	for _, change := range []func(*PINCheck){
		func(c *PINCheck) { c.Memory = 1 << 30 }, func(c *PINCheck) { c.Passes = 1 << 30 }, func(c *PINCheck) { c.Threads = 0 },
		func(c *PINCheck) { c.Hash = nil }, func(c *PINCheck) { c.Salt = nil },
	} {
		bad := check
		change(&bad)
		if bad.matches(pinOf(liPIN), []byte("pepper")) {
			t.Errorf("%+v matches", bad)
		}
	}
}

// TestBadges name a person, and nothing else.
func TestBadges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, li := shop(t, NewMemory())
		defer b.Close("end")
		if err := b.SetStaff(context.Background(), li, StaffWish{Person: "wang", Role: RoleCashier, Badge: []byte("B-000017")}); err != nil {
			t.Fatal(err)
		}
		if err := b.SetStaff(context.Background(), li, StaffWish{Person: "wang", Role: RoleCashier}); err != nil { // stays
			t.Fatal(err)
		}
		for text, want := range map[string]string{"B-000017": "wang", "B-000018": "", "": ""} {
			if person, ok := b.BadgeOf([]byte(text)); person != want || ok != (want != "") {
				t.Errorf("%q: %q, %v", text, person, ok)
			}
		}
	})
}

// TestLostPINs: with another key nobody gets in; who has the ledger's keys makes a supervisor anew, and only then.
func TestLostPINs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := context.Background(), NewMemory()
		b, _ := shop(t, store)
		wantReason(t, b.LosePINs(ctx, command), ReasonNotAllowed) // nothing is lost
		b.Close("end")
		other := func(lost bool) func(*BookConfig) {
			return func(cfg *BookConfig) {
				staffed(cfg)
				cfg.Pepper, cfg.PepperLost = []byte("another pepper!!"), lost
			}
		}
		about := BookConfig{Till: "T1", Mode: "training", Codes: DefaultCodes(), TillKey: []byte("0123456789abcdef")}
		other(false)(&about)
		if _, err := OpenBook(ctx, store, NewBoard(), about); ReasonOf(err) != ReasonNoPepper {
			t.Fatal(err)
		}
		b = testBook(t, store, other(true))
		pin := pinOf("4815")
		wantReason(t, b.SetStaff(ctx, command, StaffWish{Person: "li", Role: RoleSupervisor, PIN: &pin}), ReasonSignedOut)
		wantReason(t, b.LosePINs(ctx, Actor{Person: "li", Role: RoleSupervisor, Place: "console"}), ReasonNotAllowed)
		wantReason(t, b.LosePINs(ctx, command), "")
		setStaff(t, b, command, "li", RoleSupervisor, "4815")
		b.Close("end")
		b = testBook(t, store, other(false))
		defer b.Close("end")
		_, err := b.SignIn(ctx, "console", "wang", pinOf(wangPIN), "")
		wantReason(t, err, ReasonPINWrong)
		signIn(t, b, "li", "4815")
	})
}

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A test that cannot fail proves nothing. This file plants classic bugs of payment systems, one at a time, in a copy of the
// source that only the compiler sees (go build -overlay), and runs the simulation on each: it has to fail within 2,000 seeds.
//
// The long run, all of them: go test . -run TestMutants -mutants=all -timeout 120m -v

var mutantsFlag = flag.String("mutants", "", "mutants to try, by name, separated by commas; all; or none, which only checks that each can be planted")

// mutant is one planted bug: every old text has to stand in its file exactly once.
type mutant struct {
	name  string
	edits []edit
}

type edit struct{ file, old, new string }

const (
	payment  = "ledger/payment.go"
	refunds  = "ledger/refund.go"
	report   = "ledger/report.go"
	intents  = "ledger/intents.go"
	fold     = "ledger/state.go"
	bookFile = "ledger/book.go"
	perform  = "sync/outbox/perform.go"
	refundOf = "sync/outbox/refund.go"

	signIn     = "ledger/signin.go"
	staffFile  = "ledger/staff.go"
	giveBack   = "ledger/giveback.go"
	tenderFile = "ledger/tender.go"
	tendering  = "ledger/tendering.go"
	drawerFile = "ledger/drawer.go"

	attendant = "hardware/attendant.go"
	slipFile  = "hardware/slip.go"
)

var mutants = []mutant{
	{"blind retry: a new number while the old one is unknown", []edit{
		{fold, "case a.State == Unknown, a.State == Stopping,", "case a.State == Unknown:\n\t\tcase a.State == Stopping,"},
		{fold, "// Live is the attempt on which money may still move, or nil. There is never more than one.\nfunc (s *Sale) Live() *Attempt {", "func (s *Sale) Live() *Attempt {\n\tif last := s.Last(); last != nil && last.State.Live() {\n\t\treturn last\n\t}\n\t"},
	}},
	{"a time-out is taken as failed", []edit{{payment, "	return move{to: Unknown, task: TaskQuery}\n}", "	return move{to: Refused}\n}"}}},
	{"PAID is shown before it is durable", []edit{
		{"ledger/commit.go", "	if err := b.append(batch); err != nil {", "	b.publish(accepted)\n	if err := b.append(batch); err != nil {"},
		{"ledger/commit.go", "		return\n	}\n	b.publish(accepted)\n", "		return\n	}\n"},
	}},
	{"a cancel that timed out counts as cancelled", []edit{{payment, "			return move{to: Closing, task: TaskQuery, record: true}\n		}\n		return a.stay(NoteNone, false)", "			return move{to: Closing, task: TaskQuery, record: true}\n		}\n		return move{to: ClosedOff}"}}},
	{"the cancel's answer is believed without a query", []edit{{payment, "			return move{to: Closing, task: TaskQuery, record: true}\n", "			return move{to: ClosedOff}\n"}}},
	{"a cancel is forgotten by a restart", []edit{{bookFile, "	if seen.Mode != \"\" && seen.Mode != cfg.Mode {", "	for _, sale := range seen.Open() {\n		for i := range sale.Attempts {\n			if sale.Attempts[i].State == Closing {\n				sale.Attempts[i].Task = TaskNone\n			}\n		}\n	}\n	if seen.Mode != \"\" && seen.Mode != cfg.Mode {"}}},
	{"two live attempts of one sale", []edit{{fold, "	case a.State.Live():\n		return Refuse(ReasonLiveAttempt)\n", ""}}},
	{"not found is taken as closed", []edit{{payment, "	case a.Task == TaskQuery && ans.Known > a.life():", "	case a.Task == TaskQuery:"}}},
	{"not found is taken as failed", []edit{{payment, "	case ClassFailed:\n		return move{to: Closing, task: TaskClose}\n	case ClassShown:", "	case ClassAbsent:\n		return move{to: Refused}\n	case ClassFailed:\n		return move{to: Closing, task: TaskClose}\n	case ClassShown:"}}},
	{"a refund gets a new number on every try", []edit{
		{refundOf, "Number: o.Return.Number,", "Number: o.Return.Number + ledger.RefundNo(\"XXXXXXXXXXXXXXXXXXXX\"[:min(o.Return.Asks, 20)]),"},
	}},
	{"a refund's number is forgotten after a while", []edit{
		{refundOf, "func refundOf(o *ledger.Owed) channel.Refund {", "func refundOf(o *ledger.Owed) channel.Refund {\n	if o.Return.Asks > 1 && time.Since(o.Return.OpenedAt) > 2*time.Minute {\n		o.Return.Number += \"X\"\n	}"},
	}},
	{"an order number is used again", []edit{{intents, "newOrderNo(s.Till, s.Epoch, day, count+1, s.Salt)", "newOrderNo(s.Till, s.Epoch, day, count/4+1, \"AAAAAAAA\")"}}},
	{"a counter from an old backup gives old numbers", []edit{
		{intents, "newOrderNo(s.Till, s.Epoch, day, count+1, s.Salt)", "newOrderNo(s.Till, s.Epoch, day, count+1, \"AAAAAAAA\")"},
		{fold, "		s.Till, s.Mode, s.Salt = b.Till, b.Mode, b.Salt\n", "		s.Till, s.Mode, s.Salt, s.OrderCount = b.Till, b.Mode, b.Salt, 0\n"},
	}},
	{"a notice is checked by its signature alone", []edit{
		{payment, "	case ans.Named.Order != a.Order:", "	case ans.Request == RequestNotice:\n	case ans.Named.Order != a.Order:"},
	}},
	{"the amount of an answer is not compared", []edit{{payment, "	case ans.Named.Amount != a.Amount:\n		return NoteOtherAmount\n", ""}}},
	{"the merchant of an answer is not compared", []edit{{payment, "	case ans.Named.Merchant != a.Merchant:\n		return NoteOtherMerchant\n", ""}}},
	{"an answer without a good signature may say paid", []edit{{payment, "	case !ans.Verified:\n		return NoteUnverified\n", ""}}},
	{"an answer without a good signature may say refused", []edit{{payment, "	if !ans.Verified && ans.Class != ClassPaid && ans.Class != ClassUnsent {\n		ans.Class = ClassUnknown // a", "	if false {\n		ans.Class = ClassUnknown // a"}}},
	{"the sum of partial refunds does not count those on their way", []edit{{refunds, "		if a.Refunds[i].Holds() {", "		if a.Refunds[i].State.Final() {"}}},
	{"an accepted refund counts as done", []edit{{refunds, "	case ClassAccepted:\n		return refundMove{to: RefundPending, task: TaskRefundQuery}\n	case ClassHeld:", "	case ClassAccepted:\n		return refundMove{to: RefundReturned}\n	case ClassHeld:"}}},
	{"a denied refund frees its amount without a query", []edit{{refunds, "	return refundMove{to: RefundAsked, task: TaskRefundQuery} // denied, too", "	if ans.Class == ClassDenied {\n		return refundMove{to: RefundFailed, note: NoteRefundFailed}\n	}\n	return refundMove{to: RefundAsked, task: TaskRefundQuery}"}}},
	{"a lost refund is given up", []edit{{refunds, "	return refundMove{to: RefundAsked, task: TaskRefundQuery} // denied, too", "	return refundMove{to: RefundFailed}"}}},
	{"answers older than the cancel are believed", []edit{{payment, "	if ans.Began < a.CloseSeq && ans.Request != RequestClose {", "	if false {"}}},
	{"paid is believed while a cancel is on its way", []edit{{payment, "		if a.Denied && a.Task == TaskQuery { // and no further cancel is on its way", "		if true {"}}},
	{"the other attempt is not stopped by late money", []edit{{report, "	if live := sale.Live(); live != nil && live != late {", "	if live := sale.Live(); false && live != nil && live != late {"}}},
	{"late money is passed over", []edit{{payment, "	case ans.Class == ClassPaid && a.State != Orphan:", "	case ans.Class == ClassPaid && a.State == Intent:"}}},
	{"late money is not given back", []edit{{report, "		if m.back { //", "		if false { //"}}},
	{"a withdrawn QR is not watched", []edit{{payment, "	if a.QR == \"\" {\n		return TaskNone\n	}\n	return TaskQuery", "	return TaskNone"}}},
	{"a payment is sent before its record is durable", []edit{{perform, "	began, err := w.book.Asking(ctx, order.Number, ledger.RequestPay)\n	if err != nil {", "	began, err := c.owed.Head, error(nil)\n	defer w.book.Asking(ctx, order.Number, ledger.RequestPay)\n	if err != nil {"}}},
	{"a refund is sent before its record is durable", []edit{{perform, "		if began, err = w.book.Sending(ctx, o.Order, o.Return.Number); err != nil {", "		defer w.book.Sending(ctx, o.Order, o.Return.Number)\n		if err != nil {"}}},
	{"a day begins with the totals of the day before", []edit{{fold, "s.Day, s.SaleCount, s.OrderCount, s.Mended, s.today = day, 0, 0, 0, newTotals()", "s.Day, s.SaleCount, s.OrderCount, s.Mended = day, 0, 0, 0"}}},
	{"a sale with money that came late is charged again", []edit{{fold, "ReasonLateMoney: // a later attempt may still be under way, and is stopped first\n			late = err", "ReasonLateMoney:\n			late = nil"}}},
	{"a consent serves twice", []edit{
		{"ledger/pin.go", "	taken := NewPIN(bytes.Clone(p.digits()))\n	p.Wipe()\n", "	taken := NewPIN(bytes.Clone(p.digits()))\n"},
		{signIn, "		defer b.trying.Unlock()\n		consent.PIN.Wipe()\n", "		defer b.trying.Unlock()\n"},
	}},
	{"somebody agrees to what they want themselves", []edit{
		{signIn, "	if consent.Person == actor.Person {\n		return w, Refuse(ReasonSamePerson)\n	}\n", ""},
	}},
	{"a cashier can be the second person", []edit{{signIn, "	if known != nil && !known.approves() {", "	if false && !known.approves() {"}, {signIn, "p == nil || !p.approves() || !bytes", "p == nil || !bytes"}}},
	{"only the amount at hand counts against the limit of refunds", []edit{{giveBack, "sale.given()+amount.Fen > rule.RefundAbove", "amount.Fen > rule.RefundAbove"}}},
	{"a locked screen goes on selling", []edit{{staffFile, "	case session.Locked:\n		return Refuse(ReasonLocked)\n", ""}}},
	{"a session outlives the restart", []edit{{fold, "		clear(s.sessions) // who stood here before the restart has to say so again\n", ""}}},
	{"wrong PINs are forgotten by a restart", []edit{{signIn, "			t.wrong = *p.failed(place)\n", "			t.wrong = 0\n"}}},
	{"change is not taken off the drawer", []edit{{tenderFile, "		s.cash(t.Given.Fen-t.Change.Fen, e.Actor)", "		s.cash(t.Given.Fen, e.Actor)"}}},
	{"cash that is given back stays in the drawer", []edit{{tenderFile, "		s.cash(-b.Amount.Fen, e.Actor)", "		s.cash(0, e.Actor)"}}},
	{"a tender may be more than is due", []edit{
		{tendering, "t.Amount.Fen <= 0 || t.Amount.Fen > sale.Due() ||", "t.Amount.Fen <= 0 ||"},
		{tendering, "	t := &TenderTaken{Sale: sale.ID, By: wish.Kind, Amount: Money{sale.Due(), currency}", "	t := &TenderTaken{Sale: sale.ID, By: wish.Kind, Amount: sale.Amount"},
		{tenderFile, "t.Amount.Currency != sale.Amount.Currency, t.Amount.Fen > sale.Due():", "t.Amount.Currency != sale.Amount.Currency:"},
	}},
	{"cash for an unknown payment forgets that it goes back", []edit{{tenderFile, "		live.ReturnIfPaid = true\n", "		live.ReturnIfPaid = false\n"}}},
	{"nobody else agrees to cash for an unknown payment", []edit{
		{tendering, "		if err := b.agreed(s, w, RightSell, true); err != nil {\n			return err\n		}\n		err = sale.MayTender(true)", "		err = sale.MayTender(true)"},
		{tenderFile, "	case t.Instead != \"\" && actor.Approver == \"\":\n		return wrong(\"nobody has agreed that the payment goes back\")\n	}\n	return sale.MayTender(actor.Approver != \"\")", "	}\n	return sale.MayTender(true)"},
	}},
	{"what is expected is told before the count", []edit{{"ledger/shift.go", "	case b.may(s, actor, RightReport) != nil:\n		return Refuse(ReasonBlind)\n", ""}}},
	{"a count still counts when cash has moved since", []edit{{"ledger/period.go", "		s.shift.Cash += fen\n		s.shift.Current = false\n", "		s.shift.Cash += fen\n"}}},
	{"a hand-over keeps the old actor", []edit{{drawerFile, "		p.entries = append(p.entries, entry{by: to.Actor, body: &ShiftOpened{", "		p.entries = append(p.entries, entry{by: actor, body: &ShiftOpened{"}}},
	{"a hand-over begins with what was expected", []edit{{drawerFile, "Float: Fen(s.shift.Counted)", "Float: Fen(s.shift.expects())"}}},
	{"a forgotten shift is closed a day late", []edit{{"ledger/zreport.go", "	if now.Before(b.cfg.Calendar.closingOf(shift.OpenedAt, b.cfg.CloseAt)) &&", "	if now.Before(b.cfg.Calendar.closingOf(shift.OpenedAt, b.cfg.CloseAt).Add(24*time.Hour)) &&"}}},
	{"a Z number is used twice after a crash", []edit{{"ledger/snapshot.go", "	number(c, 41, &s.Z)\n", "	z := s.Z - min(s.Z, 1)\n	if number(c, 41, &z); !c.wiring {\n		s.Z = z\n	}\n"}}},
	{"a Z report is made twice on one look", []edit{{"ledger/zreport.go", "		if s.Z != wish.Last {", "		if false {"}}},
	{"the totals for ever begin anew", []edit{{"ledger/period.go", "	s.Z, s.ZSeq = b.Z, e.Seq\n", "	s.Z, s.ZSeq, s.grand = b.Z, e.Seq, Line{}\n"}}},
	{"PAID is said of an unknown payment", []edit{{attendant, "		said.Kind = AnnounceUnknown\n", "		said.Kind = AnnouncePaid\n"}}},
	{"PAID is said of late money", []edit{{attendant, "		said.Kind = AnnounceAttention\n", "		said.Kind = AnnouncePaid\n"}}},
	{"PAID is said of a part", []edit{{attendant, "		if settles { // a part is none: the rest is still to be paid\n			said.Kind = AnnouncePaid\n		}", "		said.Kind = AnnouncePaid"}}},
	{"PAID is on the pole display of an unknown payment", []edit{{attendant, "ledger.CustomerCheck: PoleUnknown", "ledger.CustomerCheck: PolePaid"}}},
	{"a receipt is printed before the sale is settled", []edit{
		{attendant, "	return c.settledBy(book, sale) == e.Seq", "	return !sale.Settled() || c.settledBy(book, sale) == e.Seq"},
		{slipFile, "	if !s.Settled() {\n		return Slip{}, false\n	}\n", ""},
	}},
	{"a repeated answer prints its receipt again", []edit{
		{attendant, "a == nil || !a.SinceAt.Equal(e.At) || a.State != b.Became", "a == nil || a.State != b.Became"},
		{attendant, "	return c.settledBy(book, sale) == e.Seq", "	return sale.Settled() && c.settledBy(book, sale) <= e.Seq"},
	}},
	{"each part of a sale prints its receipt after a restart", []edit{{attendant, "	return c.settledBy(book, sale) == e.Seq", "	return c.settledBy(book, sale) >= e.Seq"}}},
	{"the printer's cursor is forgotten by a restart", []edit{{attendant, "		return cursor - 1 //", "		c.Printer.Rewind(0)\n		return 0 //"}}},
	{"what the printer has not seen is forgotten by a restart", []edit{{attendant, "		return cursor - 1 //", "		return c.opened //"}}},
	{"the drawer opens for an old event", []edit{{attendant, "	now := recent && !again\n", "	now, old := recent && !again, !again\n"},
		{attendant, "	case *ledger.CashMoved, *ledger.DrawerOpened, *ledger.ShiftOpened:\n		c.kick(now)", "	case *ledger.CashMoved, *ledger.DrawerOpened, *ledger.ShiftOpened:\n		c.kick(old)"}}},
	{"the drawer opens again after a restart", []edit{{attendant, "	now := recent && !again\n", "	now := recent\n"}}},
	{"a refund slip of a refused refund", []edit{{attendant, "	if sale == nil || b.Became != ledger.RefundReturned {\n", "	if sale != nil && b.Became == ledger.RefundFailed {\n		c.print(e, \"refund\", Slip{Kind: SlipRefund, Till: c.Desk.Till, Mode: c.Desk.Mode, Sale: string(sale.ID), Amount: sale.Amount.Fen})\n	}\n	if sale == nil || b.Became != ledger.RefundReturned {\n"}}},
	{"a refund slip of everything that has gone back", []edit{{attendant, "		if row.Part || !row.At.Equal(e.At) || !is(&row) {", "		if row.Part {"}}},
	{"late money is no correction", []edit{{"ledger/period.go", "return len(sale.Trail) > 0 && sale.Trail[0] < s.period.From", "return false"}}},
}

// plant gives the overlay in which the bug stands.
func (m *mutant) plant(dir string) (overlay string, err error) {
	changed := map[string]string{}
	for _, e := range m.edits {
		text := changed[e.file]
		if text == "" {
			source, err := os.ReadFile(e.file)
			if err != nil {
				return "", err
			}
			text = string(source)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return "", fmt.Errorf("%s: its place in %s stands there %d times: %q", m.name, e.file, n, e.old)
		}
		changed[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	replace := map[string]string{}
	for file, text := range changed {
		path, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		replace[path] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(replace[path], []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o644)
}

// TestMutants plants each bug; those that -mutants names have to be caught.
func TestMutants(t *testing.T) {
	if len(mutants) < 25 {
		t.Errorf("only %d bugs", len(mutants))
	}
	for i := range mutants {
		m := &mutants[i]
		t.Run(m.name, func(t *testing.T) {
			overlay, err := m.plant(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if *mutantsFlag != "all" && !strings.Contains(*mutantsFlag, m.name) || *mutantsFlag == "" {
				return
			}
			m.caught(t, overlay)
		})
	}
}

// caught runs the simulation on the bug: of the devices, that of the whole till.
func (m *mutant) caught(t *testing.T, overlay string) {
	what := []string{"-run", "^TestSimulation$", "-sim.seeds=2000", "-sim.brief"}
	if strings.HasPrefix(m.edits[0].file, "hardware/") {
		what = []string{"-run", "^TestWholeTill$", "-whole.payments=2000"}
	}
	run := exec.Command("go", append([]string{"test", "-overlay", overlay, ".", "-timeout", "20m"}, what...)...)
	out, err := run.CombinedOutput()
	switch {
	case err == nil:
		t.Errorf("2,000 seeds or payments have not noticed it")
	case bytes.Contains(out, []byte("[build failed]")):
		t.Errorf("it cannot be built:\n%s", out)
	case !caughtAt.Match(out):
		t.Errorf("it breaks no invariant:\n%s", out)
	default:
		t.Logf("caught: %s", strings.Join(caughtAt.FindAllString(string(out), -1), "; "))
	}
}

// caughtAt is how a run of the simulation says which seed has noticed something.
var caughtAt = regexp.MustCompile(`seed \d+ breaks \w+`)

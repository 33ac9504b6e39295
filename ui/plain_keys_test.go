package ui

import (
	"context"
	"testing"

	"guitai/ledger"
)

// plainTwin is what somebody types in plain lines where the screen has a key, and the line that answers it; or why there is nothing
// to type.
type plainTwin struct {
	before []string // lines that lead there
	line   string
	word   string // the answer's first word
	says   string
	why    string // no line: the reason
}

// plainTwins has an entry for each action of the key table.
var plainTwins = map[action]plainTwin{
	actDigits:     {line: "12.5", word: "TO PAY", says: "¥12.50"},
	actEnter:      {line: "8", word: "TO PAY", says: "¥8.00"},
	actBack:       {line: "12\x7f", word: "TO PAY", says: "¥1.00"},
	actEsc:        {before: []string{"1.234"}, line: "x", word: "READY."},
	actHelp:       {line: "?", word: "HELP"},
	actAlipay:     {before: []string{"8"}, line: "a", word: "STARTING", says: "¥8.00"},
	actWeChat:     {before: []string{"8"}, line: "w", word: "STARTING", says: "¥8.00"},
	actCode:       {before: []string{"8"}, line: "c", word: "CODE"},
	actStop:       {before: []string{"8", "a"}, line: "s", word: "NOT SENT", says: "¥8.00"},
	actZoom:       {why: "no QR is drawn"},
	actDrop:       {before: []string{"8"}, line: "x 1", word: "READY."},
	actRepeat:     {before: []string{"8", "m 8"}, line: "p", word: "TO PAY", says: "¥8.00"},
	actTrain:      {line: "y", word: "NOT DONE", says: "This is training already."},
	actAside:      {before: []string{"unknown"}, line: "n", word: "READY."},
	actPractice:   {line: "t", word: "CUSTOMERS"},
	actDay:        {line: "d", word: "TODAY", says: "2000-01-01"},
	actTest:       {line: "i", word: "TEST"},
	actRepaint:    {why: "nothing is painted"},
	actLeave:      {line: "quit", word: "QUESTION"},
	actUp:         {why: "what was said stays in the terminal"},
	actDown:       {why: "a list is read from its beginning, a page at a time"},
	actPageUp:     {why: "what was said stays in the terminal"},
	actPageDown:   {before: []string{"k 7", ledger.TrainerPIN}, line: "more", word: "Payments", says: "stopped"},
	actRefund:     {line: "r", word: "REFUND", says: "Which sale?"},
	actExceptions: {line: "e", word: "EXCEPTION"},
	actDayBack:    {line: "d back", word: "TODAY", says: "1999-12-31"},
	actDayOn:      {before: []string{"d back"}, line: "d on", word: "TODAY", says: "2000-01-01"},
	actGoTo:       {before: []string{"d back"}, line: "d 1", word: "TODAY", says: "2000-01-01"},
	actResolve:    {before: []string{"late", "e"}, line: "e 1 it is done", word: "QUESTION"},
	actByHand:     {before: []string{"late", "e"}, line: "e 1 hand gave it in cash", word: "QUESTION", says: "given back by hand"},
	actAlerts:     {before: []string{"staffed"}, line: "j", word: "NOT DONE", says: "[NOT-ALLOWED]"},
	actStatements: {before: []string{"staffed"}, line: "f", word: "NOT DONE", says: "[NOT-ALLOWED]"},
	actDevices:    {line: "/", word: "DEVICES"},
	actMute:       {line: "%", word: "NOT DONE", says: "nothing to test"},
	actPrint:      {before: []string{"8", "m 8"}, line: "=", word: "NOT DONE", says: "no printer"},
	actShift:      {line: "k", word: "DRAWER"},
	actCards:      {line: "!", word: "CARD"},
	actDrill:      {line: "! 5 drill", word: "DRILL"},
	actByChannel:  {before: []string{"8", "m 8", "d"}, line: "d only cash", word: "TODAY", says: "Only: Cash. Cash 1 for ¥8.00"},
	actByCashier:  {before: []string{"8", "m 8", "d"}, line: "d only trainee", word: "TODAY", says: "Only: cashier trainee. Cash 1"},
	actByState:    {before: []string{"8", "m 8", "d"}, line: "d only paid", word: "TODAY", says: "Only: paid. Cash 1"},
	actSwitch:     {before: []string{"staffed"}, line: "o", word: "SIGN IN", says: "Who works here?"},
	actLock:       {before: []string{"staffed"}, line: "l", word: "LOCKED"},
	actCash:       {before: []string{"8"}, line: "m", word: "QUESTION", says: "¥8.00"},
	actHold:       {before: []string{"8"}, line: "g", word: "READY."},
	actHeld:       {before: []string{"8", "g"}, line: "v", word: "TO PAY", says: "¥8.00"},
	actMemo:       {before: []string{"8"}, line: "b a note", word: "TILL", says: "Your note is with the sale"},
	actWrong:      {before: []string{"8"}, line: "u", word: "TILL", says: "something was wrong"},
	actKindBack:   {before: []string{"8"}, line: "m scan 5", word: "TILL", says: "asks for ¥5.00"},
	actKindOn:     {before: []string{"8"}, line: "m transfer", word: "TRANSFER NOT SEEN", says: "¥8.00"},
	actField:      {before: []string{"8"}, line: "m card 4217 5", word: "PART PAID", says: "Still to pay ¥3.00"},
	actNote10:     {before: []string{"8"}, line: "m 10", word: "PAID", says: "Change ¥2.00"},
	actNote20:     {before: []string{"8"}, line: "m 20", word: "PAID", says: "Change ¥12.00"},
	actNote50:     {before: []string{"8"}, line: "m 50", word: "PAID", says: "Change ¥42.00"},
	actNote100:    {before: []string{"8"}, line: "m 100", word: "PAID", says: "Change ¥92.00"},
	actTalk:       {line: "@", word: "VISITOR", says: "Nobody is inside."},
	actThrowOut:   {line: "throw", word: "NOT DONE", says: "Nobody can look in at this till."},
	actOpenDoor:   {line: "@ open", word: "NOT DONE", says: "The door is not locked."},
	actYes:        {before: []string{"visitor"}, line: "@ yes 1", word: "VISITOR", says: "cannot do it by itself"},
	actNo:         {before: []string{"visitor"}, line: "@ no 1", word: "VISITOR", says: "is told no"},
	actProve:      {before: []string{"8", "m transfer", "r last"}, line: "p 1", word: "QUESTION", says: "arrived"},
}

// TestPlainHasEveryKey: whatever a key of the screen does can be done by a line, or stands here with its reason.
func TestPlainHasEveryKey(t *testing.T) {
	done := map[action]bool{}
	for i := range sellKeys {
		b := &sellKeys[i]
		if done[b.do] {
			continue
		}
		done[b.do] = true
		twin, has := plainTwins[b.do]
		switch {
		case !has:
			t.Errorf("%s has neither a line nor a reason why there is none", b.name)
		case (twin.line == "") == (twin.why == ""):
			t.Errorf("%s: a line or a reason, and not both", b.name)
		case twin.line != "":
			t.Run(b.name, func(t *testing.T) { twin.told(t) })
		}
	}
	for do := range plainTwins {
		if !done[do] {
			t.Errorf("action %d is in no key table", do)
		}
	}
}

// told types the line where it means something, and wants its answer.
func (twin *plainTwin) told(t *testing.T) {
	story := func(p *plainRobot) {
		for _, line := range twin.before {
			switch line {
			case "staffed":
				p.signsIn("3", "wang")
			case "unknown":
				p.bring(ledger.Unknown)
			case "visitor":
				p.visited(t)
			case "late":
				p.bring(ledger.Orphan)
			default:
				p.line(line)
			}
		}
		p.news()
		p.line(twin.line)
		p.hears(twin.word, twin.says)
	}
	if len(twin.before) > 0 && twin.before[0] == "staffed" {
		withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
			p, end := onPaper(r, Options{})
			defer end()
			story(p)
		})
		return
	}
	books := func(b *ledger.BookConfig) { b.ReturnUpTo, b.Codes = 100, ledger.TrainingCodes(ledger.DefaultCodes()) }
	withPlain(t, plainWith{practice: &drillCustomers{}, books: books}, story)
}

// TestPlainNobodyCanAgree: where no second person is there, it is said, nothing happens, and the till goes on.
func TestPlainNobodyCanAgree(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		p.signsIn("2", "li")
		actor := r.book.At(placeConsole)
		if err := r.book.SetStaff(context.Background(), actor, ledger.StaffWish{Person: "chen", Role: ledger.RoleSupervisor, Gone: true}); err != nil {
			t.Fatal(err)
		}
		p.line("8", "m 8", "r last", "all", "1", "yes")
		p.hears("CONSENT", "Give back Cash ¥8.00", "Nobody else here may agree to this.")
		p.line("9")
		p.hears("TO PAY", "¥9.00")
	})
}

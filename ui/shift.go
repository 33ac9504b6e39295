package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// shiftJob is what can be done on the drawer's screen; its digit is its number, and 0 the tenth.
type shiftJob int

const (
	jobOpen shiftJob = iota + 1
	jobCount
	jobIn
	jobOut
	jobClose
	jobHand
	jobX
	jobZ
	jobLastZ
	jobDrawer
)

// shiftStep is how far a person has come with a job.
type shiftStep int

const (
	shiftMenu shiftStep = iota
	shiftAmount
	shiftWhy
	shiftCount
	shiftTo
	shiftToPIN
	shiftToCode
	shiftAsk
	shiftReport
)

// shiftScreen opens, counts, closes and hands over the drawer, and shows the reports. The Book alone decides, and alone knows what
// should be in the drawer before it is counted.
type shiftScreen struct {
	head  uint64
	shift ledger.Shift // as everybody may see it
	open  bool
	z     uint64            // of the last Z report that was seen
	items []ledger.OpenItem // what is not settled

	job    shiftJob
	step   shiftStep
	keyed  ledger.Keyed
	why    string
	own    bool // the words are the person's own
	to     string
	pin    []byte // being keyed, of who takes over; wiped when it has been used
	code   []byte // the same of their authenticator
	pieces []string
	at     int
	turned time.Time

	report *ledger.Report
	first  list
}

func (a *App) openShift() tea.Cmd {
	s := &shiftScreen{}
	s.look(a)
	a.push(s)
	return nil
}

func (s *shiftScreen) place() place {
	switch s.step {
	case shiftWhy:
		return atReason
	case shiftTo:
		return atNote
	}
	return atShift
}

// look reads what everybody may know. It is in memory.
func (s *shiftScreen) look(a *App) {
	a.book.Read(func(state *ledger.State) {
		s.shift, s.open = state.Shift()
		s.head, s.z = state.Head.Seq, state.Z
		unresolved, exceptions := state.Unsettled()
		s.items = append(unresolved, exceptions...)
	})
}

func (s *shiftScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if s.head < a.scene.head {
		s.look(a)
	}
	return nil
}

func (s *shiftScreen) leave() { s.wipe() }

func (s *shiftScreen) wipe() {
	clear(s.pin)
	clear(s.code)
	s.pin, s.code = s.pin[:0], s.code[:0]
}

// sees takes scans away: a badge names who takes the drawer over, and nothing else belongs here.
func (s *shiftScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	if name, ok := a.book.BadgeOf(p.scan.Text); ok && (s.step == shiftTo || s.step == shiftToPIN) {
		p.scan.Wipe()
		s.taker(a, func(c colleague) bool { return c.name == name })
		return true, nil
	}
	a.stray(p.scan)
	return true, nil
}

// takers are those who can take the drawer over.
func (s *shiftScreen) takers(a *App) (people []colleague) {
	for _, person := range a.scene.people {
		if person.name != a.actor.Person && !person.noPIN && !person.learner && (ledger.Actor{Role: person.role}).May(ledger.RightShift) == nil {
			people = append(people, person)
		}
	}
	return people
}

// taker takes the person who is meant, and goes on with the PIN; without one it says so.
func (s *shiftScreen) taker(a *App, meant func(colleague) bool) {
	people := s.takers(a)
	i := slices.IndexFunc(people, meant)
	if i < 0 {
		a.say(note{sentence: a.words.Staff.NotStaff})
		return
	}
	s.wipe()
	s.to, s.step = people[i].name, shiftToPIN
}

func (s *shiftScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

// stepBack leads to the list of jobs; what was keyed is forgotten, a count is kept for another look.
func (s *shiftScreen) stepBack(*App) (stepped bool) {
	s.wipe()
	stepped = s.step != shiftMenu
	if s.step == shiftAsk && s.job == jobCount {
		s.step = shiftCount
	} else {
		s.step = shiftMenu
	}
	return stepped
}

func (s *shiftScreen) begin(a *App, job shiftJob) tea.Cmd {
	s.wipe()
	s.look(a)
	*s = shiftScreen{head: s.head, shift: s.shift, open: s.open, z: s.z, items: s.items, pin: s.pin, code: s.code, job: job, turned: a.now}
	switch needs := job == jobCount || job == jobIn || job == jobOut || job == jobClose || job == jobHand; {
	case needs && !s.open:
		a.say(a.noteFor(ledger.ReasonNoShift, ""))
	case job == jobOpen && s.open:
		a.say(a.noteFor(ledger.ReasonShiftOpen, ""))
	case (job == jobClose || job == jobHand) && !s.shift.Current:
		a.say(a.noteFor(ledger.ReasonCountFirst, ""))
	case job == jobOpen, job == jobIn, job == jobOut:
		s.step = shiftAmount
	case job == jobCount:
		s.step, s.pieces = shiftCount, make([]string, len(ledger.Denominations))
	case job == jobHand:
		s.step = shiftTo
	case job == jobDrawer:
		s.step = shiftWhy
	case job == jobClose, job == jobZ:
		s.step = shiftAsk
	default:
		return s.send(a)
	}
	return nil
}

// digitsMost bounds the pieces of one kind, in digits.
const digitsMost = 5

func (s *shiftScreen) typed(a *App, char rune) tea.Cmd {
	digit := char >= '0' && char <= '9'
	switch {
	case s.step == shiftAsk:
		s.stepBack(a)
	case s.step == shiftMenu && digit:
		return s.begin(a, shiftJob((char-'0'+9)%10+1))
	case s.step == shiftAmount:
		keyed, err := s.keyed.Key(char)
		if err != nil && (char == '.' || digit) {
			a.say(a.noteOf(err))
		}
		s.keyed = keyed
	case s.step == shiftCount && digit && len(s.pieces[s.at]) < digitsMost:
		s.pieces[s.at] += string(char)
	case s.step == shiftToPIN && digit && len(s.pin) < pinMost:
		s.pin = append(slices.Grow(s.pin, pinMost-len(s.pin)), byte(char))
	case s.step == shiftToCode && digit && len(s.code) < pinMost:
		s.code = append(slices.Grow(s.code, pinMost-len(s.code)), byte(char))
	}
	return nil
}

// whys are the reasons to pick from.
func (s *shiftScreen) whys(a *App) []string {
	switch w := &a.words.Shift; s.job {
	case jobIn:
		return w.WhysIn
	case jobOut:
		return w.WhysOut
	default:
		return w.WhysDrawer
	}
}

// nameMost bounds a name being typed, in bytes.
const nameMost = 60

func (s *shiftScreen) wrote(a *App, text string) tea.Cmd {
	switch s.step {
	case shiftTo:
		if n := len(text); a.scene.staffed && s.to == "" && n == 1 && text[0] >= '1' && int(text[0]-'1') < len(s.takers(a)) { // no name begins so
			people := s.takers(a)
			s.taker(a, func(c colleague) bool { return c == people[text[0]-'1'] })
			return nil
		}
		s.to = a.more(s.to, text, nameMost)
	default:
		whys := s.whys(a)
		if n := len(text); !s.own && n == 1 && text[0] >= '1' && int(text[0]-'1') < len(whys) {
			s.why = whys[text[0]-'1']
			return nil
		}
		if !s.own {
			s.why, s.own = "", true
		}
		s.why = a.more(s.why, text, whyMax)
	}
	return nil
}

func (s *shiftScreen) act(a *App, do action) tea.Cmd {
	switch {
	case s.step == shiftAsk && do != actEnter:
		s.stepBack(a)
	case s.step == shiftReport:
		s.first.move(do, len(a.reportLines(s.report, a.width))-a.page()+1, a.page())
	case do == actEnter:
		return s.enter(a)
	case do == actBack:
		s.back()
	case s.step == shiftCount:
		at := list(s.at)
		at.move(do, len(s.pieces), len(s.pieces))
		s.at = int(at)
	}
	return nil
}

func (s *shiftScreen) back() {
	switch s.step {
	case shiftAmount:
		s.keyed = s.keyed.Back()
	case shiftCount:
		s.pieces[s.at] = less(s.pieces[s.at])
	case shiftTo:
		s.to = less(s.to)
	case shiftWhy:
		if s.why = less(s.why); !s.own || s.why == "" {
			s.why, s.own = "", false
		}
	case shiftToPIN:
		if n := len(s.pin); n > 0 {
			s.pin[n-1] = 0
			s.pin = s.pin[:n-1]
		}
	case shiftToCode:
		if n := len(s.code); n > 0 {
			s.code[n-1] = 0
			s.code = s.code[:n-1]
		}
	}
}

// enter goes one step on.
func (s *shiftScreen) enter(a *App) tea.Cmd {
	switch {
	case s.step == shiftAmount && s.keyed.Empty():
		a.say(a.noteFor(ledger.ReasonCashAmount, ""))
	case s.step == shiftAmount && s.job == jobOpen:
		return s.send(a)
	case s.step == shiftAmount:
		s.step = shiftWhy
	case s.step == shiftWhy && s.why == "":
		a.say(a.noteFor(ledger.ReasonCashReason, ""))
	case s.step == shiftWhy && a.namesCode(s.why):
		s.why, s.own = "", false
		a.say(note{sentence: a.words.Refund.CodeTyped})
	case s.step == shiftCount && s.at < len(s.pieces)-1:
		s.at++
	case s.step == shiftCount:
		s.step, s.turned = shiftAsk, a.now
	case s.step == shiftTo && !a.scene.staffed:
		s.step, s.turned = shiftAsk, a.now // nobody has a PIN here
	case s.step == shiftTo && s.to != "":
		s.taker(a, func(c colleague) bool { return strings.EqualFold(c.name, strings.TrimSpace(s.to)) })
	case s.step == shiftToPIN && len(s.pin) == 0, s.step == shiftToCode && len(s.code) == 0:
		a.say(note{sentence: a.words.Staff.Empty})
	case s.step == shiftToPIN && a.needsCode != nil && a.needsCode(s.to):
		s.step = shiftToCode
	case s.step == shiftToPIN, s.step == shiftToCode:
		s.step, s.turned = shiftAsk, a.now
	case s.step == shiftWhy, s.step == shiftAsk && !a.soon(s.turned):
		return s.send(a)
	}
	return nil
}

// amount is what is keyed; a float may be nothing.
func (s *shiftScreen) amount() ledger.Money {
	if m, err := s.keyed.Money(); err == nil {
		return m
	}
	return ledger.Fen(0)
}

// counted gives the pieces that are keyed.
func (s *shiftScreen) counted() (pieces []ledger.Pieces, sum int64) {
	for i, text := range s.pieces {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && n > 0 {
			pieces = append(pieces, ledger.Pieces{Fen: ledger.Denominations[i], Count: n})
			sum += ledger.Denominations[i] * int64(n)
		}
	}
	return pieces, sum
}

// outcome is what a job brings back.
type shiftOutcome struct {
	report *ledger.Report
	actor  ledger.Actor
	noZ    bool
}

// call is the job as an intent, with the values of this moment; the PIN of who takes over goes with it.
func (s *shiftScreen) call(a *App, out *shiftOutcome) func(context.Context, *ledger.Consent) error {
	book, actor, job, number, amount, why := a.book, a.actor, s.job, s.shift.Number, s.amount(), s.why
	wish := ledger.CloseWish{Shift: number, Counts: s.shift.Counts}
	pieces, _ := s.counted()
	to, pin, code, last := s.to, ledger.NewPIN(slices.Clone(s.pin)), string(s.code), s.z
	s.wipe()
	shows := func(r ledger.Report, err error) error {
		out.report = &r
		return err
	}
	return func(ctx context.Context, second *ledger.Consent) (err error) {
		wish.Second = second
		switch job {
		case jobOpen:
			_, err = book.OpenShift(ctx, actor, amount)
		case jobCount:
			err = book.CountCash(ctx, actor, number, pieces)
		case jobIn, jobOut:
			err = book.MoveCash(ctx, actor, ledger.CashWish{Shift: number, In: job == jobIn, Amount: amount, Why: why, Second: second})
		case jobClose:
			err = book.CloseShift(ctx, actor, wish)
		case jobHand:
			out.actor, err = book.HandOver(ctx, actor, ledger.HandOverWish{CloseWish: wish, To: to, PIN: pin, Code: code})
		case jobX:
			err = shows(book.XReport(ctx, actor, second))
		case jobZ:
			err = shows(book.CloseDay(ctx, actor, ledger.DayWish{Last: last, Second: second}))
		case jobLastZ:
			z, ok, failed := book.LastZ(actor)
			out.noZ = !ok
			err = shows(z.Report, failed)
		case jobDrawer:
			err = book.OpenDrawer(ctx, actor, ledger.DrawerWish{Why: why, Second: second})
		}
		return err
	}
}

// send asks the Book, with a second person where one is needed.
func (s *shiftScreen) send(a *App) tea.Cmd {
	out := &shiftOutcome{}
	return a.consented(approval{actShift, s.agreed(a), s.call(a, out), func(a *App, err error) tea.Cmd {
		s.look(a)
		s.turned = a.now
		switch {
		case err != nil:
			s.step = shiftMenu
		case out.noZ:
			a.say(note{sentence: a.words.Shift.NoZ})
			s.step = shiftMenu
		default:
			s.done(a, out)
		}
		return nil
	}}, false)
}

// agreed is what a second person agrees to: the job, how much or to whom, what the count has found, and why.
func (s *shiftScreen) agreed(a *App) []string {
	w := &a.words.Shift
	what := []string{w.Jobs[s.job-1]}
	switch s.job {
	case jobIn, jobOut:
		what[0] += " ¥" + s.amount().String()
	case jobClose, jobHand:
		difference, _ := s.shift.Difference()
		what = append(what, w.Difference+" "+assets.Signed(difference))
	}
	if s.job == jobHand {
		what = append(what, w.To+" "+clean(s.to, nameMost))
	}
	if s.why != "" {
		what = append(what, `"`+clean(s.why, whyMax)+`"`)
	}
	return what
}

func (s *shiftScreen) done(a *App, out *shiftOutcome) {
	s.wipe()
	s.step, s.report, s.first = shiftMenu, out.report, 0
	if s.report != nil {
		s.step = shiftReport
	}
	if out.actor.Person != "" && !a.training && !a.scene.staffed { // people who sign in are followed anyway
		a.actor = out.actor
	}
	if s.job == jobDrawer && a.printerWaits() { // it is the printer that opens it
		a.say(note{sentence: a.words.Device.DrawerStays})
		return
	}
	a.say(note{sentence: a.words.Shift.Done[s.job-1]})
}

// asks is the question before something that cannot be taken back.
func (s *shiftScreen) asks(a *App) (question assets.Sentence, asking bool) {
	if s.step != shiftAsk {
		return question, false
	}
	switch w := &a.words.Shift; s.job {
	case jobCount:
		question = w.AskCount
	case jobHand:
		question = w.AskHand
	case jobZ:
		question = w.AskZ
	default:
		question = w.AskClose
	}
	question.Says = a.put(question.Says, "person", clean(s.to, 16), "n", strconv.Itoa(len(s.items)))
	return question, true
}

func (s *shiftScreen) next(a *App) string {
	w := &a.words.Shift
	return map[shiftStep]string{
		shiftMenu: w.Next, shiftAmount: w.NextAmount, shiftWhy: w.NextWhy, shiftCount: w.NextCount, shiftTo: w.NextTo, shiftToPIN: w.NextPIN, shiftToCode: a.words.Staff.CodeNext,
		shiftReport: w.NextReport,
	}[s.step]
}

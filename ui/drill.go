package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// This file has the drills of training mode: a practice sale meets a fault of the simulator, and the cashier gets it over
// another way. The time runs from the moment at which the symptom is on the screen to the one at which the sale is settled,
// or rightly set aside. What is scored comes from the ledger's own state and from what the Book refused.

const (
	drillLimit    = 15 * time.Second // the till's own goal for a sale that has to go another way
	drillPatience = time.Minute      // then nothing of it is expected any more
)

// The parts of the score.
const (
	scoreEnd   = 50
	scoreClean = 30
	scoreTime  = 20
)

// exercise is what a card's drill does. Its customer is one of the simulator's, by number.
type exercise struct {
	customer int                 // who holds out an Alipay code; nobody: none does
	symptom  ledger.AttemptState // with it the time begins; zero: at once
	right    []assets.DrillEnd   // how the sale may end
}

const (
	nobody     = -1
	payer      = 0  // pays at once
	refusedOne = 71 // Alipay refuses it, signed
	silentOne  = 74 // is asked for a password and never answers
	answerLost = 79 // the request is not executed, a web page answers
)

// exercises are the cards that have a drill. Cash, once the till takes it, is one more way of being paid another way.
var exercises = map[assets.Card]exercise{
	assets.CardChannel: {refusedOne, ledger.Refused, []assets.DrillEnd{assets.EndOtherWay}},
	assets.CardUnknown: {answerLost, ledger.Unknown, []assets.DrillEnd{assets.EndAside, assets.EndOtherWay, assets.EndItself}},
	assets.CardClaims:  {silentOne, ledger.Waiting, []assets.DrillEnd{assets.EndAside, assets.EndGivenUp, assets.EndOtherWay, assets.EndItself}},
	assets.CardScanner: {nobody, 0, []assets.DrillEnd{assets.EndOtherWay}},
}

// drillAmount is what is keyed for a drill. Its last digits ask nothing of the simulator.
const drillAmount = "12.50"

// drill is one under way, or its result. The App's goroutine alone uses it. All methods take a nil drill for none.
type drill struct {
	card  assets.Card
	does  exercise
	sale  ledger.SaleID  // empty until the practice sale is there
	fault ledger.OrderNo // the attempt with the fault; empty where there is none
	asked ledger.OrderNo // the QR that the simulated customer has scanned
	tried int            // attempts of the sale so far

	begun, shown, ended time.Time // the sale is on the screen; the symptom is; the sale is over
	end                 assets.DrillEnd
	wrong               map[assets.Misstep]int
}

// beginDrill opens the practice sale and lets its customer come.
func (a *App) beginDrill(card assets.Card) tea.Cmd {
	does, has := exercises[card]
	w := &a.words.Card.Drill
	switch {
	case a.practice == nil || !has || !a.knowsCustomer(does.customer):
		a.say(note{sentence: w.None})
		return nil
	case a.drill != nil:
		a.say(note{sentence: w.Running})
		return nil
	case !a.scene.draft.Empty(), a.scene.hasSale && !a.scene.sale.Settled():
		a.say(note{sentence: w.Busy})
		return nil
	}
	for len(a.stack) > 1 {
		a.pop()
	}
	d := &drill{card: card, does: does, wrong: map[assets.Misstep]int{}}
	a.drill = d
	book, desk, actor, practice := a.book, a.desk, a.actor, a.practice
	return a.intendThen(actDrill, func(ctx context.Context) error { return d.open(ctx, book, desk, actor, practice) }, d.opened)
}

func (a *App) knowsCustomer(number int) bool {
	return number == nobody || slices.ContainsFunc(a.practice.Customers(), func(c Customer) bool { return c.Number == number })
}

// open keys and settles the amount, and holds out the customer's code. It changes nothing of the drill.
func (d *drill) open(ctx context.Context, book *ledger.Book, desk desk, actor ledger.Actor, practice Practice) error {
	var code []byte
	if d.does.customer != nobody {
		if code = practice.Code(ledger.Alipay, d.does.customer); code == nil {
			return ledger.Refuse(ledger.ReasonNotReady)
		}
	}
	for _, key := range drillAmount {
		if err := desk.Key(key); err != nil {
			return err
		}
	}
	if err := book.Settle(ctx, actor, true); err != nil || code == nil {
		return err
	}
	return book.Scan(ctx, actor, ledger.Scan{Text: code, At: time.Now()})
}

// opened goes on when the sale is there.
func (d *drill) opened(a *App, err error) tea.Cmd {
	if err != nil || !a.scene.hasSale {
		a.drill = nil
		return nil
	}
	d.sale, d.begun = a.scene.sale.ID, a.now
	if last := a.scene.sale.Last(); last != nil {
		d.fault, d.tried = last.Order, 1
	}
	d.see(a)
	return nil
}

// see follows the sale at every new look.
func (d *drill) see(a *App) {
	if d == nil || d.sale == "" || d.end != "" {
		return
	}
	s := &a.scene
	if !s.hasSale || s.sale.ID != d.sale {
		d.gone(a)
		return
	}
	if at := s.shown(); d.shown.IsZero() && (d.does.symptom == 0 || at != nil && at.State == d.does.symptom) {
		d.shown = a.now
	}
	for d.tried < len(s.sale.Attempts) {
		if faulty := s.sale.Attempt(d.fault); faulty != nil && d.card == assets.CardChannel && s.sale.Attempts[d.tried].Channel == faulty.Channel {
			d.wrong[assets.MissSame]++
		}
		d.tried++
	}
	if paid := s.sale.Paid(); paid != nil {
		end := assets.EndOtherWay
		if paid.Order == d.fault {
			end = assets.EndItself
		}
		d.over(a, end)
	}
}

// gone: the sale has left the screen. One that was set aside is still in the Book's working set.
func (d *drill) gone(a *App) {
	end := assets.EndGivenUp
	a.book.Read(func(s *ledger.State) {
		if sale := s.Sale(d.sale); sale != nil && sale.Aside {
			end = assets.EndAside
		}
	})
	d.over(a, end)
}

func (d *drill) over(a *App, end assets.DrillEnd) {
	d.end, d.ended = end, a.now
}

// heard counts what an intent of the cashier shows, before its look is taken.
func (d *drill) heard(a *App, msg *doneMsg) {
	if d == nil || d.sale == "" || d.end != "" {
		return
	}
	reason := ledger.ReasonOf(msg.err)
	switch msg.do {
	case actAlipay, actWeChat, actCode, actPractice:
		if reason == ledger.ReasonUnresolved || reason == ledger.ReasonLiveAttempt {
			d.wrong[assets.MissAgain]++
		}
	}
	if msg.do == actPractice && msg.err == nil && d.card == assets.CardScanner && a.qrUp() == nil {
		d.wrong[assets.MissScanner]++
	}
}

// drillScan has the simulated customer scan a QR that the till shows in a drill, once.
func (a *App) drillScan() tea.Cmd {
	d, up := a.drill, a.qrUp()
	if d == nil || d.sale == "" || d.end != "" || up == nil || up.Order == d.asked || a.scene.sale.ID != d.sale {
		return nil
	}
	d.asked = up.Order
	practice, payload := a.practice, up.QR
	return func() tea.Msg {
		// A customer who did not get it done is seen on the screen: the QR waits.
		_ = practice.ScanQR(payload, payer)
		return nil
	}
}

// drillOver shows the result of a drill that has ended, or that nobody ends.
func (a *App) drillOver() {
	d := a.drill
	if d == nil {
		return
	}
	if d.end == "" && d.sale != "" && a.now.Sub(d.from()) >= drillPatience {
		d.over(a, assets.EndTime)
	}
	if d.end != "" {
		a.drill = nil
		a.push(&drillScreen{d})
	}
}

// from is when the time began: with the symptom, or with the sale where it was over before the symptom came.
func (d *drill) from() time.Time {
	if d.shown.IsZero() {
		return d.begun
	}
	return d.shown
}

// took is the time that counts.
func (d *drill) took() time.Duration { return d.ended.Sub(d.from()) }

// rightly reports whether the sale ended as it may.
func (d *drill) rightly() bool { return slices.Contains(d.does.right, d.end) }

// score is 100 at best. Nothing counts for a sale that was not brought to a right end.
func (d *drill) score() int {
	if !d.rightly() {
		return 0
	}
	points := scoreEnd
	if len(d.wrong) == 0 {
		points += scoreClean
	}
	if d.took() <= drillLimit {
		points += scoreTime
	}
	return points
}

// bar is what the last row says while the drill goes on.
func (d *drill) bar(a *App) string {
	w := &a.words.Card.Drill
	if d.shown.IsZero() {
		return a.put(w.Soon, "text", w.Stories[d.card])
	}
	return a.put(w.Runs, "seconds", padLeft(seconds(a.now.Sub(d.shown)), 2), "n", seconds(drillLimit), "text", w.Stories[d.card])
}

// drillScreen is the result.
type drillScreen struct{ *drill }

func (*drillScreen) place() place             { return atCard }
func (*drillScreen) leave()                   {}
func (*drillScreen) typed(*App, rune) tea.Cmd { return nil }
func (*drillScreen) next(a *App) string       { return a.words.Card.Drill.Next }

func (d *drillScreen) act(a *App, do action) tea.Cmd {
	if do == actDrill {
		return a.beginDrill(d.card)
	}
	return nil
}

func (d *drillScreen) draw(a *App, width, height int) []string {
	w := &a.words.Card.Drill
	rows := []string{a.palette.bold.Render(a.put(w.Title, "text", a.words.Card.Texts[d.card].Title)), "",
		mark(d.rightly()) + a.put(w.Ends[d.end], "seconds", seconds(drillPatience))}
	for _, miss := range assets.Missteps {
		if n := d.wrong[miss]; n > 0 {
			rows = append(rows, mark(false)+a.put(w.Wrong[miss], "n", strconv.Itoa(n)))
		}
	}
	if len(d.wrong) == 0 {
		rows = append(rows, mark(true)+w.Clean)
	}
	rows = append(rows, d.timeRow(a), "", a.palette.bold.Render(a.put(w.Score, "n", strconv.Itoa(d.score()))))
	for i := range rows {
		rows[i] = cut(rows[i], width)
	}
	return rows
}

// timeRow says how long it took. It is good only for a sale that ended rightly.
func (d *drillScreen) timeRow(a *App) string {
	w := &a.words.Card.Drill
	took := fmt.Sprintf("%.1f", d.took().Seconds())
	switch {
	case !d.rightly():
		return mark(false) + w.Unended
	case d.took() > drillLimit:
		return mark(false) + a.put(w.Late, "time", took, "n", seconds(drillLimit))
	}
	return mark(true) + a.put(w.Took, "time", took, "n", seconds(drillLimit))
}

func mark(good bool) string {
	if good {
		return " ✔ "
	}
	return " ✖ "
}

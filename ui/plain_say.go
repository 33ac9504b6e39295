package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// This file turns what is known into lines. The first word of a line says what it is about, so that an ear knows it at
// once: a payment's state, or one of assets.PlainPhrases.

// told is what has been said already; a line is due for what differs.
type told struct {
	sale       ledger.SaleID
	standing   standing
	note       ledger.Note
	broken     bool
	suspect    string
	hasSuspect bool
	badScan    time.Time
	warnings   int
	newest     uint64 // of the exceptions
	refunds    map[ledger.RefundNo]refundTold
	links      map[ledger.Channel]ledger.LinkState
	scanner    ledger.DeviceState
	aside      map[ledger.SaleID]ledger.OrderNo
	person     string
	shut       bool
	badge      *ledger.Badge
	statements map[ledger.Channel]string // what was wrong with them
	inside     insideTold
}

// Lines of waiting: while nothing changes, one in ten seconds at first, later one a minute.
const (
	beatEvery   = 10 * time.Second
	beatLater   = time.Minute
	beatPatient = time.Minute // from when on later holds
)

// tell says what differs from what was told, the sale on the screen first.
func (p *plain) tell() {
	s, was := &p.app.scene, p.told
	now := told{
		standing: s.standing(), broken: s.broken != nil, suspect: s.suspect, hasSuspect: s.hasSuspect, badScan: was.badScan,
		warnings: s.warnings, links: map[ledger.Channel]ledger.LinkState{}, scanner: s.board.Device(ledger.DeviceScanner).State, aside: p.aside(),
		refunds: p.refunds(), newest: s.warning.id, person: s.actor.Person, shut: s.shut(), badge: s.board.Badge,
	}
	if s.hasSale {
		now.sale = s.sale.ID
	}
	if at := s.shown(); at != nil {
		now.note = at.Note
	}
	for channel, link := range s.board.Links {
		now.links[channel] = link.State
	}
	bad := s.board.BadScan
	if bad != nil && bad.At.After(was.badScan) {
		now.badScan = bad.At
	}
	now.statements = p.troubles(was.statements)
	p.told = now
	if was.links == nil { // the first look: greet says all of it
		return
	}
	switch {
	case now.broken != was.broken:
		p.tellState()
	case now.sale == was.sale && now.standing.paidAs(was.standing): // a refund has moved, which has a line of its own
	case now.sale != was.sale, now.standing != was.standing, now.note != was.note:
		p.tellState()
	}
	p.tellSuspect(&was)
	if now.badScan != was.badScan && bad.Reason != ledger.ReasonCodeSuspect {
		p.tellNote(p.app.noteFor(bad.Reason, bad.Looks))
	}
	p.tellAside(was.aside)
	p.tellRefunds(was.refunds)
	if now.warnings > was.warnings || now.newest > was.newest {
		p.tellWarning()
	}
	p.tellLines(&was)
	p.tellWho(&was)
	p.told.inside = p.tellInside(&was.inside)
}

// greet is the first lines.
func (p *plain) greet() {
	w := p.app.words
	p.say(w.Title, cleanCode(p.app.scene.till, 4)+".", sentence(p.app.watermark(), p.stop()), p.app.fill(w.Plain.Hello))
	if p.app.scene.shut() {
		p.openDoor(nil, nil)
		return
	}
	p.tellStanding()
	if p.app.scene.warnings > 0 {
		p.tellWarning()
	}
}

// tellStanding is tellState for somebody who asks. A payment that is over is named as the last one: the line that begins
// with PAID is said once, when it comes, so that it cannot be taken for the next customer's.
func (p *plain) tellStanding() {
	s, w := &p.app.scene, p.app.words
	at := s.shown()
	if s.hasSale && p.app.tendered(&s.sale) && s.sale.Settled() && s.broken == nil {
		last := p.app.put(w.LastSale, "tail", s.sale.ID.Tail(), "amount", s.sale.Amount.String(), "state", w.Tender.Paid.Word)
		p.say(w.Plain.Ready+p.stop(), sentence(last, p.stop()), p.next(w.NoSale.Next))
		return
	}
	if at == nil || at.State != ledger.Paid || s.broken != nil {
		p.tellState()
		return
	}
	last := p.app.put(w.LastSale, "tail", s.sale.ID.Tail(), "amount", s.sale.Amount.String(), "state", p.outcome(at).Word)
	p.say(w.Plain.Ready+p.stop(), sentence(last, p.stop()), p.next(w.NoSale.Next))
}

// tellState says how the sale on the screen stands, and the next commands.
func (p *plain) tellState() {
	a, s := p.app, &p.app.scene
	w := a.words
	p.beat.Stop()
	at := s.shown()
	switch {
	case s.broken != nil:
		code := ledger.ReasonOf(s.broken)
		p.say(p.all(stopWords(w, code)), "["+string(code)+"]"+a.stopCause(code))
	case !s.hasSale:
		p.say(w.Plain.Ready+p.stop(), p.next(w.NoSale.Next))
	case a.tendered(&s.sale):
		p.tellTendered()
	case at == nil:
		p.say(w.Plain.ToPay, p.sale(&s.sale), w.Ready.Says, p.next(w.Ready.Next, p.trainee()))
	default:
		outcome := p.outcome(at)
		mark := ""
		if at.State == ledger.Paid {
			mark = sentence(a.watermark(), p.stop())
		}
		p.say(outcome.Word, p.sale(&s.sale), mark, outcome.Says, sentence(p.doubt(at), p.stop()),
			sentence(a.channelSays(at), p.stop()), p.next(outcome.Next, p.traineeFor(at)))
		if at.State.Live() {
			p.waitsFrom = a.now
			p.beat.Reset(beatEvery)
		}
	}
}

// tellWaiting says that a payment still goes on, and what the till does about it.
func (p *plain) tellWaiting() {
	p.app.now = time.Now()
	a, at := p.app, p.app.scene.live()
	if at == nil || a.scene.broken != nil {
		return
	}
	outcome, says := p.outcome(at), ""
	switch at.State {
	case ledger.Unknown, ledger.Stopping, ledger.Closing:
		says = outcome.Says
	}
	far := strings.Join(present(a.put(a.words.Elapsed, "seconds", seconds(a.now.Sub(at.OpenedAt))), a.qrLeft(at), a.limit(at)), p.comma())
	p.say(outcome.Word, p.sale(&a.scene.sale), says, sentence(far, p.stop()), sentence(a.doing(at), p.stop()))
	if a.now.Sub(p.waitsFrom) < beatPatient {
		p.beat.Reset(beatEvery)
	} else {
		p.beat.Reset(beatLater)
	}
}

// tellNote says why something was not done.
func (p *plain) tellNote(n note) {
	code := ""
	if n.code != "" {
		code = "[" + string(n.code) + "]"
	}
	p.say(p.app.words.Plain.NotDone, p.app.fill(n.sentence.Says), code, p.next(n.sentence.Next))
}

func (p *plain) refuse(err error) {
	if ledger.ReasonOf(err) == ledger.ReasonAmountShape {
		p.tellNote(note{sentence: p.app.words.Plain.Shape, code: ledger.ReasonAmountShape})
		return
	}
	p.tellNote(p.app.noteOf(err))
}

// tellSuspect asks about a suspect scan when there is a new one.
func (p *plain) tellSuspect(was *told) {
	switch {
	case p.told.hasSuspect && (!was.hasSuspect || was.suspect != p.told.suspect):
		p.suspect, p.askedAt = true, p.app.now
		p.tellQuestion()
	case !p.told.hasSuspect:
		p.suspect = false
	}
}

// question asks, and the next line answers.
func (p *plain) question(q question) {
	p.asked, p.askedAt = q, p.app.now
	p.tellQuestion()
}

// tellQuestion says what is being asked.
func (p *plain) tellQuestion() {
	a, w := p.app, p.app.words
	switch {
	case p.suspect:
		p.say(w.Plain.Ask, assets.Fill(w.Suspect.Says, "last4", cleanCode(a.scene.suspect, 4)), p.next(w.Plain.NextSuspect))
	case p.asked == askBand:
		p.say(w.Plain.Ask, a.fill(w.AskBand.Says), p.next(w.Plain.NextBand))
	case p.asked == askCash:
		p.say(w.Plain.Ask, a.put(w.Tender.AskCash.Says, "amount", ledger.Fen(a.book.CashDue(&a.scene.sale, a.scene.sale.Due())).String()), p.next(w.Tender.AskCash.Next))
	case p.asked == askRing:
		p.say(w.Plain.Ask, p.rings, p.next(w.Plain.NextAgree))
	case p.asked == askLeave:
		p.say(w.Plain.Ask, w.AskLeave.Says, p.next(w.Plain.NextLeave))
	}
}

// aside gives the sales whose end is not known and that are not on the screen.
func (p *plain) aside() map[ledger.SaleID]ledger.OrderNo {
	aside := map[ledger.SaleID]ledger.OrderNo{}
	p.app.book.Read(func(state *ledger.State) {
		for _, sale := range state.Open() {
			if at := sale.Live(); at != nil && sale.ID != state.Current {
				aside[sale.ID] = at.Order
			}
		}
	})
	return aside
}

// tellAside says how sales that were set aside have ended. The ledger is asked in a goroutine of its own, because it may
// be behind.
func (p *plain) tellAside(was map[ledger.SaleID]ledger.OrderNo) {
	for id, order := range was {
		if _, still := p.told.aside[id]; still || id == p.told.sale {
			continue
		}
		ctx, lookup, head := p.app.feed.ctx, p.app.book.Lookup(), p.app.scene.head
		go func() {
			if waitApplied(ctx, lookup, head) != nil {
				return
			}
			sale, ok, err := lookup.SaleOf(order)
			if err != nil || !ok || sale.Shown() == nil {
				return
			}
			w := p.app.words
			select {
			case p.news <- w.Plain.Aside + " " + p.sale(&sale) + " " + w.States[sale.Shown().State].Short + p.stop():
			case <-ctx.Done():
			}
		}()
	}
}

// tellWarning names the newest exception.
func (p *plain) tellWarning() {
	p.say(p.app.words.Plain.Exception, sentence(row(p.app.warning(true)...), p.stop()))
}

// troubles is what is wrong with each channel's statements. While one is fetched again, what was said still holds.
func (p *plain) troubles(was map[ledger.Channel]string) map[ledger.Channel]string {
	now := map[ledger.Channel]string{}
	for _, channel := range ledger.Channels {
		now[channel] = p.app.withTrouble("", channel)
		state := p.app.scene.board.Statements[channel].State
		if now[channel] == "" && (state == ledger.StatementsFetching || state == ledger.StatementsComparing) {
			now[channel] = was[channel]
		}
	}
	return now
}

// tellLines says which line or device has changed for better or worse. That an answer was slow is not worth a line.
func (p *plain) tellLines(was *told) {
	w := p.app.words
	for _, channel := range ledger.Channels {
		now, before := p.told.links[channel], was.links[channel]
		if now == before || now == "" || now == ledger.LinkSlow || now == ledger.LinkUp && before == ledger.LinkSlow {
			continue
		}
		p.say(w.Plain.Till, sentence(w.Channels[channel]+" "+w.Links[now], p.stop()))
	}
	for _, channel := range ledger.Channels {
		if text := p.told.statements[channel]; text != "" && text != was.statements[channel] {
			p.say(w.Plain.Till, sentence(text, p.stop()))
		}
	}
	if p.told.scanner != was.scanner {
		p.say(w.Plain.Till, sentence(p.app.fill(w.Scanners[p.told.scanner]), p.stop()))
	}
}

// tellAll says how everything stands.
func (p *plain) tellAll() {
	if p.suspect || p.asked != askNothing {
		p.tellQuestion()
		return
	}
	if draft := p.app.scene.draft; !draft.Empty() {
		p.say(p.app.words.Plain.NotSettled, "¥"+draft.String()+p.stop(), p.next(p.app.words.Plain.NextSettle))
	}
	p.tellStanding()
	p.say(p.app.words.Plain.Till, sentence(strings.ReplaceAll(row(p.app.status()), " · ", p.comma()), p.stop()))
	if p.app.scene.warnings > 0 {
		p.tellWarning()
	}
}

// outcome gives a state's words. No QR is ever drawn: without colours nobody knows which modules are dark, and a line
// that was printed cannot be taken back when its QR must no longer be paid.
func (p *plain) outcome(at *ledger.Attempt) assets.Outcome {
	if words, ok := p.app.outcomeBack(at); ok {
		return words
	}
	words := p.app.words.States[at.State]
	if at.State == ledger.Waiting && at.Way == ledger.ByQR {
		drawn := p.app.words.Plain.Drawn
		words.Says, words.Next = p.app.put(drawn.Says, "order", cleanCode(string(at.Order), 32)), drawn.Next
	}
	return words
}

// doubt says what an answer claimed that is not believed, or what else is odd.
func (p *plain) doubt(at *ledger.Attempt) string {
	if doubt := p.app.words.Doubted[at.Note]; doubt != "" && at.State != ledger.Paid {
		return doubt
	}
	return p.app.words.Notes[at.Note]
}

// sale names a sale: amount and tail.
func (p *plain) sale(s *ledger.Sale) string {
	return p.app.put(p.app.words.Plain.Sale, "amount", s.Amount.String(), "tail", s.ID.Tail())
}

// next gives the next commands as a sentence.
func (p *plain) next(next ...string) string {
	says := strings.Join(present(next...), p.semicolon())
	return assets.Fill(p.app.words.Plain.Next, "next", p.app.fill(strings.TrimRight(says, ".。")))
}

// trainee names the simulated customers where there are any.
func (p *plain) trainee() string {
	if p.app.practice == nil {
		return ""
	}
	return p.app.words.Plain.NextTrainee
}

// traineeFor is trainee where one of them could pay now.
func (p *plain) traineeFor(at *ledger.Attempt) string {
	if p.app.scene.sale.MayAsk() == nil || at.State == ledger.Waiting && at.Way == ledger.ByQR {
		return p.trainee()
	}
	return ""
}

// all joins sentences and fills in the commands' names.
func (p *plain) all(texts []string) string { return p.app.fill(strings.Join(texts, " ")) }

// stop and comma are the language's.
func (p *plain) stop() string {
	if p.app.lang == assets.Zh {
		return "。"
	}
	return "."
}

func (p *plain) comma() string {
	if p.app.lang == assets.Zh {
		return "，"
	}
	return ", "
}

func (p *plain) semicolon() string {
	if p.app.lang == assets.Zh {
		return "；"
	}
	return "; "
}

func (p *plain) colon() string {
	if p.app.lang == assets.Zh {
		return "："
	}
	return ": "
}

// sentence ends a text that has no end yet.
func sentence(text, stop string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "。") {
		return text
	}
	return text + stop
}

// row makes text of a drawn row.
func row(rows ...string) string {
	return strings.TrimSpace(strings.TrimPrefix(ansi.Strip(strings.Join(rows, " ")), "! "))
}

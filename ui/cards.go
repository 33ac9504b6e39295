package ui

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// This file has the emergency cards: the list, with the symptoms that are there now on top, and one card. They read the
// scene and change nothing; keys that move money have no meaning on them.

// shows reports whether a card's symptom is there now, as far as the till can see: it sees neither printers nor people. A
// customer is believed to say "I have paid" where a channel has said so and was not believed, or money came too late.
func (s *scene) shows(card assets.Card) bool {
	board, stop := &s.board, ledger.ReasonOf(s.broken)
	switch card {
	case assets.CardChannel:
		down := s.down()
		return down > 0 && down < len(board.Links)
	case assets.CardAllDown:
		return len(board.Links) > 0 && s.down() == len(board.Links)
	case assets.CardUnknown:
		return s.unsure() != nil || s.open > 0
	case assets.CardClaims:
		at := s.shown()
		return at != nil && (doubted(at) || at.State == ledger.Orphan)
	case assets.CardScanner:
		return board.Device(ledger.DeviceScanner).State.Troubled()
	case assets.CardPrinter:
		state := board.Device(ledger.DevicePrinter).State
		return state.Troubled() && state != ledger.DeviceLowPaper
	case assets.CardClock:
		return board.ClockSkew.Abs() >= skewWorth
	case assets.CardDisk:
		return board.Disk.Low || board.Disk.Full || stop == ledger.ReasonDiskFull
	case assets.CardLedger:
		return board.LedgerFault != "" || s.broken != nil && stop != ledger.ReasonDiskFull
	case assets.CardFraud:
		return board.Notices.Forged > 0 || s.warnings > 0 && s.warning.lies()
	}
	return false
}

func anySymptom(s *scene) bool { return slices.ContainsFunc(assets.Cards, s.shows) }

// down counts the links that are.
func (s *scene) down() (n int) {
	for _, link := range s.board.Links {
		if link.State == ledger.LinkDown {
			n++
		}
	}
	return n
}

// unsure is the attempt on the screen whose end nobody knows, or nil. One that had ended is unsure again while the channel is
// asked about an old word of it.
func (s *scene) unsure() *ledger.Attempt {
	live := s.live()
	switch {
	case live == nil:
		if s.hasSale && ledger.ReasonOf(s.sale.MayAsk()) == ledger.ReasonUnresolved {
			return s.shown()
		}
	case live.State == ledger.Unknown, live.State == ledger.Stopping, live.State == ledger.Closing, doubted(live):
		return live
	}
	return nil
}

// lies reports whether an answer said paid and was not believed.
func (w *warning) lies() bool {
	return w.note >= ledger.NoteUnverified && w.note <= ledger.NoteOtherApp
}

// cardOrder gives the cards, those whose symptom is there first.
func (s *scene) cardOrder() (order []assets.Card, now int) {
	for _, card := range assets.Cards {
		if s.shows(card) {
			order = append(order, card)
		}
	}
	now = len(order)
	for _, card := range assets.Cards {
		if !slices.Contains(order[:now], card) {
			order = append(order, card)
		}
	}
	return order, now
}

// numberOf is a card's number, from 1.
func numberOf(card assets.Card) int { return slices.Index(assets.Cards, card) + 1 }

// cardsScreen is the list. A number always names the same card, wherever it stands.
type cardsScreen struct{ pick picked }

func (*cardsScreen) place() place { return atCards }
func (*cardsScreen) leave()       {}

// typed opens the card of a digit; 0 is the tenth.
func (*cardsScreen) typed(a *App, char rune) tea.Cmd {
	if n := int(char - '0'); n >= 0 && n <= 9 {
		a.push(&cardScreen{card: assets.Cards[(n+9)%10]})
	}
	return nil
}

// rows gives the cards in their order, with the mark still on the one it was put on.
func (c *cardsScreen) rows(a *App) (order []assets.Card, now int) {
	order, now = a.scene.cardOrder()
	c.pick.keep(cardKeys(order))
	return order, now
}

func cardKeys(cards []assets.Card) []string {
	keys := make([]string, len(cards))
	for i, card := range cards {
		keys[i] = string(card)
	}
	return keys
}

func (c *cardsScreen) act(a *App, do action) tea.Cmd {
	order, _ := c.rows(a)
	if do == actEnter {
		a.push(&cardScreen{card: order[c.pick.at]})
		return nil
	}
	c.pick.move(do, a.page(), cardKeys(order))
	return nil
}

func (*cardsScreen) next(a *App) string { return a.words.Card.ListNext }

func (c *cardsScreen) draw(a *App, width, height int) []string {
	w := &a.words.Card
	order, now := c.rows(a)
	title := w.Title
	if now > 0 {
		title = a.put(w.TitleNow, "n", strconv.Itoa(now))
	}
	rows := []string{a.palette.bold.Render(title)}
	from, to, more := c.pick.at.window(a, len(order), height-len(rows), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(c.pick.at), a.cardRow(order[i], i < now, width-2), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// headlines are the values that tell of a symptom.
var headlines = map[assets.Card]string{
	assets.CardChannel: "{links}", assets.CardAllDown: "{links}", assets.CardUnknown: "{unknown}", assets.CardClaims: "{standing}",
	assets.CardScanner: "{scanner}", assets.CardClock: "{skew}", assets.CardDisk: "{free}", assets.CardLedger: "{fault}", assets.CardFraud: "{entries}",
}

// cardRow is a card on the list: a mark where its symptom is there, its number and title, and then what tells of it.
func (a *App) cardRow(card assets.Card, now bool, width int) string {
	row := padLeft(strconv.Itoa(numberOf(card)), 2) + "  " + a.words.Card.Texts[card].Title
	if !now {
		return "  " + row
	}
	row = "! " + row
	if value := a.live(headlines[card]); wide(row)+2+wide(value) <= width {
		return padLeft2(row, value, width)
	}
	return row
}

// cardScreen is one card.
type cardScreen struct {
	card  assets.Card
	first list
}

func (*cardScreen) place() place             { return atCard }
func (*cardScreen) leave()                   {}
func (*cardScreen) typed(*App, rune) tea.Cmd { return nil }

func (c *cardScreen) next(a *App) string {
	if _, ok := exercises[c.card]; ok && a.practice != nil {
		return a.words.Card.CardTrain
	}
	return a.words.Card.CardNext
}

func (c *cardScreen) act(a *App, do action) tea.Cmd {
	if do == actDrill {
		return a.beginDrill(c.card)
	}
	c.first.move(do, len(slices.Concat(c.steps(a, a.width)...))-a.page()+1, a.page())
	return nil
}

func (c *cardScreen) draw(a *App, width, height int) []string {
	w := &a.words.Card
	now := ""
	if a.scene.shows(c.card) {
		now = a.palette.alarm.Render(" ! " + w.Now + " ")
	}
	title := strconv.Itoa(numberOf(c.card)) + "  " + w.Texts[c.card].Title
	rows := []string{padLeft2(a.palette.bold.Render(title), now, width)}
	each := c.steps(a, width)
	steps := slices.Concat(each...)
	if len(rows)+len(steps)+len(each) <= height { // room for air
		steps = nil
		for _, step := range each {
			steps = append(append(steps, ""), step...)
		}
	}
	from, to, more := c.first.window(a, len(steps), height-len(rows), false)
	rows = append(rows, steps[from:to]...)
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// stepLead is the width of what stands before a step's words.
const stepLead = 3

// steps draws the steps, each with its value at the end of its row, or on a row of its own where it finds no place.
func (c *cardScreen) steps(a *App, width int) (rows [][]string) {
	for i, step := range a.words.Card.Texts[c.card].Steps {
		text := indented(padLeft(strconv.Itoa(i+1), stepLead-1)+" ", a.fill(step.Do), width)
		value := a.live(step.Live)
		last := len(text) - 1 // -1 in a window that has no room for words
		switch {
		case value == "" || last < 0:
		case wide(text[last])+2+wide(value) <= width:
			text[last] = padLeft2(text[last], a.palette.bold.Render(value), width)
		default:
			for _, row := range wrap(value, width-stepLead, 2) {
				text = append(text, a.palette.bold.Render(padLeft(row, width)))
			}
		}
		rows = append(rows, text)
	}
	return rows
}

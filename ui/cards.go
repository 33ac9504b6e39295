package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

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
		return board.Scanner.State != ledger.DeviceOff && board.Scanner.State != ledger.DeviceReady
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

// unsure is the attempt on the screen whose end nobody knows, or nil.
func (s *scene) unsure() *ledger.Attempt {
	switch at := s.live(); {
	case at == nil:
	case at.State == ledger.Unknown, at.State == ledger.Stopping, at.State == ledger.Closing, doubted(at):
		return at
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
		last := len(text) - 1
		switch {
		case value == "":
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

// live gives the value that a step names, as the scene has it now; empty for a step without one. What began is told by the
// time on the clock, which costs a thin line nothing; only an unknown payment has its age.
func (a *App) live(name string) string {
	w, s := &a.words.Card, &a.scene
	switch name {
	case "{links}":
		return a.liveLinks()
	case "{unknown}":
		return a.liveUnknown()
	case "{aside}":
		return counted(a, w.Aside, w.NoAside, s.open)
	case "{standing}":
		return a.liveStanding()
	case "{doing}":
		if at := s.live(); at != nil {
			if text := a.doing(at); text != "" {
				return text
			}
		}
		return w.Idle
	case "{owed}":
		return counted(a, w.Owed, w.NoOwed, s.board.Backlog)
	case "{scanner}":
		return a.liveScanner()
	case "{printer}":
		return w.NoPrinting
	case "{skew}":
		return a.liveSkew()
	case "{free}":
		if s.board.Disk.Low {
			return a.put(a.words.DiskLow, "n", strconv.FormatUint(s.board.Disk.Free>>20, 10))
		}
		return w.Room
	case "{selling}":
		return a.liveSelling()
	case "{fault}":
		return a.liveFault()
	case "{entries}":
		return a.liveEntries()
	}
	return ""
}

// counted is a count in its phrase, or the phrase for none.
func counted(a *App, some, none string, n int) string {
	if n == 0 {
		return none
	}
	return a.put(some, "n", strconv.Itoa(n))
}

func (a *App) liveLinks() string {
	var parts []string
	for _, channel := range ledger.Channels {
		link, ok := a.scene.board.Links[channel]
		if !ok {
			continue
		}
		if link.State == ledger.LinkUp || link.Since.IsZero() {
			parts = append(parts, a.words.Channels[channel]+" "+a.words.Links[link.State])
			continue
		}
		parts = append(parts, a.put(a.words.Card.Since, "channel", a.words.Channels[channel], "state", a.words.Links[link.State], "time", a.clockOf(link.Since)))
	}
	return strings.Join(parts, " · ")
}

// clockOf is an instant on the shop's clock, with its date where the time alone could be that of another day.
func (a *App) clockOf(at time.Time) string {
	layout := "15:04"
	if a.now.Sub(at) >= 12*time.Hour {
		layout = "01-02 15:04"
	}
	return a.book.Calendar().In(at).Format(layout)
}

// liveUnknown names the payment on the screen whose end is not known, else the oldest of those that were set aside.
func (a *App) liveUnknown() string {
	sale, at := &a.scene.sale, a.scene.unsure()
	if at == nil {
		if sale = &a.scene.openSale; a.scene.open == 0 || sale.Live() == nil {
			return a.words.Card.NoUnknown
		}
		at = sale.Live()
	}
	return a.put(a.words.Card.Unknown, "tail", cleanCode(sale.ID.Tail(), 4), "amount", sale.Amount.String(),
		"state", a.words.States[at.State].Short, "time", a.ago(at.OpenedAt))
}

// liveStanding says how the sale on the screen stands.
func (a *App) liveStanding() string {
	if !a.scene.hasSale {
		return a.words.Card.NoStanding
	}
	state := a.words.ToPay
	if at := a.scene.shown(); at != nil {
		state = a.outcome(at).Word
	}
	return a.put(a.words.Card.Standing, "tail", cleanCode(a.scene.sale.ID.Tail(), 4), "amount", a.scene.sale.Amount.String(), "state", state)
}

func (a *App) liveScanner() string {
	scanner := a.scene.board.Scanner
	text := a.fill(a.words.Scanners[scanner.State])
	if scanner.State == ledger.DeviceOff || scanner.State == ledger.DeviceReady || scanner.Since.IsZero() {
		return text
	}
	return a.put(a.words.Card.ScannerSince, "text", text, "time", a.clockOf(scanner.Since))
}

func (a *App) liveSkew() string {
	skew := a.scene.board.ClockSkew
	switch {
	case skew > 0: // the channels' clock is ahead
		return a.put(a.words.Card.Slow, "seconds", seconds(skew))
	case skew < 0:
		return a.put(a.words.Card.Fast, "seconds", seconds(-skew))
	}
	return a.words.Card.InTime
}

func (a *App) liveSelling() string {
	switch {
	case a.scene.broken != nil:
		return a.put(a.words.Card.Stopped, "text", string(ledger.ReasonOf(a.scene.broken)))
	case a.scene.board.Disk.Full:
		return a.words.Card.Full
	}
	return a.words.Card.Sells
}

func (a *App) liveFault() string {
	switch {
	case a.scene.board.LedgerFault != "":
		return a.words.LedgerFault
	case a.scene.broken != nil:
		return "[" + string(ledger.ReasonOf(a.scene.broken)) + "]"
	case a.scene.mended:
		return a.words.Mended
	}
	return a.words.Card.Whole
}

func (a *App) liveEntries() string {
	text := a.words.Card.NoEntries
	if n := a.scene.warnings; n > 0 {
		text = a.put(a.words.Card.Entries, "n", strconv.Itoa(n), "tail", cleanCode(a.scene.warning.tail, 4), "amount", a.scene.warning.amount.String())
	}
	if forged := a.scene.board.Notices.Forged; forged > 0 {
		text += " · " + a.put(a.words.Card.Forged, "n", strconv.FormatUint(forged, 10))
	}
	return text
}

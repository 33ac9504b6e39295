package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// askStep is where a visitor's question to the counter is.
type askStep int

const (
	askKind   askStep = iota // what is asked for
	askOrder                 // about which payment
	askSale                  // of which sale
	askDevice                // which device
	askReason                // why
	askWaits                 // the counter has it, and its answer
)

// askScreen asks the counter for a hand: what, about what, why; then it waits for the answer. Nothing is done by it but that the counter
// is asked.
type askScreen struct {
	step   askStep
	at     list
	wish   ledger.HandWish
	tail   string // of the sale that it is about
	orders []ledger.Owed
	rows   []ledger.Row // sales of today, the newest first
	digits string       // of a tail, typed to narrow them
	asked  uint64
	answer answered
	stop   func() // ends the wait
}

// answered is what the counter has said.
type answered struct {
	known, yes, dropped bool
	person              string
	at                  time.Time
}

// answerMsg brings it.
type answerMsg struct {
	of     *askScreen
	answer answered
}

func newAsk() *askScreen { return &askScreen{stop: func() {}} }

func (s *askScreen) place() place {
	if s.step == askReason {
		return atTalk
	}
	return atAsk
}

func (s *askScreen) leave() { s.stop() }

func (s *askScreen) next(a *App) string {
	w := &a.words.Guest
	switch {
	case s.step == askReason:
		return w.AskWhyNext
	case s.step == askWaits && s.answer.known:
		return w.AnsweredNext
	case s.step == askWaits:
		return w.WaitsNext
	}
	return w.AskNext
}

// stepBack goes back to what is asked for; a question that the counter has stays with it.
func (s *askScreen) stepBack(*App) (stepped bool) {
	if s.step == askKind || s.step == askWaits {
		return false
	}
	*s = *newAsk()
	return true
}

// typed narrows the sales by their tails.
func (s *askScreen) typed(_ *App, char rune) tea.Cmd {
	if s.step == askSale && char >= '0' && char <= '9' && len(s.digits) < 4 {
		s.digits, s.at = s.digits+string(char), 0
	}
	return nil
}

func (s *askScreen) wrote(a *App, text string) tea.Cmd {
	s.wish.Why = a.more(s.wish.Why, text, noteMax)
	return nil
}

func (s *askScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actBack && s.step == askReason:
		s.wish.Why = less(s.wish.Why)
	case do == actBack && s.step == askSale:
		s.digits = s.digits[:max(len(s.digits)-1, 0)]
	case do != actEnter:
		s.at.move(do, len(s.choices(a)), a.page())
	case s.step == askReason:
		return s.ask(a)
	case s.step == askKind:
		return s.kind(a)
	default:
		s.chose(a)
	}
	return nil
}

// kind takes what is asked for, and reads what it can be about.
func (s *askScreen) kind(a *App) tea.Cmd {
	s.wish.What = ledger.HandKinds[s.at]
	s.at = 0
	book := a.book
	switch s.wish.What {
	case ledger.HandQuery:
		s.step = askOrder
		return a.intendThen(actTalk, func(context.Context) error { s.orders = book.Owed(); return nil }, nothing)
	case ledger.HandReprint:
		s.step = askSale
		head := a.scene.head
		return a.intendThen(actTalk, func(ctx context.Context) error {
			day := readDay(ctx, book, 0, head, 0)
			s.rows = printable(day.rows)
			return day.err
		}, nothing)
	case ledger.HandRestart:
		s.step = askDevice
	default:
		s.step = askReason
	}
	return nil
}

func nothing(*App, error) tea.Cmd { return nil }

// printable gives the settled sales, the newest first.
func printable(all []ledger.Row) (rows []ledger.Row) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Settled {
			rows = append(rows, all[i])
		}
	}
	return rows
}

// fitting gives the sales whose tails have the digits.
func (s *askScreen) fitting() (rows []*ledger.Row) {
	for i := range s.rows {
		if strings.Contains(s.rows[i].Sale.Tail(), s.digits) {
			rows = append(rows, &s.rows[i])
		}
	}
	return rows
}

// devices are those of this counter.
func (a *App) devices() (kinds []ledger.DeviceKind) {
	for _, kind := range ledger.DeviceKinds {
		if a.scene.board.Device(kind).State != ledger.DeviceOff {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// choices are the rows to choose from, as this step has them. A visitor sees of a sale its time, tail and state, and no amount.
func (s *askScreen) choices(a *App) (rows []string) {
	w := &a.words.Guest
	clock := func(at time.Time) string { return a.book.Calendar().In(at).Format(time.TimeOnly) }
	switch s.step {
	case askKind:
		for _, kind := range ledger.HandKinds {
			rows = append(rows, w.AskKinds[kind])
		}
	case askOrder:
		for i := range s.orders {
			o := &s.orders[i]
			rows = append(rows, clock(o.OpenedAt)+"  …"+cleanCode(o.Sale.Tail(), 4)+"  "+a.words.Channels[o.Channel]+"  "+a.words.States[o.State].Short)
		}
	case askSale:
		for _, r := range s.fitting() {
			rows = append(rows, clock(r.OpenedAt)+"  …"+cleanCode(r.Sale.Tail(), 4)+"  "+a.rowState(r))
		}
	case askDevice:
		for _, kind := range a.devices() {
			rows = append(rows, a.deviceSays(kind))
		}
	}
	return rows
}

// chose takes the chosen row, and asks why.
func (s *askScreen) chose(a *App) {
	if s.step == askWaits || int(s.at) >= len(s.choices(a)) {
		return
	}
	switch s.step {
	case askOrder:
		s.wish.Order, s.tail = s.orders[s.at].Order, s.orders[s.at].Sale.Tail()
	case askSale:
		s.wish.Sale = s.fitting()[s.at].Sale
		s.tail = s.wish.Sale.Tail()
	case askDevice:
		s.wish.Device = a.devices()[s.at]
	}
	s.step = askReason
}

// ask asks the counter, and waits for the answer.
func (s *askScreen) ask(a *App) tea.Cmd {
	book, visit, wish := a.book, a.guest.visit, s.wish
	return a.intendThen(actTalk, func(ctx context.Context) (err error) {
		s.asked, err = book.AskHand(ctx, visit, wish)
		return err
	}, func(a *App, err error) tea.Cmd {
		switch {
		case ledger.ReasonOf(err) == ledger.ReasonTextSecret:
			s.wish.Why = ""
		case err == nil:
			s.step = askWaits
			return s.wait(a)
		}
		return nil
	})
}

// wait reads the ledger from the question on, until the counter has answered or locked the door.
func (s *askScreen) wait(a *App) tea.Cmd {
	ctx, cancel := context.WithCancel(a.feed.ctx)
	s.stop = cancel
	book, asked := a.book, s.asked
	return func() tea.Msg {
		msg := answerMsg{of: s}
		err := book.Follow(ctx, asked, func(e *ledger.Event) error {
			switch body := e.Body.(type) {
			case *ledger.HandAnswered:
				if body.Asked != asked {
					return nil
				}
				msg.answer = answered{known: true, yes: body.Yes, person: e.Actor.Person, at: e.At}
			case *ledger.DoorLocked:
				msg.answer = answered{known: true, dropped: true, at: e.At}
			default:
				return nil
			}
			return errAnswered
		})
		if !errors.Is(err, errAnswered) {
			return nil
		}
		return msg
	}
}

var errAnswered = errors.New("answered")

func (s *askScreen) hear(_ *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(answerMsg); ok && msg.of == s {
		s.answer = msg.answer
	}
	return nil
}

// title is what this step asks.
func (s *askScreen) title(a *App) (title, none string) {
	w := &a.words.Guest
	switch s.step {
	case askOrder:
		return w.AskOrders, w.NoOrders
	case askSale:
		return a.put(w.AskSales, "text", cleanCode(s.digits, 4)+"_"), w.NoSales
	case askDevice:
		return w.AskDevices, w.NoDevices
	}
	return w.AskTitle, ""
}

func (s *askScreen) draw(a *App, width, height int) []string {
	switch s.step {
	case askReason, askWaits:
		return fit(s.words(a, width), height)
	}
	title, none := s.title(a)
	rows := append(wrap(title, width, 2), "")
	for i := range rows {
		rows[i] = a.palette.bold.Render(rows[i])
	}
	choices := s.choices(a)
	if len(choices) == 0 {
		return append(rows, wrap(none, width, 2)...)
	}
	from, to, more := s.at.window(a, len(choices), height-len(rows), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(s.at), choices[i], width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// words are the question in words, and what is said to it.
func (s *askScreen) words(a *App, width int) (rows []string) {
	w := &a.words.Guest
	asks := a.wishSays(&wish{Hand: ledger.Hand{HandWish: s.wish}, tail: s.tail})
	if s.step == askReason {
		rows = append(wrap(a.put(w.AskWhy, "text", asks), width, 3), "")
		for _, row := range wrap("▶ "+clean(s.wish.Why, noteMax)+"_", width, 6) {
			rows = append(rows, shy(s.wish.Why, row))
		}
		return rows
	}
	rows = append(wrap(a.put(w.Waits, "text", asks), width, 3), "")
	says := ""
	switch {
	case s.answer.dropped:
		says = w.Dropped
	case s.answer.yes:
		says = w.Yes
	case s.answer.known:
		says = w.No
	}
	says = a.put(says, "person", clean(s.answer.person, 24), "time", a.clockOf(s.answer.at))
	return append(rows, wrap(says, width, 3)...)
}

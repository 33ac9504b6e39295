package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
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
	rows   []ledger.Row  // sales of today, the newest first
	digits string        // of a tail, typed to narrow them
	fits   []*ledger.Row // those of the rows that have the digits
	answer answered
	stop   func() // ends the wait
}

// answered is what the counter has said.
type answered struct {
	known, yes, dropped bool
	event               uint64
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
		s.narrow()
	}
	return nil
}

func (s *askScreen) wrote(a *App, text string) tea.Cmd {
	s.wish.Why = a.moreOf(s.wish.Why, text, askMax)
	return nil
}

func (s *askScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actBack && s.step == askReason:
		s.wish.Why = less(s.wish.Why)
	case do == actBack && s.step == askSale:
		s.digits = s.digits[:max(len(s.digits)-1, 0)]
		s.narrow()
	case do != actEnter:
		n, _ := s.choices(a)
		s.at.move(do, n, a.page())
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
	if why := a.cannotHand(ledger.HandKinds[s.at]); why.Says != "" {
		a.say(note{sentence: why})
		return nil
	}
	s.wish.What = ledger.HandKinds[s.at]
	s.at = 0
	book := a.book
	switch s.wish.What {
	case ledger.HandQuery:
		var orders []ledger.Owed
		return a.intendThen(actTalk, func(context.Context) error { orders = book.Owed(); return nil }, func(*App, error) tea.Cmd {
			s.step, s.orders = askOrder, orders
			return nil
		})
	case ledger.HandReprint:
		var rows []ledger.Row
		head := a.scene.head
		return a.intendThen(actTalk, func(ctx context.Context) error {
			day := readDay(ctx, book, 0, head, 0)
			rows = printable(day.rows)
			return day.err
		}, func(_ *App, err error) tea.Cmd {
			if err == nil {
				s.step, s.rows = askSale, rows
				s.narrow()
			}
			return nil
		})
	case ledger.HandRestart:
		s.step = askDevice
	default:
		s.step = askReason
	}
	return nil
}

// cannotHand says why something is not to be asked for here; empty where it is.
func (a *App) cannotHand(what ledger.HandKind) assets.Sentence {
	w := &a.words.Guest
	switch {
	case what == ledger.HandReprint && a.scene.board.Device(ledger.DevicePrinter).State == ledger.DeviceOff:
		return assets.Sentence{Says: a.words.Device.NoPrinter.Says, Next: w.AskNext}
	case what == ledger.HandBundle && a.guest.noBundle:
		return w.NoBundle
	}
	return assets.Sentence{}
}

// printable gives the settled sales, the newest first, and no amount with them.
func printable(all []ledger.Row) (rows []ledger.Row) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Settled {
			row := all[i]
			row.Amount, row.Returned = ledger.Money{}, ledger.Money{}
			rows = append(rows, row)
		}
	}
	return rows
}

// narrow finds the sales whose tails have the digits.
func (s *askScreen) narrow() {
	s.fits = nil
	for i := range s.rows {
		if strings.Contains(s.rows[i].Sale.Tail(), s.digits) {
			s.fits = append(s.fits, &s.rows[i])
		}
	}
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

// choices tells how many there are at this step, and how each is written: a day has thousands of sales, of which few are in sight. A
// visitor sees of a sale its time, tail and state.
func (s *askScreen) choices(a *App) (n int, row func(i int) string) {
	sale := func(at time.Time, id ledger.SaleID, rest string) string {
		return a.book.Calendar().In(at).Format(time.TimeOnly) + "  …" + cleanCode(id.Tail(), 4) + "  " + rest
	}
	switch s.step {
	case askKind:
		return len(ledger.HandKinds), func(i int) string { return a.words.Guest.AskKinds[ledger.HandKinds[i]] }
	case askOrder:
		return len(s.orders), func(i int) string {
			o := &s.orders[i]
			return sale(o.OpenedAt, o.Sale, a.words.Channels[o.Channel]+"  "+a.words.States[o.State].Short)
		}
	case askSale:
		return len(s.fits), func(i int) string { return sale(s.fits[i].OpenedAt, s.fits[i].Sale, a.rowState(s.fits[i])) }
	case askDevice:
		kinds := a.devices()
		return len(kinds), func(i int) string { return a.deviceSays(kinds[i]) }
	}
	return 0, nil
}

// chose takes the chosen row, and asks why.
func (s *askScreen) chose(a *App) {
	if n, _ := s.choices(a); int(s.at) >= n {
		return
	}
	switch s.step {
	case askOrder:
		s.wish.Order, s.tail = s.orders[s.at].Order, s.orders[s.at].Sale.Tail()
	case askSale:
		s.wish.Sale = s.fits[s.at].Sale
		s.tail = s.wish.Sale.Tail()
	case askDevice:
		s.wish.Device = a.devices()[s.at]
	}
	s.step = askReason
}

// ask asks the counter, and waits for the answer.
func (s *askScreen) ask(a *App) tea.Cmd {
	book, visit, wish, asked := a.book, a.guest.visit, s.wish, uint64(0)
	return a.intendThen(actTalk, func(ctx context.Context) (err error) {
		asked, err = book.AskHand(ctx, visit, wish)
		return err
	}, func(a *App, err error) tea.Cmd {
		switch {
		case ledger.ReasonOf(err) == ledger.ReasonTextSecret:
			s.wish.Why = ""
		case err == nil:
			s.step = askWaits
			return s.wait(a, asked)
		}
		return nil
	})
}

// wait reads the ledger from the question on, until the counter has answered or locked the door.
func (s *askScreen) wait(a *App, asked uint64) tea.Cmd {
	ctx, cancel := context.WithCancel(a.feed.ctx)
	s.stop = cancel
	book := a.book
	return func() tea.Msg {
		msg := answerMsg{of: s}
		err := book.Follow(ctx, asked, func(e *ledger.Event) error {
			switch body := e.Body.(type) {
			case *ledger.HandAnswered:
				if body.Asked != asked {
					return nil
				}
				msg.answer = answered{known: true, yes: body.Yes, event: e.Seq, person: e.Actor.Person, at: e.At}
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
	n, row := s.choices(a)
	if n == 0 {
		return append(rows, wrap(none, width, 2)...)
	}
	from, to, more := s.at.window(a, n, height-len(rows), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(s.at), row(i), width))
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
		for _, row := range wrap("▶ "+clean(s.wish.Why, 2*askMax)+"_", width, 6) {
			rows = append(rows, shy(s.wish.Why, row))
		}
		rows = append(rows, a.left(s.wish.Why, askMax))
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
	rows = append(rows, wrap(says, width, 3)...)
	for _, text := range s.cameOf(a) {
		rows = append(append(rows, ""), wrap(text, width, 4)...)
	}
	return rows
}

// cameOf is what the till has said since the counter's yes.
func (s *askScreen) cameOf(a *App) (texts []string) {
	for i := range a.scene.talk {
		if l := &a.scene.talk[i]; s.answer.yes && l.Event > s.answer.event && l.Visit == 0 && l.Person == ledger.Till.Person {
			texts = append(texts, clean(l.Text, 400))
		}
	}
	return texts
}

package ui

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// difference is something that a statement and the ledger do not agree on, and whether the list of exceptions still has it.
type difference struct {
	ledger.Difference
	from ledger.StatementKey
	open bool
}

// readDiffers reads what does not agree with statements, in the order of their lines. It may wait for the disk.
func readDiffers(ctx context.Context, book *ledger.Book, keys []ledger.StatementKey) (all []difference, err error) {
	if err := waitApplied(ctx, book.Lookup(), headOf(book)); err != nil {
		return nil, err
	}
	for _, key := range keys {
		found, failed := book.Lookup().DayDifferences(key)
		err = errors.Join(err, failed)
		for i := range found {
			all = append(all, difference{Difference: found[i], from: key})
		}
	}
	book.Read(func(s *ledger.State) {
		for i := range all {
			all[i].open = all[i].listed(s.Exceptions)
		}
	})
	return all, err
}

// listed reports whether an entry of the list is about the difference: its own, one of an earlier statement on the same order, or the one
// that stands for all that the list does not take.
func (d *difference) listed(entries []ledger.Exception) bool {
	for i := range entries {
		x := &entries[i]
		switch {
		case x.ID == d.Event && x.From == d.from,
			d.Order != "" && x.Note == d.Why && x.Order == d.Order && x.Refund == d.Refund && x.From.Channel == d.from.Channel,
			x.From == d.from && x.Note == ledger.NoteStatementMany && d.Event >= x.ID:
			return true
		}
	}
	return false
}

// differsScreen shows what a channel's statements of a day and the ledger do not agree on, live.
type differsScreen struct {
	day     statementDay
	all     []difference
	err     error
	read    bool
	head    uint64
	reading bool
	pick    picked
}

// differsMsg brings it, with the day as it is now.
type differsMsg struct {
	of   *differsScreen
	head uint64
	day  statementDay
	all  []difference
	err  error
}

func (a *App) openDiffers(day statementDay) tea.Cmd {
	s := &differsScreen{day: day}
	a.push(s)
	return s.load(a)
}

func (*differsScreen) place() place             { return atDiffers }
func (*differsScreen) leave()                   {}
func (*differsScreen) typed(*App, rune) tea.Cmd { return nil }

func (s *differsScreen) next(a *App) string {
	if len(s.all) == 0 {
		return a.words.Statement.NextEmpty
	}
	return a.words.Statement.NextDiffers
}

func (s *differsScreen) load(a *App) tea.Cmd {
	s.reading = true
	msg, book, ctx := differsMsg{of: s, head: a.scene.head, day: s.day}, a.book, a.feed.ctx
	return func() tea.Msg {
		statements, _ := readStatements(book)
		known := make(map[ledger.StatementKey]ledger.Statement, len(statements))
		for _, st := range statements {
			known[st.StatementKey] = st
		}
		msg.day = newStatementDay(known, msg.day.channel, msg.day.day)
		msg.all, msg.err = readDiffers(ctx, book, msg.day.keys())
		return msg
	}
}

func (s *differsScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(differsMsg); ok && msg.of == s {
		s.reading = false
		if !errors.Is(msg.err, context.Canceled) {
			s.read, s.head, s.day, s.all, s.err = true, msg.head, msg.day, msg.all, msg.err
			s.pick.keep(s.keys())
		}
	}
	if s.reading || s.head >= a.scene.head {
		return nil
	}
	return s.load(a)
}

func (s *differsScreen) keys() []string {
	keys := make([]string, len(s.all))
	for i := range s.all {
		keys[i] = strconv.FormatUint(s.all[i].Event, 10)
	}
	return keys
}

func (s *differsScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actExceptions:
		return a.openExceptions()
	case do != actEnter:
		s.pick.move(do, max(a.page()/entryRows, 1), s.keys())
	case int(s.pick.at) >= len(s.all):
	case s.all[s.pick.at].Sale == "":
		a.say(note{sentence: a.words.Statement.NoStory})
	default:
		return a.openStory(saleOfDifference(a.book, &s.all[s.pick.at]))
	}
	return nil
}

// saleOfDifference is the way to the sale that a difference is about.
func saleOfDifference(book *ledger.Book, d *difference) saleFinder {
	order := cmp.Or(d.Order, ledger.OrderNo(d.Sale))
	return func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
		sale, ok, err := saleOfOrder(ctx, book, order)
		return sale, order, found(ok, err)
	}
}

func (s *differsScreen) draw(a *App, width, height int) []string {
	w := &a.words.Statement
	rows := []string{a.palette.bold.Render(cut(a.differsTitle(&s.day), width))}
	switch {
	case s.err != nil:
		return append(append(rows, ""), wrap(a.put(w.Failed, "text", clean(s.err.Error(), 4*width)), width, 4)...)
	case !s.read:
		return append(rows, "", a.words.DayLoading)
	}
	rows = append(append(rows, flow(a.statementFacts(&s.day)[2:], " · ", width, chosenRows)...), "")
	switch {
	case len(s.all) == 0 && !s.day.traded:
		return append(append(rows, "! "+w.Lacks), wrap("→ "+w.LacksNext, width, 3)...)
	case len(s.all) == 0:
		return append(rows, w.Nothing)
	}
	room := max((height-len(rows)-1)/entryRows, 1)
	if len(s.all)*entryRows > height-len(rows) {
		room++ // window keeps one for its own row
	}
	from, to, more := s.pick.at.window(a, len(s.all), room, true)
	for i := from; i < to; i++ {
		d := &s.all[i]
		rows = append(rows, a.chosen(i == int(s.pick.at), a.differenceLine(d), width),
			cut("    "+a.words.Exception.Wrong[d.Why], width), cut("    "+a.differenceStep(d), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

func (a *App) differsTitle(day *statementDay) string {
	return a.put(a.words.Statement.Differences, "channel", a.words.Channels[day.channel], "date", day.day.String(), "text", a.statementState(day))
}

// differenceLine says where in the file it is, which sale or number it is about, what each side has, and whether it is settled.
func (a *App) differenceLine(d *difference) string {
	w := &a.words.Statement
	parts := []string{w.NoLine}
	if d.Line > 0 {
		parts[0] = a.put(w.Line, "n", strconv.FormatUint(d.Line, 10))
	}
	if !d.At.IsZero() {
		parts = append(parts, a.book.Calendar().In(d.At).Format(time.TimeOnly))
	}
	switch number := cmp.Or(string(d.Refund), string(d.Order), d.ChannelNo); {
	case d.Sale != "":
		parts = append(parts, "…"+cleanCode(d.Sale.Tail(), 4))
	case number != "":
		parts = append(parts, cleanCode(number, 32))
	}
	parts = append(parts, a.bothSides(d.Ours, d.Theirs)...)
	stands := w.Settled
	if d.open {
		stands = w.Open
	}
	return strings.Join(append(parts, stands), " · ")
}

// bothSides says what the ledger has and what the statement says, as far as either names an amount.
func (a *App) bothSides(ours, theirs ledger.Money) (parts []string) {
	w := &a.words.Statement
	if ours.Currency != "" {
		parts = append(parts, a.put(w.Ours, "amount", priced(ours)))
	}
	if theirs.Currency != "" {
		parts = append(parts, a.put(w.Theirs, "amount", priced(theirs)))
	}
	return parts
}

// priced writes an amount with its currency: a statement may name another one than yuan.
func priced(m ledger.Money) string {
	if m.Currency == ledger.CNY {
		return "¥" + m.String()
	}
	return m.String() + " " + cleanCode(string(m.Currency), 3)
}

// differenceStep says what comes next; that it is settled, where it is.
func (a *App) differenceStep(d *difference) string {
	if !d.open {
		return "✔ " + a.words.Statement.Settled
	}
	return "→ " + a.words.Exception.Steps[d.Why]
}

package ui

import (
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// statementDay is a channel's day on the page of statements: its statement of trades, and what the statements of the balance say.
type statementDay struct {
	channel ledger.Channel
	day     ledger.Day
	trades  ledger.Statement
	traded  bool // trades is there
	differs uint64
	paid    ledger.StatementKey // the statement of the balance that tells what was paid out for this day: the next day's
	paidOut int64               // by it, in fen
	told    bool                // it is there
}

// off is by how much less was paid out than the channel owed, in fen; ok is false where nothing says what was paid out.
func (d *statementDay) off() (fen int64, ok bool) {
	return d.paidOut - d.trades.Whole.Net(), d.told && d.traded
}

func (d *statementDay) key() string { return fmt.Sprintf("%d %s", d.day, d.channel) }

// lookBack bounds how many days before the last one are missed on the page; channels give no more (WeChat Pay v3: three months).
const lookBack = 100

// statementDays lists what is known of statements, the newest day first, with a row for each day between the first and the last of a
// channel of which there is none. missed are the days of which the list of exceptions says so; board is what is done now.
func statementDays(all []ledger.Statement, missed []ledger.StatementKey, board map[ledger.Channel]ledger.Statements) (days []statementDay) {
	known := make(map[ledger.StatementKey]ledger.Statement, len(all))
	for _, st := range all {
		known[st.StatementKey] = st
	}
	for _, channel := range ledger.Channels {
		has, own := map[ledger.Day]bool{}, map[ledger.Day]bool{} // of the latter the channel has given a statement, or is asked for one
		for _, st := range all {
			is := st.Channel == channel && st.Kind == ledger.StatementTrades
			has[st.Day] = has[st.Day] || is
			own[st.Day] = own[st.Day] || is && st.Source == ledger.SourceFetched
		}
		for _, key := range missed {
			has[key.Day] = has[key.Day] || key.Channel == channel
			own[key.Day] = own[key.Day] || key.Channel == channel
		}
		if now, ok := board[channel]; ok && now.Day != 0 {
			has[now.Day], own[now.Day] = true, true
		}
		for _, day := range withGaps(has, own) {
			days = append(days, newStatementDay(known, channel, day))
		}
	}
	slices.SortStableFunc(days, func(a, b statementDay) int { return int(b.day) - int(a.day) })
	return days
}

// withGaps gives the days that are there and those that lack between the channel's own: a file that somebody has brought of a day long ago
// makes none.
func withGaps(has, own map[ledger.Day]bool) (days []ledger.Day) {
	var first, last ledger.Day
	for day, is := range has {
		if is {
			days = append(days, day)
		}
		if own[day] {
			if last = max(last, day); first == 0 || day < first {
				first = day
			}
		}
	}
	if last == 0 {
		return days
	}
	for day := max(first, last.Plus(-lookBack)); day < last; day = day.Plus(1) {
		if !has[day] {
			days = append(days, day)
		}
	}
	return days
}

func newStatementDay(known map[ledger.StatementKey]ledger.Statement, channel ledger.Channel, day ledger.Day) statementDay {
	d := statementDay{channel: channel, day: day, paid: ledger.StatementKey{Channel: channel, Day: day.Plus(1), Kind: ledger.StatementFunds}}
	d.trades, d.traded = known[ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementTrades}]
	own := known[ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementFunds}]
	d.differs = d.trades.Differing() + own.Differing()
	var next ledger.Statement
	next, d.told = known[d.paid]
	d.paidOut = next.Funds.PaidOut
	return d
}

// keys are the statements that the day's differences belong to.
func (d *statementDay) keys() []ledger.StatementKey {
	return []ledger.StatementKey{{Channel: d.channel, Day: d.day, Kind: ledger.StatementTrades}, {Channel: d.channel, Day: d.day, Kind: ledger.StatementFunds}}
}

// seesStatements tells whether somebody may see what channels owe and have paid out.
func seesStatements(actor ledger.Actor) error {
	if actor.May(ledger.RightStatement) == nil {
		return nil
	}
	return actor.May(ledger.RightReport)
}

// readStatements looks at what is known of statements.
func readStatements(book *ledger.Book) (all []ledger.Statement, missed []ledger.StatementKey) {
	book.Read(func(s *ledger.State) {
		all = s.Statements()
		for i := range s.Exceptions {
			if x := &s.Exceptions[i]; x.Note == ledger.NoteStatementMissing {
				missed = append(missed, x.From)
			}
		}
	})
	return all, missed
}

// statementsScreen is the money by channel and day as the channels' statements have it, live.
type statementsScreen struct {
	all     []ledger.Statement
	missed  []ledger.StatementKey
	days    []statementDay
	read    bool
	head    uint64
	reading bool
	pick    picked
}

// statementsMsg brings what is known of statements.
type statementsMsg struct {
	of     *statementsScreen
	head   uint64
	all    []ledger.Statement
	missed []ledger.StatementKey
}

func (a *App) openStatements() tea.Cmd {
	if err := seesStatements(a.actor); err != nil {
		a.say(a.noteOf(err))
		return nil
	}
	s := &statementsScreen{}
	a.push(s)
	return s.load(a)
}

func (*statementsScreen) place() place             { return atStatements }
func (*statementsScreen) leave()                   {}
func (*statementsScreen) typed(*App, rune) tea.Cmd { return nil }

func (s *statementsScreen) next(a *App) string {
	if len(s.days) == 0 {
		return a.words.Statement.NextEmpty
	}
	return a.words.Statement.Next
}

func (s *statementsScreen) load(a *App) tea.Cmd {
	s.reading = true
	msg, book := statementsMsg{of: s, head: a.scene.head}, a.book
	return func() tea.Msg {
		msg.all, msg.missed = readStatements(book)
		return msg
	}
}

// hear takes what was read, and reads again when the ledger has grown. The board moves by itself.
func (s *statementsScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(statementsMsg); ok && msg.of == s {
		s.reading, s.read, s.head, s.all, s.missed = false, true, msg.head, msg.all, msg.missed
	}
	s.sort(a)
	if s.reading || s.head >= a.scene.head {
		return nil
	}
	return s.load(a)
}

func (s *statementsScreen) sort(a *App) {
	s.days = statementDays(s.all, s.missed, a.scene.board.Statements)
	s.pick.keep(s.keys())
}

func (s *statementsScreen) keys() []string {
	keys := make([]string, len(s.days))
	for i := range s.days {
		keys[i] = s.days[i].key()
	}
	return keys
}

func (s *statementsScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actExceptions:
		return a.openExceptions()
	case do != actEnter:
		s.pick.move(do, a.page(), s.keys())
	case int(s.pick.at) < len(s.days):
		return a.openDiffers(s.days[s.pick.at])
	}
	return nil
}

func (s *statementsScreen) draw(a *App, width, height int) []string {
	w := &a.words.Statement
	rows := []string{a.palette.bold.Render(cut(a.put(w.Title, "n", strconv.Itoa(count(s.days))), width))}
	switch {
	case !s.read:
		return []string{a.words.DayLoading}
	case len(s.days) == 0:
		return append(append(rows, ""), wrap(w.Empty, width, 3)...)
	}
	foot := append(s.chosen(a, width), flow(a.statementSums(s.days), " · ", width, 3)...)
	shown := columnsFor(width)
	rows = append(rows, a.palette.faint.Render(cut("  "+a.statementHead(shown), width)))
	from, to, more := s.pick.at.window(a, len(s.days), height-len(rows)-len(foot), true)
	for i := from; i < to; i++ {
		rows = append(rows, a.chosen(i == int(s.pick.at), a.statementLine(&s.days[i], shown), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return append(fit(rows, height-len(foot)), foot...)
}

// chosen tells all of the chosen row, of which a narrow window has not every column.
func (s *statementsScreen) chosen(a *App, width int) []string {
	if int(s.pick.at) >= len(s.days) {
		return nil
	}
	return fit(flow(a.statementFacts(&s.days[s.pick.at]), " · ", width, chosenRows), chosenRows)
}

// chosenRows are kept for the facts of the chosen row.
const chosenRows = 4

// count is how many of the days have a statement.
func count(days []statementDay) (n int) {
	for i := range days {
		if days[i].traded {
			n++
		}
	}
	return n
}

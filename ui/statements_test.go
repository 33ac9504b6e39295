package ui

import (
	"errors"
	"time"

	"guitai/ledger"
)

// someStatements are those of a week: what agrees, what differs, what is missing, and what was brought by hand.
func someStatements() (all []ledger.Statement) {
	sum := func(gross, back, discounts, fees int64) ledger.StatementSum {
		return ledger.StatementSum{Trades: 40, Returns: 2, Gross: gross, Returned: back, Discounts: discounts, Fees: fees}
	}
	trades := func(channel ledger.Channel, day ledger.Day, whole ledger.StatementSum, change func(*ledger.Statement)) {
		st := ledger.Statement{StatementKey: ledger.StatementKey{Channel: channel, Day: day, Kind: ledger.StatementTrades}, Source: ledger.SourceFetched, Taken: uint64(day),
			Whole: whole, Ours: whole, Rows: 42, Matched: 42, Compared: true, Complete: true}
		if change != nil {
			change(&st)
		}
		all = append(all, st)
	}
	funds := func(day ledger.Day, paidOut int64, differences uint64) {
		all = append(all, ledger.Statement{StatementKey: ledger.StatementKey{Channel: ledger.WeChat, Day: day, Kind: ledger.StatementFunds}, Source: ledger.SourceFetched,
			Funds: ledger.FundsSum{PaidOut: paidOut}, Compared: true, Differences: differences})
	}
	big := sum(1_234_567_89, 23_456_78, 1_234_56, 7_260_12)
	trades(ledger.Alipay, 20260301, sum(4_210_50, 12_50, 100, 25_19), func(st *ledger.Statement) { st.Complete = false })
	trades(ledger.WeChat, 20260301, sum(3_000_00, 0, 0, 18_00), func(st *ledger.Statement) {
		st.Differences, st.Pending, st.Matched, st.Others, st.Complete = 3, 1, 37, 2, false
		st.Ours.Gross -= 300_00
	})
	trades(ledger.WeChat, 20260228, big, nil)
	trades(ledger.Alipay, 20260228, sum(880_00, 0, 0, 5_28), func(st *ledger.Statement) { st.Source = ledger.SourceImported })
	trades(ledger.WeChat, 20260227, sum(0, 0, 0, 0), func(st *ledger.Statement) { st.Rows, st.Matched = 0, 0 })
	trades(ledger.Alipay, 20260226, sum(50_00, 60_00, 0, -6), func(st *ledger.Statement) { st.Compared, st.Complete = false, false })
	funds(20260301, big.Net()-1, 0)
	funds(20260228, 0, 1)
	return all
}

// theStatements is the page of them before a supervisor.
func theStatements(change func(*App, *statementsScreen)) func(*App) {
	return func(a *App) {
		asSupervisor(a)
		a.scene.board.Statements = map[ledger.Channel]ledger.Statements{
			ledger.Alipay: {State: ledger.StatementsGood, Day: 20260301}, ledger.WeChat: {State: ledger.StatementsGood, Day: 20260301},
		}
		s := &statementsScreen{read: true, head: 99, all: someStatements()}
		s.sort(a)
		if change != nil {
			change(a, s)
			s.sort(a)
		}
		a.push(s)
	}
}

// everyDifference has one of each note of a statement.
func everyDifference() (all []difference) {
	from := ledger.StatementKey{Channel: ledger.WeChat, Day: 20260301, Kind: ledger.StatementTrades}
	for why := ledger.NoteStatementPaid; why <= ledger.NoteStatementFunds; why++ {
		d := difference{from: from, open: why%3 != 0}
		d.Why, d.Kind, d.Sale, d.Order, d.ChannelNo, d.At, d.Line, d.Event = why, ledger.RowTrade, "26030100071234", testOrder, "4200002026030112345678", noon.Add(-time.Duration(why)*time.Hour), uint64(why)*1000, uint64(why)
		d.Ours, d.Theirs = ledger.Fen(1250), ledger.Fen(1240)
		switch why {
		case ledger.NoteStatementUnknown:
			d.Sale, d.Order, d.Ours = "", "WEBSHOP-0001 \x1b[31m", ledger.Money{}
		case ledger.NoteStatementLacks:
			d.Line, d.Theirs = 0, ledger.Money{}
		case ledger.NoteStatementCurrency:
			d.Theirs.Currency = "USD"
		case ledger.NoteStatementFunds:
			d.Sale, d.Order, d.ChannelNo, d.Line, d.At = "", "", "", 0, time.Time{}
		}
		all = append(all, d)
	}
	return all
}

func theDifferences(change func(*differsScreen)) func(*App) {
	return func(a *App) {
		theStatements(nil)(a)
		list := a.top().(*statementsScreen)
		s := &differsScreen{read: true, head: 99, all: everyDifference(), day: list.days[1]}
		if change != nil {
			change(s)
		}
		a.push(s)
	}
}

// statedEntries are exceptions that statements have brought, one of each note, the newest first.
func statedEntries() *exceptionsScreen {
	l := &exceptionsScreen{read: true, head: 99}
	for note := ledger.NoteStatementMany; note >= ledger.NoteStatementPaid; note-- {
		e := entry{Exception: ledger.Exception{ID: uint64(note), Note: note, At: noon.Add(-time.Duration(note) * time.Minute),
			From: ledger.StatementKey{Channel: ledger.WeChat, Day: 20260301, Kind: ledger.StatementTrades}}}
		if note <= ledger.NoteStatementTooMuch {
			e.row = everyDifference()[note-ledger.NoteStatementPaid].Difference
			e.Sale, e.Order, e.Named = e.row.Sale, e.row.Order, e.row.Theirs
		}
		if e.Sale != "" {
			e.sale = saleOf(attemptIn(ledger.Paid))
		}
		l.entries = append(l.entries, e)
	}
	return l
}

// opened is one of them in full.
func opened(note ledger.Note, set func(*App, *entryScreen)) func(*App) {
	return func(a *App) {
		asSupervisor(a)
		l := statedEntries()
		x := &entryScreen{list: l, entry: *l.find(uint64(note))}
		if set != nil {
			set(a, x)
		}
		a.push(x)
	}
}

// matchedStory is the story of a sale that statements have.
func matchedStory(source ledger.StatementSource) func(*App) {
	return func(a *App) {
		t := aStory()
		paid := &t.sale.Attempts[1]
		t.events = t.events[10:]
		t.sale.Join([]ledger.StatementMatch{
			{Number: string(paid.Order), Kind: ledger.RowTrade, Source: source, Day: 20260302, Amount: 1250, Fee: 8, Discount: 100, Booked: 20260302},
			{Number: string(paid.Refunds[0].Number), Kind: ledger.RowRefund, Source: source, Day: 20260303, Amount: 250, Fee: 2, How: ledger.MatchedStarted},
		})
		a.push(t)
	}
}

func statementPictures() []picture {
	at := func(key string) func(*App, *statementsScreen) {
		return func(_ *App, s *statementsScreen) { s.pick.key = key }
	}
	doing := func(state ledger.StatementsState, day ledger.Day) func(*App, *statementsScreen) {
		return func(a *App, _ *statementsScreen) {
			a.scene.board.Statements[ledger.WeChat] = ledger.Statements{State: state, Day: day}
		}
	}
	pics := []picture{
		{"statements", theStatements(nil)},
		{"statements, large amounts", theStatements(at("20260228 wechat"))},
		{"statements, a missing day", theStatements(at("20260227 alipay"))},
		{"statements, one that was brought", theStatements(at("20260228 alipay"))},
		{"statements, reading", theStatements(func(_ *App, s *statementsScreen) { s.read = false })},
		{"statements, none", theStatements(func(a *App, s *statementsScreen) { s.all = nil; clear(a.scene.board.Statements) })},
		{"statements, of three months", theStatements(func(_ *App, s *statementsScreen) {
			s.all, s.pick.key = append(s.all, ledger.Statement{Source: ledger.SourceFetched,
				StatementKey: ledger.StatementKey{Channel: ledger.WeChat, Day: 20251201, Kind: ledger.StatementTrades}}), "20260103 wechat"
		})},
		{"statements, not for cashiers", func(a *App) {
			atRealTill(a, "王小明", fourPeople)
			a.say(a.noteOf(seesStatements(a.actor)))
		}},
		{"what differs", theDifferences(nil)},
		{"what differs, further down", theDifferences(func(s *differsScreen) { s.pick.at = 19 })},
		{"what differs, about no sale", func(a *App) {
			theDifferences(func(s *differsScreen) { s.pick.at = 1 })(a)
			a.say(note{sentence: a.words.Statement.NoStory})
		}},
		{"what differs, nothing", theDifferences(func(s *differsScreen) { s.all, s.day.differs = nil, 0 })},
		{"what differs, no statement", theDifferences(func(s *differsScreen) { s.all, s.day = nil, newStatementDay(nil, ledger.Alipay, 20260227) })},
		{"what differs, reading", theDifferences(func(s *differsScreen) { s.read = false })},
		{"what differs, failed", theDifferences(func(s *differsScreen) { s.err = errors.New("event 8 \x1b[31mred") })},
		{"exceptions of statements", func(a *App) { asSupervisor(a); a.push(statedEntries()) }},
		{"exceptions of statements, before a cashier", func(a *App) { a.push(statedEntries()) }},
		{"an exception of a statement", opened(ledger.NoteStatementAmount, nil)},
		{"an exception of a statement, no sale", opened(ledger.NoteStatementUnknown, nil)},
		{"an exception of a statement, no row", opened(ledger.NoteStatementMissing, nil)},
		{"an exception of a statement, asking", opened(ledger.NoteStatementUnknown, func(a *App, x *entryScreen) {
			x.step, x.note = entryAsk, "the web shop's"
		})},
		{"a day with exceptions of statements", func(a *App) {
			asSupervisor(a)
			aBusyDay(func(d *dayScreen) {
				list := statedEntries()
				d.open = []entry{list.entries[1], *list.find(uint64(ledger.NoteStatementAmount)), *list.find(uint64(ledger.NoteStatementUnknown))}
				d.rows[0].Confirmed, d.rows[5].Confirmed = ledger.SourceFetched, ledger.SourceImported
			})(a)
			a.scene.warnings, a.scene.warning = 3, warning{id: uint64(ledger.NoteStatementMissing), note: ledger.NoteStatementMissing, owner: ledger.RoleSupervisor,
				from: ledger.StatementKey{Channel: ledger.WeChat, Day: 20260301, Kind: ledger.StatementTrades}}
			a.scene.missed = map[ledger.Channel]ledger.Day{ledger.WeChat: 20260301}
		}},
		{"the story of a sale in a statement", matchedStory(ledger.SourceFetched)},
		{"the story of a sale in a statement that was brought", matchedStory(ledger.SourceImported)},
		{"a sale found in a statement that was brought", withSale(func(at *ledger.Attempt) { at.Confirmed = ledger.SourceImported }, ledger.Paid)},
	}
	for _, state := range []ledger.StatementsState{ledger.StatementsFetching, ledger.StatementsComparing, ledger.StatementsAwaited, ledger.StatementsRefused, ledger.StatementsFault} {
		pics = append(pics, picture{"statements, " + string(state), theStatements(doing(state, 20260302))})
	}
	return append(pics, picture{"statements, comparing again", theStatements(doing(ledger.StatementsComparing, 20260301))})
}

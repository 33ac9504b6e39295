package ui

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// entry is one of the list of exceptions, with the sale it is about.
type entry struct {
	ledger.Exception
	sale ledger.Sale       // empty where it cannot be read
	row  ledger.Difference // of one that a statement has brought: what it has put down; empty where it cannot be read
}

// stated reports whether a statement has brought the entry.
func (e *entry) stated() bool { return e.From != (ledger.StatementKey{}) }

// read looks up what a statement's entry is about on this side.
func (e *entry) read(book *ledger.Book) {
	if !e.stated() {
		return
	}
	differs, _ := book.Lookup().DayDifferences(e.From)
	e.found(differs)
}

func (e *entry) found(differs []ledger.Difference) {
	for i := range differs {
		if differs[i].Event == e.ID && differs[i].Why == e.Note {
			e.row = differs[i]
		}
	}
}

func (e *entry) attempt() *ledger.Attempt { return e.sale.Attempt(e.Order) }

// amount is what the entry is about: a refund, or a payment.
func (e *entry) amount() ledger.Money {
	if e.Refund == "" && e.sale.ID != "" {
		return e.sale.Amount
	}
	return e.Named
}

// hand is how much a person can have given back by hand.
func (e *entry) hand() ledger.Money {
	if e.stated() { // its word is about no money: that is given back under the sale's own entry, or with the refund form
		return ledger.Money{}
	}
	return ledger.HandAmount(&e.Exception, e.attempt())
}

// goes reports whether the till is giving the money back by itself.
func (e *entry) goes() bool {
	at := e.attempt()
	return at != nil && e.Refund == "" && at.State == ledger.Orphan && at.Returning()
}

// late reports whether somebody can give the money back with the refund form.
func (e *entry) late() bool {
	at := e.attempt()
	if at == nil || at.Left() <= 0 || abnormalOf(at) > 0 || e.Note == ledger.NoteStatementRefundOpen { // the statement says that it has gone back
		return false
	}
	if r := at.Refund(e.Refund); r != nil {
		return r.State == ledger.RefundFailed && at.Left() >= r.Amount.Fen
	}
	return at.State == ledger.Orphan && !at.Returning()
}

// byHand reports whether a person can have given the money back by hand (Resolution.Returned).
func (e *entry) byHand() bool {
	at := e.attempt()
	if at == nil || e.goes() || e.stated() {
		return false
	}
	if r := at.Refund(e.Refund); r != nil {
		return r.State == ledger.RefundAbnormal || r.State == ledger.RefundFailed
	}
	return at.State == ledger.Orphan && at.Left() > 0
}

// readEntries reads the list, newest first. It may wait for the disk.
func readEntries(ctx context.Context, book *ledger.Book) (entries []entry, err error) {
	book.Read(func(s *ledger.State) {
		for i := len(s.Exceptions) - 1; i >= 0; i-- {
			entries = append(entries, entry{Exception: s.Exceptions[i]})
		}
	})
	differs := map[ledger.StatementKey][]ledger.Difference{}
	for i := range entries {
		if from := entries[i].From; entries[i].stated() {
			if _, read := differs[from]; !read {
				differs[from], _ = book.Lookup().DayDifferences(from)
			}
			entries[i].found(differs[from])
		}
		if keyOf(&entries[i].Exception) == "" {
			continue
		}
		sale, ok, failed := saleOfOrder(ctx, book, keyOf(&entries[i].Exception))
		if failed != nil {
			err = failed
		} else if ok {
			entries[i].sale = sale
		}
	}
	return entries, err
}

// entriesMsg brings the list.
type entriesMsg struct {
	head    uint64
	entries []entry
	err     error
}

// exceptionsScreen is the list of what the till cannot settle by itself, live.
type exceptionsScreen struct {
	entries []entry
	err     error
	read    bool
	head    uint64
	reading bool
	pick    picked
}

func (a *App) openExceptions() tea.Cmd {
	l := &exceptionsScreen{}
	a.push(l)
	return l.load(a)
}

func (*exceptionsScreen) place() place             { return atExceptions }
func (*exceptionsScreen) leave()                   {}
func (*exceptionsScreen) typed(*App, rune) tea.Cmd { return nil }

func (l *exceptionsScreen) load(a *App) tea.Cmd {
	l.reading = true
	book, ctx, head := a.book, a.feed.ctx, a.scene.head
	return func() tea.Msg {
		msg := entriesMsg{head: head}
		msg.entries, msg.err = readEntries(ctx, book)
		return msg
	}
}

func (l *exceptionsScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(entriesMsg); ok {
		l.reading, l.read = false, true
		l.head, l.entries, l.err = msg.head, msg.entries, msg.err
		l.pick.keep(l.keys())
	}
	if l.reading || l.head >= a.scene.head {
		return nil
	}
	return l.load(a)
}

func (l *exceptionsScreen) keys() []string {
	keys := make([]string, len(l.entries))
	for i := range l.entries {
		keys[i] = strconv.FormatUint(l.entries[i].ID, 10)
	}
	return keys
}

// find gives an entry by its number, or nil.
func (l *exceptionsScreen) find(id uint64) *entry {
	at := slices.IndexFunc(l.entries, func(e entry) bool { return e.ID == id })
	if at < 0 {
		return nil
	}
	return &l.entries[at]
}

func (l *exceptionsScreen) act(a *App, do action) tea.Cmd {
	if do != actEnter {
		l.pick.move(do, max(a.page()/entryRows, 1), l.keys())
	} else if int(l.pick.at) < len(l.entries) {
		a.push(&entryScreen{list: l, entry: l.entries[l.pick.at]})
	}
	return nil
}

func (l *exceptionsScreen) next(a *App) string {
	if len(l.entries) == 0 {
		return a.words.Exception.NextEmpty
	}
	return a.words.Exception.Next
}

// entryRows is how many rows an entry takes: who and how much, what has happened, what comes next.
const entryRows = 3

func (l *exceptionsScreen) draw(a *App, width, height int) []string {
	w := &a.words.Exception
	rows := []string{a.palette.bold.Render(a.put(w.Title, "n", strconv.Itoa(len(l.entries))))}
	switch {
	case l.err != nil && len(l.entries) == 0:
		return append(rows, "", cut(a.put(w.Failed, "text", clean(l.err.Error(), width)), width))
	case !l.read:
		return []string{a.words.DayLoading}
	case len(l.entries) == 0:
		return append(rows, "", w.Empty)
	}
	room := max((height-len(rows)-1)/entryRows, 1)
	if len(l.entries)*entryRows > height-len(rows) {
		room++ // window keeps one for its own row
	}
	from, to, more := l.pick.at.window(a, len(l.entries), room, true)
	for i := from; i < to; i++ {
		e := &l.entries[i]
		rows = append(rows, a.chosen(i == int(l.pick.at), a.entryLine(e), width),
			cut("    "+a.words.Exception.Wrong[e.Note], width), cut("    → "+a.entryStep(e), width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// entryLine says how old an entry is, who has to act, and which sale and amount it is about.
func (a *App) entryLine(e *entry) string {
	if e.stated() {
		return a.statedLine(e)
	}
	return a.put(a.words.Exception.Line, "time", a.ago(e.At), "owner", a.words.Exception.Owners[e.Owner()],
		"tail", cleanCode(e.Sale.Tail(), 4), "amount", e.amount().String())
}

// statedLine is entryLine for one that a statement has brought: whose statement of which day, which sale where there is one, and what
// each side has. What a channel owes for a day is for those who may see it.
func (a *App) statedLine(e *entry) string {
	w := &a.words.Statement
	parts := []string{a.put(w.Entry, "time", a.ago(e.At), "owner", a.words.Exception.Owners[e.Owner()],
		"channel", a.words.Channels[e.From.Channel], "date", monthDay(e.From.Day))}
	if e.Sale != "" {
		parts = append(parts, "…"+cleanCode(e.Sale.Tail(), 4))
	}
	if e.Note != ledger.NoteStatementFunds || seesStatements(a.actor) == nil {
		parts = append(parts, a.bothSides(e.row.Ours, e.Named)...)
	}
	if e.Sale == "" && e.Order != "" {
		parts = append(parts, cleanCode(string(e.Order), 32))
	}
	return strings.Join(parts, " · ")
}

// statedFacts says where in a statement an entry's row is, and its numbers; empty where it is about no row and no payment.
func (a *App) statedFacts(e *entry) string {
	w := &a.words.Statement
	if !e.stated() || e.row.Order == "" && e.row.ChannelNo == "" {
		return ""
	}
	parts := []string{w.NoLine}
	if e.row.Line > 0 {
		parts[0] = a.put(w.Line, "n", strconv.FormatUint(e.row.Line, 10))
	}
	if !e.row.At.IsZero() {
		parts = append(parts, a.book.Calendar().In(e.row.At).Format(time.DateTime))
	}
	if number := cmp.Or(string(e.row.Refund), string(e.row.Order)); number != "" {
		parts = append(parts, a.put(a.words.Order, "order", cleanCode(number, 40)))
	}
	if e.row.ChannelNo != "" {
		parts = append(parts, a.put(a.words.ChannelNo, "number", cleanCode(e.row.ChannelNo, 40)))
	}
	return strings.Join(parts, " · ")
}

// entryStep says what comes next.
func (a *App) entryStep(e *entry) string {
	w := &a.words.Exception
	switch late := e.Note == ledger.NoteLateMoney || e.Note == ledger.NoteSecondPayment; {
	case late && e.goes():
		return w.Returning
	case late && e.late():
		return a.fill(w.Above)
	}
	return w.Steps[e.Note]
}

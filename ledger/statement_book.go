package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// This file is the Book's side of statements: what the worker that fetches them does, and a supervisor who brings a file.

// statementRows is how many rows of a statement share one event.
const statementRows = 500

// askedMost bounds how many orders one comparison has the channel asked about; the others are asked about by the next one.
const askedMost = 50

// TakeStatement puts down that a file was read from end to end and is kept. The same file again changes nothing. Refusals: NOT-ALLOWED,
// and STATE-FORBIDDEN for a file that somebody has brought where the channel's own is known.
func (b *Book) TakeStatement(ctx context.Context, actor Actor, taken StatementTaken) error {
	return b.intend(ctx, actor, RightStatement, func(s *State, _ time.Time) (plan, error) {
		var p plan
		known, ok := s.Statement(taken.Key)
		switch {
		case ok && known.Source > taken.Source:
			return p, Refuse(ReasonStateForbidden)
		case !ok || known.Source != taken.Source || known.Hash != taken.Hash || known.File != taken.File:
			p.add(&taken, Task{})
		}
		return p, nil
	})
}

// CompareFunds compares a channel's statement of the balance with that of trades, when both are there: what the day's trades have moved
// is what they come to. A statement of the balance that somebody has brought is compared with one that was fetched, too. Money that moves
// the balance a second after midnight stands on two days, whose differences take each other away.
func (b *Book) CompareFunds(ctx context.Context, actor Actor, channel Channel, day Day) error {
	return b.intend(ctx, actor, RightStatement, func(s *State, _ time.Time) (plan, error) {
		var p plan
		for days := -1; days <= 1; days++ {
			s.compareFunds(&p, channel, day.Plus(days))
		}
		return p, nil
	})
}

// offBy is by how much the balance of a day has moved otherwise than its trades; ok is false when one of the two is not there.
func (s *State) offBy(channel Channel, day Day) (fen int64, ok bool) {
	trades, traded := s.Statement(StatementKey{channel, day, StatementTrades})
	funds, moved := s.Statement(StatementKey{channel, day, StatementFunds})
	return funds.Funds.Net() - trades.Whole.Net(), traded && moved
}

func (s *State) compareFunds(p *plan, channel Channel, day Day) {
	key := StatementKey{channel, day, StatementFunds}
	off, ok := s.offBy(channel, day)
	if !ok {
		return
	}
	for _, days := range []int{-1, 1} {
		if beside, known := s.offBy(channel, day.Plus(days)); known && beside == -off {
			off = 0
		}
	}
	trades, _ := s.Statement(StatementKey{channel, day, StatementTrades})
	funds, _ := s.Statement(key)
	compared := StatementCompared{Key: key, Complete: true}
	if off != 0 {
		compared.Differences = 1
		if funds.Differences == 0 {
			p.add(&StatementDiffered{Key: key, Source: funds.Source, Difference: Difference{Why: NoteStatementFunds,
				Ours: Money{trades.Whole.Net(), CNY}, Theirs: Money{funds.Funds.Net(), CNY}}}, Task{})
		}
	}
	if !funds.Compared || funds.Differences != compared.Differences {
		p.add(&compared, Task{})
	}
}

// FirstDay is the business day of the ledger's first event; 0 while there is none.
func (b *Book) FirstDay() (day Day, err error) {
	err = b.store.Read(1, func(_ uint64, stored []byte) error {
		event, err := DecodeEvent(stored)
		if err != nil {
			return err
		}
		day = event.Day
		return errSeen
	})
	if errors.Is(err, errSeen) {
		err = nil
	}
	return day, err
}

// MissStatement puts on the list that a channel has given no statement of a day on which it has taken money.
func (b *Book) MissStatement(ctx context.Context, key StatementKey) error {
	if err := b.applied(ctx); err != nil {
		return err
	}
	down, err := b.store.DayDifferences(key) // somebody may have settled it
	if err != nil {
		return err
	}
	return b.commit(ctx, Till, func(s *State, _ time.Time) (plan, error) {
		var p plan
		if _, ok := s.Statement(key); !ok && !slices.ContainsFunc(s.Exceptions, func(x Exception) bool { return x.From == key }) &&
			!slices.ContainsFunc(down, func(d Difference) bool { return d.Why == NoteStatementMissing }) {
			p.add(&StatementDiffered{Key: key, Source: SourceFetched, Difference: Difference{Why: NoteStatementMissing}}, Task{})
		}
		return p, nil
	})
}

// Rows gives the rows of a statement, one after the other, until each returns an error or the end.
type Rows func(each func(StatementRow) error) error

// CompareStatement compares the rows of a statement that was taken with the ledger: what agrees is confirmed, what does not is put on the
// list of exceptions, and about money that belongs to a sale here and that the till does not have the channel is asked. A file that
// somebody has brought only compares: nothing is asked because of it. Comparing again changes nothing but what has become known since.
// rate is the fee that the shop has agreed on, in millionths, or -1.
func (b *Book) CompareStatement(ctx context.Context, actor Actor, key StatementKey, rate int64, rows Rows) error {
	if err := b.mayNow(actor, RightStatement); err != nil {
		return err
	}
	b.matching.Lock()
	defer b.matching.Unlock()
	w := comparing{book: b, actor: actor, put: map[string]bool{}, unreversed: map[OrderNo]bool{}}
	if err := w.begin(key, rate); err != nil {
		return err
	}
	err := rows(func(row StatementRow) error {
		if w.rows = append(w.rows, row); len(w.rows) < statementRows {
			return ctx.Err()
		}
		return w.flush(ctx)
	})
	if err == nil {
		err = w.flush(ctx)
	}
	if err == nil {
		err = w.end(ctx)
	}
	return err
}

// comparing is one comparison under way.
type comparing struct {
	comparison
	book       *Book
	actor      Actor
	rows       []StatementRow
	put        map[string]bool // differences that are down already
	unreversed map[OrderNo]bool
	doubts     []Difference // about which the channel is asked when all is compared
	tally      StatementCompared
}

func (w *comparing) begin(key StatementKey, rate int64) error {
	w.comparison = comparison{key: key, rate: rate, seen: map[string]uint64{}}
	w.tally.Key = key
	known := false
	w.book.Read(func(s *State) {
		var st Statement
		st, known = s.Statement(key)
		w.source, w.taken, w.till = st.Source, st.Taken, s.Till
	})
	if !known {
		return RefuseBecause(ReasonStateForbidden, fmt.Errorf("the statement of %s, %s was not taken", key.Channel, key.Day))
	}
	down, err := w.book.store.DayDifferences(key)
	for i := range down {
		w.put[down[i].Place()] = true
	}
	return err
}

// applied waits until the store can be asked about everything that is durable.
func (b *Book) applied(ctx context.Context) error {
	var head uint64
	b.Read(func(s *State) { head = s.Head.Seq })
	return b.store.WaitApplied(ctx, head)
}

// flush compares what was gathered. If power fails before its append, nothing of it is known, and the next comparison finds it again.
func (w *comparing) flush(ctx context.Context) error {
	if len(w.rows) == 0 {
		return nil
	}
	if err := w.book.applied(ctx); err != nil {
		return err
	}
	orders := make([]OrderNo, len(w.rows))
	for i := range w.rows {
		orders[i] = w.rows[i].Order
	}
	sales, err := w.book.store.SalesOf(orders)
	if err != nil {
		return err
	}
	seen := make(map[OrderNo]*Sale, len(orders)) // so that a row knows what the rows before it have confirmed
	matched := StatementMatched{Key: w.key, Source: w.source}
	var differs []Difference
	for i := range w.rows {
		row := &w.rows[i]
		sale := sales[i]
		if known, ok := seen[row.Order]; ok {
			sale = known
		}
		seen[row.Order] = sale
		v := w.row(row, sale)
		if v.match != nil && !v.down {
			matched.Rows = append(matched.Rows, *v.match)
			sale.Join(append(sale.Matches, *v.match))
		}
		differs = append(differs, w.weigh(row, sale, &v)...)
	}
	w.rows = w.rows[:0]
	return w.write(ctx, matched, differs)
}

// weigh counts a verdict, and gives what of it is not down yet.
func (w *comparing) weigh(row *StatementRow, sale *Sale, v *verdict) (fresh []Difference) {
	if v.other {
		w.tally.Others++
	}
	if v.wait {
		w.tally.Pending++
	}
	if sale != nil && v.match != nil {
		w.watchReversal(sale.Attempt(row.Order), sale, v.match)
	}
	for _, d := range v.differs {
		w.tally.Differences++
		if v.want != wantNothing && w.source == SourceFetched {
			w.tally.Pending++
			w.doubts = append(w.doubts, d)
		}
		if !w.put[d.Place()] {
			w.put[d.Place()] = true
			fresh = append(fresh, d)
		}
	}
	return fresh
}

// awaitedMost bounds how many payments of one statement wait for their reversal: more than that have another reason.
const awaitedMost = 5000

// watchReversal: a payment that was taken back here must be taken back in a statement, too, in a row of its own: of this day, or of the
// next.
func (w *comparing) watchReversal(a *Attempt, sale *Sale, m *StatementMatch) {
	switch {
	case a == nil:
	case m.Kind == RowReversal:
		delete(w.unreversed, a.Order)
	case m.Kind == RowTrade && sale.unreversed(a) && len(w.unreversed) < awaitedMost:
		w.unreversed[a.Order] = true
	}
}

// write puts down what a group of rows has come to, in one append.
func (w *comparing) write(ctx context.Context, matched StatementMatched, differs []Difference) error {
	for len(matched.Rows) > 0 || len(differs) > 0 {
		some := differs[:min(len(differs), groupMax)]
		err := w.book.intend(ctx, w.actor, RightStatement, func(s *State, _ time.Time) (plan, error) {
			var p plan
			if st, ok := s.Statement(w.key); !ok || st.Taken != w.taken {
				return p, RefuseBecause(ReasonStateForbidden, errors.New("another file has taken this one's place"))
			}
			if len(matched.Rows) > 0 {
				s.unheld(matched.Rows)
				p.add(&matched, Task{})
			}
			for i := range some {
				p.add(&StatementDiffered{Key: w.key, Source: w.source, Difference: some[i]}, Task{})
			}
			return p, nil
		})
		if err != nil {
			return err
		}
		Failpoint("statement: rows written")
		matched.Rows, differs = nil, differs[len(some):]
	}
	return nil
}

// unheld takes the purse from rows of payments that have gone back since they were compared: such a sale is in the working set.
func (s *State) unheld(rows []StatementMatch) {
	for i := range rows {
		if m := &rows[i]; m.Kind == RowTrade && m.How != MatchedNobodys {
			if _, a := s.Attempt(OrderNo(m.Number)); a != nil && a.holds() == "" {
				m.Booked = 0
			}
		}
	}
}

// end writes that all is compared, has the channel asked, and looks at the ledger's side of the days that can be judged now.
func (w *comparing) end(ctx context.Context) error {
	w.tally.Awaited = slices.Sorted(maps.Keys(w.unreversed))
	if err := w.book.compared(ctx, w.actor, w.tally); err != nil {
		return err
	}
	Failpoint("statement: compared")
	w.book.doubtAll(ctx, w.doubts)
	var open []StatementKey
	w.book.Read(func(s *State) {
		for _, st := range s.Statements() {
			if st.Channel == w.key.Channel && st.Kind == w.key.Kind && st.Compared && !st.Complete {
				open = append(open, st.StatementKey)
			}
		}
	})
	for _, key := range slices.Backward(open) { // the oldest first
		if err := w.book.completeStatement(ctx, w.actor, key); err != nil {
			return err
		}
	}
	return nil
}

// doubtEvery is how long an order is not asked about again because of a statement.
const doubtEvery = 24 * time.Hour

// doubtAll has the channel asked about some orders: those that were not asked about for longest. The caller holds b.matching.
func (b *Book) doubtAll(ctx context.Context, doubts []Difference) {
	asked := 0
	for _, d := range doubts {
		if at, ok := b.doubted[d.number()]; ok && time.Since(at) < doubtEvery || asked == askedMost {
			continue
		}
		if asked++; b.doubted == nil {
			b.doubted = map[string]time.Time{}
		}
		b.doubted[d.number()] = time.Now()
		if err := b.doubt(ctx, d); err != nil {
			b.cfg.Log.Warn("asking about a row of a statement", "order", d.Order, "cause", err)
		}
	}
	maps.DeleteFunc(b.doubted, func(_ string, at time.Time) bool { return time.Since(at) > 2*doubtEvery })
}

// compared writes the end of a comparison, where it says anything new.
func (b *Book) compared(ctx context.Context, actor Actor, tally StatementCompared) error {
	return b.intend(ctx, actor, RightStatement, func(s *State, _ time.Time) (plan, error) {
		var p plan
		st, ok := s.Statement(tally.Key)
		if !ok {
			return p, Refuse(ReasonStateForbidden)
		}
		if st.Complete {
			tally.Complete, tally.Missing = true, st.Missing
		}
		if !st.Compared || st.Others != tally.Others || st.Differences != tally.Differences || st.Pending != tally.Pending || st.Complete != tally.Complete || st.Missing != tally.Missing ||
			!slices.Equal(st.Awaited, tally.Awaited) {
			p.add(&tally, Task{})
		}
		return p, nil
	})
}

// doubt has the channel asked about an order, or a refund, of which its statement tells something else. What is under way is asked about
// anyhow.
func (b *Book) doubt(ctx context.Context, d Difference) error {
	return b.onSale(ctx, witness{Actor: Till}, d.Order, func(s *State, _ time.Time, _ *Sale, a *Attempt) (plan, error) {
		var p plan
		if a == nil {
			return p, Refuse(ReasonUnknownOrder)
		}
		answer := Answer{Order: a.Order, Request: RequestStatement, Class: ClassUnknown, Began: s.Head.Seq}
		if d.Refund != "" {
			if r := a.Refund(d.Refund); r != nil && r.Task == TaskNone && !r.State.Final() {
				answer.Refund = r.Number
				p.add(&RefundAnswered{Answer: answer, Became: r.State}, Task{TaskRefundQuery, a.Order, r.Number})
			}
			return p, nil
		}
		if a.over() && a.Task == TaskNone {
			p.add(&AttemptAnswered{Answer: answer, Became: a.State}, Task{Kind: TaskQuery, Order: a.Order})
		}
		return p, nil
	})
}

// completeStatement looks for money that the ledger has of a channel's day and no statement has, once the statements of the days around
// are compared: a payment near midnight, and a refund that was started earlier, stand on one of them.
func (b *Book) completeStatement(ctx context.Context, actor Actor, key StatementKey) error {
	c := comparison{key: key, rate: -1}
	var st Statement
	ready := false
	b.Read(func(s *State) {
		known := false
		st, known = s.Statement(key)
		ready = known && st.Compared && !st.Complete && s.around(key)
		c.source, c.taken, c.till = st.Source, st.Taken, s.Till
	})
	if !ready {
		return nil
	}
	missing, err := b.lacking(ctx, &c)
	if err != nil {
		return err
	}
	unreversed, err := b.unreversed(st.Awaited)
	if err != nil {
		return err
	}
	missing = append(missing, unreversed...)
	inFile, err := b.named(key)
	if err != nil {
		return err
	}
	missing = slices.DeleteFunc(missing, func(d Difference) bool { return inFile[d.number()] })
	down, err := b.store.DayDifferences(key)
	if err != nil {
		return err
	}
	count := uint64(len(missing))
	missing = slices.DeleteFunc(missing, func(d Difference) bool { // of a comparison that was cut short
		return slices.ContainsFunc(down, func(known Difference) bool { return known.Place() == d.Place() })
	})
	w := comparing{book: b, actor: actor, comparison: c}
	if err := w.write(ctx, StatementMatched{Key: key, Source: c.source}, missing); err != nil {
		return err
	}
	err = b.compared(ctx, actor, StatementCompared{Key: key, Others: st.Others, Differences: st.Differences, Pending: st.Pending,
		Complete: true, Missing: count, Awaited: st.Awaited})
	if err == nil && c.source == SourceFetched {
		b.doubtAll(ctx, unreversed)
	}
	return err
}

// named gives the numbers that stand in the statements of a day and of those beside it, and are named there: they are not missing.
func (b *Book) named(key StatementKey) (map[string]bool, error) {
	numbers := map[string]bool{}
	for days := -1; days <= 1; days++ {
		beside := key
		beside.Day = key.Day.Plus(days)
		down, err := b.store.DayDifferences(beside)
		if err != nil {
			return nil, err
		}
		for i := range down {
			if d := &down[i]; d.Line > 0 {
				numbers[d.number()] = true
			}
		}
	}
	return numbers, nil
}

// patience is how many days later a statement is there for which nobody waits for those beside a day any more: they will not come.
const patience = 3

// around reports whether the statements beside a day are compared, or will not come; nothing is missed before the first one.
func (s *State) around(key StatementKey) bool {
	first, last := key.Day, key.Day
	for other, st := range s.statements {
		if other.Channel == key.Channel && other.Kind == key.Kind && st.Compared {
			first, last = min(first, other.Day), max(last, other.Day)
		}
	}
	beside := func(days int) bool {
		other := key
		other.Day = key.Day.Plus(days)
		st := s.statements[other]
		return st != nil && st.Compared
	}
	gap := last > key.Day.Plus(patience)
	return (beside(1) || gap) && (key.Day == first || beside(-1) || gap)
}

// lacking gives what the ledger has that a channel's statements should have by a day, and have not. Business days may be cut at another
// hour than the channels', and money that is known late stands with the sale's own day.
func (b *Book) lacking(ctx context.Context, c *comparison) (missing []Difference, err error) {
	if err := b.applied(ctx); err != nil {
		return nil, err
	}
	days, orders := map[Day]bool{}, []OrderNo{}
	b.Read(func(s *State) {
		for key, st := range s.statements {
			days[key.Day] = days[key.Day] || key.Channel == c.key.Channel && key.Kind == c.key.Kind && st.Compared
		}
		for _, sale := range s.Open() {
			for i := range sale.Attempts {
				orders = append(orders, sale.Attempts[i].Order)
			}
		}
		for i := range s.Exceptions {
			if x := &s.Exceptions[i]; lateNote(x.Note) {
				orders = append(orders, x.Order)
			}
		}
	})
	seen := map[SaleID]bool{}
	add := func(sales []*Sale) {
		for _, sale := range sales {
			if sale != nil && !seen[sale.ID] {
				seen[sale.ID] = true
				missing = append(missing, c.lacking(sale, func(day Day) bool { return days[day] })...)
			}
		}
	}
	for _, look := range []struct {
		day  Day
		last int
	}{{c.key.Day.Plus(-1), b.lateRows()}, {c.key.Day, 0}} { // what is booked later is judged with a later day
		day := look.day
		rows, err := b.store.DayRows(day, look.last)
		if err != nil {
			return nil, err
		}
		var ids []SaleID
		for i := range rows {
			if rows[i].mayLack(c) {
				ids = append(ids, rows[i].Sale)
			}
		}
		refunds, err := b.store.DayRefunds(day)
		if err != nil {
			return nil, err
		}
		for i := range refunds {
			if refunds[i].Channel == c.key.Channel {
				orders = append(orders, refunds[i].Of())
			}
		}
		for some := range slices.Chunk(ids, statementRows) {
			sales, err := b.store.SalesOn(day, some)
			if err != nil {
				return nil, err
			}
			add(sales)
		}
	}
	for some := range slices.Chunk(orders, statementRows) {
		sales, err := b.store.SalesOf(some)
		if err != nil {
			return nil, err
		}
		add(sales)
	}
	slices.SortFunc(missing, func(a, b Difference) int { return a.At.Compare(b.At) })
	return missing, nil
}

// lateRows is how many of a day's last sales may have been paid on the next one by the channel's clock; 0 is all of them, where the
// business day itself reaches into it.
func (b *Book) lateRows() int {
	_, offset := time.Now().In(b.cfg.Calendar.zone()).Zone()
	if _, channels := time.Now().In(Shanghai).Zone(); b.cfg.Calendar.Cut != 0 || offset != channels {
		return 0
	}
	return 1000
}

// unreversed gives those of a statement's payments that were taken back here, and in no statement until the next day's.
func (b *Book) unreversed(awaited []OrderNo) (differs []Difference, err error) {
	sales, err := b.store.SalesOf(awaited)
	if err != nil {
		return nil, err
	}
	for i, sale := range sales {
		if sale == nil {
			continue
		}
		if a := sale.Attempt(awaited[i]); a != nil && sale.unreversed(a) {
			differs = append(differs, Difference{Why: NoteStatementNotReversed, Kind: RowReversal, Sale: sale.ID, Order: a.Order, ChannelNo: a.ChannelNo,
				Ours: a.Amount, At: a.SinceAt})
		}
	}
	return differs, nil
}

// mayLack reports whether a row's sale may have money of a channel that no statement of the same source has confirmed.
func (r *Row) mayLack(c *comparison) bool {
	return r.Late || r.Split || r.Confirmed < c.source && (r.Paid == c.key.Channel || r.Channel == c.key.Channel && r.State == Orphan)
}

package ui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// dayRows is a business day as a list shows it. It is read by a command whenever the ledger has grown, one reading at a
// time. One goroutine (the model's) uses it.
type dayRows struct {
	want    ledger.Day // 0: the running day
	day     ledger.Day // what the rows are of; 0 before they were read
	rows    []ledger.Row
	refunds []ledger.RefundRow
	err     error
	head    uint64 // how far the ledger had grown when they were read
	reading bool
	page    int     // how many of the newest are read first, for a day of which nothing is shown yet; 0: all at once
	begun   bool    // what is here is that page alone: no sum, and no "none", can be said of it
	most    int     // how many open exceptions are read with them
	open    []entry // those, the newest first
}

// dayMsg brings what was read.
type dayMsg struct {
	of   *dayRows
	want ledger.Day
	read dayRows
}

// hears takes what was read, and reads again when there is more, or another day is wanted. fresh tells that the rows are new. Behind
// a first page the whole day is read, and after a page that failed, too: what is wrong is said by that.
func (d *dayRows) hears(a *App, msg tea.Msg) (fresh bool, cmd tea.Cmd) {
	if msg, ok := msg.(dayMsg); ok && msg.of == d {
		d.reading = false
		if fresh = msg.want == d.want; fresh {
			msg.read.most, msg.read.page, msg.read.want = d.most, d.page, d.want
			if *d = msg.read; d.begun {
				d.head = 0
				return d.err == nil, d.load(a)
			}
		} else {
			d.head = 0
		}
	}
	if d.reading || d.head >= a.scene.head {
		return fresh, nil
	}
	return fresh, d.load(a)
}

// load reads the day that is wanted: its newest rows alone where nothing of it is shown, because a person waits for them.
func (d *dayRows) load(a *App) tea.Cmd {
	d.reading = true
	msg := dayMsg{of: d, want: d.want}
	book, head, ctx, most, page := a.book, a.scene.head, a.feed.ctx, d.most, 0
	if d.day == 0 {
		page = d.page
	}
	return func() tea.Msg {
		msg.read = readDay(ctx, book, msg.want, head, page)
		msg.read.open = newestEntries(ctx, book, most)
		return msg
	}
}

// newestEntries reads the newest exceptions that are open. One whose sale cannot be read comes without it.
func newestEntries(ctx context.Context, book *ledger.Book, most int) (entries []entry) {
	book.Read(func(s *ledger.State) {
		for i := len(s.Exceptions) - 1; i >= 0 && len(entries) < most; i-- {
			entries = append(entries, entry{Exception: s.Exceptions[i]})
		}
	})
	for i := range entries {
		entries[i].sale, _, _ = saleOfOrder(ctx, book, entries[i].Order)
		entries[i].read(book)
	}
	return entries
}

// turn goes to another day, not beyond the running one. It gives false for a day that has not begun. The rows of the day before are
// gone at once: none of them stands under another day's date.
func (d *dayRows) turn(a *App, to ledger.Day) (cmd tea.Cmd, ok bool) {
	today := runningDay(a.book)
	if to > today {
		return nil, false
	}
	if d.want = to; to == today {
		d.want = 0
	}
	d.day, d.rows, d.refunds, d.begun = 0, nil, nil, false
	if d.reading { // what is being read is of another day, and is read again when it comes
		return nil, true
	}
	return d.load(a), true
}

// shown is the day that is wanted, whether it is read yet or not.
func (d *dayRows) shown(a *App) ledger.Day {
	if d.want != 0 {
		return d.want
	}
	return runningDay(a.book)
}

// readDay reads a day's rows and refunds as of head, or with a page its last so many rows; want 0 is the running day.
func readDay(ctx context.Context, book *ledger.Book, want ledger.Day, head uint64, page int) (d dayRows) {
	d.day, d.head, d.begun = want, head, page > 0
	if want == 0 {
		d.day = runningDay(book)
	}
	if d.err = waitApplied(ctx, book.Lookup(), head); d.err == nil {
		d.rows, d.err = book.Lookup().DayRows(d.day, page)
	}
	if d.begun = d.begun && (d.err != nil || len(d.rows) == page); d.err == nil && !d.begun { // fewer rows than a page are the day
		d.refunds, d.err = book.Lookup().DayRefunds(d.day)
	}
	return d
}

// runningDay is the business day that the till is in: a clock that runs back reopens none.
func runningDay(book *ledger.Book) (day ledger.Day) {
	today := book.Today()
	book.Read(func(s *ledger.State) { day = max(s.Day, today) })
	return day
}

// waitApplied bounds the wait for the ledger behind the journal: a screen that is a little old beats one that hangs.
func waitApplied(ctx context.Context, lookup ledger.Lookup, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return lookup.WaitApplied(ctx, seq)
}

// shift gives the day so many days later.
func shift(day ledger.Day, days int) ledger.Day {
	n := int(day)
	t := time.Date(n/10000, time.Month(n/100%100), n%100+days, 0, 0, 0, 0, time.UTC)
	return ledger.Day(t.Year()*10000 + int(t.Month())*100 + t.Day())
}

// This is how screens find a sale of the past. All of it may wait for the disk and belongs into commands.

// held gives a copy of a sale of the working set, which is never behind.
func held(book *ledger.Book, find func(*ledger.State) *ledger.Sale) (sale ledger.Sale, ok bool) {
	book.Read(func(s *ledger.State) {
		if found := find(s); found != nil {
			sale, ok = copied(found), true
		}
	})
	return sale, ok
}

// copied gives a copy that shares nothing with the Book.
func copied(sale *ledger.Sale) ledger.Sale {
	own := *sale
	own.Attempts, own.Tenders = slices.Clone(sale.Attempts), slices.Clone(sale.Tenders)
	for i := range own.Attempts {
		own.Attempts[i].Refunds = slices.Clone(own.Attempts[i].Refunds)
	}
	return own
}

// confirm adds to a sale of the working set what statements have confirmed of it, which the ledger alone knows. Where that cannot be
// read, the sale is known as far as the working set has it.
func confirm(book *ledger.Book, sale *ledger.Sale) {
	at := slices.IndexFunc(sale.Attempts, func(a ledger.Attempt) bool {
		return a.State == ledger.Paid || a.State == ledger.Orphan || a.State == ledger.Reversed || a.State == ledger.ClosedOff
	})
	if at < 0 {
		return
	}
	if found, ok, err := book.Lookup().SaleOf(sale.Attempts[at].Order); err == nil && ok {
		sale.Join(found.Matches)
	}
}

// rowOf is a sale's row, with what statements have confirmed of it.
func rowOf(sale *ledger.Sale) ledger.Row {
	row := ledger.RowOf(sale)
	row.Confirm(sale.Matches)
	return row
}

// saleOfOrder finds the sale of an order number.
func saleOfOrder(ctx context.Context, book *ledger.Book, order ledger.OrderNo) (ledger.Sale, bool, error) {
	var head uint64
	sale, ok := held(book, func(s *ledger.State) *ledger.Sale {
		head = s.Head.Seq
		if found, _ := s.Attempt(order); found != nil {
			return found
		}
		return s.Sale(ledger.SaleID(order))
	})
	if ok {
		confirm(book, &sale)
		return sale, true, nil
	}
	if err := waitApplied(ctx, book.Lookup(), head); err != nil {
		return sale, false, err
	}
	sale, ok, err := book.Lookup().SaleOf(order)
	return copied(&sale), ok, err
}

// saleOfRow finds the sale of a row of a day.
func saleOfRow(ctx context.Context, book *ledger.Book, day ledger.Day, id ledger.SaleID) (ledger.Sale, bool, error) {
	if sale, ok := held(book, func(s *ledger.State) *ledger.Sale { return s.Sale(id) }); ok {
		confirm(book, &sale)
		return sale, true, nil
	}
	sales, err := book.Lookup().DaySales(day)
	if err != nil {
		return ledger.Sale{}, false, err
	}
	at := slices.IndexFunc(sales, func(s ledger.Sale) bool { return s.ID == id })
	if at < 0 {
		return ledger.Sale{}, false, nil
	}
	return copied(&sales[at]), true, nil
}

// saleOfNumber finds the sale and the order that a long number on a customer's bill is about: the channel's own, or ours.
func saleOfNumber(ctx context.Context, book *ledger.Book, number string) (sale ledger.Sale, order ledger.OrderNo, err error) {
	sale, ok, err := saleOfOrder(ctx, book, ledger.OrderNo(number))
	if err != nil {
		return sale, "", err
	}
	if ok {
		return sale, ledger.OrderNo(number), nil
	}
	sale, ok, err = book.Lookup().SaleOfChannelNo(number)
	if err = found(ok, err); err != nil {
		return sale, "", err
	}
	for i := range sale.Attempts {
		if sale.Attempts[i].ChannelNo == number {
			order = sale.Attempts[i].Order
		}
	}
	return copied(&sale), order, nil
}

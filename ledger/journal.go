package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
)

// Batch is what one append makes durable, whole or not at all.
type Batch struct {
	First    uint64   // sequence number of the first record
	Records  [][]byte // stored bytes of consecutive events; tasks are inside
	Sales    []*Sale  // the sales these events changed, as they are afterwards; not kept by the journal
	Day      Day      // the business day that Totals are of
	Totals   []Total  // the day's totals after the last record, when one of the records changes them; not kept by the journal
	Snapshot []byte   // the state after the last record, or nil when none is due

	Matches     []StatementMatch    // that the records have put down; not kept by the journal
	Differences []StatementDiffered // the same, each with its event
	Taken       []StatementAt       // statements whose file was taken: differences of an earlier one count no more
}

// StatementAt is the event that has taken a statement's file.
type StatementAt struct {
	Key StatementKey
	Seq uint64
}

// Note takes from an event what a store keeps beside the sales.
func (b *Batch) Note(e *Event) {
	switch body := e.Body.(type) {
	case *StatementTaken:
		b.Taken = append(b.Taken, StatementAt{body.Key, e.Seq})
	case *StatementMatched:
		b.Matches = append(b.Matches, body.Rows...)
	case *StatementDiffered:
		put := *body
		put.Event = e.Seq
		b.Differences = append(b.Differences, put)
	}
}

// Journal keeps events. One writer, many readers. An append that returned nil survives power loss. After a write that
// failed nothing more may be appended until the journal is opened again, because what reached the disk is unknown; a
// batch that is refused before anything is written does no harm.
type Journal interface {
	// Append makes the batch durable. Its First must follow the last record.
	Append(ctx context.Context, batch Batch) error
	// Read gives the stored records from a sequence number on, in order, until each returns an error or the end.
	Read(from uint64, each func(seq uint64, stored []byte) error) error
	// LastSnapshot gives the newest snapshot, or nil.
	LastSnapshot() ([]byte, error)
}

// Lookup answers about sales that have left the working set. WaitApplied is for whoever asks after a write: it returns
// when everything up to seq can be found.
type Lookup interface {
	// DaySales gives the sales of a day in the order they were keyed.
	DaySales(day Day) ([]Sale, error)
	// DayRows gives the rows of a day in the order they were keyed: the last so many, or all when last is 0.
	DayRows(day Day, last int) ([]Row, error)
	// DayTotals gives the totals of a day by channel, in one look-up. They equal SumDay of its sales.
	DayTotals(day Day) ([]Total, error)
	// DayRefunds gives the refunds that belong to a day, by their numbers: those whose money went back on it. With them stand the
	// parts of split sales that came on it.
	DayRefunds(day Day) ([]RefundRow, error)
	// SaleOf finds the sale of an order number, or by its own number a sale that took money without a channel or was noted. ok is
	// false when there is none.
	SaleOf(order OrderNo) (sale Sale, ok bool, err error)
	// SaleOfChannelNo finds the sale of a channel's own number, which is on the customer's bill. ok is false when there is none.
	SaleOfChannelNo(number string) (sale Sale, ok bool, err error)
	// SalesOf finds the sale of each order number; nil where there is none. One look serves many.
	SalesOf(orders []OrderNo) ([]*Sale, error)
	// SalesOn finds sales of a day by their numbers; nil for one that is not of this day.
	SalesOn(day Day, ids []SaleID) ([]*Sale, error)
	// DayDifferences gives what does not agree with a statement's present file, in the order of its lines.
	DayDifferences(key StatementKey) ([]Difference, error)
	WaitApplied(ctx context.Context, seq uint64) error
}

// Store is a journal with the ledger that can be asked.
type Store interface {
	Journal
	Lookup
}

// Memory is a Store that keeps everything in memory: the journal's twin for tests and for the simulation. FailAppend,
// when set, is asked before each append; it can refuse it, or let it happen and report an error all the same.
type Memory struct {
	FailAppend func(Batch) (happens bool, err error)

	mu         sync.RWMutex
	records    [][]byte
	snapshot   []byte
	sales      map[SaleID]Sale
	orders     map[OrderNo]SaleID
	channelNos map[string]SaleID
	matches    map[SaleID]map[string]StatementMatch
	differs    map[StatementKey]map[string]Difference
	taken      map[StatementKey]uint64
	broken     error
}

// NewMemory gives an empty store.
func NewMemory() *Memory {
	return &Memory{sales: make(map[SaleID]Sale), orders: make(map[OrderNo]SaleID), channelNos: make(map[string]SaleID),
		matches: make(map[SaleID]map[string]StatementMatch), differs: make(map[StatementKey]map[string]Difference), taken: make(map[StatementKey]uint64)}
}

// MemoryOf gives a store with these events, and the rows that follow from them. They must follow one another from the first.
func MemoryOf(records [][]byte) (*Memory, error) {
	m, state := NewMemory(), NewState()
	for _, stored := range records {
		event, err := DecodeEvent(stored)
		if err != nil {
			return nil, err
		}
		sales, err := state.Apply(&event, HashOf(stored))
		if err != nil {
			return nil, err
		}
		batch := Batch{Records: [][]byte{stored}, Sales: sales}
		batch.Note(&event)
		m.keep(batch)
	}
	return m, nil
}

// Reopen gives a store with the same durable content, as a process that starts after this one died would find it.
func (m *Memory) Reopen() *Memory {
	m.mu.RLock()
	defer m.mu.RUnlock()
	again := NewMemory()
	again.records = slices.Clone(m.records)
	again.snapshot = m.snapshot
	for id, sale := range m.sales {
		again.sales[id] = sale
	}
	maps.Copy(again.orders, m.orders)
	maps.Copy(again.channelNos, m.channelNos)
	for id, of := range m.matches {
		again.matches[id] = maps.Clone(of)
	}
	for key, of := range m.differs {
		again.differs[key] = maps.Clone(of)
	}
	maps.Copy(again.taken, m.taken)
	return again
}

// Recover opens the store again after a failed append: it has what happened.
func (m *Memory) Recover() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = nil
	return nil
}

// Append implements Journal.
func (m *Memory) Append(_ context.Context, batch Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if batch.First != uint64(len(m.records))+1 {
		return &BadLink{uint64(len(m.records)) + 1, "the append does not follow"}
	}
	happens, err := true, error(nil)
	if m.FailAppend != nil {
		happens, err = m.FailAppend(batch)
	}
	if err != nil {
		m.broken = RefuseBecause(ReasonLedgerStopped, err)
	}
	if happens {
		m.keep(batch)
	}
	return m.broken
}

func (m *Memory) keep(batch Batch) {
	for _, record := range batch.Records {
		m.records = append(m.records, slices.Clone(record))
	}
	for _, sale := range batch.Sales {
		kept, err := DecodeSale(sale.Encode())
		if err != nil {
			panic(err) // what this process has just encoded
		}
		m.sales[sale.ID] = kept
		if kept.ByNumber() {
			m.orders[OrderNo(kept.ID)] = sale.ID
		}
		for i := range kept.Attempts {
			m.orders[kept.Attempts[i].Order] = sale.ID
			if number := kept.Attempts[i].ChannelNo; number != "" {
				m.channelNos[number] = sale.ID
			}
		}
	}
	for _, match := range batch.Matches {
		if m.matches[match.Sale] == nil {
			m.matches[match.Sale] = make(map[string]StatementMatch)
		}
		m.matches[match.Sale][match.Number] = match
	}
	for _, at := range batch.Taken {
		m.taken[at.Key] = at.Seq
	}
	for _, d := range batch.Differences {
		if m.differs[d.Key] == nil {
			m.differs[d.Key] = make(map[string]Difference)
		}
		m.differs[d.Key][d.Place()] = d.Difference
	}
	if batch.Snapshot != nil {
		m.snapshot = slices.Clone(batch.Snapshot)
	}
}

// matched gives what statements have confirmed of a sale, by its numbers.
func (m *Memory) matched(id SaleID) []StatementMatch {
	return slices.SortedFunc(maps.Values(m.matches[id]), func(a, b StatementMatch) int { return cmp.Compare(a.Number, b.Number) })
}

// joined gives a copy of a sale with what statements have confirmed of it.
func (m *Memory) joined(id SaleID) (Sale, bool) {
	sale, ok := m.sales[id]
	sale = sale.copy()
	sale.Join(m.matched(id))
	return sale, ok
}

// SalesOf implements Lookup.
func (m *Memory) SalesOf(orders []OrderNo) ([]*Sale, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := make([]*Sale, len(orders))
	for i, order := range orders {
		if sale, ok := m.joined(m.orders[order]); ok {
			found[i] = &sale
		}
	}
	return found, nil
}

// SalesOn implements Lookup.
func (m *Memory) SalesOn(day Day, ids []SaleID) ([]*Sale, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := make([]*Sale, len(ids))
	for i, id := range ids {
		if sale, ok := m.joined(id); ok && sale.Day == day {
			found[i] = &sale
		}
	}
	return found, nil
}

// DayDifferences implements Lookup.
func (m *Memory) DayDifferences(key StatementKey) ([]Difference, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := slices.Collect(maps.Values(m.differs[key]))
	found = slices.DeleteFunc(found, func(d Difference) bool { return d.Event < m.taken[key] })
	SortDifferences(found)
	return found, nil
}

// Read implements Journal.
func (m *Memory) Read(from uint64, each func(uint64, []byte) error) error {
	m.mu.RLock()
	records := m.records
	m.mu.RUnlock()
	for i := max(from, 1); i <= uint64(len(records)); i++ {
		if err := each(i, records[i-1]); err != nil {
			return err
		}
	}
	return nil
}

// LastSnapshot implements Journal.
func (m *Memory) LastSnapshot() ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.snapshot, nil
}

// DaySales implements Lookup.
func (m *Memory) DaySales(day Day) ([]Sale, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Sale
	for _, sale := range m.sales {
		if sale.Day == day {
			joined, _ := m.joined(sale.ID)
			found = append(found, joined)
		}
	}
	slices.SortFunc(found, func(a, b Sale) int { return cmp.Compare(a.ID, b.ID) })
	return found, nil
}

// copy gives a sale that shares nothing with this one.
func (s *Sale) copy() Sale {
	c := *s
	c.Trail, c.Attempts, c.Tenders = slices.Clone(s.Trail), slices.Clone(s.Attempts), slices.Clone(s.Tenders)
	for i := range c.Tenders {
		c.Tenders[i].Returns = slices.Clone(c.Tenders[i].Returns)
	}
	for i := range c.Attempts {
		c.Attempts[i].Refunds = slices.Clone(c.Attempts[i].Refunds)
	}
	return c
}

// DayRows implements Lookup.
func (m *Memory) DayRows(day Day, last int) ([]Row, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []Row
	for _, sale := range m.sales {
		if sale.Day == day {
			joined, _ := m.joined(sale.ID)
			row := RowOf(&joined)
			row.Confirm(joined.Matches)
			found = append(found, row)
		}
	}
	sortRows(found)
	if last > 0 {
		found = found[max(0, len(found)-last):]
	}
	return found, nil
}

// DayTotals implements Lookup.
func (m *Memory) DayTotals(day Day) ([]Total, error) {
	rows, err := m.DayRows(day, 0)
	if err != nil {
		return nil, err
	}
	refunds, err := m.DayRefunds(day)
	return SumRows(rows, refunds), err
}

// DayRefunds implements Lookup.
func (m *Memory) DayRefunds(day Day) ([]RefundRow, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []RefundRow
	for _, sale := range m.sales {
		found = append(found, RefundRows(&sale, day)...)
	}
	slices.SortFunc(found, func(a, b RefundRow) int { return cmp.Compare(a.Number, b.Number) })
	return found, nil
}

// SaleOfChannelNo implements Lookup.
func (m *Memory) SaleOfChannelNo(number string) (Sale, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	sale, ok := m.joined(m.channelNos[number])
	return sale, ok, nil
}

// SaleOf implements Lookup.
func (m *Memory) SaleOf(order OrderNo) (Sale, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	sale, ok := m.joined(m.orders[order])
	return sale, ok, nil
}

// WaitApplied implements Lookup: memory applies at once.
func (m *Memory) WaitApplied(context.Context, uint64) error { return nil }

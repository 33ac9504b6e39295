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
	broken     error
}

// NewMemory gives an empty store.
func NewMemory() *Memory {
	return &Memory{sales: make(map[SaleID]Sale), orders: make(map[OrderNo]SaleID), channelNos: make(map[string]SaleID)}
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
		m.keep(Batch{Records: [][]byte{stored}, Sales: sales})
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
	if batch.Snapshot != nil {
		m.snapshot = slices.Clone(batch.Snapshot)
	}
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
			found = append(found, sale.copy())
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
			found = append(found, RowOf(&sale))
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
	sale, ok := m.sales[m.channelNos[number]]
	return sale.copy(), ok, nil
}

// SaleOf implements Lookup.
func (m *Memory) SaleOf(order OrderNo) (Sale, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	sale, ok := m.sales[m.orders[order]]
	return sale.copy(), ok, nil
}

// WaitApplied implements Lookup: memory applies at once.
func (m *Memory) WaitApplied(context.Context, uint64) error { return nil }

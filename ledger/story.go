package ledger

// Story gives a sale's own events, in their order, for whoever wants to see what happened to it. It may wait for the disk.
func (b *Book) Story(sale *Sale) ([]Event, error) { return Story(b.store, sale) }

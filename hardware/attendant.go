package hardware

import (
	"context"

	"guitai/ledger"
)

// Attend follows the Book for the devices until ctx ends. It arms the scanner each time the till starts to wait for a
// code, so that a phone held under a scanner an hour ago, or for the sale before, is never charged for this one.
func Attend(ctx context.Context, book *ledger.Book, scanner *Scanner) error {
	var before prompt
	for {
		changed := book.Changed()
		now := promptOf(book)
		if now != before && now != (prompt{}) {
			scanner.Arm()
		}
		before = now
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// prompt is what a scanned code would be charged to. Its zero value is nothing.
type prompt struct {
	keying   bool // an amount is being keyed; a scan may settle it
	sale     ledger.SaleID
	attempts int
}

func promptOf(book *ledger.Book) (p prompt) {
	if !book.Draft().Keyed.Empty() {
		return prompt{keying: true}
	}
	book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.MayAsk() == nil {
			p = prompt{sale: sale.ID, attempts: len(sale.Attempts)}
		}
	})
	return p
}

package ledgertest_test

import (
	"errors"
	"fmt"
	"testing"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestMemory runs the suite on the twin in memory, with failures that left the batch and failures that did not.
func TestMemory(t *testing.T) {
	for _, happens := range []bool{false, true} {
		t.Run(fmt.Sprintf("happens=%v", happens), func(t *testing.T) {
			ledgertest.Store(t, func(*testing.T) ledgertest.Twin {
				store := ledger.NewMemory()
				return ledgertest.Twin{
					Open: func(*testing.T) ledger.Store {
						store = store.Reopen()
						return store
					},
					Break: func(*testing.T) {
						store.FailAppend = func(ledger.Batch) (bool, error) { return happens, errors.New("input/output error") }
					},
				}
			})
		})
	}
}

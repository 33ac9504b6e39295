package ledger_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// TestFollow gives every event once and in order, those that come later too; it ends with its context, also in the middle, and with an error
// of the reader.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := ledgertest.BookOn(t, ledger.NewMemory())
		defer book.Close("test")
		head := func() (seq uint64) {
			book.Read(func(s *ledger.State) { seq = s.Head.Seq })
			return seq
		}
		sells := func() {
			t.Helper()
			if err := book.Key('8'); err != nil {
				t.Fatal(err)
			}
			if err := book.Settle(t.Context(), ledger.Trainee, false); err != nil {
				t.Fatal(err)
			}
		}
		sells()
		ctx, cancel := context.WithCancel(t.Context())
		var seen []uint64
		ended := make(chan error, 1)
		go func() {
			ended <- book.Follow(ctx, 0, func(e *ledger.Event) error {
				seen = append(seen, e.Seq)
				return nil
			})
		}()
		synctest.Wait()
		sells()
		synctest.Wait()
		if len(seen) == 0 || uint64(len(seen)) != head() || seen[0] != 1 || seen[len(seen)-1] != head() {
			t.Errorf("seen %v of %d", seen, head())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}

		ctx, cancel = context.WithCancel(t.Context())
		n := 0
		if err := book.Follow(ctx, 0, func(*ledger.Event) error { n++; cancel(); return nil }); err != nil || n != 1 {
			t.Errorf("ended in the middle: %d events, %v", n, err)
		}
		failed := errors.New("enough")
		if err := book.Follow(t.Context(), head()-1, func(*ledger.Event) error { return failed }); !errors.Is(err, failed) {
			t.Errorf("the reader's error is %v", err)
		}
	})
}

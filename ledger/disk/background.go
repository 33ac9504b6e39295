package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// An opening looks at what the till will work on: the ends of both copies. The rest is read while the till sells already.

// damagedName is the mark that the rest holds damage: the next opening mends everything before it opens.
const damagedName = "damaged"

// restPause lets the till breathe between two segments, which take some 100 ms each on one core.
const restPause = 100 * time.Millisecond

// CheckRest walks the segments that the opening has not walked and compares Badger's events with theirs, once, until ctx ends.
// Damage is told on the board, and is mended by the next opening: while the till is open, nothing of it is needed to sell.
func (s *Store) CheckRest(ctx context.Context, board *ledger.Board) {
	if err := s.checkTables(); err != nil { // first: Badger's own goroutines panic on a broken block, and questions about sales wait for it
		s.foundDamage(ctx, board, err)
		return
	}
	headers := s.restHeaders()
	for i := range headers {
		if err := s.checkSegment(ctx, headers, i); err != nil {
			s.foundDamage(ctx, board, err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restPause):
		}
	}
	s.cfg.Log.Info("both copies of the ledger were compared", "segments", len(headers))
}

// checkTables reads Badger's tables, lets questions about sales through or not, and marks the ledger as open when all are good.
func (s *Store) checkTables() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.readers.Done()
	select {
	case <-s.read: // the opening has read them
		return nil
	default:
	}
	err := checkOpenTables(s.db.Opts())
	if err != nil {
		err = damaged(err)
	} else if err := markOpen(s.dir); err != nil {
		s.cfg.Log.Warn("marking that the ledger is open", "cause", err)
	}
	s.breaks(err)
	return err
}

// breaks lets questions about sales through, or answers all of them with damage until the ledger was opened again. The caller
// has entered, so no Recover is under way.
func (s *Store) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broke == nil {
		s.broke = err
	}
	s.openRead()
}

// restHeaders are those of the segments that there are now; the header behind each bounds it.
func (s *Store) restHeaders() []segmentHeader {
	if err := s.enter(); err != nil {
		return nil
	}
	defer s.readers.Done()
	return s.journal.listed()
}

var errLeft = errors.New("left before it was done")

// checkSegment walks one segment and, in step with it, Badger's copy of its events.
func (s *Store) checkSegment(ctx context.Context, headers []segmentHeader, i int) error {
	var until *segmentHeader
	if i+1 < len(headers) {
		until = &headers[i+1]
	}
	return s.view(func(txn *badger.Txn) error {
		head, err := headOf(txn)
		if err != nil {
			return err
		}
		archived, err := archivedIn(txn)
		if err != nil {
			return err
		}
		events := newCursor(txn, headers[i].First)
		defer events.close()
		_, _, err = walkSegment(filepath.Join(s.dir, journalFolder), &headers[i], s.keys.data, until, func(at ledger.Head, stored []byte) error {
			if ctx.Err() != nil {
				return errLeft
			}
			if at.Seq > head.Seq || at.Seq <= archived { // newer than this look at Badger, or not kept there any more
				return nil
			}
			switch known, err := events.has(at.Seq, stored); {
			case err != nil:
				return err
			case known != sameEvent:
				err := damaged(fmt.Errorf("event %d is %s in the ledger", at.Seq, known))
				s.breaks(err)
				return err
			}
			return nil
		})
		var bad *badSegment
		if until == nil && errors.As(err, &bad) { // it is being written: what is not there yet is no damage
			return nil
		}
		return err
	})
}

func (s *Store) foundDamage(ctx context.Context, board *ledger.Board, err error) {
	var bad *badSegment
	if ctx.Err() != nil || ledger.ReasonOf(err) != ledger.ReasonLedgerDamaged && !errors.As(err, &bad) {
		s.cfg.Log.Info("the walk through the ledger has not come to its end", "cause", err)
		return // the till is ending, has stopped, or its disk is slow: no word about the ledger
	}
	s.cfg.Log.Error("the ledger holds damage; the next opening mends it", "cause", err)
	if err := errors.Join(writeWhole(filepath.Join(s.dir, damagedName), []byte(err.Error()+"\n")), syncFolder(s.dir)); err != nil {
		s.cfg.Log.Error("marking the damage", "cause", err)
	}
	board.Post(func(v *ledger.BoardView) { v.LedgerFault = err.Error() })
}

// mendMarked mends everything before a ledger is opened of which damage was found while it was open last.
func mendMarked(dir string, cfg Config) (*Store, error) {
	before, err := verifyLocked(dir, nil)
	if ledger.ReasonOf(err) == ledger.ReasonNoKey {
		return nil, err
	}
	if err != nil { // no room for a copy, say: then it is rebuilt without having been compared
		before = Report{Unreadable: err.Error()}
	}
	cfg.Quick = false
	s, err := openLocked(dir, cfg)
	if err != nil {
		return nil, err
	}
	s.maintained, err = s.mend(before, cfg)
	if err == nil {
		err = errors.Join(os.Remove(filepath.Join(dir, damagedName)), syncFolder(dir))
	}
	if err != nil && s.shut == nil {
		err = errors.Join(err, s.behind.close(), s.db.Close())
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// marked reports whether damage was found while the ledger was open last.
func marked(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, damagedName))
	return !errors.Is(err, fs.ErrNotExist)
}

package disk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"guitai/ledger"
)

// Old days leave Badger, so that it stays small for ten years: their events stand in the journal and in a backup, which
// takes Badger's place as the second copy. Their rows, orders and totals stay, so every old sale is answered as before.

// archivedIn is the last event that Badger does not keep any more; 0 when it keeps all.
func archivedIn(txn *badger.Txn) (uint64, error) {
	value, err := get(txn, []byte(keyArchived))
	if err != nil || value == nil {
		return 0, err
	}
	if len(value) != 8 {
		return 0, damaged(fmt.Errorf("the record of what is archived has %d bytes", len(value)))
	}
	return binary.BigEndian.Uint64(value), nil
}

// archiveStep is how many events leave Badger in one transaction.
const archiveStep = 2_000

// Archive takes the events of sealed days before a day out of Badger, once the backup is proven to have them, and gives the
// last of them. It may be called beside appends and readers, and does nothing when there is nothing to do. If power fails in
// between, some have left and the rest leaves the next time.
func (s *Store) Archive(ctx context.Context, before ledger.Day, backup string) (last uint64, err error) {
	from, until, err := s.mayArchive(ctx, before)
	if err != nil || until <= from {
		return from, err
	}
	keys := s.keys
	proven, err := checkBackup(backup, &keys)
	if err != nil {
		return from, err
	}
	if proven.Events < until {
		return from, fmt.Errorf("the backup has %d events: those up to %d are not archived yet", proven.Events, until)
	}
	for from < until && err == nil {
		if err = ctx.Err(); err == nil {
			from, err = s.archiveSome(from, min(from+archiveStep, until))
		}
	}
	return from, err
}

// mayArchive gives the last archived event and the last that may be: the end of the newest sealed day before a day, and not
// beyond the snapshot, which has to stand on an event of Badger's.
func (s *Store) mayArchive(ctx context.Context, before ledger.Day) (from, until uint64, err error) {
	var snapshot ledger.Head
	err = s.view(func(txn *badger.Txn) error {
		var err, snapErr error
		from, err = archivedIn(txn)
		snapshot, _, snapErr = s.keys.snapshotIn(txn)
		return errors.Join(err, snapErr)
	})
	if err != nil {
		return 0, 0, err
	}
	until = from
	err = s.Read(from+1, func(seq uint64, stored []byte) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return err
		}
		sealed, ok := event.Body.(*ledger.DaySealed)
		if ok && sealed.Day < before && sealed.Last < snapshot.Seq {
			until = sealed.Last
		}
		if event.Day >= before || seq >= snapshot.Seq {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return from, until, err
}

// archiveSome takes the events after from up to until out, and says so in the same transaction. It goes the way of every
// other change, behind the journal.
func (s *Store) archiveSome(from, until uint64) (uint64, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.enter(); err != nil {
		return from, err
	}
	defer s.readers.Done()
	if s.broken != nil {
		return from, s.broken
	}
	if err := s.behind.mayPut(); err != nil {
		return from, err
	}
	p := prepared{head: s.journal.head}
	for seq := from + 1; seq <= until; seq++ {
		p.set(eventKey(seq), nil)
	}
	p.set([]byte(keyArchived), binary.BigEndian.AppendUint64(nil, until))
	s.behind.put(p)
	return until, s.behind.drained()
}

// readArchived gives the events from a sequence number on that Badger does not keep any more, from the journal.
func (s *Store) readArchived(from, last uint64, each func(seq uint64, stored []byte) error) error {
	j := journal{folder: s.journal.folder, keys: &s.keys, headers: s.journal.listed()}
	err := j.read(from, func(at ledger.Head, stored []byte) error {
		if at.Seq > last {
			return errEnough
		}
		return each(at.Seq, append([]byte(nil), stored...))
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	var bad *badSegment
	if errors.As(err, &bad) {
		return damaged(err)
	}
	return err
}

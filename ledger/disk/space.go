package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"guitai/ledger"
)

// Badger stores into mapped files: on a full disk that is a signal that ends the process, and not an error. So the till stops
// well before: first it says so, then it takes no new sale, then it throws its ballast away so that what is under way can end,
// and at last it lets the journal go on alone, whose room is an error when it is missing.

// room is what a disk must have left, in bytes.
type room struct {
	low     uint64 // below it the screen says so
	full    uint64 // below it no new sale
	release uint64 // below it the ballast goes
	reserve uint64 // below it nothing is written to Badger: a log, a table and a compaction may be under way
	ballast uint64
}

// roomOn gives the bounds for a disk of so many bytes. On a small one they are parts of it.
func roomOn(total uint64) room {
	const mib = 1 << 20
	r := room{reserve: max(20*mib, min(128*mib, total/16)), ballast: min(64*mib, total/16)}
	r.release = r.reserve + min(32*mib, total/16)
	r.full = r.release + min(136*mib, total/16)
	r.low = r.full + min(800*mib, total/4)
	return r
}

// forTapes reports whether so many free bytes leave room for recordings: they give way as soon as the screen says that room is scarce, so
// that no visitor takes the room of a sale.
func (r room) forTapes(free uint64) bool { return free >= r.low }

const ballastName = "ballast"

// look asks the disk how much is left.
func lookRoom(dir string) (free, total uint64, err error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, 0, fmt.Errorf("how much room the disk has: %w", err)
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), uint64(stat.Blocks) * uint64(stat.Bsize), nil
}

// roomFor reports whether Badger may be written. The ballast is given up for it.
func roomFor(dir string) bool {
	free, total, err := lookRoom(dir)
	if err != nil || free >= roomOn(total).reserve {
		return true // a disk that cannot tell is not stopped for it
	}
	if dropBallast(dir) {
		free, _, err = lookRoom(dir)
	}
	return err != nil || free >= roomOn(total).reserve
}

// roomToRebuild refuses to rebuild Badger where there is no room for it beside what is moved aside: it takes at most what the
// journal takes.
func roomToRebuild(dir string) error {
	free, total, err := lookRoom(dir)
	if err != nil {
		return nil
	}
	files, err := segmentFiles(filepath.Join(dir, journalFolder))
	if err != nil {
		return err
	}
	need := roomOn(total).reserve
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			need += uint64(info.Size())
		}
	}
	if free < need && (!dropBallast(dir) || free+roomOn(total).ballast < need) {
		return ledger.RefuseBecause(ledger.ReasonDiskFull, fmt.Errorf("the damaged ledger has to be rebuilt from the journal: that takes %d MB, and %d are free", need>>20, free>>20))
	}
	return nil
}

// closingRoom is what Badger writes when it is closed, in bytes: the table of one memtable.
const closingRoom = 10 << 20

// roomToClose reports whether Badger may be closed.
func roomToClose(dir string) bool {
	free, _, err := lookRoom(dir)
	return err != nil || free >= closingRoom
}

// dropBallast frees the ballast and reports whether there was one.
func dropBallast(dir string) bool { return os.Remove(filepath.Join(dir, ballastName)) == nil }

// keepBallast makes the ballast, where there is room for it and there is none.
func keepBallast(dir string, size uint64) (err error) {
	path := filepath.Join(dir, ballastName)
	if info, err := os.Stat(path); err == nil && uint64(info.Size()) >= size {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for written := uint64(0); written < size && err == nil; written += uint64(len(zeros)) {
		_, err = file.Write(zeros)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		dropBallast(dir)
	}
	return err
}

// roomEvery is how often the disk is looked at: nothing that fills it needs less than some seconds for what is left below
// the first bound.
const roomEvery = time.Second

// WatchRoom tells the board how much room is left until ctx ends, and keeps or frees the ballast.
func (s *Store) WatchRoom(ctx context.Context, board *ledger.Board) {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for {
		s.watchRoom(board)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Store) watchRoom(board *ledger.Board) {
	free, total, err := lookRoom(s.dir)
	if err != nil {
		return
	}
	bounds := roomOn(total)
	switch {
	case free < bounds.release:
		if dropBallast(s.dir) {
			s.cfg.Log.Warn("the disk is nearly full: the ballast is given up", "free", free)
		}
	case free > bounds.low:
		if err := keepBallast(s.dir, bounds.ballast); err != nil {
			s.cfg.Log.Warn("keeping ballast", "cause", err)
		}
	}
	is := ledger.Disk{Low: free < bounds.low, Full: free < bounds.full}
	if is.Low {
		is.Free = free &^ (1<<20 - 1) // whole MiB: not every event is worth a new screen
	}
	if board.View().Disk != is {
		board.Post(func(v *ledger.BoardView) { v.Disk = is })
	}
}

package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"

	"guitai/ledger"
)

// VerifyChain walks the journal alone: every frame's seal, every event's number and link, and the heads outside. It takes no
// lock, so it can be run beside an open till, whose last append it may or may not see. Segments are walked side by side:
// each header says what its first event follows, and that is what the one before must end with.
func VerifyChain(dir string, outside ...string) (report Report, err error) {
	if !Holds(dir) {
		return report, fmt.Errorf("%s holds no ledger: %w", dir, fs.ErrNotExist)
	}
	keys, err := readKeys(dir)
	if err != nil {
		return report, err
	}
	folder := filepath.Join(dir, journalFolder)
	headers, headerErr := readHeaders(folder, keys.data)
	var bad *badSegment
	if headerErr != nil && !errors.As(headerErr, &bad) {
		return report, headerErr
	}
	report.Segments, report.Key = len(headers), keys.headSigner().vkey
	walks := walkAll(folder, headers, keys.data, newWitness(&keys, outside))
	watch := newWitness(&keys, outside)
	for i := range walks {
		report.Events, report.Head = walks[i].end.Seq, walks[i].end
		watch.take(walks[i].witness)
		if errors.As(walks[i].err, &bad) {
			break
		}
		if walks[i].err != nil {
			return report, walks[i].err
		}
	}
	if bad != nil {
		report.File = filepath.Join(journalFolder, segmentName(bad.number))
		report.BadLink = &ledger.BadLink{Seq: report.Events + 1, What: bad.cause.Error()}
	}
	report.Outside = watch.judge(report.Events, bad != nil)
	return report, nil
}

// segmentEnd is how the walk through one segment ended.
type segmentEnd struct {
	end     ledger.Head
	err     error
	witness *witness
}

// walkAll walks all segments, as many at a time as there are cores.
func walkAll(folder string, headers []segmentHeader, data dataKey, heads *witness) []segmentEnd {
	walks := make([]segmentEnd, len(headers))
	var group sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(headers)) {
		group.Go(func() {
			for i := range next {
				var until *segmentHeader
				if i+1 < len(headers) {
					until = &headers[i+1]
				}
				w := &witness{heads: heads.heads, wanted: heads.wanted, found: map[uint64]ledger.Hash{}}
				walks[i].witness = w
				walks[i].end, _, walks[i].err = walkSegment(folder, &headers[i], data, until, func(at ledger.Head, stored []byte) error {
					w.see(at, stored)
					return nil
				})
			}
		})
	}
	for i := range headers {
		next <- i
	}
	close(next)
	group.Wait()
	return walks
}

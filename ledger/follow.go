package ledger

import (
	"context"
	"errors"
)

// errFollowed ends a walk through what was durable when it began.
var errFollowed = errors.New("all of it was given")

// Follow gives each event after a sequence number, in order and as soon as it is durable and the ledger can be asked about it, until ctx
// ends or each returns an error, which Follow returns. The reader keeps its own place; nobody waits for it. each may ask the Lookup. An
// event that cannot be read ends it, too.
func (b *Book) Follow(ctx context.Context, after uint64, each func(*Event) error) error {
	for ctx.Err() == nil {
		changed := b.Changed()
		var head uint64
		b.Read(func(s *State) { head = s.Head.Seq })
		if after >= head {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		if err := b.store.WaitApplied(ctx, head); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		var failed error
		err := b.store.Read(after+1, func(seq uint64, stored []byte) error {
			if seq > head || ctx.Err() != nil {
				return errFollowed
			}
			event, err := DecodeEvent(stored)
			if err != nil {
				return err
			}
			if failed = each(&event); failed != nil {
				return failed
			}
			after = seq
			return nil
		})
		if failed != nil || err != nil && !errors.Is(err, errFollowed) {
			return err
		}
	}
	return nil
}

package remote

import (
	"context"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// visit is one connection whose key was proven, with its sessions.
type visit struct {
	door *Door
	wire *wire
	from origin
	who  admission
	ctx  context.Context // ends with one of the door's causes
	end  context.CancelCauseFunc
	stop func() bool // forgets the till's context

	sessions sync.WaitGroup // that are being served
	loops    sync.WaitGroup // that take what the library hands out; they end with the connection

	mu      sync.Mutex
	over    bool        // no session is taken any more
	open    int         // channels that are not closed by both sides
	refused int         // requests and channels
	quiet   *time.Timer // runs while no channel is open
}

func newVisit(ctx context.Context, d *Door, w *wire, from origin) *visit {
	v := &visit{door: d, wire: w, from: from}
	v.ctx, v.end = context.WithCancelCause(context.WithoutCancel(ctx))
	v.stop = context.AfterFunc(ctx, func() { v.end(ErrClosed) })
	return v
}

// run serves the connection until the visitor leaves, the time is over, or somebody ends it. The library stands still when what it hands
// out is not taken, so the loops go on until it has nothing more.
func (v *visit) run(channels <-chan ssh.NewChannel, requests <-chan *ssh.Request) {
	life := time.AfterFunc(v.door.limits.life, func() { v.end(ErrTime) })
	defer life.Stop()
	v.quiet = time.AfterFunc(v.door.limits.asking, func() { v.end(ErrIdle) })
	defer v.quiet.Stop()
	defer v.stop()
	gone := make(chan struct{})
	v.loops.Go(func() { v.answer(requests) })
	v.loops.Go(func() {
		defer close(gone)
		for channel := range channels {
			v.take(channel)
		}
		v.end(ErrLeft)
	})
	<-v.ctx.Done()
	hard := time.AfterFunc(3*v.door.limits.grace, func() { v.wire.Close() }) // whatever a visitor's system does not take
	defer hard.Stop()
	v.mu.Lock()
	v.over = true // a channel that was just being taken is counted now, and no other one will be
	v.mu.Unlock()
	v.sessions.Wait()
	select { // the last bytes are on their way: closing now could overtake them
	case <-gone:
	case <-time.After(v.door.limits.grace):
	}
	v.wire.Close()
	v.loops.Wait()
}

// answer refuses every request that is about the connection, but for the one that asks whether somebody is here.
func (v *visit) answer(requests <-chan *ssh.Request) {
	for r := range requests {
		alive := r.Type == "keepalive@openssh.com"
		if !alive {
			v.refuse()
		}
		_ = r.Reply(alive, nil)
	}
}

// refuse counts what was refused. The library keeps each refused channel until the connection ends, so there is an end to it.
func (v *visit) refuse() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.count()
}

// count is refuse under the lock.
func (v *visit) count() {
	if v.refused++; v.refused > v.door.limits.refusals {
		v.end(ErrMisuse)
	}
}

// take opens a session, where there is a place for one, and no other kind of channel.
func (v *visit) take(channel ssh.NewChannel) {
	if channel.ChannelType() != "session" {
		v.refuse()
		_ = channel.Reject(ssh.Prohibited, "sessions only")
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over || v.open >= v.door.limits.sessions {
		v.count()
		_ = channel.Reject(ssh.ResourceShortage, "no more sessions")
		return
	}
	ch, requests, err := channel.Accept()
	if err != nil {
		return // the connection is gone
	}
	v.open++
	v.quiet.Stop()
	s := newSession(v, ch)
	v.sessions.Go(s.run)
	v.loops.Go(func() {
		s.answer(requests)
		s.end(ErrLeft)
		v.closed()
	})
}

// closed counts a channel that both sides have closed.
func (v *visit) closed() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open--; v.open == 0 && v.ctx.Err() == nil {
		v.quiet.Reset(v.door.limits.asking)
	}
}

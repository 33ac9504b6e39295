package remote

import (
	"context"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// session is one channel of a visit: what it asked for, and then what is served on it.
type session struct {
	visit *visit
	ch    ssh.Channel
	ctx   context.Context
	end   context.CancelCauseFunc
	asked chan struct{} // closed when the session is to be served
	out   output

	// Of the goroutine that answers, until asked is closed; then of the one that serves.
	term    string
	size    Size
	command []string

	begun   bool // of the goroutine that answers
	resized chan Size
}

func newSession(v *visit, ch ssh.Channel) *session {
	s := &session{visit: v, ch: ch, asked: make(chan struct{}), resized: make(chan Size, 1)}
	s.ctx, s.end = context.WithCancelCause(v.ctx)
	return s
}

// answer answers requests until the channel is closed. It never waits for whoever serves, because the whole connection waits for it.
func (s *session) answer(requests <-chan *ssh.Request) {
	for r := range requests {
		granted := s.ask(r)
		if !granted {
			s.visit.refuse()
		}
		_ = r.Reply(granted, nil)
		if granted && !s.begun && (r.Type == "shell" || r.Type == "exec") {
			s.begun = true
			close(s.asked)
		}
	}
}

// ask decides about one request. What is not named here is refused: env, subsystem, x11-req, auth-agent-req@openssh.com, signal, break
// and all that will be thought of.
func (s *session) ask(r *ssh.Request) (ok bool) {
	switch r.Type {
	case "pty-req":
		if s.begun || s.term != "" || !s.visit.who.pty {
			return false
		}
		term, size, ok := readPTY(r.Payload)
		if ok {
			s.term, s.size = term, size
		}
		return ok
	case "shell":
		return !s.begun && s.term != "" && len(r.Payload) == 0
	case "exec":
		words, ok := readCommand(r.Payload)
		if s.begun || !ok || !known(words, s.visit.door.host.Commands(s.visit.who.role)) {
			return false
		}
		s.command = words
		return true
	case "window-change":
		size, ok := readSize(r.Payload)
		if ok = ok && s.term != ""; ok {
			s.resize(size)
		}
		return ok
	}
	return false
}

// resize keeps the newest size for whoever draws. Before anybody does, it is the first.
func (s *session) resize(size Size) {
	if !s.begun {
		s.size = size
		return
	}
	select {
	case <-s.resized:
	default:
	}
	s.resized <- size // there is room: nobody else sends
}

// run waits until the session asks for something, and serves it.
func (s *session) run() {
	defer s.end(ErrClosed)
	late := time.NewTimer(s.visit.door.limits.asking)
	defer late.Stop()
	select {
	case <-s.asked:
		s.serve()
	case <-late.C:
		s.finish(s.ch, nil, exitCut)
	case <-s.ctx.Done():
		s.finish(s.ch, nil, exitCut)
	}
}

// exitCut is the exit code of a session that did not come to its own end.
const exitCut = 1

// serve is one visit as the Host knows it: from Arrived to Left. What was asked for when all was over already is none.
func (s *session) serve() {
	if s.ctx.Err() != nil {
		s.finish(s.ch, nil, exitCut)
		return
	}
	d, who := s.visit.door, s.visit.who
	visitor := Visitor{Person: who.person, Role: who.role, Key: who.key, Cert: who.cert, From: s.visit.from.String(), Session: d.number()}
	out, errs := stream{&s.out, s.ch}, stream{&s.out, s.ch}
	if s.term == "" {
		errs.to = s.ch.Stderr()
	}
	err := d.mayArrive(who.person, time.Now())
	if err == nil {
		err = d.host.Arrived(s.ctx, visitor)
	}
	if err != nil {
		s.finish(errs.to, []byte(plain(err.Error(), longestLine)+"\r\n"), exitCut)
		return
	}
	in, keys := io.Pipe()
	deaf := context.AfterFunc(s.ctx, func() { keys.Close() }) // whoever reads keys sees the end of them
	defer deaf()
	shown := &Session{Visitor: visitor, Command: s.command, Term: s.term, Size: s.size, Resized: s.resized, In: in, Out: out, Err: errs}
	idle := time.AfterFunc(d.limits.idle, func() { s.end(ErrIdle) })
	defer idle.Stop()
	s.visit.loops.Go(func() { s.pump(keys, idle) })
	done := make(chan ending, 1)
	go func() { done <- s.guarded(shown) }()
	end, back := s.await(done)
	in.Close()
	last := RestoreTerminal(s.term, end.torn)
	if bye := d.opt.Goodbye(shown, end.why); bye != "" {
		last = append(last, bye+"\r\n"...)
	}
	s.finish(errs.to, last, end.exit)
	d.host.Left(visitor, end.why)
	if !back {
		<-done // whoever serves does not outlive the connection
	}
}

// pump hands on what the visitor types. Bytes from the visitor are the only thing that keeps a session awake.
func (s *session) pump(keys *io.PipeWriter, idle *time.Timer) {
	defer keys.Close()
	buffer := make([]byte, bufferSize)
	for {
		n, err := s.ch.Read(buffer)
		if n > 0 && s.ctx.Err() == nil {
			idle.Reset(s.visit.door.limits.idle)
			if _, err := keys.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// ending is how a session was over.
type ending struct {
	why  string
	exit int
	torn bool // the picture is still on the visitor's screen
}

// guarded keeps a bug in a visitor's screen away from the till.
func (s *session) guarded(shown *Session) (end ending) {
	defer func() {
		if bug := recover(); bug != nil {
			s.visit.door.opt.Log.Error("a visitor's screen broke", "session", shown.Session, "stack", string(debug.Stack()))
			end = ending{why: ErrFault.Error(), exit: exitCut, torn: true}
		}
	}()
	return ending{why: WhyDone, exit: s.visit.door.host.Serve(s.ctx, shown)}
}

// await waits for the end: Serve comes back by itself, or soon after its context has ended. Else it is cut off, and back is false.
func (s *session) await(done <-chan ending) (end ending, back bool) {
	select {
	case end = <-done:
		back = true
	case <-s.ctx.Done():
		select {
		case end = <-done:
			back = true
		case <-time.After(s.visit.door.limits.grace):
			end.torn = true
		}
	}
	if cause := context.Cause(s.ctx); cause != nil {
		end.why, end.exit = cause.Error(), exitCut
	}
	return end, back
}

// finish sends the last bytes and the exit code, and closes the channel. A visitor who does not take them loses the connection.
func (s *session) finish(to io.Writer, last []byte, exit int) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		s.out.last(to, last)
		_, _ = s.ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(exit)}))
		_ = s.ch.Close()
	}()
	select {
	case <-finished:
	case <-time.After(s.visit.door.limits.grace):
		s.visit.wire.Close()
		<-finished
	}
}

// output is the lock of a session's two streams: after the last bytes there are no more.
type output struct {
	mu   sync.Mutex
	over bool
}

// last writes the last bytes.
func (o *output) last(to io.Writer, bytes []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	_, _ = to.Write(bytes)
}

// stream is one of the streams.
type stream struct {
	*output
	to io.Writer
}

// Write implements io.Writer. It waits for a visitor who takes nothing: whoever draws keeps one frame and not many.
func (s stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return 0, io.ErrClosedPipe
	}
	return s.to.Write(p)
}

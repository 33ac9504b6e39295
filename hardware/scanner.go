package hardware

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// provenAfter is how long a port must have stayed open before losing it counts as an unplug, tried again at once,
	// and not as one more failed attempt.
	provenAfter = time.Second
	// maxQueue frames wait for a till that takes none; more are dropped and counted. It is far beyond what anybody scans.
	maxQueue = 256
)

// Scanner reads a serial scanner for as long as Run runs, through every unplug and replug.
//
// Three parties touch it. The owner is the goroutine in Run: it alone opens and closes the port, delivers and reports.
// The reader, one per opened port, waits for bytes and takes them in. Anybody may call Arm.
type Scanner struct {
	cfg     Config
	deliver func(Frame)
	roots   roots
	beeps   sounds
	beep    chan struct{} // a sound is due

	// Owned by the goroutine in Run.
	reporter
	rereads  *rereads
	attempts backoff
	path     string    // the device file of the open port
	holder   string    // who has the busy port
	heldAt   time.Time // when that was looked up

	// mu makes "take from the kernel and frame" one step, so that Arm finds bytes either still in the kernel, in the
	// framer or in the queue, and never on the way between them.
	mu     sync.Mutex
	port   *port // nil while not open
	framer *Framer
	queue  []Frame // complete and not yet delivered
	lost   int     // frames that found the queue full
	armed  time.Time
	buf    [1024]byte

	tap                func(data []byte, at time.Time) // nil, or who listens
	toSound, lastSound []byte
	answers            answers
}

// NewScanner returns a Scanner for cfg, which must have passed Check. Both functions are called from the goroutine in
// Run, one at a time, and not after Run has returned. deliver owns the frame it gets and should wipe it after use; while
// it runs, nothing else is delivered. report gets every change of the status.
func NewScanner(cfg Config, deliver func(Frame), report func(Status)) *Scanner {
	return &Scanner{
		cfg: cfg, deliver: deliver, reporter: reporter{report: report},
		roots: systemRoots, beeps: profiles[cfg.Beeps], beep: make(chan struct{}, 1),
		rereads: newRereads(cfg.reread()),
		framer:  cfg.framer(),
	}
}

// Run opens the scanner, reads it, and opens it again whenever it comes back, until ctx ends. It returns nil: a device
// fault is a status, not the end of a till. Call it once.
func (s *Scanner) Run(ctx context.Context) error {
	if s.cfg.Serial == "" {
		return s.off(ctx, "no scanner is configured")
	}
	for ctx.Err() == nil {
		p, err := s.open()
		if err != nil {
			s.fault(err)
		} else {
			s.refused = time.Time{}
			opened := time.Now()
			frames := s.serve(ctx, p)
			if frames > 0 || time.Since(opened) >= provenAfter {
				s.attempts = backoff{}
				continue
			}
		}
		pause(ctx, s.attempts.next(s.status.State))
	}
	return nil
}

// open finds the port and opens it.
func (s *Scanner) open() (*port, error) {
	path, err := s.roots.locate(s.cfg.Serial)
	if err != nil {
		return nil, fmt.Errorf("find the scanner: %w", err)
	}
	p, err := openPort(path, s.cfg.baud())
	s.path = path
	return p, err
}

// Listen gives all bytes that arrive to tap, for a page that shows what a scanner sends, until stop is called. Meanwhile
// nothing is delivered, and what was half there at either end is dropped: what is scanned for a look is never charged.
// tap must be quick, must not call the Scanner, and must not keep data: it is wiped afterwards.
func (s *Scanner) Listen(tap func(data []byte, at time.Time)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discard()
	s.tap = tap
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.armed = s.discard()
		s.tap = nil
	})
}

// Arm says that the till waits for a code from now on: whatever arrived before is thrown away, also half a code whose
// other half is still to come. It may be called from any goroutine and does not wait for deliver. It returns the moment
// of arming: a deliver that was already running during the call carries a frame with an earlier At, which the caller
// must refuse.
func (s *Scanner) Arm() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = s.discard()
	return s.armed
}

// discard is Arm under mu. Taking the bytes in and cutting there, rather than flushing them inside the kernel, tells
// whether they end in the middle of a code.
func (s *Scanner) discard() time.Time {
	_ = s.take() // a hang-up is for the reader to find
	for i := range s.queue {
		s.queue[i].Wipe()
	}
	s.queue = nil
	now := time.Now()
	s.framer.Cut(now)
	return now
}

// serve reads p until it fails or ctx ends, closes it, and returns how many frames it gave.
func (s *Scanner) serve(ctx context.Context, p *port) (frames int) {
	s.mu.Lock()
	s.port = p
	s.framer.Restart()
	s.discard()
	s.toSound, s.answers = nil, answers{} // a sound for a code of before the unplug would be for the next one
	s.mu.Unlock()
	s.publish(Open, s.openDetail())

	news := make(chan struct{}, 1)
	failed := make(chan error, 1)
	go func() { failed <- s.read(p, news) }()

	idle := time.NewTimer(0) // the first tick finds nothing pending
	defer idle.Stop()
	var lost error
	for open := true; open; {
		select {
		case <-ctx.Done():
			open = false
		case lost = <-failed:
			frames += s.handOver(ctx)
			open = false
		case <-news:
			frames += s.handOver(ctx)
		case <-s.beep:
			s.sendSound()
		case <-idle.C:
			s.expire()
			frames += s.handOver(ctx)
		}
		if at, pending := s.due(); pending {
			idle.Reset(time.Until(at))
		} else {
			idle.Stop()
		}
	}

	p.wake()
	if lost == nil {
		<-failed
	}
	s.mu.Lock()
	s.port = nil
	s.framer.Restart() // half a code is a credential too, and does not stay in memory
	s.mu.Unlock()
	p.close()
	if lost != nil {
		s.publish(Absent, lost.Error())
	}
	return frames
}

// read is the reader: it takes bytes in until the port fails or is woken to be closed.
func (s *Scanner) read(p *port, news chan<- struct{}) error {
	for {
		if err := p.wait(); err != nil {
			return err
		}
		s.mu.Lock()
		err := s.take()
		s.mu.Unlock()
		if err != nil {
			return err
		}
		nudge(news)
	}
}

// take frames all that has arrived. The caller holds mu.
func (s *Scanner) take() error {
	if s.port == nil {
		return nil
	}
	for range 64 { // a device that never pauses must not hold mu for ever
		n, err := s.port.read(s.buf[:])
		now := time.Now()
		data := s.answers.strip(s.buf[:n], now)
		if s.tap != nil && len(data) > 0 {
			s.tap(data, now)
		}
		for _, f := range s.framer.Push(data, now) {
			s.enqueue(f)
		}
		clear(data)
		clear(s.buf[:n])
		if err != nil || n < len(s.buf) {
			return err
		}
	}
	return nil
}

// expire ends an unterminated rest. Bytes that are there win over the clock: a till that was held up must not cut a
// code that has long arrived whole.
func (s *Scanner) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.take() // a hang-up is for the reader to find
	if f, ok := s.framer.Idle(time.Now()); ok {
		s.enqueue(f)
	}
}

// enqueue keeps f for the owner. The caller holds mu.
func (s *Scanner) enqueue(f Frame) {
	if s.tap != nil {
		f.Wipe()
		return
	}
	if len(s.queue) == maxQueue {
		f.Wipe()
		s.lost++
		return
	}
	s.queue = append(s.queue, f)
}

func (s *Scanner) due() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.framer.Due()
}

// handOver delivers what is queued, one by one, so that an Arm in between takes the rest away.
func (s *Scanner) handOver(ctx context.Context) (frames int) {
	for ctx.Err() == nil {
		s.mu.Lock()
		if len(s.queue) == 0 {
			garbled := s.framer.Garbled()
			s.mu.Unlock()
			if garbled {
				s.publish(Noise, "nothing readable for several scans: the speed or the parity differs from the scanner's; "+s.openDetail())
			} else {
				s.publish(Open, s.openDetail())
			}
			return frames
		}
		f := s.queue[0]
		s.queue[0] = Frame{}
		s.queue = s.queue[1:]
		armed := s.armed
		s.mu.Unlock()
		frames++
		if s.rereads.again(f, armed) {
			s.status.Rereads++
			f.Wipe()
			s.repeatSound()
			continue
		}
		s.deliver(f)
	}
	return frames
}

func (s *Scanner) openDetail() string {
	detail := fmt.Sprintf("%s at %d baud, 8N1", s.cfg.Serial, s.cfg.baud())
	if s.path != s.cfg.Serial {
		detail += ", found as " + s.path
	}
	if s.rereads.resent {
		detail += "; it sends each code again after 2 s because it waits for an ACK: switch ACK/NAK off on the scanner"
	}
	return detail
}

// held is how long who has a busy port is not looked up again: that goes through all processes.
const held = 10 * time.Second

// heldBy names who has the busy port, for the detail.
func (s *Scanner) heldBy() string {
	if s.status.State != Busy || time.Since(s.heldAt) >= held {
		s.holder, s.heldAt = s.roots.holder(s.path), time.Now()
	}
	if s.holder == "" {
		return " (another program has it; this user may not see which)"
	}
	return " (" + s.holder + ", has it)"
}

// fault publishes why the port could not be opened.
func (s *Scanner) fault(err error) {
	state, detail := s.noPort(err)
	if state == Busy {
		detail += s.heldBy()
	}
	s.publish(state, detail)
}

// publish reports the status with the frames counted so far.
func (s *Scanner) publish(state State, detail string) {
	s.mu.Lock()
	s.status.BadFrames, s.status.Dropped = s.framer.Bad, s.framer.Dropped+s.lost
	s.mu.Unlock()
	s.reporter.publish(state, detail)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

package hardware

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// PoleConfig says which pole display the customer reads. The zero value is a till without one.
type PoleConfig struct {
	// Serial is the path of the display's serial port; the name under /dev/serial/by-id is the one that stays. Empty: no
	// pole display.
	Serial string `toml:"serial"`
	// Baud is the line speed in bits per second, with 8 data bits, no parity, 1 stop bit. 0 means 2400 for led8 and 9600 for
	// the others; the display's own switches or label say what it is.
	Baud int `toml:"baud"`
	// Kind is the family of its commands: led8 (eight digits with lamps), cd5220 or epson (two lines of twenty characters).
	Kind string `toml:"kind"`
}

// Check returns a sentence for every wrong setting, joined, each beginning with the setting's name; or nil.
func (c PoleConfig) Check() error {
	var serial, baud, kind error
	if strings.ContainsRune(c.Serial, 0) {
		serial = errors.New("serial: the path has a NUL byte in it")
	}
	if c.Baud != 0 && !slices.Contains(bauds, c.Baud) {
		baud = fmt.Errorf("baud = %d: allowed are 0 (the default of the kind) and %v", c.Baud, bauds)
	}
	if !slices.Contains(poleKinds, c.Kind) && (c.Kind != "" || c.Serial != "") {
		kind = fmt.Errorf("kind = %q: allowed are %s", c.Kind, strings.Join(poleKinds, ", "))
	}
	return errors.Join(serial, baud, kind)
}

func (c PoleConfig) baud() int {
	switch {
	case c.Baud != 0:
		return c.Baud
	case c.Kind == poleLED8:
		return 2400
	}
	return defaultBaud
}

const (
	// poleDeadline is how long a display may refuse bytes before it counts as failed. The kernel's queue holds dozens of
	// pictures and each one waits for the line, so a full queue means a display that is switched off behind a flow control.
	poleDeadline = 500 * time.Millisecond
	// poleAgain is the wait before a picture that was not taken is sent again.
	poleAgain = time.Second
	// poleTestTime is how long the test's picture stays: long enough to walk around the counter.
	poleTestTime = 3 * time.Second
	// poleLeave is for the adapter's own buffer, and a busy kernel: closing throws away what has not left.
	poleLeave = 100 * time.Millisecond
)

// Pole drives a pole display for as long as Run runs, through every unplug and replug. Show and Test may be called from any
// goroutine, before, during and after Run.
type Pole struct {
	cfg   PoleConfig
	test  time.Duration // how long the test's picture stays
	leave time.Duration // how long the last picture has, beside its time on the line, before the port is closed

	// Owned by the goroutine in Run.
	reporter
	attempts backoff

	news    chan struct{} // holds one: something below has changed
	mu      sync.Mutex
	view    PoleView
	testing time.Time  // the test's picture stays until then
	tests   chan error // of a test that waits for its picture to be taken; nil for none
}

// NewPole returns a Pole for cfg, which must have passed Check. report is called from the goroutine in Run, one at a time, and
// not after Run has returned; it gets every change of the status.
func NewPole(cfg PoleConfig, report func(Status)) *Pole {
	return &Pole{cfg: cfg, reporter: reporter{report: report}, test: poleTestTime, leave: poleLeave, news: make(chan struct{}, 1)}
}

// Show shows v, without waiting. Only the last view matters: one that has not reached the display is given up for it.
func (p *Pole) Show(v PoleView) {
	p.mu.Lock()
	p.view = v
	p.mu.Unlock()
	nudge(p.news)
}

// Test is the test button: every part of the display lights for 3 s, and then it shows what it did. It returns when the
// display has taken that, with what is wrong, or when ctx ends. That bytes were taken does not mean that they can be read:
// these displays do not answer.
func (p *Pole) Test(ctx context.Context) error {
	if p.cfg.Serial == "" {
		return errors.New("no pole display is configured")
	}
	taken := make(chan error, 1)
	p.mu.Lock()
	before := p.tests
	p.tests, p.testing = taken, time.Now().Add(p.test)
	p.mu.Unlock()
	if before != nil {
		before <- errors.New("another test came in between") // told once, and there is room for one
	}
	nudge(p.news)
	select {
	case err := <-taken:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the pole display gives no answer: %w", ctx.Err())
	}
}

// picture is what the display should show now, and for how long at most; 0 for as long as nothing changes.
func (p *Pole) picture() (b []byte, left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left = time.Until(p.testing); left > 0 {
		return poleBytes(p.cfg.Kind, PoleView{Kind: poleTest}), left
	}
	return poleBytes(p.cfg.Kind, p.view), 0
}

// tell answers a test that waits.
func (p *Pole) tell(err error) {
	p.mu.Lock()
	taken := p.tests
	p.tests = nil
	p.mu.Unlock()
	if taken != nil {
		taken <- err
	}
}

// Run opens the display, draws on it, and opens it again whenever it comes back, until ctx ends. It returns nil: a device fault
// is a status, not the end of a till. Call it once.
func (p *Pole) Run(ctx context.Context) error {
	if p.cfg.Serial == "" {
		return p.off(ctx, "no pole display is configured")
	}
	for ctx.Err() == nil {
		port, err := openPort(p.cfg.Serial, p.cfg.baud())
		if err != nil {
			p.publish(p.noPort(err))
		} else {
			p.refused = time.Time{}
			opened := time.Now()
			p.serve(ctx, port)
			if time.Since(opened) >= provenAfter {
				p.attempts = backoff{}
				continue
			}
		}
		if ctx.Err() == nil {
			p.tell(errors.New(p.status.Detail))
		}
		pause(ctx, p.attempts.next(p.status.State))
	}
	return nil
}

// serve draws on the port until it fails or ctx ends, and closes it.
func (p *Pole) serve(ctx context.Context, port *port) {
	var listening sync.WaitGroup
	gone := make(chan error, 1)
	listening.Go(func() { gone <- listen(port) })
	lost := p.draw(ctx, port, gone)
	if lost == nil { // an amount must not stand there when nobody takes it any more
		b := append(poleOpening(p.cfg.Kind), poleBytes(p.cfg.Kind, PoleView{})...)
		_, _ = port.writeSome(b) // the till ends in any case
		pause(context.WithoutCancel(ctx), p.leave+p.lineTime(len(b)))
	}
	port.wake()
	listening.Wait()
	port.close()
	if lost != nil {
		p.publish(Absent, lost.Error())
	}
}

// listen waits for the device to go, and throws away what it sends meanwhile: some displays echo.
func listen(port *port) error {
	var buf [256]byte
	for {
		if err := port.wait(); err != nil {
			return err
		}
		if _, err := port.read(buf[:]); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond) // a device that never pauses costs no more than this
	}
}

// draw sends each picture that differs from the last one. Between two it waits for as long as the line needs for the first:
// what waits in the kernel's queue is out of reach, and would be shown one after the other while the customer waits for the last.
func (p *Pole) draw(ctx context.Context, port *port, gone <-chan error) (lost error) {
	drawn, before := []byte(nil), poleOpening(p.cfg.Kind)
	next := time.NewTimer(0)
	defer next.Stop()
	busy := true // until next fires
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-gone:
			return err
		case <-next.C:
			busy = false
		case <-p.news:
		}
		if busy {
			continue // next is set, and looks again
		}
		picture, left := p.picture()
		if bytes.Equal(picture, drawn) {
			p.tell(nil)
			if left > 0 {
				next.Reset(left)
			}
			continue
		}
		wait := p.lineTime(len(before) + len(picture))
		switch err := send(ctx, port, append(slices.Clone(before), picture...)); {
		case errors.Is(err, errStuck):
			p.publish(Failed, err.Error())
			p.tell(err)
			drawn, before, wait = nil, poleOpening(p.cfg.Kind), poleAgain
		case err != nil:
			return err
		default:
			p.publish(Open, fmt.Sprintf("%s at %d baud, 8N1, %s", p.cfg.Serial, p.cfg.baud(), p.cfg.Kind))
			drawn, before = picture, nil
		}
		busy = true
		next.Reset(wait)
	}
}

// lineTime is how long n bytes take on the line. A USB port is faster than its number says, and a little waiting there costs nothing.
func (p *Pole) lineTime(n int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(p.cfg.baud())
}

// send writes b whole. A display that takes nothing for a while is errStuck; half a picture may then have been taken.
func send(ctx context.Context, port *port, b []byte) error {
	for end := time.Now().Add(poleDeadline); ; {
		n, err := port.writeSome(b)
		b = b[n:]
		switch {
		case err != nil:
			return err
		case len(b) == 0:
			return nil
		case time.Now().After(end), ctx.Err() != nil:
			return errStuck
		}
		pause(ctx, poleDeadline/25)
	}
}

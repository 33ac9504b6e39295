package hwtest

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// bufferMost is how many bytes a printer takes in before it has worked them off, as the usual ones do.
const bufferMost = 4096

// Printer is a receipt printer on TCP or on a serial line. It answers requests of its status when they arrive, and works everything
// else off in order. All verbs may be called from any goroutine; those that can fail fail the test.
type Printer struct {
	tb   testing.TB
	to   string // without the kind of way
	link string // of a serial line: the name that comes and goes

	one sync.Mutex // held by the connection that is heard

	mu       sync.Mutex
	changed  *sync.Cond
	machine  interpreter
	buffer   []byte
	reply    io.Writer // whoever has sent last
	tail     []byte    // of what has come, for requests that are cut in two
	listener net.Listener
	conns    []io.Closer
	gone     bool // unplugged, or the test is over
	over     bool // the test has ended

	out, near, cover, mute, noWord bool
	outAt                          int // bytes worked off after which the paper ends; 0: never
	worked                         int
	perSecond                      int
	rest                           time.Duration // still to be slept
	many                           bool          // serves several connections at once
	dropAt                         int           // bytes taken in after which the line breaks; 0: never
	taken                          int
	all                            []byte // everything taken in
	onByte                         func(time.Time)
}

// NewPrinter is a printer on TCP.
func NewPrinter(tb testing.TB) *Printer {
	tb.Helper()
	p := newPrinter(tb)
	p.to = "127.0.0.1:0"
	p.Plug()
	return p
}

// NewSerialPrinter is a printer on a serial line: a pseudo-terminal.
func NewSerialPrinter(tb testing.TB) *Printer {
	tb.Helper()
	p := newPrinter(tb)
	p.link = filepath.Join(tb.TempDir(), "usb-Printer_Model_1-if00")
	p.to = p.link
	p.Plug()
	return p
}

func newPrinter(tb testing.TB) *Printer {
	p := &Printer{tb: tb}
	p.changed = sync.NewCond(&p.mu)
	p.machine.ask = p.answerInOrder
	over := make(chan struct{})
	go func() { defer close(over); p.work() }()
	tb.Cleanup(func() {
		p.Unplug()
		p.mu.Lock()
		p.perSecond, p.out, p.cover, p.onByte = 0, false, false, nil
		p.over = true
		p.changed.Broadcast()
		p.mu.Unlock()
		<-over
	})
	return p
}

// To is what the till's configuration names. It stays the same when the printer is plugged in again.
func (p *Printer) To() string {
	if p.link != "" {
		return "serial:" + p.to
	}
	return "tcp:" + p.to
}

// ToUSB is the same line as the device file of a USB printer, which it resembles when the till asks for no speed.
func (p *Printer) ToUSB() string { return "usb:" + p.to }

// Plug brings the printer's line, or its place on the net.
func (p *Printer) Plug() {
	p.tb.Helper()
	if p.link == "" {
		listener, err := net.Listen("tcp", p.to)
		if err != nil {
			p.tb.Fatalf("printer: %v", err)
		}
		p.mu.Lock()
		p.listener, p.to, p.gone = listener, listener.Addr().String(), false
		p.mu.Unlock()
		go p.accept(listener)
		return
	}
	master, slave, err := open()
	if err == nil {
		err = os.Symlink(slave.Name(), p.link)
	}
	if err != nil {
		p.tb.Fatalf("printer: %v", err)
	}
	p.mu.Lock()
	p.conns, p.gone = append(p.conns, master, slave), false
	p.mu.Unlock()
	go p.serve(master)
}

// Unplug takes it away. What the printer has taken in it still works off.
func (p *Printer) Unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
	if p.listener != nil {
		_ = p.listener.Close()
	}
	p.hangUp()
}

// hangUp breaks every connection. A device's name goes first: its number is given to the next line that anybody opens. The caller holds mu.
func (p *Printer) hangUp() {
	if p.link != "" {
		_ = os.Remove(p.link)
	}
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns, p.reply = nil, nil
	p.changed.Broadcast()
}

func (p *Printer) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_ = conn.(*net.TCPConn).SetReadBuffer(2048) // printers have little room
		p.mu.Lock()
		p.conns = append(p.conns, conn)
		p.mu.Unlock()
		go p.serve(conn)
	}
}

// serve hears one connection. As the usual printers do, it begins when the one before has ended.
func (p *Printer) serve(line io.ReadWriteCloser) {
	if !p.isMany() {
		p.one.Lock()
		defer p.one.Unlock()
	}
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		if n > 0 && !p.takeIn(buf[:n], line) || err != nil {
			_ = line.Close()
			return
		}
	}
}

func (p *Printer) isMany() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.many
}

// takeIn answers what is to be answered at once, and puts the rest into the buffer when there is room. It returns false when the line
// breaks.
func (p *Printer) takeIn(b []byte, line io.Writer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reply = line
	if p.dropAt > 0 && p.taken+len(b) >= p.dropAt {
		p.buffer = append(p.buffer, b[:max(0, p.dropAt-p.taken)]...)
		p.dropAt, p.taken = 0, 0
		p.hangUp()
		return false
	}
	p.taken += len(b)
	p.all = append(p.all, b...)
	p.answer(b)
	for len(p.buffer) >= bufferMost && !p.gone {
		p.changed.Wait()
	}
	p.buffer = append(p.buffer, b...)
	p.changed.Broadcast()
	return true
}

// answer answers the requests in b, also one that began in the bytes before. The caller holds mu.
func (p *Printer) answer(b []byte) {
	all := append(slices.Clone(p.tail), b...)
	known := realTime(p.tail)
	for _, command := range realTime(all)[len(known):] {
		switch command[1] {
		case 0x04:
			p.say(p.statusByte(command[2]))
		case 0x14:
			p.machine.fault("a real-time pulse")
		}
	}
	p.tail = all[max(0, len(all)-2):]
}

func (p *Printer) statusByte(n byte) byte {
	b := byte(0x12)
	set := func(is bool, bits byte) {
		if is {
			b |= bits
		}
	}
	switch n {
	case 1:
		set(p.out || p.cover, 0x08)
	case 2:
		set(p.cover, 0x04)
		set(p.out, 0x20)
	case 4:
		set(p.near, 0x0C)
		set(p.out, 0x60)
	}
	return b
}

func (p *Printer) say(b byte) {
	if p.mute || p.reply == nil {
		return
	}
	_, _ = p.reply.Write([]byte{b}) // whoever asked may be gone
}

// answerInOrder is GS r 1. The worker holds mu.
func (p *Printer) answerInOrder() {
	if p.noWord {
		return
	}
	b := byte(0)
	if p.near {
		b = 0x03
	}
	p.say(b)
}

// work prints what is in the buffer, as long as there is paper.
func (p *Printer) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		for (len(p.buffer) == 0 || p.out || p.cover) && !p.over {
			p.changed.Wait()
		}
		if len(p.buffer) == 0 || p.out || p.cover {
			return
		}
		n := p.machine.step(p.buffer)
		if n == 0 {
			seen := len(p.buffer)
			for len(p.buffer) == seen && !p.over {
				p.changed.Wait()
			}
			if p.over && len(p.buffer) == seen {
				return
			}
			continue
		}
		p.workedOff(n)
	}
}

// workedOff counts n bytes as done. The caller holds mu.
func (p *Printer) workedOff(n int) {
	if p.onByte != nil && p.buffer[0] != 0x10 {
		p.onByte(time.Now())
		p.onByte = nil
	}
	p.buffer = p.buffer[n:]
	p.worked += n
	if p.outAt > 0 && p.worked >= p.outAt {
		p.out, p.outAt = true, 0
	}
	p.changed.Broadcast()
	if p.perSecond > 0 {
		p.rest += time.Duration(n) * time.Second / time.Duration(p.perSecond)
		if rest := p.rest; rest >= time.Millisecond {
			p.rest = 0
			p.mu.Unlock()
			time.Sleep(rest)
			p.mu.Lock()
		}
	}
}

func (p *Printer) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.changed.Broadcast()
}

// PaperOutAfter lets the paper end when n more bytes are worked off; 0: now.
func (p *Printer) PaperOutAfter(n int) {
	p.set(func() {
		if p.outAt = p.worked + n; n == 0 {
			p.out, p.outAt = true, 0
		}
	})
}

// PaperBack puts a new roll in. What is in the buffer comes out on it.
func (p *Printer) PaperBack() { p.set(func() { p.out = false }) }

// NearEnd sets whether the sensor of the roll's end speaks.
func (p *Printer) NearEnd(is bool) { p.set(func() { p.near = is }) }

// Cover opens or closes the cover.
func (p *Printer) Cover(open bool) { p.set(func() { p.cover = open }) }

// Mute makes a printer that never tells anything.
func (p *Printer) Mute(is bool) { p.set(func() { p.mute = is }) }

// NoWord makes a printer that answers real-time requests alone.
func (p *Printer) NoWord(is bool) { p.set(func() { p.noWord = is }) }

// Slow sets how many bytes are worked off in a second; 0: as fast as can be.
func (p *Printer) Slow(perSecond int) { p.set(func() { p.perSecond = perSecond }) }

// ServeMany makes a printer that hears several connections at once, from the next one on.
func (p *Printer) ServeMany() { p.set(func() { p.many = true }) }

// DropAfter breaks the line once n more bytes were taken in.
func (p *Printer) DropAfter(n int) { p.set(func() { p.dropAt, p.taken = n, 0 }) }

// PowerCycle forgets what was taken in and not worked off.
func (p *Printer) PowerCycle() {
	p.set(func() {
		p.buffer = nil
		p.machine = interpreter{paper: p.machine.paper, ask: p.answerInOrder}
		p.hangUp()
	})
}

// OnByte calls f once, when the next byte that is no request of the status is worked off.
func (p *Printer) OnByte(f func(time.Time)) { p.set(func() { p.onByte = f }) }

// Taken is every byte that the printer was sent.
func (p *Printer) Taken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.all)
}

// Paper is everything that has come out so far.
func (p *Printer) Paper() Paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Paper{Items: slices.Clone(p.machine.paper.Items), Faults: slices.Clone(p.machine.paper.Faults)}
}

// WaitFor waits until the paper is as wanted, and fails the test when it does not become so.
func (p *Printer) WaitFor(what string, wanted func(Paper) bool) Paper {
	p.tb.Helper()
	for end := time.Now().Add(3 * patience); ; time.Sleep(200 * time.Microsecond) {
		paper := p.Paper()
		if wanted(paper) {
			return paper
		}
		if time.Now().After(end) {
			p.tb.Fatalf("printer: no %s:\n%s%v", what, paper.Text(48), paper.Faults)
		}
	}
}

// WaitCuts waits for so many slips in all.
func (p *Printer) WaitCuts(n int) Paper {
	p.tb.Helper()
	return p.WaitFor("cut", func(paper Paper) bool { return paper.Count(Cut) >= n })
}

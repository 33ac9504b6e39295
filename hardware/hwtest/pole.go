package hwtest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Pole is a pole display on a serial line: a pseudo-terminal, and a glass that does what the commands say. It knows the three
// families by their commands alone, so a till with the wrong one shows what a shop would see. Use it from one goroutine.
type Pole struct {
	tb  testing.TB
	gun *Gun // the line

	mu      sync.Mutex
	stopped bool // takes no bytes
	glass   Glass
	readers sync.WaitGroup
}

// NewPole returns a display that is plugged in. It is unplugged when the test ends.
func NewPole(tb testing.TB) *Pole {
	tb.Helper()
	p := &Pole{tb: tb, gun: NewGun(tb)}
	p.listen()
	tb.Cleanup(func() {
		if p.gun.plugged() {
			p.gun.Unplug()
		}
		p.readers.Wait()
	})
	return p
}

// Path is what the till's configuration names.
func (p *Pole) Path() string { return p.gun.Path() }

// Unplug takes the display away. What stood on it is gone, as its power came by the same cable.
func (p *Pole) Unplug() {
	p.tb.Helper()
	p.gun.Unplug()
	p.readers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.glass = Glass{Shown: p.glass.Shown, Before: p.glass.Before}
}

// Replug brings it back, dark.
func (p *Pole) Replug() {
	p.tb.Helper()
	p.gun.Replug()
	p.listen()
}

// Chmod sets who may open the line.
func (p *Pole) Chmod(mode os.FileMode) { p.gun.Chmod(mode) }

// Stop makes the display take no bytes, as one that is switched off behind a flow control. Go lets it take them again.
func (p *Pole) Stop(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = on
}

// Echo sends the till what some displays answer without being asked.
func (p *Pole) Echo(s string) { p.gun.Type(s) }

// Glass is what stands there now.
func (p *Pole) Glass() Glass {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.glass
}

// Shows waits until the glass reads as want does: Glass.String.
func (p *Pole) Shows(want string) {
	p.tb.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		glass := p.Glass()
		if glass.String() == want {
			return
		}
		if time.Now().After(end) {
			p.tb.Fatalf("pole display: it shows\n%v\nwant\n%v\nnot understood: %q", glass, want, glass.Unknown)
		}
	}
}

// Showed waits until the glass has read as want does at some time, however briefly.
func (p *Pole) Showed(want string) {
	p.tb.Helper()
	for end := time.Now().Add(patience); !strings.Contains(p.Glass().Before, want+"\n---\n"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			p.tb.Fatalf("pole display: it has never shown\n%v\nbut\n%v", want, p.Glass().Before)
		}
	}
}

func (p *Pole) listen() {
	master, _ := p.gun.files()
	p.readers.Go(func() {
		buf := make([]byte, 64)
		for {
			p.mu.Lock()
			stopped := p.stopped
			p.mu.Unlock()
			if stopped {
				time.Sleep(time.Millisecond)
				if !p.gun.plugged() {
					return
				}
				continue
			}
			_ = master.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) // to look at stopped again
			n, err := master.Read(buf)
			p.mu.Lock()
			p.glass.Write(buf[:n])
			p.mu.Unlock()
			if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				if !p.gun.plugged() {
					return
				}
				time.Sleep(time.Millisecond) // no till has the line open
			}
		}
	})
}

// Glass is the visible side of a display, and how it reads its commands. Its zero value is dark.
type Glass struct {
	Upper, Lower string // of 2x20 displays
	Digits       string // of an eight-digit one
	Lamp         string // total, received, change, price, or empty
	Shown        int    // complete pictures since the beginning
	Unknown      string // bytes that were no command of it
	Before       string // the pictures so far, each as String gives it and with a line of its own behind it

	column, row int
	pending     []byte // an unfinished command
}

// String is a line for each thing that is lit.
func (g Glass) String() string {
	var lines []string
	if g.Lamp != "" || g.Digits != "" {
		lines = append(lines, fmt.Sprintf("%s [%s]", g.Digits, g.Lamp))
	}
	if g.Upper != "" || g.Lower != "" {
		lines = append(lines, strings.TrimRight(g.Upper, " "), strings.TrimRight(g.Lower, " "))
	}
	return strings.Join(lines, "\n")
}

// Write takes bytes as they come off the line.
func (g *Glass) Write(b []byte) {
	for _, c := range b {
		g.pending = append(g.pending, c)
		if g.obey(string(g.pending)) {
			g.pending = g.pending[:0]
		}
	}
}

// obey does what the command says, and reports whether it was whole.
func (g *Glass) obey(command string) bool {
	switch {
	case command == "\x0C", command == "\x1B@":
		*g = Glass{Shown: g.Shown, Unknown: g.Unknown, Lamp: g.Lamp, Before: g.Before, pending: g.pending}
	case strings.HasPrefix(command, "\x1BQ") && len(command) >= 3 && (command[2] == 'A' || command[2] == 'B'):
		return g.line(command)
	case strings.HasPrefix(command, "\x1Bs") && len(command) == 3:
		lamp, ok := map[byte]string{'0': "", '1': "price", '2': "total", '3': "received", '4': "change"}[command[2]]
		if !ok {
			g.Unknown += command
		}
		g.Lamp = lamp
	case strings.HasPrefix(command, "\x1F$") && len(command) == 4:
		g.column, g.row = int(command[2])-1, int(command[3])-1
		g.Digits = ""
	case command == "\x1B", command == "\x1BQ", command == "\x1Bs", strings.HasPrefix(command, "\x1F") && len(command) < 4:
		return false
	case len(command) == 1 && command[0] >= ' ' && command[0] <= '~':
		g.put(command[0])
	default:
		g.Unknown += command
	}
	return true
}

// line is ESC Q: a whole line up to CR. A clearing byte ends it as well. Digits alone are for the eight-digit glass.
func (g *Glass) line(command string) bool {
	text, last := command[3:], command[len(command)-1]
	if text == "" {
		return false
	}
	switch {
	case last == '\x0C':
		g.obey("\x0C")
		return true
	case last != '\r':
		return false
	}
	text = text[:len(text)-1]
	switch {
	case command[2] == 'B':
		g.Lower = text
		g.whole()
	case strings.Trim(text, "0123456789.-") == "":
		if len(strings.ReplaceAll(text, ".", "")) > 8 || len(text) > 15 {
			g.Unknown += command
		}
		g.Digits = text
		g.whole()
	default:
		g.Upper = text
	}
	return true
}

// whole counts a complete picture.
func (g *Glass) whole() {
	g.Shown++
	if len(g.Before) < 1<<16 {
		g.Before += g.String() + "\n---\n"
	}
}

// put writes one character where the cursor stands.
func (g *Glass) put(c byte) {
	line := &g.Upper
	if g.row == 1 {
		line = &g.Lower
	}
	if g.column < 0 || g.column >= 20 || g.row < 0 || g.row > 1 {
		g.Unknown += string(c)
		return
	}
	whole := []byte(*line + strings.Repeat(" ", 20-len(*line)))
	whole[g.column] = c
	*line = string(whole)
	if g.column++; g.column == 20 && g.row == 1 {
		g.whole()
	}
}

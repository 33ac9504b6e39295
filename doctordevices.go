package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guitai/hardware"
	"guitai/ledger"
	"guitai/ui"
	"guitai/ui/console"
)

// This file is how the doctor tries what stands on the counter: each device runs as in the till, for as long as its state takes to settle.

const (
	// tryFor is how long a device has to come to a good end: a port that may not be opened is only called so after 2 s, because udev
	// sets its group a moment after it appears.
	tryFor = 3500 * time.Millisecond
	// wellFor is how long a device must be well to be called so: a port that can be opened and fails at once is not, and what sends by
	// itself is heard.
	wellFor = 1500 * time.Millisecond
	// poleShows is how long the display's test picture stays, for somebody who walks around the counter.
	poleShows = 3 * time.Second
	// unasked lines, while nobody was told to scan, are too many for a scanner; of one and the same line again there may be more, because
	// one that stands on the counter reads a phone that lies under it three times a second. A scale says its weight ten times.
	unasked, unaskedAgain = 3, 8
)

// patient is a device that is being tried.
type patient struct {
	kind  ledger.DeviceKind
	path  string // of its device file; empty where it has none
	run   func(context.Context) error
	test  func(context.Context) error // the test button; nil where there is none
	sent  string                      // what a person should see or hear of a test
	stays time.Duration               // how long they need for it

	mu      sync.Mutex
	status  hardware.Status
	known   bool
	changed chan struct{} // holds one
}

func newPatient(kind ledger.DeviceKind, path string) *patient {
	return &patient{kind: kind, path: path, changed: make(chan struct{}, 1)}
}

// report takes in what the device says of itself.
func (p *patient) report(s hardware.Status) {
	p.mu.Lock()
	p.status, p.known = s, true
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default: // settled has yet to look, and will find this too
	}
}

func (p *patient) now() (s hardware.Status, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.known
}

// settled waits until the device is well and stays so, or has had its time.
func (p *patient) settled(ctx context.Context) hardware.Status {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	for {
		s, known := p.now()
		var well <-chan time.Time
		switch {
		case !known:
		case s.State == hardware.Off:
			return s
		case works(s.State):
			well = time.After(wellFor)
		}
		select {
		case <-p.changed:
		case <-well:
			return s
		case <-ctx.Done():
			if s, known = p.now(); !known {
				s = hardware.Status{State: hardware.Failed, Detail: "it gave no answer"}
			}
			return s
		}
	}
}

// works reports whether a device in a state does what it is there for.
func works(s hardware.State) bool {
	return s == hardware.Open || s == hardware.Mute || s == hardware.PaperLow
}

// try runs the device, presses its test button where that is wanted and it works, and gives how it was.
func (w *ward) try(ctx context.Context, p *patient) (console.State, string, string) {
	if other := tillWith(p.path); other != 0 {
		return "busy", fmt.Sprintf("%s: process %d has it, another guitai", p.path, other), "close that one first; a device belongs to one till"
	}
	running, leave := context.WithCancel(ctx)
	var device sync.WaitGroup
	device.Go(func() { _ = p.run(running) })
	defer device.Wait()
	defer leave()
	s := p.settled(ctx)
	sent := ""
	if w.test && p.test != nil && works(s.State) {
		limited, cancel := context.WithTimeout(ctx, testWithin)
		defer cancel()
		if err := p.test(limited); err != nil {
			if s, _ = p.now(); works(s.State) {
				s.State = hardware.Failed
			}
			return stateWord(s.State), "the test: " + err.Error(), hint(p.kind, s.State)
		}
		sent = "; " + p.sent
		rest := time.NewTimer(p.stays)
		defer rest.Stop()
		select {
		case <-rest.C:
		case <-ctx.Done():
		}
		s, _ = p.now() // the test has asked the device once more
	}
	state, says, next := stateWord(s.State), s.Detail+sent, hint(p.kind, s.State)
	if _, _, wrong := node(p.path); p.path != "" && wrong != "" {
		next = wrong
	}
	if s.State == hardware.Busy && p.kind != ledger.DeviceScanner { // which names them itself
		says += holders(p.path)
	}
	return state, says, next
}

func notConfigured() (console.State, string, string) { return console.Off, "none is configured", "" }

// stateWord is a hardware's state as the screens and the board call it.
func stateWord(s hardware.State) console.State {
	if s == hardware.Open {
		return console.Ready
	}
	return console.State(deviceStates[s])
}

// look is a device beside an open till: its file is looked at and not opened.
func (w *ward) look(kind ledger.DeviceKind, path string) (console.State, string, string) {
	if path == "" {
		return w.held("")
	}
	state, says, next := node(path)
	switch {
	case state == console.Ready:
		return w.held(says)
	case state == "no-access":
		return state, says, cmp.Or(next, hint(kind, hardware.NoPermission))
	}
	return state, says, cmp.Or(next, hint(kind, hardware.Absent))
}

func (w *ward) scanner(ctx context.Context) (console.State, string, string) {
	cfg := w.cfg.Scanner
	if cfg.Serial == "" {
		return notConfigured()
	}
	path, err := cfg.Locate() // where there is none, trying says so as the till would
	switch {
	case w.taken != nil && err != nil:
		return stateWord(hardware.Absent), err.Error(), hint(ledger.DeviceScanner, hardware.Absent)
	case w.taken != nil:
		return w.look(ledger.DeviceScanner, path)
	}
	p := newPatient(ledger.DeviceScanner, path)
	var readings atomic.Int64
	p.run = hardware.NewScanner(cfg, func(f hardware.Frame) { f.Wipe(); readings.Add(1) }, p.report).Run
	state, says, next := w.try(ctx, p)
	s, _ := p.now()
	if n := int(readings.Load()); state == console.Ready && (n >= unasked || s.Rereads >= unaskedAgain) {
		return stateWord(hardware.Noise), fmt.Sprintf("%s sends by itself: %d lines while nobody was asked to scan", cfg.Serial, n+s.Rereads),
			"where nobody was scanning this is no scanner: unplug it, and see which name under /dev/serial/by-id goes"
	}
	return state, says, next
}

func (w *ward) printer(ctx context.Context) (console.State, string, string) {
	cfg := w.cfg.Printer
	kind, path, _ := strings.Cut(cfg.To, ":")
	if kind == "tcp" {
		path = ""
	}
	waiting := waitingSlips(w.dir)
	switch {
	case cfg.To == "":
		return notConfigured()
	case w.taken != nil:
		state, says, next := w.look(ledger.DevicePrinter, path)
		return state, says + waiting, next
	}
	state, says, next := w.tryPrinter(ctx, path)
	if state == console.Mute && !w.test { // it may have slept, or the machine may be busy: one answer that came late means nothing
		state, says, next = w.tryPrinter(ctx, path)
	}
	return state, says + waiting, next
}

func (w *ward) tryPrinter(ctx context.Context, path string) (console.State, string, string) {
	p := newPatient(ledger.DevicePrinter, path)
	desk := hardware.Desk{Shop: w.cfg.Till.Shop, Till: w.cfg.Till.Name, Mode: w.cfg.Mode, Calendar: ledger.Calendar{Zone: w.cfg.zone()}}
	printer := hardware.NewPrinter(w.cfg.Printer, desk, ui.Language(w.cfg.Screen, os.Getenv), w.spool, p.report)
	p.run, p.test, p.sent = printer.Run, printer.Test, "the test slip was sent, look at the paper"
	return w.try(ctx, p)
}

// waitingSlips says how many slips a till has still to print, of which the doctor prints none.
func waitingSlips(dir string) string {
	switch n, err := hardware.SpoolWaiting(dir); {
	case err != nil:
		return "; what waits to be printed cannot be read: " + err.Error()
	case n > 0:
		return fmt.Sprintf("; slips that wait for the till to print them: %d", n)
	}
	return ""
}

// voice opens no sound device unless it is to be heard, so it is tried beside an open till, too.
func (w *ward) voice(ctx context.Context) (console.State, string, string) {
	if !w.cfg.Voice.On {
		return notConfigured()
	}
	p := newPatient(ledger.DeviceVoice, "")
	voice := hardware.NewVoice(w.cfg.Voice, ui.Language(w.cfg.Screen, os.Getenv), nil, p.report)
	p.run, p.sent = voice.Run, "the sound test was played, did you hear it?"
	if w.taken == nil {
		p.test = voice.Test
	}
	state, says, next := w.try(ctx, p)
	if err := voice.CheckClips(); err != nil && state == console.Ready {
		return "no-clips", err.Error(), "guitai voice make --dir " + w.cfg.Voice.Clips + " makes what is missing"
	}
	if w.taken != nil && w.test && state == console.Ready {
		return w.held(says)
	}
	return state, says, next
}

func (w *ward) pole(ctx context.Context) (console.State, string, string) {
	cfg := w.cfg.Pole
	switch {
	case cfg.Serial == "":
		return notConfigured()
	case w.taken != nil:
		return w.look(ledger.DevicePole, cfg.Serial)
	}
	p := newPatient(ledger.DevicePole, cfg.Serial)
	pole := hardware.NewPole(cfg, p.report)
	p.run, p.test, p.sent, p.stays = pole.Run, pole.Test, "the test picture was sent, look at the display", poleShows
	return w.try(ctx, p)
}

// hint is the next step for a device in a state; empty where there is none to take.
func hint(kind ledger.DeviceKind, s hardware.State) string {
	if own, ok := deviceHints[kind][s]; ok {
		return own
	}
	return hints[s]
}

// hints are the next steps for any device.
var hints = map[hardware.State]string{
	hardware.Off:          "",
	hardware.Absent:       "check its cable and its power, and its name in the configuration; serial ports are under /dev/serial/by-id",
	hardware.NoPermission: "add the till's user to the group dialout (ls -l names the group) and sign in again",
	hardware.Busy:         "close the program that has it; where that is ModemManager, let it ignore the port",
	hardware.Open:         "",
	hardware.Noise:        "set the same speed on the device and as baud in the configuration, with 8 data bits, no parity, 1 stop bit",
	hardware.Failed:       "switch it off and on, then run guitai doctor --test",
	hardware.PaperOut:     "put a roll in; what waits is printed then",
	hardware.PaperLow:     "have a new roll at hand",
	hardware.CoverOpen:    "close its cover",
	hardware.Offline:      "press its feed or on-line button; if that does not help, switch it off and on",
	hardware.Mute:         "",
	hardware.Unsaved:      "make room on the disk: what waits to be printed cannot be kept",
}

// deviceHints are those that are another step for one device than for the others.
var deviceHints = map[ledger.DeviceKind]map[hardware.State]string{
	ledger.DevicePrinter: {
		hardware.Absent:       "check its power and its cable, and where it is: to under [printer]",
		hardware.NoPermission: "add the till's user to the group lp for a USB printer, dialout for a serial one, and sign in again",
		hardware.Busy:         "close the program that has it; a print queue of the system that uses the same printer has to be removed",
		hardware.Mute:         "it is used all the same; whether it has paper only a look at it tells",
	},
	ledger.DeviceVoice: {
		hardware.Absent:       "install a player (the package alsa-utils), or name one as player under [voice]",
		hardware.NoPermission: "let the till's user run the player",
		hardware.Failed:       "try the player by hand; the loudness is the system's own (alsamixer)",
	},
	ledger.DevicePole: {
		hardware.Failed: "switch it off and on; if it still takes nothing, check kind and baud under [pole]",
	},
}

// tillWith is the process of another guitai that has a device file open, or 0. Privileged users open what others hold without being told
// so, and then both get a part of what the device sends.
func tillWith(path string) int {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return 0 // a system without /proc: the kernel's own exclusive lines have to do
	}
	for _, p := range hardware.Holders(path) {
		exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.ID), "exe"))
		if err == nil && strings.TrimSuffix(exe, " (deleted)") == self {
			return p.ID
		}
	}
	return 0
}

// holders names the processes that have a device file open, as far as this user may know.
func holders(path string) string {
	var names []string
	for _, p := range hardware.Holders(path) {
		names = append(names, fmt.Sprintf("process %d (%s)", p.ID, p.Name))
	}
	if len(names) == 0 {
		return ""
	}
	return "; held by " + strings.Join(names, ", ")
}

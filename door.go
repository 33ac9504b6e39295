package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui"
	"guitai/ui/console"
	"guitai/ui/remote"
)

// This file introduces the door for support to the Book, to the cashier's screen and to the commands.

// doorman keeps the book of visits, and serves them.
type doorman struct {
	door  *remote.Door
	book  *ledger.Book
	hub   *ui.Hub
	cfg   Config
	o     options
	live  *disk.Store
	log   *slog.Logger
	began time.Time
	busy  chan struct{} // has room for one command
	mu    sync.Mutex
	known map[uint64]uint64 // visits of the ledger, by the door's sessions
	tapes tapes             // of those who are inside
}

// newDoor makes the door of a till; it opens nothing. One that only shows has none, because no visit could be written down.
func newDoor(cfg Config, o options, store *opened, book *ledger.Book, dir string, hub *ui.Hub, log *slog.Logger) (*doorman, error) {
	d := &doorman{book: book, hub: hub, cfg: cfg, o: o, live: store.disk, log: log, began: time.Now(), busy: make(chan struct{}, 1), known: map[uint64]uint64{}}
	d.o.dataDir = dir
	if store.stopped != nil {
		cfg.Remote = remote.Config{}
	}
	keys, err := cfg.staffKeys()
	if err != nil {
		return nil, err
	}
	if err := keys.letAttach(&cfg.Remote, dir); err != nil {
		log.Warn("nobody can attach to this till", "cause", err)
	}
	d.door, err = remote.New(cfg.Remote, d, remote.Options{Dir: dir, Keys: keys.dir, Log: log, Clock: d.clock, Peer: ui.SameUser, Goodbye: d.goodbye, Report: func(err error) {
		var key string
		if err == nil {
			key, err = remote.Fingerprint(keys.dir)
		}
		if err != nil {
			log.Warn("the door for support cannot be opened", "cause", err)
			return
		}
		log.Info("the door for support is open", "at", cfg.Remote.Listen, "socket", cfg.Remote.Socket, "key", key) // a visitor's own program shows the same, at the first visit
	}})
	if err != nil {
		return nil, fmt.Errorf("the door for support: %w", err)
	}
	book.Read(func(s *ledger.State) {
		if until := s.DoorLockedUntil(); time.Now().Before(until) {
			d.door.Lock(until)
		}
	})
	return d, nil
}

// run keeps the door open until ctx ends.
func (d *doorman) run(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return d.door.Run(ctx) })
}

// clockMost is how far the clock may be from the channels' until certificates, which hang on it, let nobody in.
const clockMost = 2 * time.Minute

// clock gives the time, or why it cannot be trusted.
func (d *doorman) clock() (time.Time, error) {
	if skew := d.book.Board().View().ClockSkew; skew.Abs() > clockMost {
		return time.Time{}, fmt.Errorf("the channels' clock is %v ahead", skew)
	}
	return time.Now(), nil
}

// What a visitor may ask for beside the screens: commands that read. What tells the day's money is a supervisor's.
var (
	guestCommands      = []string{"doctor", "verify", "bundle", "version", "help"}
	supervisorCommands = []string{"day", "statement show"}
)

// Commands implements remote.Host.
func (d *doorman) Commands(role ledger.Role) []string {
	if role == ledger.RoleSupervisor {
		return slices.Concat(guestCommands, supervisorCommands)
	}
	return guestCommands
}

// Arrived implements remote.Host. Whoever cannot be written down does not come in.
func (d *doorman) Arrived(ctx context.Context, v remote.Visitor) error {
	visit, err := d.book.BeginVisit(ctx, ledger.VisitWish{Person: v.Person, Role: v.Role, Key: v.Key, Cert: v.Cert, From: v.From})
	if err != nil {
		return errors.New(assets.For(assets.En).Refusal(err))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[v.Session] = visit
	return nil
}

// doorWhys are the door's words for the end of a visit, as the ledger has them.
var doorWhys = map[string]ledger.VisitWhy{
	remote.WhyDone: ledger.VisitLeft, remote.ErrLeft.Error(): ledger.VisitLeft, remote.ErrIdle.Error(): ledger.VisitIdle,
	remote.ErrTime.Error(): ledger.VisitTime, remote.ErrThrownOut.Error(): ledger.VisitThrownOut, remote.ErrClosed.Error(): ledger.VisitTill,
}

// Left implements remote.Host. A visit that an opening of the ledger has ended meanwhile is over already.
func (d *doorman) Left(v remote.Visitor, why string) {
	d.mu.Lock()
	visit, ok := d.known[v.Session]
	delete(d.known, v.Session)
	d.mu.Unlock()
	end := d.endOf(v.Session, why)
	if !ok {
		return
	}
	err := d.book.EndVisit(context.Background(), visit, end)
	if err != nil && ledger.ReasonOf(err) != ledger.ReasonNoVisit {
		d.log.Warn("the end of a visit was not written down", "visit", visit, "cause", err)
	}
}

// goodbye tells a visitor why they are out who did not leave by themselves.
func (d *doorman) goodbye(s *remote.Session, why string) string {
	end, known := doorWhys[why]
	switch {
	case end == ledger.VisitLeft:
		return ""
	case !known: // a fault of ours, or too much that was asked for
		end = ledger.VisitCut
	}
	return "guitai: " + assets.For(ui.Language(d.cfg.screen(), os.Getenv)).Guest.Ended[end]
}

// visit is a session's visit in the ledger; 0 where it has none.
func (d *doorman) visit(session uint64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[session]
}

// ThrowOut implements ui.Door.
func (d *doorman) ThrowOut() { d.door.ThrowOut() }

// Open implements ui.Door.
func (d *doorman) Open(write func() error) error {
	was := d.door.Locked()
	if err := write(); err != nil {
		return err
	}
	d.door.Open(was)
	return nil
}

// Ring implements ui.Door.
func (d *doorman) Ring(ctx context.Context, text string) error {
	return d.cfg.Support.ring(ctx, d.cfg.Till.Name, text)
}

// orNil gives the door as the counter has it: nil where there is none, and nobody could be called.
func (d *doorman) orNil() ui.Door {
	if !d.cfg.Remote.On() && d.cfg.Support.Webhook == "" && len(d.cfg.Support.Command) == 0 {
		return nil
	}
	return d
}

// healthLines are shown of the log.
const healthLines = 200

// health is what this process knows of itself.
func (d *doorman) health() ui.Health {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	h := ui.Health{Version: version, Opened: d.began, Heap: memory.HeapAlloc, Goroutines: runtime.NumGoroutine(), Backup: d.cfg.Ledger.Backup != ""}
	h.Disk, _ = disk.Room(d.o.dataDir) // without it nothing is said
	for _, line := range console.LogTail(d.o.dataDir, healthLines) {
		h.Log = append(h.Log, ui.LogLine{At: line.At, Level: line.Level, Text: line.Text})
	}
	if first, at := console.LastCrash(d.o.dataDir); first != "" {
		h.Crash = &ui.CrashNote{Name: "stderr.log", At: at, First: first}
	}
	return h
}

// carryOut does what somebody at the counter has agreed to, where neither the screen nor the worker can: a device is closed and opened,
// or a support bundle is made in the data folder.
func (d *doorman) carryOut(devices *counterTop) func(context.Context, ledger.Actor, ledger.Hand) (made string, err error) {
	return func(ctx context.Context, _ ledger.Actor, hand ledger.Hand) (made string, err error) {
		switch hand.What {
		case ledger.HandRestart:
			return "", devices.restart(hand.Device)
		case ledger.HandBundle:
			return d.makeBundle(ctx)
		}
		return "", fmt.Errorf("%s: %w", hand.What, errors.ErrUnsupported)
	}
}

// makeBundle makes a support bundle in the data folder, from where the visitor's side can have it, and gives its name there.
func (d *doorman) makeBundle(ctx context.Context) (name string, err error) {
	name = filepath.Join("bundles", time.Now().UTC().Format("20060102-150405.000")+".age")
	path := filepath.Join(d.o.dataDir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	var said strings.Builder
	if console.Bundle(ctx, append(d.here(), "--to", path), bundleOf(d.book.Board()), io.Discard, &said) != 0 {
		return "", errors.New(strings.TrimSpace(said.String()))
	}
	made, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.age")) // by name, which is by age
	for _, old := range made[:max(len(made)-bundlesKept, 0)] {
		_ = os.Remove(old) // one more is no harm
	}
	return name, nil
}

// bundlesKept is how many bundles that visitors have asked for the data folder keeps: each has up to 5 MB.
const bundlesKept = 10

// here are the flags that lead a command to this till.
func (d *doorman) here() []string {
	here := []string{"--data-dir", d.o.dataDir}
	if d.o.config != "" {
		here = append(here, "--config", d.o.config)
	}
	return here
}

// Serve implements remote.Host.
func (d *doorman) Serve(ctx context.Context, s *remote.Session) (exit int) {
	if visit := d.visit(s.Session); visit != 0 {
		d.tapes.record(ctx, d.live, visit, s)
	}
	if d.visit(s.Session) == 0 { // it was over before it could begin, and nobody else would end the recording
		_, _ = d.tapes.ended(s.Session)
		return 1
	}
	if s.Command != nil {
		return d.command(ctx, s)
	}
	resized := make(chan ui.Size)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case size := <-s.Resized:
				select {
				case resized <- ui.Size{Width: size.Cols, Height: size.Rows}:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	cfg := d.cfg.screen()
	cfg.Lang = ui.Language(cfg, os.Getenv) // the till's: both look at the same screen, and SSH brings no other
	err := ui.Receive(ctx, cfg, ui.GuestOptions{
		Book: d.book, Hub: d.hub, Visit: d.visit(s.Session), Role: s.Role, Health: d.health, NoBundle: d.cfg.Support.Recipient == "",
		In: s.In, Out: s.Out, Getenv: s.Getenv, Size: ui.Size{Width: s.Size.Cols, Height: s.Size.Rows}, Resized: resized,
	})
	switch {
	case errors.Is(err, ui.ErrNoCursor):
		fmt.Fprint(s.Err, "guitai: this terminal cannot place its cursor; ask for a command instead\r\n")
		return 1
	case errors.Is(err, ui.ErrVisitOver):
		return 1
	case err != nil:
		d.log.Error("a visitor's screen has failed", "cause", err)
		return 1
	}
	return 0
}

// command runs one of our own commands against this till. Where the till is and what it reads is not the visitor's to say.
func (d *doorman) command(ctx context.Context, s *remote.Session) int {
	out, errs := s.Out, s.Err
	if s.Term != "" {
		out, errs = onTerminal{out}, onTerminal{errs}
	}
	name, args := s.Command[0], s.Command[1:]
	if asksHelp(name, args) {
		_, _ = io.WriteString(out, d.guestHelp(s.Role, name))
		return 0
	}
	for _, arg := range args {
		flag, is := strings.CutPrefix(arg, "-")
		flag, _, _ = strings.Cut(strings.TrimPrefix(flag, "-"), "=")
		if is && !slices.Contains(guestFlags[name], flag) {
			fmt.Fprintf(errs, "guitai %s: %q is not for visitors to add\n%s\n", name, arg, usedAs(name))
			return 2
		}
	}
	if why := d.bundleFor(s.Term != ""); name == "bundle" && len(args) == 0 && why != "" {
		fmt.Fprintf(errs, "guitai bundle: %s\n", why)
		return 2
	}
	var said, complained bytes.Buffer // a visitor who takes nothing keeps no other one waiting
	exit := d.alone(ctx, name, args, &said, &complained)
	_, _ = said.WriteTo(out)
	_, _ = errs.Write(forGuests(name, complained.Bytes()))
	return exit
}

// alone runs a command while no other one runs: some walk the whole journal, and the cashier needs the machine.
func (d *doorman) alone(ctx context.Context, name string, args []string, out, errs io.Writer) int {
	select {
	case d.busy <- struct{}{}:
		defer func() { <-d.busy }()
	case <-ctx.Done():
		return 2
	}
	at := 0
	if name == "statement" {
		at = 1 // behind show
	}
	args = slices.Insert(slices.Clone(args), at, d.here()...) // before the visitor's: nothing of theirs can swallow it
	find := func(config, dataDir string) (console.Place, error) {
		place, err := find(config, dataDir)
		place.Live = d.live
		return place, err
	}
	switch name {
	case "doctor":
		return console.Doctor(ctx, args, doctor, out, errs)
	case "bundle":
		return console.Bundle(ctx, args, bundleOf(d.book.Board()), out, errs)
	case "verify":
		return console.Verify(append(args, "--chain"), find, out, errs)
	case "day":
		return console.Day(args, find, out, errs)
	case "statement":
		return console.Statement(ctx, args, find, strings.NewReader(""), out, errs)
	case "version":
		fmt.Fprintln(out, "guitai", version)
		return 0
	}
	fmt.Fprintln(errs, "guitai: there is no such command for visitors")
	return 2
}

// onTerminal ends lines as a visitor's terminal has them: their own client has taken it out of its hands, and no line discipline is between.
type onTerminal struct{ io.Writer }

// Write implements io.Writer.
func (t onTerminal) Write(p []byte) (int, error) {
	if _, err := t.Writer.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// guestFlags are what a visitor may add to a command: never a path, a test button, or something that is written.
var guestFlags = map[string][]string{
	"doctor": {"json"}, "bundle": {"fields"}, "verify": {"json"}, "day": {"json", "date", "z"}, "statement": {"json", "csv", "day", "channel"},
}

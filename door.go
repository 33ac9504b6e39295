package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	mu    sync.Mutex
	known map[uint64]uint64 // visits of the ledger, by the door's sessions
}

// newDoor makes the door of a till; it opens nothing. One that only shows has none, because no visit could be written down.
func newDoor(cfg Config, o options, store *opened, book *ledger.Book, dir string, hub *ui.Hub, log *slog.Logger) (*doorman, error) {
	d := &doorman{book: book, hub: hub, cfg: cfg, o: o, live: store.disk, log: log, known: map[uint64]uint64{}}
	d.o.dataDir = dir
	if store.stopped != nil {
		cfg.Remote = remote.Config{}
	}
	keys, err := cfg.staffKeys()
	if err != nil {
		return nil, err
	}
	d.door, err = remote.New(cfg.Remote, d, remote.Options{Dir: dir, Keys: keys.dir, Log: log, Report: func(err error) {
		if err != nil {
			log.Warn("the door for support cannot be opened", "cause", err)
		}
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

// What a visitor may ask for beside the screens: commands that read. What tells the day's money is a supervisor's.
var (
	guestCommands      = []string{"doctor", "verify", "bundle", "version"}
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
	if !ok {
		return
	}
	err := d.book.EndVisit(context.Background(), visit, ledger.VisitEnd{Why: doorWhys[why]})
	if err != nil && ledger.ReasonOf(err) != ledger.ReasonNoVisit {
		d.log.Warn("the end of a visit was not written down", "visit", visit, "cause", err)
	}
}

// Serve implements remote.Host.
func (d *doorman) Serve(ctx context.Context, s *remote.Session) (exit int) {
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
	err := ui.Watch(ctx, d.hub, ui.WatchOptions{
		In: s.In, Out: s.Out, Getenv: s.Getenv, Size: ui.Size{Width: s.Size.Cols, Height: s.Size.Rows}, Resized: resized,
		Lang: ui.Language(d.cfg.Screen, s.Getenv),
	})
	switch {
	case errors.Is(err, ui.ErrNoCursor):
		fmt.Fprint(s.Err, "guitai: this terminal cannot place its cursor; ask for a command instead\r\n")
		return 1
	case err != nil:
		d.log.Error("a visitor's screen has failed", "cause", err)
		return 1
	}
	return 0
}

// command runs one of our own commands against this till. Where the till is and what it reads is not the visitor's to say.
func (d *doorman) command(ctx context.Context, s *remote.Session) int {
	name, args := s.Command[0], s.Command[1:]
	for _, arg := range args {
		flag, is := strings.CutPrefix(arg, "-")
		flag, _, _ = strings.Cut(strings.TrimPrefix(flag, "-"), "=")
		if is && !slices.Contains(guestFlags[name], flag) {
			fmt.Fprintf(s.Err, "guitai %s: visitors may add: %s\n", name, strings.Join(guestFlags[name], " "))
			return 2
		}
	}
	here := []string{"--data-dir", d.o.dataDir}
	if d.o.config != "" {
		here = append(here, "--config", d.o.config)
	}
	find := func(config, dataDir string) (console.Place, error) {
		place, err := find(config, dataDir)
		place.Live = d.live
		return place, err
	}
	switch name {
	case "doctor":
		return console.Doctor(ctx, append(args, here...), doctor, s.Out, s.Err)
	case "bundle":
		return console.Bundle(ctx, append(args, here...), bundleOf(d.book.Board()), s.Out, s.Err)
	case "verify":
		return console.Verify(append(append(args, "--chain"), here...), find, s.Out, s.Err)
	case "day":
		return console.Day(append(args, here...), find, s.Out, s.Err)
	case "statement":
		return console.Statement(ctx, append(args, here...), find, io.MultiReader(), s.Out, s.Err)
	case "version":
		fmt.Fprintln(s.Out, "guitai", version)
		return 0
	}
	fmt.Fprintln(s.Err, "guitai: there is no such command for visitors")
	return 2
}

// guestFlags are what a visitor may add to a command: never a path, a test button, or something that is written.
var guestFlags = map[string][]string{
	"doctor": {"json", "help"}, "bundle": {"fields", "help"}, "verify": {"json", "help"}, "version": {},
	"day": {"json", "date", "z", "help"}, "statement": {"json", "csv", "day", "channel", "help"},
}

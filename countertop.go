package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"guitai/hardware"
	"guitai/ledger"
	"guitai/ui"
)

// This file introduces what stands on the counter to the Book and to the screen.

// counterTop is what stands on the counter of the till that runs. Every device is there, if only as one that is not configured.
type counterTop struct {
	scanner *hardware.Scanner
	printer *hardware.Printer
	voice   *hardware.Voice
	pole    *hardware.Pole
	page    ui.PageConfig
	pairing *hardware.Pairing // nil without a serial scanner
	follows hardware.Counter
	board   *ledger.Board

	mu    sync.Mutex
	stops map[ledger.DeviceKind]func() // what closes a device that runs
}

// newCounterTop makes the devices. dir is the data folder, which keeps what is still to be printed.
func newCounterTop(cfg Config, dir string, book *ledger.Book, log *slog.Logger) *counterTop {
	lang, board := ui.Language(cfg.Screen, os.Getenv), book.Board()
	desk := hardware.Desk{Shop: cfg.Till.Shop, Till: cfg.Till.Name, Mode: cfg.Mode, Calendar: book.Calendar()}
	c := &counterTop{
		printer: hardware.NewPrinter(cfg.Printer, desk, lang, dir, posts(board, ledger.DevicePrinter)),
		voice:   hardware.NewVoice(cfg.Voice, lang, nil, posts(board, ledger.DeviceVoice)),
		pole:    hardware.NewPole(cfg.Pole, posts(board, ledger.DevicePole)),
		page:    cfg.Page, board: board, stops: map[ledger.DeviceKind]func(){},
	}
	refused := hardware.Announcement{Kind: hardware.AnnounceRefused, Training: cfg.Mode != modeProduction}
	c.scanner = newScanner(cfg.Scanner, book, func() { c.voice.Say(refused) }, log)
	c.follows = hardware.Counter{Scanner: c.scanner, Desk: desk, Words: c.printer.Words(), Asked: cfg.Printer.Receipts == "asked", Twice: cfg.Printer.MerchantCopy, Log: log}
	if cfg.Scanner.Serial != "" {
		c.pairing = hardware.NewPairing(cfg.Scanner, c.scanner)
	}
	if cfg.Printer.To != "" {
		c.follows.Printer = c.printer
	}
	if cfg.Voice.On {
		c.follows.Voice = c.voice
	}
	if cfg.Pole.Serial != "" {
		c.follows.Pole = c.pole
	}
	return c
}

// run keeps the devices going until ctx ends. None of them ends the till.
func (c *counterTop) run(ctx context.Context, group *errgroup.Group, book *ledger.Book, what ui.Shared) {
	for kind, run := range map[ledger.DeviceKind]func(context.Context) error{ledger.DeviceScanner: c.scanner.Run,
		ledger.DevicePrinter: c.printer.Run, ledger.DeviceVoice: c.voice.Run, ledger.DevicePole: c.pole.Run} {
		group.Go(func() error { return c.keep(ctx, kind, run) })
	}
	group.Go(func() error { return c.follows.Attend(ctx, book) })
	group.Go(func() error {
		return ui.Page(ctx, c.page, what, func(err error) {
			device := ledger.Device{State: ledger.DeviceReady, Since: time.Now()}
			if err != nil {
				device.State, device.Cause = ledger.DeviceBusy, err.Error()
			}
			c.board.Post(func(v *ledger.BoardView) { v.Devices[ledger.DevicePage] = device })
		})
	})
}

// keep runs a device until ctx ends, anew after each restart.
func (c *counterTop) keep(ctx context.Context, kind ledger.DeviceKind, run func(context.Context) error) error {
	for ctx.Err() == nil {
		inner, stop := context.WithCancel(ctx)
		c.mu.Lock()
		c.stops[kind] = stop
		c.mu.Unlock()
		err := run(inner)
		restarted := inner.Err() != nil
		stop()
		if err != nil || !restarted {
			return err
		}
	}
	return nil
}

// restart closes a device and opens it again. What waits to be printed stays.
func (c *counterTop) restart(kind ledger.DeviceKind) error {
	c.mu.Lock()
	stop := c.stops[kind]
	c.mu.Unlock()
	if stop == nil {
		return fmt.Errorf("%s: %w", kind, errors.ErrUnsupported)
	}
	stop()
	return nil
}

// testWithin bounds a test: a person stands before it.
const testWithin = 10 * time.Second

// Test implements ui.Counter.
func (c *counterTop) Test(ctx context.Context, kind ledger.DeviceKind) error {
	ctx, cancel := context.WithTimeout(ctx, testWithin)
	defer cancel()
	switch kind {
	case ledger.DevicePrinter:
		return c.printer.Test(ctx)
	case ledger.DeviceVoice:
		return c.voice.Test(ctx)
	case ledger.DevicePole:
		return c.pole.Test(ctx)
	case ledger.DevicePage:
		return c.page.Test(ctx)
	}
	return fmt.Errorf("%s: %w", kind, errors.ErrUnsupported)
}

// Mute implements ui.Counter.
func (c *counterTop) Mute(on bool) {
	c.voice.Mute(on)
	c.board.Post(func(v *ledger.BoardView) { v.Hushed = on })
}

// Pairing implements ui.Counter.
func (c *counterTop) Pairing() ui.Pairing {
	if c.pairing == nil {
		return nil
	}
	return c.pairing
}

// posts gives a function that puts a device's status on the board.
func posts(board *ledger.Board, kind ledger.DeviceKind) func(hardware.Status) {
	return func(s hardware.Status) {
		device := ledger.Device{State: deviceStates[s.State], Since: s.Since, Cause: s.Detail}
		board.Post(func(v *ledger.BoardView) { v.Devices[kind] = device })
	}
}

// deviceStates are the hardware's states as the Board has them.
var deviceStates = map[hardware.State]ledger.DeviceState{
	hardware.Off: ledger.DeviceOff, hardware.Absent: ledger.DeviceAbsent, hardware.NoPermission: ledger.DeviceNoAccess,
	hardware.Busy: ledger.DeviceBusy, hardware.Open: ledger.DeviceReady, hardware.Noise: ledger.DeviceNoise, hardware.Failed: ledger.DeviceFailed,
	hardware.PaperOut: ledger.DeviceNoPaper, hardware.PaperLow: ledger.DeviceLowPaper, hardware.CoverOpen: ledger.DeviceOpen,
	hardware.Offline: ledger.DeviceOffline, hardware.Mute: ledger.DeviceMute, hardware.Unsaved: ledger.DeviceFailed,
}

// justPaid reports whether PAID stands on the screen: a phone that is still under the scanner is read again, and is nothing to sound for.
func justPaid(book *ledger.Book) (paid bool) {
	keying := !book.Draft().Keyed.Empty()
	book.Read(func(s *ledger.State) {
		sale := s.CurrentSale()
		paid = sale != nil && sale.Settled() && !keying
	})
	return paid
}

// newScanner introduces the scanner to the book: a frame is a scan, one that cannot pay is told to refused (or to nobody, where it is
// nil), a status stands on the board.
func newScanner(cfg hardware.Config, book *ledger.Book, refused func(), log *slog.Logger) *hardware.Scanner {
	var scanner *hardware.Scanner
	deliver := func(f hardware.Frame) {
		scan := ledger.Scan{Text: f.Data, AIM: f.AIM, At: f.At, Suspect: f.End == hardware.Gap}
		if err := book.Scan(context.Background(), book.At(consolePlace), scan); err != nil {
			log.Info("a scan was refused", "reason", ledger.ReasonOf(err))
			scanner.Bad()
			if refused != nil && !justPaid(book) {
				refused()
			}
			return
		}
		scanner.Good()
	}
	scanner = hardware.NewScanner(cfg, deliver, posts(book.Board(), ledger.DeviceScanner))
	return scanner
}

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sync/errgroup"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/sync/statement"
)

// opened is the ledger as the till found it. stopped tells why it may only be looked at; what can be seen then is in
// memory, and nothing of the folder is changed or held.
type opened struct {
	ledger.Store
	disk    *disk.Store // nil when only a look is possible
	tillKey []byte
	stopped error
	epoch   *ledger.NewEpoch
}

// openLedger opens the ledger, or, where that must not or cannot be, what can still be read of it.
func openLedger(dir string, cfg Config) (opened, error) {
	store, err := disk.Open(dir, disk.Config{Progress: progress(os.Stdout), Quick: true, Backup: cfg.Ledger.Backup})
	if err == nil {
		o := opened{Store: store, disk: store, tillKey: store.TillKey()}
		o.copied(cfg)
		o.rolledBack(cfg)
		return o, nil
	}
	switch ledger.ReasonOf(err) {
	case ledger.ReasonLedgerDamaged, ledger.ReasonNoKey, ledger.ReasonReadOnlyDisk, ledger.ReasonDiskFull:
		return lookAt(dir, err)
	}
	return opened{}, err
}

// progress shows how far a long replay has come, before there is a screen.
func progress(out *os.File) func(done, all uint64) {
	if !term.IsTerminal(out.Fd()) {
		return nil
	}
	return func(done, all uint64) {
		fmt.Fprintf(out, "\rGuitai: %d / %d", done, all)
		if done == all {
			fmt.Fprint(out, "\r\x1b[K")
		}
	}
}

// copied decides what becomes of a folder that is a copy. Where nothing is real money it may simply go on.
func (o *opened) copied(cfg Config) {
	switch {
	case !o.disk.Copied():
	case cfg.Mode == modeTraining:
		o.epoch = &ledger.NewEpoch{
			Actor:      ledger.Actor{Person: ledger.Till.Person, Role: ledger.RoleSupervisor},
			EpochBegun: ledger.EpochBegun{Why: "a copied folder in training"},
		}
		if known, err := o.disk.CheckOutside(cfg.outside()); ledger.ReasonOf(err) == ledger.ReasonRolledBack {
			o.epoch.Outside = known.Head
		}
	default:
		o.stopped = ledger.Refuse(ledger.ReasonCopied)
	}
}

// rolledBack compares the ledger with its newest head outside. One that cannot be read stops no sale: it proves nothing, and
// the next is tried in a minute.
func (o *opened) rolledBack(cfg Config) {
	if o.stopped != nil || o.epoch != nil || cfg.Ledger.Checkpoints == "" {
		return
	}
	if _, err := o.disk.CheckOutside(cfg.outside()); ledger.ReasonOf(err) == ledger.ReasonRolledBack {
		o.stopped = err
	}
}

// sendsHeads reports whether this till keeps heads outside: one that only shows must not replace the one that accuses it.
func (o *opened) sendsHeads(folder string) bool {
	return folder != "" && o.disk != nil && o.stopped == nil
}

// lookAt reads what can be read. An opening that has failed is not made worse by one more error: then there is nothing to see.
func lookAt(dir string, why error) (opened, error) {
	found, err := disk.Salvage(dir)
	if err != nil && ledger.ReasonOf(err) != ledger.ReasonOf(why) {
		why = errors.Join(why, err)
	}
	memory, err := ledger.MemoryOf(found.Records)
	if err != nil {
		memory, why = ledger.NewMemory(), errors.Join(why, err)
	}
	if found.TillKey == nil { // nothing is marked with it
		found.TillKey = make([]byte, 32)
		rand.Read(found.TillKey)
	}
	return opened{Store: memory, tillKey: found.TillKey, stopped: why}, nil
}

// book is what the Book needs to know about how the ledger was found.
func (o *opened) book(cfg *ledger.BookConfig) {
	cfg.TillKey, cfg.Stopped, cfg.NewEpoch = o.tillKey, o.stopped, o.epoch
	if o.disk != nil {
		cfg.Maintained, cfg.Recover, cfg.Receipts = o.disk.Maintained(), o.disk.Recover, o.disk
	}
}

// written is called when the Book has written its opening down.
func (o *opened) written(log *slog.Logger) error {
	if o.stopped != nil {
		log.Error("the till only shows", "cause", o.stopped)
		return nil
	}
	if o.epoch != nil {
		if err := o.disk.Settle(); err != nil {
			return err
		}
	}
	return o.disk.Recorded()
}

// channels are those the till talks to: one that only shows talks to none.
func (o *opened) channels(cfg Config) []ledger.Channel {
	if o.stopped != nil {
		return nil
	}
	return cfg.channels()
}

// farewell sends the ledger's end outside, once the Book has written its last event. What fails is in the log: the till has
// ended in order all the same.
func (o *opened) farewell(book *ledger.Book, cfg Config, log *slog.Logger) {
	if o.stopped != nil {
		return
	}
	c := disk.Checkpoint{At: time.Now()}
	book.Read(func(s *ledger.State) { c.Head, c.Till, c.Epoch = s.Head, s.Till, s.Epoch })
	if cfg.Ledger.Checkpoints != "" {
		if _, err := o.disk.CheckOutside(cfg.outside()); ledger.ReasonOf(err) == ledger.ReasonRolledBack {
			log.Error("the head outside accuses this ledger and stays", "cause", err)
			return
		}
		if err := o.disk.SendHead(c, cfg.outside()); err != nil {
			log.Warn("the last checkpoint", "cause", err)
		}
	}
	if cfg.Ledger.Backup != "" {
		if err := o.disk.SendBackup(cfg.Ledger.Backup); err != nil {
			log.Warn("the last backup", "cause", err)
		}
	}
}

// statements gives the worker that fetches the channels' statements. A till that only shows, or that is told not to, fetches none.
func (o *opened) statements(book *ledger.Book, cfg Config, log *slog.Logger) *statement.Worker {
	about := cfg.Statements.worker()
	about.Log, about.Off = log, o.disk == nil || o.stopped != nil || !cfg.Statements.Fetch
	return statement.New(book, archiveOf(o.disk), about)
}

func (o *opened) close() error {
	if o.disk == nil {
		return nil
	}
	return o.disk.Close()
}

// keep begins what looks after the ledger while the till is open: its room and its older parts, heads and backups outside. It ends with
// running.
func (o *opened) keep(running context.Context, group *errgroup.Group, book *ledger.Book, cfg Config) {
	if o.disk != nil {
		group.Go(func() error {
			o.disk.WatchRoom(running, book.Board())
			return nil
		})
		group.Go(func() error {
			o.disk.CheckRest(running, book.Board())
			return nil
		})
	}
	if o.sendsHeads(cfg.Ledger.Checkpoints) {
		group.Go(func() error {
			o.disk.SendHeads(running, book, cfg.outside())
			return nil
		})
	}
	if cfg.Ledger.Backup != "" && o.stopped == nil {
		group.Go(func() error {
			o.disk.SendBackups(running, book, cfg.Ledger.Backup, cfg.Ledger.KeepDays)
			return nil
		})
	}
}

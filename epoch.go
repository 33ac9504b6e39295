package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/user"
	"time"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/console"
)

const epochUsage = "guitai epoch [--yes] [--why TEXT] [--config FILE] [--data-dir DIR]    say that a copied or restored folder is the till that goes on\n"

// epoch opens a new epoch in a folder that is a copy, after somebody has said that no other till goes on with it. Without
// --yes it only says how things stand. 0: this folder goes on. 1: it is a copy, and nothing was said. 2: it could not look.
func epoch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	var yes bool
	why := "said at the till's console"
	flags := flag.NewFlagSet("guitai epoch", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.dataDir, "data-dir", "", "")
	flags.BoolVar(&yes, "yes", false, "")
	flags.StringVar(&why, "why", why, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, epochUsage)
		return 0
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai epoch: %v\n%s", console.FlagFault(flags, args, err), epochUsage)
		return 2
	}
	cfg, err := configure(o)
	if err == nil {
		yes, err = beginEpoch(ctx, cfg, o, yes, why, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "guitai epoch:", assets.For("en").Refusal(err))
		return 2
	}
	if !yes {
		return 1
	}
	return 0
}

// beginEpoch tells how the folder stands, and with yes opens a new epoch in it. It reports whether the folder goes on.
func beginEpoch(ctx context.Context, cfg Config, o options, yes bool, why string, stdout io.Writer) (_ bool, err error) {
	dir, err := cfg.dataDir()
	if err != nil {
		return false, err
	}
	if !disk.Holds(dir) {
		return false, fmt.Errorf("there is no ledger in %s", dir)
	}
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		return false, err
	}
	defer closing(&err, store.Close)
	known, outsideErr := store.CheckOutside(cfg.outside())
	lost := ledger.ReasonOf(outsideErr) == ledger.ReasonRolledBack
	if lost {
		fmt.Fprintln(stdout, "lost:", console.Cause(outsideErr))
	}
	switch {
	case !store.Copied() && !lost:
		fmt.Fprintln(stdout, dir, "is at home: no new epoch is needed")
		return true, nil
	case !yes:
		fmt.Fprintln(stdout, "this folder is a copy, a restored backup, has come to another machine, or has lost events; it is only shown.")
		fmt.Fprintln(stdout, "If no other till goes on with this ledger: guitai epoch"+flagsOf(o)+" --yes --why \"what happened\"")
		return false, nil
	}
	about := bookConfig(cfg)
	about.TillKey, about.Maintained = store.TillKey(), store.Maintained()
	about.NewEpoch = &ledger.NewEpoch{Actor: whoCommands(), EpochBegun: ledger.EpochBegun{Why: why}}
	if lost {
		about.NewEpoch.Outside = known.Head
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), about)
	if err != nil {
		return false, err
	}
	defer closing(&err, func() error { return book.Close("a new epoch") })
	if err := errors.Join(store.Settle(), store.Recorded()); err != nil {
		return false, err
	}
	var head disk.Checkpoint
	book.Read(func(s *ledger.State) {
		head = disk.Checkpoint{Till: s.Till, Epoch: s.Epoch, Head: s.Head, At: time.Now()}
	})
	fmt.Fprintf(stdout, "epoch %d has begun: this folder is the till that goes on\n", head.Epoch)
	if cfg.Ledger.Checkpoints != "" {
		return true, store.SendHead(head, cfg.outside())
	}
	return true, nil
}

// flagsOf are the flags by which a ledger was named, for a command that is suggested.
func flagsOf(o options) (flags string) {
	if o.config != "" {
		flags += " --config " + o.config
	}
	if o.dataDir != "" {
		flags += " --data-dir " + o.dataDir
	}
	return flags
}

// whoCommands is who runs a command on this machine: whoever may read the till's keys has the rights of a supervisor here,
// and the event says who it was.
func whoCommands() ledger.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return ledger.Actor{Person: name, Role: ledger.RoleSupervisor, Place: "command"}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"guitai/ledger"
	"guitai/ui"
)

// This file is training mode on the screen of a till that sells: a process of its own on the same terminal, with a ledger of its own
// beside the real one. The till goes on behind it; what is owed to the channels is asked for as ever.

// trainingSuffix is behind the data folder's name in that of its training.
const trainingSuffix = ".training"

// trainingEnds is how long a training that was told to end may take.
const trainingEnds = 10 * time.Second

// The child's descriptors beside its terminal.
const (
	tallyFD  = 3 // it writes here what was paid
	parentFD = 4 // this ends when the till that began it does
)

// shows runs a screen, and gives its terminal to training and back as often as somebody asks for it.
func shows(ctx context.Context, screen func() error, train func(context.Context) (ledger.Tally, error), book *ledger.Book, log *slog.Logger) error {
	for {
		err := screen()
		if !errors.Is(err, ui.ErrTraining) {
			return err
		}
		sales, err := train(ctx)
		if err != nil {
			log.Warn("training ended badly", "cause", err)
		}
		if err := book.EndTraining(context.WithoutCancel(ctx), sales, err != nil); err != nil {
			log.Warn("the end of training was not written down", "cause", err)
		}
		if book.Staffed() { // whoever is at the till now has to say so
			if err := book.LockScreen(ctx, consolePlace, ledger.SignOutKey); err != nil {
				log.Info("the screen was not locked after training", "cause", err)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// train runs training mode on this terminal until it is left, and tells what was paid in it.
func train(ctx context.Context, o options, dir, lang string) (sales ledger.Tally, err error) {
	self, err := os.Executable()
	if err != nil {
		return sales, fmt.Errorf("training: %w", err)
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return sales, fmt.Errorf("training: %w", err)
	}
	defer told.Close()
	lives, alive, err := os.Pipe()
	if err != nil {
		tell.Close()
		return sales, fmt.Errorf("training: %w", err)
	}
	defer alive.Close()

	args := []string{"--training", "--within", "--data-dir", dir + trainingSuffix, "--lang", lang}
	if o.config != "" {
		args = append(args, "--config", o.config)
	}
	if o.renderer != "" {
		args = append(args, "--renderer", o.renderer)
	}
	if o.plain {
		args = append(args, "--plain")
	}
	child := exec.CommandContext(ctx, self, args...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{tallyFD - 3: tell, parentFD - 3: lives}
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = trainingEnds
	err = child.Start()
	tell.Close()
	lives.Close()
	if err != nil {
		return sales, fmt.Errorf("training: %w", err)
	}
	_, scanErr := fmt.Fscanf(told, "%d %d\n", &sales.Count, &sales.Fen)
	if err := child.Wait(); err != nil && ctx.Err() == nil {
		return sales, fmt.Errorf("training: %w", err)
	}
	if scanErr != nil {
		return sales, fmt.Errorf("training did not tell what was paid in it: %w", scanErr)
	}
	return sales, nil
}

// within is training's side: it ends with the till that began it, and tells in the end what was paid. Without one nothing is done.
func within(o options, leave context.CancelFunc, book *ledger.Book) (end func()) {
	if !o.within {
		return func() {}
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(parentFD, "parent"))
		leave()
	}()
	before := grandOf(book)
	return func() {
		after := grandOf(book)
		out := os.NewFile(tallyFD, "tally")
		fmt.Fprintf(out, "%d %d\n", after.Count-before.Count, after.Fen-before.Fen) // who began it may be gone
		out.Close()
	}
}

func grandOf(book *ledger.Book) (grand ledger.Line) {
	book.Read(func(s *ledger.State) { grand = s.Grand() })
	return grand
}

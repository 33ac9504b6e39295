package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/creack/pty"

	"guitai/ledger/disk"
)

// TestABugInAnyScreenGivesTheTerminalBack: a picture of every screen on a real pseudo-terminal with the loop of Run, over a ledger on
// disk; a bug where it draws, and one where it is told of a key. Then the till begins anew before the same sale.
func TestABugInAnyScreenGivesTheTerminalBack(t *testing.T) {
	dir := t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book := bookOn(t, store)
	tail := aSaleInHand(t, book)
	told := map[string]bool{}
	for _, pic := range pictures() {
		a, f := withFault(book, pic, "draw")
		name := fmt.Sprintf("%T", f.screen)
		if told[name] {
			continue
		}
		told[name] = true
		a.forget()
		for i, in := range []string{"draw", "sees"} {
			renderer := renderers[(len(told)+i)%len(renderers)]
			a, _ := withFault(book, pic, in)
			endsInOrder(t, a, name+" "+in+" "+renderer, renderer)
			a.forget()
		}
	}
	if len(told) != len(screenTypes(t)) {
		t.Errorf("%d screens of %d", len(told), len(screenTypes(t)))
	}
	if err := errors.Join(book.Close("a bug"), store.Close()); err != nil {
		t.Fatal(err)
	}
	if store, err = disk.Open(dir, disk.Config{}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	book = bookOn(t, store)
	defer book.Close("test")
	standsBefore(t, book, tail)
}

// endsInOrder shows an App with a bug on a terminal, presses a key where it has to be told of one, and looks at the terminal.
func endsInOrder(t *testing.T, a *App, what, renderer string) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close() // tty stays open: Bubble Tea's reader may still hold it
	if err := pty.Setsize(master, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	before := termios(t, tty)
	screen := &screenText{grew: make(chan struct{}, 1)}
	go io.Copy(screen, master)
	stage := newStage(tty, tty, getenv("TERM=xterm-256color"))
	stage.renderer = renderer
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	told := a.top().(*faulty).in == "sees"
	go func() { ended <- stage.perform(ctx, a) }()
	if told {
		screen.waitFor(t, "Guitai")
		master.WriteString("\x1b[B")
	}
	err = wait(t, ended)
	var failure *PanicError
	if !errors.As(err, &failure) || failure.Value != planted {
		t.Errorf("%s: %v", what, err)
	}
	screen.waitFor(t, leaveAltScreen)
	if termios(t, tty) != before {
		t.Errorf("%s: the terminal is not as before", what)
	}
}

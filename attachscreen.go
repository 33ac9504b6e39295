package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/crypto/ssh"

	"guitai/ui"
	"guitai/ui/remote"
)

// screen shows the till's screen on this terminal, and gives the terminal back as it was, however that ends.
func (a *attachment) screen(ctx context.Context, client *ssh.Client) (err error) {
	s, err := client.NewSession()
	if err != nil {
		return errLine
	}
	name := os.Getenv("TERM")
	if name == "" {
		name = "dumb"
	}
	size := windowOf(os.Stdout)
	if err := s.RequestPty(name, size.Rows, size.Cols, ssh.TerminalModes{}); err != nil {
		return errors.New("the till takes no such terminal; ask for a command instead: guitai attach doctor")
	}
	release, err := ui.Hold(os.Stdin)
	if err != nil {
		return err
	}
	torn := true // a bug here leaves the picture, too
	defer func() {
		release()
		if torn {
			farewell(name)
		}
	}()
	if _, err := term.MakeRaw(os.Stdin.Fd()); err != nil {
		return err
	}
	s.Stdin, s.Stdout, s.Stderr = os.Stdin, os.Stdout, os.Stdout
	if err := s.Shell(); err != nil {
		return errLine
	}
	over, end := context.WithCancel(ctx)
	var following sync.WaitGroup
	defer following.Wait() // or it could take the line once more behind its return
	defer end()
	following.Go(func() { follow(over, s, size) })
	err = wait(ctx, client, s)
	var exit *ssh.ExitError
	torn = err != nil && !errors.As(err, &exit) // else the till has put the terminal right
	return err
}

// farewell takes the picture away that a cut line has left. A terminal that takes nothing keeps nobody here.
func farewell(name string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = os.Stdout.Write(remote.RestoreTerminal(name, true))
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

// windowOf gives a terminal's size; where it is not known, that of the oldest.
func windowOf(out *os.File) remote.Size {
	cols, rows, err := term.GetSize(out.Fd())
	if err != nil || cols <= 0 || rows <= 0 {
		return remote.Size{Cols: 80, Rows: 24}
	}
	return remote.Size{Cols: min(cols, remote.LargestSide), Rows: min(rows, remote.LargestSide)}
}

// follow tells the till each size of the window other than the one it knows, and takes the line back after a shell had it, with a new
// picture. It ends with ctx.
func follow(ctx context.Context, s *ssh.Session, known remote.Size) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH, syscall.SIGCONT)
	defer signal.Stop(changed)
	for {
		if size := windowOf(os.Stdout); size != known {
			known = size
			_ = s.WindowChange(size.Rows, size.Cols)
		}
		select {
		case <-ctx.Done():
			return
		case why := <-changed:
			if why == syscall.SIGCONT && ctx.Err() == nil {
				_, _ = term.MakeRaw(os.Stdin.Fd())
				known = remote.Size{}
			}
		}
	}
}

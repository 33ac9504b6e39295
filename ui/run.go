// Package ui is the till's terminal: what the cashier sees and keys. DESIGN.md in this folder says why it is as it is.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
)

// Options are what a screen needs beside its configuration.
type Options struct {
	Book     *ledger.Book
	Practice Practice     // the simulated customers; nil outside training
	Actor    ledger.Actor // who sits at the till
	Training bool         // the training watermark
	In       io.Reader
	Out      io.Writer
	// FirstFrame is called once, in its own goroutine, after the first frame is out. It may be nil.
	FirstFrame func()
	// Getenv gives the environment of the terminal (not of the process, where they differ). Nil: the process's.
	Getenv func(name string) string
}

// framesPerSecond bounds how often the renderer wakes. It does so even when nothing has changed, so more would cost an
// idle till a per cent of a core; fifteen put a key on the screen within 67 ms.
const framesPerSecond = 15

// killAfter is how long an ending screen may take before its terminal is taken back by force.
const killAfter = 2 * time.Second

// Run shows the till until the user leaves or ctx ends, both of which give nil. The terminal is as before when it
// returns, also after a panic, which becomes a PanicError. One Run at a time may own a terminal.
func Run(ctx context.Context, cfg Config, opts Options) error {
	if err := sellKeys.check(); err != nil {
		return fmt.Errorf("key table: %w", err)
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	env := environment(opts.Getenv)
	profile := colorprofile.Detect(opts.Out, env)
	app := newApp(inner, cfg, opts, terminalFor(profile, opts.Getenv))
	program := tea.NewProgram(app, tea.WithInput(opts.In), tea.WithOutput(opts.Out), tea.WithEnvironment(env),
		tea.WithColorProfile(profile), tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() { quit(program, ended) })
	defer stop()
	_, err := program.Run()
	app.forget()
	switch {
	case app.failed != nil:
		return app.failed
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return nil
	}
	return err
}

// quit ends a program in order, or by force when its loop or its terminal no longer takes anything.
func quit(program *tea.Program, ended <-chan struct{}) {
	go program.Quit()
	select {
	case <-ended:
	case <-time.After(killAfter):
		program.Kill()
	}
}

// forget wipes what may still hold digits of a customer's code.
func (a *App) forget() {
	for len(a.stack) > 1 {
		a.pop()
	}
	a.burst = burst{}
	for _, p := range a.pending {
		if p.scan != nil {
			p.scan.Wipe()
		}
	}
	a.pending = nil
}

// environment gives the variables that say what the terminal can do. NO_COLOR is left out: it is honoured by the
// palette, while the QR must keep its black and white.
func environment(getenv func(string) string) []string {
	var env []string
	for _, name := range []string{"TERM", "TERM_PROGRAM", "COLORTERM", "TMUX", "STY", "WT_SESSION", "SSH_TTY", "CLICOLOR", "CLICOLOR_FORCE", "TTY_FORCE"} {
		if value := getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

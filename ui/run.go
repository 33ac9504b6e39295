// Package ui is the till's terminal: what the cashier sees and keys. DESIGN.md in this folder says why it is as it is.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
)

// Options are what a screen needs beside its configuration.
type Options struct {
	Book     *ledger.Book
	Practice Practice     // the simulated customers; nil outside training
	Counter  Counter      // what stands on the counter; nil: nothing that can be tried
	Actor    ledger.Actor // who sits at the till; where people sign in, whoever has
	Training bool         // the training watermark
	// Codes tells customers' payment codes, which find no sale; nil: the documented ones.
	Codes    ledger.CodeTable
	In       io.Reader
	Out      io.Writer
	Renderer string // what draws: "" or RendererOwn, or RendererStock
	Hub      *Hub   // is given what the screen shows, for those who look on; nil: nobody can
	Door     Door   // where people come in from outside; nil: nowhere
	// Hand carries out what the counter has agreed to, where it is neither a question to a channel nor a receipt: a device is to be
	// restarted, a bundle made. It is called from a command. Nil: nothing of it can be done here.
	Hand func(ctx context.Context, actor ledger.Actor, hand ledger.Hand) (made string, err error)
	// Health gives what the process knows of itself, for the support screen. It is called from commands; nil: nothing is known.
	Health func() Health
	// FirstFrame is called once, in its own goroutine, after the first frame is out. It may be nil.
	FirstFrame func()
	// LockAfter is how long the till waits for a key before its screen locks, where people sign in; 0: for ever.
	LockAfter time.Duration
	// NeedsCode reports who keys an authenticator's code beside the PIN; nil: nobody.
	NeedsCode func(person string) bool
	// Getenv gives the environment of the terminal (not of the process, where they differ). Nil: the process's.
	Getenv func(name string) string
}

// The renderers: the row painter of this package, and Bubble Tea's. They show the same.
const (
	RendererOwn   = "own"
	RendererStock = "stock"
)

// ErrNoCursor means that the terminal, by its name (TERM), cannot place its cursor, so that no screen can be painted on
// it. Lines can be printed on it all the same.
var ErrNoCursor = errors.New("the terminal cannot place its cursor")

// killAfter is how long an ending screen may take before its terminal is taken back by force.
const killAfter = 2 * time.Second

// Run shows the till until the user leaves or ctx ends, both of which give nil. The terminal is as before when it
// returns, also after a panic, which becomes a PanicError. One Run at a time may own a terminal. ErrNoCursor is given
// before anything is written; ErrTraining asks for training mode on the same terminal.
func Run(ctx context.Context, cfg Config, opts Options) error {
	if err := cfg.Keys.table().check(); err != nil {
		return fmt.Errorf("key table: %w", err)
	}
	if opts.Getenv == nil {
		opts.Getenv = os.Getenv
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	stage := newStage(opts.In, opts.Out, opts.Getenv)
	stage.renderer, stage.hub = opts.Renderer, opts.Hub
	app := newApp(inner, cfg, opts, terminalFor(stage.profile, opts.Getenv))
	err := stage.perform(ctx, app)
	app.forget()
	if err == nil && app.trains && ctx.Err() == nil {
		return ErrTraining
	}
	return err
}

// model is what can be shown on a stage. Its View never panics, and after a panic of its own it tells which.
type model interface {
	tea.Model
	failure() *PanicError
}

func (a *App) failure() *PanicError { return a.failed }

// stage is a terminal on which one model is shown.
type stage struct {
	in       io.Reader
	out      io.Writer
	env      []string
	can      abilities
	profile  colorprofile.Profile
	renderer string
	hub      *Hub        // of those who look on; nil: nobody can
	window   Size        // where the line does not know it
	resized  <-chan Size // what tells of another window in place of the line's signal; nil: the signal does
}

func newStage(in io.Reader, out io.Writer, getenv func(string) string) stage {
	s := stage{in: in, out: out, env: environment(getenv), can: abilitiesOf(getenv)}
	s.profile = s.can.profile(getenv, colorprofile.Detect(out, s.env))
	return s
}

// perform shows m until it quits or ctx ends, both of which give nil. The terminal is as before when it returns.
func (s *stage) perform(ctx context.Context, m model) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	program, release, err := s.program(inner, m)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() { quit(program, ended, release) })
	defer stop()
	_, err = program.Run()
	release()
	switch {
	case m.failure() != nil:
		return m.failure()
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return nil
	}
	return err
}

// stockFrames bounds how often the stock renderer wakes. It does so even when nothing has changed, so more would cost an
// idle till a per cent of a core; fifteen put a key on the screen within 67 ms.
const stockFrames = 15

// program makes the program on the wanted renderer, and what gives the terminal back after it. release may be called
// more than once and from any goroutine.
func (s *stage) program(ctx context.Context, m model) (program *tea.Program, release func(), err error) {
	in := s.in
	_, far := in.(*farLine)
	if far {
		in = nil // followKeys reads it
	}
	common := []tea.ProgramOption{tea.WithInput(in), tea.WithEnvironment(s.env), tea.WithColorProfile(s.profile), tea.WithoutSignalHandler()}
	switch {
	case s.renderer == RendererStock:
		s.hub.dark(showsStock)
		return tea.NewProgram(m, append(common, tea.WithOutput(s.out), tea.WithFPS(stockFrames))...), func() { s.hub.dark(showsNothing) }, nil
	case s.renderer != "" && s.renderer != RendererOwn:
		return nil, nil, fmt.Errorf("there is no renderer %q", s.renderer)
	case !s.can.place:
		return nil, nil, ErrNoCursor
	}
	line, err := takeTTY(s.in, s.out)
	if err != nil {
		return nil, nil, err
	}
	width, height := line.size()
	if s.window != (Size{}) {
		width, height = s.window.Width, s.window.Height
	}
	screen := &painted{model: m}
	// Bubble Tea's ticker runs without a renderer too: once a second is as seldom as it can.
	program = tea.NewProgram(screen, append(common, tea.WithOutput(io.Discard), tea.WithoutRenderer(), tea.WithFPS(1), tea.WithWindowSize(width, height))...)
	screen.painter = newPainter(s.out, s.can, s.profile, func(failure *PanicError) { go program.Send(failure) })
	screen.painter.watched(s.hub)
	if far {
		go s.followKeys(ctx, program.Send)
	}
	if s.resized == nil {
		go line.watch(ctx, program.Send)
	} else {
		go s.followWindow(ctx, program.Send)
	}
	return program, sync.OnceFunc(func() {
		screen.painter.close(killAfter)
		s.hub.dark(showsNothing)
		line.restore() // an error: the line is gone
	}), nil
}

// quit ends a program in order, or by force when its loop or its terminal no longer takes anything.
func quit(program *tea.Program, ended <-chan struct{}, release func()) {
	go program.Quit()
	select {
	case <-ended:
	case <-time.After(2 * killAfter): // the terminal has its killAfter first
		release()
		program.Kill()
	}
}

// forget wipes what may still hold digits of a customer's code.
func (a *App) forget() {
	for len(a.stack) > 1 {
		a.pop()
	}
	a.burst = burst{}
	a.again.stop()
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

package console

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Check is one thing that the doctor looks at. Run gives a word for how it is, what was found, and the next step where somebody should
// look; it ends soon after ctx, and may run beside the others. What it says may come from anywhere: the doctor makes it harmless.
type Check struct {
	Name string
	Run  func(ctx context.Context) (state State, says, hint string)
}

// State is a word for how a thing is. Those that are listed here are no reason to look; every other word is.
type State string

// The states that are no reason to look. The others have their names from whoever checks.
const (
	Ready State = "ready"
	Off   State = "off"  // not configured
	Mute  State = "mute" // it works, and cannot tell its faults
	Held  State = "held" // an open till has it, and knows more
)

// Troubled reports whether somebody should look.
func (s State) Troubled() bool { return s != Ready && s != Off && s != Mute && s != Held }

// Examination is what `guitai doctor` is asked for.
type Examination struct {
	Config, DataDir string
	Test            bool // press every test button
}

// Plan gives the checks of a till. end, which is not nil where there is no error, gives back what they share.
type Plan func(Examination) (checks []Check, end func(), err error)

const doctorUsage = "guitai doctor [--json] [--test] [--config FILE] [--data-dir DIR]    look at everything that a till needs, one line each: how it is,\n" +
	"    what was found, and the next step: 0 nothing to look at, 1 something, 2 cannot run\n" +
	"    beside an open till it opens no device that the till has: these are \"held\", and the till tells more\n" +
	"    --test prints the test slip, says the sound test and lights the customer's display, one after the other\n"

// finding is one line of the doctor's.
type finding struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Look  bool   `json:"look"`           // somebody should
	Says  string `json:"says"`           // what was found
	Next  string `json:"next,omitempty"` // the next step
}

// doctorReport is what `guitai doctor --json` prints.
type doctorReport struct {
	Good   bool      `json:"good"`
	Checks []finding `json:"checks"`
}

// Doctor looks at everything that a till needs. 0: nothing to look at. 1: something. 2: it could not look.
func Doctor(ctx context.Context, args []string, plan Plan, stdout, stderr io.Writer) int {
	what, asJSON, code, done := parseDoctor(args, stdout, stderr)
	if done {
		return code
	}
	checks, end, err := plan(what)
	if err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(stderr, harmless(line))
		}
		return exitCannot
	}
	defer end()
	if what.Config == "" && what.DataDir == "" {
		fmt.Fprintln(stderr, "guitai doctor: this is the training till, which has no devices; a shop's till is named with --config")
	}
	report := doctorReport{Good: true, Checks: []finding{}}
	examine(ctx, checks, what.Test, func(f finding) {
		report.Good = report.Good && !f.Look
		report.Checks = append(report.Checks, f)
		if !asJSON {
			fmt.Fprint(stdout, f.line())
		}
	})
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "guitai doctor: it was stopped before its end")
		return exitCannot
	case asJSON:
		writeJSON(stdout, report)
	}
	if !report.Good {
		return exitDamaged
	}
	return exitGood
}

func parseDoctor(args []string, stdout, stderr io.Writer) (what Examination, asJSON bool, code int, done bool) {
	flags := flag.NewFlagSet("guitai doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the words are ours, above
	flags.StringVar(&what.Config, "config", "", "")
	flags.StringVar(&what.DataDir, "data-dir", "", "")
	flags.BoolVar(&asJSON, "json", false, "")
	flags.BoolVar(&what.Test, "test", false, "")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, doctorUsage)
		return what, asJSON, exitGood, true
	case err != nil:
		err = FlagFault(flags, args, err)
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai doctor: %s\n%s", harmless(err.Error()), doctorUsage)
		return what, asJSON, exitCannot, true
	}
	return what, asJSON, exitGood, false
}

// examine runs the checks beside each other, because each may take its seconds, or one after the other, so that a person hears and sees one
// test at a time. It tells each finding in the order of the list, as soon as it is there, and ends early when ctx does.
func examine(ctx context.Context, checks []Check, inTurn bool, tell func(finding)) {
	found := make([]chan finding, len(checks))
	for i, check := range checks {
		found[i] = make(chan finding, 1)
		if !inTurn {
			go func() { found[i] <- check.finding(ctx) }()
		}
	}
	for i, check := range checks {
		if ctx.Err() != nil {
			return
		}
		if inTurn {
			found[i] <- check.finding(ctx)
		}
		f := <-found[i]
		if ctx.Err() != nil {
			return // what a check finds that was broken off is not how things are
		}
		tell(f)
	}
}

func (c Check) finding(ctx context.Context) finding {
	state, says, hint := c.Run(ctx)
	return finding{Name: harmless(c.Name), State: State(harmless(string(state))), Look: state.Troubled(), Says: harmless(says), Next: harmless(hint)}
}

// line is one line of text.
func (f finding) line() string {
	line := fmt.Sprintf("%-11s  %-10s  %s", f.Name, f.State, f.Says)
	if f.Next != "" {
		line += " -> " + f.Next
	}
	return strings.TrimRight(line, " ") + "\n"
}

// saysMost is how many characters a text of a device may have: a line is to be read at a glance.
const saysMost = 400

// harmless makes one line of a text from elsewhere: what a terminal could obey, and what turns or hides the letters beside it, becomes a
// question mark.
func harmless(text string) string { return harmlessTo(text, saysMost) }

// harmlessTo is harmless with another bound, in characters.
func harmlessTo(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

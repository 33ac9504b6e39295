// Package console is the till's commands that need no screen. Each gives the process's exit code. Output goes to
// stdout, one sentence about what went wrong to stderr.
package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
	"guitai/ledger/disk"
)

// Find gives the place of a ledger for a configuration file and a folder named on the command line; either may be empty.
type Find func(config, dataDir string) (Place, error)

// Place is where a ledger is, and what belongs to it.
type Place struct {
	Dir      string
	Calendar ledger.Calendar // of the shop's business days
	Outside  string          // the folder that keeps its checkpoints; may be empty

	Backup     string            // the folder of its backup; may be empty
	Book       ledger.BookConfig // what the configuration tells the Book, for commands that write
	Who        ledger.Actor      // who has called, with the rights that come with the till's keys
	Staff      People            // what proves people; nil: nobody signs in here
	Statements Statements        // what fetches and compares the channels' statements
	Live       *disk.Store       // of the open till that runs the command: what only reads looks into it; nil: the folder is opened
	Door       string            // the socket at which an open till answers commands that read; there is none where it is not open
	flags      string            // as they were given, for commands that are suggested
}

// reads opens the ledger for a command that only reads. done gives it back.
func (p *Place) reads() (store *disk.Store, done func() error, err error) {
	if p.Live != nil {
		return p.Live, func() error { return nil }, nil
	}
	if store, err = disk.Open(p.Dir, disk.Config{}); err != nil {
		return nil, nil, err
	}
	return store, store.Close, nil
}

// People is what proves people beside the ledger, and is not in it.
type People interface {
	// Tell tells the Book who has to sign in, and what their PINs are checked with.
	Tell(*ledger.BookConfig) error
	// NeedsCode reports whether somebody keys an authenticator's code beside the PIN.
	NeedsCode(person string) bool
	// Enroll gives somebody a new authenticator, and the address that sets it up; Forget takes it away.
	Enroll(person string) (address string, err error)
	Forget(person string) error
}

// The exit codes of commands that look into a ledger.
const (
	exitGood    = 0
	exitDamaged = 1
	exitCannot  = 2
)

// call is a command line that has been read.
type call struct {
	Place
	json    bool
	yes     bool              // do it, and not only say what would be done
	chain   bool              // the journal alone
	day     ledger.Day        // zero: today
	z       uint64            // of a Z report; zero: the last
	outside []string          // checkpoints to compare with
	word    ledger.Resolution // on one exception; without its ID: none
	back    bool              // late money is to go back through its channel
	export  dayExport         // of a day; without a form: of every event
}

// usages is what each command takes.
var usages = map[string]string{
	"verify": "guitai verify [--json] [--chain] [--checkpoint FILE]... [--config FILE] [--data-dir DIR]\n" +
		"    compare both copies of the ledger with each other and with every checkpoint outside: 0 good, 1 damaged, 2 cannot run\n" +
		"    --chain walks the journal alone: quick, and also beside an open till\n",
	"repair": "guitai repair [--yes] [--config FILE] [--data-dir DIR]    mend a damaged ledger; without --yes only say what would be done\n",
	"export": "guitai export [--config FILE] [--data-dir DIR]    every event that can be read, one JSON object a line: 0 all, 1 some lost, 2 cannot run\n" +
		"guitai export --day 2026-11-25 --csv | --jsonl [--channel C] [--tender cash|slip|transfer] [--cashier NAME] [--state S] [--amount 10-20] [--find 1234]\n" +
		"    a day's sales and refunds, all of them or those that fit, as the day's screen shows them: a table for accountants, or for machines\n" +
		"    with totals; without --day: today. S is paid, open, unpaid, back, or trouble\n",
	"clearing": "guitai clearing [--json] [--config FILE] [--data-dir DIR]    what has not cleared yet, the oldest first\n",
	"exceptions": "guitai exceptions [--json] [--config FILE] [--data-dir DIR]    what the till could not settle by itself, the oldest first\n" +
		"guitai exceptions --resolve ID --note TEXT [--returned | --give-back]    say how one of them was settled: 0 done, 1 refused, 2 cannot run\n" +
		"    --returned: the money it is about was given back by hand, outside the channel\n" +
		"    --give-back: late money above the shop's limit is to go back through its channel; the till sends it when it is open\n",
	"staff": staffUsage,
	"alerts": "guitai alerts [--day 2026-11-25] [--json] [--config FILE] [--data-dir DIR]    patterns of trades that a supervisor should look at,\n" +
		"    with the events and sales they rest on: of one day, or of the last five weeks\n",
	"day": "guitai day [--date 2026-11-25 | --z N] [--json] [--config FILE] [--data-dir DIR]    a day's sales, refunds and totals; today's with\n" +
		"    the last Z report and what has happened since, or the day on which Z report N was made, with that report\n",
}

// dateFlags is the flag that names a day, by command.
var dateFlags = map[string]string{"day": "date", "export": "day", "alerts": "day"}

// parse reads a command line. done is true when there is nothing left to do, with the exit code.
func parse(name string, args []string, find Find, stdout, stderr io.Writer) (c call, code int, done bool) {
	var config, dataDir, date string
	flags := flag.NewFlagSet("guitai "+name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the words are ours, below
	flags.StringVar(&config, "config", "", "")
	flags.StringVar(&dataDir, "data-dir", "", "")
	flags.BoolVar(&c.json, "json", false, "")
	switch name {
	case "day", "alerts":
		flags.StringVar(&date, dateFlags[name], "", "")
		if name == "day" {
			flags.Uint64Var(&c.z, "z", 0, "")
		}
	case "verify":
		flags.BoolVar(&c.chain, "chain", false, "")
		flags.Func("checkpoint", "", func(path string) error { c.outside = append(c.outside, path); return nil })
	case "repair":
		flags.BoolVar(&c.yes, "yes", false, "")
	case "exceptions":
		c.wordFlags(flags)
	case "export":
		c.export.flags(flags, &date)
	}
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usages[name])
		return c, exitGood, true
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai %s: %v\n%s", name, FlagFault(flags, args, err), usages[name])
		return c, exitCannot, true
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "guitai %s: unexpected argument %q\n%s", name, flags.Arg(0), usages[name])
		return c, exitCannot, true
	}
	if fault := cmp.Or(c.wordFault(), c.export.fault(name, date)); fault != nil {
		fmt.Fprintf(stderr, "guitai %s: %v\n%s", name, fault, usages[name])
		return c, exitCannot, true
	}
	if date != "" {
		if c.day, err = ledger.ParseDay(date); err != nil {
			fmt.Fprintf(stderr, "guitai %s: --%s: %s is not a date: write it as 2026-11-25\n", name, dateFlags[name], date)
			return c, exitCannot, true
		}
	}
	if c.Place, err = find(config, dataDir); err != nil {
		fmt.Fprintln(stderr, err)
		return c, exitCannot, true
	}
	c.named(name, config, dataDir, stderr)
	if !disk.Holds(c.Dir) {
		fmt.Fprintf(stderr, "guitai %s: %v\n", name, missing(c.Dir))
		return c, exitCannot, true
	}
	return c, exitGood, false
}

// Sentence is an error in words for whoever typed the command.
func Sentence(err error) string {
	if ledger.ReasonOf(err) == ledger.ReasonDiskInUse {
		return "the till is open and has its ledger to itself: " + Cause(err).Error() + "; leave it first"
	}
	return assets.For("en").Refusal(err)
}

// sentence is Sentence for a command that an open till answers itself; command is what comes behind guitai attach.
func (p *Place) sentence(err error, command string) string {
	if ledger.ReasonOf(err) != ledger.ReasonDiskInUse || p.Door == "" {
		return Sentence(err)
	}
	if info, none := os.Lstat(p.Door); none != nil || info.Mode().Type() != fs.ModeSocket {
		return Sentence(err) + ", or set [remote] socket = true and open it again: then guitai attach asks the open till"
	}
	return Sentence(err) + ", or ask it: guitai attach" + p.flags + " " + command
}

// named says which ledger a command looks at where nobody has named one: a shop's is not the one that it trains on.
func (p *Place) named(command, config, dataDir string, stderr io.Writer) {
	p.flags = ""
	if config != "" {
		p.flags += " --config " + config
	}
	if dataDir != "" {
		p.flags += " --data-dir " + dataDir
	}
	if p.flags == "" {
		fmt.Fprintf(stderr, "guitai %s: this is the training ledger in %s; a shop's is named with --config\n", command, p.Dir)
	}
}

// FlagFault says what is wrong with a command line that flags could not read, naming the flag as it was written: package
// flag forgets how many dashes it had. A call for help stays flag.ErrHelp.
func FlagFault(flags *flag.FlagSet, args []string, err error) error {
	rest := len(args) - flags.NArg()
	switch text := err.Error(); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case strings.HasPrefix(text, "bad flag syntax"): // the one fault that leaves the flag unread
		return fmt.Errorf("there is no flag %s", args[rest])
	case strings.HasPrefix(text, "flag provided but not defined"):
		name, _, _ := strings.Cut(args[rest-1], "=")
		return fmt.Errorf("there is no flag %s", name)
	case strings.HasPrefix(text, "flag needs an argument"):
		return fmt.Errorf("%s needs a value", args[rest-1])
	}
	return fmt.Errorf("%s: it takes no such value", args[rest-1])
}

// missing says why no ledger can be found in a folder.
func missing(dir string) error {
	_, err := os.ReadDir(dir)
	var at *fs.PathError
	if errors.As(err, &at) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be looked into: %w", dir, at.Err)
	}
	return fmt.Errorf("there is no ledger in %s: name the till's folder with --data-dir, or its configuration with --config; "+
		"a till makes its ledger when it first opens", dir)
}

// Verify walks the chain and compares the ledger's rows with its events. 0: good. 1: damaged, and the first bad link is
// named. 2: it could not look.
func Verify(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("verify", args, find, stdout, stderr)
	if done {
		return code
	}
	if c.Outside != "" {
		c.outside = append(c.outside, c.Outside)
	}
	verify := disk.Verify
	if c.chain {
		verify = disk.VerifyChain
	}
	report, err := verify(c.Dir, c.outside...)
	if err != nil {
		fmt.Fprintln(stderr, "guitai verify:", c.sentence(err, "verify"))
		return exitCannot
	}
	if c.json {
		writeJSON(stdout, verifyJSON(report))
	} else {
		fmt.Fprint(stdout, verifyText(report, c.chain))
	}
	switch {
	case report.Damaged():
		return exitDamaged
	case len(report.Outside.Useless) > 0:
		fmt.Fprintln(stderr, "guitai verify: not every checkpoint could be compared")
		return exitCannot
	}
	return exitGood
}

// Day prints a day's sales, what went back on that day of other days' sales, and the totals by channel.
func Day(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("day", args, find, stdout, stderr)
	if done {
		return code
	}
	report, err := readDay(c)
	if err != nil {
		fmt.Fprintln(stderr, "guitai day:", c.sentence(err, "--key FILE day"))
		return exitCannot
	}
	if c.json {
		writeJSON(stdout, report)
	} else {
		fmt.Fprint(stdout, dayText(report))
	}
	return exitGood
}

// zReport finds a Z report by its number: each leads to the one before.
func zReport(store ledger.Store, state *ledger.State, number uint64) (z ledger.DayClosed, err error) {
	ok := true
	for seq := state.ZSeq; ok && err == nil && z.Z != number; seq = z.Report.From - 1 {
		z, ok, err = ledger.ZReport(store, seq)
	}
	if err == nil && !ok {
		err = fmt.Errorf("there is no Z report %d: the last one is %d", number, state.Z)
	}
	return z, err
}

func readDay(c call) (_ dayReport, err error) {
	store, done, err := c.reads()
	if err != nil {
		return dayReport{}, err
	}
	defer func() { err = errors.Join(err, done()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return dayReport{}, err
	}
	day := cmp.Or(c.day, c.Calendar.Today())
	var asked ledger.DayClosed
	if c.z > 0 {
		if asked, err = zReport(store, state, c.z); err != nil {
			return dayReport{}, err
		}
		day = asked.Day
	}
	sales, err := store.DaySales(day)
	if err != nil {
		return dayReport{}, err
	}
	refunds, err := store.DayRefunds(day)
	if err != nil {
		return dayReport{}, err
	}
	report := newDayReport(c.Calendar, day, sales, refunds)
	report.Exceptions = len(state.Exceptions)
	switch last := state.Z; {
	case c.z > 0 && c.z < last: // it is over: nothing that is counted now follows from it
		z := newPeriod(c.Calendar, &asked.Report)
		report.LastZ = &z
		return report, nil
	case c.day != 0:
		return report, nil
	}
	now, z, ok, err := ledger.LoadReport(store, time.Now())
	if err != nil {
		return report, err
	}
	running := newPeriod(c.Calendar, &now)
	report.Running = &running
	if ok {
		last := newPeriod(c.Calendar, &z.Report)
		report.LastZ = &last
	}
	return report, nil
}

// Config prints the commented example.
func Config(args []string, example string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		fmt.Fprintln(stdout, "guitai config example    a commented configuration")
		return exitGood
	}
	if len(args) != 1 || args[0] != "example" {
		fmt.Fprintln(stderr, "guitai config: the one thing it does is: guitai config example")
		return exitCannot
	}
	fmt.Fprint(stdout, example)
	return exitGood
}

func writeJSON(out io.Writer, value any) {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a reader that has gone away needs no answer
}

func verifyText(r disk.Report, chain bool) string {
	var b strings.Builder
	if chain {
		fmt.Fprintf(&b, "%d events in %d segments, head %s\n", r.Events, r.Segments, r.Head.Hash)
	} else {
		fmt.Fprintf(&b, "%d events, %d sales, head %s\n", r.Events, r.Sales, r.Head.Hash)
	}
	for _, damage := range verifyJSON(r).Damage {
		fmt.Fprintf(&b, "DAMAGED: %s\n", damage)
	}
	if r.Archived > 0 {
		fmt.Fprintf(&b, "events 1 to %d are archived: they stand in the journal and in the backup\n", r.Archived)
	}
	b.WriteString(outsideText(r))
	if !r.Damaged() && chain {
		b.WriteString("good: every event of the journal follows the one before; the other copy was not looked at\n")
	} else if !r.Damaged() {
		b.WriteString("good: every event follows the one before, every row equals its events\n")
	}
	return b.String()
}

// outsideText says how far heads outside vouch for the ledger.
func outsideText(r disk.Report) string {
	var b strings.Builder
	switch o := r.Outside; {
	case o.Good > 0:
		fmt.Fprintf(&b, "%d checkpoints outside agree, the newest with event %d (%s); %d events since then are vouched for by nobody\n",
			o.Good, o.Newest.Head.Seq, o.Newest.At.Format(time.RFC3339), o.Since)
	case o.Unknown > 0:
		fmt.Fprintf(&b, "%d checkpoints outside are about events behind the damage\n", o.Unknown)
	case len(o.Against) == 0:
		b.WriteString("no checkpoint outside: an end that was cut off both copies would not be noticed\n")
	}
	for _, text := range r.Outside.Excused {
		fmt.Fprintf(&b, "given up by a new epoch: %s\n", text)
	}
	for _, text := range r.Outside.Useless {
		fmt.Fprintf(&b, "proves nothing: %s\n", text)
	}
	return b.String()
}

// verifyReport is what `guitai verify --json` prints.
type verifyReport struct {
	Good        bool     `json:"good"`
	Events      uint64   `json:"events"` // good ones, from the first
	Sales       int      `json:"sales"`
	Head        string   `json:"head"`              // first eight bytes of the last good event's hash, hex
	BadSeq      uint64   `json:"bad_seq,omitempty"` // the first event that does not hold
	Differences int      `json:"differences"`       // rows that are not what the events say
	Damage      []string `json:"damage"`            // in words

	Archived    uint64   `json:"archived,omitempty"`        // the last event that is in the journal and the backup alone
	Checkpoints int      `json:"checkpoints"`               // heads outside that the ledger agrees with
	Outside     uint64   `json:"outside,omitempty"`         // the event of the newest of them
	OutsideAt   string   `json:"outside_at,omitempty"`      // and when it was made
	Since       uint64   `json:"since"`                     // events that no head outside knows of
	Excused     []string `json:"given_up,omitempty"`        // what a new epoch has given up
	Useless     []string `json:"bad_checkpoints,omitempty"` // files that prove nothing
	Key         string   `json:"checkpoint_key"`            // the public key of this ledger's checkpoints
}

func verifyJSON(r disk.Report) verifyReport {
	out := verifyReport{
		Good: !r.Damaged(), Events: r.Events, Sales: r.Sales, Head: r.Head.Hash.String(), Differences: r.Differences,
		Damage: []string{}, Archived: r.Archived, Checkpoints: r.Outside.Good, Since: r.Events, Excused: r.Outside.Excused, Useless: r.Outside.Useless, Key: r.Key,
	}
	if r.Outside.Good > 0 {
		newest := r.Outside.Newest
		out.Outside, out.OutsideAt, out.Since = newest.Head.Seq, newest.At.Format(time.RFC3339), r.Outside.Since
	}
	if r.Unreadable != "" {
		out.Damage = append(out.Damage, r.Unreadable)
	}
	if r.BadLink != nil {
		out.BadSeq = r.BadLink.Seq
		out.Damage = append(out.Damage, r.BadLink.Error())
	}
	out.Damage = append(out.Damage, r.Outside.Against...)
	if r.Differences > 0 {
		out.Damage = append(out.Damage, fmt.Sprintf("%d rows differ from the events, first: %s", r.Differences, r.First))
	}
	return out
}

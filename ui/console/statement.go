package console

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const statementUsage = `guitai statement fetch [--day 2026-11-25] [--channel C]     ask the channels for the statements that are missing, and compare them:
    every ended day that the till has missed, or one day; 0 all there, 1 something failed, 3 a channel has not made one yet
guitai statement import FILE [--day 2026-11-25]             compare a file out of the merchant's account, as it was downloaded: a file
    that is brought only compares, and moves no money; 0 done, 1 refused
guitai statement match [--day 2026-11-25] [--channel C]     compare once more what is here
guitai statement show [--day 2026-11-25] [--channel C] [--json | --csv]    what the channels say of each day, to the fen; of one day
    also every difference with its reason
All take --config FILE and --data-dir DIR. The till must be left. Where people sign in, all but show ask for a supervisor's name and PIN.
`

// exitNotReady: nothing has failed, and a channel has not made a statement yet.
const exitNotReady = 3

// Statements is the room of the channels' statements as far as its command needs it: what their files are is no matter of this package.
type Statements interface {
	// Asks tells why this till's command asks no channel; nil: it does.
	Asks() error
	// Look reads a file from end to end, and tells which statement it is or why it is refused. day is 0, or the one it should be of.
	Look(file StatementFile, day ledger.Day) (ledger.StatementKey, error)
	// Open gives what takes and compares statements; with asking, it also asks the channels.
	Open(store *disk.Store, book *ledger.Book, asking bool) (StatementWork, error)
}

// StatementFile is a file that somebody brings.
type StatementFile interface {
	io.ReaderAt
	Size() int64
}

// StatementWork takes and compares statements.
type StatementWork interface {
	// Missed lists what the channels have to be asked for, the oldest first; Of is the same for one day, whether it is here or not.
	Missed() ([]ledger.StatementKey, error)
	Of(day ledger.Day) []ledger.StatementKey
	// Fetch asks for one that is not here, and compares it. bytes is the size of the file; a fault is a *StatementFault.
	Fetch(ctx context.Context, who ledger.Actor, key ledger.StatementKey) (bytes uint64, err error)
	Import(ctx context.Context, who ledger.Actor, file StatementFile, day ledger.Day) (ledger.StatementKey, error)
	Compare(ctx context.Context, who ledger.Actor, key ledger.StatementKey) error
}

// StatementFault is why a statement could not be fetched.
type StatementFault struct {
	NotReady bool          // the channel has not made it yet
	Again    time.Duration // after which it makes sense to ask once more
	Cause    error
}

func (f *StatementFault) Error() string { return f.Cause.Error() }
func (f *StatementFault) Unwrap() error { return f.Cause }

// statementCall is a command line of guitai statement.
type statementCall struct {
	Place
	do, file  string
	day       ledger.Day
	channel   ledger.Channel
	json, csv bool

	config, dataDir string
}

// Statement fetches, imports, compares and shows the channels' statements. 0: done. 1: something failed or was refused. 2: it could not.
// 3: a channel has not made a statement yet.
func Statement(ctx context.Context, args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parseStatement(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, statementUsage)
		return exitGood
	case err != nil:
		fmt.Fprintf(stderr, "guitai statement: %v\n%s", err, statementUsage)
		return exitCannot
	}
	if c.Place, err = find(c.config, c.dataDir); err != nil {
		fmt.Fprintln(stderr, err)
		return exitCannot
	}
	c.named("statement", c.config, c.dataDir, stderr)
	switch {
	case !disk.Holds(c.Dir):
		fmt.Fprintln(stderr, "guitai statement:", missing(c.Dir))
		return exitCannot
	case c.do == "show":
		return c.show(stdout, stderr)
	}
	code, err := c.work(ctx, NewAsker(stdin, stderr), stdout, stderr)
	if err == nil {
		return code
	}
	fmt.Fprintf(stderr, "guitai statement %s: %s\n", c.do, c.sentence(err))
	var refused *refusedFile
	if reason := ledger.ReasonOf(err); errors.As(err, &refused) || reason != "" && reason != ledger.ReasonDiskInUse {
		return exitDamaged
	}
	return exitCannot
}

// parseStatement reads a command line.
func parseStatement(args []string) (c statementCall, err error) {
	if len(args) == 0 {
		return c, errors.New("it takes fetch, import, match or show")
	}
	c.do, args = args[0], args[1:]
	switch c.do {
	case "-h", "-help", "--help":
		return c, flag.ErrHelp
	case "fetch", "import", "match", "show":
	default:
		return c, fmt.Errorf("there is no guitai statement %s", c.do)
	}
	flags := c.flagSet()
	err = flags.Parse(args)
	if c.do == "import" && err == nil && flags.NArg() > 0 { // the file stands before the flags, or behind
		c.file, args = flags.Arg(0), flags.Args()[1:]
		err = flags.Parse(args)
	}
	switch {
	case err != nil:
		return c, FlagFault(flags, args, err)
	case flags.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	switch {
	case c.do == "import" && c.file == "":
		return c, errors.New("import needs a file")
	case c.json && c.csv:
		return c, errors.New("--json and --csv are two files: ask for one of them")
	}
	return c, nil
}

func (c *statementCall) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("guitai statement "+c.do, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.config, "config", "", "")
	flags.StringVar(&c.dataDir, "data-dir", "", "")
	flags.Func("day", "", func(text string) (err error) {
		c.day, err = ledger.ParseDay(text)
		return err
	})
	if c.do != "import" {
		flags.Func("channel", "", func(text string) error {
			if c.channel = ledger.Channel(text); !slices.Contains(ledger.Channels, c.channel) {
				return errors.New("no such channel")
			}
			return nil
		})
	}
	if c.do == "show" {
		flags.BoolVar(&c.json, "json", false, "")
		flags.BoolVar(&c.csv, "csv", false, "")
	}
	return flags
}

// refusedFile is a file that is not taken.
type refusedFile struct {
	path  string
	cause error
}

func (r *refusedFile) Error() string {
	return fmt.Sprintf("%s: %s; nothing was booked", r.path, strings.TrimPrefix(r.cause.Error(), "statement: "))
}

// sentence is an error in words, with the next step.
func (c *statementCall) sentence(err error) string {
	text := Sentence(err)
	if ledger.ReasonOf(err) == ledger.ReasonDiskInUse && c.do == "fetch" {
		text += ", or leave it open: it fetches statements by itself"
	}
	return text
}

// errFetched: a file that somebody brings never takes the place of the channel's own.
var errFetched = errors.New("the till has this statement from the channel itself already: guitai statement match compares it once more")

// work does what changes something, as whoever has called.
func (c *statementCall) work(ctx context.Context, ask Asker, stdout, stderr io.Writer) (code int, err error) {
	if c.Statements == nil {
		return exitCannot, errors.New("this program has no statements")
	}
	if c.do == "fetch" {
		if err := c.Statements.Asks(); err != nil {
			return exitCannot, err
		}
	}
	var file StatementFile
	check := func(*ledger.State) error { return nil }
	if c.do == "import" {
		brought, err := os.Open(c.file)
		if err != nil {
			return exitCannot, err
		}
		defer brought.Close()
		info, err := brought.Stat()
		if err != nil {
			return exitCannot, err
		}
		if !info.Mode().IsRegular() {
			return exitCannot, fmt.Errorf("%s is no file", c.file)
		}
		file = io.NewSectionReader(brought, 0, info.Size())
		check = func(state *ledger.State) error { return c.mayImport(state, file) }
	}
	err = c.writeStore(ctx, "statement", "statements were compared", ask, stderr, check, func(store *disk.Store, book *ledger.Book, who ledger.Actor) error {
		if err := who.May(ledger.RightStatement); err != nil {
			return err
		}
		worker, err := c.Statements.Open(store, book, c.do == "fetch")
		if err != nil {
			return err
		}
		job := statementJob{c, book, worker, who, stdout}
		switch c.do {
		case "fetch":
			code, err = job.fetch(ctx)
		case "import":
			err = job.bring(ctx, file)
		case "match":
			code, err = job.match(ctx)
		}
		return err
	})
	return code, err
}

// mayImport looks at a file before anybody is asked for a PIN, and anything is written.
func (c *statementCall) mayImport(state *ledger.State, file StatementFile) error {
	key, err := c.Statements.Look(file, c.day)
	if err != nil {
		return &refusedFile{c.file, err}
	}
	if st, ok := state.Statement(key); ok && st.Source == ledger.SourceFetched {
		return &refusedFile{c.file, errFetched}
	}
	return nil
}

// statementJob is one call under way.
type statementJob struct {
	*statementCall
	book   *ledger.Book
	worker StatementWork
	who    ledger.Actor
	out    io.Writer
}

// statementKinds are the kinds in reports.
var statementKinds = map[ledger.StatementKind]string{ledger.StatementTrades: "trades", ledger.StatementFunds: "balance"}

// begins starts the line of a statement.
func (j *statementJob) begins(key ledger.StatementKey) {
	fmt.Fprintf(j.out, "%s  %-7s  %-7s  ", key.Day, key.Channel, statementKinds[key.Kind])
}

// chosen reports whether a statement is one of those that were asked for.
func (c *statementCall) chosen(key ledger.StatementKey) bool {
	return (c.day == 0 || key.Day == c.day) && (c.channel == "" || key.Channel == c.channel)
}

// fetch asks for all that is missing, one after the other, with a line for each.
func (j *statementJob) fetch(ctx context.Context) (code int, err error) {
	keys := j.worker.Of(j.day)
	if j.day == 0 {
		if keys, err = j.worker.Missed(); err != nil {
			return exitCannot, err
		}
	}
	keys = slices.DeleteFunc(keys, func(key ledger.StatementKey) bool { return !j.chosen(key) })
	switch {
	case len(keys) == 0 && j.day != 0:
		return exitCannot, errors.New("this till has no such channel")
	case len(keys) == 0:
		fmt.Fprintln(j.out, "nothing is missing")
	}
	worst := map[int]int{exitGood: 0, exitNotReady: 1, exitDamaged: 2}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return exitDamaged, err
		}
		if one := j.fetchOne(ctx, key); worst[one] > worst[code] {
			code = one
		}
	}
	return code, nil
}

func (j *statementJob) fetchOne(ctx context.Context, key ledger.StatementKey) int {
	j.begins(key)
	was, here := j.known(key)
	here = here && was.Source == ledger.SourceFetched
	if !here {
		fmt.Fprint(j.out, "fetching")
	}
	size, err := j.worker.Fetch(ctx, j.who, key)
	var fault *StatementFault
	switch st, _ := j.known(key); {
	case errors.As(err, &fault) && fault.NotReady:
		fmt.Fprintf(j.out, ": not ready yet; ask again in %s\n", wait(fault.Again))
		return exitNotReady
	case errors.As(err, &fault) && fault.Again > 0:
		fmt.Fprintf(j.out, ": %s; try again in %s\n", strings.TrimPrefix(err.Error(), "statement: "), wait(fault.Again))
		return exitDamaged
	case err != nil:
		fmt.Fprintf(j.out, ": %s\n", Sentence(err))
		return exitDamaged
	case here:
		fmt.Fprintf(j.out, "here already; %s\n", comparedText(&st))
	case size == 0:
		fmt.Fprintln(j.out, ": no trades")
	default:
		fmt.Fprintf(j.out, ", kept %d bytes, %s\n", size, comparedText(&st))
	}
	return exitGood
}

func (j *statementJob) known(key ledger.StatementKey) (st ledger.Statement, ok bool) {
	j.book.Read(func(s *ledger.State) { st, ok = s.Statement(key) })
	return st, ok
}

// wait is a duration for people.
func wait(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%d min", max(1, (d+time.Minute-1)/time.Minute))
	}
	return fmt.Sprintf("%d h", (d+time.Hour-1)/time.Hour)
}

// comparedText is what a comparison has come to.
func comparedText(st *ledger.Statement) string {
	if st.Kind == ledger.StatementFunds {
		switch {
		case !st.Compared:
			return fmt.Sprintf("%d rows; to be compared when the statement of trades is here", st.Rows)
		case st.Differing() > 0:
			return fmt.Sprintf("%d rows; they do not come to what the statement of trades does", st.Rows)
		}
		return fmt.Sprintf("%d rows; they come to what the statement of trades does", st.Rows)
	}
	text := fmt.Sprintf("%d rows: %d agree, %d of other tills, %d differences", st.Rows, st.Matched, st.Others, st.Differing())
	if st.Pending > 0 {
		text += fmt.Sprintf("; about %d of them the open till asks the channel", st.Pending)
	}
	if !st.Compared {
		text += "; not compared to the end"
	}
	return text
}

// bring takes a file.
func (j *statementJob) bring(ctx context.Context, file StatementFile) error {
	key, err := j.worker.Import(ctx, j.who, file, j.day)
	if err != nil {
		return err
	}
	st, _ := j.known(key)
	j.begins(key)
	fmt.Fprintf(j.out, "imported, %s\n", comparedText(&st))
	if st.Differing() > 0 {
		fmt.Fprintf(j.out, "to see them: guitai statement show%s --day %s --channel %s\n", j.flags, key.Day, key.Channel)
	}
	return nil
}

// match compares everything that is here once more, the oldest day first.
func (j *statementJob) match(ctx context.Context) (code int, err error) {
	var all []ledger.Statement
	j.book.Read(func(s *ledger.State) { all = s.Statements() })
	all = slices.DeleteFunc(all, func(st ledger.Statement) bool { return !j.chosen(st.StatementKey) })
	if len(all) == 0 {
		fmt.Fprintln(j.out, "no such statement is here: guitai statement fetch, or import")
		return exitDamaged, nil
	}
	for _, st := range slices.Backward(all) {
		j.begins(st.StatementKey)
		if err := j.worker.Compare(ctx, j.who, st.StatementKey); err != nil {
			fmt.Fprintln(j.out, Sentence(err))
			code = exitDamaged
			continue
		}
		now, _ := j.known(st.StatementKey)
		fmt.Fprintln(j.out, comparedText(&now))
	}
	return code, nil
}

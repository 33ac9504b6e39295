package console

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"guitai/ledger/disk"
)

const backupUsage = `guitai backup --to PLACE [--config FILE] [--data-dir DIR]    bring a backup up to date, also beside an open till:
                                                             a folder, or one file (NAME.tar)
guitai restore --from PLACE [--key FILE] [--config FILE] [--data-dir DIR]    make an empty folder the till's from a backup;
                                                             without --key the recovery code is asked for
`

// places is what backup and restore take.
type places struct {
	Place
	to, from, key string
}

func parsePlaces(name string, args []string, find Find, stderr io.Writer) (p places, err error) {
	var config, dataDir string
	flags := flag.NewFlagSet("guitai "+name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&config, "config", "", "")
	flags.StringVar(&dataDir, "data-dir", "", "")
	if name == "backup" {
		flags.StringVar(&p.to, "to", "", "")
	} else {
		flags.StringVar(&p.from, "from", "", "")
		flags.StringVar(&p.key, "key", "", "")
	}
	if err := flags.Parse(args); err != nil {
		return p, FlagFault(flags, args, err)
	}
	switch {
	case flags.NArg() > 0:
		return p, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case p.to == "" && p.from == "":
		return p, map[string]error{"backup": errors.New("--to says where"), "restore": errors.New("--from says which backup")}[name]
	}
	if p.Place, err = find(config, dataDir); err == nil {
		p.named(name, config, dataDir, stderr)
	}
	return p, err
}

// Backup brings a backup up to date and checks all of it. 0: it is whole. 2: it could not.
func Backup(args []string, find Find, stdout, stderr io.Writer) int {
	p, err := parsePlaces("backup", args, find, stderr)
	if done, code := usageOr(err, backupUsage, "backup", stdout, stderr); done {
		return code
	}
	if !disk.Holds(p.Dir) {
		fmt.Fprintln(stderr, "guitai backup:", missing(p.Dir))
		return exitCannot
	}
	report, err := disk.Backup(p.Dir, p.to)
	if err != nil {
		fmt.Fprintln(stderr, "guitai backup:", Sentence(err))
		return exitCannot
	}
	fmt.Fprintf(stdout, "%s: %d events, head %s, all checked; %d of %d segments were new\n", p.to, report.Events, report.Head.Hash, report.Copied, report.Segments)
	fmt.Fprintln(stdout, "It is encrypted: to restore it takes this till's master key, or its recovery code.")
	return exitGood
}

// Restore makes a till's folder from a backup. 0: it is whole. 2: it could not, and nothing is left of it.
func Restore(args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	began := time.Now()
	p, err := parsePlaces("restore", args, find, stderr)
	if done, code := usageOr(err, backupUsage, "restore", stdout, stderr); done {
		return code
	}
	var key, code []byte
	if p.key != "" {
		key, err = os.ReadFile(p.key)
	} else {
		code, err = Asker{stdin, stderr, bufio.NewReader(stdin)}.Line("recovery code (shown while it is typed): ")
	}
	var report disk.Report
	if err == nil {
		report, err = disk.Restore(p.from, p.Dir, key, string(code))
	}
	if err == nil && report.Damaged() {
		err = errors.New("what was restored does not verify, and was removed: " + report.First + report.Unreadable)
	}
	if err != nil {
		fmt.Fprintln(stderr, "guitai restore:", Sentence(err))
		return exitCannot
	}
	fmt.Fprintf(stdout, "%s: %d events, %d sales, head %s, verified; %.1f s\n", p.Dir, report.Events, report.Sales, report.Head.Hash, time.Since(began).Seconds())
	fmt.Fprintln(stdout, "The till only shows it until somebody says that no other till goes on with this ledger: guitai epoch"+p.flags+" --yes --why \"what happened\"")
	return exitGood
}

// usageOr tells how a command is used, when its line was wrong or asks for it.
func usageOr(err error, usage, name string, stdout, stderr io.Writer) (done bool, code int) {
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return true, exitGood
	case err != nil:
		fmt.Fprintf(stderr, "guitai %s: %v\n%s", name, err, usage)
		return true, exitCannot
	}
	return false, exitGood
}

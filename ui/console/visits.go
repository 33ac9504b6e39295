package console

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

const visitsUsage = `guitai visits list [--json]                      who has looked in over SSH, what they asked for, and whether the recording is good
guitai visits replay N [--speed X] [--plain]     show what the visitor of visit N was shown, at X times the pace, in a window at least as large
                                                 as theirs; q ends it. --plain: at once, as the lines that changed; so is a command's visit
Both take --config FILE and --data-dir DIR, need the ledger's key, and work beside an open till.
`

// visitsCall is a command line of guitai visits.
type visitsCall struct {
	Place
	do    string
	json  bool
	plain bool
	visit uint64
	speed float64
}

// visitRow is one line of `guitai visits list --json`.
type visitRow struct {
	Visit     uint64 `json:"visit"`
	Person    string `json:"person"`
	Role      string `json:"role"`
	Key       string `json:"key"`
	Cert      string `json:"cert,omitempty"`
	From      string `json:"from"`
	Began     string `json:"began"`
	Ended     string `json:"ended,omitempty"`   // empty: it goes on, or the till ended before it did
	Seconds   int64  `json:"seconds"`           // so far, of one that goes on; of one that was cut off: as long as its recording
	Command   string `json:"command,omitempty"` // that it was; empty: screens, or not known
	Why       string `json:"why"`               // why it ended; "inside": it goes on; "cut": also where the till ended before it did
	Bytes     uint64 `json:"bytes"`             // that the visitor was sent
	Keys      uint64 `json:"keys"`              // that the visitor has pressed
	Recording string `json:"recording"`         // one of the words below

	Asked []visitAsked `json:"asked,omitempty"` // of the counter

	vouched ledger.Hash
	began   time.Time
	over    bool   // it ended, or the till did
	was     string // screens, or a command; empty: not known
}

// How a visit's recording is.
const (
	recordingGood      = "good"      // it is what the ledger vouches for
	recordingChanged   = "changed"   // it is not
	recordingMissing   = "missing"   // the ledger vouches for one that is not there
	recordingExpired   = "expired"   // the same, of a visit so long ago that the till may have removed it
	recordingNone      = "none"      // nothing was recorded
	recordingCut       = "cut"       // it ends with a crash or a full disk, and the ledger vouches for nothing
	recordingUnvouched = "unvouched" // it is whole, and the ledger does not know of it
	recordingRunning   = "running"   // the visit goes on
)

// Visits lists visits, or replays one. It reads and writes nothing down, so it asks for the ledger's key and for nobody, as export does,
// which tells more. 0: done. 1: the recording is not what it should be. 2: it could not look.
func Visits(ctx context.Context, args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := parseVisits(args, find, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, visitsUsage)
		return exitGood
	}
	if err != nil {
		fmt.Fprintf(stderr, "guitai visits: %v\n%s", err, visitsUsage)
		return exitCannot
	}
	if !disk.Holds(c.Dir) {
		fmt.Fprintln(stderr, "guitai visits:", missing(c.Dir))
		return exitCannot
	}
	recordings, err := disk.OpenRecordings(c.Dir)
	if err != nil {
		fmt.Fprintln(stderr, "guitai visits:", Sentence(err))
		return exitCannot
	}
	rows, err := readVisits(c.Calendar, recordings)
	if err != nil { // what stands before the damage is told
		fmt.Fprintln(stderr, "guitai visits: not all of the journal can be read:", Sentence(err))
	}
	if release, err := disk.Share(c.Dir); err == nil { // no till has the folder, so nobody is inside
		_ = release()
		for i := range rows {
			rows[i].cut()
		}
	}
	code := exitGood
	if c.do == "list" {
		code = listVisits(rows, recordings, c.json, stdout)
	} else {
		code = c.replay(ctx, rows, recordings, stdin, stdout, stderr)
	}
	if err != nil {
		return max(code, exitDamaged)
	}
	return code
}

func parseVisits(args []string, find Find, stderr io.Writer) (c visitsCall, err error) {
	if len(args) == 0 {
		return c, errors.New("it takes list, or replay and a visit's number")
	}
	c.do, args = args[0], args[1:]
	var config, dataDir string
	flags := flag.NewFlagSet("guitai visits", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&config, "config", "", "")
	flags.StringVar(&dataDir, "data-dir", "", "")
	switch c.do {
	case "list":
		flags.BoolVar(&c.json, "json", false, "")
	case "replay":
		flags.Float64Var(&c.speed, "speed", 1, "")
		flags.BoolVar(&c.plain, "plain", false, "")
		if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
			args = append(slices.Clone(args[1:]), args[0]) // package flag stops at the first word that is none
		}
	case "-h", "-help", "--help":
		return c, flag.ErrHelp
	default:
		return c, fmt.Errorf("there is no guitai visits %s", c.do)
	}
	if err := flags.Parse(args); err != nil {
		return c, FlagFault(flags, args, err)
	}
	if c.do == "replay" {
		if c.visit, err = strconv.ParseUint(flags.Arg(0), 10, 64); err != nil || flags.NArg() != 1 {
			return c, errors.New("which visit? guitai visits list has their numbers")
		}
	}
	switch {
	case c.do == "list" && flags.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case c.do == "replay" && !(c.speed >= 0.1 && c.speed <= 1000):
		return c, errors.New("--speed is between 0.1 and 1000")
	}
	if c.Place, err = find(config, dataDir); err == nil {
		c.named("visits", config, dataDir, stderr)
	}
	return c, err
}

// readVisits reads the journal's visits, in the order in which they came. An error about damage comes with all that stand before it.
func readVisits(calendar ledger.Calendar, recordings *disk.Recordings) (rows []visitRow, err error) {
	open, hands := map[uint64]int{}, map[uint64]uint64{} // rows by visit, visits by what they asked
	found, err := recordings.Journal(func(_ ledger.Head, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err != nil {
			return nil // of a later version: it is in the chain, and that was checked
		}
		switch b := event.Body.(type) {
		case *ledger.VisitBegan:
			open[event.Seq] = len(rows)
			rows = append(rows, visitRow{Visit: event.Seq, Person: b.Person, Role: string(b.Role), Key: b.Key, Cert: b.Cert, From: b.From,
				Began: stamp(calendar, event.At), Why: "inside", began: event.At})
		case *ledger.VisitEnded:
			if at, ok := open[b.Visit]; ok {
				row := &rows[at]
				row.Ended, row.Why, row.Bytes, row.Keys = stamp(calendar, event.At), string(b.Why), b.Bytes, b.Keys
				row.Seconds, row.vouched, row.over = int64(max(0, event.At.Sub(row.began))/time.Second), b.Recording, true
				delete(open, b.Visit)
			}
		case *ledger.HandAsked:
			if at, ok := open[b.Visit]; ok {
				rows[at].Asked = append(rows[at].Asked, visitAsked{Event: event.Seq, At: stamp(calendar, event.At), What: string(b.What),
					Of: string(b.Order) + string(b.Sale) + string(b.Device), Why: b.Why})
				hands[event.Seq] = b.Visit
			}
		case *ledger.HandAnswered:
			if at, ok := open[hands[b.Asked]]; ok {
				rows[at].answered(b, event.Actor.Person, stamp(calendar, event.At))
			}
		case *ledger.Opened:
			for _, at := range open {
				rows[at].cut()
			}
			clear(open)
		}
		return nil
	})
	if err == nil && found.Damage != nil {
		err = found.Damage
	}
	return rows, err
}

// cut ends a visit whose end the till did not live to write down.
func (row *visitRow) cut() {
	if !row.over {
		row.Why, row.over = string(ledger.VisitCut), true
	}
}

// judge compares a visit's recording with what the ledger has of it.
func (row *visitRow) judge(recordings *disk.Recordings, now time.Time) (*disk.Recording, error) {
	vouched := row.vouched != ledger.Hash{}
	recording, err := recordings.Recording(row.Visit)
	switch gone := errors.Is(err, fs.ErrNotExist); {
	case gone && vouched && now.Sub(row.began) > disk.TapesKept:
		row.Recording = recordingExpired
	case gone && vouched:
		row.Recording = recordingMissing
	case gone:
		row.Recording = recordingNone
	case err != nil && !errors.Is(err, disk.ErrSealBroken):
		return nil, err
	case err != nil, vouched && (recording.Cut || recording.Hash != row.vouched):
		row.Recording = recordingChanged
	case vouched:
		row.Recording = recordingGood
	case !row.over:
		row.Recording = recordingRunning
	case recording.Cut:
		row.Recording = recordingCut
	default:
		row.Recording = recordingUnvouched
	}
	row.learn(recording, now)
	return recording, nil
}

// listVisits prints visits. A recording that was changed or is missing is a reason to look.
func listVisits(rows []visitRow, recordings *disk.Recordings, asJSON bool, stdout io.Writer) (code int) {
	for i := range rows {
		row := &rows[i]
		if _, err := row.judge(recordings, time.Now()); err != nil {
			row.Recording = "unreadable"
		}
		switch row.Recording {
		case recordingChanged, recordingMissing, "unreadable":
			code = exitDamaged
		}
	}
	if asJSON {
		writeJSON(stdout, append([]visitRow{}, rows...))
		return code
	}
	out := bufio.NewWriter(stdout)
	defer out.Flush()
	if len(rows) == 0 {
		fmt.Fprintln(out, "nobody has looked in over SSH")
		return code
	}
	fmt.Fprintf(out, visitColumns, "VISIT", "BEGAN", "LASTED", "WHY IT ENDED", "KEYS", "BYTES", "RECORDING")
	for i := range rows {
		rows[i].print(out)
	}
	return code
}

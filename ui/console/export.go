package console

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// Export writes every event that can be read, one JSON object a line, from whichever copy still has it. It needs no whole
// ledger, only its key. 0: everything. 1: something is lost; what is written says where. 2: it could not look. With --csv or
// --jsonl it writes a day's sales and refunds instead.
func Export(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("export", args, find, stdout, stderr)
	switch {
	case done:
		return code
	case c.export.write != nil:
		return exportDay(c, stdout, stderr)
	}
	found, err := disk.Salvage(c.Dir)
	if err != nil {
		fmt.Fprintln(stderr, "guitai export:", Sentence(err))
		return exitCannot
	}
	out := bufio.NewWriter(stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i, stored := range found.Records {
		_ = lines.Encode(exported(uint64(i+1), stored, false)) // a full disk is told by Flush
	}
	for _, stray := range found.Behind {
		_ = lines.Encode(exported(stray.Seq, stray.Stored, true))
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(stderr, "guitai export: writing:", err)
		return exitCannot
	}
	if found.Lost == 0 {
		fmt.Fprintf(stderr, "guitai export: %d events\n", len(found.Records))
		return exitGood
	}
	fmt.Fprintf(stderr, "guitai export: %d events; event %d is lost in both copies; %d later ones follow, marked \"after_gap\"\n",
		len(found.Records), found.Lost, len(found.Behind))
	return exitDamaged
}

// dayExport is what of a day is to be written, and how.
type dayExport struct {
	csv, jsonl, chosen bool
	find               string
	filter             ledger.RowFilter
	write              func(io.Writer, []ledger.DayLine) error
}

func (e *dayExport) flags(flags *flag.FlagSet, day *string) {
	flags.StringVar(day, dateFlags["export"], "", "")
	flags.BoolVar(&e.csv, "csv", false, "")
	flags.BoolVar(&e.jsonl, "jsonl", false, "")
	choose := func(name string, read func(text string) bool) {
		flags.Func(name, "", func(text string) error {
			if e.chosen = true; !read(text) {
				return strconv.ErrSyntax
			}
			return nil
		})
	}
	choose("channel", func(text string) bool {
		e.filter.Channel = ledger.Channel(text)
		return slices.Contains(ledger.Channels, e.filter.Channel)
	})
	choose("tender", func(text string) bool {
		e.filter.Tender = map[string]ledger.TenderKind{"cash": ledger.Cash, "slip": ledger.CardSlip, "transfer": ledger.Transfer}[text]
		return e.filter.Tender != 0
	})
	choose("cashier", func(text string) bool { e.filter.Cashier = text; return text != "" })
	choose("state", func(text string) bool {
		for e.filter.Standing = ledger.StandingPaid; e.filter.Standing.String() != text; e.filter.Standing++ {
			if e.filter.Standing == ledger.StandingTrouble {
				return false
			}
		}
		return true
	})
	choose("amount", func(text string) bool { return strings.Contains(text, "-") && e.filter.Narrow(text) })
	choose("find", func(text string) bool {
		e.find = text
		var alone ledger.RowFilter
		return text != "" && alone.Narrow(text) && alone.Digits == text
	})
}

// fault names what does not go together, and chooses the form.
func (e *dayExport) fault(command, day string) error {
	e.filter.Digits = e.find // beside a range of amounts, in whatever order
	switch {
	case e.csv && e.jsonl:
		return errors.New("--csv and --jsonl are two files: ask for one of them")
	case e.csv:
		e.write = ledger.WriteDayCSV
	case e.jsonl:
		e.write = ledger.WriteDayJSON
	case command == "export" && (e.chosen || day != ""):
		return errors.New("say in which form: --csv or --jsonl")
	}
	return nil
}

// exportDay writes a day.
func exportDay(c call, stdout, stderr io.Writer) int {
	day := cmp.Or(c.day, c.Calendar.Today())
	lines, err := readDayLines(c, day)
	if err != nil {
		fmt.Fprintln(stderr, "guitai export:", Sentence(err))
		return exitCannot
	}
	out := bufio.NewWriter(stdout)
	if err := cmp.Or(c.export.write(out, lines), out.Flush()); err != nil {
		fmt.Fprintln(stderr, "guitai export: writing:", err)
		return exitCannot
	}
	counts := map[string]int{}
	for i := range lines {
		counts[lines[i].Kind]++
	}
	fmt.Fprintf(stderr, "guitai export: %s: %d sales, %d refunds\n", day, counts["sale"], counts["refund"])
	return exitGood
}

func readDayLines(c call, day ledger.Day) (_ []ledger.DayLine, err error) {
	store, err := disk.Open(c.Dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	sales, err := store.DaySales(day)
	if err != nil {
		return nil, err
	}
	refunds, err := store.DayRefunds(day)
	if err != nil {
		return nil, err
	}
	return ledger.DayLines(c.Calendar, day, sales, refunds, store.SaleOf, c.export.filter)
}

// exportLine is one event. Its hash is over the stored bytes, so that it can be compared with a checkpoint.
type exportLine struct {
	Seq      uint64        `json:"seq"`
	Hash     string        `json:"hash"`
	AfterGap bool          `json:"after_gap,omitempty"` // an event before it is lost: its seal is good, its place in the chain is unproven
	Kind     string        `json:"kind,omitempty"`
	Epoch    uint32        `json:"epoch,omitempty"`
	Day      string        `json:"day,omitempty"`
	At       string        `json:"at,omitempty"`
	Actor    ledger.Actor  `json:"actor"`
	Tasks    []ledger.Task `json:"tasks,omitempty"`
	Body     ledger.Body   `json:"body,omitempty"`
	Fault    string        `json:"fault,omitempty"` // why the event cannot be read by this version
}

func exported(seq uint64, stored []byte, afterGap bool) exportLine {
	hash := ledger.HashOf(stored)
	line := exportLine{Seq: seq, Hash: hex.EncodeToString(hash[:]), AfterGap: afterGap}
	event, err := ledger.DecodeEvent(stored)
	if err != nil {
		line.Fault = err.Error()
		return line
	}
	line.Kind, line.Body = reflect.TypeOf(event.Body).Elem().Name(), event.Body
	line.Epoch, line.Day, line.At = event.Epoch, event.Day.String(), event.At.Format(time.RFC3339Nano)
	line.Actor, line.Tasks = event.Actor, event.Tasks
	return line
}

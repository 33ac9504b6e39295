package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// Repair mends a ledger's two copies from each other. Without --yes it only tries: on a copy of the folder, so that what it
// says is exactly what --yes would do. 0: nothing to mend, or mended. 1: to be mended (a try), or both copies have lost the
// same event. 2: it could not look.
func Repair(args []string, find Find, stdout, stderr io.Writer) int {
	c, code, done := parse("repair", args, find, stdout, stderr)
	if done {
		return code
	}
	mend := disk.Mend
	if !c.yes {
		mend = disk.TryMend
	}
	work, err := mend(c.Dir, disk.Config{Progress: progress(stderr), Backup: c.Backup})
	work = repairsOf(work)
	for _, r := range work {
		fmt.Fprintln(stdout, repairLine(r, c.yes))
	}
	switch {
	case ledger.ReasonOf(err) == ledger.ReasonLedgerDamaged:
		fmt.Fprintln(stderr, "guitai repair: both copies have lost the same place; nothing there was changed:", Cause(err))
		fmt.Fprintln(stderr, "guitai repair: restore a backup, or take out what can be read: guitai export"+c.flags)
		return exitDamaged
	case err != nil:
		fmt.Fprintln(stderr, "guitai repair:", Sentence(err))
		return exitCannot
	case len(work) == 0:
		fmt.Fprintln(stdout, "nothing to repair: both copies are whole and say the same")
	case !c.yes:
		fmt.Fprintln(stdout, "nothing was changed; to do it: guitai repair"+c.flags+" --yes")
		return exitDamaged
	default:
		fmt.Fprintln(stdout, "repaired; what was damaged is kept in", filepath.Join(c.Dir, "aside"))
	}
	return exitGood
}

func repairsOf(all []ledger.Maintained) (repairs []ledger.Maintained) {
	for _, work := range all {
		if work.Work == ledger.WorkRepair {
			repairs = append(repairs, work)
		}
	}
	return repairs
}

func repairLine(r ledger.Maintained, done bool) string {
	text := "would be repaired: "
	if done {
		text = "repaired: "
	}
	text += r.File
	if r.To > 0 {
		text += fmt.Sprintf(", events %d to %d", r.From, r.To)
	}
	return text + ": " + r.What
}

// progress shows how far a long repair has come, where somebody looks.
func progress(stderr io.Writer) func(done, all uint64) {
	file, ok := stderr.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(done, all uint64) {
		end := "\r"
		if done == all {
			end = "\n"
		}
		fmt.Fprintf(stderr, "%d of %d events%s", done, all, end)
	}
}

// Cause is what a refusal wraps.
func Cause(err error) error {
	var refusal *ledger.Refusal
	if errors.As(err, &refusal) && refusal.Unwrap() != nil {
		return refusal.Unwrap()
	}
	return err
}

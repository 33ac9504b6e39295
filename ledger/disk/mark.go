package disk

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"guitai/ledger"
)

// takeMark reads the mark of the end before and takes it away: should this opening die, the next trusts nothing.
func (o *opening) takeMark() (err error) {
	path := filepath.Join(o.dir, cleanMark)
	if o.mark, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(os.Remove(path), syncFolder(o.dir))
	}
	if err != nil {
		return fmt.Errorf("the mark of the last end: %w", err)
	}
	return nil
}

// markOpen tells the next opening whether the machine has been up since.
func markOpen(dir string) error {
	ledger.Failpoint("open: to be marked")
	if err := writeWhole(filepath.Join(dir, cleanMark), []byte(openMark+bootID())); err != nil {
		return fmt.Errorf("marking that the ledger is open: %w", err)
	}
	return syncFolder(dir)
}

// openMark begins the mark of a ledger that is open, or was when its process ended.
const openMark = "open since boot "

// bootID is the kernel's name for the time since the machine was started (random(4)); empty where it has none.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return string(id)
}

// killedOnly tells whether a mark is of a process that ended while the machine stayed up: whatever it had written is in the
// machine's memory or on its disk, and no part of Badger is missing. A write that failed takes the mark away (distrust).
func killedOnly(mark []byte) bool {
	id, open := strings.CutPrefix(string(mark), openMark)
	return open && id != "" && id == bootID()
}

// distrust takes the mark away: what Badger has is compared with the journal at the next opening, event by event.
func distrust(dir string) { _ = os.Remove(filepath.Join(dir, cleanMark)) }

// wasClosed tells whether Badger's files are whole, as far as can be told before it is open.
func (o *opening) wasClosed() bool { return len(o.mark) == headBytes || killedOnly(o.mark) }

// closedClean tells whether Badger has everything up to this head.
func (o *opening) closedClean(head ledger.Head) bool {
	return bytes.Equal(o.mark, encodeHead(head)) || killedOnly(o.mark)
}

// markClean is the last word of a tidy end.
func markClean(dir string, head ledger.Head) error {
	ledger.Failpoint("close: to be marked")
	if err := writeWhole(filepath.Join(dir, cleanMark), encodeHead(head)); err != nil {
		return fmt.Errorf("marking a tidy end: %w", err)
	}
	return syncFolder(dir)
}

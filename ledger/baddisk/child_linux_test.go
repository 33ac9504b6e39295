package baddisk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

// word is what a child says on its pipe, a line each.
type word struct {
	Is   string // one of those below
	Seq  uint64 `json:",omitempty"`
	Hash string `json:",omitempty"`
	Text string `json:",omitempty"`
}

// The words of a child.
const (
	tried   = "tried"   // an event is handed to Append next
	acked   = "acked"   // Append has returned nil
	event   = "event"   // it stands in the ledger
	stage   = "stage"   // what comes now: a child that hangs does so in its last stage
	trouble = "trouble" // the ledger has returned an error
	broken  = "broken"  // a promise is
	repair  = "repair"  // what an opening mended
	took    = "took"    // how long something took
)

const (
	roleVar   = "BADDISK_CHILD"
	folderVar = "BADDISK_FOLDER"
	userVar   = "BADDISK_USER" // number of the user to become; empty: stay who it is
	voiceFile = 3              // the pipe's number in the child
	monday    = ledger.Day(20261123)
)

// TestChild is not a test of its own: the others run it as a process, in a role.
func TestChild(t *testing.T) {
	role := map[string]func(*child){
		"till": (*child).till, "check": (*child).check, "payments": (*child).payments, "open": (*child).open,
		"glut": (*child).glut, "slow": (*child).slow,
	}[os.Getenv(roleVar)]
	if role == nil {
		t.Skip("the other tests start it")
	}
	if user, err := strconv.Atoi(os.Getenv(userVar)); err == nil {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(user), syscall.Setuid(user)); err != nil {
			t.Fatal(err)
		}
	}
	role(&child{t: t, dir: os.Getenv(folderVar), out: bufio.NewWriter(os.NewFile(voiceFile, "pipe"))})
}

// child is a process with a ledger.
type child struct {
	t   *testing.T
	dir string
	out *bufio.Writer

	store *disk.Store
	pen   *ledgertest.Pen
}

func (c *child) say(w word) {
	if err := errors.Join(json.NewEncoder(c.out).Encode(w), c.out.Flush()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *child) stage(name string) { c.say(word{Is: stage, Text: name}) }

func (c *child) breaks(format string, args ...any) {
	c.say(word{Is: broken, Text: fmt.Sprintf(format, args...)})
}

// note tells of an error and whether there was one.
func (c *child) note(err error) bool {
	if err != nil {
		c.say(word{Is: trouble, Text: string(ledger.ReasonOf(err)) + "|" + err.Error()})
	}
	return err != nil
}

// took says how long something took.
func (c *child) took(what string, d time.Duration) {
	c.say(word{Is: took, Text: what, Seq: uint64(d.Microseconds())})
}

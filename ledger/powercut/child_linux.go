package powercut

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

// job is what a process of its own has to do. The test program starts itself again for it: what is killed, hangs, or maps
// a file on a disk that fails must not be the process that plays the disk.
type job struct {
	Role  string
	Dir   string // where the store is; of a guard, what is to be swept
	Store string
	Seed  uint64
	Day   ledger.Day
	Shape string
	Count int // batches to append
}

// Roles.
const (
	roleWrite = "write"
	roleCheck = "check"
	roleGuard = "guard"
)

const jobVariable = "GUITAI_POWERCUT_JOB"

// child does the job that the environment names; ok is false when it names none.
func child() (code int, ok bool) {
	text, ok := os.LookupEnv(jobVariable)
	if !ok {
		return 0, false
	}
	var j job
	err := json.Unmarshal([]byte(text), &j)
	if err == nil {
		err = j.do()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

func (j job) do() error {
	switch j.Role {
	case roleWrite:
		return newWriter(j).run()
	case roleCheck:
		var e expectation
		if err := gob.NewDecoder(os.Stdin).Decode(&e); err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(j.check(e))
	case roleGuard:
		_, err := io.Copy(io.Discard, os.Stdin) // until the one who started this is gone, however it went
		sweep(j.Dir)
		return err
	}
	return fmt.Errorf("no role %q", j.Role)
}

// command gives the process that does a job. It dies with the one that starts it.
func (j job) command(ctx context.Context) (*exec.Cmd, error) {
	text, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), jobVariable+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}

// startGuard starts the process that sweeps a folder when this one has ended. A signal to this one's group does not reach it.
func startGuard(root string) (stop func() error, err error) {
	cmd, err := job{Role: roleGuard, Dir: root}.command(context.Background())
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error { return errors.Join(in.Close(), cmd.Wait()) }, nil
}

// verdict is what was found after a cut.
type verdict struct {
	Lost, Invented int
	NotOpen        string // why the store could not be opened
	NotWhole       string // what is wrong with it beside
	Mended         int    // repairs that the opening said it made: no harm
}

func (v verdict) good() bool { return v == verdict{Mended: v.Mended} }

func (v verdict) String() string {
	return fmt.Sprintf("lost %d, invented %d, not open: %q, not whole: %q", v.Lost, v.Invented, v.NotOpen, v.NotWhole)
}

// check opens a store and looks at everything that was promised.
func (j job) check(e expectation) (v verdict) {
	s, err := openStore(j.Store, j.Dir)
	if err != nil {
		v.NotOpen = err.Error()
		return v
	}
	found, state, err := readAll(s)
	v.Lost, v.Invented = e.judge(found)
	if j.Store != ledgerStore {
		return v // it may have holes, and nothing more is asked of it
	}
	v.Mended = len(s.(both).s.Maintained())
	if err = errors.Join(err, s.close()); err == nil {
		err = j.verified(state.Head)
	}
	if err == nil {
		err = j.goesOn(state)
	}
	if err != nil {
		v.NotWhole = err.Error()
	}
	return v
}

// verified has both copies compared, event by event and row by row.
func (j job) verified(head ledger.Head) error {
	report, err := disk.Verify(filepath.Join(j.Dir, "till"))
	if err == nil && (report.Damaged() || report.Head != head) {
		err = fmt.Errorf("verify, where event %d is the last: %+v", head.Seq, report)
	}
	return err
}

// goesOn appends one event more and finds it after the next opening.
func (j job) goesOn(state *ledger.State) error {
	s, err := openStore(j.Store, j.Dir)
	if err != nil {
		return fmt.Errorf("the second opening: %w", err)
	}
	pen := ledgertest.NewPen(j.Day)
	pen.State = state
	err = s.append(pen.Write(quit{}, pen.Opening()))
	if err = errors.Join(err, s.close()); err != nil {
		return fmt.Errorf("one event more: %w", err)
	}
	if s, err = openStore(j.Store, j.Dir); err != nil {
		return fmt.Errorf("the third opening: %w", err)
	}
	found, _, err := readAll(s)
	if head := pen.State.Head; err == nil && (uint64(len(found)) != head.Seq || found[head.Seq] != head.Hash) {
		err = fmt.Errorf("the one event more, %d, is not there", head.Seq)
	}
	return errors.Join(err, s.close())
}

// quit lets a Pen work outside a test: what would fail one ends the process.
type quit struct{ testing.TB }

func (quit) Helper()           {}
func (quit) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// Words between a writer and who records it: each is a line, and the writer goes on when it has been answered, so that it
// stands on the tape in its right place.
const (
	wordOpen   = "open"
	wordOpened = "opened" // events that there are
	wordTry    = "try"    // sequence number, hashes
	wordAck    = "ack"    // the same
	wordRefuse = "refused"
)

func lineReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 1<<20) }

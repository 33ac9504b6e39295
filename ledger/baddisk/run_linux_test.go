package baddisk

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
)

func hashOf(stored []byte) ledger.Hash { return sha256.Sum256(stored) }

// account is what a child said, and how it ended.
type account struct {
	tried   map[string]bool // sequence number and hash
	acked   map[uint64]string
	events  map[uint64]string
	broken  []string
	trouble []string // by the stage it came in
	repairs []string
	took    map[string][]time.Duration
	stage   string
	end     ending
	stderr  string
}

// ending is how a child ended.
type ending string

const (
	ended    ending = "ended"
	hung     ending = "hung"
	sigbus   ending = "SIGBUS"
	panicked ending = "panic"
	exited   ending = "exit"
)

// patience is how long a child may be silent: a machine that runs out of memory has let one wait half a minute.
const patience = 90 * time.Second

// run starts a child in a role on a folder and waits for its end, or ends it when it says nothing for too long.
func run(t *testing.T, role, dir string, silence time.Duration, env ...string) *account {
	t.Helper()
	listen, speak, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(append(os.Environ(), roleVar+"="+role, folderVar+"="+dir), env...)
	cmd.ExtraFiles = []*os.File{speak}
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stderr, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = speak.Close()
	a := &account{
		tried: map[string]bool{}, acked: map[uint64]string{}, events: map[uint64]string{}, took: map[string][]time.Duration{},
	}
	silent := time.AfterFunc(silence, func() {
		_ = cmd.Process.Kill()
	})
	for lines := bufio.NewScanner(listen); lines.Scan(); {
		silent.Reset(silence)
		var w word
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			break // it was ended in the middle of a word
		}
		a.hear(w)
	}
	err = cmd.Wait()
	killed := !silent.Stop()
	_ = listen.Close()
	a.stderr = stderr.String()
	a.end = endOf(err, killed, a.stderr)
	return a
}

func (a *account) hear(w word) {
	switch w.Is {
	case tried:
		a.tried[fmt.Sprint(w.Seq, w.Hash)] = true
	case acked:
		a.acked[w.Seq] = w.Hash
	case event:
		a.events[w.Seq] = w.Hash
	case stage:
		a.stage = w.Text
	case trouble:
		a.trouble = append(a.trouble, a.stage+": "+w.Text)
	case broken:
		a.broken = append(a.broken, w.Text)
	case took:
		a.took[w.Text] = append(a.took[w.Text], time.Duration(w.Seq)*time.Microsecond)
	case repair:
		a.repairs = append(a.repairs, w.Text)
	}
}

func endOf(err error, killed bool, stderr string) ending {
	var exit *exec.ExitError
	switch {
	case killed:
		return hung
	case strings.Contains(stderr, "SIGBUS"):
		return sigbus
	case strings.Contains(stderr, "panic:") || strings.Contains(stderr, "fatal error:"):
		return panicked
	case err == nil:
		return ended
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled():
		return ending(exit.Sys().(syscall.WaitStatus).Signal().String())
	}
	return exited
}

// last gives the end of what a child wrote, for a failing test.
func (a *account) last() string {
	return a.stderr[max(0, len(a.stderr)-3000):]
}

// compare opens what a till has left, in a fresh process, and says what the till was promised and is not so.
func compare(t *testing.T, dir string, till *account) (*account, []string) {
	t.Helper()
	after := run(t, "check", dir, patience)
	wrong := after.broken
	if after.end != ended || after.stage != "done" {
		wrong = append(wrong, fmt.Sprintf("the check ended in %q by %s: %s", after.stage, after.end, after.last()))
	}
	for seq, hash := range till.acked {
		if after.events[seq] != hash {
			wrong = append(wrong, fmt.Sprintf("event %d was acknowledged as %s and is %q", seq, hash, after.events[seq]))
		}
	}
	for seq, hash := range after.events {
		if !till.tried[fmt.Sprint(seq, hash)] {
			wrong = append(wrong, fmt.Sprintf("event %d was never tried", seq))
		}
	}
	return after, wrong
}

// where gives the reason and the first frames of a process that died; it is empty for one that did not.
func where(stderr string) string {
	var found []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		named := strings.Contains(line, "SIG") || strings.Contains(line, "error:") || strings.HasPrefix(line, "panic") ||
			stamped.MatchString(line)
		frame := strings.HasPrefix(line, "github.com/dgraph-io") || strings.HasPrefix(line, "guitai/")
		if (named || frame) && len(found) < 8 {
			found = append(found, line)
		}
	}
	return strings.Join(found, " < ")
}

// stamped is a line of the log package's, with which Badger ends a process.
var stamped = regexp.MustCompile(`^\d{4}/\d\d/\d\d `)

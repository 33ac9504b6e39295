//go:build failpoints && unix

package disk

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

// The test binary starts itself as a process that tells a story in a folder and kills itself at a failpoint. What a killed
// process leaves is exactly what the next one finds.
const (
	storyVariable = "GUITAI_DISK_STORY"
	placeVariable = "GUITAI_DISK_STORY_IN"
	deathVariable = "GUITAI_DISK_STORY_DEATH"
)

// diskStory is what a process does in a folder that was prepared for it.
type diskStory struct {
	name    string
	prepare func(t *testing.T) (dir string)
	tell    func(t *testing.T, dir string)
}

var diskStories = []diskStory{
	{"a first day", func(t *testing.T) string { return t.TempDir() }, func(t *testing.T, dir string) {
		s, b := begins(t, dir)
		trades(t, s, b, 1)
		wantNil(t, b.Close("the day is over"))
		wantNil(t, s.Close())
	}},
	{"after a kill", killedBehind, shortDay},
	{"a write fails", func(t *testing.T) string { return t.TempDir() }, func(t *testing.T, dir string) {
		s, err := Open(dir, Config{})
		wantNil(t, err)
		pen := ledgertest.NewPen(monday)
		wantNil(t, s.Append(context.Background(), payment(t, pen)))
		acknowledged(pen.State.Head)
		wantNil(t, s.journal.file.Close()) // the next write fails
		batch := payment(t, pen)
		if err := s.Append(context.Background(), batch); ledger.ReasonOf(err) != ledger.ReasonLedgerStopped {
			t.Fatalf("an append to a closed file: %v", err)
		}
		wantNil(t, s.Recover())
		wantNil(t, s.Append(context.Background(), batch))
		acknowledged(pen.State.Head)
		wantNil(t, s.Close())
	}},
	{"the journal grows", func(t *testing.T) string { return t.TempDir() }, func(t *testing.T, dir string) {
		ledger.OnFailpoint(nil)
		s, err := Open(dir, Config{})
		wantNil(t, err)
		pen := ledgertest.NewPen(monday)
		for i := range 9 { // a mebibyte
			if i == 6 {
				ledger.OnFailpoint(dying)
			}
			var entries []ledgertest.Entry
			for range 250 {
				_, _, payment := pen.Payment()
				entries = append(entries, payment...)
			}
			wantNil(t, s.Append(context.Background(), pen.Write(t, entries...)))
			acknowledged(pen.State.Head)
			wantNil(t, s.WaitApplied(context.Background(), pen.State.Head.Seq))
		}
		wantNil(t, s.Close())
	}},
	{"the ledger's folder is gone", func(t *testing.T) string {
		dir := filled(t, 2)
		wantNil(t, os.RemoveAll(filepath.Join(dir, ledgerFolder)))
		return dir
	}, shortDay},
	{"a segment is damaged", func(t *testing.T) string {
		dir := filled(t, 2)
		wantNil(t, flipAt(filepath.Join(dir, journalFolder, segmentName(1)), headerBytes+30))
		return dir
	}, shortDay},
	{"the journal has lost its end", func(t *testing.T) string {
		dir := filled(t, 3)
		path := filepath.Join(dir, journalFolder, segmentName(1))
		info, err := os.Stat(path)
		wantNil(t, err)
		wantNil(t, os.Truncate(path, info.Size()-10))
		return dir
	}, shortDay},
}

// filled is fill without its pen.
func filled(t *testing.T, payments int) string {
	dir, _ := fill(t, payments)
	return dir
}

// killedBehind is a folder whose journal has a payment that Badger was never given.
func killedBehind(t *testing.T) string {
	dir := t.TempDir()
	if out := child(t, "a first day", dir, "disk: frame durable 4"); !out.died {
		t.Fatalf("it lives: %q", out.rest)
	}
	return dir
}

func begins(t *testing.T, dir string) (*Store, *ledger.Book) {
	s, err := Open(dir, Config{})
	wantNil(t, err)
	b := ledgertest.BookOn(t, s)
	said(t, s, b)
	return s, b
}

func shortDay(t *testing.T, dir string) {
	s, b := begins(t, dir)
	wantNil(t, b.Close("that was all"))
	wantNil(t, s.Close())
}

// trades takes a payment and gives a part of it back.
func trades(t *testing.T, s *Store, b *ledger.Book, nth int) {
	ctx := context.Background()
	order, began, err := ledgertest.Ask(b, nth)
	wantNil(t, err)
	said(t, s, b)
	wantNil(t, ledgertest.Answer(b, order, began, ledger.RequestPay, ledger.ClassPaid))
	said(t, s, b)
	number, err := b.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: order, Amount: ledger.Fen(250), Why: "brought back"})
	wantNil(t, err)
	said(t, s, b)
	began, err = b.Sending(ctx, order, number)
	wantNil(t, err)
	said(t, s, b)
	wantNil(t, b.Report(ctx, ledger.Answer{
		Order: order, Refund: number, Request: ledger.RequestRefundQuery, Class: ledger.ClassReturned, Verified: true, Began: began,
		BeganAt: time.Now(), EndedAt: time.Now(), Named: ledger.Named{Order: order, Refund: number, Amount: ledger.Fen(250)},
	}))
	said(t, s, b)
}

// said prints that everything so far was acknowledged, and waits for Badger, so that each death is at the same place each time.
func said(t *testing.T, s *Store, b *ledger.Book) {
	var head ledger.Head
	b.Read(func(state *ledger.State) { head = state.Head })
	acknowledged(head)
	wantNil(t, s.WaitApplied(context.Background(), head.Seq))
}

func acknowledged(head ledger.Head) { fmt.Printf("\nacknowledged %d %x\n", head.Seq, head.Hash[:]) }

// dying is what the process that tells a story does at a failpoint.
var dying func(name string)

// TestFailpointChild is the process that tells a story; by itself it is none.
func TestFailpointChild(t *testing.T) {
	name, dir, death := os.Getenv(storyVariable), os.Getenv(placeVariable), os.Getenv(deathVariable)
	if name == "" {
		t.Skip("it is started by TestFailpoints")
	}
	var mu sync.Mutex
	passed := map[string]int{}
	dying = func(name string) {
		mu.Lock()
		defer mu.Unlock()
		passed[name]++
		here := fmt.Sprintf("%s %d", name, passed[name])
		if here == death {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		fmt.Printf("\npassed %s\n", here)
	}
	ledger.OnFailpoint(dying)
	for _, s := range diskStories {
		if s.name == name {
			s.tell(t, dir)
		}
	}
}

// childOut is what a process has left behind beside its folder.
type childOut struct {
	passed []string
	last   ledger.Head // acknowledged
	died   bool        // by its own hand
	rest   string
}

func child(t *testing.T, story, dir, death string) (out childOut) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestFailpointChild$")
	cmd.Env = append(os.Environ(), storyVariable+"="+story, placeVariable+"="+dir, deathVariable+"="+death)
	pipe, err := cmd.StdoutPipe()
	wantNil(t, err)
	cmd.Stderr = os.Stderr
	wantNil(t, cmd.Start())
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "passed "); ok {
			out.passed = append(out.passed, name)
		} else if word, ok := strings.CutPrefix(line, "acknowledged "); ok {
			var hash string
			_, err := fmt.Sscan(word, &out.last.Seq, &hash)
			wantNil(t, err)
			_, err = hex.Decode(out.last.Hash[:], []byte(hash))
			wantNil(t, err)
		} else if line != "" {
			out.rest += line + "\n"
		}
	}
	err = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	out.died = ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	if err != nil && !out.died {
		t.Fatalf("the process ended with %v: %s", err, out.rest)
	}
	return out
}

// TestFailpoints kills a process at each failpoint that each story comes by. Whatever it had acknowledged is there, and the
// folder it leaves opens, is whole, and goes on. A kill needs no disk: with TMPDIR in memory it takes a third of the time.
//
//	TMPDIR=/dev/shm go test -tags failpoints -run TestFailpoints ./ledger/disk
func TestFailpoints(t *testing.T) {
	reached, deaths := map[string]bool{}, 0
	for _, s := range diskStories {
		t.Run(s.name, func(t *testing.T) {
			template := s.prepare(t)
			all := child(t, s.name, again(t, template), "").passed
			if len(all) == 0 {
				t.Fatal("it passes no failpoint")
			}
			for _, death := range all {
				t.Run(death, func(t *testing.T) { // one by one: a process between fork and exec holds the locks of the one that starts it
					s.dies(t, again(t, template), death)
					reached[death[:strings.LastIndexByte(death, ' ')]] = true
					deaths++
				})
			}
		})
	}
	for name, at := range ledgertest.Failpoints(t, ".") {
		if !reached[name] {
			t.Errorf("%s: no story comes by the failpoint %q", at, name)
		}
	}
	t.Logf("%d deaths", deaths)
}

// again copies a prepared folder with everything in it.
func again(t *testing.T, template string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("cp", "-a", template+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// dies tells the story up to a death, and looks at what is left.
func (s *diskStory) dies(t *testing.T, dir, death string) {
	t.Helper()
	out := child(t, s.name, dir, death)
	if !out.died {
		t.Fatal("the death never came about")
	}
	left, err := Open(dir, Config{})
	if err != nil {
		t.Fatalf("it does not open: %v", err)
	}
	found := out.last.Seq == 0
	wantNil(t, left.Read(out.last.Seq, func(seq uint64, stored []byte) error {
		found = found || seq == out.last.Seq && ledger.HashOf(stored) == out.last.Hash
		return nil
	}))
	if !found {
		t.Errorf("event %d was acknowledged and is gone", out.last.Seq)
	}
	b := ledgertest.BookOn(t, left)
	wantNil(t, b.Close("test"))
	wantNil(t, left.Close())
	if report := verified(t, dir); report.Damaged() || report.Behind > 0 {
		t.Errorf("opened again: %+v", report)
	}
}

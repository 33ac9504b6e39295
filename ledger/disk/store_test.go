package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
)

const monday = ledger.Day(20261123)

// openAt opens a folder for the length of a test.
func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// killed copies a data folder as it is now: what a process finds that starts after the one that has it was killed. The
// locks are the processes', so the copy is free. A copy during which Badger made, grew or removed a file is no moment
// that ever was; it is made again.
func killed(t *testing.T, dir string) string {
	t.Helper()
	for {
		before := listing(t, dir)
		again, err := copied(t, dir)
		if listing(t, dir) != before {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, ledgerFolder))
	if err != nil {
		t.Fatal(err)
	}
	list := ""
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			list += fmt.Sprintf("%s %d\n", entry.Name(), info.Size())
		}
	}
	return list
}

func copied(t *testing.T, dir string) (string, error) {
	t.Helper()
	again := t.TempDir()
	for _, name := range []string{ledgerKeyName, tillKeyName, dataKeyName, lockName} {
		if err := copyFile(filepath.Join(dir, name), filepath.Join(again, name)); err != nil {
			return "", err
		}
	}
	for _, name := range []string{ledgerFolder, journalFolder} { // what is in the first is in the second already
		if err := copyFolder(filepath.Join(dir, name), filepath.Join(again, name)); err != nil {
			return "", err
		}
	}
	return again, nil
}

func TestConformance(t *testing.T) {
	ledgertest.Store(t, func(t *testing.T) ledgertest.Twin {
		dir, last := "", (*Store)(nil)
		return ledgertest.Twin{
			Open: func(t *testing.T) ledger.Store {
				if dir == "" {
					dir = t.TempDir()
				} else {
					dir = killed(t, dir)
				}
				last = openAt(t, dir)
				return last
			},
			Break: func(t *testing.T) {
				last.journal.abandon()
				last.journal.folder = filepath.Join(dir, "not-there")
			},
		}
	})
}

// fill writes payments into a fresh folder and closes it.
func fill(t *testing.T, payments int) (dir string, pen *ledgertest.Pen) {
	t.Helper()
	dir, pen = t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	for i := range payments {
		_, _, payment := pen.Payment()
		batch := pen.Write(t, payment...)
		if i == payments/2 {
			batch.Snapshot = pen.State.Snapshot()
		}
		if err := s.Append(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, pen
}

func verified(t *testing.T, dir string) Report {
	t.Helper()
	report, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestCloseKeepsEverythingAndRefusesTheRest(t *testing.T) {
	dir, pen := fill(t, 3)
	s := openAt(t, dir)
	if s.journal.head != pen.State.Head {
		t.Fatalf("head %v, want %v", s.journal.head, pen.State.Head)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	head := pen.State.Head
	_, err := s.DaySales(monday)
	for what, err := range map[string]error{
		"append": s.Append(context.Background(), pen.Write(t, pen.Opening())),
		"rows":   err,
		"read":   s.Read(1, func(uint64, []byte) error { return nil }),
	} {
		if ledger.ReasonOf(err) != ledger.ReasonClosedLedger {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
	if report := verified(t, dir); report.Damaged() || report.Head != head || report.Sales != 3 {
		t.Fatalf("%+v", report)
	}
}

// TestWaitAppliedKnowsTheEnd: what was acknowledged can be found, what was not is an error.
func TestWaitAppliedKnowsTheEnd(t *testing.T) {
	dir, pen := fill(t, 1)
	s := openAt(t, dir)
	if err := s.WaitApplied(context.Background(), pen.State.Head.Seq); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitApplied(context.Background(), pen.State.Head.Seq+1); err == nil {
		t.Fatal("an event that was never written is applied")
	}
}

// TestGroupOf64FitsOneTransaction: 64 intents with long answers, their rows and a snapshot are one append; one that is
// too large for Badger is refused whole, and the ledger goes on.
func TestGroupOf64FitsOneTransaction(t *testing.T) {
	dir, pen := t.TempDir(), ledgertest.NewPen(monday)
	s := openAt(t, dir)
	group := func(words int) ledger.Batch {
		pen.Words = words
		var entries []ledgertest.Entry
		for range 64 {
			_, _, payment := pen.Payment()
			entries = append(entries, payment...)
		}
		batch := pen.Write(t, entries...)
		batch.Snapshot = pen.State.Snapshot()
		return batch
	}
	if err := s.Append(context.Background(), group(4000)); err != nil {
		t.Fatal(err)
	}
	head := s.journal.head
	if err := s.Append(context.Background(), group(40_000)); err == nil || s.broken != nil {
		t.Fatalf("five megabytes at once: %v", err)
	}
	if s.journal.head != head || s.broken != nil {
		t.Fatalf("after a refused batch: %v %v", s.journal.head, s.broken)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if report := verified(t, dir); report.Damaged() || report.Head != head {
		t.Fatalf("%+v", report)
	}
}

func TestOversizedAndEmptyValuesAreRefused(t *testing.T) {
	s := openAt(t, t.TempDir())
	for _, size := range []int{0, valueLimit} {
		batch := ledger.Batch{First: 1, Records: [][]byte{make([]byte, size)}}
		if err := s.Append(context.Background(), batch); err == nil {
			t.Errorf("a record of %d bytes is taken", size)
		}
	}
	if err := s.Read(1, func(seq uint64, _ []byte) error { return fmt.Errorf("event %d", seq) }); err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsReadableInTheFiles: what is in the events is nowhere in the folder in clear.
func TestNothingIsReadableInTheFiles(t *testing.T) {
	dir, _ := fill(t, 4)
	seen := 0
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("1900000001")) {
			t.Errorf("%s holds a merchant number in clear", path)
		}
		seen += len(data)
		return err
	})
	if err != nil || seen < 1000 {
		t.Fatalf("%d bytes looked at: %v", seen, err)
	}
}

// TestBadgerSpeaksThroughTheLog: its words go to the given logger, none above warn, and no key is among them.
func TestBadgerSpeaksThroughTheLog(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir, stderr := t.TempDir(), captureStderr(t)
	s, err := Open(dir, Config{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, ledgerKeyName))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if said := stderr(); said != "" {
		t.Errorf("on stderr: %s", said)
	}
	if !strings.Contains(out.String(), "from=badger") || strings.Contains(out.String(), "level=ERROR") {
		t.Errorf("the log: %s", out.String())
	}
	if bytes.Contains(out.Bytes(), key) || strings.Contains(out.String(), fmt.Sprintf("%x", key)) {
		t.Error("the log holds the key")
	}
}

// captureStderr puts a file in stderr's place; the function it gives puts stderr back and tells what was written.
func captureStderr(t *testing.T) func() string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = file
	return func() string {
		os.Stderr = before
		text, err := os.ReadFile(file.Name())
		if err = errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestReadersKeepTheFolderOpenUntilTheyAreDone(t *testing.T) {
	dir, _ := fill(t, 2)
	s := openAt(t, dir)
	closed := make(chan error, 1)
	err := s.Read(1, func(seq uint64, _ []byte) error {
		if seq == 1 {
			go func() { closed <- s.Close() }()
			for { // until Close has begun
				s.mu.Lock()
				begun := s.shut != nil
				s.mu.Unlock()
				if begun {
					break
				}
				time.Sleep(time.Millisecond)
			}
		}
		select {
		case err := <-closed:
			t.Errorf("closed under a reader: %v", err)
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
}

package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// visited is a ledger with visits: each of them shown a word and the hostile ones; their numbers by what became of them.
func visited(t *testing.T) (dir string, numbers map[string]uint64) {
	t.Helper()
	ctx := context.Background()
	dir, _ = shop(t)
	numbers = map[string]uint64{}
	open := func(do func(*disk.Store, *ledger.Book)) {
		t.Helper()
		store, err := disk.Open(dir, disk.Config{})
		if err != nil {
			t.Fatal(err)
		}
		book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
		if err != nil {
			t.Fatal(err)
		}
		do(store, book)
		if err := cmpErr(book.Close("test"), store.Close()); err != nil {
			t.Fatal(err)
		}
	}
	visit := func(book *ledger.Book, name string) uint64 {
		t.Helper()
		n, err := book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "10.0.0.9:4711"})
		if err != nil {
			t.Fatal(err)
		}
		numbers[name] = n
		return n
	}
	open(func(store *disk.Store, book *ledger.Book) {
		for _, name := range []string{"good", "changed", "missing", "none", "cut"} {
			n := visit(book, name)
			var end ledger.VisitEnd
			if name != "none" {
				r := store.Record(disk.RecordingHead{Visit: n, Person: "chen", Role: "support", Columns: 80, Rows: 24})
				out := r.Writer(io.Discard)
				fmt.Fprintf(out, "\x1b[2J\x1b[3;1Hword of %s", name)
				for _, evil := range hostile {
					if !strings.HasSuffix(evil, ";") { // a string that never ends hides what comes after it, as on a terminal
						io.WriteString(out, evil)
					}
				}
				io.WriteString(out, "\x1b[4;1Hlast")
				var err error
				if end, err = r.End(); err != nil {
					t.Fatal(err)
				}
			}
			if name == "cut" { // the till dies here
				return
			}
			end.Why = ledger.VisitLeft
			if err := book.EndVisit(ctx, n, end); err != nil {
				t.Fatal(err)
			}
		}
	})
	open(func(store *disk.Store, book *ledger.Book) {
		n := visit(book, "unvouched")
		r := store.Record(disk.RecordingHead{Visit: n, Columns: 80, Rows: 24})
		io.WriteString(r.Writer(io.Discard), "word of unvouched\nlast")
		if _, err := r.End(); err != nil {
			t.Fatal(err)
		}
		if err := book.EndVisit(ctx, n, ledger.VisitEnd{Why: ledger.VisitTime}); err != nil {
			t.Fatal(err)
		}
	})
	at := func(name string) string { return filepath.Join(dir, "visits", fmt.Sprintf("%d.visit", numbers[name])) }
	whole, err := os.ReadFile(at("cut"))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmpErr(os.WriteFile(at("cut"), whole[:len(whole)-60], 0o600), os.Remove(at("missing")), flip(at("changed"))); err != nil {
		t.Fatal(err)
	}
	return dir, numbers
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func flip(path string) error {
	content, err := os.ReadFile(path)
	if err == nil {
		content[len(content)/2] ^= 1
		err = os.WriteFile(path, content, 0o600)
	}
	return err
}

func visits(t *testing.T, dir string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	find := func(_, dataDir string) (Place, error) { return Place{Dir: dataDir}, nil }
	code = Visits(context.Background(), append(args, "--data-dir", dir), find, strings.NewReader(""), &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

func TestVisitsAreListed(t *testing.T) {
	dir, numbers := visited(t)
	out, errs, code := visits(t, dir, "list", "--json")
	var rows []visitRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil || code != exitDamaged || len(rows) != len(numbers) {
		t.Fatalf("exit %d, %v, %d rows: %s", code, err, len(rows), errs)
	}
	for _, row := range rows {
		if numbers[row.Recording] != row.Visit {
			t.Errorf("visit %d is said to be %s", row.Visit, row.Recording)
		}
		if row.Person != "chen" || row.From != "10.0.0.9:4711" || row.Key != "SHA256:abc" || row.Began == "" {
			t.Errorf("%+v", row)
		}
	}
	text, _, _ := visits(t, dir, "list")
	for word := range numbers {
		if !strings.Contains(text, "  "+word+"\n") {
			t.Errorf("no %q in:\n%s", word, text)
		}
	}
	if out, _, code := visits(t, t.TempDir(), "list"); code != exitCannot || out != "" {
		t.Errorf("an empty folder: exit %d, %s", code, out)
	}
}

// TestTheListSaysWhatAVisitWas: a command by its name, what the counter was asked for and what it said, how long a visit goes on, and that
// one was cut off when its recording ends.
func TestTheListSaysWhatAVisitWas(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(command string) (uint64, *disk.Recorder) {
		t.Helper()
		visit, err := book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "socket"})
		if err != nil {
			t.Fatal(err)
		}
		return visit, store.Record(disk.RecordingHead{Visit: visit, Command: command, Columns: 80, Rows: 24})
	}
	doctor, r := begin("doctor")
	end, err := r.End()
	end.Why = ledger.VisitLeft
	if err := cmpErr(err, book.EndVisit(ctx, doctor, end)); err != nil {
		t.Fatal(err)
	}
	asks, r := begin("")
	for i, why := range []string{"the window sticks", "", ""} {
		asked, err := book.AskHand(ctx, asks, ledger.HandWish{What: ledger.HandRestart, Device: ledger.DevicePrinter, Why: why})
		if err == nil && i < 2 {
			err = book.AnswerHand(ctx, ledger.Trainee, asked, i == 0)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, _, _ := visits(t, dir, "list", "--json")
	var rows []visitRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 2 || len(rows[1].Asked) != 3 {
		t.Fatal(err, out)
	}
	if rows[0].Command != "doctor" || rows[1].Command != "" || rows[1].Asked[0].Answer != "yes" || rows[1].Asked[1].Answer != "no" || rows[1].Asked[2].Answer != "" {
		t.Errorf("%+v", rows)
	}
	text, _, _ := visits(t, dir, "list")
	for _, want := range []string{"VISIT  BEGAN", "from socket: command doctor\n", "from socket: screens\n", ": restart printer “the window sticks”; trainee said yes at ",
		": restart printer; trainee said no at ", ": restart printer; nobody has answered\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if columns := !strings.HasPrefix(line, "        "); columns && len(line) > 80 {
			t.Errorf("wider than a small window: %q", line)
		}
	}
	r.End()
	if err := cmpErr(book.Close("test"), store.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestHowLongAVisitLasts: until now, while it goes on; where the till died, as long as its recording.
func TestHowLongAVisitLasts(t *testing.T) {
	began := time.Now()
	taped := &disk.Recording{Head: disk.RecordingHead{Visit: 7}, Rows: []disk.RecordingRow{{At: time.Second}, {At: 40 * time.Second}}}
	for name, c := range map[string]struct {
		row  visitRow
		want int64
	}{
		"goes on":   {visitRow{Visit: 7, began: began}, 90},
		"cut off":   {visitRow{Visit: 7, began: began, over: true}, 40},
		"ended":     {visitRow{Visit: 7, began: began, over: true, Ended: "2026-11-28T09:00:00+08:00", Seconds: 60}, 60},
		"turned ↶":  {visitRow{Visit: 7, began: began.Add(time.Hour)}, 0},
		"no record": {visitRow{Visit: 8, began: began, over: true}, 0},
	} {
		if c.row.learn(taped, began.Add(90*time.Second)); c.row.Seconds != c.want {
			t.Errorf("%s: %d s, not %d", name, c.row.Seconds, c.want)
		}
	}
}

// TestAReplaysNotesHaveAnEnd: a visitor who drags a window about fills no supervisor's terminal.
func TestAReplaysNotesHaveAnEnd(t *testing.T) {
	var rows []disk.RecordingRow
	for range 100_000 {
		rows = append(rows, disk.RecordingRow{Kind: disk.RowSize, Data: []byte("80x24")})
	}
	p := player{picture: true, speed: 1, out: io.Discard}
	if err := p.play(context.Background(), rows); err != nil || len(p.notes) != replayNotes || p.unsaid != len(rows)-replayNotes {
		t.Errorf("%v: %d notes and %d that are not said", err, len(p.notes), p.unsaid)
	}
}

// TestOldRecordingsMayBeGone: a recording that the ledger vouches for is missing as long as the till keeps all of them, and expired later.
func TestOldRecordingsMayBeGone(t *testing.T) {
	dir, numbers := visited(t)
	recordings, err := disk.OpenRecordings(dir)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readVisits(ledger.Calendar{Zone: ledger.Shanghai}, recordings)
	if err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]string{0: recordingMissing, disk.TapesKept - time.Hour: recordingMissing, disk.TapesKept + time.Hour: recordingExpired} {
		for i := range rows {
			row := &rows[i]
			if _, err := row.judge(recordings, time.Now().Add(age)); err != nil {
				t.Fatal(err)
			}
			if is := row.Recording == want; is != (row.Visit == numbers["missing"]) {
				t.Errorf("after %s visit %d is %s", age, row.Visit, row.Recording)
			}
		}
	}
}

// TestAVisitIsInsideAsLongAsATillIsOpen: when that has died, nobody is.
func TestAVisitIsInsideAsLongAsATillIsOpen(t *testing.T) {
	dir, numbers := visited(t)
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.OpenBook(t.Context(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	visit, err := book.BeginVisit(t.Context(), ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "socket"})
	if err != nil {
		t.Fatal(err)
	}
	r := store.Record(disk.RecordingHead{Visit: visit})
	is := func(why, recording string) {
		t.Helper()
		out, _, _ := visits(t, dir, "list", "--json")
		var rows []visitRow
		if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != len(numbers)+1 {
			t.Fatal(err, out)
		}
		if last := rows[len(rows)-1]; last.Visit != visit || last.Why != why || last.Recording != recording {
			t.Errorf("%+v, not %s with a recording that is %s", last, why, recording)
		}
	}
	is("inside", recordingRunning)
	if _, err := r.End(); err != nil {
		t.Fatal(err)
	}
	if err := cmpErr(book.Close("test"), store.Close()); err != nil {
		t.Fatal(err)
	}
	is("cut", recordingUnvouched)
}

// TestVisitsOfADamagedJournal: what stands before the damage is listed, and it is said that this is not all.
func TestVisitsOfADamagedJournal(t *testing.T) {
	dir, _ := visited(t)
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.seg"))
	if err != nil || len(segments) < 2 {
		t.Fatal(segments, err)
	}
	whole, _, _ := visits(t, dir, "list", "--json")
	last := segments[len(segments)-1]
	content, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	content[4096+40] ^= 1 // the first event behind the header: the last opening, before its one visit
	if err := os.WriteFile(last, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := visits(t, dir, "list", "--json")
	if code != exitDamaged || !strings.Contains(errs, "not all of the journal") || strings.Count(out, `"visit"`) != strings.Count(whole, `"visit"`)-1 {
		t.Errorf("exit %d, %s%s", code, errs, out)
	}
}

// TestVisitsAreReplayed: what the ledger vouches for is shown, what it does not is named; one that was changed is not shown at all.
func TestVisitsAreReplayed(t *testing.T) {
	dir, numbers := visited(t)
	for name, number := range numbers {
		for _, plain := range []bool{true, false} {
			args := []string{"replay", fmt.Sprint(number), "--speed", "1000"}
			if plain {
				args = append(args, "--plain")
			}
			out, errs, code := visits(t, dir, args...)
			switch name {
			case "changed", "missing", "none":
				if code != exitDamaged || out != "" || !strings.Contains(errs, unplayed[name]) {
					t.Errorf("%s: exit %d, shows %q, says %q", name, code, out, errs)
				}
				continue
			case "good":
				if !strings.Contains(errs, "were left out") || strings.Contains(errs, "vouch") {
					t.Errorf("%s: says %q", name, errs)
				}
			default:
				if !strings.Contains(errs, unsure[name]) {
					t.Errorf("%s: says %q", name, errs)
				}
			}
			if code != exitGood || !strings.Contains(out, "word of "+name) && name != "cut" || strings.Contains(out, "last") != (name != "cut") {
				t.Errorf("%s, plain %v: exit %d, %q", name, plain, code, out)
			}
			for _, piece := range strings.Split(out, "\x1b")[1:] {
				if !begins(piece) || plain {
					t.Errorf("%s, plain %v: a sequence %q goes out", name, plain, piece)
				}
			}
			if strings.Contains(out, "owned") || strings.Contains(out, "secret") || strings.Contains(out, "cm0g") {
				t.Errorf("%s, plain %v: a string's content goes out: %q", name, plain, out)
			}
		}
	}
	for _, wrong := range [][]string{{}, {"show"}, {"replay"}, {"replay", "x"}, {"replay", "1", "2"}, {"replay", "999"}, {"list", "3"},
		{"replay", "7", "--speed", "0"}, {"replay", "7", "--speed", "NaN"}, {"list", "--plain"}} {
		if out, errs, code := visits(t, dir, wrong...); code != exitCannot || out != "" || errs == "" {
			t.Errorf("%q: exit %d, %q", wrong, code, errs)
		}
	}
}

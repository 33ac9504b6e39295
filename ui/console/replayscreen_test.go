package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// TestLinesOfAPicture: a frame tells the whole rows that it has changed, and one in which only a clock goes on tells nothing.
func TestLinesOfAPicture(t *testing.T) {
	s := newReplayScreen(20, 4)
	for i, c := range []struct {
		at         time.Duration
		sent, want string
	}{
		{0, "\x1b[?1049h\x1b[?7l\x1b[m\x1b[H\x1b[2J\x1b[1;1H柜台\x1b[1;13H16:48:02\x1b[2;1H￥12.30", "--- 0s\n柜台        16:48:02\n￥12.30\n"},
		{time.Second, "\x1b[1;20H3", ""},
		{time.Second, "\x1b[1;17H9:10", ""},
		{2 * time.Second, "\x1b[1;20H4\x1b[2;7H4", "--- 2s\n￥12.34\n"},
		{2 * time.Second, "\x1b[2;1H\x1b[K\x1b[3;2Hpaid", " paid\n"},
		{3 * time.Second, "\x1b[3;3H\x1b[2X", "--- 3s\n p  d\n"},
		{3 * time.Second, "\x1b[1;2H.", " .台        16:49:14\n"}, // half a wide character is none
		{4 * time.Second, "\x1b[4;16H123456789", "--- 4s\n               12345\n"},
		{5 * time.Second, "\x1b[m\x1b[H\x1b[2J\x1b[?7h\x1b[?25h\x1b[?1049l", ""},
		{6 * time.Second, "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n", "--- 6s\none\ntwo\nthree\nfour\nfive\n"},
		{6 * time.Second, "a line that is longer than the window", "a line that is longe\nr than the window\n"},
	} {
		if got := string(s.frame(nil, []byte(c.sent), c.at)); got != c.want {
			t.Errorf("frame %d: %q, not %q", i, got, c.want)
		}
	}
}

// TestAPictureIsReadAsLines: of a visit that looks at a clock for a minute there is one line of it, from the sealed recording on.
func TestAPictureIsReadAsLines(t *testing.T) {
	dir, visit := taped(t, disk.RecordingHead{Term: "xterm", Columns: 80, Rows: 24}, func(out io.Writer) {
		fmt.Fprint(out, "\x1b[?1049h\x1b[?7l\x1b[m\x1b[H\x1b[2J\x1b[1;1Hguitai\x1b[1;70H10:00:00\x1b[3;1Htotal 1.00")
		for i := range 60 {
			fmt.Fprintf(out, "\x1b[1;76H%02d", i)
		}
		fmt.Fprint(out, "\x1b[3;7H2\x1b[3;10H5")
	})
	out, errs, code := visits(t, dir, "replay", fmt.Sprint(visit), "--plain")
	_, out, _ = strings.Cut(out, "\n") // the time
	if want := "guitai" + strings.Repeat(" ", 63) + "10:00:00\ntotal 1.00\ntotal 2.05\n"; code != exitGood || out != want {
		t.Errorf("exit %d, %s%q, not %q", code, errs, out, want)
	}
}

// taped is a ledger with one visit, and its number.
func taped(t *testing.T, head disk.RecordingHead, show func(io.Writer)) (dir string, visit uint64) {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	visit, err = book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "socket"})
	if err != nil {
		t.Fatal(err)
	}
	head.Visit = visit
	r := store.Record(head)
	show(r.Writer(io.Discard))
	end, err := r.End()
	end.Why = ledger.VisitLeft
	if err := cmpErr(err, book.EndVisit(ctx, visit, end), book.Close("test"), store.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, visit
}

// TestACommandsReplayNeedsNoTerminal: its lines go anywhere, as they were.
func TestACommandsReplayNeedsNoTerminal(t *testing.T) {
	for _, head := range []disk.RecordingHead{{Command: "doctor"}, {Command: "doctor", Term: "xterm", Columns: 80, Rows: 24}} {
		dir, visit := taped(t, head, func(out io.Writer) { fmt.Fprint(out, "disk  good\r\nclock  good\r\n") })
		into, err := os.Create(t.TempDir() + "/out")
		if err != nil {
			t.Fatal(err)
		}
		defer into.Close()
		var errs strings.Builder
		find := func(_, dataDir string) (Place, error) { return Place{Dir: dataDir}, nil }
		code := Visits(t.Context(), []string{"replay", fmt.Sprint(visit), "--data-dir", dir}, find, strings.NewReader(""), into, &errs)
		if out, err := os.ReadFile(into.Name()); err != nil || code != exitGood || string(out) != "disk  good\nclock  good\n" || !strings.Contains(errs.String(), "the command doctor") {
			t.Errorf("exit %d, %v, %q, %s", code, err, out, &errs)
		}
	}
}

// TestTheWindowOfARecording: the largest that it ever had, and none that no screen has.
func TestTheWindowOfARecording(t *testing.T) {
	size := func(text string) disk.RecordingRow { return disk.RecordingRow{Kind: disk.RowSize, Data: []byte(text)} }
	head := disk.RecordingHead{Columns: 80, Rows: 24}
	for _, c := range []struct {
		head          disk.RecordingHead
		sizes         []disk.RecordingRow
		columns, rows int
	}{
		{head, nil, 80, 24},
		{head, []disk.RecordingRow{size("100x20"), size("60x30")}, 100, 30},
		{head, []disk.RecordingRow{size("1000x1000")}, 500, 200},
		{head, []disk.RecordingRow{size("x"), size("-5x9")}, 80, 24},
		{disk.RecordingHead{}, nil, 0, 0},
		{disk.RecordingHead{Columns: 80, Rows: 24, Command: "day"}, nil, 0, 0},
	} {
		if columns, rows := windowOf(&disk.Recording{Head: c.head, Rows: c.sizes}); columns != c.columns || rows != c.rows {
			t.Errorf("%+v %q: %dx%d", c.head, c.sizes, columns, rows)
		}
	}
}

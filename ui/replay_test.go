package ui

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/console"
)

// TestReplaysLookAsTheScreenDid: what the painter makes of any frame, with what it begins and ends with, comes through a recording and
// guitai visits replay as it was, but for the modes that whoever looks at a replay has no use for.
func TestReplaysLookAsTheScreenDid(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	shown := map[uint64]string{} // by visit
	for _, term := range []string{"xterm-256color", "xterm-kitty", "vt100", "vt220", "linux", "tmux-256color"} {
		visit, err := book.BeginVisit(ctx, ledger.VisitWish{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "socket"})
		if err != nil {
			t.Fatal(err)
		}
		sent := fiftyFrames(term)
		r := store.Record(disk.RecordingHead{Visit: visit, Term: term, Columns: 120, Rows: 40})
		_, err = r.Writer(io.Discard).Write(sent)
		end, endErr := r.End()
		end.Why = ledger.VisitLeft
		if err := cmp.Or(err, endErr, book.EndVisit(ctx, visit, end)); err != nil {
			t.Fatal(err)
		}
		shown[visit] = strings.NewReplacer("\x1b[?2004h", "", "\x1b[?2004l", "", "\x1b[?2026$p", "").Replace(string(sent))
	}
	if err := cmp.Or(book.Close("test"), store.Close()); err != nil {
		t.Fatal(err)
	}
	for visit, want := range shown {
		var out, errs bytes.Buffer
		find := func(_, dataDir string) (console.Place, error) { return console.Place{Dir: dataDir}, nil }
		code := console.Visits(ctx, []string{"replay", fmt.Sprint(visit), "--speed", "1000", "--data-dir", dir}, find, strings.NewReader(""), &out, &errs)
		if code != 0 || strings.Contains(errs.String(), "left out") || strings.Contains(errs.String(), "missing") {
			t.Errorf("visit %d: exit %d: %s", visit, code, &errs)
		}
		if !strings.HasPrefix(out.String(), want) {
			t.Errorf("visit %d: %d bytes come out, and they are not the %d that were shown", visit, out.Len(), len(want))
		}
	}
}

// fiftyFrames is what a terminal is sent for as many frames, from entering to leaving.
func fiftyFrames(term string) []byte {
	c := newCanvas(term, colorprofile.TrueColor)
	f := &fuzz{random: rand.New(rand.NewPCG(1, 2)), width: 120, height: 40, rows: make([]string, 40)}
	sent := []byte(c.can.enter())
	for i := range 50 {
		f.next()
		sent = c.paint(sent, strings.Join(f.rows, "\n"), f.width, f.height, i == 0)
	}
	return append(sent, c.can.leave()...)
}

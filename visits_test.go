package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui"
	"guitai/ui/remote"
)

// TestARecordingEndsWithItsVisit: also of a visit that was cut off before anybody began to serve it, which would else leave a file and a
// goroutine behind for as long as the till is open.
func TestARecordingEndsWithItsVisit(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	store, err := disk.Open(dir, disk.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("test")
	cfg, err := configure(options{dataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDoor(cfg, options{}, &opened{Store: store, disk: store}, book, dir, &ui.Hub{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for session, cut := range map[uint64]bool{1: false, 2: true} {
		visitor := remote.Visitor{Person: "chen", Role: ledger.RoleSupport, Key: "SHA256:abc", From: "socket", Session: session}
		if err := d.Arrived(ctx, visitor); err != nil {
			t.Fatal(err)
		}
		visit := d.visit(session)
		if cut {
			d.Left(visitor, remote.WhyDone)
		}
		exit := d.Serve(ctx, &remote.Session{Visitor: visitor, Command: []string{"version"}, In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
		if !cut {
			d.Left(visitor, remote.WhyDone)
		}
		recordings, err := disk.OpenRecordings(dir)
		if err != nil {
			t.Fatal(err)
		}
		if recording, err := recordings.Recording(visit); (err == nil && !recording.Cut) == cut || (exit == 0) == cut {
			t.Errorf("cut off %v: exit %d, %v", cut, exit, err)
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "visits"))
	if err != nil || len(files) != 1 || len(d.tapes.all) != 0 {
		t.Errorf("%d files, %v; %d recordings go on", len(files), err, len(d.tapes.all))
	}
}

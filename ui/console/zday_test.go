package console

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// TestDayTellsOfThePeriod: the last Z report as it was made, and what has happened since, without what an open shift's count has to
// find out.
func TestDayTellsOfThePeriod(t *testing.T) {
	dir, find := shop(t)
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store, err := disk.Open(dir, disk.Config{})
	must(err)
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	must(err)
	number, err := book.OpenShift(ctx, ledger.Trainee, ledger.Fen(100))
	must(err)
	must(book.CountCash(ctx, ledger.Trainee, number, []ledger.Pieces{{Fen: 10, Count: 9}}))
	must(book.CloseShift(ctx, ledger.Trainee, ledger.CloseWish{Shift: number, Counts: 1}))
	_, err = book.CloseDay(ctx, ledger.Actor{Person: "li", Role: ledger.RoleSupervisor}, ledger.DayWish{})
	must(err)
	_, err = book.OpenShift(ctx, ledger.Trainee, ledger.Fen(500))
	must(err)
	must(book.Close("test"))
	must(store.Close())
	var out, errs bytes.Buffer
	if code := Day([]string{"--data-dir", dir, "--json"}, find, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var report dayReport
	must(json.Unmarshal(out.Bytes(), &report))
	if z, r := report.LastZ, report.Running; r == nil || z == nil || z.Z != 1 || z.Grand.Amount != 800 || z.Tenders[0].Amount != 800 || *z.Shifts[0].Counted != 90 ||
		!r.Blind || r.Grand.Count != 1 || r.Grand.Amount != 0 || len(r.Tenders) != 0 || len(r.Shifts) != 1 || r.Shifts[0].Expected != nil || r.Shifts[0].Float != 500 {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	if code := Day([]string{"--data-dir", dir}, find, &out, &errs); code != 0 || !strings.Contains(out.String(), "Z report 1 of") ||
		!strings.Contains(out.String(), "expected 1.00, counted 0.90, difference -0.10") || !strings.Contains(out.String(), "shift 2 of trainee, float 5.00, open") || !strings.Contains(out.String(), "the drawer is not counted: cash") {
		t.Errorf("%s", out.String())
	}

	store, err = disk.Open(dir, disk.Config{})
	must(err)
	book, err = ledger.OpenBook(ctx, store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: store.TillKey()})
	must(err)
	_, err = book.CloseDay(ctx, ledger.Actor{Person: "li", Role: ledger.RoleSupervisor}, ledger.DayWish{Last: 1})
	must(err)
	must(book.Close("test"))
	must(store.Close())
	for z, want := range map[string]int{"1": 0, "2": 0, "3": 2} { // each by its number
		var out, errs bytes.Buffer
		if code := Day([]string{"--data-dir", dir, "--z", z}, find, &out, &errs); code != want || !strings.Contains(out.String()+errs.String(), "Z report "+z) {
			t.Errorf("%s: exit %d\n%s%s", z, code, out.String(), errs.String())
		}
	}
}

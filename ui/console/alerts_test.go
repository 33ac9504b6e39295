package console

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"guitai/ledger"
)

// TestAlerts: of the last weeks, of a day, of a day before the first, in words and for machines; by the thresholds of the shop.
func TestAlerts(t *testing.T) {
	dir, find := shop(t)
	limits := ledger.Thresholds{Tiny: 1, TinyBelow: 900}
	strict := func(config, dataDir string) (Place, error) {
		place, err := find(config, dataDir)
		place.Book.Alerts = limits
		return place, err
	}
	run := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = Alerts(append([]string{"--data-dir", dir}, args...), strict, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, errs := run("--json")
	var rows []alertRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil || code != exitGood || len(rows) != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	r := rows[0]
	if r.Rule != "tiny" || r.Person != "trainee" || r.Count != 1 || r.From != 1 || len(r.Evidence) != 1 || r.Evidence[0].Seq == 0 || r.Evidence[0].Amount != 800 ||
		len(r.Evidence[0].Tail) != 4 || !strings.HasSuffix(r.Evidence[0].Sale, r.Evidence[0].Tail) {
		t.Errorf("%+v", r)
	}
	if code, out, _ := run("--day", r.Day); code != exitGood || !strings.Contains(out, "tiny") || !strings.Contains(out, "1 (from 1 on)") || !strings.Contains(out, "…"+r.Evidence[0].Tail) {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out, _ := run("--day", "2020-01-01", "--json"); code != exitGood || out != "[]\n" {
		t.Errorf("a day before the first: exit %d, %q", code, out)
	}
	if code, _, errs := run("--day", "25.11."); code != exitCannot || !strings.Contains(errs, "--day: 25.11. is not a date") {
		t.Errorf("exit %d: %s", code, errs)
	}
	limits.Tiny = 0
	if code, out, _ := run(); code != exitGood || out != "no alerts\n" {
		t.Errorf("switched off: exit %d, %s", code, out)
	}
}

package console

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestExportTakesOutWhatCanBeRead: everything of a good ledger; of one that both copies have lost a place of, what stands
// before it, what stands behind it, marked, and where the gap is.
func TestExportTakesOutWhatCanBeRead(t *testing.T) {
	dir, find := shop(t)
	export := func() (code int, lines []exportLine, errs string) {
		t.Helper()
		var out, err bytes.Buffer
		code = Export([]string{"--data-dir", dir}, find, &out, &err)
		if strings.Contains(out.String(), "134567890123456789") {
			t.Error("a customer code is in the export")
		}
		for row := range bytes.Lines(out.Bytes()) {
			var line exportLine
			line.Body = nil
			var raw map[string]any
			if err := json.Unmarshal(row, &raw); err != nil {
				t.Fatal(err)
			}
			line.Seq = uint64(raw["seq"].(float64))
			line.AfterGap, _ = raw["after_gap"].(bool)
			line.Kind, _ = raw["kind"].(string)
			lines = append(lines, line)
		}
		return code, lines, err.String()
	}
	code, all, errs := export()
	if code != exitGood || len(all) != 7 || all[0].Kind != "Opened" || all[6].Kind != "Closed" {
		t.Fatalf("a good ledger: exit %d, %+v, %s", code, all, errs)
	}
	harm(t, filepath.Join(dir, "journal", "00000001.seg"))
	if code, lines, _ := export(); code != exitGood || len(lines) != len(all) {
		t.Errorf("one copy damaged: exit %d, %d events", code, len(lines))
	}
	if err := os.RemoveAll(filepath.Join(dir, "ledger")); err != nil {
		t.Fatal(err)
	}
	code, lines, errs := export()
	if code != exitDamaged || len(lines) != len(all)-1 || lines[0].Seq != 2 || !lines[0].AfterGap || !strings.Contains(errs, "event 1 is lost in both copies") {
		t.Errorf("both damaged: exit %d, %+v, %s", code, lines, errs)
	}
}

// TestExportOfADay: as a table and as lines, all of it and a part, with totals that are those of `guitai day`.
func TestExportOfADay(t *testing.T) {
	dir, find := shop(t)
	run := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = Export(append([]string{"--data-dir", dir}, args...), find, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, table, errs := run("--csv")
	if rows := strings.Split(table, "\r\n"); code != exitGood || len(rows) != 4 || !strings.HasPrefix(table, "\ufeffkind,day,time,sale,") ||
		!regexp.MustCompile(`,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,`).MatchString(rows[1]) || !strings.Contains(rows[1], ",trainee,,wechat,code,paid,confirmed,8.00,8.00,0.00,") || !strings.Contains(rows[2], ",open,,9.00,0.00,0.00,") {
		t.Errorf("exit %d, %s\n%s", code, errs, table)
	}
	if !strings.Contains(errs, "2 sales, 0 refunds") {
		t.Error(errs)
	}
	_, lines, _ := run("--jsonl", "--state", "paid", "--amount", "7-8", "--channel", "wechat", "--cashier", "trainee")
	var kinds []string
	for row := range strings.Lines(lines) {
		var line map[string]any
		if err := json.Unmarshal([]byte(row), &line); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, line["kind"].(string))
		if line["taken"] != 800.0 {
			t.Errorf("%s", row)
		}
	}
	if strings.Join(kinds, " ") != "sale total" {
		t.Errorf("%s", lines)
	}
	for _, secret := range []string{"134567890123456789", "\"mark\"", "\"qr\":"} {
		if strings.Contains(table+lines, secret) {
			t.Errorf("%s is in the export", secret)
		}
	}
	if code, out, _ := run("--csv", "--day", "2001-02-03"); code != exitGood || strings.Count(out, "\r\n") != 1 {
		t.Errorf("a day without sales: exit %d, %q", code, out)
	}
	for _, args := range [][]string{{"--day", "2026-01-01"}, {"--state", "paid"}, {"--csv", "--jsonl"}, {"--csv", "--state", "lost"}, {"--csv", "--amount", "12"},
		{"--csv", "--find", "1-2"}, {"--csv", "--channel", "cash"}, {"--csv", "--day", "yesterday"}} {
		if code, out, errs := run(args...); code != exitCannot || out != "" || errs == "" {
			t.Errorf("%q: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

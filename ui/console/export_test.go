package console

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
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

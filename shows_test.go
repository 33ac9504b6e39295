package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// TestATillThatOnlyShows: with no key, on a copy, or with both copies damaged at one place the till opens, says why over the
// whole window, shows the day, charges nothing and changes nothing; what its words tell a person to do brings it back.
func TestATillThatOnlyShows(t *testing.T) {
	for _, tt := range []struct {
		reason ledger.Reason
		shown  bool // the day's sale can still be seen
		harm   func(dir string) error
		cure   func(c *counter)
	}{
		{ledger.ReasonNoKey, false, func(dir string) error {
			return os.Rename(filepath.Join(dir, "ledger.key"), filepath.Join(dir, "away"))
		}, func(c *counter) {
			if err := os.Rename(filepath.Join(c.dir, "away"), filepath.Join(c.dir, "ledger.key")); err != nil {
				t.Error(err)
			}
		}},
		{ledger.ReasonCopied, true, func(dir string) error {
			copied := dir + ".copy"
			return errors.Join(os.CopyFS(copied, os.DirFS(dir)), os.RemoveAll(dir), os.Rename(copied, dir), private(dir))
		}, func(c *counter) {
			if _, errs, code := program(t, "epoch", "--config", c.config(), "--data-dir", c.dir, "--yes", "--why", "a test"); code != 0 {
				t.Errorf("epoch: exit %d, %s", code, errs)
			}
		}},
		{ledger.ReasonLedgerDamaged, false, func(dir string) error {
			segment := filepath.Join(dir, "journal", "00000001.seg")
			content, err := os.ReadFile(segment)
			if err != nil {
				return err
			}
			content[4096+40] ^= 1
			return errors.Join(os.Rename(segment, segment+".good"), os.WriteFile(segment, content, 0o600), os.RemoveAll(filepath.Join(dir, "ledger")))
		}, func(c *counter) {
			segment := filepath.Join(c.dir, "journal", "00000001.seg")
			if err := os.Rename(segment+".good", segment); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(string(tt.reason), func(t *testing.T) {
			t.Parallel()
			c := newCounter(t, assets.En, 100, 30)
			c.settle("7")
			c.scan(code("alipay", 0))
			c.seesState(ledger.Paid)
			tail := c.tail()
			c.leave()
			if err := tt.harm(c.dir); err != nil {
				t.Fatal(err)
			}
			before := journalBytes(t, c.dir)
			c.again()
			c.sees(c.words.Stopped[tt.reason][0], "["+string(tt.reason)+"]")
			c.typed("5")
			c.scan(code("alipay", 0))
			time.Sleep(500 * time.Millisecond)
			c.keys("F10")
			if tt.shown {
				c.sees(tail)
			} else {
				c.sees(c.words.DayEmpty)
			}
			c.keys("Escape")
			c.leave()
			if journalBytes(t, c.dir) != before {
				t.Error("the journal was changed")
			}
			if orders := c.orders(); len(orders) != 1 {
				t.Errorf("the channel knows %d orders", len(orders))
			}
			tt.cure(c)
			c.again()
			c.sees(tail, c.words.Scanners[ledger.DeviceReady])
			c.settle("8")
			c.scan(code("wechat", 0))
			c.seesState(ledger.Paid)
			c.leave()
			c.verifies()
			c.agrees(c.day())
		})
	}
}

// private gives copied keys the rights that the till asks for.
func private(dir string) (err error) {
	for _, name := range []string{"ledger.key", "till.key", "data.key"} {
		err = errors.Join(err, os.Chmod(filepath.Join(dir, name), 0o600))
	}
	return err
}

func journalBytes(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(dir, "journal", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no journal", err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(path + "\n" + string(content))
	}
	return all.String()
}

// TestARepairIsToldAndWrittenDown: a flipped bit in one copy is mended before the till sells, said on the screen, and is an
// event that stays.
func TestARepairIsToldAndWrittenDown(t *testing.T) {
	t.Parallel()
	c := newCounter(t, assets.En, 120, 40)
	c.settle("7")
	c.scan(code("alipay", 0))
	c.seesState(ledger.Paid)
	c.leave()
	segment := filepath.Join(c.dir, "journal", "00000001.seg")
	content, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	content[4096+40] ^= 1
	if err := os.WriteFile(segment, content, 0o600); err != nil {
		t.Fatal(err)
	}
	c.again()
	c.sees(c.words.Mended)
	c.leave()
	c.verifies()
	out, errs, code := program(t, "export", "--data-dir", c.dir)
	if code != 0 || !strings.Contains(out, `"Work":"repair","File":"journal/00000001.seg","From":1`) {
		t.Errorf("export: exit %d, %s\n%s", code, errs, out)
	}
	c.agrees(c.day())
}

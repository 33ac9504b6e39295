package baddisk

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestUnreadableJournal opens a ledger whose journal cannot be read just then, after a power cut that took Badger's last
// payments: they are in the journal alone. An opening may fail, but it may not take what it cannot read for what is not
// there. When the disk reads again, everything acknowledged must be found in its place.
func TestUnreadableJournal(t *testing.T) {
	needFUSE(t)
	t.Parallel()
	cut, till := powerCut(t)
	for _, what := range []kind{opens, reads} {
		for _, errno := range []syscall.Errno{syscall.EIO, syscall.EACCES, syscall.EMFILE} {
			for _, forever := range []bool{false, true} {
				f := fault{kind: what, place: journal, errno: errno, forever: forever}
				if what == reads && errno != syscall.EIO || !*every && (!forever || errno == syscall.EMFILE) {
					continue
				}
				t.Run(strings.TrimPrefix(f.path(), "journal/"), func(t *testing.T) {
					t.Parallel()
					for f.nth = max(1, *nth); openOne(t, f, cut, till) && *nth == 0; f.nth++ {
					}
				})
			}
		}
	}
}

// TestForeignSegment is the same without a mount: the till's user may not read the last segment, because somebody put
// it there as another one.
func TestForeignSegment(t *testing.T) {
	needRoot(t)
	t.Parallel()
	cut, till := powerCut(t)
	base := t.TempDir()
	dir := filepath.Join(base, "data")
	copyFolder(t, cut, dir)
	for above := dir; above != os.TempDir(); above = filepath.Dir(above) {
		if err := os.Chmod(above, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	last := filepath.Join(dir, "journal", "00000002.seg")
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && path != last {
			err = os.Chown(path, nobody, nobody)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	opening := run(t, "open", dir, patience, userVar+"="+strconv.Itoa(nobody))
	if err := os.Chown(last, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	after, wrong := compare(t, dir, till)
	if len(wrong) > 0 {
		t.Errorf("%s\n the opening said %q, mended %q; the one afterwards mended %q",
			strings.Join(wrong, "\n"), opening.trouble, opening.repairs, after.repairs)
	}
}

// nobody is a user who owns nothing else.
const nobody = 65534

// powerCut gives a data folder with two segments in which Badger has only the first one's events.
func powerCut(t *testing.T) (dir string, till *account) {
	t.Helper()
	dir = t.TempDir()
	till = run(t, "payments", dir, patience)
	old := filepath.Join(t.TempDir(), "ledger")
	copyFolder(t, filepath.Join(dir, "ledger"), old)
	second := run(t, "payments", dir, patience)
	maps.Copy(till.tried, second.tried)
	maps.Copy(till.acked, second.acked)
	if len(till.acked) != 25 || len(till.broken)+len(second.broken) > 0 {
		t.Fatalf("on a healthy disk: %d events, %q %q %s", len(till.acked), till.broken, second.broken, second.last())
	}
	for _, path := range []string{filepath.Join(dir, "ledger"), filepath.Join(dir, "ledger.clean")} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(old, filepath.Join(dir, "ledger")); err != nil {
		t.Fatal(err)
	}
	return dir, till
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			err = os.Chmod(path, 0o600) // CopyFS lets others read
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// openOne reports whether the call was made at all.
func openOne(t *testing.T, f fault, cut string, till *account) bool {
	dir := filepath.Join(t.TempDir(), "data")
	copyFolder(t, cut, dir)
	d := mountOver(t, dir, f)
	defer func() { _ = os.RemoveAll(dir) }()
	opening := run(t, "open", d.mount, patience)
	hits := d.hits()
	if err := d.unmount(); err != nil {
		t.Fatalf("%s: unmounting: %v", f, err)
	}
	aside, _ := filepath.Glob(filepath.Join(dir, "aside", "*.seg"))
	after, wrong := compare(t, dir, till)
	if len(aside) > 0 && f.errno != syscall.EIO {
		wrong = append(wrong, fmt.Sprintf("%d segments that may only not be read were moved aside", len(aside)))
	}
	if opening.end != ended {
		wrong = append(wrong, fmt.Sprintf("the till ended in %q by %s: %s", opening.stage, opening.end, opening.last()))
	}
	if len(wrong) > 0 {
		t.Errorf("%s\n failed %q\n%s\n the opening said %q, mended %q; the one afterwards mended %q",
			f, hits, strings.Join(wrong, "\n"), opening.trouble, opening.repairs, after.repairs)
	}
	return len(hits) > 0
}

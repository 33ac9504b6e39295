package baddisk

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyDisk opens a ledger on media that was remounted read-only, as a kernel does after an error: closed in order,
// and killed. It must say so, in words that are not those of damage, and leave everything as it was.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"closed": func(*testing.T, string) {},
		"killed": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "ledger.clean")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			mount := smallDisk(t)
			dir := filepath.Join(mount, "data")
			till := run(t, "payments", dir, patience)
			if till.end != ended || len(till.acked) == 0 {
				t.Fatal(till.broken, till.last())
			}
			prepare(t, dir)
			if err := syscall.Mount("", mount, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				t.Fatal(err)
			}
			opening := run(t, "open", dir, patience)
			t.Logf("it said %q and ended in %q by %s", opening.trouble, opening.stage, opening.end)
			if opening.end != ended || len(opening.trouble) != 2 {
				t.Errorf("two openings were to fail: %s", opening.last())
			}
			for _, said := range opening.trouble {
				if strings.Contains(said, "DAMAGED") || !strings.Contains(said, "read-only") {
					t.Errorf("that is no word for a read-only disk: %s", said)
				}
			}
			if err := syscall.Mount("", mount, "", syscall.MS_REMOUNT, ""); err != nil {
				t.Fatal(err)
			}
			if moved, _ := filepath.Glob(filepath.Join(dir, "aside", "*")); len(moved) > 0 {
				t.Errorf("moved aside: %q", moved)
			}
			if _, wrong := compare(t, dir, till); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "\n"))
			}
		})
	}
}

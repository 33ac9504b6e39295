package baddisk

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"guitai/ledger/disk"
)

const (
	diskBytes = 48 << 20
	fillBytes = 8 << 20
)

// smallDisk mounts a fresh ext4 of 48 MB on a loop device until the test ends.
func smallDisk(t *testing.T) (mount string) {
	t.Helper()
	needRoot(t)
	image := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, diskBytes); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-m", "0", image).CombinedOutput(); err != nil {
		t.Skipf("no ext4 can be made here: %v: %s", err, out)
	}
	out, err := exec.Command("losetup", "--find", "--show", image).Output()
	if err != nil {
		t.Skipf("no loop device here: %v", err)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("letting %s go: %v: %s", device, err, out)
		}
	})
	mount = t.TempDir()
	if err := syscall.Mount(device, mount, "ext4", 0, ""); err != nil {
		t.Skipf("mounting %s: %v", device, err)
	}
	t.Cleanup(func() { unmountSoon(t, mount) })
	return mount
}

func unmountSoon(t *testing.T, mount string) {
	var err error
	for range 50 { // a process that was killed lets its last file go a moment later
		if err = syscall.Unmount(mount, 0); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("unmounting %s: %v", mount, err)
}

// room is what a disk has left, in bytes.
func room(t *testing.T, mount string) uint64 {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(mount, &st); err != nil {
		t.Fatal(err)
	}
	return st.Bavail * uint64(st.Bsize)
}

// TestFullDisk fills a small disk with payments. The process may die of Badger's mapped files; when a file of 8 MB has been
// taken off the disk, everything acknowledged must be there. The disk is a little smaller each time, so that now the journal
// and now Badger is the first to meet the end.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	spares := []int64{0, 300_000}
	if *every {
		spares = nil
		for spare := int64(0); spare < 3<<20; spare += 150_000 {
			spares = append(spares, spare)
		}
	}
	for _, spare := range spares {
		t.Run(fmt.Sprint(spare), func(t *testing.T) { fillUp(t, spare) })
	}
}

func fillUp(t *testing.T, spare int64) {
	t.Parallel()
	mount := smallDisk(t)
	filler := filepath.Join(mount, "filler")
	for path, size := range map[string]int64{filler: fillBytes, filepath.Join(mount, "spare"): spare} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(mount, "data")
	till := run(t, "glut", dir, patience)
	t.Logf("%d events acknowledged, %d bytes left; %s in %q; it said %q; %s",
		len(till.acked), room(t, mount), till.end, till.stage, till.trouble, where(till.stderr))
	again := run(t, "open", dir, patience)
	t.Logf("opened again while full: %s in %q; it said %q; %s", again.end, again.stage, again.trouble, where(again.stderr))
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if len(till.acked) < 100 {
		t.Errorf("the disk was full after %d events: %s", len(till.acked), till.last())
	}
	after, wrong := compare(t, dir, till)
	for _, what := range append(wrong, till.broken...) {
		t.Error(what)
	}
	t.Logf("afterwards %d events, mended %q", len(after.events), after.repairs)
}

// glut appends until the ledger refuses.
func (c *child) glut() {
	if !c.reopen("open") || !c.fold(monday) {
		return
	}
	c.stage("append")
	if c.pen.State.Head.Seq == 0 {
		c.append(false, c.pen.Opening())
	}
	c.pen.Words = 60_000
	for i := range 2000 {
		if !c.pay(i%50 == 49) {
			break
		}
	}
	c.stage("close")
	c.note(c.store.Close())
	c.stage("open again")
	store, err := disk.Open(c.dir, disk.Config{})
	if !c.note(err) {
		c.stage("close again")
		c.note(store.Close())
	}
	c.stage("done")
}

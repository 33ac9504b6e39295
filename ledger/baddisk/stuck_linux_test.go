package baddisk

import (
	"syscall"
	"testing"
	"time"
)

// TestBadgerStuck lets every new table of Badger's fail: it tries again each second, for ever, and says nothing to the
// ledger. What then becomes of appends and of the end is reported. Everything acknowledged must be there afterwards.
func TestBadgerStuck(t *testing.T) {
	needFUSE(t)
	t.Parallel()
	d := mountBad(t, fault{kind: creates, place: badger, suffix: ".sst", errno: syscall.ENOSPC, nth: 2, forever: true})
	till := run(t, "glut", d.mount, 5*time.Second)
	hits := d.hits()
	if err := d.unmount(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%q: %d events acknowledged; %s in %q; it said %q", hits, len(till.acked), till.end, till.stage, till.trouble)
	_, wrong := compare(t, d.below, till)
	for _, what := range append(wrong, till.broken...) {
		t.Error(what)
	}
}

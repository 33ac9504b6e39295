package baddisk

import (
	"slices"
	"testing"
	"time"
)

// stall is how long the slow sync takes: what a disk needs to give up on a bad sector and try another.
const stall = 5 * time.Second

// TestSlowDisk lets one sync take its time while payments go in and somebody reads the day. Nothing may break; one append
// takes as long as the disk when it is the journal's sync, and none does when it is Badger's. The reading of what is
// applied is timed: it waits for what was acknowledged before it asked, and so for Badger, but never for the journal.
func TestSlowDisk(t *testing.T) {
	needFUSE(t)
	t.Parallel()
	t.Run("journal", func(t *testing.T) {
		t.Parallel()
		till := slowDown(t, fault{kind: syncs, place: journal, nth: 8, delay: stall})
		if longest := slices.Max(till.took["append"]); longest < stall || longest > stall+2*time.Second {
			t.Errorf("the longest append took %v while one sync took %v", longest, stall)
		}
		if longest := slices.Max(till.took["look"]); longest > time.Second {
			t.Errorf("a look took %v: it waited for an append", longest)
		}
	})
	t.Run("badger", func(t *testing.T) {
		t.Parallel()
		slowDown(t, fault{kind: syncs, place: badger, nth: 15, delay: stall})
	})
}

func slowDown(t *testing.T, f fault) *account {
	t.Helper()
	d := mountBad(t, f)
	till := run(t, "slow", d.mount, stall+patience)
	if till.end != ended || till.stage != "done" || len(till.trouble)+len(till.broken) > 0 || len(till.took["look"]) == 0 {
		t.Fatalf("%s in %q: %q %q %s", till.end, till.stage, till.trouble, till.broken, till.last())
	}
	for what, all := range till.took {
		slices.Sort(all)
		t.Logf("%q: %s: %d, median %v, longest %v", d.hits(), what, len(all), all[len(all)/2], all[len(all)-1])
	}
	if err := d.unmount(); err != nil {
		t.Fatal(err)
	}
	if _, wrong := compare(t, d.below, till); len(wrong) > 0 {
		t.Error(wrong)
	}
	return till
}

// slow appends payments, of which one meets a sync that takes its time, while another goroutine reads.
func (c *child) slow() {
	if !c.reopen("open") || !c.fold(monday) {
		return
	}
	c.append(false, c.pen.Opening())
	c.pay(false)
	c.stage("append")
	day, stop, done := c.pen.Day, make(chan struct{}), make(chan []time.Duration)
	go func() {
		var looks []time.Duration
		for {
			select {
			case <-stop:
				done <- looks
				return
			case <-time.After(time.Millisecond):
			}
			start := time.Now()
			sales, err := c.store.DaySales(day)
			looks = append(looks, time.Since(start))
			if err != nil || len(sales) == 0 {
				looks = append(looks, time.Hour) // nobody may take it for an answer
			}
		}
	}()
	c.pen.Words = 100_000 // enough for Badger to begin another log and write a table meanwhile
	for range slowPayments {
		time.Sleep(5 * time.Millisecond)
		start := time.Now()
		ok := c.pay(false)
		c.took("append", time.Since(start))
		if !ok {
			break
		}
	}
	close(stop)
	for _, d := range <-done {
		c.took("look", d)
	}
	c.must("close", c.store.Close())
	c.stage("done")
}

const slowPayments = 60

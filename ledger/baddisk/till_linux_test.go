package baddisk

import (
	"context"
	"fmt"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ledger/ledgertest"
)

const (
	tillSessions = 3
	tillOpenings = 5 // some may fail
)

// till opens, appends and closes a few times. What fails is tried again by the next opening, in the same process.
func (c *child) till() {
	good := 0
	for n := 0; n < tillOpenings && good < tillSessions; n++ {
		if c.session(n) {
			good++
		}
	}
	if good < tillSessions {
		c.stage("gave up")
		return
	}
	c.stage("done")
}

// session reports whether everything went well.
func (c *child) session(n int) bool {
	c.stage(fmt.Sprintf("open %d", n))
	store, err := disk.Open(c.dir, disk.Config{})
	if c.note(err) {
		return false
	}
	c.store = store
	ok := c.fold(monday+ledger.Day(n)) && c.work(n)
	c.stage(fmt.Sprintf("close %d", n))
	return !c.note(store.Close()) && ok
}

// fold reads the ledger as a till does at its start. Each opening has a day of its own, so that no number comes twice.
func (c *child) fold(day ledger.Day) bool {
	c.stage("read")
	c.pen = ledgertest.NewPen(day)
	err := c.store.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		if err == nil {
			_, err = c.pen.State.Apply(&event, hashOf(stored))
		}
		return err
	})
	return !c.note(err)
}

// work appends single events, groups, snapshots, and in the first session enough to extend the segment.
func (c *child) work(n int) bool {
	c.stage("append")
	if c.pen.State.Head.Seq == 0 && !c.append(false, c.pen.Opening()) {
		return false
	}
	sale, opened := c.pen.Sale()
	order, attempt := c.pen.Attempt(sale)
	ok := c.append(false, opened) && c.append(false, attempt) && c.append(true, c.pen.Asked(order), c.pen.Answered(order, ledger.Paid))
	for i := 0; i < 3 && ok; i++ {
		ok = c.pay(i == 1)
	}
	if n == 0 {
		c.pen.Words = 280_000
		for i := 0; i < 4 && ok; i++ {
			ok = c.pay(false)
		}
		c.pen.Words = 0
	}
	ok = ok && c.pay(true)
	return c.look(ok) && ok
}

func (c *child) pay(snapshot bool) bool {
	_, _, entries := c.pen.Payment()
	return c.append(snapshot, entries...)
}

// append appends a group and reports whether it was acknowledged. After an error it is tried three times more, and
// refused each time.
func (c *child) append(snapshot bool, entries ...ledgertest.Entry) bool {
	batch := c.pen.Write(c.t, entries...)
	if snapshot {
		batch.Snapshot = c.pen.State.Snapshot()
	}
	for i, record := range batch.Records {
		c.say(word{Is: tried, Seq: batch.First + uint64(i), Hash: hashOf(record).String()})
	}
	err := c.store.Append(context.Background(), batch)
	if err == nil {
		for i, record := range batch.Records {
			c.say(word{Is: acked, Seq: batch.First + uint64(i), Hash: hashOf(record).String()})
		}
		return true
	}
	c.note(err)
	for range 3 {
		err := c.store.Append(context.Background(), batch)
		if reason := ledger.ReasonOf(err); reason != ledger.ReasonLedgerStopped && reason != ledger.ReasonDiskFull {
			c.breaks("an append after a failed one gives %v", err)
		}
	}
	return false
}

// look reads the day back. Only when every append was taken must it be all there.
func (c *child) look(all bool) bool {
	c.stage("look")
	sales, err := c.store.DaySales(c.pen.Day)
	if c.note(err) {
		return false
	}
	if want := 5; all && len(sales) < want {
		c.breaks("the day has %d sales, at least %d were acknowledged", len(sales), want)
	}
	return true
}

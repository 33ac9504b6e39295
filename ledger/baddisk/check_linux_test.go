package baddisk

import (
	"fmt"

	"guitai/ledger/disk"
)

// payments appends a few payments to a healthy ledger.
func (c *child) payments() {
	if !c.reopen("open") || !c.fold(monday) {
		return
	}
	if c.pen.State.Head.Seq > 0 {
		c.fold(monday + 1)
	} else {
		c.append(false, c.pen.Opening())
	}
	for range 3 {
		c.pay(false)
	}
	c.must("close", c.store.Close())
}

// open opens and closes twice, and appends nothing.
func (c *child) open() {
	for n := range 2 {
		c.stage(fmt.Sprintf("open %d", n))
		store, err := disk.Open(c.dir, disk.Config{})
		if c.note(err) {
			continue
		}
		for _, r := range store.Maintained() {
			c.say(word{Is: repair, Text: fmt.Sprintf("%s %d-%d: %s", r.File, r.From, r.To, r.What)})
		}
		c.stage(fmt.Sprintf("close %d", n))
		c.note(store.Close())
	}
	c.stage("done")
}

// check is the process that comes afterwards, on the healthy disk.
func (c *child) check() {
	if !c.reopen("open") {
		return
	}
	for _, r := range c.store.Maintained() {
		c.say(word{Is: repair, Text: fmt.Sprintf("%s %d-%d: %s", r.File, r.From, r.To, r.What)})
	}
	c.events()
	c.must("close", c.store.Close())
	c.verify()
	if !c.reopen("open again") || !c.fold(monday+20) {
		return
	}
	if c.pen.State.Head.Seq == 0 {
		c.append(false, c.pen.Opening())
	}
	c.pay(true)
	head := c.pen.State.Head
	c.must("close again", c.store.Close())
	if !c.reopen("open once more") || !c.fold(monday+21) {
		return
	}
	if c.pen.State.Head != head {
		c.breaks("one more append is not there after reopening: %v instead of %v", c.pen.State.Head, head)
	}
	c.must("close once more", c.store.Close())
	c.stage("done")
}

func (c *child) reopen(name string) bool {
	c.stage(name)
	store, err := disk.Open(c.dir, disk.Config{})
	c.store = store
	return c.must(name, err)
}

func (c *child) must(what string, err error) bool {
	if err != nil {
		c.breaks("%s: %v", what, err)
	}
	return err == nil
}

func (c *child) events() {
	c.must("read", c.store.Read(1, func(seq uint64, stored []byte) error {
		c.say(word{Is: event, Seq: seq, Hash: hashOf(stored).String()})
		return nil
	}))
}

func (c *child) verify() {
	report, err := disk.Verify(c.dir)
	if c.must("verify", err) && report.Damaged() {
		c.breaks("verify: damaged: %v %s %s %s", report.BadLink, report.File, report.Unreadable, report.First)
	}
}

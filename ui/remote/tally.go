package remote

import (
	"log/slog"
	"sync"
	"time"
)

// tally tells the log who did not come in and why: of each cause the first at once, and then one line in a minute for as long as there are
// more. What was counted is told when its minute is over, also when nobody knocks any more. There are only as many causes as this package
// has words for, so a flood writes a handful of lines a minute.
type tally struct {
	log    *slog.Logger
	mu     sync.Mutex
	counts map[error]*count
}

// count is of one cause.
type count struct {
	n     int         // that the log was not told of
	from  string      // the last one
	rests bool        // until wait has run out
	wait  *time.Timer // set from the first line on
}

const tallyEvery = time.Minute

func (t *tally) add(from string, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[why]
	if c == nil {
		c = &count{}
		if t.counts == nil {
			t.counts = map[error]*count{}
		}
		t.counts[why] = c
	}
	if c.n, c.from = c.n+1, from; !c.rests {
		t.tell(why, c)
	}
}

// tell tells the log what there is of one cause, and lets it rest for a minute. It is called under the lock.
func (t *tally) tell(why error, c *count) {
	if c.rests = c.n > 0; !c.rests {
		return
	}
	if why == errNameless {
		t.log.Info("somebody has left the door again", "times", c.n, "last", c.from, "cause", why)
	} else {
		t.log.Warn("visitors were turned away at the door", "times", c.n, "last", c.from, "cause", why)
	}
	c.n = 0
	c.wait = time.AfterFunc(tallyEvery, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.tell(why, c)
	})
}

// flush tells all that was counted: the door closes.
func (t *tally) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for why, c := range t.counts {
		c.wait.Stop()
		t.tell(why, c)
		c.wait.Stop()
	}
	t.counts = nil
}

package hardware

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen. It decides nothing but how a hang is reported.
const patience = 10 * time.Second

// device is a device that runs, and what it reports.
type device struct {
	t        testing.TB
	statuses chan Status
	returned bool   // read by the callbacks without a lock: the race detector sees a call after Run
	stop     func() // ends Run
}

func newDevice(t testing.TB) *device {
	return &device{t: t, statuses: make(chan Status, 100_000)}
}

func (x *device) report(s Status) {
	if x.returned {
		x.t.Error("a status after Run returned")
	}
	x.statuses <- s
}

// runs runs a device until stop, or the end of the test. gone is asked afterwards.
func (x *device) runs(run func(context.Context) error, gone func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := run(ctx); err != nil {
			x.t.Errorf("Run: %v", err)
		}
		x.returned = true
	}()
	x.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(patience):
			x.t.Fatal("Run does not return")
		}
		gone()
	})
	x.t.Cleanup(x.stop)
}

// noneLeft counts the goroutines, and gives what fails when there are more.
func noneLeft(t testing.TB) func() {
	before := runtime.NumGoroutine()
	return func() {
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				buf := make([]byte, 1<<16)
				t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
			}
		}
	}
}

// until takes statuses until one is in the wanted state.
func (x *device) until(want State) Status {
	x.t.Helper()
	var last Status
	for {
		select {
		case last = <-x.statuses:
			if last.State == want {
				return last
			}
		case <-time.After(patience):
			x.t.Fatalf("never %v; last: %+v", want, last)
		}
	}
}

// tried presses a test button.
func tried(test func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return test(ctx)
}

// wantsLines fails unless an error has a line for each wrong setting, which begins with its name.
func wantsLines(t *testing.T, err error, want []string) {
	t.Helper()
	if (err == nil) != (len(want) == 0) {
		t.Errorf("%v, want %q", err, want)
		return
	}
	for i, name := range want {
		if line := strings.Split(err.Error(), "\n")[i]; !strings.HasPrefix(line, name) {
			t.Errorf("%q does not begin with %s", line, name)
		}
	}
}

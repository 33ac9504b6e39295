//go:build failpoints

package ledger

import "sync/atomic"

// failpointHook is what a test wants done at each failpoint; nil: nothing.
var failpointHook atomic.Pointer[func(name string)]

// Failpoint names a place where the process may die: between two durable writes, or between one and an effect outside. The
// goroutine that comes by calls what OnFailpoint was given.
func Failpoint(name string) {
	if hook := failpointHook.Load(); hook != nil {
		(*hook)(name)
	}
}

// OnFailpoint sets what every goroutine does at every failpoint from now on. It is called without a lock of the Book's; nil
// ends it.
func OnFailpoint(hook func(name string)) {
	if hook == nil {
		failpointHook.Store(nil)
		return
	}
	failpointHook.Store(&hook)
}

// Package ledger is the till's domain: money, order numbers, events, payment states, and the Book through which alone
// anything changes. It knows no screen, no device, no network and no file; it imports the standard library only.
//
// The till in one page. A cashier's intent, a scanned code or a channel's answer reaches the Book. The Book decides on
// the current State, by pure functions (payment.go draws them), and appends what it decided, with what is owed to the
// outside world, as events to the Journal. Only then does anyone see it: screens, the worker, the printer follow the
// State, which is nothing but the fold of all events (state.go). The worker carries out what is owed and reports each
// answer to the same door. After a crash the fold gives the same State, what was owed is still owed, and the same code
// goes on: there is no other road for recovery.
//
// The customer's code is the one thing that travels beside the road: it waits in memory for the worker, is handed out
// once, and is gone after its first send. A task that wakes up without its code asks the channel; it never pays.
package ledger

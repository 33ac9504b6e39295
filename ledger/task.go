package ledger

// TaskKind is what an event owes the outside world.
type TaskKind uint8

// The kinds of tasks. Numbers are on disk: never reuse one.
const (
	TaskNone        TaskKind = 0
	TaskPay         TaskKind = 1 // send the customer's code, if it is still in memory and fresh; else ask
	TaskOrder       TaskKind = 2 // have the channel make the QR
	TaskQuery       TaskKind = 3 // ask how the order stands
	TaskClose       TaskKind = 4 // close (QR) or cancel/reverse (code) the order, under the same number for ever
	TaskRefund      TaskKind = 5 // give money back, under the same number for ever
	TaskRefundQuery TaskKind = 6 // ask how the refund stands
)

func (k TaskKind) String() string {
	return [...]string{"none", "pay", "order", "query", "close", "refund", "refund query", "?"}[min(int(k), 7)]
}

// Task is written in the same append as the event that owes it, so neither exists without the other. An order owes at
// most one task, and so does each of its refunds: the one carried by its latest event. When it is due is the worker's business and not on disk: after a
// restart everything owed is due at once.
type Task struct {
	Kind   TaskKind
	Order  OrderNo
	Refund RefundNo // which refund of the order owes it; empty: the order itself
}

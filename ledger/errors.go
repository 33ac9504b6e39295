package ledger

import (
	"errors"
	"fmt"
)

// Reason says in one word why an intent was refused. The screen turns it into one sentence and the next key; it is
// also the code a cashier reads out to support.
type Reason string

// The reasons. Each needs a phrase in every language; a test in the screen's package walks Reasons.
const (
	ReasonAmountShape    Reason = "AMOUNT-SHAPE"    // the key does not fit the amount
	ReasonAmountZero     Reason = "AMOUNT-ZERO"     // nothing keyed, or zero
	ReasonAmountBand     Reason = "AMOUNT-BAND"     // outside the usual band: asks once
	ReasonNoAmount       Reason = "NO-AMOUNT"       // a code came before an amount was settled
	ReasonNoSale         Reason = "NO-SALE"         // there is no sale to do this to
	ReasonLiveAttempt    Reason = "LIVE"            // an attempt is under way: stop it first
	ReasonUnresolved     Reason = "UNRESOLVED"      // an attempt's end is not known yet
	ReasonAlreadyPaid    Reason = "PAID"            // the sale is paid
	ReasonLateMoney      Reason = "LATE-MONEY"      // money arrived on an ended attempt of this sale
	ReasonNothingToStop  Reason = "NOTHING-TO-STOP" // no attempt is under way
	ReasonStopping       Reason = "STOPPING"        // the stop is under way already
	ReasonNotAllowed     Reason = "NOT-ALLOWED"     // the person lacks the right
	ReasonNotSetUp       Reason = "NOT-SET-UP"      // the channel is not configured here
	ReasonNotReady       Reason = "NOT-READY"       // the channel is still starting
	ReasonCodeUsed       Reason = "CODE-USED"       // this customer code has been charged before
	ReasonCodeStale      Reason = "CODE-STALE"      // the code waited too long and was thrown away
	ReasonCodeSuspect    Reason = "CODE-SUSPECT"    // the scan had no proper end: Enter sends it
	ReasonCodeUnknown    Reason = "CODE-UNKNOWN"    // no channel's code looks like this
	ReasonCodeReal       Reason = "CODE-REAL"       // a real phone's code in training
	ReasonLedgerStopped  Reason = "LEDGER-STOPPED"  // a write failed: nothing more is accepted
	ReasonUnknownOrder   Reason = "UNKNOWN-ORDER"   // an answer about an order this till does not know
	ReasonClosedLedger   Reason = "CLOSED"          // the ledger is closed
	ReasonStateForbidden Reason = "STATE-FORBIDDEN" // the transition has no arrow
	ReasonDiskInUse      Reason = "IN-USE"          // another process has the data folder
	ReasonLedgerDamaged  Reason = "DAMAGED"         // the chain does not verify
	ReasonNoKey          Reason = "NO-KEY"          // the ledger's key is missing, wrong, or open to others
	ReasonCopied         Reason = "COPIED"          // the folder is a copy or a restored backup: it needs a new epoch
	ReasonRolledBack     Reason = "ROLLED-BACK"     // the ledger is not what a head outside says it was
	ReasonDiskFull       Reason = "DISK-FULL"       // too little room for another sale
	ReasonReadOnlyDisk   Reason = "READ-ONLY"       // the disk takes no writes
	ReasonNotPaid        Reason = "NOT-PAID"        // nothing was paid here that could be given back
	ReasonNothingLeft    Reason = "NOTHING-LEFT"    // everything was given back, or is on its way
	ReasonRefundAmount   Reason = "REFUND-AMOUNT"   // zero, or more than is left
	ReasonRefundReason   Reason = "REFUND-REASON"   // a refund needs a reason
	ReasonRefundMost     Reason = "REFUND-MOST"     // the channel takes no further refund of this order
	ReasonRefundLate     Reason = "REFUND-LATE"     // the channel's time for refunds is over
	ReasonRefundAbnormal Reason = "REFUND-ABNORMAL" // an earlier refund of this order has to be settled first
	ReasonRefundSeen     Reason = "REFUND-SEEN"     // there is a refund of this order that the person has not seen
	ReasonReturning      Reason = "RETURNING"       // the till is giving this money back by itself
	ReasonRefundOpen     Reason = "REFUND-OPEN"     // the refund is still under way: a note alone does not settle it
	ReasonNoException    Reason = "NO-EXCEPTION"    // no such entry is open
	ReasonNoNote         Reason = "NO-NOTE"         // resolving needs a note
	ReasonForeign        Reason = "FOREIGN"         // a notice about something that is not this till's
	ReasonSignedOut      Reason = "SIGNED-OUT"      // nobody with this name works here now
	ReasonLocked         Reason = "LOCKED"          // the screen is locked
	ReasonTraining       Reason = "TRAINING"        // the screen is given to training mode: nothing here is for real
	ReasonLearner        Reason = "LEARNER"         // works in training mode until a supervisor lifts it
	ReasonPINWrong       Reason = "PIN-WRONG"       // wrong PIN, or no such person
	ReasonPINLocked      Reason = "PIN-LOCKED"      // too many wrong PINs: nobody can try for a while
	ReasonPINShape       Reason = "PIN-SHAPE"       // a PIN has four to twelve digits
	ReasonPINEasy        Reason = "PIN-EASY"        // one that everybody tries first
	ReasonSecondPerson   Reason = "SECOND-PERSON"   // this needs a second person's consent
	ReasonSamePerson     Reason = "SAME-PERSON"     // the second person must be another one
	ReasonPerson         Reason = "PERSON"          // no name or role for a person
	ReasonLastSupervisor Reason = "LAST-SUPERVISOR" // nobody would be left who may manage people
	ReasonBadge          Reason = "BADGE"           // too short for a badge, like a payment code, or somebody else's
	ReasonNoPepper       Reason = "NO-PEPPER"       // the key of the PINs is not there: nobody can prove who they are
	ReasonPartPaid       Reason = "PART-PAID"       // a part of the sale is paid: the rest comes another way, or it goes back
	ReasonUndone         Reason = "UNDONE"          // money of the sale has gone back before it was settled: it takes no more
	ReasonTenderAmount   Reason = "TENDER-AMOUNT"   // zero, more than is due, or a part that no coins make up
	ReasonTenderGiven    Reason = "TENDER-GIVEN"    // less cash than is to be paid
	ReasonTenderNumber   Reason = "TENDER-NUMBER"   // a card slip needs its number
	ReasonTenderSeen     Reason = "TENDER-SEEN"     // money for this sale has come that the person has not seen
	ReasonNoTender       Reason = "NO-TENDER"       // there is no such money on the sale
	ReasonProven         Reason = "PROVEN"          // the transfer needs no proof
	ReasonHeldMost       Reason = "HELD-MOST"       // too many sales are held already
	ReasonNoShift        Reason = "NO-SHIFT"        // nobody has opened a shift
	ReasonShiftOpen      Reason = "SHIFT-OPEN"      // a shift is open already
	ReasonShiftOther     Reason = "SHIFT-OTHER"     // the shift, or its count, is not the one that the person has seen
	ReasonCashAmount     Reason = "CASH-AMOUNT"     // no amount of cash
	ReasonCashReason     Reason = "CASH-REASON"     // cash that moves, or a drawer that opens for no sale, needs a reason
	ReasonCountShape     Reason = "COUNT-SHAPE"     // no count: a kind of money that there is not, twice, or too many
	ReasonCountFirst     Reason = "COUNT-FIRST"     // the drawer has to be counted first, or again
	ReasonBlind          Reason = "BLIND"           // what should be there is told after the count
	ReasonZOther         Reason = "Z-OTHER"         // there is a Z report that the person has not seen
	ReasonVisitor        Reason = "VISITOR"         // nobody can come in under this name, role or key
	ReasonDoorLocked     Reason = "DOOR-LOCKED"     // the counter has locked the door for visitors
	ReasonVisitMost      Reason = "VISIT-MOST"      // too many visitors at once, or too many lines or wishes of one
	ReasonNoVisit        Reason = "NO-VISIT"        // the visit is over, or nobody is inside
	ReasonHand           Reason = "HAND"            // nothing that a visitor can ask for
	ReasonHandOpen       Reason = "HAND-OPEN"       // what the visitor has asked for waits for an answer
	ReasonNoHand         Reason = "NO-HAND"         // it was answered, or nobody waits for it any more
	ReasonTextSecret     Reason = "TEXT-SECRET"     // the words hold what looks like a payment code or a PIN
	ReasonTextEmpty      Reason = "TEXT-EMPTY"      // no words
)

// Reasons lists every reason, for tests that demand a phrase for each.
var Reasons = []Reason{
	ReasonAmountShape, ReasonAmountZero, ReasonAmountBand, ReasonNoAmount, ReasonNoSale, ReasonLiveAttempt,
	ReasonUnresolved, ReasonAlreadyPaid, ReasonLateMoney, ReasonNothingToStop, ReasonStopping, ReasonNotAllowed,
	ReasonNotSetUp, ReasonNotReady, ReasonCodeUsed, ReasonCodeStale, ReasonCodeSuspect, ReasonCodeUnknown,
	ReasonCodeReal, ReasonLedgerStopped, ReasonUnknownOrder, ReasonClosedLedger, ReasonStateForbidden,
	ReasonDiskInUse, ReasonLedgerDamaged, ReasonNoKey, ReasonCopied, ReasonRolledBack, ReasonDiskFull, ReasonReadOnlyDisk,
	ReasonNotPaid, ReasonNothingLeft, ReasonRefundAmount, ReasonRefundReason, ReasonRefundMost, ReasonRefundLate,
	ReasonRefundAbnormal, ReasonRefundSeen, ReasonReturning, ReasonRefundOpen, ReasonNoException, ReasonNoNote, ReasonForeign,
	ReasonSignedOut, ReasonLocked, ReasonLearner, ReasonPINWrong, ReasonPINLocked, ReasonPINShape, ReasonPINEasy,
	ReasonSecondPerson, ReasonSamePerson, ReasonPerson, ReasonLastSupervisor, ReasonBadge, ReasonNoPepper,
	ReasonPartPaid, ReasonUndone, ReasonTenderAmount, ReasonTenderGiven, ReasonTenderNumber, ReasonTenderSeen, ReasonNoTender, ReasonTraining,
	ReasonProven, ReasonHeldMost,
	ReasonNoShift, ReasonShiftOpen, ReasonShiftOther, ReasonCashAmount, ReasonCashReason, ReasonCountShape, ReasonCountFirst,
	ReasonBlind, ReasonZOther,
	ReasonVisitor, ReasonDoorLocked, ReasonVisitMost, ReasonNoVisit, ReasonHand, ReasonHandOpen, ReasonNoHand, ReasonTextSecret, ReasonTextEmpty,
}

// Refusal is an error with two readers: Reason for the cashier, the wrapped cause for support.
type Refusal struct {
	Reason Reason
	Looks  Looks // for refused codes: what the scanned text looks like
	cause  error
}

// Refuse makes a refusal without a further cause.
func Refuse(reason Reason) *Refusal { return &Refusal{Reason: reason} }

// RefuseBecause makes a refusal with a cause for support.
func RefuseBecause(reason Reason, cause error) *Refusal {
	return &Refusal{Reason: reason, cause: cause}
}

func (r *Refusal) Error() string {
	text := "refused: " + string(r.Reason)
	if r.Looks != "" {
		text += " (looks like " + string(r.Looks) + ")"
	}
	if r.cause != nil {
		text = fmt.Sprintf("%s: %v", text, r.cause)
	}
	return text
}

func (r *Refusal) Unwrap() error { return r.cause }

// ReasonOf finds the reason in an error's chain; it is empty for an error that is no refusal.
func ReasonOf(err error) Reason {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}

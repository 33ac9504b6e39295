package ui

import (
	"context"
	"time"

	"guitai/ledger"
)

// desk is what a screen does at the till without saying who does it: the Book cannot refuse a visitor here, so a visitor's screen has
// another desk. Nothing of it is called on a Book or a Board in any other place of this package (TestTheDeskIsTheOnlyWay).
type desk interface {
	Key(r rune) error
	Back() error
	Repeat() error
	ClearDraft()
	SetPart(amount ledger.Money) error
	DropSuspect()
	SignIn(ctx context.Context, place, person string, pin ledger.PIN, code string) (ledger.Actor, error)
	LockScreen(ctx context.Context, place string, why ledger.SignOutWhy) error
	LockDoor(ctx context.Context, place string, long time.Duration) error
	Tell(ctx context.Context, words string) error
	// post changes the board.
	post(change func(*ledger.BoardView))
}

// counterDesk is the till's own.
type counterDesk struct{ *ledger.Book }

func (d counterDesk) post(change func(*ledger.BoardView)) { d.Board().Post(change) }

// noDesk is a visitor's: all of it is refused, and nothing is touched.
type noDesk struct{}

var errNoDesk = ledger.Refuse(ledger.ReasonNotAllowed)

func (noDesk) Key(rune) error             { return errNoDesk }
func (noDesk) Back() error                { return errNoDesk }
func (noDesk) Repeat() error              { return errNoDesk }
func (noDesk) ClearDraft()                {}
func (noDesk) SetPart(ledger.Money) error { return errNoDesk }
func (noDesk) DropSuspect()               {}
func (noDesk) SignIn(_ context.Context, _, _ string, pin ledger.PIN, _ string) (ledger.Actor, error) {
	pin.Wipe()
	return ledger.Actor{}, errNoDesk
}
func (noDesk) LockScreen(context.Context, string, ledger.SignOutWhy) error { return errNoDesk }
func (noDesk) LockDoor(context.Context, string, time.Duration) error       { return errNoDesk }
func (noDesk) Tell(context.Context, string) error                          { return errNoDesk }
func (noDesk) post(func(*ledger.BoardView))                                {}

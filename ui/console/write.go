package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// write opens the Book as the till does, lets something be done in it, and closes it again. check looks at what is known before
// anything is written. Where people sign in, whoever has called says who they are: who has the keys of this folder is not yet
// somebody of the staff.
func (p *Place) write(ctx context.Context, name, why string, ask Asker, stderr io.Writer, check func(*ledger.State) error, do func(*ledger.Book, ledger.Actor) error) error {
	return p.writeStore(ctx, name, why, ask, stderr, check, func(_ *disk.Store, book *ledger.Book, who ledger.Actor) error { return do(book, who) })
}

// writeStore is write for what also keeps files in the ledger's folder.
func (p *Place) writeStore(ctx context.Context, name, why string, ask Asker, stderr io.Writer, check func(*ledger.State) error,
	do func(*disk.Store, *ledger.Book, ledger.Actor) error) (err error) {
	store, err := disk.Open(p.Dir, disk.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	outside := disk.Outside{Folder: p.Outside, Till: p.Book.Till}
	if store.Copied() {
		return ledger.Refuse(ledger.ReasonCopied)
	}
	if _, err := store.CheckOutside(outside); ledger.ReasonOf(err) == ledger.ReasonRolledBack {
		return err
	}
	state, err := ledger.LoadState(store)
	if err == nil {
		err = check(state)
	}
	if err != nil {
		return err
	}
	about := p.Book
	about.TillKey, about.Maintained = store.TillKey(), store.Maintained()
	if p.Staff != nil {
		if err := p.Staff.Tell(&about); err != nil {
			return err
		}
	}
	book, err := ledger.OpenBook(ctx, store, ledger.NewBoard(), about)
	if err != nil {
		return err
	}
	if err = store.Recorded(); err == nil {
		err = p.asPerson(ctx, ask, book, func(book *ledger.Book, who ledger.Actor) error { return do(store, book, who) })
	}
	if err = errors.Join(err, book.Close(why)); err != nil || p.Outside == "" {
		return err
	}
	head := disk.Checkpoint{At: time.Now()}
	book.Read(func(s *ledger.State) { head.Till, head.Epoch, head.Head = s.Till, s.Epoch, s.Head })
	if err := store.SendHead(head, outside); err != nil { // what was done is done all the same
		fmt.Fprintf(stderr, "guitai %s: the checkpoint outside: %v\n", name, err)
	}
	return nil
}

// asPerson does something as whoever signs in for it, where people do, and signs them out again.
func (p *Place) asPerson(ctx context.Context, ask Asker, book *ledger.Book, do func(*ledger.Book, ledger.Actor) error) error {
	if !book.Staffed() {
		return do(book, p.Who)
	}
	if len(peopleOf(book)) == 0 {
		return errNobody
	}
	word, err := p.person(ask, "your name: ")
	if err != nil {
		return err
	}
	who, err := book.SignIn(ctx, ledger.PlaceCommand, word.Person, word.PIN, word.Code)
	if err != nil {
		return err
	}
	err = do(book, who)
	return errors.Join(err, book.SignOut(ctx, ledger.PlaceCommand, ledger.SignOutDone))
}

// errNobody: a till that wants people to sign in has none.
var errNobody = errors.New("nobody works at this till yet: guitai init makes the first supervisor")

func peopleOf(book *ledger.Book) (people []ledger.Person) {
	book.Read(func(s *ledger.State) { people = s.People() })
	return people
}

// person asks who somebody is, and for the proof. It is never an argument, and never in the environment.
func (p *Place) person(ask Asker, prompt string) (word ledger.Consent, err error) {
	name, err := ask.Line(prompt)
	if err != nil {
		return word, err
	}
	word.Person = strings.TrimSpace(string(name))
	pin, err := ask.Secret("PIN (not shown): ")
	if err != nil {
		return word, err
	}
	word.PIN = ledger.NewPIN(pin)
	if p.Staff != nil && p.Staff.NeedsCode(word.Person) {
		code, err := ask.Secret("code of the authenticator: ")
		word.Code = strings.TrimSpace(string(code))
		if err != nil {
			word.PIN.Wipe()
			return word, err
		}
	}
	return word, nil
}

// NewPIN asks for a new PIN, twice. The Book says whether it is a good one.
func (a Asker) NewPIN(whose string) (ledger.PIN, error) {
	first, err := a.Secret("new PIN for " + whose + ", 4 to 12 digits (not shown): ")
	if err != nil {
		return ledger.PIN{}, err
	}
	again, err := a.Secret("once more: ")
	defer clear(again)
	if err == nil && string(first) != string(again) {
		err = errors.New("the two are not the same; nothing was changed")
	}
	if err != nil {
		clear(first)
		return ledger.PIN{}, err
	}
	return ledger.NewPIN(first), nil
}

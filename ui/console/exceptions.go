package console

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// exceptionRow is one line of `guitai exceptions --json`. Amounts are fen.
type exceptionRow struct {
	ID      uint64 `json:"id"` // what --resolve takes
	At      string `json:"at"`
	Age     int64  `json:"age_seconds"`
	Owner   string `json:"owner"` // who has to act: supervisor, support, or the till itself
	Sale    string `json:"sale"`
	Tail    string `json:"tail"`
	Channel string `json:"channel"`
	Amount  int64  `json:"amount"`          // of the refund, or of the payment
	Named   int64  `json:"named,omitempty"` // what the channel has said, where it named an amount
	Order   string `json:"order"`
	Refund  string `json:"refund,omitempty"`
	Kind    string `json:"kind"`
	Cause   string `json:"cause"`
	Next    string `json:"next"`

	Statement string `json:"statement,omitempty"` // the day of the channel's statement that does not agree; empty: it is about none
	Ours      *int64 `json:"ours,omitempty"`      // what the ledger has, of such an entry
	Theirs    *int64 `json:"theirs,omitempty"`    // what the statement says
	Line      uint64 `json:"line,omitempty"`      // in its file
}

// exceptionWord is what is wrong, and what to do about it.
type exceptionWord struct{ kind, cause, next string }

const (
	lookThere = "look the order up in the merchant's account at the channel, and settle with the customer what was really paid"
	giveBack  = "refund it at the till, or give it back by hand and settle it here with --returned"
)

// exceptionWords are those of every note that makes an entry.
var exceptionWords = map[ledger.Note]exceptionWord{
	ledger.NoteUnverified:    {"unverified", "an answer said paid under a signature that is not good", "find out what changes answers between the till and the channel; the till goes on asking"},
	ledger.NoteOtherOrder:    {"other-order", "an answer said paid and named another order", lookThere},
	ledger.NoteOtherAmount:   {"other-amount", "an answer said paid and named another amount", lookThere},
	ledger.NoteOtherMerchant: {"other-merchant", "an answer said paid to another merchant", lookThere},
	ledger.NoteOtherApp:      {"other-app", "an answer said paid for another app", lookThere},
	ledger.NoteLateMoney:     {"late-money", "paid after the payment was over", giveBack},
	ledger.NoteSecondPayment: {"second-payment", "paid though the sale was paid already", giveBack},
	ledger.NoteGoneAfterPaid: {"gone", "the channel no longer says paid", "find out who has given it back at the channel, and whether the goods have left"},
	ledger.NoteRefunded:      {"refunded-elsewhere", "paid, and given back at the channel by somebody else", "find out who has given it back, and whether the goods have left"},
	ledger.NoteStubborn:      {"stubborn", "the channel does not let the order end", "the till goes on trying; after a day ask the channel with the order's number"},
	ledger.NoteRefundAbnormal: {"refund-abnormal", "the channel cannot bring the refund to the customer",
		"complete it in the merchant's account at the channel, or give the money back by hand and settle it here with --returned"},
	ledger.NoteRefundFailed: {"refund-failed", "a refund has ended without money", "refund anew at the till, or give it back by hand and settle it here with --returned"},
	ledger.NoteRefundHeld:   {"refund-held", "a refund waits: the shop's balance at the channel is too low", "pay into the balance; the till sends the same refund again by itself"},
	ledger.NoteRefundSlow:   {"refund-slow", "a refund has been under way for a day", "ask the channel with the refund's number; the till goes on asking"},
	ledger.NoteOtherRefund:  {"other-refund", "an answer told of another refund than was asked for", "compare the refund with the merchant's account at the channel"},
	ledger.NoteReturnedAfterAll: {"returned-after-all", "a refund that had ended without money was done after all",
		"find out whether the money went back twice: in a later refund, or by hand"},
	ledger.NoteTransferPending: {"transfer-pending", "a bank transfer that nobody has seen arrive", "look at the bank account, then say so here with a note"},
	ledger.NoteWrong:           {"wrong", "somebody at the till has said that something was wrong with the sale", "read its note and ask the cashier, then write down what was found"},
}

// wordFlags are the flags by which an exception is settled.
func (c *call) wordFlags(flags *flag.FlagSet) {
	flags.Func("resolve", "", func(text string) (err error) {
		c.word.Exception, err = strconv.ParseUint(text, 10, 64)
		if c.word.Exception == 0 && err == nil {
			err = strconv.ErrRange
		}
		return err
	})
	flags.StringVar(&c.word.Note, "note", "", "")
	flags.BoolVar(&c.word.Returned, "returned", false, "")
	flags.BoolVar(&c.back, "give-back", false, "")
}

// wordFault names what is missing to settle an exception.
func (c *call) wordFault() error {
	resolving, said := c.word.Exception != 0, strings.TrimSpace(c.word.Note) != ""
	switch {
	case resolving && !said:
		return errors.New("--resolve needs --note: what was done about it")
	case c.back && c.word.Returned:
		return errors.New("--give-back sends it through the channel, --returned says that it went back by hand: one of them")
	case resolving && c.json:
		return errors.New("--json is for the list")
	case !resolving && (c.word.Note != "" || c.word.Returned || c.back):
		return errors.New("--note, --returned and --give-back need --resolve: which entry")
	}
	return nil
}

// Exceptions lists what the till could not settle by itself, or says of one entry that a person has settled it. 0: listed, or
// settled. 1: the entry cannot be settled so. 2: it could not look.
func Exceptions(ctx context.Context, args []string, find Find, stdin io.Reader, stdout, stderr io.Writer) int {
	c, code, done := parse("exceptions", args, find, stdout, stderr)
	if done {
		return code
	}
	if c.word.Exception != 0 {
		return c.resolve(ctx, NewAsker(stdin, stderr), stdout, stderr)
	}
	rows, err := readExceptions(c, time.Now())
	if err != nil {
		fmt.Fprintln(stderr, "guitai exceptions:", Sentence(err))
		return exitCannot
	}
	if c.json {
		writeJSON(stdout, rows)
	} else {
		fmt.Fprint(stdout, exceptionsText(rows, c.flags))
	}
	return exitGood
}

func readExceptions(c call, now time.Time) (_ []exceptionRow, err error) {
	store, err := disk.Open(c.Dir, disk.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	state, err := ledger.LoadState(store)
	if err != nil {
		return nil, err
	}
	rows := []exceptionRow{}
	for _, x := range state.Exceptions {
		sale, _, err := store.SaleOf(cmp.Or(x.Order, ledger.OrderNo(x.Sale)))
		if err != nil {
			return nil, err
		}
		row := newExceptionRow(c.Calendar, &x, sale.Attempt(x.Order), now)
		if x.From != (ledger.StatementKey{}) {
			if err := row.compared(store, state, &x); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// compared adds what a statement and the ledger have beside each other.
func (row *exceptionRow) compared(store ledger.Store, state *ledger.State, x *ledger.Exception) error {
	row.Channel, row.Statement = string(x.From.Channel), x.From.Day.String()
	if st, ok := state.Statement(x.From); ok && st.Source == ledger.SourceImported && asksChannel[x.Note] {
		row.Next = "nothing was asked because of a file that was brought: " + lookRow
	}
	all, err := store.DayDifferences(x.From)
	for i := range all {
		if d := &all[i]; d.Event == x.ID && d.Why == x.Note {
			row.Ours, row.Theirs, row.Line = amount(d.Ours), amount(d.Theirs), d.Line
		}
	}
	return err
}

func newExceptionRow(calendar ledger.Calendar, x *ledger.Exception, a *ledger.Attempt, now time.Time) exceptionRow {
	word, ok := wordOf(x.Note)
	if !ok {
		word = exceptionWord{fmt.Sprint(x.Note), "something that this version has no words for", "ask support"}
	}
	row := exceptionRow{
		ID: x.ID, At: stamp(calendar, x.At), Age: int64(max(0, now.Sub(x.At)) / time.Second), Owner: string(x.Owner()),
		Sale: string(x.Sale), Tail: x.Sale.Tail(), Named: x.Named.Fen, Order: string(x.Order), Refund: string(x.Refund),
		Kind: word.kind, Cause: word.cause, Next: word.next,
	}
	if a == nil {
		return row
	}
	row.Channel, row.Amount = string(a.Channel), a.Amount.Fen
	if r := a.Refund(x.Refund); r != nil {
		row.Amount = r.Amount.Fen
	}
	if word.next == giveBack && a.Returning() {
		row.Owner, row.Next = string(ledger.RoleTill), "nothing: the till is giving it back by itself"
	}
	return row
}

func exceptionsText(rows []exceptionRow, flags string) string {
	if len(rows) == 0 {
		return "nothing is open\n"
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%d  %s  %s", row.ID, age(row.Age), row.Owner)
		if row.Tail != "" {
			fmt.Fprintf(&b, "  …%s  %s", row.Tail, ledger.Fen(row.Amount))
		}
		fmt.Fprintf(&b, "  %s\n", row.Channel)
		if row.Order != "" {
			fmt.Fprintf(&b, "    order %s", row.Order)
			if row.Refund != "" {
				fmt.Fprintf(&b, "  refund %s", row.Refund)
			}
			b.WriteString("\n")
		}
		if row.Statement != "" {
			fmt.Fprintf(&b, "    statement of %s, %s", row.Channel, row.Statement)
			if row.Line > 0 {
				fmt.Fprintf(&b, ", line %d", row.Line)
			}
			if row.Ours != nil || row.Theirs != nil {
				fmt.Fprintf(&b, ": %s", ledgerAndStatement(row.Ours, row.Theirs))
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "    %s", row.Cause)
		if row.Statement == "" && row.Named != 0 && row.Named != row.Amount {
			fmt.Fprintf(&b, " (%s)", ledger.Fen(row.Named))
		}
		fmt.Fprintf(&b, "\n    next: %s\n", row.Next)
	}
	fmt.Fprintf(&b, "%d open; to settle one: guitai exceptions%s --resolve ID --note \"what was done\"\n", len(rows), flags)
	return b.String()
}

// age is how long something has been there, in its largest unit.
func age(seconds int64) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}

// unsettled are the refusals of an entry, in words.
var unsettled = map[ledger.Reason]string{
	ledger.ReasonNoException:    "no such entry is open; without --resolve the open ones are listed",
	ledger.ReasonNoNote:         "it takes a note: what was done about it",
	ledger.ReasonReturning:      "the till is giving this money back by itself: give nothing by hand",
	ledger.ReasonRefundOpen:     "its refund is still under way: a note alone does not settle it; wait until it has ended, or give the money back by hand and say --returned",
	ledger.ReasonNotPaid:        "there is no late money on it that a channel could give back",
	ledger.ReasonRefundAbnormal: "an earlier refund of this order is stuck and has to be settled first",
	ledger.ReasonNothingLeft:    "nothing of this money is left to be given back; settle it with a note alone",
	ledger.ReasonUnknownOrder:   "its order is not known: nothing can be given back on it by hand",
	ledger.ReasonStateForbidden: "it has changed since; look at the list again",
	ledger.ReasonNotAllowed:     "this person may not settle exceptions",
}

func (c *call) resolve(ctx context.Context, ask Asker, stdout, stderr io.Writer) int {
	err := c.writeResolution(ctx, ask, stderr)
	reason := ledger.ReasonOf(err)
	switch text, refused := unsettled[reason]; {
	case err == nil && c.back:
		fmt.Fprintf(stdout, "the money of entry %d is owed back; the till sends it when it is open, and the entry goes when it has arrived\n", c.word.Exception)
		return exitGood
	case err == nil:
		fmt.Fprintf(stdout, "entry %d is settled; the ledger has your name and the note\n", c.word.Exception)
		return exitGood
	case refused:
		fmt.Fprintf(stderr, "guitai exceptions: entry %d: %s [%s]\n", c.word.Exception, text, reason)
		return exitDamaged
	}
	fmt.Fprintln(stderr, "guitai exceptions:", Sentence(err))
	return exitCannot
}

// giveBack has late money sent back through its channel: the road that a limit on what goes back by itself leaves to a supervisor.
func (c *call) giveBack(ctx context.Context, book *ledger.Book, who ledger.Actor, second *ledger.Consent) error {
	var order ledger.OrderNo
	book.Read(func(s *ledger.State) { order = s.Exception(c.word.Exception).Order })
	sale, ok, err := book.Lookup().SaleOf(order)
	if err != nil {
		return err
	}
	a := sale.Attempt(order)
	if !ok || a == nil || a.State != ledger.Orphan {
		return ledger.Refuse(ledger.ReasonNotPaid)
	}
	amount := ledger.Money{Fen: a.Left(), Currency: a.Amount.Currency}
	_, err = book.Refund(ctx, who, ledger.RefundWish{Order: order, Amount: amount, Why: c.word.Note, Seen: len(a.Refunds), Second: second})
	return err
}

// handAmount is what can have been given back by hand for an entry.
func handAmount(book *ledger.Book, id uint64) (amount ledger.Money) {
	var x ledger.Exception
	book.Read(func(s *ledger.State) {
		if found := s.Exception(id); found != nil {
			x = *found
			if _, a := s.Attempt(x.Order); a != nil {
				amount = ledger.HandAmount(&x, a)
			}
		}
	})
	if sale, ok, err := book.Lookup().SaleOf(x.Order); amount == (ledger.Money{}) && ok && err == nil {
		amount = ledger.HandAmount(&x, sale.Attempt(x.Order))
	}
	return amount
}

// writeResolution settles the entry, by whoever has the right to it and, where the shop wants that, with a second person.
func (c *call) writeResolution(ctx context.Context, ask Asker, stderr io.Writer) error {
	there := func(state *ledger.State) error {
		if state.Exception(c.word.Exception) == nil { // an opening is not written for a slip of the finger
			return ledger.Refuse(ledger.ReasonNoException)
		}
		return nil
	}
	return c.write(ctx, "exceptions", "an exception was looked at", ask, stderr, there, func(book *ledger.Book, who ledger.Actor) error {
		settle := func(second *ledger.Consent) error {
			if c.back {
				return c.giveBack(ctx, book, who, second)
			}
			word := c.word
			if word.Second = second; word.Returned {
				word.Amount = handAmount(book, word.Exception)
			}
			return book.Resolve(ctx, who, word)
		}
		err := settle(nil)
		if ledger.ReasonOf(err) != ledger.ReasonSecondPerson {
			return err
		}
		fmt.Fprintf(stderr, "a second person has to agree: entry %d, %q", c.word.Exception, c.word.Note)
		if c.word.Returned {
			fmt.Fprintf(stderr, ", %s given back by hand", handAmount(book, c.word.Exception))
		}
		fmt.Fprintln(stderr)
		second, err := c.person(ask, "second person's name: ")
		if err != nil {
			return err
		}
		return settle(&second)
	})
}

package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
	"guitai/ledger/disk"
)

// refundShop is a ledger with everything that can go back: 20.00 paid on one day, of which 5.00 went back at once, 6.00 on the
// next day and 4.00 are with the channel, which cannot bring them to the customer; and 66.00 of late money.
type refundShop struct {
	t     *testing.T
	dir   string
	book  *ledger.Book
	store *disk.Store
	sold  ledger.OrderNo
	late  ledger.OrderNo
}

var shopBook = ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes()}

func (s *refundShop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *refundShop) find(_, dir string) (Place, error) {
	return Place{Dir: dir, Book: shopBook, Who: ledger.Actor{Person: "li", Role: ledger.RoleSupervisor, Place: "command"}}, nil
}

func (s *refundShop) open() {
	s.t.Helper()
	store, err := disk.Open(s.dir, disk.Config{})
	s.must(err)
	about := shopBook
	about.TillKey = store.TillKey()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), about)
	s.must(err)
	book.SetAccount(ledger.WeChat, ledger.Account{Merchant: "M", App: "A", QRLife: time.Minute})
	s.book, s.store = book, store
}

func (s *refundShop) close() {
	s.t.Helper()
	s.must(s.book.Close("test"))
	s.must(s.store.Close())
}

func (s *refundShop) settle(digits string) {
	s.t.Helper()
	for _, r := range digits {
		s.must(s.book.Key(r))
	}
	s.must(s.book.Settle(context.Background(), ledger.Trainee, false))
}

func (s *refundShop) attempt() (a ledger.Attempt) {
	s.book.Read(func(state *ledger.State) { a = *state.CurrentSale().Last() })
	return a
}

func (s *refundShop) paid(a ledger.Attempt, began uint64) {
	s.t.Helper()
	s.must(s.book.Report(context.Background(), ledger.Answer{Order: a.Order, Request: ledger.RequestQuery, Class: ledger.ClassPaid, Verified: true,
		Began: began, Named: ledger.Named{Order: a.Order, Amount: a.Amount, Merchant: "M", App: "A", ChannelNo: "4200"}}))
}

// refund gives money back, and has the channel say how that stands.
func (s *refundShop) refund(fen int64, seen int, class ledger.Class) {
	s.t.Helper()
	ctx := context.Background()
	number, err := s.book.Refund(ctx, ledger.Trainee, ledger.RefundWish{Order: s.sold, Amount: ledger.Fen(fen), Why: "brought back", Seen: seen})
	s.must(err)
	began, err := s.book.Sending(ctx, s.sold, number)
	s.must(err)
	s.must(s.book.Report(ctx, ledger.Answer{Order: s.sold, Refund: number, Request: ledger.RequestRefundQuery, Class: class, Verified: true,
		Began: began, Named: ledger.Named{Order: s.sold, Refund: number, Amount: ledger.Fen(fen)}}))
}

// in runs a story in such a shop, in the shop's zone and under fake time, which begins at 2000-01-01 08:00 there.
func inRefundShop(t *testing.T, story func(*refundShop)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, ctx := &refundShop{t: t, dir: dir}, context.Background()
		s.open()
		s.settle("20")
		s.must(s.book.Scan(ctx, ledger.Trainee, ledger.Scan{Text: []byte("134567890123456789"), At: time.Now()}))
		a := s.attempt()
		began, err := s.book.Asking(ctx, a.Order, ledger.RequestPay)
		s.must(err)
		s.paid(a, began)
		s.sold = a.Order
		s.refund(500, 0, ledger.ClassReturned)
		s.close() // hours are long for an open one
		time.Sleep(24 * time.Hour)
		s.open()
		s.refund(600, 1, ledger.ClassReturned)
		s.refund(400, 2, ledger.ClassAbnormal)
		s.settle("66")
		s.must(s.book.Ask(ctx, ledger.Trainee, ledger.WeChat))
		late := s.attempt()
		s.late = late.Order
		s.must(s.book.Stop(ctx, ledger.Trainee)) // before anything was sent: the order is over
		s.paid(late, began)
		s.close()
		story(s)
	})
}

// run calls a command and wants its exit code; it gives what came on stdout, and on stderr.
func (s *refundShop) run(want int, command string, args ...string) (string, string) {
	s.t.Helper()
	var out, errs bytes.Buffer
	args = append(args, "--data-dir", s.dir)
	code := map[string]func() int{
		"day":        func() int { return Day(args, s.find, &out, &errs) },
		"clearing":   func() int { return Clearing(args, s.find, &out, &errs) },
		"exceptions": func() int { return Exceptions(context.Background(), args, s.find, strings.NewReader(""), &out, &errs) },
	}[command]()
	if code != want {
		s.t.Fatalf("%s %v: exit %d, want %d\n%s%s", command, args, code, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func (s *refundShop) day(date string) (report dayReport) {
	s.t.Helper()
	out, _ := s.run(0, "day", "--json", "--date", date)
	s.must(json.Unmarshal([]byte(out), &report))
	return report
}

// TestDayShowsRefunds: a refund counts on the day on which the money went back, and the sale shows it wherever it is.
func TestDayShowsRefunds(t *testing.T) {
	inRefundShop(t, func(s *refundShop) {
		first, second := s.day("2000-01-01"), s.day("2000-01-02")
		if len(first.Totals) != 1 || first.Totals[0] != (dayTotal{Channel: "wechat", Count: 1, Amount: 2000, Refunds: 1, Returned: 500, Net: 1500}) || len(first.Refunds) != 0 {
			t.Errorf("the first day: %+v, %+v", first.Totals, first.Refunds)
		}
		if len(second.Totals) != 1 || second.Totals[0] != (dayTotal{Channel: "wechat", Refunds: 1, Returned: 600, Net: -600}) {
			t.Errorf("the second day: %+v", second.Totals)
		}
		if r := second.Refunds; len(r) != 1 || r[0].Amount != 600 || r[0].Sale != first.Sales[0].Number || r[0].State != "returned" || r[0].Cause != "person" {
			t.Errorf("refunds of the second day: %+v", r)
		}
		sale := first.Sales[0]
		if sale.Returned != 1100 || sale.Going != 400 || len(sale.Attempts[0].Refunds) != 3 {
			t.Fatalf("the sale: %+v", sale)
		}
		for i, want := range []string{"500 returned 2000-01-01", "600 returned 2000-01-02", "400 abnormal "} {
			r := sale.Attempts[0].Refunds[i]
			if got := fmt.Sprintf("%d %s %s", r.Amount, r.State, r.Day); got != want || r.Number != fmt.Sprintf("%sR%02d", s.sold, i+1) || r.Why != "brought back" || r.By != "trainee" {
				t.Errorf("refund %d: %+v", i, r)
			}
		}
		text, _ := s.run(0, "day", "--date", "2000-01-01")
		for _, want := range []string{
			"back         -5.00  wechat    returned   " + string(s.sold) + "R01\n", string(s.sold) + "R02  on 2000-01-02\n",
			"owed         -4.00  wechat    abnormal   " + string(s.sold) + "R03\n", "wechat    1  20.00  refunds 1  -5.00  net 15.00\n",
			"2 exceptions are open: guitai exceptions lists them\n",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		text, _ = s.run(0, "day", "--date", "2000-01-02")
		if !strings.Contains(text, "of other days' sales: 1\n") || !strings.Contains(text, "-6.00  wechat    returned   "+string(s.sold)+"R02\n") ||
			!strings.Contains(text, "wechat    0  0.00  refunds 1  -6.00  net -6.00\n") {
			t.Error(text)
		}
	})
}

// TestExceptionsAreListedAndSettled, by whoever called, and each only once.
func TestExceptionsAreListedAndSettled(t *testing.T) {
	inRefundShop(t, func(s *refundShop) {
		time.Sleep(3 * time.Hour)
		list := func() (rows []exceptionRow) {
			out, _ := s.run(0, "exceptions", "--json")
			s.must(json.Unmarshal([]byte(out), &rows))
			return rows
		}
		rows := list()
		if len(rows) != 2 {
			t.Fatalf("%+v", rows)
		}
		abnormal, late := rows[0], rows[1]
		if abnormal.Kind != "refund-abnormal" || abnormal.Owner != "supervisor" || abnormal.Amount != 400 || abnormal.Refund != string(s.sold)+"R03" ||
			abnormal.Order != string(s.sold) || abnormal.Age != 3*3600 || abnormal.Tail != abnormal.Sale[len(abnormal.Sale)-4:] {
			t.Errorf("%+v", abnormal)
		}
		if late.Kind != "late-money" || late.Owner != "till" || late.Amount != 6600 || late.Order != string(s.late) || late.Refund != "" || !strings.HasPrefix(late.Next, "nothing:") {
			t.Errorf("%+v", late)
		}
		text, _ := s.run(0, "exceptions")
		for _, want := range []string{fmt.Sprintf("%d  3 h  supervisor  …%s  4.00  wechat\n", abnormal.ID, abnormal.Tail), "next: complete it", "2 open; to settle one: guitai exceptions --data-dir " + s.dir + " --resolve ID"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		clears := func(want string) {
			t.Helper()
			if out, _ := s.run(0, "clearing"); !strings.HasSuffix(out, want+"\n") {
				t.Errorf("%s does not end with %s", out, want)
			}
		}
		clears("the channels owe 75.00; late money that has not gone back: 66.00; owed back to customers: 4.00; given back by hand: 0.00")
		before := s.head()
		if _, errs := s.run(1, "exceptions", "--resolve", "9999", "--note", "x"); !strings.Contains(errs, "[NO-EXCEPTION]") || s.head() != before {
			t.Errorf("%q, %d events more", errs, s.head()-before)
		}
		if _, errs := s.run(1, "exceptions", "--resolve", fmt.Sprint(late.ID), "--note", "x", "--returned"); !strings.Contains(errs, "[RETURNING]") {
			t.Error(errs)
		}
		if out, _ := s.run(0, "exceptions", "--resolve", fmt.Sprint(abnormal.ID), "--note", "paid out in cash", "--returned"); !strings.Contains(out, "is settled") {
			t.Error(out)
		}
		clears("owed back to customers: 0.00; given back by hand: 4.00")
		s.run(1, "exceptions", "--resolve", fmt.Sprint(abnormal.ID), "--note", "again")
		if rows := list(); len(rows) != 1 || rows[0].ID != late.ID {
			t.Errorf("%+v", rows)
		}
		if r := s.settled(); r.Note != "paid out in cash" || r.Returned.Fen != 400 || r.Exception != abnormal.ID {
			t.Errorf("%+v", r)
		}
		for _, how := range [][]string{nil, {"--give-back"}} { // it is named until it is back, and goes by itself
			s.run(1, "exceptions", append([]string{"--resolve", fmt.Sprint(late.ID), "--note", "the customer keeps it"}, how...)...)
		}
		if rows := list(); len(rows) != 1 || rows[0].ID != late.ID {
			t.Errorf("%+v", rows)
		}
	})
}

func (s *refundShop) head() (seq uint64) {
	s.events(func(event *ledger.Event) { seq = event.Seq })
	return seq
}

// settled is the one word of a person in the journal, said by who has called.
func (s *refundShop) settled() (found ledger.Resolved) {
	s.events(func(event *ledger.Event) {
		if r, ok := event.Body.(*ledger.Resolved); ok {
			found = *r
			if event.Actor.Person != "li" || event.Actor.Place != "command" {
				s.t.Errorf("said by %+v", event.Actor)
			}
		}
	})
	return found
}

func (s *refundShop) events(each func(*ledger.Event)) {
	s.t.Helper()
	store, err := disk.Open(s.dir, disk.Config{})
	s.must(err)
	s.must(store.Read(1, func(_ uint64, stored []byte) error {
		event, err := ledger.DecodeEvent(stored)
		each(&event)
		return err
	}))
	s.must(store.Close())
}

// TestExceptionsCannotBeSettled where the ledger must not be written, or the call is incomplete.
func TestExceptionsCannotBeSettled(t *testing.T) {
	inRefundShop(t, func(s *refundShop) {
		for _, tt := range []struct{ args, says string }{
			{"--resolve 5", "--resolve needs --note"}, {"--note x", "need --resolve"}, {"--returned", "need --resolve"},
			{"--resolve 0 --note x", "it takes no such value"}, {"--resolve -1 --note x", "it takes no such value"}, {"--resolve 5 --note x --json", "--json is for the list"},
			{"--bogus", "there is no flag --bogus"}, {"more", "unexpected argument"},
		} {
			if _, errs := s.run(2, "exceptions", strings.Fields(tt.args)...); !strings.Contains(errs, tt.says) || !strings.Contains(errs, "guitai exceptions [--json]") {
				t.Errorf("%s: %q", tt.args, errs)
			}
		}
		var rows []exceptionRow
		list, _ := s.run(0, "exceptions", "--json")
		s.must(json.Unmarshal([]byte(list), &rows))
		id := fmt.Sprint(rows[0].ID)
		s.open()
		if _, errs := s.run(2, "exceptions", "--resolve", id, "--note", "x"); !strings.Contains(errs, "leave it first") {
			t.Error(errs)
		}
		s.close()
		copied := t.TempDir()
		s.must(os.CopyFS(copied, os.DirFS(s.dir)))
		s.must(os.Chmod(filepath.Join(copied, "till.key"), 0o600))
		s.must(os.Chmod(filepath.Join(copied, "ledger.key"), 0o600))
		home := s.dir
		s.dir = copied
		if _, errs := s.run(2, "exceptions", "--resolve", id, "--note", "x"); !strings.Contains(errs, "[COPIED]") {
			t.Error(errs)
		}
		s.dir = home
		if out, _ := s.run(0, "exceptions", "--help"); !strings.HasPrefix(out, "guitai exceptions [--json]") {
			t.Error(out)
		}
	})
}

// TestEveryExceptionHasWords: what is not silent has a cause and a next step of its own.
func TestEveryExceptionHasWords(t *testing.T) {
	silent := map[ledger.Note]bool{ledger.NoteStale: true, ledger.NoteCodeStale: true, ledger.NoteRestart: true, ledger.NoteFasterThanCancel: true}
	kinds := map[string]bool{}
	for note := ledger.NoteStale; note <= ledger.NoteStatementMany; note++ {
		word, ok := wordOf(note)
		if ok == silent[note] || ok && (word.kind == "" || word.cause == "" || word.next == "" || kinds[word.kind]) {
			t.Errorf("note %d: %+v", note, word)
		}
		kinds[word.kind] = true
	}
}

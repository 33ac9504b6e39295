package statement

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/ledger/ledgertest"
	"guitai/sync/channel"
)

// mornings is a worker beside a ledger with one payment by WeChat Pay, on the day of the golden file.
type mornings struct {
	*testing.T
	book *ledger.Book
	b    *bringer
	kept shelf
	w    *Worker
}

const goldenDay = ledger.Day(20261127)

func begin(t *testing.T, sells bool) *mornings {
	t.Helper()
	store, pen := ledger.NewMemory(), ledgertest.NewPen(goldenDay)
	entries := []ledgertest.Entry{pen.Opening()}
	if sells {
		_, _, payment := pen.Payment()
		entries = append(entries, payment...)
	}
	if err := store.Append(t.Context(), pen.Write(t, entries...)); err != nil {
		t.Fatal(err)
	}
	return beginAt(t, store)
}

func beginAt(t *testing.T, store ledger.Store) *mornings {
	t.Helper()
	book, err := ledger.OpenBook(context.Background(), store, ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "training", Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close("end") })
	m := &mornings{t, book, &bringer{text: golden(t, "wechat-trade.csv")}, shelf{}, nil}
	m.w = New(book, m.kept.archive(), Config{})
	m.w.Add(m.b)
	return m
}

// at steps until nothing is due, at a time in Beijing, and holds how often the channel was asked by then against what is wanted.
func (m *mornings) at(day, hour, minute, asked int) {
	m.Helper()
	now := time.Date(2026, 11, day, hour, minute, 0, 0, ledger.Shanghai)
	for range 50 {
		if !m.w.Step(m.Context(), now) {
			if m.b.asked != asked {
				m.Fatalf("%v: asked %d times, want %d", now, m.b.asked, asked)
			}
			return
		}
	}
	m.Fatalf("%v: something is due for ever", now)
}

func (m *mornings) state() (state ledger.StatementsState) {
	return m.book.Board().View().Statements[ledger.WeChat].State
}

func (m *mornings) statement() (st ledger.Statement, ok bool) {
	m.book.Read(func(s *ledger.State) {
		st, ok = s.Statement(ledger.StatementKey{Channel: ledger.WeChat, Day: goldenDay, Kind: ledger.StatementTrades})
	})
	return st, ok
}

func (m *mornings) listed(note ledger.Note) (n int) {
	m.book.Read(func(s *ledger.State) {
		for _, x := range s.Exceptions {
			if x.Note == note {
				n++
			}
		}
	})
	return n
}

func TestAStatementIsAskedForFromTen(t *testing.T) {
	m := begin(t, true)
	m.at(27, 23, 59, 0)
	m.at(28, 9, 59, 0)
	m.at(28, 10, 0, 1)
	if st, ok := m.statement(); !ok || !st.Compared || m.state() != ledger.StatementsGood {
		t.Errorf("%+v, %s", st, m.state())
	}
	m.at(28, 12, 0, 1)
}

func TestAStatementThatIsNotReady(t *testing.T) {
	m := begin(t, true)
	m.b.err = channel.ErrNotReady
	m.at(28, 10, 0, 1)
	m.at(28, 10, 9, 1)
	if m.at(28, 10, 10, 2); m.state() != ledger.StatementsAwaited {
		t.Errorf("%s", m.state())
	}
	m.b.err = nil
	m.at(28, 10, 20, 3)
	if _, ok := m.statement(); !ok {
		t.Error("not taken when it was ready")
	}
}

// TestFaultsAreTriedAtAPace: a minute, two, four, up to half an hour.
func TestFaultsAreTriedAtAPace(t *testing.T) {
	m := begin(t, true)
	m.b.err = errors.New("the line is down")
	asked := 0
	for minute := range 120 {
		if minute == 0 || minute == 1 || minute == 3 || minute == 7 || minute == 15 || minute == 31 || minute == 61 || minute == 91 {
			asked++
		}
		m.at(28, 10, minute, asked)
	}
	if m.state() != ledger.StatementsFault {
		t.Errorf("%s", m.state())
	}
}

// TestNoTrades: a channel that says so of a day with payments here may not have made the statement yet; two days later it is named.
func TestNoTrades(t *testing.T) {
	m := begin(t, true)
	m.b.err = channel.ErrNoTrades
	if m.at(28, 10, 0, 1); m.state() != ledger.StatementsAwaited || m.listed(ledger.NoteStatementMissing) != 0 {
		t.Errorf("%s", m.state())
	}
	m.book.Read(func(s *ledger.State) {
		if st := s.Statements(); len(st) != 0 {
			t.Errorf("taken as empty: %+v", st)
		}
	})
	if m.at(29, 12, 0, 3); m.listed(ledger.NoteStatementMissing) != 1 {
		t.Errorf("not named: %d", m.listed(ledger.NoteStatementMissing))
	}
	m.b.err = nil
	m.b.text = golden(t, "wechat-trade.csv")
	w := New(m.book, m.kept.archive(), Config{})
	w.Add(m.b)
	m.w = w
	m.w.Step(t.Context(), time.Date(2026, 11, 29, 13, 0, 0, 0, ledger.Shanghai))
	if m.listed(ledger.NoteStatementMissing) != 0 {
		t.Error("it has come, and is named all the same")
	}

	quiet := begin(t, false)
	quiet.b.err = channel.ErrNoTrades
	if quiet.at(28, 10, 0, 1); quiet.state() != ledger.StatementsAwaited { // the channel may still be making it
		t.Errorf("%s", quiet.state())
	}
	quiet.b.asked = 0
	quiet.w.cfg.Days = 2
	quiet.w.Step(t.Context(), time.Date(2026, 11, 29, 10, 0, 0, 0, ledger.Shanghai))
	if st, ok := quiet.statement(); !ok || !st.Compared || st.File != "" || quiet.state() != ledger.StatementsGood {
		t.Errorf("a day without trades: %+v, %s", st, quiet.state())
	}
}

// TestASalePaidOnTheNextDay stands on that day's statement: a channel that says "no trades" of the day on which it was keyed is right.
func TestASalePaidOnTheNextDay(t *testing.T) {
	store, pen := ledger.NewMemory(), ledgertest.NewPen(goldenDay)
	sale, keyed := pen.Sale()
	for _, entries := range [][]ledgertest.Entry{{pen.Opening(), keyed}, nil} {
		if entries == nil {
			pen.Day = goldenDay.Plus(1)
			order, opened := pen.Attempt(sale)
			entries = []ledgertest.Entry{opened, pen.Asked(order), pen.Answered(order, ledger.Paid)}
		}
		if err := store.Append(t.Context(), pen.Write(t, entries...)); err != nil {
			t.Fatal(err)
		}
	}
	m := beginAt(t, store)
	key := func(day ledger.Day) ledger.StatementKey {
		return ledger.StatementKey{Channel: ledger.WeChat, Day: day, Kind: ledger.StatementTrades}
	}
	if m.w.tookMoney(key(goldenDay)) || !m.w.tookMoney(key(goldenDay.Plus(1))) {
		t.Error("the money is not on the day on which it came")
	}
	m.b.err = channel.ErrNoTrades
	m.w.Step(t.Context(), time.Date(2026, 11, 29, 12, 0, 0, 0, ledger.Shanghai))
	if st, ok := m.statement(); !ok || !st.Compared || m.listed(ledger.NoteStatementMissing) != 0 {
		t.Errorf("%+v, %d named", st, m.listed(ledger.NoteStatementMissing))
	}
}

// TestNothingOfABrokenFileIsBooked, nor of another merchant's.
func TestNothingOfABrokenFileIsBooked(t *testing.T) {
	good := golden(t, "wechat-trade.csv")
	for name, text := range map[string]string{
		"cut":              good[:len(good)/2],
		"another merchant": strings.ReplaceAll(good, "1900000001", "1900000002"),
		"another day":      strings.ReplaceAll(good, "2026-11-27", "2026-11-20"),
		"a page":           "<html>sign in</html>",
	} {
		m := begin(t, true)
		var head ledger.Head
		m.book.Read(func(s *ledger.State) { head = s.Head })
		m.b.text = text
		m.at(28, 10, 0, 1)
		m.book.Read(func(s *ledger.State) {
			if s.Head != head {
				t.Errorf("%s: %d events were written", name, s.Head.Seq-head.Seq)
			}
		})
		if m.state() != ledger.StatementsFault {
			t.Errorf("%s: %s", name, m.state())
		}
	}
}

// TestAFileThatIsGoneIsFetchedOnceMore: a restored folder has the ledger, and not the files; what is still open needs them.
func TestAFileThatIsGoneIsFetchedOnceMore(t *testing.T) {
	m := begin(t, true)
	m.at(28, 10, 0, 1)
	m.book.Read(func(s *ledger.State) {
		if st, _ := s.Statement(ledger.StatementKey{Channel: ledger.WeChat, Day: goldenDay, Kind: ledger.StatementTrades}); st.File == "" {
			t.Fatalf("%+v", st)
		}
	})
	clear(m.kept)
	key := ledger.StatementKey{Channel: ledger.WeChat, Day: goldenDay, Kind: ledger.StatementTrades}
	again := ledger.StatementTaken{Key: key, Source: ledger.SourceFetched, File: fileName(key, ledger.SourceFetched), Hash: ledger.Hash{1}}
	if err := m.book.TakeStatement(t.Context(), ledger.Till, again); err != nil { // taken, and not compared when the power went
		t.Fatal(err)
	}
	m.at(28, 11, 0, 2)
	if st, _ := m.statement(); !st.Compared || len(m.kept) != 1 {
		t.Errorf("%+v, %d files", st, len(m.kept))
	}
}

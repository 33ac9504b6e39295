package statement

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"guitai/ledger"
	"guitai/sync/channel"
)

// bringer is a channel that gives one text for every day, or an error; it counts how often it is asked.
type bringer struct {
	channel.Connector
	text  string
	err   error
	asked int
}

func (b *bringer) Channel() ledger.Channel { return ledger.WeChat }
func (b *bringer) Account() ledger.Account { return ledger.Account{Merchant: "1900000001"} }
func (b *bringer) StatementKinds() []ledger.StatementKind {
	return []ledger.StatementKind{ledger.StatementTrades}
}

func (b *bringer) Statement(_ context.Context, _ ledger.Day, _ ledger.StatementKind, file io.Writer) (channel.StatementFile, error) {
	if b.asked++; b.err != nil {
		return channel.StatementFile{}, b.err
	}
	n, err := io.WriteString(file, b.text)
	return channel.StatementFile{Bytes: uint64(n), Hash: ledger.HashOf([]byte(b.text))}, err
}

// shelf is an archive in memory.
type shelf map[string]string

type shelved struct {
	bytes.Buffer
	keep func(string)
}

func (s *shelved) Keep() error { s.keep(s.String()); return nil }
func (*shelved) Drop()         {}

type lent struct{ *strings.Reader }

func (lent) Close() error { return nil }

func (s shelf) archive() Archive {
	return Archive{
		Seal: func(name string) (Sealing, error) {
			return &shelved{keep: func(text string) { s[name] = text }}, nil
		},
		Open: func(name string) (Kept, error) {
			text, ok := s[name]
			if !ok {
				return nil, fs.ErrNotExist
			}
			return lent{strings.NewReader(text)}, nil
		},
	}
}

// TestOneStatementIsFetched: at its time and not before, once, as whoever has asked for it.
func TestOneStatementIsFetched(t *testing.T) {
	ctx := context.Background()
	book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "sandbox", Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("end")
	b, kept := &bringer{text: golden(t, "wechat-trade.csv")}, shelf{}
	w := New(book, kept.archive(), Config{})
	w.Add(b)
	key, who := ledger.StatementKey{Channel: ledger.WeChat, Day: 20261127, Kind: ledger.StatementTrades}, ledger.Actor{Person: "li", Role: ledger.RoleSupervisor}
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, ledger.Shanghai) }
	fetch := func(now time.Time, want error, asked int) uint64 {
		t.Helper()
		size, err := w.Fetch(ctx, who, key, now)
		if !errors.Is(err, want) || b.asked != asked {
			t.Fatalf("%v, want %v; asked %d times, want %d", err, want, b.asked, asked)
		}
		return size
	}
	fetch(at(27, 23), ErrRunning, 0)
	fetch(at(28, 9), channel.ErrNotReady, 0)
	b.err = channel.ErrNoStatement
	fetch(at(28, 10), channel.ErrNoStatement, 1)
	b.err = nil
	if size := fetch(at(28, 10), nil, 2); size != uint64(len(b.text)) || len(kept) != 1 {
		t.Errorf("%d bytes, %d files", size, len(kept))
	}
	if size := fetch(at(28, 11), nil, 2); size != 0 {
		t.Errorf("fetched again: %d bytes", size)
	}
	if _, err := w.Fetch(ctx, ledger.Trainee, ledger.StatementKey{Channel: ledger.WeChat, Day: 20261126, Kind: ledger.StatementTrades}, at(28, 11)); ledger.ReasonOf(err) != ledger.ReasonNotAllowed {
		t.Errorf("a cashier: %v", err)
	}
}

// TestMissedDays: from the ledger's first day to yesterday, without what was fetched.
func TestMissedDays(t *testing.T) {
	ctx := context.Background()
	book, err := ledger.OpenBook(ctx, ledger.NewMemory(), ledger.NewBoard(), ledger.BookConfig{Till: "T1", Mode: "sandbox", Codes: ledger.DefaultCodes(), TillKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close("end")
	b := &bringer{err: channel.ErrNoTrades}
	w := New(book, shelf{}.archive(), Config{Days: 4})
	w.Add(b)
	first, err := book.FirstDay()
	if err != nil {
		t.Fatal(err)
	}
	later := func(days int) time.Time { return w.Opens(first.Plus(days - 1)) } // the hour at which channels are asked
	missed := func(days, want int) []ledger.StatementKey {
		t.Helper()
		keys, err := w.Missed(later(days))
		if err != nil || len(keys) != want {
			t.Fatalf("%v, %v, want %d", keys, err, want)
		}
		return keys
	}
	missed(0, 0)
	missed(1, 1)
	missed(9, 4) // no further back than is asked for
	key := missed(3, 3)[1]
	if _, err := w.Fetch(ctx, ledger.Till, key, later(3)); err != nil || key.Day != first.Plus(1) {
		t.Fatal(err, key)
	}
	if keys := missed(3, 2); keys[0].Day != first || keys[1].Day != first.Plus(2) {
		t.Error(keys)
	}
}

// TestRecognised: what a file that is brought is, and why it is refused.
func TestRecognised(t *testing.T) {
	ours := map[ledger.Channel]string{ledger.WeChat: "1900000001", ledger.Alipay: "2088000000000001"}
	next := time.Date(2026, 11, 28, 0, 0, 0, 0, ledger.Shanghai)
	for name, tt := range map[string]struct {
		file      string
		day       ledger.Day
		merchants map[ledger.Channel]string
		now       time.Time
		want      error
		is        ledger.Day
	}{
		"wechat":                 {"wechat-trade.csv", 0, ours, next, nil, 20261127},
		"alipay, of its day":     {"alipay-trade.csv", 20261127, ours, next, nil, 20261127},
		"balance":                {"wechat-funds.csv", 0, ours, next, nil, 20261127},
		"another day":            {"alipay-trade.csv", 20261126, ours, next, ErrOtherDay, 0},
		"another merchant":       {"wechat-trade.csv", 0, map[ledger.Channel]string{ledger.WeChat: "1900000002"}, next, ErrOtherMerchant, 0},
		"another channel":        {"wechat-funds.csv", 0, map[ledger.Channel]string{ledger.Alipay: "2088000000000001"}, next, ErrOtherMerchant, 0},
		"before the day's end":   {"wechat-trade.csv", 0, ours, next.Add(-1), ErrRunning, 0},
		"empty, of no day":       {"wechat-empty.csv", 0, ours, next, ErrOtherDay, 0},
		"empty, of the day said": {"wechat-empty.csv", 20261120, ours, next, nil, 20261120},
		"empty, of today":        {"wechat-empty.csv", 20261128, ours, next, ErrRunning, 0},
	} {
		key, _, err := Recognise(strings.NewReader(golden(t, tt.file)), tt.day, tt.merchants, tt.now)
		if !errors.Is(err, tt.want) || err == nil && key.Day != tt.is {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}

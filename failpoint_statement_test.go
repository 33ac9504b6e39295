//go:build failpoints

package main

import (
	"bytes"
	"context"

	"io/fs"
	"time"

	"guitai/ledger"
	"guitai/sync/statement"
)

// A dead process keeps no file: what it still seals is lost with it.
func (m *mortal) archive(kept map[string][]byte) statement.Archive {
	return statement.Archive{
		Seal: func(name string) (statement.Sealing, error) {
			return &inMemory{keep: func(b []byte) {
				if !m.isDead() {
					kept[name] = b
				}
			}}, nil
		},
		Open: func(name string) (statement.Kept, error) {
			if kept[name] == nil {
				return nil, fs.ErrNotExist
			}
			return keptInMemory{bytes.NewReader(kept[name])}, nil
		},
	}
}

// traded sells twice and gives the statement that WeChat Pay has of it, with a payment of nobody.
func (m *mortal) traded() (day ledger.Day, file []byte, orders []ledger.OrderNo) {
	m.t.Helper()
	rows := []ledger.StatementRow{{Kind: ledger.RowTrade, Order: "WEBSHOP0001", ChannelNo: "C1", Amount: 500, Fee: 3}}
	for _, fen := range []int64{1250, 800} {
		m.sells(ledger.Fen(fen).String())
		m.scans(ledger.WeChat)
		order := m.paid(ledger.WeChat)
		if order == "" {
			continue
		}
		orders = append(orders, order)
		rows = append(rows, ledger.StatementRow{Kind: ledger.RowTrade, Order: order, ChannelNo: "C" + string(order), Amount: fen, Fee: (fen*6 + 500) / 1000})
	}
	for i := range rows {
		rows[i].Merchant, rows[i].App, rows[i].Done = "M-wechat", "A-wechat", true
	}
	day = ledger.Calendar{}.Day(time.Now())
	return day, wechatFile(day, rows), orders
}

// reconciled waits until a statement is compared, and holds it against what it has to come to, however often the till has died.
func (m *mortal) reconciled(day ledger.Day, orders []ledger.OrderNo, source ledger.StatementSource, once func(*ledger.Book) error) {
	m.t.Helper()
	key := ledger.StatementKey{Channel: ledger.WeChat, Day: day, Kind: ledger.StatementTrades}
	var st ledger.Statement
	for range 60 {
		m.live()
		book := m.book.Load()
		err := once(book)

		book.Read(func(s *ledger.State) { st, _ = s.Statement(key) })
		if !m.isDead() && err == nil && st.Compared {
			break
		}
		m.after(time.Minute)
	}
	if st.Source != source || st.Matched != uint64(len(orders)) || st.Differences != 1 || st.Ours.Trades != uint64(len(orders)) {
		m.t.Errorf("%+v, want %d rows that agree and one that does not", st, len(orders))
	}
	for _, order := range orders {
		if a := m.order(order); a.Confirmed != source {
			m.t.Errorf("order %s is confirmed by %d", order, a.Confirmed)
		}
	}
	m.tells(func(s *ledger.State) bool {
		listed := 0
		for _, x := range s.Exceptions {
			if x.From == key {
				listed++
			}
		}
		if listed != 1 {
			m.t.Errorf("%d entries about the statement", listed)
		}
		return true
	})
	m.look()
}

func init() {
	stories = append(stories,
		story{"a day's statement is fetched and compared", func(m *mortal) {
			day, file, orders := m.traded()
			kept := map[string][]byte{}
			m.after(26 * time.Hour) // from eight in the morning until ten on the next day
			m.reconciled(day, orders, ledger.SourceFetched, func(book *ledger.Book) error {
				worker := statement.New(book, m.archive(kept), statement.Config{Days: 1})
				worker.Add(&filed{account: m.banks[ledger.WeChat].Account(), day: day, file: file})
				for !m.isDead() && worker.Step(context.Background(), time.Now()) {
				}
				return nil
			})
		}},
		story{"a statement that somebody brings is compared", func(m *mortal) {
			day, file, orders := m.traded()
			kept := map[string][]byte{}
			m.after(17 * time.Hour) // a day that has ended
			m.reconciled(day, orders, ledger.SourceImported, func(book *ledger.Book) error {
				worker := statement.New(book, m.archive(kept), statement.Config{})
				_, err := worker.Import(context.Background(), supervisor, bytes.NewReader(file), 0, map[ledger.Channel]string{ledger.WeChat: "M-wechat"})
				return err
			})
		}},
	)
}

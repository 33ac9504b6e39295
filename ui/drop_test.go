package ui

import (
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// TestASaleIsGivenUpForAReason: one digit; Esc keeps it, and a code that comes while the till asks is charged.
func TestASaleIsGivenUpForAReason(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("x")
		r.sees("[NO-SALE]")
		r.key("5", "enter", "x")
		r.sees("Why is the sale of ¥5.00", "1 the customer does not want it", "A digit gives it up; Esc keeps it")
		r.key("9", "esc")
		if _, ok := r.sale(); !ok {
			t.Fatal("the sale is gone")
		}
		r.key("x", "2")
		if _, ok := r.sale(); ok {
			t.Fatal("the sale is still there")
		}
		rows, err := r.book.Lookup().DaySales(r.book.Today())
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		events, err := r.book.Story(&rows[0])
		if err != nil {
			t.Fatal(err)
		}
		if dropped, ok := events[len(events)-1].Body.(*ledger.SaleDropped); !ok || dropped.Why != ledger.DropAmount {
			t.Fatalf("%+v", events)
		}
		r.key("p")
		if keyed := r.book.Draft().Keyed; keyed.String() != "5.00" {
			t.Fatal(keyed)
		}
		r.key("enter", "x")
		if err := r.scan(wechatPay); err != nil {
			t.Fatal(err)
		}
		r.asked(ledger.RequestPay)
		r.key("1")
		if sale, ok := r.sale(); !ok || len(sale.Attempts) != 1 {
			t.Fatalf("%+v", sale)
		}
	})
}

// TestTheScreenGoesToTraining: with a second person's PIN, and the till ends with word of it; in training it says that it is on.
func TestTheScreenGoesToTraining(t *testing.T) {
	withStaff(t, Config{}, func(cfg *ledger.BookConfig, _ *Options) { cfg.Seconds.Training = true }, func(r *robot) {
		r.signIn("3", "wang")
		r.key("y")
		r.sees("A second person has to agree", "This screen goes to training.")
		r.key("esc", "y", "2")
		r.sees("Name: li")
		r.pin("li")
		r.key("enter")
		if !r.app.trains || !r.quit {
			t.Fatal("the screen stays")
		}
	})
	withRobot(t, Config{Lang: assets.En}, func(r *robot) {
		r.key("y")
		r.sees("This is training already.")
	})
}

package ui

import (
	"testing"
	"time"

	"guitai/ledger"
)

// TestPlainTenders: cash in parts with change, a slip, hold and back, a note, and the word that something was wrong.
func TestPlainTenders(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("m")
		p.hears("NOT DONE", "[NO-SALE]")
		p.line("8", "m")
		p.hears("QUESTION", "Take just ¥8.00 in cash?", "yes takes it")
		p.line("no", "m")
		if sale, _ := p.sale(); len(sale.Tenders) > 0 {
			t.Fatal("one letter has taken money")
		}
		p.sleep(time.Second)
		p.line("yes")
		p.hears("PAID", "¥8.00")
		p.line("30", "m 10")
		p.hears("PART PAID", "Still to pay ¥20.00", "do not hand over")
		p.line("b waits Outside")
		p.hears("TILL", "Your note is with the sale")
		p.line("g")
		p.hears("READY.")
		p.line("v")
		p.hears("PART PAID", "¥30.00")
		p.line("m card")
		p.hears("NOT DONE", "[TENDER-NUMBER]")
		p.line("m card 4217")
		sale, _ := p.sale()
		if !sale.Settled() || sale.Tenders[1].Number != "4217" || sale.Note != "waits Outside" {
			t.Fatalf("%+v", sale)
		}
		p.hears("PAID", "¥30.00", "hand over")
		p.line("12.5", "m 50")
		p.hears("PAID", "Change ¥37.50")
		p.line("u")
		p.hears("TILL", "something was wrong with this sale")
		p.line("")
		p.hears("READY.", "Last sale")
		p.line("8", "m transfer")
		p.hears("TRANSFER NOT SEEN")
		if sale, _ := p.sale(); sale.Tenders[0].Kind != ledger.Transfer {
			t.Fatalf("%+v", sale)
		}
		p.line("m x")
		p.hears("NOT DONE")
	})
}

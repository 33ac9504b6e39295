package ui

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// onPaper is the line mode at a till that is open already, until end.
func onPaper(r *robot, opts Options) (p *plainRobot, end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	in, keys := io.Pipe()
	p = &plainRobot{robot: r, paper: &paper{}, keys: keys, end: cancel, ended: make(chan error, 1)}
	opts.Book, opts.In, opts.Out = r.book, in, p.paper
	opts.Getenv = func(name string) string { return map[string]string{"TERM": "dumb", "LANG": "en_US.UTF-8"}[name] }
	go func() { p.ended <- performPlain(ctx, Config{Lang: assets.En}, opts, true) }()
	r.pump()
	return p, func() {
		cancel()
		in.Close()
		<-p.ended
		p.harmless()
	}
}

// TestPlainPeople: signing in, a wrong PIN, a sale, a second person's consent, the lock by hand and by itself, and a change of
// cashier by a badge, by lines alone; nothing of a PIN is on the paper.
func TestPlainPeople(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		p, end := onPaper(r, Options{LockAfter: 10 * time.Minute})
		defer end()
		p.hears("SIGN IN", "Who works here?", "type the number before the name")
		p.line("12.5")
		if _, sold := r.sale(); sold {
			t.Fatal("something was sold before anybody signed in")
		}
		p.line("3")
		p.hears("SIGN IN", "wang: the next line is the PIN; it is not shown")
		p.line("0000")
		p.hears("NOT DONE", "[PIN-WRONG]")
		p.line("7391")
		p.hears("SIGN IN", "wang works here now.")
		order := p.pay("12.5", wechatPay).Order
		p.line("r 12.5", "all", "1", "yes")
		p.hears("CONSENT", "Give ¥12.50 back by WeChat", "A second person has to agree")
		p.line("2")
		p.hears("CONSENT", "li: the next line is the PIN")
		p.line("860412")
		if refund := p.refunds(order, 1)[0]; refund.Actor.Approver != "li" {
			t.Fatalf("%+v", refund)
		}
		p.line("l")
		p.hears("LOCKED", "wang: the next line is the PIN")
		p.line("a", "")
		p.hears("LOCKED", "Who works here?")
		p.line("3", "7391")
		p.hears("SIGN IN", "wang works here now.")
		p.sleep(11 * time.Minute)
		p.hears("LOCKED", "wang: the next line is the PIN")
		p.line("", "2", "860412")
		p.hears("SIGN IN", "li works here now.")
		if err := r.scan(wangBadge); err != nil {
			t.Fatal(err)
		}
		p.hears("SIGN IN", "wang: the next line is the PIN")
		p.line("7391")
		p.hears("SIGN IN", "wang works here now.")
		for person, pin := range pins {
			if strings.Contains(p.paper.all(), pin) {
				t.Errorf("%s's PIN is on the paper", person)
			}
		}
		if got := r.book.At(placeConsole); got != (ledger.Actor{Person: "wang", Role: ledger.RoleCashier, Place: placeConsole}) {
			t.Fatalf("%+v", got)
		}
	})
}

// TestPlainPINKeyedAgain: a line that may be the PIN once more is thrown away; every other one means what it always does.
func TestPlainPINKeyedAgain(t *testing.T) {
	for typed, want := range map[string]int64{"7391\r": 0, "7391\r7391\r": 0, "12.5\r": 1250, "125\r": 12500, "7391\r5\r": 500, "m\r1250\r": 125000} {
		withStaff(t, Config{}, func(b *ledger.BookConfig, o *Options) { o.LockAfter, b.AskAbove = 0, 0 }, func(r *robot) {
			p, end := onPaper(r, Options{})
			defer end()
			p.line("3")
			for _, char := range "7391\r" + typed {
				io.WriteString(p.keys, string(char))
				if char != '\r' {
					p.sleep(120 * time.Millisecond)
				}
			}
			p.sleep(time.Second)
			if strings.HasPrefix(typed, "7391") {
				p.hears("NOT DONE", "That came too fast after a PIN and was thrown away.")
			}
			if sale, _ := r.sale(); sale.Amount.Fen != want {
				t.Errorf("%q became %s", typed, sale.Amount)
			}
			if text := p.paper.all(); strings.Contains(text, "7391") || strings.Contains(text, "7,391") {
				t.Errorf("the PIN is on the paper:\n%s", text)
			}
		})
	}
}

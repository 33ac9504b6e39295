package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// look compares the screen with the ledger, and the ledger with the channels.
func (w *whole) look() {
	w.tally.Looks++
	if err := w.glass.strange; err != nil {
		w.breaks("screen", "%v", err)
	}
	select {
	case err := <-w.till.ended:
		w.till.ended <- err
		w.breaks("panic", "the screen has ended: %v", err)
		return
	default:
	}
	sales := w.sides.look()
	if qr := w.currentQR(); qr != "" && !slices.Contains(w.shown, qr) {
		w.shown = append(w.shown, qr)
	}
	problem := ""
	var rows []string
	for range 5 { // what has changed at this instant is on the screen a few frames later
		rows = w.glass.rows()
		if problem = w.paidIsTrue(rows, sales); problem != "" {
			break
		}
		if problem = w.agrees(rows); problem == "" {
			w.paper.look(w, false)
			return
		}
		w.rest(50 * time.Millisecond)
		sales = w.sides.sales()
	}
	w.breaks("screen", "%s\n%s", problem, strings.Join(rows, "\n"))
}

func (w *whole) currentQR() (qr string) {
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil && sale.Last() != nil && sale.Last().State == ledger.Waiting {
			qr = sale.Last().QR
		}
	})
	return qr
}

// paidIsTrue is M3 and M8 on the screen: PAID stands there only for a sale that is paid in the ledger and at the channel.
func (w *whole) paidIsTrue(rows []string, sales []ledger.Sale) (problem string) {
	tail := tailOn(rows, w.words)
	if tail == "" || !slices.Contains(banners(rows, w.words), ledger.Paid) {
		return ""
	}
	held := w.held()
	for i := range sales {
		paid := sales[i].Paid()
		came := paid == nil && sales[i].Settled() || paid != nil && held[paid.Order].paid == paid.Amount.Fen
		came = came && (sales[i].Settled() || !hasBanner(rows, "✔ "+w.words.States[ledger.Paid].Word)) // a part may be said to have gone back
		if sales[i].ID.Tail() == tail && came && showsAmountOf(rows, &sales[i]) {
			return ""
		}
	}
	return "PAID is on the screen, and no paid sale of the ledger has tail " + tail + " and this amount"
}

// agrees compares the whole screen with the ledger: it names a next key (V2), and shows the current sale as it is.
func (w *whole) agrees(rows []string) (problem string) {
	if w.glass.width < 60 || w.glass.height < 20 {
		return ""
	}
	if !slices.ContainsFunc(rows, func(row string) bool { _, next, ok := strings.Cut(row, "▶ "); return ok && next != "" }) && !w.hasWholeQR(rows) {
		return "no next key is named"
	}
	broken, drafts := w.till.book.Err() != nil, !w.till.book.Draft().Keyed.Empty()
	if broken || drafts || w.covered(rows) {
		return ""
	}
	var current *ledger.Sale
	w.till.book.Read(func(s *ledger.State) {
		if sale := s.CurrentSale(); sale != nil {
			c := *sale
			c.Attempts = slices.Clone(sale.Attempts)
			current = &c
		}
	})
	tail, found := tailOn(rows, w.words), banners(rows, w.words)
	if current == nil {
		if tail != "" || len(found) > 0 {
			return fmt.Sprintf("no sale is open, and the screen shows tail %s, %v", tail, found)
		}
		return ""
	}
	if tail != current.ID.Tail() {
		return fmt.Sprintf("sale %s is open, and the screen shows tail %q", current.ID.Tail(), tail)
	}
	if !showsAmountOf(rows, current) { // M9
		return fmt.Sprintf("the amount %s is not on the screen", current.Amount)
	}
	return w.bannerAgrees(rows, current, found)
}

// showsAmountOf: of a sale in parts the screen may show what is due, the change, or what the channel is asked for.
func showsAmountOf(rows []string, sale *ledger.Sale) bool {
	may := []ledger.Money{sale.Amount}
	if n := len(sale.Tenders); n > 0 {
		may = append(may, ledger.Fen(sale.Due()), sale.Tenders[n-1].Change)
	}
	if at := sale.Last(); at != nil && at.Amount != sale.Amount {
		may = append(may, ledger.Fen(sale.Due()), at.Amount)
	}
	return slices.ContainsFunc(may, func(m ledger.Money) bool { return showsAmount(rows, "¥"+m.String()) })
}

func (w *whole) bannerAgrees(rows []string, current *ledger.Sale, found []ledger.AttemptState) (problem string) {
	at := current.Shown()
	switch {
	case len(current.Tenders) > 0 || at != nil && at.Amount != current.Amount: // other words, which its own tests look at
	case w.hasWholeQR(rows):
		if at == nil || at.State != ledger.Waiting {
			return "a whole QR is on the screen, and nobody is to scan one"
		}
	case at == nil && len(found) > 0:
		return fmt.Sprintf("nothing was asked, and the screen shows %v", found)
	case at != nil && (len(found) != 1 || found[0] != at.State):
		return fmt.Sprintf("sale %s is %s, and the screen shows %v", current.ID.Tail(), at.State, found)
	case at != nil && hasBanner(rows, "↩ "+w.words.Refund.PaidFull.Word) && w.held()[at.Order].kept() != 0:
		return "the screen says that all of the money went back, and the channel keeps some"
	case at != nil:
		w.tally.Shown[at.State.String()]++
	}
	return ""
}

// covered reports whether another screen lies over the sale.
func (w *whole) covered(rows []string) bool {
	for _, title := range []string{w.words.DayTitle, w.words.HelpTitle, w.words.CodeTitle, w.words.TestTitle, w.words.Refund.FindTitle, w.words.Refund.Title, w.words.Exception.Title, w.words.Tender.DropTitle} {
		title, _, _ = strings.Cut(title, "{")
		if slices.ContainsFunc(rows[1:min(8, len(rows))], func(row string) bool { return strings.HasPrefix(strings.TrimSpace(row), strings.TrimSpace(title)) }) {
			return true
		}
	}
	return false
}

func (w *whole) hasWholeQR(rows []string) bool {
	return len(rows) > 0 && strings.Contains(rows[0], assets.Fill(w.words.QRBack, "zoom", "F7"))
}

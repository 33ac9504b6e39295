package ui

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// hold takes the sale on the screen away for later.
func (a *App) hold() tea.Cmd {
	if !a.scene.draft.Empty() { // the sale before is not what the cashier looks at
		a.say(note{sentence: a.words.Draft})
		return nil
	}
	actor := a.actor
	return a.intendThen(actHold, func(ctx context.Context) error { return a.book.Hold(ctx, actor) }, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.say(note{sentence: a.words.Tender.IsHeld})
		}
		return nil
	})
}

// heldScreen lists the sales that wait, oldest first, and brings the chosen one back.
type heldScreen struct {
	sales []ledger.Sale
	head  uint64
	pick  picked
}

func (a *App) openHeld() {
	l := &heldScreen{}
	l.read(a)
	a.push(l)
}

func (*heldScreen) place() place             { return atHeld }
func (*heldScreen) leave()                   {}
func (*heldScreen) typed(*App, rune) tea.Cmd { return nil }
func (*heldScreen) next(a *App) string       { return a.words.Tender.HeldNext }

// read takes them from the working set, which is in memory.
func (l *heldScreen) read(a *App) {
	l.sales, l.head = l.sales[:0], a.scene.head
	a.book.Read(func(s *ledger.State) {
		for _, sale := range s.Held() {
			l.sales = append(l.sales, copied(sale))
		}
	})
	l.pick.keep(l.keys())
}

func (l *heldScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if l.head < a.scene.head {
		l.read(a)
	}
	return nil
}

func (l *heldScreen) keys() []string {
	keys := make([]string, len(l.sales))
	for i := range l.sales {
		keys[i] = string(l.sales[i].ID)
	}
	return keys
}

func (l *heldScreen) act(a *App, do action) tea.Cmd {
	if do != actEnter {
		l.pick.move(do, a.page(), l.keys())
		return nil
	}
	if int(l.pick.at) >= len(l.sales) {
		return nil
	}
	id := l.sales[l.pick.at].ID
	actor := a.actor
	return a.intendThen(actHeld, func(ctx context.Context) error { return a.book.Resume(ctx, actor, id) }, func(a *App, err error) tea.Cmd {
		if err == nil && a.top() == screen(l) {
			a.pop()
		}
		return nil
	})
}

func (l *heldScreen) draw(a *App, width, height int) []string {
	w := &a.words.Tender
	rows := []string{a.palette.bold.Render(a.put(w.HeldTitle, "n", strconv.Itoa(len(l.sales)))), ""}
	if len(l.sales) == 0 {
		return append(rows, w.HeldNone)
	}
	from, to, more := l.pick.at.window(a, len(l.sales), height-len(rows), true)
	for i := from; i < to; i++ {
		s := &l.sales[i]
		text := a.put(w.HeldLine, "time", a.ago(s.OpenedAt), "tail", s.ID.Tail(), "amount", s.Amount.String(), "due", ledger.Fen(s.Due()).String())
		if s.Note != "" {
			text += " · " + clean(s.Note, width)
		}
		rows = append(rows, a.chosen(i == int(l.pick.at), text, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

// memoScreen writes a note on the sale that was on the screen when it was opened.
type memoScreen struct {
	wish ledger.NoteWish
}

// noteWish is a note on the sale on the screen; a sale that is paid stays there until the next one is settled.
func (a *App) noteWish() (wish ledger.NoteWish, ok bool) {
	if !a.scene.hasSale {
		a.say(a.noteFor(ledger.ReasonNoSale, ""))
		return wish, false
	}
	wish.Sale = a.scene.sale.ID
	if at := a.scene.sale.Last(); at != nil {
		wish.Order = at.Order
	}
	return wish, true
}

func (a *App) openMemo() {
	if wish, ok := a.noteWish(); ok {
		a.push(&memoScreen{wish: wish})
	}
}

// saysWrong puts the sale on the supervisor's list with one key.
func (a *App) saysWrong() tea.Cmd {
	wish, ok := a.noteWish()
	if !ok {
		return nil
	}
	wish.Wrong = true
	actor := a.actor
	return a.intendThen(actWrong, func(ctx context.Context) error { return a.book.Note(ctx, actor, wish) }, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.say(note{sentence: a.words.Tender.IsWrong})
		}
		return nil
	})
}

func (*memoScreen) place() place             { return atMemo }
func (*memoScreen) leave()                   {}
func (*memoScreen) typed(*App, rune) tea.Cmd { return nil }
func (*memoScreen) next(a *App) string       { return a.words.Tender.MemoNext }

// sees takes scans away while words are written: they are kept for ever.
func (m *memoScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (m *memoScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

func (m *memoScreen) wrote(a *App, text string) tea.Cmd {
	m.wish.Text = a.more(m.wish.Text, text, noteMax)
	return nil
}

func (m *memoScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actBack:
		m.wish.Text = less(m.wish.Text)
	case do != actEnter:
	case strings.TrimSpace(m.wish.Text) == "":
		a.say(a.noteFor(ledger.ReasonNoNote, ""))
	case a.namesCode(m.wish.Text):
		m.wish.Text = ""
		a.say(note{sentence: a.words.Refund.CodeTyped})
	default:
		wish := m.wish
		actor := a.actor
		return a.intendThen(actMemo, func(ctx context.Context) error { return a.book.Note(ctx, actor, wish) }, func(a *App, err error) tea.Cmd {
			if err == nil && a.top() == screen(m) {
				a.pop()
				a.say(note{sentence: a.words.Tender.Noted})
			}
			return nil
		})
	}
	return nil
}

func (m *memoScreen) draw(a *App, width, height int) []string {
	rows := []string{a.palette.bold.Render(a.put(a.words.Tender.MemoWhat, "tail", m.wish.Sale.Tail())), ""}
	text := wrap("▶ "+clean(m.wish.Text, noteMax)+"_", width, 8)
	for _, row := range text[max(0, len(text)-max(height-2, 1)):] {
		rows = append(rows, shy(m.wish.Text, row))
	}
	return rows
}

package ui

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// talkMax and askMax bound, in characters, a line of talk and why something is asked for: the Book cuts longer ones.
const talkMax, askMax = 200, 80

// leftTold is from how few characters on it is said how many are left.
const leftTold = 40

// moreOf is more for words that the Book bounds in characters.
func (a *App) moreOf(words, text string, most int) string {
	if utf8.RuneCountInString(words+text) > most {
		a.say(note{sentence: a.words.Refund.LongText})
		return words
	}
	return words + text
}

// left says how many characters there is room for; empty while there are many.
func (a *App) left(words string, most int) string {
	n := most - utf8.RuneCountInString(words)
	if n > leftTold {
		return ""
	}
	return a.palette.faint.Render("  " + a.put(a.words.Guest.TalkLeft, "n", strconv.Itoa(n)))
}

// talkScreen shows what was said between the counter and those inside, the newest last, and takes a line. It is the same at both ends.
type talkScreen struct {
	text string
}

// openTalk opens what there is to say: what a visitor asks for first, the talk otherwise, and where nobody is inside what was said last,
// and then a ring for support.
func (a *App) openTalk() tea.Cmd {
	at := a.top().place()
	_, talks := a.top().(*talkScreen)
	switch {
	case a.guest == nil && len(a.scene.visits) == 0 && at == atRing:
	case a.guest == nil && len(a.scene.visits) == 0 && (talks || len(a.said()) == 0):
		return a.openRing()
	case a.guest == nil && len(a.scene.wishes) > 0 && at != atHand:
		a.push(&handScreen{wish: a.scene.wishes[0], opened: a.now})
	default:
		if at == atHand {
			a.pop()
		}
		if _, open := a.top().(*talkScreen); !open { // the one under a wish
			a.push(&talkScreen{})
		}
		a.listened()
	}
	return nil
}

func (*talkScreen) place() place             { return atTalk }
func (*talkScreen) leave()                   {}
func (*talkScreen) typed(*App, rune) tea.Cmd { return nil }

func (t *talkScreen) next(a *App) string {
	if a.guest == nil && len(a.scene.visits) == 0 {
		return a.words.Guest.TalkGoneNext
	}
	return a.words.Guest.TalkNext
}

// sees takes scans away while words are written: they leave the shop.
func (t *talkScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	a.stray(p.scan)
	return true, nil
}

func (t *talkScreen) suspected(a *App) { a.say(note{sentence: a.words.Refund.Stray}) }

func (t *talkScreen) wrote(a *App, text string) tea.Cmd {
	t.text = a.moreOf(t.text, text, talkMax)
	return nil
}

func (t *talkScreen) act(a *App, do action) tea.Cmd {
	switch {
	case do == actBack:
		t.text = less(t.text)
	case do == actEnter && strings.TrimSpace(t.text) != "":
		return a.intendThen(actTalk, a.saying(t.text), func(a *App, err error) tea.Cmd {
			if reason := ledger.ReasonOf(err); err == nil || reason == ledger.ReasonTextSecret {
				t.text = ""
			}
			return nil
		})
	}
	return nil
}

// saying is the intent that says a line, from whichever end.
func (a *App) saying(text string) func(context.Context) error {
	book, actor := a.book, a.actor
	if a.guest != nil {
		visit := a.guest.visit
		return func(ctx context.Context) error { return book.SayVisitor(ctx, visit, text) }
	}
	return func(ctx context.Context) error { return book.Say(ctx, actor, text) }
}

// hear counts what is in sight as read.
func (t *talkScreen) hear(a *App, _ tea.Msg) tea.Cmd {
	if a.top() == screen(t) {
		a.listened()
	}
	return nil
}

func (t *talkScreen) draw(a *App, width, height int) []string {
	w := &a.words.Guest
	head := w.TalkGuest
	switch {
	case a.guest == nil && len(a.scene.visits) == 0: // the screen stays: what is typed on must not reach the sale
		if head = w.PlainNobody; len(a.said()) > 0 {
			head = w.TalkGone
		}
	case a.guest == nil:
		head = a.put(w.TalkTitle, "person", a.insideNames())
	}
	rows := []string{a.palette.bold.Render(cut(head, width))}
	if a.guest == nil && len(a.scene.wishes) > 0 {
		one := &a.scene.wishes[0]
		rows = append(rows, a.palette.inside.Render(pad("? "+a.put(w.TalkHand, "person", clean(one.Person, 24), "text", a.wishSays(one)), width)))
	}
	typed := wrap("▶ "+clean(t.text, 2*talkMax)+"_", width, 8)
	for i := range typed {
		typed[i] = shy(t.text, typed[i])
	}
	said := a.talkRows(width)
	room := max(height-len(rows)-len(typed)-1, 0)
	said = said[max(0, len(said)-room):]
	rows = append(append(rows, said...), a.left(t.text, talkMax))
	return append(rows, typed...)
}

// insideNames names who is inside.
func (a *App) insideNames() string {
	var names []string
	for i := range a.scene.visits {
		names = append(names, clean(a.scene.visits[i].Person, 24))
	}
	return strings.Join(names, " · ")
}

// talkRows are the lines of talk, the newest last.
func (a *App) talkRows(width int) (rows []string) {
	said := a.said()
	if len(said) == 0 {
		return []string{a.words.Guest.TalkNone}
	}
	for i := range said {
		l := &said[i]
		before := a.book.Calendar().In(l.At).Format(time.TimeOnly) + "  " + pad(a.speaker(l), whoWide) + "  "
		for _, row := range wrap(clean(l.Text, 4*width), width-wide(before), 6) {
			rows = append(rows, cut(before+row, width))
			before = strings.Repeat(" ", wide(before))
		}
	}
	return rows
}

// speaker is who has said a line; one of the counter is marked, because people of the shop may look in, too.
func (a *App) speaker(l *ledger.TalkLine) string {
	if l.Visit == 0 {
		return cut("□ "+clean(l.Person, whoWide), whoWide)
	}
	return cut("▲ "+clean(l.Person, whoWide), whoWide)
}

package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// findScreen finds a past sale: among a day's paid ones, newest first, narrowed by what is typed; or by a long number on the
// customer's bill, on whatever day it was. A customer's payment code finds nothing: it is wiped, and never charged from here.
type findScreen struct {
	dayRows
	text []byte // what is typed: digits, ".", ":" and the letters of order numbers; capacity findMax
	pick picked
	hits []*ledger.Row // the rows that fit, newest first
	open bool          // an Enter came before any row did: it means the row that will be marked
}

const (
	findMax  = 64
	findLong = 10 // from so many characters on it is a number on a bill: an amount has 10 at most, and then a point
)

// errNotFound: this till has no such sale.
var errNotFound = errors.New("no sale of this number")

func (a *App) openFind() tea.Cmd {
	f := &findScreen{text: make([]byte, 0, findMax)}
	a.push(f)
	return f.load(a)
}

func (*findScreen) place() place { return atFind }
func (f *findScreen) leave()     { f.forget() }

// forget wipes what was typed.
func (f *findScreen) forget() {
	clear(f.text[:cap(f.text)])
	f.text = f.text[:0]
}

func (f *findScreen) long() bool {
	return len(f.text) >= findLong && !strings.ContainsAny(string(f.text), ".:")
}

func (f *findScreen) typed(a *App, char rune) tea.Cmd {
	switch {
	case char >= 0x80 || !isNumberChar(byte(char)):
	case len(f.text) == findMax:
		a.say(note{sentence: a.words.Refund.LongText})
	default:
		f.text = append(f.text, upper(byte(char)))
		f.narrow(a)
	}
	return nil
}

func isNumberChar(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == ':' || c >= 'a' && c <= 'z'
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// payCode says that a text is a customer's payment code; ok is false when it is none. The text is not kept.
func (a *App) payCode(text []byte) (says assets.Sentence, ok bool) {
	code, channel, err := a.codes.Classify(text)
	code.Wipe()
	var refusal *ledger.Refusal
	name := a.words.Channels[channel]
	switch errors.As(err, &refusal); {
	case err == nil:
	case refusal == nil:
		return says, false
	default:
		switch refusal.Looks {
		case ledger.LooksRealCode, ledger.LooksUnionPay, ledger.LooksECNY, ledger.LooksOther, ledger.LooksEMVCo:
			name = a.words.Looks[refusal.Looks]
		default:
			return says, false
		}
	}
	says = a.words.Refund.PayCode
	says.Says = a.put(says.Says, "channel", name)
	return says, true
}

// shownNumber is what is typed, as it may be seen: digits that begin as payment codes do are hidden, because nobody knows yet where they end.
func (a *App) shownNumber(text []byte) string {
	const sure = 6 // a tail or an amount, so far
	shown := cleanCode(string(text), findMax)
	if len(text) == 0 || digits(string(text)) < len(text) {
		return shy(string(text), shown)
	}
	for _, rule := range a.codes {
		if n := min(len(text), 2); rule.First[:n] <= string(text[:n]) && string(text[:n]) <= rule.Last[:n] {
			if len(text) > sure {
				shown = strings.Repeat("*", len(text))
			}
			return secret(shown)
		}
	}
	return shy(string(text), shown)
}

// sees takes scans: a number on a bill is looked up, everything else refused.
func (f *findScreen) sees(a *App, p press) (taken bool, cmd tea.Cmd) {
	if p.scan == nil {
		return false, nil
	}
	defer p.scan.Wipe()
	if says, ok := a.payCode(p.scan.Text); ok {
		a.say(note{sentence: says})
		return true, nil
	}
	f.forget()
	for _, c := range p.scan.Text {
		if c = low(c); isNumberChar(c) && len(f.text) < findMax {
			f.text = append(f.text, upper(c))
		}
	}
	f.narrow(a)
	return true, f.lookUp(a)
}

// suspected: a serial scanner has read half a payment code.
func (f *findScreen) suspected(a *App) {
	says := a.words.Refund.PayCode
	says.Says = a.put(says.Says, "channel", a.words.Looks[ledger.LooksShort])
	a.say(note{sentence: says})
}

func (f *findScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actBack:
		if n := len(f.text); n > 0 {
			f.text[n-1] = 0
			f.text = f.text[:n-1]
			f.narrow(a)
		}
	case actDayBack:
		return f.turn(a, -1)
	case actDayOn:
		return f.turn(a, 1)
	case actEnter:
		if says, ok := a.payCode(f.text); ok { // typed by hand, and only now known to be whole
			f.forget()
			f.narrow(a)
			a.say(note{sentence: says})
			return nil
		}
		if f.long() {
			return f.lookUp(a)
		}
		if f.open = f.day == 0 && f.reading; f.open {
			return nil
		}
		if int(f.pick.at) < len(f.hits) {
			return a.openRow(f.day, f.hits[f.pick.at].Sale)
		}
	default:
		f.pick.move(do, a.page(), f.keys())
	}
	return nil
}

// turn goes to another day, not beyond the running one.
func (f *findScreen) turn(a *App, days int) tea.Cmd {
	if f.day == 0 || f.reading {
		return nil
	}
	to := shift(f.day, days)
	if f.want == 0 && days > 0 {
		return nil
	}
	f.want, f.pick = to, picked{}
	if to >= runningDay(a.book) {
		f.want = 0
	}
	return f.load(a)
}

// lookUp finds the sale of a number on a bill.
func (f *findScreen) lookUp(a *App) tea.Cmd {
	number := string(f.text) // not a payment code: that was asked before
	return a.openSale(func(ctx context.Context) (ledger.Sale, ledger.OrderNo, error) {
		return saleOfNumber(ctx, a.book, number)
	})
}

func (f *findScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	fresh, cmd := f.hears(a, msg)
	if fresh {
		f.narrow(a)
	}
	if f.open && f.day != 0 {
		f.open = false
		return tea.Batch(cmd, f.act(a, actEnter), a.catchUp())
	}
	return cmd
}

// waits keeps the keys behind an Enter that is waiting itself.
func (f *findScreen) waits() bool { return f.open }

// narrow finds the paid rows that fit what is typed.
func (f *findScreen) narrow(a *App) {
	f.hits = f.hits[:0]
	for i := len(f.rows) - 1; i >= 0; i-- {
		if r := &f.rows[i]; (r.Paid != "" || r.Tender != 0) && fits(r, string(f.text), a.book.Calendar()) {
			f.hits = append(f.hits, r)
		}
	}
	f.pick.keep(f.keys())
}

// fits reports whether a row has the typed digits in its tail, or an amount or time that begins with them.
func fits(r *ledger.Row, text string, calendar ledger.Calendar) bool {
	if strings.Contains(text, ":") {
		clock := calendar.In(r.OpenedAt).Format(time.TimeOnly)
		return strings.HasPrefix(clock, text) || strings.HasPrefix(clock, "0"+text)
	}
	return strings.Contains(r.Sale.Tail(), text) || strings.HasPrefix(r.Amount.String(), text)
}

func (f *findScreen) keys() []string {
	keys := make([]string, len(f.hits))
	for i, r := range f.hits {
		keys[i] = string(r.Sale)
	}
	return keys
}

func (f *findScreen) next(a *App) string {
	if f.long() {
		return a.words.Refund.FindLong
	}
	return a.words.Refund.FindNext
}

func (f *findScreen) draw(a *App, width, height int) []string {
	w := &a.words.Refund
	rows := []string{a.palette.bold.Render(cut(a.put(w.FindTitle, "date", f.day.String()), width)),
		a.palette.bold.Render(cut(a.put(w.FindText, "text", a.shownNumber(f.text)), width))}
	rows = append(rows, wrap(w.FindHint, width, 2)...)
	switch {
	case f.err != nil:
		return append(rows, "", cut(a.put(a.words.DayFailed, "text", clean(f.err.Error(), width)), width))
	case f.day == 0:
		return append(rows[:0], a.words.DayLoading)
	case f.long():
		return rows
	case len(f.hits) == 0 && len(f.text) > 0:
		return append(rows, "", w.FindNone)
	case len(f.hits) == 0:
		return append(rows, "", w.FindEmpty)
	}
	from, to, more := f.pick.at.window(a, len(f.hits), height-len(rows), true)
	for i := from; i < to; i++ {
		r := f.hits[i]
		row := a.columns(r.OpenedAt, r.Sale, r.Amount.String(), a.came(r.Paid, tenderOf(r))) + a.rowBack(r)
		rows = append(rows, a.chosen(i == int(f.pick.at), row, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	return rows
}

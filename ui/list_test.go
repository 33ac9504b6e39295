package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

// manyCustomers is a simulator with more customers than fit a small window.
type manyCustomers struct{ twoCustomers }

func (manyCustomers) Customers() []Customer {
	list := make([]Customer, 22)
	for i := range list {
		list[i] = Customer{i, fmt.Sprintf("顾客 %02d", i), fmt.Sprintf("customer %02d", i)}
	}
	return list
}

// TestWindowCountsWhatIsOutOfSight at every row of lists of every length.
func TestWindowCountsWhatIsOutOfSight(t *testing.T) {
	a := drawnApp(t, assets.En, true, 80, 24)
	for rows := range 30 {
		for height := 2; height < 12; height++ {
			for at := range max(rows, 1) {
				for _, choose := range []bool{false, true} {
					from, to, more := list(at).window(a, rows, height, choose)
					used := to - from
					if more != "" {
						used++
					}
					if from < 0 || to < from || to > rows || used > height || used < min(rows, height) || choose && rows > 0 && (at < from || at >= to) {
						t.Fatalf("row %d of %d in %d rows: %d to %d", at, rows, height, from, to)
					}
					above, below := fmt.Sprintf("↑ %d more", from), fmt.Sprintf("↓ %d more", rows-to)
					if strings.Contains(more, above) != (from > 0) || strings.Contains(more, below) != (to < rows) {
						t.Fatalf("row %d of %d, %d to %d in sight: %q", at, rows, from, to, more)
					}
				}
			}
		}
	}
}

// TestEveryListSaysThatThereIsMore: first at its foot, then, looked through to the end, above it.
func TestEveryListSaysThatThereIsMore(t *testing.T) {
	day := &dayScreen{dayRows: dayRows{day: 20260302}}
	for i := range 60 {
		s := saleOf(attemptIn(ledger.Paid))
		s.ID = ledger.SaleID(fmt.Sprintf("260302%04d%04d", i, i))
		day.rows = append(day.rows, ledger.RowOf(&s))
	}
	day.sort()
	for _, lang := range assets.Langs {
		for _, size := range sizes[:2] {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene, a.practice = baseScene(), manyCustomers{}
			above, _, _ := strings.Cut(a.words.MoreAbove, "{")
			below, _, _ := strings.Cut(a.words.MoreBelow, "{")
			for _, open := range []screen{newPracticeScreen(a), newHelp(a), day} {
				a.push(open)
				for _, want := range []struct{ up, down bool }{{false, true}, {true, false}} {
					frame := ansi.Strip(a.frame())
					if strings.Contains(frame, "\n  "+above) != want.up || strings.Contains(frame, "\n  "+below) != want.down {
						t.Errorf("%T, %s at %v, want %+v:\n%s", open, lang, size, want, frame)
					}
					for range 100 {
						open.act(a, actPageDown)
					}
				}
				for range 100 {
					open.act(a, actPageUp)
				}
				a.pop()
			}
		}
	}
}

// TestHelpExplainsItsWords: what the screens call the steps of a payment, and the words of the other rows.
func TestHelpExplainsItsWords(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, size := range sizes {
			a := drawnApp(t, lang, true, size[0], size[1])
			a.scene = baseScene()
			help := newHelp(a)
			text := strings.Join(help.lines(a), "\n")
			words := []string{a.words.DayTail}
			for level := ledger.TruthAsked; level <= ledger.TruthMatched; level++ {
				words = append(words, a.words.Truths[level])
			}
			for _, phrase := range []string{a.words.Backlog, a.words.Open, a.words.Warnings} {
				word, _, _ := strings.Cut(phrase, " ")
				words = append(words, word)
			}
			for _, word := range words {
				if !strings.Contains(text, "\n  "+word+":") && !strings.Contains(text, "\n  "+word+"：") {
					t.Errorf("%s: %q is explained nowhere:\n%s", lang, word, text)
				}
			}
			for _, line := range help.lines(a) {
				if ansi.StringWidth(line) > a.width {
					t.Errorf("%s at %v: %q is cut", lang, size, line)
				}
			}
		}
	}
}

// TestCustomersNameTheChannelOfTheirCode, and what Enter does: with a QR on the screen, and without.
func TestCustomersNameTheChannelOfTheirCode(t *testing.T) {
	a := drawnApp(t, assets.En, true, 80, 24)
	a.scene = baseScene()
	a.push(newPracticeScreen(a))
	if frame := ansi.Strip(a.frame()); !strings.Contains(frame, "Enter or F2 holds out an Alipay code, F3 a") {
		t.Errorf("without a QR:\n%s", frame)
	}
	withSale(byQR, ledger.Waiting)(a)
	if frame := ansi.Strip(a.frame()); !strings.Contains(frame, "Enter scans the QR on the screen") {
		t.Errorf("with a QR:\n%s", frame)
	}
}

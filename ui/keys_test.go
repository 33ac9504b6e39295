package ui

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"guitai/assets"
	"guitai/ledger"
)

func TestKeyTableHasNoDoubles(t *testing.T) {
	if err := sellKeys.check(); err != nil {
		t.Fatal(err)
	}
	double := append(slices.Clone(sellKeys), binding{do: actStop, name: "again", keys: []string{"f2"}, at: atSale})
	if double.check() == nil {
		t.Error("a key bound twice is accepted")
	}
	elsewhere := append(slices.Clone(sellKeys), binding{do: actStop, name: "elsewhere", keys: []string{"f2"}, at: atDay})
	if err := elsewhere.check(); err != nil {
		t.Errorf("the same key at another place: %v", err)
	}
	if (keyTable{{do: actStop, name: "none", at: atSale}}).check() == nil {
		t.Error("an action without a key is accepted")
	}
}

func TestEveryFunctionKeyHasAPlainTwin(t *testing.T) {
	for _, b := range sellKeys {
		if strings.HasPrefix(b.keys[0], "f") && len(b.keys[0]) > 1 && len(b.keys) < 2 && b.at&^atTyping != 0 {
			t.Errorf("%s has no plain twin", b.keys[0])
		}
	}
}

// TestHelpListsExactlyTheTable: no key without help, no help without a key.
func TestHelpListsExactlyTheTable(t *testing.T) {
	for _, lang := range assets.Langs {
		for at, open := range map[place]func(a *App){
			atSale: func(*App) {}, atCode: func(a *App) { a.push(newCodeScreen()) },
			atDay: func(a *App) { a.push(&dayScreen{}) }, atPractice: func(a *App) { a.push(newPracticeScreen(a)) },
			atFind: func(a *App) { a.push(&findScreen{}) }, atExceptions: func(a *App) { a.push(&exceptionsScreen{}) },
			atRefund: func(a *App) { a.push(aRefund(stepAmount)) }, atReason: func(a *App) { a.push(aRefund(stepReason)) },
			atCards: func(a *App) { a.push(&cardsScreen{}) }, atCard: func(a *App) { a.push(&cardScreen{card: assets.CardUnknown}) },
			atStory: func(a *App) { a.push(aStory()) }, atEntry: func(a *App) { a.push(anEntry(a, entryLook)) }, atNote: func(a *App) { a.push(anEntry(a, entryNote)) },
			atTender: func(a *App) { a.push(&tenderScreen{}) }, atShift: func(a *App) { a.push(&shiftScreen{}) }, atHeld: func(a *App) { a.push(&heldScreen{}) }, atMemo: func(a *App) { a.push(&memoScreen{}) }, atTaken: func(a *App) { a.push(&takenScreen{}) },
			atPick: func(a *App) { a.push(&loginScreen{who: newWho(twoPeople)}) }, atPIN: func(a *App) { a.push(newApproval(a, approval{})) },
		} {
			a := drawnApp(t, lang, true, 120, 60)
			a.scene = baseScene()
			open(a)
			a.Update(keyMsg("f1"))
			if a.top().place() != atHelp {
				t.Fatal("F1 does not open the help")
			}
			var want []string
			for _, b := range sellKeys {
				if b.at&at != 0 {
					labels := ""
					for _, key := range b.keys {
						labels += "  " + keyLabel(key)
					}
					want = append(want, strings.Join(strings.Fields(labels+" "+b.phrase(&a.words.Keys)), " "))
				}
			}
			var got []string
			for _, line := range a.top().(*helpScreen).lines(a) {
				if line == "" {
					break
				}
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if !slices.Equal(got, want) {
				t.Errorf("place %d, %s:\ngot  %q\nwant %q", at, lang, got, want)
			}
		}
	}
}

// TestSentencesNameOnlyKeysThatExist fills every phrase as the screen does.
func TestSentencesNameOnlyKeysThatExist(t *testing.T) {
	values := strings.Fields("term colors theme amount tail order person n last4 seconds minutes channel text looks note state number width height date char named next owner time returned going rest hours days id links unknown standing doing owed scanner printer skew free selling fault entries mark role pin left kind truth given change due part device from to name command")
	for _, lang := range assets.Langs {
		walk(t, reflect.ValueOf(*assets.For(lang)), func(phrase string) {
			pairs := sellKeys.names()
			for _, value := range values {
				pairs = append(pairs, value, "x")
			}
			if filled := assets.Fill(phrase, pairs...); strings.ContainsAny(filled, "{}") {
				t.Errorf("%s: %q names something that nobody fills", lang, filled)
			}
		})
	}
	for _, value := range values {
		for _, b := range sellKeys {
			if b.name == value {
				t.Errorf("%s is a key and a value", value)
			}
		}
	}
}

func walk(t *testing.T, v reflect.Value, each func(string)) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		each(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			walk(t, v.Field(i), each)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(t, v.Index(i), each)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walk(t, v.MapIndex(key), each)
		}
	}
}

// TestSentencesFitTheirPlace: what is said, its code and the next key are seen whole, in both languages, at every width
// a panel can have.
func TestSentencesFitTheirPlace(t *testing.T) {
	for _, lang := range assets.Langs {
		a := drawnApp(t, lang, true, 80, 24)
		a.scene = baseScene()
		var notes []note
		for _, reason := range ledger.Reasons {
			notes = append(notes, a.noteOf(ledger.Refuse(reason)))
		}
		for _, looks := range ledger.AllLooks {
			notes = append(notes, a.noteFor(ledger.ReasonCodeUnknown, looks))
		}
		for _, outcome := range a.words.States {
			notes = append(notes, note{sentence: assets.Sentence{Says: "-", Next: outcome.Next}})
		}
		for _, s := range []assets.Sentence{a.words.AskLeave, a.words.FastEnter, a.words.Pasted, a.words.TooLong, a.words.Writing, a.words.Draft,
			a.words.NotADigit, {Says: a.words.NotKeyed, Next: "-"}, {Says: "-", Next: a.words.PracticeNext}, {Says: "-", Next: a.words.PracticeQR}} {
			notes = append(notes, note{sentence: s})
		}
		for _, n := range notes {
			a.say(n)
			says, next := a.message()
			for _, width := range []int{panelMin, minWidth, 80} {
				foot := squeeze(ansi.Strip(strings.Join(a.foot(width), "")))
				for _, text := range []string{says, next} {
					if !strings.Contains(foot, squeeze(text)) {
						t.Errorf("%s at %d columns: %q is cut", lang, width, text)
					}
				}
			}
		}
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width int
		want  []string
	}{
		{"one two three", 7, []string{"one two", "three"}},
		{"代码是 [AMOUNT-BAND] 吗", 14, []string{"代码是", "[AMOUNT-BAND]", "吗"}},
		{"等顾客扫码，也可", 10, []string{"等顾客扫", "码，也可"}},
		{"abcdefgh", 3, []string{"abc", "def", "gh"}},
		{"中", 1, nil},
		{"一二三（四）", 8, []string{"一二三", "（四）"}},
		{"F4 停止；F8 下一位", 12, []string{"F4 停止；F8", "下一位"}},
	} {
		if got := wrap(tc.text, tc.width, 9); !slices.Equal(got, tc.want) {
			t.Errorf("%q at %d: %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}

// TestReadmeShowsTheKeys: the README's table is the key table. -update writes it anew.
func TestReadmeShowsTheKeys(t *testing.T) {
	const file, head, end = "../README.md", "| where | keys | what it does |\n|---|---|---|\n", "\n\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), head)
	got, after, _ := strings.Cut(rest, end)
	if !found {
		t.Fatal("README.md has no table of keys")
	}
	words := assets.For(assets.En)
	var want []string
	for _, where := range []struct {
		at   place
		name string
	}{{atSale, "sale"}, {atCode, "typing a code"}, {atDay, "a day"}, {atStory, "a sale's story"}, {atPractice, "customers"}, {atFind, "past sales"},
		{atRefund, "a refund"}, {atReason, "its reason"}, {atExceptions, "exceptions"}, {atEntry, "an exception"}, {atNote, "its note"},
		{atCards, "emergency cards"}, {atCard, "one card"}, {atPick, "signing in"}, {atPIN, "a PIN"}, {atTender, "cash and others"}, {atHeld, "held sales"},
		{atTaken, "what a sale was paid by"}, {atShift, "the drawer"}, {atAlerts, "alerts"}, {atEvidence, "an alert"}, {atStatements, "statements"}, {atDiffers, "a statement"}, {atDevices, "devices"}} {
		for _, b := range sellKeys {
			if b.at&where.at == 0 || b.at == everywhere && where.at != atSale || b.at == atLists && where.at != atDay || b.do == actEsc && where.at > atDay {
				continue
			}
			name := where.name
			if b.at == atLists {
				name = "lists"
			}
			if b.at == everywhere {
				name = "everywhere"
			}
			labels := make([]string, len(b.keys))
			for i, key := range b.keys {
				labels[i] = "`" + keyLabel(key) + "`"
			}
			if row := fmt.Sprintf("| %s | %s | %s |", name, strings.Join(labels, " "), b.phrase(&words.Keys)); !slices.Contains(want, row) {
				want = append(want, row)
			}
		}
	}
	if table := strings.Join(want, "\n"); got != table {
		if !*update {
			t.Fatalf("README.md has\n%s\n\nand the key table\n%s", got, table)
		}
		if err := os.WriteFile(file, []byte(before+head+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

package ui

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
)

// fakePairing is a scanner that has sent what it was given.
type fakePairing struct {
	mu   sync.Mutex
	view assets.PairView
	open int
}

func (f *fakePairing) Open()  { f.mu.Lock(); defer f.mu.Unlock(); f.open++ }
func (f *fakePairing) Close() { f.mu.Lock(); defer f.mu.Unlock(); f.open-- }
func (f *fakePairing) Look() assets.PairView {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.view
}

// sent is a reading as the hardware gives it.
func sent(second int, end, text string) assets.PairReading {
	r := assets.PairReading{At: noon.Add(time.Duration(second) * time.Second), Took: 19 * time.Millisecond, End: end}
	for i := range len(text) {
		c := assets.PairCell{Show: text[i : i+1], Hex: fmt.Sprintf("%02X", text[i])}
		if text[i] == '*' {
			c.Hex = "**"
		}
		r.Cells = append(r.Cells, c)
	}
	if end != "" {
		r.Cells = append(r.Cells, assets.PairCell{Show: end, Hex: "0D"})
	}
	r.Bytes = len(r.Cells)
	return r
}

// pairPictures are the page in every state.
func pairPictures() (list []picture) {
	for _, pic := range pairViews {
		list = append(list, picture{"pairing: " + pic.name, func(a *App) {
			pic.view.Port = "/dev/serial/by-id/usb-Model_1-if00, 9600 baud, 8N1"
			s := newPair(&fakePairing{view: pic.view})
			if pic.none {
				s = newPair(nil)
			}
			s.keyed = pic.keyed
			a.push(s)
		}})
	}
	return list
}

var pairViews = []struct {
	name  string
	view  assets.PairView
	keyed int
	none  bool
}{
	{name: "nothing yet", view: assets.PairView{Proposals: []assets.PairProposal{{Hint: assets.HintNothing}}}},
	{name: "good", view: assets.PairView{
		Readings:  []assets.PairReading{sent(-1, "CR", "]C013**************89"), sent(-5, "CR", "]Q128************34"), sent(-9, "", "]C013***46")},
		Proposals: []assets.PairProposal{{Hint: assets.HintGood}, {Hint: assets.HintEnd, Setting: `terminator = "cr"`}, {Hint: assets.HintAIM}},
	}},
	{name: "everything at once", view: assets.PairView{
		Readings: []assets.PairReading{sent(-1, "", strings.Repeat("x", 96)), sent(-5, "TAB", "POS:28************34")},
		Proposals: []assets.PairProposal{
			{Hint: assets.HintNoEnd}, {Hint: assets.HintSlow, N: 45, Setting: "idle_ms = 90"}, {Hint: assets.HintACK},
			{Hint: assets.HintPrefix, Setting: `prefix = "POS:"`}, {Hint: assets.HintSuffix, Setting: `suffix = ";"`}, {Hint: assets.HintNoAIM},
		},
	}},
	{name: "parity", view: assets.PairView{Readings: []assets.PairReading{sent(-1, "", "...")}, Proposals: []assets.PairProposal{{Hint: assets.HintParity}}}},
	{name: "letters", view: assets.PairView{Readings: []assets.PairReading{sent(-1, "CR", "Q1")}, Proposals: []assets.PairProposal{{Hint: assets.HintLetter, Setting: `code_ids = "Qj"`}, {Hint: assets.HintSpeed}}}},
	{name: "a keyboard", keyed: 18, view: assets.PairView{Proposals: []assets.PairProposal{{Hint: assets.HintNothing}}}},
	{name: "no serial scanner", keyed: 18, none: true},
}

// TestPairingChargesNothing: while the page is open it shows what comes, a typed scan goes nowhere, and it closes what it opened.
func TestPairingChargesNothing(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		f := &fakePairing{}
		r.key("8", "enter")
		r.run(r.app.openPair(f))
		r.pump()
		r.sees("What the scanner sends")
		if f.open != 1 {
			t.Fatalf("opened %d times", f.open)
		}
		f.mu.Lock()
		f.view.Readings = []assets.PairReading{sent(0, "CR", "]C013****89")}
		f.mu.Unlock()
		r.sleep(2 * pairEvery)
		r.sees("ends with CR", "5D 43 30 31 33")
		r.burst("130000000000000042", "enter", 3*time.Millisecond)
		r.key("a", "s", "5")
		r.sleep(time.Second)
		r.sees("A scanner typed 18 characters")
		r.seesNot("0042")
		if sale, ok := r.sale(); !ok || len(sale.Attempts) != 0 || sale.Amount != ledger.Fen(800) {
			t.Fatalf("the page touched the sale: %+v", sale)
		}
		r.key("esc")
		r.sees("The amount is settled.")
		if f.open != 0 {
			t.Fatalf("%d are left open", f.open)
		}
		r.burst("130000000000000042", "enter", 3*time.Millisecond)
		if at := r.last(); at.Last4 != "0042" {
			t.Fatalf("after the page: %+v", at)
		}
	})
}

func TestEveryHintHasASentence(t *testing.T) {
	for _, lang := range assets.Langs {
		for _, hint := range assets.PairHints {
			if assets.For(lang).Pair.Hints[hint] == "" {
				t.Errorf("%s: no sentence for %s", lang, hint)
			}
		}
	}
}

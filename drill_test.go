package main

import (
	"testing"

	"guitai/assets"
	"guitai/ledger"
)

// TestDrillsInTraining: the simulator's customers do what the exercises need, and each can be brought to a right end. The
// time it takes is not judged here.
func TestDrillsInTraining(t *testing.T) {
	t.Parallel()
	words := assets.For(assets.En)
	w := words.Card
	r := newRobot(t, 100, 30, "--lang", string(assets.En))
	r.start()
	r.sees(words.NoSale.Says)
	for _, channel := range []ledger.Channel{ledger.Alipay, ledger.WeChat} {
		r.sees(words.Channels[channel] + " " + words.Links[ledger.LinkUp])
	}
	for _, drill := range []struct {
		card, symptom string
		steps         [][2]string // what is seen first, and the key then
		end           assets.DrillEnd
	}{
		{"3", words.States[ledger.Unknown].Says, [][2]string{{"", "F8"}}, assets.EndAside},
		{"1", words.States[ledger.Refused].Says, [][2]string{{"", "F3"}}, assets.EndOtherWay},
		{"5", words.Ready.Says, [][2]string{{"", "F2"}}, assets.EndOtherWay},
		{"4", words.States[ledger.Waiting].Says, [][2]string{{"", "F4"}, {words.States[ledger.ClosedOff].Says, "F6"}, {words.Tender.DropWhys[0], "1"}}, assets.EndGivenUp},
	} {
		r.keys("F12")
		r.sees(w.Title)
		r.typed(drill.card)
		r.sees("its drill")
		r.keys("F9")
		r.sees(drill.symptom, "DRILL")
		for _, step := range drill.steps {
			r.sees(step[0])
			r.keys(step[1])
		}
		r.sees("✔ "+w.Drill.Ends[drill.end], "✔ "+w.Drill.Clean)
		r.keys("Escape")
		r.sees(words.Title)
	}
}

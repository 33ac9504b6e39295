package ui

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"guitai/ledger"
)

// strokes gives characters with gaps in milliseconds between them; the last gap repeats.
func strokes(text string, gaps ...int) (keys []keystroke) {
	at := noon
	for i, char := range text {
		if i > 0 {
			at = at.Add(time.Duration(gaps[min(i-1, len(gaps)-1)]) * time.Millisecond)
		}
		keys = append(keys, keystroke{char, at})
	}
	return keys
}

func TestPaceOfKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []keystroke
		want pace
	}{
		{"nothing", nil, byHand},
		{"one key", strokes("1", 0), byHand},
		{"in one piece", strokes(wechatPay, 0), byScanner},
		{"1 ms", strokes(wechatPay, 1), byScanner},
		{"a slow scanner", strokes(wechatPay, 24), byScanner},
		{"too slow for one", strokes(wechatPay, 30), byHand},
		{"a hand", strokes(wechatPay, 90), byHand},
		{"five characters", strokes("12345", 2), byHand},
		{"six", strokes("123456", 2), byScanner},
		{"one long pause", strokes(wechatPay, 3, 3, 3, 90, 3), byScanner},
		{"as OpenSSH hands it on", strokes(wechatPay, 40, 0, 20, 20, 0, 20, 40, 20), byScanner},
		{"on a line with jitter", strokes(wechatPay, 0, 45, 0, 1, 28, 0, 0, 60, 2, 0, 33, 0), byScanner},
		{"a hand on that line", strokes(wechatPay, 0, 188, 170, 0, 190, 200, 160), byHand},
		{"a held key", strokes(strings.Repeat("5", 30), 17), byHeldKey},
		{"its first repeats", strokes("5555", 33), byHeldKey},
		{"three of the same", strokes("555", 1), byHand},
		{"a code that begins with repeats", strokes("111111111111111112", 2), byScanner},
	} {
		if got := paceOf(tt.keys); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestGarbledLetters(t *testing.T) {
	for text, want := range map[string]garbling{
		"hQVDUFYwMWF3": unharmed, "HqvdufyWmwf3": capsLocked, "https://x": unharmed, "HTTPS://X": unharmed, "hTTPS://X": capsLocked,
		wechatPay: unharmed, "": unharmed,
	} {
		if got := garbled(text, false); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if garbled("abc", true) != methodActive {
		t.Error("an input method is not seen")
	}
}

// at presses characters with those gaps between them.
func (r *robot) at(text, last string, gaps ...int) {
	for i, char := range text {
		r.send(keyMsg(string(char)))
		time.Sleep(time.Duration(gaps[min(i, len(gaps)-1)]) * time.Millisecond)
		r.pump()
	}
	if last != "" {
		r.send(keyMsg(last))
	}
}

func TestScansOverSlowLines(t *testing.T) {
	for name, gaps := range map[string][]int{
		"OpenSSH's steps":   {40, 20, 20, 0, 20, 20, 0, 40, 20, 20},
		"steps, fast":       {20, 0, 0, 0, 0, 20, 0, 0, 0, 0},
		"jitter":            {0, 25, 0, 1, 28, 0, 0, 60, 2, 0, 33, 0, 90, 0},
		"stalls for 90 ms":  {3, 3, 3, 3, 90, 3, 3, 3, 90, 3},
		"16 ms, as a table": {16, 17, 16, 20, 16},
	} {
		withRobot(t, Config{}, func(r *robot) {
			r.key("12.5", "enter")
			r.at(wechatPay, "enter", gaps...)
			if at := r.last(); at.Last4 != "0042" || at.Amount != ledger.Fen(1250) || !r.book.Draft().Keyed.Empty() {
				t.Errorf("%s: %+v", name, at)
			}
		})
	}
}

// TestAScanInPiecesSettlesNothing: the machine stalls once or twice at any place of a code, for any time.
func TestAScanInPiecesSettlesNothing(t *testing.T) {
	for from := range len(wechatPay) {
		for _, stall := range []int{46, 90, 101, 300, 1500} {
			withRobot(t, Config{}, func(r *robot) {
				gaps := make([]int, len(wechatPay)+1)
				gaps[from], gaps[(from*7+3)%len(wechatPay)] = stall, stall
				r.key("5", "enter")
				before, _ := r.sale()
				r.at(wechatPay, "enter", gaps...)
				r.sleep(time.Second)
				sale, _ := r.sale()
				if sale.ID != before.ID || sale.Amount != before.Amount {
					t.Fatalf("a scan that stalled behind %d for %d ms settled %s", from, stall, sale.Amount)
				}
				for _, at := range sale.Attempts {
					if at.Last4 != wechatPay[len(wechatPay)-4:] {
						t.Fatalf("half a code was charged: %+v", at)
					}
				}
			})
		}
	}
}

func TestTabEndsAScan(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("2", "enter")
		for _, char := range wechatPay {
			r.send(keyMsg(string(char)))
			time.Sleep(2 * time.Millisecond)
		}
		r.send(tea.KeyPressMsg{Code: tea.KeyTab})
		if at := r.last(); at.Last4 != "0042" {
			t.Fatalf("%+v", at)
		}
	})
}

// TestAHeldKeyIsNoScan, on an amount, on a command, and before Enter.
func TestAHeldKeyIsNoScan(t *testing.T) {
	for _, gap := range []int{17, 33, 40} {
		withRobot(t, Config{}, func(r *robot) {
			r.key("5", "enter")
			r.at(strings.Repeat("u", 40), "", gap)
			r.sleep(time.Second)
			r.seesNot("CODE-UNKNOWN", "CODE-SUSPECT")
			r.key("esc", "esc")
			r.at(strings.Repeat("7", 31), "", gap)
			r.sleep(time.Second)
			r.seesNot("CODE-UNKNOWN", "no proper end")
			if sale, ok := r.sale(); ok && len(sale.Attempts) != 0 {
				t.Fatalf("%d ms: something was charged: %+v", gap, sale)
			}
		})
	}
	withRobot(t, Config{}, func(r *robot) {
		r.at("777777", "", 33)
		r.sleep(time.Second)
		if got := r.book.Draft().Keyed.String(); got != "777777" {
			t.Fatalf("the amount is %q", got)
		}
	})
}

func TestPasteIsOfferedWhereACodeIsWaitedFor(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.send(tea.PasteMsg{Content: wechatPay})
		r.sees("NO-AMOUNT")
		r.key("5")
		r.send(tea.PasteMsg{Content: wechatPay})
		r.sees("NO-AMOUNT")
		r.key("enter")
		for _, no := range []string{"esc", "u", "f1"} {
			r.send(tea.PasteMsg{Content: wechatPay})
			r.sees("Use the pasted text")
			held := r.app.pasted
			r.sleep(time.Second)
			r.key(no)
			if strings.Trim(string(held), "\x00") != "" || r.app.pasted != nil {
				t.Fatalf("after %s it is kept", no)
			}
			r.key("esc")
			r.sleep(time.Second)
			r.seesNot("Use the pasted text")
		}
		r.send(tea.PasteMsg{Content: "6901234567892"})
		r.sees("a product barcode")
		r.send(tea.PasteMsg{Content: wechatPay})
		r.burst(alipayPay, "enter", time.Millisecond) // a real scan meanwhile: that one counts
		if at := r.last(); at.Channel != ledger.Alipay {
			t.Fatalf("%+v", at)
		}
		if r.app.pasted != nil {
			t.Fatal("the paste is kept")
		}
		r.sleep(time.Second)
		r.key("enter")
		if sale, _ := r.sale(); len(sale.Attempts) != 1 {
			t.Fatalf("%+v", sale)
		}
	})
}

func TestKeyboardSettingsAreNamed(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.key("5", "enter")
		r.burst("hTTPS://QR.EXAMPLE", "enter", time.Millisecond)
		r.sees("capitals locked")
		for _, char := range "abc柜台def" {
			r.send(tea.KeyPressMsg{Code: char, Text: string(char)})
		}
		r.send(keyMsg("enter"))
		r.sees("input method")
		if sale, _ := r.sale(); len(sale.Attempts) != 0 {
			t.Fatalf("%+v", sale)
		}
	})
}

// TestRandomTyping: whatever scanners and hands do in turn, a scan never types into the amount, a hand's digits are never a scan,
// and each code that ends with Enter is heard once.
func TestRandomTyping(t *testing.T) {
	for seed := range uint64(12) {
		withRobot(t, Config{}, func(r *robot) { typesAtRandom(t, r, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func typesAtRandom(t *testing.T, r *robot, random *rand.Rand) {
	heard := 0
	for range 25 {
		r.sleep(600 * time.Millisecond)
		r.key("esc", "esc")
		r.sleep(time.Second)
		before := r.book.Draft().Keyed
		switch gap := random.IntN(25); random.IntN(3) {
		case 0: // a scanner
			gaps := []int{gap, random.IntN(25), random.IntN(25), random.IntN(45), random.IntN(25), gap}
			r.at(wechatPay[:14]+string(rune('1'+random.IntN(9)))+"042", []string{"enter", ""}[random.IntN(2)], gaps...)
			r.sleep(time.Second)
			if r.book.Draft().Keyed != before {
				t.Fatalf("a code is in the amount: %q (gaps %v)", r.book.Draft().Keyed, gaps)
			}
			heard++
		case 1: // a hand
			text := []string{"8", "12.5", "1234567", "0.01", "99"}[random.IntN(5)]
			for _, char := range text {
				r.send(keyMsg(string(char)))
				r.sleep(time.Duration(60+random.IntN(200)) * time.Millisecond)
			}
			if got := r.book.Draft().Keyed.String(); got != text {
				t.Fatalf("%q was keyed and the amount is %q", text, got)
			}
			r.seesNot("CODE-UNKNOWN")
		default: // a held key
			r.at(strings.Repeat("3", 4+random.IntN(40)), "", 17+random.IntN(24))
			r.sleep(time.Second)
			r.seesNot("CODE-UNKNOWN", "no proper end")
		}
	}
	if _, ok := r.sale(); ok {
		t.Fatal("something settled an amount by itself")
	}
	if heard == 0 {
		t.Fatal("no scanner typed")
	}
}

// FuzzPace: who typed is told by the median and by nothing else, hesitations do not matter, and a key that repeats is nobody's scan.
func FuzzPace(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7}, uint8(3))
	f.Add([]byte{40, 0, 20, 20, 0, 20}, uint8(0))
	f.Add([]byte{200, 201, 199, 255, 90, 90}, uint8(9))
	f.Fuzz(func(t *testing.T, gaps []byte, repeat uint8) {
		gaps = gaps[:min(len(gaps), burstMax-1)]
		at, keys := noon, []keystroke{{'1', noon}}
		short := 0
		for i, gap := range gaps {
			at = at.Add(time.Duration(gap) * time.Millisecond)
			keys = append(keys, keystroke{rune('0' + i%10), at})
			if time.Duration(gap)*time.Millisecond < wedgeGap {
				short++
			}
		}
		got := paceOf(keys)
		if want := len(keys) >= wedgeLeast && short > len(gaps)/2; (got == byScanner) != want && got != byHeldKey {
			t.Fatalf("gaps %v: pace %d", gaps, got)
		}
		for i := range keys {
			keys[i].char = '5'
		}
		if got := paceOf(keys); got == byScanner {
			t.Fatalf("a held key is a scanner: %v", gaps)
		}
	})
}

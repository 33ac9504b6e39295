package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guitai/hardware"
	"guitai/ledger"
)

// stimulus is something that happens at the counter.
type stimulus struct {
	name   string
	weight int
	do     func(*whole)
}

// stimuli are all that can happen.
var stimuli = []stimulus{
	{"keys an amount", 20, (*whole).keysAmount},
	{"keys an amount and the customer holds out a code", 24, func(w *whole) { w.keysAmount(); w.rest(time.Second); w.look(); w.scansCode() }},
	{"holds out a code", 12, (*whole).scansCode},
	{"holds out a code that was used before", 3, (*whole).scansUsed},
	{"a code comes slowly", 3, func(w *whole) { w.scan(w.code(), 20*time.Millisecond, true) }},
	{"a code comes in two parts", 3, (*whole).scansInParts},
	{"a code without an end, and Enter", 4, func(w *whole) { w.scan(w.code(), 0, false); w.rest(500 * time.Millisecond); w.key("\r") }},
	{"a code without an end, and Esc", 2, func(w *whole) { w.scan(w.code(), 0, false); w.rest(500 * time.Millisecond); w.key("\x1b") }},
	{"noise on the scanner's line", 2, func(w *whole) { w.scan("\x00\x17"+strings.Repeat("7", w.pick(30)), 0, w.chance(0.5)) }},
	{"a scanner that types", 4, func(w *whole) { w.types(w.code()+"\r", 5*time.Millisecond) }},
	{"what was pasted, and Enter", 3, func(w *whole) {
		w.key("\x1b[200~" + w.code() + "\x1b[201~")
		w.rest(600 * time.Millisecond)
		w.key("\r")
	}},
	{"what was pasted, and Esc", 2, func(w *whole) {
		w.key("\x1b[200~" + w.code() + "\x1b[201~")
		w.rest(600 * time.Millisecond)
		w.key("\x1b")
	}},
	{"F2", 12, func(w *whole) { w.key("\x1bOQ") }},
	{"F3", 12, func(w *whole) { w.key("\x1bOR") }},
	{"F4", 10, func(w *whole) { w.key("\x1bOS") }},
	{"F6 and a reason", 4, func(w *whole) { w.key("\x1b[17~"); w.key("2") }},
	{"F8", 10, func(w *whole) { w.key("\x1b[19~") }},
	{"Esc", 4, func(w *whole) { w.key("\x1b") }},
	{"Enter", 4, func(w *whole) { w.key("\r") }},
	{"F10 and back", 4, func(w *whole) { w.looksThrough("\x1b[21~") }},
	{"F1 and back", 2, func(w *whole) { w.looksThrough("\x1bOP") }},
	{"r and back", 2, func(w *whole) { w.looksThrough("r") }},
	{"e and back", 2, func(w *whole) { w.looksThrough("e") }},
	{"a code typed by hand", 4, (*whole).typesCode},
	{"another window", 4, (*whole).anotherWindow},
	{"any keys", 4, (*whole).anyKeys},
	{"a customer scans a QR, perhaps an old one", 24, (*whole).scansQR},
	{"a refund from the console", 6, (*whole).refunds},
	{"a channel is down", 3, func(w *whole) {
		ch := w.channel()
		w.mu.Lock()
		w.down[ch] = time.Now().Add(time.Duration(1+w.rand.IntN(120)) * time.Second)
		w.mu.Unlock()
	}},
	{"the disk fails for a while", 2, func(w *whole) {
		w.mu.Lock()
		w.disk = time.Now().Add(time.Duration(1+w.rand.IntN(20)) * time.Second)
		w.mu.Unlock()
	}},
	{"cash for what is due", 6, func(w *whole) { w.takesCash(false) }},
	{"cash for a part", 5, func(w *whole) { w.takesCash(true) }},
	{"cash in two parts, at once", 4, (*whole).takesTwoParts},
	{"a part by code", 4, (*whole).scansPart},
	{"cash is given back", 4, (*whole).givesCashBack},
	{"the drawer is opened", 3, (*whole).opensDrawer},
	{"a receipt is printed again", 4, (*whole).reprints},
	{"an X report", 2, (*whole).reports},
	{"a sale is set aside", 2, (*whole).setsAside},
	{"a query of a paid order names another amount", 4, (*whole).hearsAgain},
	{"the printer has no paper", 3, func(w *whole) { w.until(&w.away, 120) }},
	{"the printer hangs", 4, func(w *whole) { w.until(&w.hangs, 300) }},
	{"a device holds up its caller", 4, func(w *whole) {
		w.till.desk.holdsUp(w.pick(simDevices), time.Duration(1+w.pick(90))*time.Second)
	}},
	{"the printer is a new one", 1, func(w *whole) {
		w.end(false)
		w.spool = simSpool{}
		w.start()
	}},
	{"the process dies in the middle", 5, func(w *whole) {
		w.scansCode()
		w.rest(time.Duration(w.pick(2500)) * time.Millisecond)
		w.tally.Crashes++
		w.end(true)
		w.start()
	}},
	{"the process dies", 6, func(w *whole) { w.tally.Crashes++; w.end(true); w.start() }},
	{"the till is left and opened again", 2, (*whole).leaves},
	{"midnight", 1, (*whole).midnight},
}

func (w *whole) channel() ledger.Channel {
	return []ledger.Channel{ledger.Alipay, ledger.WeChat}[w.pick(2)]
}

// key presses one key.
func (w *whole) key(bytes string) {
	w.till.keys.send(bytes)
	w.rest(60 * time.Millisecond)
}

// types sends characters one by one.
func (w *whole) types(text string, apart time.Duration) {
	for _, r := range text {
		w.till.keys.send(string(r))
		w.rest(apart)
	}
}

func (w *whole) keysAmount() {
	amount := fmt.Sprintf("%d.%02d", w.pick(300), 1+w.pick(99))
	switch w.pick(12) {
	case 0:
		amount = "2000" // above what is asked about
	case 1:
		amount = fmt.Sprint(1 + w.pick(99999))
	}
	w.types(amount, time.Duration(60+w.pick(80))*time.Millisecond)
	w.key("\r")
	switch w.pick(4) {
	case 0:
		w.key("\r")
	case 1:
		w.rest(500 * time.Millisecond)
		w.key("\r")
	}
}

// code is a fresh customer code.
func (w *whole) code() string {
	w.digits++
	prefix := map[ledger.Channel]string{ledger.WeChat: "13", ledger.Alipay: "28"}[w.channel()]
	w.last = fmt.Sprintf("%s%016d", prefix, w.digits)
	return w.last
}

func (w *whole) scansCode() { w.scan(w.code(), 0, true) }

func (w *whole) scansUsed() {
	if w.last != "" {
		w.scan(w.last, 0, true)
	}
}

func (w *whole) scansInParts() {
	code := w.code()
	w.scan(code[:9], 0, false)
	w.scan(code[9:], 0, true)
}

// scan is the serial scanner: bytes with a pause after each, and its terminator, by way of the framer.
func (w *whole) scan(text string, apart time.Duration, ends bool) {
	if ends {
		text += "\r"
	}
	framer := w.till.framer
	for _, b := range []byte(text) {
		if f, ok := framer.Idle(time.Now()); ok {
			w.deliver(f)
		}
		for _, f := range framer.Push([]byte{b}, time.Now()) {
			w.deliver(f)
		}
		if apart > 0 {
			w.rest(apart)
		}
	}
	if due, pending := framer.Due(); pending {
		w.rest(time.Until(due))
		if f, ok := framer.Idle(time.Now()); ok {
			w.deliver(f)
		}
	}
}

// deliver does with a frame what main.go does.
func (w *whole) deliver(f hardware.Frame) {
	err := w.till.book.Scan(context.Background(), ledger.Trainee, ledger.Scan{Text: f.Data, AIM: f.AIM, At: f.At, Suspect: f.End == hardware.Gap})
	w.say("  a frame: %v", err)
}

// looksThrough opens a list, looks through it and goes back.
func (w *whole) looksThrough(key string) {
	w.key(key)
	w.rest(300 * time.Millisecond)
	w.look()
	w.key("\x1b[6~")
	w.key("\x1b")
	w.rest(100 * time.Millisecond)
}

func (w *whole) typesCode() {
	w.key("\x1b[15~")
	w.types(w.code(), 70*time.Millisecond)
	w.look()
	w.key("\r")
	w.rest(300 * time.Millisecond)
	w.key("\x1b") // where the code was refused the box is still open
	w.rest(100 * time.Millisecond)
}

func (w *whole) anotherWindow() {
	sizes := [][2]int{{80, 24}, {80, 24}, {60, 20}, {100, 30}, {132, 43}, {40, 10}, {200, 60}}
	size := sizes[w.pick(len(sizes))]
	w.window(size[0], size[1])
}

// window changes the terminal's size; the till hears of it in the terminal's own words.
func (w *whole) window(width, height int) {
	w.glass.resize(width, height)
	w.till.keys.send(fmt.Sprintf("\x1b[8;%d;%dt", height, width))
	w.rest(60 * time.Millisecond)
}

// anyKeys is somebody who leans on the keyboard.
func (w *whole) anyKeys() {
	keys := []string{"1", "2", "7", "0", ".", "\r", "\x7f", "\x1b", "x", "n", "s", "a", "w", "z", "\x1b[A", "\x0c", "５", "。"}
	for range 2 + w.pick(8) {
		w.till.keys.send(keys[w.pick(len(keys))])
		w.rest(time.Duration(w.pick(150)) * time.Millisecond)
	}
	w.rest(100 * time.Millisecond)
	w.key("\x1b")
	w.rest(100 * time.Millisecond)
	w.key("\x1b")
}

func (w *whole) scansQR() {
	if len(w.shown) == 0 {
		return
	}
	qr := w.shown[len(w.shown)-1]
	if w.chance(0.3) {
		qr = w.shown[w.pick(len(w.shown))]
	}
	var err error
	for _, bank := range w.banks {
		if err = bank.ScanQR(qr); err == nil {
			break
		}
	}
	w.say("  %s: %v", qr, err)
}

// refunds gives some of a sale back, from the console.
func (w *whole) refunds() {
	sales := w.sides.sales()
	for range 5 {
		if len(sales) == 0 {
			return
		}
		sale := &sales[w.pick(len(sales))]
		a := sale.Paid()
		if a == nil || a.Left() == 0 {
			continue
		}
		fen := a.Left()
		if w.chance(0.5) {
			fen = 1 + int64(w.pick(int(fen)))
		}
		_, err := w.till.book.Refund(context.Background(), supervisor, ledger.RefundWish{Order: a.Order, Amount: ledger.Fen(fen), Why: "brought back", Seen: len(a.Refunds)})
		w.say("  refund %s of sale %s: %v", ledger.Fen(fen), sale.ID.Tail(), err)
		return
	}
}

// leaves goes by the keyboard: Ctrl-C, and once more.
func (w *whole) leaves() {
	w.key("\x03")
	w.key("\x03")
	w.rest(time.Second)
	select {
	case err := <-w.till.ended:
		w.till.ended <- err
	default:
		w.breaks("screen", "the till is not left")
		return
	}
	w.end(false)
	w.start()
}

// midnight waits for the day to end, where that is near.
func (w *whole) midnight() {
	now := w.calendar.In(time.Now())
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	if wait := next.Sub(now); wait < 30*time.Minute {
		w.rest(wait + time.Duration(w.pick(3))*time.Millisecond - time.Millisecond)
	}
}

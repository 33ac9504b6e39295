package ui

import (
	"context"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"guitai/assets"
	"guitai/ledger"
)

// Counter is what stands on the counter, as far as a person can try it. Its methods are called from commands and may take seconds.
type Counter interface {
	// Test has a device do what it is there for, once; an error tells support what failed.
	Test(ctx context.Context, kind ledger.DeviceKind) error
	// Mute keeps the voice silent, or lets it speak again.
	Mute(on bool)
	// Pairing is the serial scanner for whoever looks at what it sends; nil where there is none.
	Pairing() Pairing
}

// devicesScreen lists what stands on the counter and how it is, live, and tests it. Its last row is the way to what support asks for.
type devicesScreen struct {
	at      list
	testing ledger.DeviceKind // a test is under way; empty: none
	tested  ledger.DeviceKind // what the last one was of
	says    string            // how it went
}

// testedMsg brings the end of a test.
type testedMsg struct {
	of   *devicesScreen
	kind ledger.DeviceKind
	err  error
}

func (a *App) openDevices() { a.push(&devicesScreen{}) }

func (*devicesScreen) place() place             { return atDevices }
func (*devicesScreen) leave()                   {}
func (*devicesScreen) typed(*App, rune) tea.Cmd { return nil }
func (*devicesScreen) next(a *App) string       { return a.fill(a.words.Device.Next) }

func (d *devicesScreen) act(a *App, do action) tea.Cmd {
	switch do {
	case actEnter:
		if int(d.at) == len(ledger.DeviceKinds) {
			return a.openSupport()
		}
		return d.test(a, ledger.DeviceKinds[d.at])
	case actMute:
		a.mute()
	default:
		d.at.move(do, len(ledger.DeviceKinds)+1, a.page())
	}
	return nil
}

// test begins a test, one at a time.
func (d *devicesScreen) test(a *App, kind ledger.DeviceKind) tea.Cmd {
	if d.testing != "" {
		return nil
	}
	if kind == ledger.DeviceScanner { // also where there is none: one that types is known by its pace
		var pairing Pairing
		if a.counter != nil {
			pairing = a.counter.Pairing()
		}
		return a.openPair(pairing)
	}
	if a.counter == nil || a.scene.board.Device(kind).State == ledger.DeviceOff {
		a.say(note{sentence: a.noDevice(kind)})
		return nil
	}
	d.testing, d.tested, d.says = kind, "", ""
	counter, ctx := a.counter, a.feed.ctx
	return func() tea.Msg { return testedMsg{d, kind, counter.Test(ctx, kind)} }
}

func (d *devicesScreen) hear(a *App, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(testedMsg); ok && msg.of == d {
		d.testing, d.tested, d.says = "", msg.kind, a.testEnd(msg.kind, msg.err)
	}
	return nil
}

// testEnd is how a test went. It may be called from any goroutine.
func (a *App) testEnd(kind ledger.DeviceKind, err error) string {
	w := &a.words.Device
	if err != nil {
		return a.put(w.Failed, "device", w.Names[kind], "text", clean(err.Error(), 200))
	}
	return a.put(w.Tested, "device", w.Names[kind])
}

func (a *App) noDevice(kind ledger.DeviceKind) assets.Sentence {
	w := a.words.Device.NotHere
	return assets.Sentence{Says: w.Says, Next: a.put(w.Next, "device", string(kind))}
}

// mute switches the voice off or on, and reports whether there is one. It is the counter's, and no event.
func (a *App) mute() (done bool) {
	if a.counter == nil || a.scene.board.Device(ledger.DeviceVoice).State == ledger.DeviceOff {
		a.say(note{sentence: a.noDevice(ledger.DeviceVoice)})
		return false
	}
	hush := !a.scene.board.Hushed
	a.counter.Mute(hush)
	a.scene.board.Hushed = hush
	if hush {
		a.say(note{sentence: a.words.Device.Silent})
		return true
	}
	a.say(note{sentence: a.words.Device.Speaks})
	return true
}

// deviceSays is how a device is, and what to do about it.
func (a *App) deviceSays(kind ledger.DeviceKind) string {
	state := a.scene.board.Device(kind).State
	if says := a.words.Guest.Scanners[state]; kind == ledger.DeviceScanner && a.guest != nil && says != "" {
		return says
	}
	if kind == ledger.DeviceScanner {
		return a.fill(a.words.Scanners[state])
	}
	if kind == ledger.DeviceVoice && a.words.Device.Voice[state] != "" {
		return a.fill(a.words.Device.Voice[state])
	}
	return a.put(a.words.Device.States[state], "device", a.words.Device.Names[kind])
}

// troubles are the devices, beside the scanner, that somebody should look at, for the status row.
func (a *App) troubles() (parts []string) {
	for _, kind := range ledger.DeviceKinds {
		if kind != ledger.DeviceScanner && a.scene.board.Device(kind).State.Troubled() {
			parts = append(parts, a.deviceSays(kind))
		}
	}
	if a.scene.board.Hushed {
		parts = append(parts, a.fill(a.words.Device.Hushed))
	}
	return parts
}

func (d *devicesScreen) draw(a *App, width, height int) []string {
	w := &a.words.Device
	rows := []string{a.palette.bold.Render(w.Title), ""}
	from, to, more := d.at.window(a, len(ledger.DeviceKinds)+1, max(height-len(rows)-4, 1), true)
	for i := from; i < to; i++ {
		if i == len(ledger.DeviceKinds) {
			rows = append(rows, a.chosen(i == int(d.at), a.words.Guest.Support, width))
			break
		}
		kind := ledger.DeviceKinds[i]
		text := a.deviceSays(kind)
		if since := a.scene.board.Device(kind).Since; !since.IsZero() {
			text += " · " + a.put(w.Since, "time", a.clockOf(since))
		}
		rows = append(rows, a.chosen(i == int(d.at), text, width))
	}
	if more != "" {
		rows = append(rows, a.palette.bold.Render(more))
	}
	rows = append(rows, "")
	switch {
	case d.testing != "":
		rows = append(rows, a.put(w.Testing, "device", w.Names[d.testing]))
	case int(d.at) == len(ledger.DeviceKinds):
	case d.says != "" && d.tested == ledger.DeviceKinds[d.at]:
		rows = append(rows, wrap(d.says, width, 3)...)
	default:
		for _, row := range wrap(clean(a.scene.board.Device(ledger.DeviceKinds[d.at]).Cause, 400), width, 3) {
			rows = append(rows, a.palette.faint.Render(row))
		}
	}
	return rows[:min(len(rows), height)]
}

// printAgain prints a further copy of a sale's receipt.
func (a *App) printAgain(wish ledger.ReprintWish, sale *ledger.Sale, then func(error) tea.Cmd) tea.Cmd {
	w := &a.words.Device
	if a.scene.board.Device(ledger.DevicePrinter).State == ledger.DeviceOff {
		a.say(note{sentence: w.NoPrinter})
		return nil
	}
	actor, nth := a.actor, uint32(0)
	what := a.put(w.AgreeCopy, "tail", sale.ID.Tail(), "amount", sale.Amount.String())
	return a.consented(approval{actPrint, []string{what}, func(ctx context.Context, second *ledger.Consent) (err error) {
		wish := wish
		wish.Second = second
		nth, err = a.book.Reprint(ctx, actor, wish)
		return err
	}, func(a *App, err error) tea.Cmd {
		if err == nil {
			a.say(note{sentence: a.copied(nth)})
		}
		if then == nil {
			return nil
		}
		return then(err)
	}}, false)
}

func (a *App) copied(nth uint32) assets.Sentence {
	w := a.words.Device.Copy
	if a.printerWaits() {
		w = a.words.Device.CopyWaits
	}
	return assets.Sentence{Says: a.put(w.Says, "n", strconv.FormatUint(uint64(nth), 10)), Next: w.Next}
}

// printerWaits reports whether there is a printer that prints nothing now.
func (a *App) printerWaits() bool {
	state := a.scene.board.Device(ledger.DevicePrinter).State
	return state.Troubled() && state != ledger.DeviceLowPaper
}

// printShown prints the receipt of the sale on the screen again.
func (a *App) printShown() tea.Cmd {
	if !a.scene.draft.Empty() { // the sale before is not what the cashier looks at
		a.say(note{sentence: a.words.Draft})
		return nil
	}
	if !a.scene.hasSale {
		a.say(a.noteFor(ledger.ReasonNoSale, ""))
		return nil
	}
	sale := a.scene.sale
	return a.printAgain(ledger.ReprintWish{Sale: sale.ID}, &sale, nil)
}

// devices is the page of line mode: how each device is; a number tests that one.
func (p *plain) devices(rest string) {
	a := p.app
	w := &a.words.Device
	if n, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && n >= 1 && n <= len(ledger.DeviceKinds) {
		kind := ledger.DeviceKinds[n-1]
		if a.counter == nil || a.scene.board.Device(kind).State == ledger.DeviceOff {
			p.tellNote(note{sentence: a.noDevice(kind)})
			return
		}
		ctx, news, counter := a.feed.ctx, p.news, a.counter
		go func() { // beside the lines: a device that does not answer holds up no sale
			end := a.words.Plain.Device + " " + a.testEnd(kind, counter.Test(ctx, kind))
			select {
			case news <- end:
			case <-ctx.Done():
			}
		}()
		return
	}
	p.say(a.words.Plain.Device, p.next(a.fill(w.Pick)))
	for i, kind := range ledger.DeviceKinds {
		p.say("", a.put(w.Line, "n", strconv.Itoa(i+1), "text", sentence(a.deviceSays(kind), p.stop())))
	}
}

// printAgain is the screen's, for the sale that the lines speak of.
func (p *plain) printAgain() {
	a := p.app
	if a.scene.board.Device(ledger.DevicePrinter).State == ledger.DeviceOff {
		p.tellNote(note{sentence: a.words.Device.NoPrinter})
		return
	}
	if !a.scene.draft.Empty() {
		p.tellNote(note{sentence: a.words.Draft})
		return
	}
	if !a.scene.hasSale {
		p.refuse(ledger.Refuse(ledger.ReasonNoSale))
		return
	}
	sale := a.scene.sale
	p.printCopy(ledger.ReprintWish{Sale: sale.ID}, &sale, nil)
}

// printCopy prints a further copy of a sale's receipt.
func (p *plain) printCopy(wish ledger.ReprintWish, sale *ledger.Sale, then func(error)) {
	a := p.app
	book, actor, nth := a.book, a.actor, uint32(0)
	what := a.put(a.words.Device.AgreeCopy, "tail", cleanCode(sale.ID.Tail(), 4), "amount", sale.Amount.String())
	p.consented(approval{do: actPrint, what: []string{what}, call: func(ctx context.Context, second *ledger.Consent) (err error) {
		wish := wish
		wish.Second = second
		nth, err = book.Reprint(ctx, actor, wish)
		return err
	}}, false, func(err error) {
		if err == nil {
			says := a.copied(nth)
			p.say(a.words.Plain.Device, says.Says, p.next(says.Next))
		}
		if then != nil {
			then(err)
		}
	})
}

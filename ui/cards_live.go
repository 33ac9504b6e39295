package ui

import (
	"strconv"
	"strings"
	"time"

	"guitai/ledger"
)

// This file has the values that stand beside the steps of the emergency cards.

// live gives the value that a step names, as the scene has it now; empty for a step without one. What began is told by the
// time on the clock, which costs a thin line nothing; only an unknown payment has its age.
func (a *App) live(name string) string {
	w, s := &a.words.Card, &a.scene
	switch name {
	case "{links}":
		return a.liveLinks()
	case "{unknown}":
		return a.liveUnknown()
	case "{aside}":
		return counted(a, w.Aside, w.NoAside, s.open)
	case "{standing}":
		return a.liveStanding()
	case "{doing}":
		return a.liveDoing()
	case "{owed}":
		return counted(a, w.Owed, w.NoOwed, s.board.Backlog)
	case "{scanner}":
		return a.liveScanner()
	case "{printer}":
		if a.scene.board.Device(ledger.DevicePrinter).State != ledger.DeviceOff {
			return a.deviceSays(ledger.DevicePrinter)
		}
		return w.NoPrinting
	case "{skew}":
		return a.liveSkew()
	case "{free}":
		if s.board.Disk.Low {
			return a.put(a.words.DiskLow, "n", strconv.FormatUint(s.board.Disk.Free>>20, 10))
		}
		return w.Room
	case "{selling}":
		return a.liveSelling()
	case "{fault}":
		return a.liveFault()
	case "{entries}":
		return a.liveEntries()
	}
	return ""
}

// counted is a count in its phrase, or the phrase for none.
func counted(a *App, some, none string, n int) string {
	if n == 0 {
		return none
	}
	return a.put(some, "n", strconv.Itoa(n))
}

func (a *App) liveLinks() string {
	var parts []string
	for _, channel := range ledger.Channels {
		link, ok := a.scene.board.Links[channel]
		if !ok {
			continue
		}
		if link.State == ledger.LinkUp || link.Since.IsZero() {
			parts = append(parts, a.words.Channels[channel]+" "+a.words.Links[link.State])
			continue
		}
		parts = append(parts, a.put(a.words.Card.Since, "channel", a.words.Channels[channel], "state", a.words.Links[link.State], "time", a.clockOf(link.Since)))
	}
	return strings.Join(parts, " · ")
}

// clockOf is an instant on the shop's clock, with its date where the time alone could be that of another day.
func (a *App) clockOf(at time.Time) string {
	layout := "15:04"
	if a.now.Sub(at) >= 12*time.Hour {
		layout = "01-02 15:04"
	}
	return a.book.Calendar().In(at).Format(layout)
}

// liveUnknown names the payment on the screen whose end is not known, else the oldest of those that were set aside.
func (a *App) liveUnknown() string {
	sale, at := &a.scene.sale, a.scene.unsure()
	if at == nil {
		if sale = &a.scene.openSale; a.scene.open == 0 || sale.Live() == nil {
			return a.words.Card.NoUnknown
		}
		at = sale.Live()
	}
	return a.put(a.words.Card.Unknown, "tail", cleanCode(sale.ID.Tail(), 4), "amount", sale.Amount.String(),
		"state", a.words.States[at.State].Short, "time", a.ago(at.OpenedAt))
}

// liveDoing says what the till does about that payment, or about the one on the screen.
func (a *App) liveDoing() string {
	at := a.scene.live()
	if at == nil {
		at = a.scene.unsure()
	}
	if at == nil && a.scene.open > 0 {
		at = a.scene.openSale.Live()
	}
	if at == nil || at.Task == ledger.TaskNone {
		return a.words.Card.Idle
	}
	return a.doing(at)
}

// liveStanding says how the sale on the screen stands.
func (a *App) liveStanding() string {
	if !a.scene.hasSale {
		return a.words.Card.NoStanding
	}
	state := a.words.ToPay
	if at := a.scene.shown(); at != nil {
		state = a.outcome(at).Word
	}
	if a.scene.sale.Settled() && !a.scene.sale.Pending() { // also by what came without a channel
		state = a.words.States[ledger.Paid].Word
	}
	return a.put(a.words.Card.Standing, "tail", cleanCode(a.scene.sale.ID.Tail(), 4), "amount", a.scene.sale.Amount.String(), "state", state)
}

func (a *App) liveScanner() string {
	scanner := a.scene.board.Device(ledger.DeviceScanner)
	text := a.fill(a.words.Scanners[scanner.State])
	if scanner.State == ledger.DeviceOff || scanner.State == ledger.DeviceReady || scanner.Since.IsZero() {
		return text
	}
	return a.put(a.words.Card.ScannerSince, "text", text, "time", a.clockOf(scanner.Since))
}

func (a *App) liveSkew() string {
	skew := a.scene.board.ClockSkew
	switch {
	case skew > 0: // the channels' clock is ahead
		return a.put(a.words.Card.Slow, "seconds", seconds(skew))
	case skew < 0:
		return a.put(a.words.Card.Fast, "seconds", seconds(-skew))
	}
	return a.words.Card.InTime
}

func (a *App) liveSelling() string {
	switch {
	case a.scene.broken != nil:
		return a.put(a.words.Card.Stopped, "text", string(ledger.ReasonOf(a.scene.broken)))
	case a.scene.board.Disk.Full:
		return a.words.Card.Full
	}
	return a.words.Card.Sells
}

func (a *App) liveFault() string {
	switch {
	case a.scene.board.LedgerFault != "":
		return a.words.LedgerFault
	case a.scene.broken != nil:
		return "[" + string(ledger.ReasonOf(a.scene.broken)) + "]"
	case a.scene.mended:
		return a.words.Mended
	}
	return a.words.Card.Whole
}

func (a *App) liveEntries() string {
	text := a.words.Card.NoEntries
	if n := a.scene.warnings; n > 0 {
		text = a.put(a.words.Card.Entries, "n", strconv.Itoa(n), "tail", cleanCode(a.scene.warning.tail, 4), "amount", a.scene.warning.amount.String())
	}
	if forged := a.scene.board.Notices.Forged; forged > 0 {
		text += " · " + a.put(a.words.Card.Forged, "n", strconv.FormatUint(forged, 10))
	}
	return text
}

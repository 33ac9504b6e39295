package ui

import (
	"slices"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"guitai/assets"
)

// The budgets of every screen, in bytes on a thin line at 120×40 in Chinese: those of TestBytesOnAThinLine.
const (
	screenBytes = 5_000 // a screen instead of another one
	qrBytes     = 9_000 // a QR beside it
	nextBytes   = 1_000 // the next row of a list
	digitBytes  = 300
	sumBytes    = 600 // a digit that makes another sum, in big digits
)

// scrolled are the pictures on which a step moves all rows: another screen.
var scrolled = []string{"help", "an X report", "an X report before the count", "a Z report, its end", "exceptions, further down",
	"support at the counter", "support, from outside", "support, the log", "help of a visitor's day"}

// digitBudget is what a digit may cost on a screen; 0 where it chooses, or ends a question, and another screen follows.
func digitBudget(a *App) int {
	switch at := a.top().place(); {
	case at&(atSale|atDay|atFind|atCards|atPick) != 0:
		return 0
	case at == atShift && (a.top().(*shiftScreen).step == shiftMenu || a.top().(*shiftScreen).step == shiftAsk):
		return 0
	case at == atTender:
		return sumBytes
	}
	return digitBytes
}

func rowBudget(name string) int {
	if slices.Contains(scrolled, name) {
		return screenBytes
	}
	return nextBytes
}

// drawnIn gives a picture's App and the canvas that has painted the selling screen and then it, and the bytes of the second.
func drawnIn(t testing.TB, pic picture) (a *App, c *canvas, bytes int) {
	a = drawnApp(t, assets.Zh, false, 120, 40)
	a.scene = baseScene()
	c = newCanvas("xterm-kitty", colorprofile.ANSI256)
	c.paint(nil, a.frame(), a.width, a.height, false)
	pic.set(a)
	return a, c, len(c.paint(nil, a.frame(), a.width, a.height, false))
}

// TestBytesOfEveryScreen: what it costs to come to each screen, to go one row further on it, and to type a digit into it.
func TestBytesOfEveryScreen(t *testing.T) {
	worst := map[string]int{}
	check := func(what, name string, bytes, most int) {
		t.Helper()
		worst[what] = max(worst[what], bytes)
		if bytes > most {
			t.Errorf("%s, %s: %d bytes of %d", name, what, bytes, most)
		}
	}
	for _, pic := range pictures() {
		a, c, bytes := drawnIn(t, pic)
		frame := a.frame()
		if hasQR(frame) {
			check("a screen with a QR", pic.name, bytes, qrBytes)
		} else {
			check("a screen", pic.name, bytes, screenBytes)
		}
		if a.top().place()&atLists != 0 && a.note == (note{}) {
			a.act(press{key: "down"})
			check("the next row", pic.name, len(c.paint(nil, a.frame(), a.width, a.height, false)), rowBudget(pic.name))
		}
		a, c, _ = drawnIn(t, pic)
		if most := digitBudget(a); most > 0 {
			a.note, a.asked = note{}, askNothing
			c.paint(nil, a.frame(), a.width, a.height, false)
			if a.top().typed(a, '7'); a.note == (note{}) {
				check("a digit", pic.name, len(c.paint(nil, a.frame(), a.width, a.height, false)), most)
			}
		}
	}
	t.Logf("at worst: %v", worst)
	if len(worst) != 4 || worst["a digit"] == 0 {
		t.Error("something was never painted")
	}
}

// BenchmarkEveryScreen builds the frame of every picture at 120×40 and tells the slowest: each picture's best time, because other
// programs on the machine only make one slower.
func BenchmarkEveryScreen(b *testing.B) {
	type drawn struct {
		name string
		app  *App
		best time.Duration
	}
	var all []*drawn
	for _, pic := range pictures() {
		a, _, _ := drawnIn(b, pic)
		all = append(all, &drawn{pic.name, a, time.Hour})
	}
	for b.Loop() {
		for _, d := range all {
			start := time.Now()
			d.app.View()
			d.best = min(d.best, time.Since(start))
		}
	}
	slowest := all[0]
	for _, d := range all {
		if d.best > slowest.best {
			slowest = d
		}
	}
	b.ReportMetric(float64(slowest.best.Microseconds()), "µs/slowest")
	b.Logf("the slowest of %d: %s", len(all), slowest.name)
}

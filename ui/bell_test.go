package ui

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/colorprofile"

	"guitai/ledger"
)

// strokes gives how often the bell rings for what something does.
func (r *robot) strokes(do func()) int {
	before := r.rung
	do()
	r.sleep(2 * time.Second)
	return r.rung - before
}

func (r *robot) hears(what string, strokes int, do func()) {
	r.t.Helper()
	if got := r.strokes(do); got != strokes {
		r.t.Errorf("%s rings %d times; %d is right\n%s", what, got, strokes, r.frame())
	}
}

func (r *robot) charge() {
	r.key("8", "enter")
	if err := r.scan(fmt.Sprintf("13%016d", r.keys)); err != nil {
		r.t.Fatal(err)
	}
	r.asked(ledger.RequestPay)
}

func TestTheBell(t *testing.T) {
	store := ledger.NewMemory()
	withRobotOn(t, store, Config{}, nil, func(r *robot) {
		r.hears("waiting for a payment", 0, r.charge)
		r.hears("PAID", 1, func() { r.answered(ledger.RequestPay, ledger.ClassPaid, nil) })
		r.hears("a PAID that stays", 0, func() { r.sleep(time.Minute) })
		r.hears("a resize, the help and back", 0, func() { r.send(sizeMsg(120, 40)); r.key("f1", "esc") })
		r.hears("the next customer", 0, r.charge)
		r.hears("a refusal", 2, func() { r.answered(ledger.RequestPay, ledger.ClassRefused, nil) })
		r.hears("a dropped sale", 0, func() { r.key("f8") })
		r.charge()
		r.hears("no answer", 2, func() { r.answered(ledger.RequestPay, ledger.ClassUnknown, nil) })
		r.hears("the payment it was", 1, func() { r.answered(ledger.RequestQuery, ledger.ClassPaid, nil) })
		r.hears("a ledger that stops", 3, func() {
			store.FailAppend = func(ledger.Batch) (bool, error) { return false, errors.New("planted") }
			r.key("9", "enter")
		})
	})
}

func TestTheBellIsSilentAtTheStart(t *testing.T) {
	store := ledger.NewMemory()
	withRobotOn(t, store, Config{}, nil, func(r *robot) {
		r.charge()
		r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
	})
	withRobotOn(t, store.Reopen(), Config{}, nil, func(r *robot) {
		r.hears("a till that is started again", 0, func() {})
		r.sees("PAID")
	})
}

func TestTheBellIsOff(t *testing.T) {
	withRobot(t, Config{Bell: BellOff}, func(r *robot) {
		r.hears("PAID", 0, func() {
			r.charge()
			r.answered(ledger.RequestPay, ledger.ClassPaid, nil)
		})
	})
}

// TestThePainterRings: the painter's terminal hears each stroke once, and Bubble Tea is not asked for it.
func TestThePainterRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newPainter(&out, newCanvas("xterm", 0).can, colorprofile.ANSI, nil)
		p.bell()
		synctest.Wait()
		if n := bytes.Count(out.Bytes(), []byte{'\a'}); n != 1 {
			t.Errorf("%d strokes", n)
		}
		p.close(time.Second)
	})
}

// TestANewSoundEndsTheOldOne, so that strokes are counted right.
func TestANewSoundEndsTheOldOne(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		r.charge()
		r.hears("unknown, and paid at once", 2, func() {
			r.answered(ledger.RequestPay, ledger.ClassUnknown, nil)
			r.answered(ledger.RequestQuery, ledger.ClassPaid, nil)
		})
	})
}

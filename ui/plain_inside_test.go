package ui

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"guitai/ledger"
)

// TestPlainNumbersOfWishesStay: a line that is being typed answers the wish that was told with its number, and no other one.
func TestPlainNumbersOfWishesStay(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		first := p.visited(t)
		p.hears("VISITOR", "1: chen asks")
		io.WriteString(p.keys, "@ yes 1")
		if err := p.book.EndVisit(context.Background(), first, ledger.VisitEnd{Why: ledger.VisitLeft}); err != nil {
			t.Fatal(err)
		}
		_, asked := p.asksFor(t, "zhou", ledger.HandWish{What: ledger.HandRestart, Device: ledger.DevicePrinter})
		p.hears("VISITOR", "2: zhou asks", "@ yes 2 does it, @ no 2 does not")
		p.sleep(time.Second)
		p.line("")
		p.hears("NOT DONE", "answered")
		if !p.waits(asked) {
			t.Fatal("another wish was answered")
		}
		p.line("@", "@ no 1") // the list, told anew
		if p.waits(asked) {
			t.Error("the first of the list was not answered")
		}
	})
}

// TestPlainTellsAfterTheLock what was said and asked for while nobody was there to hear it.
func TestPlainTellsAfterTheLock(t *testing.T) {
	withStaff(t, Config{}, func(_ *ledger.BookConfig, o *Options) { o.LockAfter = 0 }, func(r *robot) {
		p, end := onPaper(r, Options{})
		defer end()
		visit, _ := p.asksFor(t, "chen", ledger.HandWish{What: ledger.HandBundle})
		if err := r.book.SayVisitor(context.Background(), visit, "are you there"); err != nil {
			t.Fatal(err)
		}
		p.sleep(time.Second)
		if said := p.paper.all(); strings.Contains(said, "asks") || strings.Contains(said, "are you") || !strings.Contains(said, "chen (support) has come in") {
			t.Fatalf("%s", said)
		}
		p.signsIn("3", "wang")
		p.sleep(time.Second)
		if said := p.paper.all(); !strings.Contains(said, "chen: are you there") || !strings.Contains(said, "1: chen asks") {
			t.Errorf("%s", said)
		}
	})
}

// TestPlainBugsBesideTheLines end the line mode in order, and not the process.
func TestPlainBugsBesideTheLines(t *testing.T) {
	withRobot(t, Config{}, func(r *robot) {
		p, _ := onPaper(r, Options{Door: &testDoor{breaks: true}, Actor: ledger.Trainee, Training: true})
		p.line("@ ring", "yes")
		synctest.Wait()
		var failure *PanicError
		select {
		case err := <-p.ended:
			if !errors.As(err, &failure) {
				t.Error(err)
			}
		default:
			t.Error("it goes on")
		}
		p.end()
		p.keys.Close()
	})
}

// TestPlainTellsWhatCameOfAWish: in the talk, where whoever asked reads it.
func TestPlainTellsWhatCameOfAWish(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.visited(t)
		p.line("@ yes 1")
		synctest.Wait()
		p.book.Read(func(s *ledger.State) {
			if talk := s.Talk(); len(talk) != 1 || talk[0].Person != ledger.Till.Person || !strings.HasPrefix(talk[0].Text, "For chen: make a support bundle. ") {
				t.Errorf("%+v", talk)
			}
		})
	})
}

// TestPlainHelpNamesTheAnswers: and the word that throws everybody out.
func TestPlainHelpNamesTheAnswers(t *testing.T) {
	withPlain(t, plainWith{}, func(p *plainRobot) {
		p.line("?")
		for _, line := range []string{"@ yes 1: does the first thing", "throw: throws everybody out"} {
			if said := p.paper.all(); !strings.Contains(said, line) {
				t.Errorf("no %q in\n%s", line, said)
			}
		}
	})
}

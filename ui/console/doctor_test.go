package console

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// examined runs the doctor over checks and gives what it says.
func examined(ctx context.Context, checks []Check, fault error, args ...string) (stdout, stderr string, code int, ended bool) {
	var out, errs strings.Builder
	plan := func(what Examination) ([]Check, func(), error) { return checks, func() { ended = true }, fault }
	code = Doctor(ctx, args, plan, &out, &errs)
	return out.String(), errs.String(), code, ended
}

// finds is a check that finds the same each time.
func finds(name string, state State, says, hint string) Check {
	return Check{name, func(context.Context) (State, string, string) { return state, says, hint }}
}

func TestDoctorSaysOneLineEach(t *testing.T) {
	out, _, code, ended := examined(t.Context(), []Check{
		finds("scanner", Ready, "at 9600 baud", ""), finds("printer", "no-paper", "it is out of paper", "put a roll in"), finds("page", Off, "", ""),
	}, nil, "--config", "x")
	const want = "scanner      ready       at 9600 baud\n" +
		"printer      no-paper    it is out of paper -> put a roll in\n" +
		"page         off\n"
	if out != want || code != 1 || !ended {
		t.Errorf("exit %d, ended %v:\n%s", code, ended, out)
	}
}

func TestDoctorsExitCode(t *testing.T) {
	for _, state := range []State{Ready, Off, Mute, Held} {
		if _, _, code, _ := examined(t.Context(), []Check{finds("x", state, "", "")}, nil); code != 0 {
			t.Errorf("%s: exit %d", state, code)
		}
	}
	for _, state := range []State{"absent", "busy", "", "a word of tomorrow"} {
		if _, _, code, _ := examined(t.Context(), []Check{finds("x", Ready, "", ""), finds("y", state, "", ""), finds("z", Ready, "", "")}, nil); code != 1 {
			t.Errorf("%s: exit %d", state, code)
		}
	}
	if out, errs, code, _ := examined(t.Context(), nil, errors.New("c.toml:2: one\nc.toml:3: two")); code != 2 || out != "" || errs != "c.toml:2: one\nc.toml:3: two\n" {
		t.Errorf("a wrong configuration: exit %d, %q %q", code, out, errs)
	}
	for _, args := range [][]string{{"--bogus"}, {"now"}, {"--test=maybe"}} {
		if _, errs, code, _ := examined(t.Context(), nil, nil, args...); code != 2 || !strings.Contains(errs, "guitai doctor [--json]") {
			t.Errorf("%q: exit %d, %q", args, code, errs)
		}
	}
	if out, _, code, _ := examined(t.Context(), nil, nil, "--help"); code != 0 || out != doctorUsage {
		t.Errorf("help: exit %d, %q", code, out)
	}
}

// TestDoctorIsStopped: what was not looked at is not called good, and what a check found while it was broken off is not told.
func TestDoctorIsStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	slow := Check{"scanner", func(ctx context.Context) (State, string, string) {
		stop()
		<-ctx.Done()
		return "absent", "", ""
	}}
	for _, args := range [][]string{{"--json"}, {"--test"}, nil} {
		out, _, code, ended := examined(ctx, []Check{slow, finds("page", Ready, "", "")}, nil, args...)
		if code != 2 || out != "" || !ended {
			t.Errorf("%q: exit %d, ended %v, %q", args, code, ended, out)
		}
	}
}

func TestDoctorAsJSON(t *testing.T) {
	out, _, code, _ := examined(t.Context(), []Check{finds("scanner", Ready, "there", ""), finds("printer", "absent", "gone", "plug it in")}, nil, "--json")
	var got, want any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	const shape = `{"good": false, "checks": [{"name": "scanner", "state": "ready", "look": false, "says": "there"},
		{"name": "printer", "state": "absent", "look": true, "says": "gone", "next": "plug it in"}]}`
	if err := json.Unmarshal([]byte(shape), &want); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) || code != 1 {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// TestDoctorsChecksRunTogether: each waits for the other, and the first of the list is told first.
func TestDoctorsChecksRunTogether(t *testing.T) {
	var meet sync.WaitGroup
	meet.Add(2)
	waits := func(context.Context) (State, string, string) {
		meet.Done()
		meet.Wait()
		return Ready, "", ""
	}
	if out, _, code, _ := examined(t.Context(), []Check{{"one", waits}, {"two", waits}}, nil); code != 0 || strings.Index(out, "one") > strings.Index(out, "two") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// TestDoctorTestsInTurn: nobody can listen to a voice and look at a display at once.
func TestDoctorTestsInTurn(t *testing.T) {
	var order []string
	var running atomic.Int32
	var mu sync.Mutex
	check := func(name string) Check {
		return Check{name, func(context.Context) (State, string, string) {
			if running.Add(1) > 1 {
				t.Errorf("%s is tested beside another", name)
			}
			mu.Lock()
			order = append(order, name)
			mu.Unlock()
			running.Add(-1)
			return Ready, "", ""
		}}
	}
	var checks []Check
	for _, name := range strings.Fields("a b c d e f g h") {
		checks = append(checks, check(name))
	}
	examined(t.Context(), checks, nil, "--test")
	if got := strings.Join(order, " "); got != "a b c d e f g h" {
		t.Errorf("in the order %s", got)
	}
}

// TestDoctorsTextIsHarmless: what a device or a path says can neither steer the terminal nor make a line of its own.
func TestDoctorsTextIsHarmless(t *testing.T) {
	const evil = "a\x1b]0;title\x07\x9b2J\r\nscanner  ready\tb\u202egood\u200b\xff\u2028é 收款 " // and what people write stays
	for _, args := range [][]string{nil, {"--json"}} {
		out, _, _, _ := examined(t.Context(), []Check{finds(evil, evil, evil, evil)}, nil, args...)
		for _, r := range out {
			if r < ' ' && (r != '\n' || args == nil && strings.Count(out, "\n") != 1) || r == 0x7f || r >= 0x80 && r < 0xa0 || strings.ContainsRune("\u202e\u200b\u2028", r) {
				t.Errorf("%q: %q in %q", args, r, out)
			}
		}
		if !strings.Contains(out, "é 收款") {
			t.Errorf("%q", out)
		}
	}
	if _, errs, _, _ := examined(t.Context(), nil, errors.New(evil)); strings.ContainsAny(errs, "\x1b\x07\u202e") {
		t.Errorf("%q", errs)
	}
	if got := harmless(strings.Repeat("收", 10_000)); len([]rune(got)) != saysMost {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

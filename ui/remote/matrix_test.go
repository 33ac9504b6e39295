package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// request is something that a visitor tries. wants tells whether a person may have it.
type request struct {
	name  string
	try   func(*ssh.Client) (granted bool)
	wants func(c credential) bool
}

func never(credential) bool         { return false }
func always(credential) bool        { return true }
func terminal(c credential) bool    { return !c.noPTY }
func supervisors(c credential) bool { return c.person == "anna" || c.person == "dora" }
func supporters(c credential) bool  { return !supervisors(c) }

// asks sends requests on one session; the last one's answer counts, and the others must be granted where must says so.
func asks(steps ...step) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ch, requests, err := client.OpenChannel("session", nil)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		defer ch.Close()
		var ok bool
		for _, s := range steps {
			if ok, err = ch.SendRequest(s.kind, true, s.payload); err != nil {
				return false
			}
		}
		return ok
	}
}

type step struct {
	kind    string
	payload []byte
}

func pty(term string, cols, rows uint32) step {
	return step{"pty-req", ssh.Marshal(ptyRequest{Term: term, Cols: cols, Rows: rows})}
}

func command(text string) step { return step{"exec", ssh.Marshal(struct{ Line string }{text})} }

func opens(kind string, payload []byte) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ch, requests, err := client.OpenChannel(kind, payload)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		ch.Close()
		return true
	}
}

func global(kind string, payload []byte) func(*ssh.Client) bool {
	return func(client *ssh.Client) bool {
		ok, _, err := client.SendRequest(kind, true, payload)
		return ok && err == nil
	}
}

var (
	shell   = step{"shell", nil}
	xterm   = pty("xterm-256color", 120, 40)
	forward = ssh.Marshal(struct {
		Host  string
		Port  uint32
		Host2 string
		Port2 uint32
	}{"127.0.0.1", 80, "127.0.0.1", 1})
	listenAt = ssh.Marshal(struct {
		Host string
		Port uint32
	}{"127.0.0.1", 0})
)

var requests = []request{
	{"screens", asks(xterm, shell), terminal},
	{"a window of another size", asks(xterm, shell, step{"window-change", ssh.Marshal(windowChange{Cols: 80, Rows: 24})}), terminal},
	{"a supervisor's command", asks(command("day --json")), supervisors},
	{"a command of two words", asks(command("statement show 2026-01-31")), supervisors},
	{"a supporter's command", asks(command("doctor")), supporters},
	{"a supporter's command on a terminal", asks(xterm, command("doctor")), supporters},
	{"keepalive", global("keepalive@openssh.com", nil), always},

	{"screens without a terminal", asks(shell), never},
	{"half of a command", asks(command("statement")), never},
	{"more than a command", asks(command("statement showing")), never},
	{"a shell", asks(command("sh")), never},
	{"a path to a command", asks(command("/bin/doctor")), never},
	{"no command", asks(command("")), never},
	{"blanks", asks(command("   ")), never},
	{"a command and a shell", asks(command("doctor;sh")), never},
	{"a command in quotes", asks(command("day 'x'")), never},
	{"a command with a substitution", asks(command("doctor $(sh)")), never},
	{"two lines", asks(command("doctor\nsh")), never},
	{"an escape", asks(command("doctor \x1b[2J")), never},
	{"a long command", asks(command("doctor " + strings.Repeat("x", longestLine))), never},
	{"many words", asks(command("doctor" + strings.Repeat(" x", longestWords))), never},
	{"scp", asks(command("scp -t /tmp")), never},
	{"a command that is no text", asks(step{"exec", []byte{0, 0, 0, 9, 'd'}}), never},
	{"a command with something behind", asks(step{"exec", append(command("doctor").payload, 0)}), never},
	{"an environment", asks(step{"env", ssh.Marshal(struct{ Name, Value string }{"LANG", "C"})}), never},
	{"sftp", asks(step{"subsystem", ssh.Marshal(struct{ Name string }{"sftp"})}), never},
	{"X11", asks(xterm, step{"x11-req", nil}), never},
	{"an agent", asks(step{"auth-agent-req@openssh.com", nil}), never},
	{"a signal", asks(xterm, shell, step{"signal", ssh.Marshal(struct{ Name string }{"KILL"})}), never},
	{"a break", asks(xterm, shell, step{"break", ssh.Marshal(struct{ Length uint32 }{500})}), never},
	{"something new", asks(step{"new@example.com", nil}), never},
	{"two terminals", asks(xterm, xterm), never},
	{"two shells", asks(xterm, shell, shell), never},
	{"a command behind a shell", asks(xterm, shell, command("who")), func(c credential) bool { return c.noPTY }}, // there is no shell before it
	{"a terminal behind a command", asks(command("who"), xterm), never},
	{"a terminal with an evil name", asks(pty("xterm;\x1b[", 80, 24)), never},
	{"a terminal without a name", asks(pty("", 80, 24)), never},
	{"a terminal as large as a house", asks(pty("xterm", 1<<31, 1<<31)), never},
	{"a terminal that is no terminal", asks(step{"pty-req", []byte("pty")}), never},
	{"a size without a terminal", asks(step{"window-change", ssh.Marshal(windowChange{Cols: 80, Rows: 24})}), never},
	{"a size of nothing", asks(xterm, step{"window-change", ssh.Marshal(windowChange{})}), never},
	{"direct-tcpip", opens("direct-tcpip", forward), never},
	{"forwarded-tcpip", opens("forwarded-tcpip", forward), never},
	{"a socket on the machine", opens("direct-streamlocal@openssh.com", ssh.Marshal(struct {
		Path, Reserved string
		Port           uint32
	}{"/run/x", "", 0})), never},
	{"a tunnel", opens("tun@openssh.com", nil), never},
	{"an agent's channel", opens("auth-agent@openssh.com", nil), never},
	{"an X11 channel", opens("x11", nil), never},
	{"tcpip-forward", global("tcpip-forward", listenAt), never},
	{"cancel-tcpip-forward", global("cancel-tcpip-forward", listenAt), never},
	{"streamlocal-forward", global("streamlocal-forward@openssh.com", ssh.Marshal(struct{ Path string }{"/tmp/x"})), never},
	{"the host's other keys", global("hostkeys-prove-00@openssh.com", nil), never},
	{"no more sessions", global("no-more-sessions@openssh.com", nil), never},
}

// triesRefused is how often a credential that must not come in is tried: it comes to no request, so the kind of request is no matter.
const triesRefused = 25

// TestMatrix tries every request with every credential. Nobody gets in who should not, and nobody gets what is not theirs.
func TestMatrix(t *testing.T) {
	w := newWorld(t, &book{serve: func(ctx context.Context, _ *Session) int { <-ctx.Done(); return 0 }})
	if len(w.credentials) < 40 || len(requests) < triesRefused {
		t.Fatalf("%d credentials and %d requests", len(w.credentials), len(requests))
	}
	in, cells := 0, 0
	for _, c := range w.credentials {
		for i, r := range requests {
			if c.person == "" && i == triesRefused {
				break
			}
			client, err := c.call.to(w.door.at)
			cells++
			switch {
			case err != nil && c.person != "":
				t.Fatalf("%s: %v", c.name, err)
			case err != nil:
				continue
			case c.person == "":
				t.Errorf("%s: came in", c.name)
			}
			in++
			if got := r.try(client); got != r.wants(c) {
				t.Errorf("%s, %s: granted = %v", c.name, r.name, got)
			}
			client.Close()
		}
	}
	t.Logf("%d cells, %d logins", cells, in)
}

// TestWhoIsInside asks every credential that comes in who it is.
func TestWhoIsInside(t *testing.T) {
	w := newWorld(t, &book{})
	for _, c := range w.credentials {
		if c.person == "" {
			continue
		}
		client, err := c.call.to(w.door.at)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		s, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		line, role := "doctor", "support"
		if supervisors(c) {
			line, role = "day", "supervisor"
		}
		out, err := s.Output(line)
		var exit *ssh.ExitError
		if !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			t.Errorf("%s: %v, want exit code 7", c.name, err)
		}
		if want := fmt.Sprintf("%s %s [%q]", c.person, role, line); !bytes.HasPrefix(out, []byte(want)) {
			t.Errorf("%s: is %q, want %q", c.name, out, want)
		}
		client.Close()
	}
}

package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guitai/assets"
)

// TestDoctorOfTheDoor: a port that another program has, the same beside the open till, then the door itself with its key, from outside and
// through it, and a door that is locked.
func TestDoctorOfTheDoor(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", ownPlace(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	at := other.Addr().String()
	v := newVisitor(t)
	s := newSurgery(t, "[remote]\nlisten = [\""+at+"\"]\nsocket = true\n[[remote.person]]\nname = \"chen\"\nrole = \"support\"\nkeys = [\""+v.key("chen")+"\"]\n")
	finds := func(state, says string) diagnosis {
		t.Helper()
		found := s.finds(map[bool]int{true: 0, false: 1}[state == "ready"])
		wantsFound(t, found, [3]string{"door", state, says})
		return found["door"]
	}
	finds("busy", at+" is taken by another program")

	r := newRobot(t, 80, 24, "--config", s.config, "--data-dir", s.dir, "--lang", "en")
	r.start()
	r.sees(assets.For(assets.En).NoSale.Says)
	logged := func(says string) string {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log", "guitai.log"))
			if strings.Contains(string(log), says) {
				return string(log)
			}
			if time.Now().After(deadline) {
				t.Fatalf("the log does not say %q:\n%s", says, log)
			}
		}
	}
	logged("the door for support cannot be opened")
	go func() { // says nothing to whoever calls
		for conn, err := other.Accept(); err == nil; conn, err = other.Accept() {
			conn.Close()
		}
	}()
	finds("full", at) // a program that closes at once is as the door when too many are there

	other.Close()
	log := logged("the door for support is open")
	key := finds("ready", "listens at "+at+", remote.sock; its key is SHA256:").Says
	key = key[strings.Index(key, "SHA256:"):]
	if !strings.Contains(log, key) || !strings.Contains(log, at) {
		t.Errorf("the log has another key or place than %s:\n%s", key, log)
	}
	if out, errs, _ := program(t, "attach", "--config", s.config, "--data-dir", s.dir, "doctor"); !strings.Contains(out, key) {
		t.Errorf("through the door: %s%s", out, errs)
	}
	r.keys("C-x")
	r.sees(strings.Split(assets.For(assets.En).Guest.Thrown.Says, "{")[0])
	finds("locked", "nobody comes in before")
	if log := logged("somebody has left the door again"); strings.Contains(log, "turned away") {
		t.Errorf("the doctor was taken for somebody who wants in:\n%s", log)
	}
}

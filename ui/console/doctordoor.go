package console

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"
)

// DoorFound is what was seen of the door for visitors.
type DoorFound struct {
	On       bool // one is configured
	Open     bool // a till has the data folder, so each place was knocked at; else each was tried as the till would open it
	Places   []DoorPlace
	Key      string // the fingerprint of the till's own key; empty: it has none yet
	KeyFault error  // why that cannot be read
	Locked   time.Time
}

// DoorPlace is an address or the socket, and why the till's door is not there, or cannot be.
type DoorPlace struct {
	At  string
	Err error
}

// How knocking at a place can end beside the errors of the line.
var (
	ErrNotTheDoor  = errors.New("something else answers there")
	ErrAnotherTill = errors.New("what answers there has another key, so it is not this till")
	ErrShut        = errors.New("it closes at once: too many are at the door, or another program has it")
)

// DoorCheck tells whether visitors can come in, where, and by which key they know the till.
func DoorCheck(f DoorFound, now time.Time) (State, string, string) {
	bad := slices.IndexFunc(f.Places, func(p DoorPlace) bool {
		return p.Err != nil && !errors.Is(p.Err, syscall.ECONNREFUSED) && !errors.Is(p.Err, fs.ErrNotExist)
	})
	if bad < 0 { // a till that cannot have one place opens none: the others only do not answer
		bad = slices.IndexFunc(f.Places, func(p DoorPlace) bool { return p.Err != nil })
	}
	switch {
	case !f.On:
		return Off, "none is configured", ""
	case f.KeyFault != nil:
		return faultWord(f.KeyFault), f.KeyFault.Error(), "until then nobody can come in; as the till's user, mend it or move the file away: the till makes a new key, which visitors do not know"
	case f.Open && now.Before(f.Locked):
		return "locked", "the counter has thrown everybody out, and nobody comes in before " + f.Locked.Format("15:04"), "wait, or have it opened at the counter"
	case bad >= 0:
		return f.Places[bad].fault(f.Open)
	}
	var at []string
	for _, p := range f.Places {
		at = append(at, p.At)
	}
	says, key := "the open till listens at ", "; its key is "+f.Key
	if !f.Open {
		says = "free for the open till: "
	}
	if f.Key == "" {
		key = "; it gets its key when it first opens"
	}
	return Ready, says + strings.Join(at, ", ") + key, ""
}

// fault says why a place is not the door's.
func (p DoorPlace) fault(open bool) (State, string, string) {
	const other = "close that one, or choose another port: listen under [remote]"
	const look = "the till tries again every 5 s, and its log says why it cannot"
	err := p.Err
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "busy", p.At + " is taken by another program", other
	case errors.Is(err, ErrNotTheDoor), errors.Is(err, ErrAnotherTill):
		return "busy", fmt.Sprintf("%s: %v", p.At, err), other
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "failed", p.At + " is no address of this machine", "name one that it has (ip address): listen under [remote]"
	case errors.Is(err, ErrShut):
		return "full", fmt.Sprintf("%s: %v", p.At, err), "try again in a minute; the till's log says who was turned away"
	case open && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)):
		return "failed", "the till is open and does not listen at " + p.At, look
	case open && errors.Is(err, fs.ErrPermission):
		return "no-access", err.Error(), "run this as the till's user"
	case errors.Is(err, fs.ErrPermission):
		return "no-access", err.Error(), "choose a port from 1024 on: listen under [remote]"
	case open:
		return "failed", err.Error(), look
	}
	return "failed", err.Error(), "choose another address of this machine, such as 127.0.0.1:2222: listen under [remote]"
}

package remote

import (
	"errors"
	"net"
	"strings"
	"time"
)

// This file is what the door says at the socket before it closes: one line in the place of the version of SSH (RFC 4253, section 4.2,
// lets a server send other lines first). Strangers on the network are told nothing.

const (
	sayLocked = "guitai: locked until " // and a time, RFC 3339
	sayFull   = "guitai: too many at the door"
)

// errOtherUser is told to the log.
var errOtherUser = errors.New("the other end of the socket is another user's")

// LockedError says that the counter has locked the door.
type LockedError struct{ Until time.Time }

func (e *LockedError) Error() string { return "the door is locked until " + e.Until.Format("15:04") }

// ErrFull says that there was no place at the door.
var ErrFull = errors.New("too many are at the door; try again in a minute")

// Declined reads such a line. It gives nil for one that is none.
func Declined(line string) error {
	line = strings.TrimRight(line, "\r\n")
	if line == sayFull {
		return ErrFull
	}
	text, locked := strings.CutPrefix(line, sayLocked)
	until, err := time.Parse(time.RFC3339, text)
	if !locked || err != nil {
		return nil
	}
	return &LockedError{until}
}

// mayKnock asks whose the other end of a connection to the socket is.
func (d *Door) mayKnock(conn net.Conn) bool {
	local, ok := conn.(*net.UnixConn)
	return !ok || d.opt.Peer(local) == nil
}

// decline closes a connection; one to the socket is told why. A line so short never waits for the other end.
func decline(conn net.Conn, why string) {
	if _, local := conn.(*net.UnixConn); local {
		_ = conn.SetWriteDeadline(time.Now().Add(takeAgain))
		_, _ = conn.Write([]byte(why + "\r\n"))
	}
	conn.Close()
}

package ui

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// sameUser refuses a socket's other end when it belongs to another user, by what the kernel says (unix(7), SO_PEERCRED).
func sameUser(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("asking who is at the other end: %w", err)
	}
	var peer *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	switch {
	case err != nil:
		return fmt.Errorf("asking who is at the other end: %w", err)
	case asked != nil:
		return fmt.Errorf("asking who is at the other end: %w", asked)
	}
	return checkUser(int(peer.Uid), os.Getuid())
}

//go:build darwin || freebsd

package ui

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// sameUser refuses a socket's other end when it belongs to another user, by what the kernel says (LOCAL_PEERCRED).
func sameUser(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("asking who is at the other end: %w", err)
	}
	var peer *unix.Xucred
	var asked error
	err = raw.Control(func(fd uintptr) { peer, asked = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED) })
	switch {
	case err != nil:
		return fmt.Errorf("asking who is at the other end: %w", err)
	case asked != nil:
		return fmt.Errorf("asking who is at the other end: %w", asked)
	}
	return checkUser(int(peer.Uid), os.Getuid())
}

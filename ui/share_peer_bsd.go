//go:build darwin || freebsd

package ui

import "golang.org/x/sys/unix"

// peerUser tells who is at a socket's other end, by what the kernel says (LOCAL_PEERCRED).
func peerUser(fd int) (uid uint32, err error) {
	peer, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return peer.Uid, nil
}

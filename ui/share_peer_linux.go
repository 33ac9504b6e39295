package ui

import "golang.org/x/sys/unix"

// peerUser tells who is at a socket's other end, by what the kernel says (unix(7), SO_PEERCRED).
func peerUser(fd int) (uid uint32, err error) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return peer.Uid, nil
}

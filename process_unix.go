//go:build unix

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// forbidCoreDumps keeps customer codes and keys in memory from reaching a disk when the process dies. Where the system
// does not let us, it is no reason not to sell.
func forbidCoreDumps() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}

// redirectStderr sends file descriptor 2 to a file and gives a function that brings it back.
func redirectStderr(path string) (restore func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("stderr log: %w", err)
	}
	defer file.Close()
	saved, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("keeping stderr: %w", err)
	}
	if err := dupTo(int(file.Fd()), 2); err != nil {
		return nil, fmt.Errorf("redirecting stderr: %w", err)
	}
	return func() {
		_ = dupTo(saved, 2)
		_ = unix.Close(saved)
	}, nil
}

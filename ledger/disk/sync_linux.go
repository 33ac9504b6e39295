package disk

import (
	"os"
	"syscall"
)

// datasync makes a file's content durable. Its length and times may lag behind: a commit changes neither that matters.
func datasync(file *os.File) error { return syscall.Fdatasync(int(file.Fd())) }

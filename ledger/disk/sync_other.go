//go:build !linux

package disk

import "os"

// datasync makes a file's content durable.
func datasync(file *os.File) error { return file.Sync() }

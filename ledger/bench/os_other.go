//go:build !linux

package main

import (
	"io/fs"
	"os"
)

func datasync(file *os.File) error     { return file.Sync() }
func inMemory(string) (bool, error)    { return false, nil }
func allocated(info fs.FileInfo) int64 { return info.Size() }
func load() string                     { return "unknown" }

package hardware

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// Process is a process, and its own choice of a name.
type Process struct {
	ID   int
	Name string
}

// Holders are the other processes that have a device file open, from /proc. None can be seen where they belong to another user, or the
// system has no /proc.
func Holders(path string) []Process { return systemRoots.holders(path) }

// holder names the first of them ("minicom, process 1234"); it is empty where there is none.
func (r roots) holder(path string) string {
	for _, p := range r.holders(path) {
		return fmt.Sprintf("%s, process %d", p.Name, p.ID)
	}
	return ""
}

func (r roots) holders(path string) (found []Process) {
	device, err := filepath.EvalSymlinks(path)
	if path == "" || err != nil {
		return nil
	}
	processes, _ := os.ReadDir(r.proc) // none, and nobody is named
	for _, p := range processes {
		number, err := strconv.Atoi(p.Name())
		if err != nil || number == os.Getpid() {
			continue
		}
		if r.holds(p.Name(), device) {
			found = append(found, Process{number, processName(attribute(filepath.Join(r.proc, p.Name()), "comm"))})
		}
	}
	return found
}

func (r roots) holds(process, device string) bool {
	folder := filepath.Join(r.proc, process, "fd")
	files, err := os.ReadDir(folder)
	if err != nil {
		return false // another user's, or it has just ended
	}
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join(folder, f.Name())); err == nil && to == device {
			return true
		}
	}
	return false
}

// processName makes a process's own choice of a name fit for a line: it may hold any byte.
func processName(comm string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, comm)
	if name == "" {
		return "a program"
	}
	return name
}

package hardware

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// holder names the process that has a device file open ("minicom, process 1234"), from /proc; it is empty where none can be
// seen: the process belongs to another user, or the system has no /proc.
func (r roots) holder(path string) string {
	device, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	processes, _ := os.ReadDir(r.proc) // none, and nobody is named
	for _, p := range processes {
		number, err := strconv.Atoi(p.Name())
		if err != nil || number == os.Getpid() {
			continue
		}
		if r.holds(p.Name(), device) {
			return fmt.Sprintf("%s, process %d", processName(attribute(filepath.Join(r.proc, p.Name()), "comm")), number)
		}
	}
	return ""
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

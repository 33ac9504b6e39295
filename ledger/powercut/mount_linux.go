package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// run runs a command and gives what it printed. Nothing of this program's own ever holds a file of its own FUSE mounts
// open: a command that is being started would close that file, and wait for the program that is starting it.
func run(name string, args ...string) (string, error) {
	var out, complaint bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// mountFUSE serves a file system at a new folder until the function it gives is called.
func mountFUSE(dir string, root fs.InodeEmbedder) (func() error, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	hour := time.Hour                // nobody but the kernel changes anything
	syscall.ForkLock.RLock()         // go-fuse opens /dev/fuse for children, too: one that held it would keep
	defer syscall.ForkLock.RUnlock() // a file system alive that nobody serves any more, and hang on it
	defer closeOnExec("/dev/fuse")
	server, err := fs.Mount(dir, root, &fs.Options{
		EntryTimeout: &hour, AttrTimeout: &hour,
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "powercut", MaxWrite: 1 << 20, DisableXAttrs: true},
	})
	if err != nil {
		return nil, fmt.Errorf("mounting a FUSE file system: %w", err)
	}
	return server.Unmount, nil
}

// closeOnExec keeps a file from the processes that this one starts.
func closeOnExec(name string) {
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == name {
			if fd, err := strconv.Atoi(filepath.Base(link)); err == nil {
				syscall.CloseOnExec(fd)
			}
		}
	}
}

// attach puts a loop device on a file.
func attach(file string) (device string, err error) {
	for range 20 { // another program may have taken the free one
		if device, err = run("losetup", "--find", "--show", file); err == nil {
			return device, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return "", err
}

// detach waits until the device is free: the kernel lets it go when its last user has.
func detach(device string) error {
	_, err := run("losetup", "--detach", device)
	for range 200 {
		if _, statErr := os.Stat(filepath.Join("/sys/block", filepath.Base(device), "loop")); err != nil || statErr != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}

// kindOfFS is a file system that can stand on a disk.
type kindOfFS struct {
	name    string
	size    int64 // of the disk
	mkfs    []string
	options string
}

var (
	ext4 = kindOfFS{"ext4", 128 << 20, []string{"mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0"}, "noatime"}
	xfs  = kindOfFS{"xfs", 304 << 20, []string{"mkfs.xfs", "-q", "-K"}, "noatime,nouuid"} // the same disk may be mounted twice
)

func (k kindOfFS) make(device string) error {
	_, err := run(k.mkfs[0], append(k.mkfs[1:len(k.mkfs):len(k.mkfs)], device)...)
	return err
}

func (k kindOfFS) mount(device, dir, more string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, err := run("mount", "-t", k.name, "-o", k.options+more, device, dir)
	return err
}

// unmount takes a file system off, from its users if need be.
func unmount(dir string) error {
	for range 100 {
		err := syscall.Unmount(dir, 0)
		if !errors.Is(err, syscall.EBUSY) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return syscall.Unmount(dir, syscall.MNT_DETACH)
}

// sweep takes everything down that stands below a folder: mounts, loop devices, files. It is for what a run has left that
// could not clean up itself, and does nothing after one that could. A mount may still be on its way, so it looks again.
func sweep(root string) {
	quiet := 0 // rounds in which there was nothing
	for range 100 {
		devices, mounts := loopsBelow(root), mountsBelow(root) // the devices first: without its mount a file has another name
		for _, dir := range slices.Backward(mounts) {
			_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		}
		for _, device := range devices {
			_, _ = run("losetup", "--detach", device)
		}
		if quiet++; len(devices)+len(mounts) > 0 {
			quiet = 0
		}
		if quiet == 5 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = os.RemoveAll(root)
}

func mountsBelow(root string) (dirs []string) {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if field := strings.Fields(line); len(field) > 1 && strings.HasPrefix(field[1], root+"/") {
			dirs = append(dirs, field[1])
		}
	}
	return dirs
}

func loopsBelow(root string) (devices []string) {
	backing, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	for _, path := range backing {
		if file, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(file), root+"/") {
			devices = append(devices, "/dev/"+strings.Split(path, "/")[3])
		}
	}
	return devices
}

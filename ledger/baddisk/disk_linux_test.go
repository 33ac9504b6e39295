package baddisk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// kind is a kind of call that can fail.
type kind string

const (
	opens     kind = "open" // of what is there, files and folders
	creates   kind = "create"
	reads     kind = "read"
	writes    kind = "write" // of a mapped file: when the kernel writes it back
	syncs     kind = "fsync" // and fdatasync and msync, of files and folders
	renames   kind = "rename"
	truncates kind = "truncate"
	unlinks   kind = "unlink"
	mkdirs    kind = "mkdir"
)

// place is whose file a call is about.
type place string

const (
	anywhere place = "anywhere"
	journal  place = "journal"
	badger   place = "badger"
	rest     place = "rest" // keys, lock, marks, and the data folder itself
)

// placeOf tells it from a path below the mount.
func placeOf(path string) place {
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "journal":
			return journal
		case "ledger", "ledger.new":
			return badger
		}
	}
	return rest
}

// fault is one way in which a disk is bad: the nth call of a kind at a place fails, and all later ones if forever is set.
// With a delay the call only takes that long.
type fault struct {
	kind    kind
	place   place
	suffix  string // of the file's name; empty for every file
	errno   syscall.Errno
	nth     int
	forever bool
	delay   time.Duration
}

func (f fault) String() string {
	often := "once"
	if f.forever {
		often = "for ever"
	}
	return fmt.Sprintf("%s %s %d: %s %s", f.place, f.kind, f.nth, errnoName(f.errno), often)
}

func errnoName(errno syscall.Errno) string {
	return map[syscall.Errno]string{
		0: "none", syscall.EIO: "EIO", syscall.ENOSPC: "ENOSPC", syscall.EROFS: "EROFS", syscall.EACCES: "EACCES",
		syscall.EMFILE: "EMFILE",
	}[errno]
}

// badDisk is a folder seen through a mount in which calls fail. Nothing is made durable below: the machine stays up.
type badDisk struct {
	below, mount string
	server       *fuse.Server

	mu     sync.Mutex // guards the fields below; calls arrive on many goroutines
	fault  fault
	seen   int // calls that the fault is about
	counts map[place]map[kind]int
	fired  []string // the first calls that failed
	names  []string // every counted call, when trace is set
	trace  bool
}

// mountBad mounts a fresh folder until the test ends, or until unmount.
func mountBad(t *testing.T, f fault) *badDisk {
	t.Helper()
	return mountOver(t, t.TempDir(), f)
}

// mountOver does the same with a folder that holds something.
func mountOver(t *testing.T, below string, f fault) *badDisk {
	t.Helper()
	d := &badDisk{below: below, mount: t.TempDir(), fault: f, counts: map[place]map[kind]int{}}
	root := &node{disk: d}
	root.RootData = &fs.LoopbackRoot{Path: d.below, RootNode: root}
	hour := time.Hour // the till is the only one here: the kernel may remember names and sizes
	server, err := fs.Mount(d.mount, root, &fs.Options{
		EntryTimeout: &hour, AttrTimeout: &hour,
		MountOptions: fuse.MountOptions{
			DirectMountStrict: true, DisableXAttrs: true, FsName: "baddisk", Name: "baddisk", MaxWrite: 128 << 10, DisableReadDirPlus: true,
		},
	})
	if err != nil {
		t.Fatalf("mounting: %v", err)
	}
	d.server = server
	t.Cleanup(func() { _ = d.unmount() })
	return d
}

// unmount lifts the fault and ends the mount. A second call does nothing.
func (d *badDisk) unmount() error {
	d.heal()
	if d.server == nil {
		return nil
	}
	var err error
	for range 50 { // a process that was killed lets its last file go a moment later
		if err = d.server.Unmount(); err == nil {
			d.server = nil
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

func (d *badDisk) heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = fault{}
}

// call counts a call and gives the error it fails with, or 0.
func (d *badDisk) call(k kind, path string) syscall.Errno {
	errno, delay := d.count(k, path)
	time.Sleep(delay)
	return errno
}

func (d *badDisk) count(k kind, path string) (syscall.Errno, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := placeOf(path)
	if d.counts[at] == nil {
		d.counts[at] = map[kind]int{}
	}
	d.counts[at][k]++
	if d.trace {
		d.names = append(d.names, string(k)+" "+path)
	}
	if k != d.fault.kind || d.fault.place != anywhere && d.fault.place != at || !strings.HasSuffix(path, d.fault.suffix) {
		return 0, 0
	}
	d.seen++
	if d.seen != d.fault.nth && (!d.fault.forever || d.seen < d.fault.nth) {
		return 0, 0
	}
	if len(d.fired) < 5 {
		d.fired = append(d.fired, string(k)+" "+path)
	}
	return d.fault.errno, d.fault.delay
}

// hits gives the first calls that failed.
func (d *badDisk) hits() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fired
}

// node is a file or folder. Each gets a number of its own when it is first seen and keeps it until it is removed, so that
// the kernel has one cache for one file, and a new file never meets the cache of a removed one.
type node struct {
	fs.LoopbackNode
	disk *badDisk
}

func (n *node) name(child string) string { return filepath.Join(n.Path(nil), child) }
func (n *node) real(child string) string { return filepath.Join(n.disk.below, n.name(child)) }

func (n *node) child(ctx context.Context, name string, st *syscall.Stat_t) *fs.Inode {
	if known := n.GetChild(name); known != nil {
		return known
	}
	fresh := &node{disk: n.disk}
	fresh.RootData = n.RootData
	return n.NewInode(ctx, fresh, fs.StableAttr{Mode: st.Mode & syscall.S_IFMT})
}

// found completes the answer to a call that leads to a child.
func (n *node) found(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	var st syscall.Stat_t
	if err := syscall.Lstat(n.real(name), &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	out.FromStat(&st)
	return n.child(ctx, name, &st), 0
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.found(ctx, name, out)
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.disk.call(mkdirs, n.name(name)); errno != 0 {
		return nil, errno
	}
	if err := os.Mkdir(n.real(name), os.FileMode(mode)); err != nil {
		return nil, fs.ToErrno(err)
	}
	return n.found(ctx, name, out)
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.call(creates, n.name(name)); errno != 0 {
		return nil, nil, 0, errno
	}
	fd, err := syscall.Open(n.real(name), int(flags)&^syscall.O_APPEND|syscall.O_CREAT, mode)
	if err != nil {
		return nil, nil, 0, fs.ToErrno(err)
	}
	inode, errno := n.found(ctx, name, out)
	if errno != 0 {
		_ = syscall.Close(fd)
		return nil, nil, 0, errno
	}
	return inode, &handle{fd}, 0, 0
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.call(opens, n.name("")); errno != 0 {
		return nil, 0, errno
	}
	fd, err := syscall.Open(n.real(""), int(flags)&^syscall.O_APPEND, 0)
	if err != nil {
		return nil, 0, fs.ToErrno(err)
	}
	return &handle{fd}, 0, 0
}

func (n *node) OpendirHandle(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.disk.call(opens, n.name("")); errno != 0 {
		return nil, 0, errno
	}
	stream, _, errno := n.LoopbackNode.OpendirHandle(ctx, flags)
	if errno != 0 {
		return nil, 0, errno
	}
	return &folder{n, stream.(entries)}, 0, 0
}

func (n *node) Read(_ context.Context, f fs.FileHandle, into []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	if errno := n.disk.call(reads, n.name("")); errno != 0 {
		return nil, errno
	}
	return fuse.ReadResultFd(uintptr(f.(*handle).fd), at, len(into)), 0
}

func (n *node) Write(_ context.Context, f fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	if errno := n.disk.call(writes, n.name("")); errno != 0 {
		return 0, errno
	}
	written, err := syscall.Pwrite(f.(*handle).fd, data, at)
	return uint32(max(written, 0)), fs.ToErrno(err)
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return n.disk.call(syncs, n.name(""))
}

func (n *node) Rename(ctx context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if errno := n.disk.call(renames, n.name(name)); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Rename(ctx, name, to, newName, flags)
}

func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	if errno := n.disk.call(unlinks, n.name(name)); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Unlink(ctx, name)
}

func (n *node) Getattr(ctx context.Context, f fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	h, ok := f.(*handle)
	if !ok {
		return n.LoopbackNode.Getattr(ctx, nil, out)
	}
	var st syscall.Stat_t
	err := syscall.Fstat(h.fd, &st)
	out.FromStat(&st)
	return fs.ToErrno(err)
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, ok := in.GetSize()
	if !ok {
		return n.LoopbackNode.Setattr(ctx, nil, in, out)
	}
	if errno := n.disk.call(truncates, n.name("")); errno != 0 {
		return errno
	}
	var err error
	if h, ok := f.(*handle); ok { // its name may be gone
		err = syscall.Ftruncate(h.fd, int64(size))
	} else {
		err = syscall.Truncate(n.real(""), int64(size))
	}
	if err != nil {
		return fs.ToErrno(err)
	}
	return n.Getattr(ctx, f, out)
}

// handle is an open file. It is none of the library's own, which lets the kernel pass reads and writes by us.
type handle struct{ fd int }

func (h *handle) Release(context.Context) syscall.Errno { return fs.ToErrno(syscall.Close(h.fd)) }

// folder is an open folder, whose sync counts.
type folder struct {
	node *node
	entries
}

type entries interface {
	fs.FileReaddirenter
	fs.FileReleasedirer
	fs.FileSeekdirer
}

func (f *folder) Fsyncdir(ctx context.Context, flags uint32) syscall.Errno {
	return f.node.Fsync(ctx, nil, flags)
}

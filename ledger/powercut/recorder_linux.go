package powercut

import (
	"bytes"
	"context"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// recorder is a disk in memory, a FUSE file system with one file for a loop device to stand on. Everything that happens
// to it goes on its tape.
type recorder struct {
	fs.Inode
	mu     sync.Mutex // guards all that follows
	tape   tape
	now    []byte // what a reader sees
	faults faults
}

// faults is what goes wrong once or for a while.
type faults struct {
	failWrite, failFlush bool // the next one gets EIO and does nothing
	failed               int  // how many did
	slow                 int  // so many flushes
	delay                time.Duration
}

const diskName = "disk"

func newRecorder(size int64) *recorder {
	return &recorder{tape: tape{Size: size}, now: make([]byte, size)}
}

// OnAdd implements fs.NodeOnAdder.
func (r *recorder) OnAdd(ctx context.Context) {
	r.AddChild(diskName, r.NewPersistentInode(ctx, &diskFile{r: r}, fs.StableAttr{Mode: syscall.S_IFREG, Ino: 2}), false)
}

func (r *recorder) note(entries ...entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tape.Entries = append(r.tape.Entries, entries...)
}

func (r *recorder) recorded() *tape {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tape
	return &t
}

// start says that the file system is made: from here on power may fail.
func (r *recorder) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tape.Start = len(r.tape.Entries)
}

// restore makes the disk what a cut has left, before it is mounted. The tape begins with that, and with what is expected.
func (r *recorder) restore(before *past) error {
	platter := newPlatter(r.tape.Size)
	platter.advance(before.tape, before.cut.point)
	if err := platter.image(restored{r}, before.cut); err != nil {
		return err
	}
	r.flush()
	r.note(before.tape.expected(before.cut.point).entries()...)
	r.start()
	return nil
}

// restored takes an image in.
type restored struct{ r *recorder }

// WriteAt implements io.WriterAt.
func (w restored) WriteAt(data []byte, off int64) (int, error) {
	w.r.write(data, off)
	return len(data), nil
}

func (r *recorder) set(change func(*faults)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.faults)
}

func (r *recorder) write(data []byte, off int64) syscall.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults.failWrite {
		r.faults.failWrite = false
		r.faults.failed++
		return syscall.EIO
	}
	r.tape.Entries = append(r.tape.Entries, entry{Kind: wrote, Off: off, Data: bytes.Clone(data)})
	copy(r.now[off:], data)
	return 0
}

// flush covers the writes that were there when it began, and counts when it has ended.
func (r *recorder) flush() syscall.Errno {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults.failFlush {
		r.faults.failFlush = false
		r.faults.failed++
		return syscall.EIO
	}
	upto := len(r.tape.Entries)
	if r.faults.slow > 0 {
		r.faults.slow--
		delay := r.faults.delay
		r.mu.Unlock()
		time.Sleep(delay)
		r.mu.Lock()
	}
	r.tape.Entries = append(r.tape.Entries, entry{Kind: flushed, Upto: upto})
	return 0
}

// diskFile is the one file. It is never cached above: each request of the loop device arrives here.
type diskFile struct {
	fs.Inode
	r *recorder
}

// Getattr implements fs.NodeGetattrer.
func (d *diskFile) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = 0o600, uint64(d.r.tape.Size)
	return 0
}

// Setattr implements fs.NodeSetattrer: nothing changes.
func (d *diskFile) Setattr(ctx context.Context, f fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return d.Getattr(ctx, f, out)
}

// Open implements fs.NodeOpener.
func (d *diskFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Read implements fs.NodeReader.
func (d *diskFile) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	if off >= int64(len(d.r.now)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, d.r.now[off:])]), 0
}

// Write implements fs.NodeWriter.
func (d *diskFile) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	if off+int64(len(data)) > d.r.tape.Size {
		return 0, syscall.ENOSPC
	}
	return uint32(len(data)), d.r.write(data, off)
}

// Fsync implements fs.NodeFsyncer: the loop device turns a flush of the disk into it.
func (d *diskFile) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return d.r.flush() }

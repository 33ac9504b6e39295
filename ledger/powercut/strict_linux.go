package powercut

import (
	"bytes"
	"context"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// strictFS mounts a tree and records it. Files may be mapped and written through the mapping: the kernel caches them, and
// an msync arrives as writes and an fsync.
type strictFS struct {
	slowTables bool

	mu    sync.Mutex // guards all that follows
	tree  *tree
	tape  tape
	seats map[uint64]*seat
}

func newStrictFS(slowTables bool) *strictFS {
	return &strictFS{slowTables: slowTables, tree: newTree(), seats: map[uint64]*seat{}}
}

func (s *strictFS) note(entries ...entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tape.Entries = append(s.tape.Entries, entries...)
}

func (s *strictFS) recorded() *tape {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tape
	return &t
}

// do lets one thing happen and records it; the lock is held.
func (s *strictFS) do(en entry) {
	s.tree.apply(&en)
	s.tape.Entries = append(s.tape.Entries, en)
}

// restore makes the tree what a cut has left, before it is mounted. The tape begins with that, and with what is expected.
func (s *strictFS) restore(before *past) {
	past := newTree()
	past.advance(before.tape, before.cut.point)
	ids := map[string]uint64{".": rootNode}
	for _, rem := range past.remnants(before.cut) {
		id := uint64(len(s.tree.nodes) + 1)
		ids[rem.path] = id
		dir := ids[path.Dir(rem.path)]
		s.do(entry{Kind: made, Node: id, Dir: dir, Name: path.Base(rem.path), Mode: rem.mode, Folder: rem.folder})
		s.seats[id] = &seat{s: s, id: id, name: path.Base(rem.path)}
		for number, page := range rem.content.pages {
			s.do(entry{Kind: wrote, Node: id, Off: number * pageBytes, Data: page[:]})
		}
		if !rem.folder {
			s.do(entry{Kind: resized, Node: id, Size: rem.content.size})
			s.do(entry{Kind: flushed, Node: id})
		}
		s.do(entry{Kind: flushed, Node: dir})
	}
	s.note(before.tape.expected(before.cut.point).entries()...)
	s.tape.Start = len(s.tape.Entries)
}

// seat is a node of the tree as the kernel knows it.
type seat struct {
	fs.Inode
	s    *strictFS
	id   uint64
	name string // its first
}

func (s *strictFS) root() *seat {
	root := &seat{s: s, id: rootNode, name: "/"}
	s.seats[rootNode] = root
	return root
}

func (n *seat) node() *node { return n.s.tree.nodes[n.id] }

// attr describes the node; the lock is held.
func (n *seat) attr(out *fuse.Attr) {
	node := n.node()
	out.Ino, out.Nlink, out.Blksize = n.id, 1, pageBytes
	out.Mode, out.Size = node.mode|node.kind(), uint64(node.live.size)
	out.Blocks = uint64(len(node.live.pages)) * pageBytes / 512
}

// add makes a node with a name; the lock is held.
func (n *seat) add(ctx context.Context, name string, mode uint32, folder bool, out *fuse.EntryOut) *seat {
	id := uint64(len(n.s.tree.nodes) + 1)
	n.s.do(entry{Kind: made, Node: id, Dir: n.id, Name: name, Mode: mode & 0o7777, Folder: folder})
	n.s.seats[id] = &seat{s: n.s, id: id, name: name}
	return n.seated(ctx, id, out)
}

// seated introduces a node to the kernel; the lock is held.
func (n *seat) seated(ctx context.Context, id uint64, out *fuse.EntryOut) *seat {
	child := n.s.seats[id]
	if child.EmbeddedInode().StableAttr().Ino == 0 {
		n.NewPersistentInode(ctx, child, fs.StableAttr{Mode: child.node().kind(), Ino: id})
	}
	child.attr(&out.Attr)
	return child
}

// kind is the node's, in the kernel's words.
func (n *node) kind() uint32 {
	if n.folder {
		return syscall.S_IFDIR
	}
	return syscall.S_IFREG
}

// Lookup implements fs.NodeLookuper.
func (n *seat) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	id, ok := n.node().names[name]
	if !ok {
		return nil, syscall.ENOENT
	}
	return n.seated(ctx, id, out).EmbeddedInode(), 0
}

// Create implements fs.NodeCreater.
func (n *seat) Create(ctx context.Context, name string, _ uint32, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if _, ok := n.node().names[name]; ok {
		return nil, nil, 0, syscall.EEXIST
	}
	return n.add(ctx, name, mode, false, out).EmbeddedInode(), nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Mkdir implements fs.NodeMkdirer.
func (n *seat) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if _, ok := n.node().names[name]; ok {
		return nil, syscall.EEXIST
	}
	return n.add(ctx, name, mode, true, out).EmbeddedInode(), 0
}

// Unlink implements fs.NodeUnlinker.
func (n *seat) Unlink(_ context.Context, name string) syscall.Errno {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.s.do(entry{Kind: removed, Dir: n.id, Name: name})
	return 0
}

// Rmdir implements fs.NodeRmdirer.
func (n *seat) Rmdir(_ context.Context, name string) syscall.Errno {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if len(n.s.tree.nodes[n.node().names[name]].names) > 0 {
		return syscall.ENOTEMPTY
	}
	n.s.do(entry{Kind: removed, Dir: n.id, Name: name})
	return 0
}

// Rename implements fs.NodeRenamer.
func (n *seat) Rename(_ context.Context, name string, parent fs.InodeEmbedder, toName string, flags uint32) syscall.Errno {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	to, ok := parent.(*seat)
	if !ok || flags != 0 {
		return syscall.EINVAL
	}
	if there := n.s.tree.nodes[to.node().names[toName]]; there != nil && there.folder && len(there.names) > 0 {
		return syscall.ENOTEMPTY
	}
	n.s.do(entry{Kind: renamed, Dir: n.id, Name: name, ToDir: to.id, ToName: toName})
	return 0
}

// Readdir implements fs.NodeReaddirer.
func (n *seat) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	var list []fuse.DirEntry
	for name, id := range n.node().names {
		list = append(list, fuse.DirEntry{Name: name, Ino: id, Mode: n.s.tree.nodes[id].kind()})
	}
	return fs.NewListDirStream(list), 0
}

// Getattr implements fs.NodeGetattrer.
func (n *seat) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.attr(&out.Attr)
	return 0
}

// Setattr implements fs.NodeSetattrer: lengths. Modes and times are accepted and forgotten.
func (n *seat) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		n.s.do(entry{Kind: resized, Node: n.id, Size: int64(size)})
	}
	n.attr(&out.Attr)
	return 0
}

// Open implements fs.NodeOpener.
func (n *seat) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

// Read implements fs.NodeReader.
func (n *seat) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	return fuse.ReadResultData(dest[:n.node().live.read(dest, off)]), 0
}

// Write implements fs.NodeWriter.
func (n *seat) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.s.do(entry{Kind: wrote, Node: n.id, Off: off, Data: bytes.Clone(data)})
	return uint32(len(data)), 0
}

// tableDelay is what the fsync of one of Badger's tables takes where tables are slow: while a full memtable waits for it, the next one fills, and
// a cut can take the one and leave the other.
const tableDelay = 200 * time.Millisecond

// Fsync implements fs.NodeFsyncer, of files and of folders.
func (n *seat) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	if n.s.slowTables && strings.HasSuffix(n.name, ".sst") {
		time.Sleep(tableDelay)
	}
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	n.s.do(entry{Kind: flushed, Node: n.id})
	return 0
}

// Statfs implements fs.NodeStatfser: there is room.
func (n *seat) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = pageBytes, pageBytes, 255
	out.Blocks, out.Bfree, out.Bavail = 1<<20, 1<<20, 1<<20
	return 0
}

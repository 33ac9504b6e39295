package powercut

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// tree is a file system that promises what POSIX promises: bytes and length of a file are durable after its fsync, names
// in a folder after the folder's. It has two faces: what programs see, and what a cut leaves. Pages are never changed in
// place, so both may hold the same one.
type tree struct {
	nodes map[uint64]*node
	at    int // entries that have happened, during a replay
}

const rootNode = 1

type node struct {
	folder bool
	mode   uint32

	live, safe content // of a file
	dirty      map[int64]struct{}

	names, safeNames map[string]uint64 // of a folder
	changes          []change          // of its names since its last fsync
}

type content struct {
	size  int64
	pages map[int64]*[pageBytes]byte
}

// change of a folder's names: one name goes, one comes; "" for neither. A rename is one change.
type change struct {
	gone, come string
	node       uint64
}

func newTree() *tree {
	t := &tree{nodes: map[uint64]*node{}}
	t.nodes[rootNode] = newNode(true, 0o755)
	return t
}

func newNode(folder bool, mode uint32) *node {
	n := &node{folder: folder, mode: mode}
	if folder {
		n.names, n.safeNames = map[string]uint64{}, map[string]uint64{}
		return n
	}
	n.live.pages, n.safe.pages = map[int64]*[pageBytes]byte{}, map[int64]*[pageBytes]byte{}
	n.dirty = map[int64]struct{}{}
	return n
}

// advance lets the entries up to a point happen.
func (t *tree) advance(tp *tape, point int) {
	for ; t.at < point; t.at++ {
		t.apply(&tp.Entries[t.at])
	}
}

// apply lets one thing happen, which must be possible.
func (t *tree) apply(en *entry) {
	switch en.Kind {
	case made:
		t.nodes[en.Node] = newNode(en.Folder, en.Mode)
		t.change(en.Dir, change{come: en.Name, node: en.Node})
	case removed:
		t.change(en.Dir, change{gone: en.Name})
	case renamed:
		id := t.nodes[en.Dir].names[en.Name]
		if en.Dir == en.ToDir {
			t.change(en.Dir, change{gone: en.Name, come: en.ToName, node: id})
			return
		}
		t.change(en.Dir, change{gone: en.Name})
		t.change(en.ToDir, change{come: en.ToName, node: id})
	case wrote:
		t.nodes[en.Node].write(en.Off, en.Data)
	case resized:
		t.nodes[en.Node].resize(en.Size)
	case flushed:
		t.nodes[en.Node].sync()
	}
}

func (t *tree) change(dir uint64, c change) {
	n := t.nodes[dir]
	c.do(n.names)
	n.changes = append(n.changes, c)
}

func (c change) do(names map[string]uint64) {
	if c.gone != "" {
		delete(names, c.gone)
	}
	if c.come != "" {
		names[c.come] = c.node
	}
}

func (n *node) write(off int64, data []byte) {
	n.live.size = max(n.live.size, off+int64(len(data)))
	for len(data) > 0 {
		number, at := off/pageBytes, off%pageBytes
		page := new([pageBytes]byte)
		if before := n.live.pages[number]; before != nil {
			*page = *before
		}
		count := copy(page[at:], data)
		n.put(number, page)
		data, off = data[count:], off+int64(count)
	}
}

func (n *node) put(number int64, page *[pageBytes]byte) {
	if page == nil {
		delete(n.live.pages, number)
	} else {
		n.live.pages[number] = page
	}
	n.dirty[number] = struct{}{}
}

func (n *node) resize(size int64) {
	if size < n.live.size {
		for number := range n.live.pages {
			if number*pageBytes >= size {
				n.put(number, nil)
			}
		}
		if last := n.live.pages[size/pageBytes]; last != nil {
			page := new([pageBytes]byte)
			copy(page[:size%pageBytes], last[:])
			n.put(size/pageBytes, page)
		}
	}
	n.live.size = size
}

func (n *node) sync() {
	if n.folder {
		n.safeNames, n.changes = maps.Clone(n.names), nil
		return
	}
	for number := range n.dirty {
		n.safe.take(number, n.live)
	}
	n.safe.size = n.live.size
	clear(n.dirty)
}

// take copies one page from another content.
func (c *content) take(number int64, from content) {
	if page := from.pages[number]; page != nil {
		c.pages[number] = page
	} else {
		delete(c.pages, number)
	}
}

// read fills dest with the bytes at an offset and tells how many there are.
func (c *content) read(dest []byte, off int64) int {
	want := int(max(0, min(int64(len(dest)), c.size-off)))
	for done := 0; done < want; {
		number, at := (off+int64(done))/pageBytes, (off+int64(done))%pageBytes
		part := dest[done:min(want, done+int(pageBytes-at))]
		if page := c.pages[number]; page != nil {
			copy(part, page[at:])
		} else {
			clear(part)
		}
		done += len(part)
	}
	return want
}

// remnant is a file or a folder that a cut has left.
type remnant struct {
	path    string
	folder  bool
	mode    uint32
	content content
}

// remnants gives what a cut leaves, folders before what is in them: what was synced, and of the rest what the mode says. In
// mode subset that is changes of names each by itself, pages each by itself, the new length or the old one.
func (t *tree) remnants(c cut) []remnant {
	return t.walk(nil, "", rootNode, c)
}

func (t *tree) walk(out []remnant, at string, id uint64, c cut) []remnant {
	names := t.nodes[id].left(c)
	inOrder := slices.Sorted(maps.Keys(names))
	for _, name := range inOrder {
		child := t.nodes[names[name]]
		place := path.Join(at, name)
		if child.folder {
			out = append(out, remnant{path: place, folder: true, mode: child.mode})
			out = t.walk(out, place, names[name], c)
			continue
		}
		of := c
		if c.mode == middle && !isOlderLog(name, inOrder) {
			of.mode = all
		}
		out = append(out, remnant{path: place, mode: child.mode, content: child.contentLeft(of)})
	}
	return out
}

// isOlderLog tells whether a file is a log of Badger's that another follows.
func isOlderLog(name string, names []string) bool {
	later := func(other string) bool { return strings.HasSuffix(other, ".mem") && other > name }
	return strings.HasSuffix(name, ".mem") && slices.ContainsFunc(names, later)
}

// left gives what a cut leaves of a folder's names.
func (n *node) left(c cut) map[string]uint64 {
	if c.mode == middle {
		return n.names
	}
	names := maps.Clone(n.safeNames)
	if c.mode == subset {
		for _, ch := range n.changes {
			if c.rng.IntN(2) == 0 {
				ch.do(names)
			}
		}
	}
	return names
}

// contentLeft gives what a cut leaves of a file.
func (n *node) contentLeft(c cut) content {
	switch c.mode {
	case none:
		return n.safe
	case all:
		return n.live
	}
	out := content{size: n.safe.size, pages: maps.Clone(n.safe.pages)}
	if c.mode == middle || c.rng.IntN(2) == 0 {
		out.size = n.live.size
	}
	for _, number := range sortedPages(n.dirty, c.rng) {
		out.take(number, n.live)
	}
	return out
}

// sortedPages gives a random half, in an order that depends on the generator alone.
func sortedPages(dirty map[int64]struct{}, rng *rand.Rand) (some []int64) {
	for _, number := range slices.Sorted(maps.Keys(dirty)) {
		if rng.IntN(2) == 0 {
			some = append(some, number)
		}
	}
	return some
}

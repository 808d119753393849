package main_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

const sector = 512 // a disk writes so many bytes wholly or not at all

// A simDisk is a disk below one folder and what of it would survive a power
// cut: what was fsynced does; of everything else any part may be missing. An
// fsync of a file keeps its content, that of a folder the names in it; a rename
// happens wholly or not at all.
type simDisk struct {
	root  *node
	names []*renaming // every change of names so far, in order
	nodes []*node
}

// A node is a file or a folder.
type node struct {
	folder  map[string]*node // as processes see it; nil for a file
	content []byte           // as processes see it
	lasting []byte           // what surely survives
	pending []*writing       // what was written after that, in order
}

// A writing is one change of a file's content: data at an offset, or a new
// size.
type writing struct {
	offset int64
	data   []byte // nil: the size becomes offset
}

// A renaming is one change of names: each entry gets a node, or none.
type renaming struct {
	entries []entry
	lasting bool
}

type entry struct {
	in   *node
	name string
	to   *node // nil: nothing is there any more
}

func newDisk() *simDisk {
	d := &simDisk{}
	d.root = d.node(true)
	return d
}

func (d *simDisk) node(folder bool) *node {
	n := &node{}
	if folder {
		n.folder = map[string]*node{}
	}
	d.nodes = append(d.nodes, n)
	return n
}

// rename changes names as processes see them, and notes that the disk may not
// know yet.
func (d *simDisk) rename(entries ...entry) {
	for _, p := range entries {
		if p.to == nil {
			delete(p.in.folder, p.name)
		} else {
			p.in.folder[p.name] = p.to
		}
	}
	d.names = append(d.names, &renaming{entries: entries})
}

func (w *writing) apply(content []byte) []byte {
	if w.data == nil {
		return resize(content, w.offset)
	}
	if end := w.offset + int64(len(w.data)); end > int64(len(content)) {
		content = resize(content, end)
	}
	copy(content[w.offset:], w.data)
	return content
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

func (n *node) write(w *writing) {
	n.content = w.apply(n.content)
	n.pending = append(n.pending, w)
}

// A synced is what an fsync that has begun will keep when it has ended: the
// changes made before it began.
type synced struct {
	node     *node
	writings []*writing
	names    []*renaming
}

func (d *simDisk) beginSync(n *node) *synced {
	s := &synced{node: n, writings: slices.Clone(n.pending)}
	for _, r := range d.names {
		if !r.lasting && slices.ContainsFunc(r.entries, func(p entry) bool { return p.in == n }) {
			s.names = append(s.names, r)
		}
	}
	return s
}

func (s *synced) end() {
	for _, r := range s.names {
		r.lasting = true
	}
	for _, w := range s.writings {
		if len(s.node.pending) > 0 && s.node.pending[0] == w { // else another fsync kept it already
			s.node.lasting = w.apply(s.node.lasting)
			s.node.pending = s.node.pending[1:]
		}
	}
}

// A cut is a disk after a power cut: one of the many that there may be.
type cut struct {
	folders map[*node]map[string]*node
	r       *rand.Rand
	made    map[*node]string // where a file is by now: it may have several names
}

// cutPower chooses what survives.
func (d *simDisk) cutPower(r *rand.Rand) *cut {
	c := &cut{folders: map[*node]map[string]*node{}, r: r, made: map[*node]string{}}
	open := 0
	for _, n := range d.names {
		if !n.lasting {
			open++
		}
	}
	keep := chooser(r, open)
	for _, n := range d.names {
		if !n.lasting && !keep() {
			continue
		}
		for _, p := range n.entries {
			folder := c.folders[p.in]
			if folder == nil {
				folder = map[string]*node{}
				c.folders[p.in] = folder
			}
			if p.to == nil {
				delete(folder, p.name)
			} else {
				folder[p.name] = p.to
			}
		}
	}
	return c
}

// chooser returns a function that says of n things in order which have
// happened: none, all, those up to some moment, or any.
func chooser(r *rand.Rand, n int) func() bool {
	upTo, any := 0, false
	switch r.IntN(4) {
	case 0:
	case 1:
		upTo = n
	case 2:
		upTo = r.IntN(n + 1)
	default:
		any = true
	}
	i := 0
	return func() bool {
		i++
		return i <= upTo || any && r.IntN(2) == 0
	}
}

// content is what a file has after the cut.
func (c *cut) content(n *node) []byte {
	content := slices.Clone(n.lasting)
	keep := chooser(c.r, len(n.pending))
	torn := c.r.IntN(2) == 0
	for _, w := range n.pending {
		switch {
		case keep():
			content = w.apply(content)
		case torn && w.data != nil:
			content = c.tear(w, content)
		}
	}
	return content
}

// tear applies some sectors of a write.
func (c *cut) tear(w *writing, content []byte) []byte {
	keep := chooser(c.r, len(w.data)/sector+2)
	for from := 0; from < len(w.data); {
		to := min(from+sector-int((w.offset+int64(from))%sector), len(w.data))
		if keep() {
			part := writing{offset: w.offset + int64(from), data: w.data[from:to]}
			content = part.apply(content)
		}
		from = to
	}
	return content
}

// materialize writes the disk into a real folder and returns for each file,
// by its path, whether it has all that was ever written to it.
func (c *cut) materialize(root *node, into string) (whole map[string]bool, err error) {
	whole = map[string]bool{}
	return whole, c.folder(root, into, ".", whole)
}

func (c *cut) folder(n *node, into, at string, whole map[string]bool) error {
	if err := os.MkdirAll(filepath.Join(into, at), 0o700); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.folders[n])) { // sorted, so that the random choices can be repeated
		child, path := c.folders[n][name], filepath.Join(at, name)
		if child.folder != nil {
			if err := c.folder(child, into, path, whole); err != nil {
				return err
			}
			continue
		}
		if first, ok := c.made[child]; ok {
			whole[path] = whole[first]
			if err := os.Link(filepath.Join(into, first), filepath.Join(into, path)); err != nil {
				return fmt.Errorf("link %s: %w", path, err)
			}
			continue
		}
		c.made[child] = path
		content := c.content(child)
		whole[path] = string(content) == string(child.content)
		if err := os.WriteFile(filepath.Join(into, path), content, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return nil
}

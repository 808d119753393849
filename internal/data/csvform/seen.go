package csvform

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"claimcheck/internal/data/spool"
)

// A hash is of a row.
type hash [2]uint64

// maxSeen are the rows whose hashes have a slot in memory: 32 bytes each.
const maxSeen = 1 << 17

// seen is a table of hashes with open addressing, at most three quarters full until it
// takes no more.
type seen struct {
	slots []slot
	count int
}

// A slot knows the last row that had a hash.
type slot struct {
	hash        hash
	index       uint64
	used, again bool
}

func newSeen() *seen { return &seen{slots: make([]slot, 1<<10)} }

// slot returns the slot of a hash, and whether it was known before: nil if it was not and there
// is no room for it. The slot is good until the next call.
func (s *seen) slot(h hash) (found *slot, known bool) {
	if s.count >= len(s.slots)*3/4 && s.count < maxSeen {
		old := s.slots
		s.slots = make([]slot, 2*len(old))
		for i := range old {
			if old[i].used {
				*s.find(old[i].hash) = old[i]
			}
		}
	}
	found = s.find(h)
	if found.used {
		return found, true
	}
	if s.count >= maxSeen {
		return nil, false
	}
	s.count++
	found.hash, found.used = h, true
	return found, false
}

// find returns the slot where a hash is, or would be.
func (s *seen) find(h hash) *slot {
	mask := uint64(len(s.slots)) - 1
	for i := h[0] & mask; ; i = (i + 1) & mask {
		if f := &s.slots[i]; !f.used || f.hash == h {
			return f
		}
	}
}

// An entry is a row's hash and number.
type entry struct {
	hash  hash
	index uint64
}

func (e entry) compare(f entry) int {
	switch {
	case e.hash[0] != f.hash[0]:
		return cmp.Compare(e.hash[0], f.hash[0])
	case e.hash[1] != f.hash[1]:
		return cmp.Compare(e.hash[1], f.hash[1])
	default:
		return cmp.Compare(e.index, f.index)
	}
}

// Sizes of a sorter: the entries of a run, which are sorted in memory, the bytes of an entry that is
// kept aside, and those that are read of a run at once.
const (
	runEntries = 1 << 18
	entryBytes = 24
	mergeBytes = 16 << 10
)

// A sorter sorts entries beyond what memory holds: in runs, which are merged.
type sorter struct {
	entries []entry
	runs    *spool.Spool
	ends    []int64 // of the runs
}

func newSorter() *sorter { return &sorter{runs: spool.New(0)} }

func (s *sorter) Close() { s.runs.Close() }

// add takes an entry. Indices rise.
func (s *sorter) add(e entry) error {
	if len(s.entries) == runEntries {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.entries = append(s.entries, e)
	return nil
}

// flush writes a run.
func (s *sorter) flush() error {
	slices.SortFunc(s.entries, entry.compare)
	var b [entryBytes]byte
	for _, e := range s.entries {
		binary.LittleEndian.PutUint64(b[:], e.hash[0])
		binary.LittleEndian.PutUint64(b[8:], e.hash[1])
		binary.LittleEndian.PutUint64(b[16:], e.index)
		if _, err := s.runs.Write(b[:]); err != nil {
			return err
		}
	}
	s.entries = s.entries[:0]
	s.ends = append(s.ends, s.runs.Size())
	return nil
}

// groups calls f with the first and the last index of each hash.
func (s *sorter) groups(f func(first, last uint64)) error {
	var h hash
	var first, last uint64
	some := false
	take := func(e entry) {
		if some && e.hash == h {
			last = e.index
			return
		}
		if some {
			f(first, last)
		}
		h, first, last, some = e.hash, e.index, e.index, true
	}
	if err := s.merge(take); err != nil {
		return err
	}
	if some {
		f(first, last)
	}
	return nil
}

// merge calls take with the entries in their order.
func (s *sorter) merge(take func(entry)) error {
	if len(s.ends) == 0 {
		slices.SortFunc(s.entries, entry.compare)
		for _, e := range s.entries {
			take(e)
		}
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	var open runs
	from := int64(0)
	for _, end := range s.ends {
		section, err := s.runs.Section(from, end-from)
		if err != nil {
			return err
		}
		from = end
		r := &run{in: bufio.NewReaderSize(section, mergeBytes)}
		if ok, err := r.next(); err != nil {
			return err
		} else if ok {
			open = append(open, r)
		}
	}
	for heap.Init(&open); len(open) > 0; {
		take(open[0].head)
		ok, err := open[0].next()
		if err != nil {
			return err
		}
		if ok {
			heap.Fix(&open, 0)
		} else {
			heap.Pop(&open)
		}
	}
	return nil
}

// A run is entries in their order.
type run struct {
	in   io.Reader
	head entry
	raw  [entryBytes]byte
}

// next reads the head; it is not ok at the end.
func (r *run) next() (ok bool, err error) {
	if _, err := io.ReadFull(r.in, r.raw[:]); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("read what was kept aside: %w", err)
	}
	b := r.raw[:]
	r.head = entry{hash{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}, binary.LittleEndian.Uint64(b[16:])}
	return true, nil
}

// runs is a heap by their heads.
type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i].head.compare(r[j].head) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }

// Push is not called: runs only end.
func (r *runs) Push(any) { panic("csvform: a run began in a merge") }

// Pop removes the last.
func (r *runs) Pop() any {
	old := *r
	*r = old[:len(old)-1]
	return old[len(old)-1]
}

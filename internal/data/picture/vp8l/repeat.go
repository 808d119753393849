package vp8l

import "math/bits"

// Limits of the format.
const (
	maxLength   = 4096
	maxDistance = 1<<20 - 120
)

// A finder goes over the pixels of an image, and says for each of them how many repeat what was
// there before. It finds the same each time.
type finder struct {
	p    pixels
	seen []int32 // by hash: 1 + where two pixels with it were last
	down int     // what makes an index of 32 bits
}

// newFinder has about one entry for each pixel, and at most 65,536.
func newFinder(p pixels) *finder {
	n := min(bits.Len(uint(p.len())), 16)
	return &finder{p: p, seen: make([]int32, 1<<n), down: 32 - n}
}

// hash is the index of two pixels.
func (f *finder) hash(i int) uint32 { return (f.p.at(i)*0x9E3779B1 ^ f.p.at(i+1)*0x85EBCA6B) >> f.down }

// from returns how many pixels from i on repeat those that are so far before them; 0
// where it is better to write the pixel itself.
func (f *finder) from(i int) (length, distance int) {
	most := min(f.p.len()-i, maxLength)
	if most < 3 {
		return 0, 0
	}
	h := f.hash(i)
	last := int(f.seen[h]) - 1
	f.seen[h] = int32(i + 1) //nolint:gosec // an image has at most 2^28 pixels
	for _, before := range [3]int{i - 1, i - f.p.width, last} {
		if before < 0 || i-before > maxDistance {
			continue
		}
		if n := f.same(before, i, most); n > length {
			length, distance = n, i-before
		}
	}
	if length < 3 {
		return 0, 0
	}
	return length, distance
}

// same counts the pixels that are equal from two on.
func (f *finder) same(a, b, most int) int {
	n := 0
	for n < most && f.p.at(a+n) == f.p.at(b+n) {
		n++
	}
	return n
}

// skip is told that pixels are part of what repeats.
func (f *finder) skip(from, to int) {
	for i := from; i < min(to, f.p.len()-1); i++ {
		f.seen[f.hash(i)] = int32(i + 1) //nolint:gosec // an image has at most 2^28 pixels
	}
}

// codeOf is a distance as the format has it: those to some neighbours come first.
func codeOf(distance, width int) int {
	switch distance {
	case width:
		return 1 // above
	case 1:
		return 2 // to the left
	case width + 1:
		return 3
	case width - 1:
		return 4
	default:
		return distance + 120
	}
}

// prefix is a length or a distance, from 1, as a symbol and bits that follow it.
func prefix(v int) (symbol int, extra uint32, n int) {
	v--
	if v < 4 {
		return v, 0, 0
	}
	high := bits.Len(uint(v)) - 1
	n = high - 1
	return 2*high + v>>n&1, uint32(v & (1<<n - 1)), n //nolint:gosec // less than 2^20
}

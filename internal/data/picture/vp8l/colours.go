package vp8l

import "slices"

// few returns the colours of an image if they are at most 256, sorted.
func few(p pixels) []uint32 {
	seen := map[uint32]bool{}
	var all []uint32
	last := ^p.at(0)
	for i := range p.len() {
		v := p.at(i)
		if v == last || seen[v] {
			last = v
			continue
		}
		if len(all) == 256 {
			return nil
		}
		seen[v], last = true, v
		all = append(all, v)
	}
	slices.Sort(all)
	return all
}

// byNumber writes the colours, and returns the image of their numbers, several of which are in
// one pixel where there are at most 16. It is made in the place of the image.
func byNumber(w *writer, p pixels, colours []uint32) pixels {
	const colourIndexing = 3
	w.bits(1, 1)
	w.bits(colourIndexing, 2)
	w.bits(uint32(len(colours)-1), 8) //nolint:gosec // at most 256
	number := map[uint32]byte{}
	table := pixels{make([]byte, 4*len(colours)), len(colours)}
	before := uint32(0)
	for i, c := range colours {
		number[c] = byte(i)
		table.set(i, less(c, before))
		before = c
	}
	small(w, table)
	each := 8 // bits of a number
	switch {
	case len(colours) <= 2:
		each = 1
	case len(colours) <= 4:
		each = 2
	case len(colours) <= 16:
		each = 4
	}
	together := 8 / each
	width, height := (p.width+together-1)/together, p.len()/p.width
	last, n := colours[0], byte(0)
	for y := range height {
		for x := 0; x < p.width; x += together {
			bundle := byte(0)
			for i := range min(together, p.width-x) {
				if v := p.at(y*p.width + x + i); v != last {
					last, n = v, number[v]
				}
				bundle |= n << (i * each)
			}
			p.set(y*width+x/together, 0xFF000000|uint32(bundle)<<8)
		}
	}
	return pixels{p.pix[:4*width*height], width}
}

// less subtracts each part of a pixel.
func less(a, b uint32) uint32 {
	even := (a&0x00FF00FF | 0xFF00FF00) - b&0x00FF00FF
	odd := (a&0xFF00FF00 | 0x00FF00FF) - b&0xFF00FF00
	return even&0x00FF00FF | odd&0xFF00FF00
}

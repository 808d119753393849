package vp8l

import (
	"cmp"
	"math/bits"
	"slices"
)

// The alphabets: green or length, red, blue, alpha, distance.
const (
	green = iota
	red
	blue
	alpha
	distances
	alphabets
)

const lengths = 256 // the symbols of lengths come after those of green

var sizes = [alphabets]int{lengths + 24, 256, 256, 256, 40}

// A tally is how often each symbol is written, and how many bits follow symbols.
type tally struct {
	of    [alphabets][]int
	extra int
}

// count goes over an image.
func count(p pixels) *tally {
	t := &tally{}
	for a, n := range sizes {
		t.of[a] = make([]int, n)
	}
	f := newFinder(p)
	for i := 0; i < p.len(); {
		n, distance := f.from(i)
		if n == 0 {
			q := p.pix[4*i : 4*i+4 : 4*i+4]
			t.of[green][q[1]]++
			t.of[red][q[0]]++
			t.of[blue][q[2]]++
			t.of[alpha][q[3]]++
			i++
			continue
		}
		symbol, _, extra := prefix(n)
		t.of[green][lengths+symbol]++
		t.extra += extra
		symbol, _, extra = prefix(codeOf(distance, p.width))
		t.of[distances][symbol]++
		t.extra += extra
		f.skip(i+1, i+n)
		i += n
	}
	return t
}

// length is how many bits the pixels take.
func (t *tally) length(c *codes) int {
	n := t.extra
	for a := range alphabets {
		for symbol, times := range t.of[a] {
			n += times * c.of[a].lengths[symbol]
		}
	}
	return n
}

// codes are those of the five alphabets.
type codes struct{ of [alphabets]code }

func (t *tally) codes() *codes {
	c := &codes{}
	for a := range alphabets {
		c.of[a] = newCode(t.of[a], 15)
	}
	return c
}

func (c *codes) write(w *writer) {
	for a := range alphabets {
		c.of[a].write(w)
	}
}

// pixels writes an image, which was counted.
func (c *codes) pixels(w *writer, p pixels) {
	f := newFinder(p)
	for i := 0; i < p.len(); {
		n, distance := f.from(i)
		if n == 0 {
			q := p.pix[4*i : 4*i+4 : 4*i+4]
			c.of[green].symbol(w, int(q[1]))
			c.of[red].symbol(w, int(q[0]))
			c.of[blue].symbol(w, int(q[2]))
			c.of[alpha].symbol(w, int(q[3]))
			i++
			continue
		}
		symbol, extra, follow := prefix(n)
		c.of[green].symbol(w, lengths+symbol)
		w.bits(extra, follow)
		symbol, extra, follow = prefix(codeOf(distance, p.width))
		c.of[distances].symbol(w, symbol)
		w.bits(extra, follow)
		f.skip(i+1, i+n)
		i += n
	}
}

// A code is a prefix code.
type code struct {
	lengths []int    // of the symbols' codes in bits; all 0 where there is only one symbol
	codes   []uint32 // the first bit lowest
	used    []int    // the symbols that are used
}

func (c *code) symbol(w *writer, s int) { w.bits(c.codes[s], c.lengths[s]) }

// newCode makes a code whose symbols have at most limit bits, by Huffman's method. Where that would
// make longer ones, rare symbols count as if they were less rare.
func newCode(times []int, limit int) code {
	c := code{lengths: make([]int, len(times)), codes: make([]uint32, len(times))}
	for s, n := range times {
		if n > 0 {
			c.used = append(c.used, s)
		}
	}
	if len(c.used) < 2 {
		return c
	}
	for least := 1; ; least *= 2 {
		if huffman(c.lengths, c.used, func(s int) int { return max(times[s], least) }) <= limit {
			break
		}
	}
	next := 0
	for length := 1; length <= limit; length++ {
		for _, s := range c.used {
			if c.lengths[s] == length {
				c.codes[s] = bits.Reverse32(uint32(next)) >> (32 - length)
				next++
			}
		}
		next <<= 1
	}
	return c
}

// huffman sets the lengths of the symbols that are used, and returns the greatest.
func huffman(lengths, used []int, weight func(s int) int) int {
	order := slices.Clone(used)
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(weight(a), weight(b)), cmp.Compare(a, b)) })
	n := len(order)
	weights, parents := make([]int, 2*n-1), make([]int, 2*n-1)
	for i, s := range order {
		weights[i] = weight(s)
	}
	leaf, inner := 0, n // of which the lightest are next
	lightest := func(made int) int {
		if leaf < n && (inner == made || weights[leaf] <= weights[inner]) {
			leaf++
			return leaf - 1
		}
		inner++
		return inner - 1
	}
	for made := n; made < 2*n-1; made++ {
		a := lightest(made)
		b := lightest(made)
		weights[made] = weights[a] + weights[b]
		parents[a], parents[b] = made, made
	}
	depths := make([]int, 2*n-1)
	deepest := 0
	for i := 2*n - 3; i >= 0; i-- {
		depths[i] = depths[parents[i]] + 1
		if i < n {
			lengths[order[i]] = depths[i]
			deepest = max(deepest, depths[i])
		}
	}
	return deepest
}

// write writes the lengths of a code.
func (c *code) write(w *writer) {
	if len(c.used) == 0 {
		w.bits(1, 4) // a simple code of one symbol, which is 0 and has one bit
		return
	}
	if len(c.used) <= 2 && c.used[len(c.used)-1] < 256 {
		w.bits(1, 1)
		w.bits(uint32(len(c.used)-1), 1) //nolint:gosec // 0 or 1
		w.bits(1, 1)                     // symbols have eight bits
		for _, s := range c.used {
			w.bits(uint32(s), 8) //nolint:gosec // less than 256
		}
		return
	}
	lengths := slices.Clone(c.lengths)
	if len(c.used) == 1 {
		lengths[c.used[0]] = 1 // which readers take for no bit at all
	}
	runs := runsOf(lengths)
	times := make([]int, 19)
	for _, r := range runs {
		times[r.symbol]++
	}
	of := newCode(times, 7)
	if len(of.used) == 1 {
		of.lengths[of.used[0]] = 1
	}
	w.bits(0, 1)
	order := [19]int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	n := len(order)
	for n > 4 && of.lengths[order[n-1]] == 0 {
		n--
	}
	w.bits(uint32(n-4), 4)
	for _, s := range order[:n] {
		w.bits(uint32(of.lengths[s]), 3) //nolint:gosec // at most 7
	}
	w.bits(0, 1) // all symbols have a length
	for _, r := range runs {
		if len(of.used) > 1 {
			of.symbol(w, r.symbol)
		}
		w.bits(r.extra, r.bits)
	}
}

// A run is one length of a code, or some that are alike.
type run struct {
	symbol int // 0 to 15; 16 the one before again, 17 and 18 zeros
	extra  uint32
	bits   int
}

func runsOf(lengths []int) (runs []run) {
	before := 8
	for len(lengths) > 0 {
		v, n := lengths[0], 1
		for n < len(lengths) && lengths[n] == v {
			n++
		}
		lengths = lengths[n:]
		if v != 0 && v != before {
			runs = append(runs, run{symbol: v})
			before = v
			n--
		}
		for n > 0 {
			r, k := run{symbol: v}, 1
			switch {
			case v == 0 && n >= 11:
				k = min(n, 138)
				r = run{18, uint32(k - 11), 7}
			case v == 0 && n >= 3:
				k = n
				r = run{17, uint32(k - 3), 3}
			case v != 0 && n >= 3:
				k = min(n, 6)
				r = run{16, uint32(k - 3), 2}
			}
			runs = append(runs, r)
			n -= k
		}
	}
	return runs
}

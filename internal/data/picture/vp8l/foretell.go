package vp8l

// A predictor foretells a pixel from those to the left, above, above to the right and above
// to the left.
type predictor struct {
	mode     byte // as the format numbers them
	foretell func(left, top, right, corner uint32) uint32
}

// The predictors that are tried: few of the fourteen win often.
var predictors = []predictor{
	{1, func(left, _, _, _ uint32) uint32 { return left }},
	{2, func(_, top, _, _ uint32) uint32 { return top }},
	{7, func(left, top, _, _ uint32) uint32 { return average(left, top) }},
	{5, func(left, top, right, _ uint32) uint32 { return average(average(left, right), top) }},
	{11, closer},
	{12, slope},
}

// tileBits is the size of the squares that have one predictor each.
const tileBits = 5

// foretell replaces each pixel by what it is more than was foretold, and writes which
// predictor is used where.
func foretell(w *writer, p pixels) {
	const predict = 0
	w.bits(1, 1)
	w.bits(predict, 2)
	w.bits(tileBits-2, 3)
	height := p.len() / p.width
	across, down := (p.width+1<<tileBits-1)>>tileBits, (height+1<<tileBits-1)>>tileBits
	tiles := pixels{make([]byte, 4*across*down), across}
	best := make([]predictor, across*down)
	for i := range best {
		best[i] = bestIn(p, i%across<<tileBits, i/across<<tileBits)
		tiles.set(i, 0xFF000000|uint32(best[i].mode)<<8)
	}
	small(w, tiles)
	for y := height - 1; y >= 0; y-- { // backwards, so that what is foretold from is still there
		for x := p.width - 1; x >= 0; x-- {
			i := y*p.width + x
			p.set(i, less(p.at(i), told(p, i, x, y, best[y>>tileBits*across+x>>tileBits])))
		}
	}
}

// told is what is foretold of a pixel; at the edges it does not depend on the predictor.
func told(p pixels, i, x, y int, by predictor) uint32 {
	switch {
	case i == 0:
		return 0xFF000000
	case y == 0:
		return p.at(i - 1)
	case x == 0:
		return p.at(i - p.width)
	default: // right of the last column is the first pixel of the row
		return by.foretell(p.at(i-1), p.at(i-p.width), p.at(i-p.width+1), p.at(i-p.width-1))
	}
}

// bestIn returns the predictor that leaves least in a square, of which every other row is
// looked at.
func bestIn(p pixels, left, top int) predictor {
	right, bottom := min(left+1<<tileBits, p.width), min(top+1<<tileBits, p.len()/p.width)
	best, least := predictors[0], -1
	for _, by := range predictors {
		sum := 0
		for y := max(top, 1); y < bottom; y += 2 {
			for x := max(left, 1); x < right; x++ {
				i := y*p.width + x
				sum += size(less(p.at(i), by.foretell(p.at(i-1), p.at(i-p.width), p.at(i-p.width+1), p.at(i-p.width-1))))
			}
		}
		if least < 0 || sum < least {
			best, least = by, sum
		}
	}
	return best
}

// size is how far the parts of a pixel are from 0, in either direction.
func size(v uint32) int {
	sum := 0
	for ; v > 0; v >>= 8 {
		n := int(v & 0xFF)
		sum += min(n, 256-n)
	}
	return sum
}

// average is that of each part, rounded down.
func average(a, b uint32) uint32 { return (a^b)&0xFEFEFEFE>>1 + a&b }

// closer is the one of left and top that is nearer to what they and the corner suggest.
func closer(left, top, _, corner uint32) uint32 {
	toLeft, toTop := 0, 0
	for shift := 0; shift < 32; shift += 8 {
		l, t, c := int(left>>shift&0xFF), int(top>>shift&0xFF), int(corner>>shift&0xFF)
		toLeft += max(t-c, c-t) // what is suggested is l + t - c
		toTop += max(l-c, c-l)
	}
	if toLeft < toTop {
		return left
	}
	return top
}

// slope goes on as left and top do from the corner.
func slope(left, top, _, corner uint32) uint32 {
	var out uint32
	for shift := 0; shift < 32; shift += 8 {
		v := int(left>>shift&0xFF) + int(top>>shift&0xFF) - int(corner>>shift&0xFF)
		out |= uint32(min(max(v, 0), 255)) << shift
	}
	return out
}

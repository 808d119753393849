package picture

import (
	"cmp"
	"context"
	"image"
	"image/color"
	"slices"
)

// half is from where on a pixel is there.
const half = 0x80

// fewColours is a picture that has at most 256 colours, transparency one of them; nil
// if it has more.
func fewColours(m *image.NRGBA) *image.Paletted {
	index := map[[3]byte]byte{}
	palette := color.Palette{}
	through := -1
	out := image.NewPaletted(m.Rect, nil)
	for i := range out.Pix {
		p := m.Pix[4*i : 4*i+4 : 4*i+4]
		if p[3] < half {
			if through < 0 {
				if len(palette) == maxPalette {
					return nil
				}
				through = len(palette)
				palette = append(palette, color.NRGBA{})
			}
			out.Pix[i] = byte(through)
			continue
		}
		c := [3]byte{p[0], p[1], p[2]}
		n, ok := index[c]
		if !ok {
			if len(palette) == maxPalette {
				return nil
			}
			n = byte(len(palette)) //nolint:gosec // less than maxPalette
			index[c] = n
			palette = append(palette, color.NRGBA{c[0], c[1], c[2], 0xFF})
		}
		out.Pix[i] = n
	}
	out.Palette = palette
	return out
}

// A cell is one of the 32,768 into which colours are sorted, 5 bits of each.
type cell struct {
	n   int    // pixels
	sum [3]int // of their colours
}

func cellOf(r, g, b byte) int { return int(r>>3)<<10 | int(g>>3)<<5 | int(b>>3) }

// reduce chooses colours by median cut (Heckbert, 1982), and dithers by Floyd and
// Steinberg's rule.
func reduce(ctx context.Context, m *image.NRGBA) (*image.Paletted, error) {
	cells := make([]cell, 1<<15)
	through := false
	for i := 0; i < len(m.Pix); i += 4 {
		p := m.Pix[i : i+4 : i+4]
		if p[3] < half {
			through = true
			continue
		}
		c := &cells[cellOf(p[0], p[1], p[2])]
		c.n++
		for j := range 3 {
			c.sum[j] += int(p[j])
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wanted := maxPalette
	if through {
		wanted--
	}
	palette := medianCut(cells, wanted)
	d := dither{m: m, out: image.NewPaletted(m.Rect, palette), nearest: make([]int16, 1<<15)}
	if through {
		d.through = byte(len(palette)) //nolint:gosec // at most 255
		d.out.Palette = append(palette, color.NRGBA{})
	}
	return d.out, d.run(ctx, palette)
}

// medianCut divides the cells that are not empty into boxes with about as many pixels
// each, and returns the colour of each box.
func medianCut(cells []cell, wanted int) color.Palette {
	var all []int
	for i := range cells {
		if cells[i].n > 0 {
			all = append(all, i)
		}
	}
	boxes := []box{newBox(cells, all)}
	for len(boxes) < wanted {
		at := 0
		for i := range boxes {
			if boxes[i].weight() > boxes[at].weight() {
				at = i
			}
		}
		if boxes[at].weight() == 0 {
			break
		}
		one, other := boxes[at].cut(cells)
		boxes[at] = one
		boxes = append(boxes, other)
	}
	palette := make(color.Palette, len(boxes))
	for i, b := range boxes {
		palette[i] = b.colour(cells)
	}
	return palette
}

// A box has some cells, sorted along its longest side.
type box struct {
	cells []int
	n     int // pixels
	side  int // the length of the longest one
}

func newBox(cells []cell, of []int) box {
	least, most := [3]int{31, 31, 31}, [3]int{}
	b := box{cells: of}
	for _, i := range of {
		b.n += cells[i].n
		for j := range 3 {
			v := i >> (10 - 5*j) & 31
			least[j], most[j] = min(least[j], v), max(most[j], v)
		}
	}
	longest := 0
	for j := range 3 {
		if most[j]-least[j] > b.side {
			b.side, longest = most[j]-least[j], j
		}
	}
	shift := 10 - 5*longest
	slices.SortFunc(of, func(x, y int) int { return cmp.Or(cmp.Compare(x>>shift&31, y>>shift&31), cmp.Compare(x, y)) })
	return b
}

// weight says how much is won by cutting a box: nothing where it is one cell.
func (b *box) weight() int {
	if len(b.cells) < 2 {
		return 0
	}
	return b.n * b.side
}

// cut divides a box of at least two cells where half of its pixels are.
func (b *box) cut(cells []cell) (one, other box) {
	before, at := 0, 0
	for at < len(b.cells)-1 && (at == 0 || before < b.n/2) {
		before += cells[b.cells[at]].n
		at++
	}
	return newBox(cells, b.cells[:at]), newBox(cells, b.cells[at:])
}

func (b *box) colour(cells []cell) color.NRGBA {
	var n int
	var sum [3]int
	for _, i := range b.cells {
		n += cells[i].n
		for j := range 3 {
			sum[j] += cells[i].sum[j]
		}
	}
	if n == 0 {
		return color.NRGBA{A: 0xFF} // a picture without pixels that are there
	}
	mean := func(j int) byte { return byte((sum[j] + n/2) / n & 0xFF) }
	return color.NRGBA{mean(0), mean(1), mean(2), 0xFF}
}

// A dither replaces colours by those of a palette, and gives what is lost to the pixels
// that follow.
type dither struct {
	m       *image.NRGBA
	out     *image.Paletted
	nearest []int16 // for each cell 1 + the colour that is nearest, 0 if it is not known
	through byte    // what is transparent
}

func (d *dither) run(ctx context.Context, palette color.Palette) error {
	colours := make([][3]int, len(palette))
	for i, c := range palette {
		n := toNRGBA(c)
		colours[i] = [3]int{int(n.R), int(n.G), int(n.B)}
	}
	width := d.m.Rect.Dx()
	here, below := make([][3]int, width+2), make([][3]int, width+2) // sixteenths, from one left of the first
	for y := range d.m.Rect.Dy() {
		if y%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for x := range width {
			p := d.m.Pix[y*d.m.Stride+4*x:][:4:4]
			if p[3] < half {
				d.out.Pix[y*d.out.Stride+x] = d.through
				continue
			}
			var want [3]int
			for j := range 3 {
				want[j] = min(max(int(p[j])+(here[x+1][j]+8)>>4, 0), 255)
			}
			n := d.choose(colours, want)
			d.out.Pix[y*d.out.Stride+x] = byte(n) //nolint:gosec // of a palette
			for j := range 3 {
				lost := want[j] - colours[n][j]
				here[x+2][j] += 7 * lost
				below[x][j] += 3 * lost
				below[x+1][j] += 5 * lost
				below[x+2][j] += lost
			}
		}
		here, below = below, here
		for i := range below {
			below[i] = [3]int{}
		}
	}
	return nil
}

// choose returns the colour that is nearest to the middle of the cell of what is wanted.
func (d *dither) choose(colours [][3]int, want [3]int) int {
	at := want[0]>>3<<10 | want[1]>>3<<5 | want[2]>>3
	if n := d.nearest[at]; n > 0 {
		return int(n) - 1
	}
	best, least := 0, 1<<30
	for i, c := range colours {
		distance := 0
		for j := range 3 {
			off := want[j]&^7 + 4 - c[j]
			distance += off * off
		}
		if distance < least {
			best, least = i, distance
		}
	}
	d.nearest[at] = int16(best + 1)
	return best
}

package basen

import "encoding/binary"

// standard makes a Code's encode of that of a package of the standard library.
func standard(encode func(dst, src []byte), encodedLen func(n int) int) func(dst, src []byte) int {
	return func(dst, src []byte) int {
		encode(dst, src)
		return encodedLen(len(src))
	}
}

func encode16(dst, src []byte) int {
	const digits = "0123456789ABCDEF"
	dst = dst[:2*len(src)]
	for i, c := range src {
		dst[2*i] = digits[c>>4]
		dst[2*i+1] = digits[c&15]
	}
	return len(dst)
}

// encode85 fills a last group with zero bytes, and leaves out as many letters as bytes were
// filled in.
func encode85(dst, src []byte) int {
	d := 0
	for ; len(src) >= 4; src = src[4:] {
		letters(dst[d:d+5], binary.BigEndian.Uint32(src))
		d += 5
	}
	if len(src) > 0 {
		var last [4]byte
		copy(last[:], src)
		letters(dst[d:d+5], binary.BigEndian.Uint32(last[:]))
		d += len(src) + 1
	}
	return d
}

// letters writes a group of Base85.
func letters(dst []byte, n uint32) {
	_ = dst[4]
	high, low := n/(85*85), n%(85*85)
	dst[4] = letters85[low%85]
	dst[3] = letters85[low/85]
	dst[2] = letters85[high%85]
	high /= 85
	dst[1] = letters85[high%85]
	dst[0] = letters85[high/85]
}

func whole16(dst, src []byte) (d, s int) {
	for len(src)-s >= 2 {
		a, b := values16[src[s]], values16[src[s+1]]
		if a|b >= wrong {
			break
		}
		dst[d] = a<<4 | b
		d++
		s += 2
	}
	return d, s
}

func whole32(dst, src []byte) (d, s int) {
	for len(src)-s >= 8 {
		g := src[s : s+8 : s+8]
		var n uint64
		var marks byte
		for _, c := range g {
			v := values32[c]
			marks |= v
			n = n<<5 | uint64(v)
		}
		if marks >= wrong {
			break
		}
		out := dst[d : d+5 : d+5]
		out[0] = byte(n >> 32)
		binary.BigEndian.PutUint32(out[1:], uint32(n))
		d += 5
		s += 8
	}
	return d, s
}

func whole64(dst, src []byte) (d, s int) {
	for len(src)-s >= 4 {
		g := src[s : s+4 : s+4]
		a, b, c, e := values64[g[0]], values64[g[1]], values64[g[2]], values64[g[3]]
		if a|b|c|e >= wrong {
			break
		}
		n := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
		out := dst[d : d+3 : d+3]
		out[0], out[1], out[2] = byte(n>>16&0xFF), byte(n>>8&0xFF), byte(n&0xFF)
		d += 3
		s += 4
	}
	return d, s
}

func whole85(dst, src []byte) (d, s int) {
	for len(src)-s >= 5 {
		var n uint64
		var marks byte
		for _, c := range src[s : s+5 : s+5] {
			v := values85[c]
			marks |= v
			n = n*85 + uint64(v)
		}
		if marks >= wrong || n > 1<<32-1 {
			break
		}
		binary.BigEndian.PutUint32(dst[d:d+4:d+4], uint32(n))
		d += 4
		s += 5
	}
	return d, s
}

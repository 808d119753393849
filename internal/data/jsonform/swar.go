package jsonform

import "encoding/binary"

// Eight bytes of a text are looked at as one number, its first byte the lowest. What is looked for
// becomes the highest bit of its byte; the lowest of these bits is right, and those above it
// need not be (Warren, Hacker's Delight, section 6-1).
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// One slice of eight bytes has its bounds looked at once; b[i:] would be looked at twice.
func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8]) }

func store(b []byte, i int, x uint64) { binary.LittleEndian.PutUint64(b[i:i+8], x) }

// stops finds what a string cannot simply go on over: quotes, backslashes, control
// characters, and characters that are not ASCII. The quote becomes a neighbour of the control characters when its bit 1
// is turned over.
func stops(x uint64) uint64 {
	quote, backslash := (x^ones*2)-ones*('"'^2+1), (x^ones*'\\')-ones
	return (quote | backslash | x) & highs
}

// mustEscape finds what a string cannot have as it is: quotes, backslashes, control characters.
func mustEscape(x uint64) uint64 {
	quote, backslash := (x^ones*2)-ones*('"'^2+1), (x^ones*'\\')-ones
	return (quote | backslash) &^ x & highs
}

// otherThanSpace finds what is not a space.
func otherThanSpace(x uint64) uint64 {
	x ^= ones * ' '
	return (x&^highs + ones*0x7F | x) & highs
}

// otherThanDigit finds what is not a digit.
func otherThanDigit(x uint64) uint64 {
	x ^= ones * '0'
	return (x&^highs + ones*(0x7F-9) | x) & highs
}

// Package basen writes bytes in letters and reads them again: Base16, Base32 and Base64
// as RFC 4648 has them, and Base85 as Python's b85encode and git have it (the alphabet of
// RFC 1924, groups of 4 bytes). It streams, and keeps less than 200 KB.
//
// Encoders write one line without a break, padded. Decoders also take what others write: white
// space anywhere (breaks of lines), padding or none, both cases of Base16 and Base32, and
// the letters - and _ of the Base64 for URLs beside + and /. Bits that no byte
// needs are ignored. Everything else is a fault with its line and column: a letter of another
// alphabet, a group that cannot be, anything behind the padding.
package basen

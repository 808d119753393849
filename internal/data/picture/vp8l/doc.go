// Package vp8l writes WebP without loss (RFC 9649). It keeps nothing for each pixel but the pixels
// themselves: what repeats is looked for twice, once to count what is written how often, and once to
// write it.
//
// Images of up to 256 colours are written as numbers of colours. Others have each pixel foretold by
// its neighbours, in the way that fits best in its square of 32 by 32. Repetitions are found by their
// first two pixels, in the row above, and of one pixel; there is one set of codes for the whole
// image, and no cache of colours: files are about as large as those of libwebp at its fastest.
package vp8l

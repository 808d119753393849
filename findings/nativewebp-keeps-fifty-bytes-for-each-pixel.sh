#!/bin/sh
# nativewebp, an encoder of lossless WebP in Go, keeps about 50 bytes for each pixel while it writes: a photo of 12 million pixels, 48 MB as RGBA, takes more than 500 MB beside it. One would expect
# a small multiple of the pixels.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init x >/dev/null 2>&1
go get github.com/HugoSmits86/nativewebp@v0.9.3 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"fmt"
	"image"
	"io"
	"os"
	"strings"

	"github.com/HugoSmits86/nativewebp"
)

func main() {
	m := image.NewNRGBA(image.Rect(0, 0, 4000, 3000))
	s := uint32(1)
	for i := range m.Pix {
		s = s*1664525 + 1013904223
		m.Pix[i] = byte(i/97) + byte(s>>30)
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	before := peak()
	if err := nativewebp.Encode(io.Discard, m, nil); err != nil {
		panic(err)
	}
	each := (peak() - before) * 1024 / (4000 * 3000)
	fmt.Printf("nativewebp v0.9.3, 4000 x 3000 pixels (%d MB): the process grew by %d MB, %d bytes for each pixel\n", len(m.Pix)>>20, (peak()-before)>>10, each)
	if each < 40 {
		os.Exit(1)
	}
}

// peak is the most memory that the process has had, in KB.
func peak() (kb int) {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Sscan(rest, &kb)
	return kb
}
GO
go run .

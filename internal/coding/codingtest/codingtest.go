// Package codingtest applies content codings, which package coding undoes. Only
// tests import it.
package codingtest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Encode applies codings in order: gzip, deflate, br, zstd, and raw, which is
// deflate without zlib's header.
func Encode(tb testing.TB, plain []byte, names ...string) []byte {
	tb.Helper()
	for _, name := range names {
		var out bytes.Buffer
		var w io.WriteCloser
		var err error
		switch name {
		case "gzip":
			w = gzip.NewWriter(&out)
		case "deflate":
			w = zlib.NewWriter(&out)
		case "raw":
			w, err = flate.NewWriter(&out, flate.DefaultCompression)
		case "br":
			w = brotli.NewWriter(&out)
		case "zstd":
			w, err = zstd.NewWriter(&out)
		default:
			tb.Fatalf("no coding is called %s", name)
		}
		if err == nil {
			_, err = w.Write(plain)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			tb.Fatal(err)
		}
		plain = out.Bytes()
	}
	return plain
}

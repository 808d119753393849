// Package served keeps what is answered again and again also in the content codings
// (RFC 9110, section 8.4) that clients like, and reads what they say that they like.
package served

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

const (
	// smallest is the size from which on a text is compressed.
	smallest = 200

	// brotliLevel is the last that costs milliseconds: 11, the best, takes twenty
	// times as long, once in each process, for a twentieth fewer bytes.
	brotliLevel = 9
)

// preferred are the content codings that texts are kept in, the smallest first.
var preferred = []string{"br", "gzip"}

// A Text is what is served. It never changes, and is safe for concurrent use.
type Text struct {
	plain []byte
	coded func() map[string][]byte // by content coding; made when first asked for
}

// New makes a Text; nobody changes the bytes any more.
func New(text []byte) *Text {
	return &Text{plain: text, coded: sync.OnceValue(func() map[string][]byte { return compress(text) })}
}

// For returns the text in the coding that a client likes best by its lines of
// Accept-Encoding, and the coding's name, which is empty for the text as it is.
func (t *Text) For(accept []string) (body []byte, coding string) {
	coding = chosen(accept)
	if coding == "" {
		return t.plain, ""
	}
	if body, ok := t.coded()[coding]; ok {
		return body, coding
	}
	return t.plain, ""
}

// compress returns a text in the codings of [preferred] in which it is smaller.
func compress(text []byte) map[string][]byte {
	coded := map[string][]byte{}
	if len(text) < smallest {
		return coded
	}
	for name, writer := range map[string]func(io.Writer) io.WriteCloser{
		"br": func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotliLevel) },
		"gzip": func(w io.Writer) io.WriteCloser {
			z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // the level is one of its own
			return z
		},
	} {
		var b bytes.Buffer
		w := writer(&b)
		_, _ = w.Write(text) // into memory
		_ = w.Close()
		if b.Len() < len(text) {
			coded[name] = b.Bytes()
		}
	}
	return coded
}

// chosen returns the coding of [preferred] that a client likes best, the first
// of those it likes alike; "" if it takes none of them.
func chosen(accept []string) string {
	likes := Weights(accept)
	best, most := "", 0.0
	for _, name := range preferred {
		q, said := likes[name]
		if !said {
			q = likes["*"]
		}
		if q > most {
			best, most = name, q
		}
	}
	if likes["identity"] > most {
		return ""
	}
	return best
}

// Weights reads fields such as Accept-Encoding (RFC 9110, section 12.4.2): how
// much each thing is wanted, from 0 to 1. What cannot be read is not wanted.
func Weights(lines []string) map[string]float64 {
	all := map[string]float64{}
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			q := 1.0
			for param := range strings.SplitSeq(params, ";") {
				key, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				if !strings.EqualFold(strings.TrimSpace(key), "q") {
					continue
				}
				var err error
				if q, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil || !(q >= 0 && q <= 1) {
					q = 0
				}
			}
			all[strings.ToLower(strings.TrimSpace(name))] = q
		}
	}
	return all
}

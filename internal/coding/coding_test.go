package coding_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"claimcheck/internal/coding"
	"claimcheck/internal/coding/codingtest"
)

func decode(t *testing.T, r io.Reader, field string) ([]byte, error) {
	t.Helper()
	names, err := coding.Names([]string{field})
	if err != nil {
		t.Fatal(err)
	}
	d := coding.NewReader(r, names)
	defer func() { _ = d.Close() }()
	return io.ReadAll(io.LimitReader(d, 4<<20))
}

var plain = []byte(strings.Repeat(`{"naïve": [1, 2, 3]}`+"\n", 4000))

func TestEachCodingIsUndone(t *testing.T) {
	for field, names := range map[string][]string{
		"gzip": {"gzip"}, "X-GZip": {"gzip"}, "deflate": {"deflate"}, " Deflate ": {"raw"}, "br": {"br"}, "ZSTD": {"zstd"},
		"gzip, br": {"gzip", "br"}, "identity": nil, "": nil, "zstd,identity ,deflate, gzip": {"zstd", "deflate", "gzip"},
	} {
		encoded := codingtest.Encode(t, plain, names...)
		for how, r := range map[string]io.Reader{"whole": bytes.NewReader(encoded), "byte by byte": iotest.OneByteReader(bytes.NewReader(encoded))} {
			got, err := decode(t, r, field)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%q, %s: %d bytes, %v; want %d", field, how, len(got), err, len(plain))
			}
		}
	}
}

func TestNothingDecodesToNothing(t *testing.T) {
	for _, field := range []string{"gzip", "deflate", "br", "zstd", "gzip, br"} {
		if got, err := decode(t, strings.NewReader(""), field); err != nil || len(got) != 0 {
			t.Errorf("%s: %d bytes, %v", field, len(got), err)
		}
		names := strings.Split(field, ", ")
		if got, err := decode(t, bytes.NewReader(codingtest.Encode(t, nil, names...)), field); err != nil || len(got) != 0 {
			t.Errorf("%s of nothing: %d bytes, %v", field, len(got), err)
		}
	}
}

func TestOthersAreNamed(t *testing.T) {
	for field, want := range map[string]string{"compress": "compress", "gzip, AES128GCM": "aes128gcm", "br;q=1": "br;q=1", "gzip,gzip,gzip,gzip,gzip": "gzip, gzip, gzip, gzip, gzip"} {
		_, err := coding.Names([]string{field})
		if unknown, ok := errors.AsType[*coding.UnknownError](err); !ok || unknown.Name != want {
			t.Errorf("%s: %v", field, err)
		}
	}
	if names, err := coding.Names([]string{"br", "gzip"}); err != nil || !slices.Equal(names, []string{"br", "gzip"}) {
		t.Errorf("two lines: %v, %v", names, err)
	}
}

func TestBrokenStreamsAreToldApart(t *testing.T) {
	for _, name := range []string{"gzip", "deflate", "br", "zstd"} {
		whole := codingtest.Encode(t, plain, name)
		bent := bytes.Clone(whole)
		bent[len(bent)-2] ^= 0x55
		for how, body := range map[string][]byte{"cut": whole[:len(whole)-3], "one byte": whole[:1], "longer": append(bytes.Clone(whole), "more"...), "text": []byte(`{"a": 1}`), "bent": bent} {
			if name == "br" && how == "bent" {
				continue // brotli has no checksum
			}
			_, err := decode(t, bytes.NewReader(body), name)
			if broken, ok := errors.AsType[*coding.BrokenError](err); !ok || broken.Name != name {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
		mine := errors.New("the line is dead")
		_, err := decode(t, io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(mine)), name)
		if !errors.Is(err, mine) {
			t.Errorf("%s: the reader's own error became %v", name, err)
		}
	}
}

// vain reports whether a stream was given up because nothing came of it.
func vain(err error) bool {
	_, broken := errors.AsType[*coding.BrokenError](err)
	return broken && strings.Contains(err.Error(), "longer than what it decodes to")
}

// TestWhatDecodesToNothingIsGivenUp has a stream without end that decodes to
// nothing, and one upon another.
func TestWhatDecodesToNothingIsGivenUp(t *testing.T) {
	empty := codingtest.Encode(t, nil, "gzip")
	if _, err := decode(t, &repeated{of: empty}, "gzip"); !vain(err) {
		t.Errorf("members without content: %v", err)
	}
	inner := codingtest.Encode(t, bytes.Repeat(empty, 1<<16), "gzip") // small, decodes to a long stream of nothing
	if _, err := decode(t, bytes.NewReader(inner), "gzip, gzip"); !vain(err) {
		t.Errorf("one upon another: %v", err)
	}
}

func TestAWideWindowIsRefused(t *testing.T) {
	wide, err := zstd.NewWriter(io.Discard, zstd.WithWindowSize(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	wide.Reset(&out)
	if _, err := io.Copy(wide, io.LimitReader(&repeated{of: plain}, 32<<20)); err != nil {
		t.Fatal(err)
	}
	if err := wide.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := decode(t, &out, "zstd"); err == nil {
		t.Error("a window of 64 MiB was taken")
	}
}

// repeated is a text without end.
type repeated struct {
	of []byte
	at int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.of[r.at:])
	r.at = (r.at + n) % len(r.of)
	return n, nil
}

func FuzzReader(f *testing.F) {
	for _, field := range []string{"gzip", "deflate", "br", "zstd", "br, gzip"} {
		f.Add(field, []byte("\x1f\x8b\x08"))
		f.Add(field, []byte("x\x9cK\x04\x00\x00b\x00b"))
	}
	f.Fuzz(func(t *testing.T, field string, body []byte) {
		names, err := coding.Names([]string{field})
		if err != nil {
			return
		}
		d := coding.NewReader(bytes.NewReader(body), names)
		defer func() { _ = d.Close() }()
		n, err := io.Copy(io.Discard, io.LimitReader(d, 1<<20))
		if len(names) == 0 && (err != nil || n != int64(len(body))) {
			t.Errorf("identity: %d bytes, %v", n, err)
		}
	})
}

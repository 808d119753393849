package vp8l_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/image/webp"
	"pgregory.net/rapid"

	"claimcheck/internal/data/picture/vp8l"
	"claimcheck/internal/testneeds"
)

// encoded writes a copy of an image.
func encoded(m *image.NRGBA) []byte {
	changed := image.NewNRGBA(m.Rect)
	copy(changed.Pix, m.Pix)
	var out bytes.Buffer
	if err := vp8l.Encode(&out, changed); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// comesBack says how an image does not come back.
func comesBack(m *image.NRGBA) error {
	b := encoded(m)
	if want := len(b) - 8; want != int(b[4])|int(b[5])<<8|int(b[6])<<16|int(b[7])<<24 || len(b)%2 == 1 {
		return fmt.Errorf("%d bytes, and its header says otherwise", len(b))
	}
	got, err := webp.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	n, ok := got.(*image.NRGBA)
	if !ok || n.Rect != m.Rect || !bytes.Equal(n.Pix, m.Pix) {
		return fmt.Errorf("%T of %v with other pixels", got, got.Bounds())
	}
	return nil
}

// drawn is an image of some making: 0 noise, 1 slopes, 2 few colours, 3 repetitions, 4 one colour.
func drawn(width, height, making, colours int, seed uint64) *image.NRGBA {
	random := rand.New(rand.NewPCG(seed, 1))
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	palette := make([][4]byte, colours)
	for i := range palette {
		palette[i] = [4]byte{byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256)), byte(255 - random.IntN(2)*random.IntN(256))}
	}
	for i := range width * height {
		x, y := i%width, i/width
		p := m.Pix[4*i : 4*i+4]
		switch making {
		case 0:
			copy(p, []byte{byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256))})
		case 1:
			copy(p, []byte{byte(x * 3), byte(y * 2), byte(x + y + random.IntN(3)), 255})
		case 2:
			copy(p, palette[random.IntN(colours)][:])
		case 3:
			copy(p, []byte{byte(x % 7 * 30), byte(x*y%11) * 20, byte(x % 50), byte(255 - i/5000)})
		default:
			copy(p, palette[0][:])
		}
	}
	return m
}

func TestImagesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := drawn(rapid.IntRange(1, 90).Draw(t, "width"), rapid.IntRange(1, 70).Draw(t, "height"), rapid.IntRange(0, 4).Draw(t, "making"),
			rapid.IntRange(1, 300).Draw(t, "colours"), rapid.Uint64().Draw(t, "seed"))
		if err := comesBack(m); err != nil {
			t.Fatal(err)
		}
	})
}

func TestEachNumberOfColoursComesBack(t *testing.T) {
	t.Parallel()
	for colours := 1; colours <= 258; colours++ {
		for _, width := range []int{1, 7, 33} {
			if err := comesBack(drawn(width, 41, 2, colours, uint64(colours))); err != nil {
				t.Errorf("%d colours, %d wide: %v", colours, width, err)
			}
		}
	}
}

func TestLargeImagesComeBack(t *testing.T) {
	t.Parallel()
	for making := range 5 {
		if err := comesBack(drawn(1500, 1000, making, 200, 7)); err != nil {
			t.Errorf("making %d: %v", making, err)
		}
	}
	for _, size := range []image.Point{{vp8l.MaxSize, 1}, {1, vp8l.MaxSize}, {vp8l.MaxSize, 2}} {
		if err := comesBack(drawn(size.X, size.Y, 1, 1, 7)); err != nil {
			t.Errorf("%v: %v", size, err)
		}
	}
}

// TestDwebpReadsTheSame has libwebp read what was written.
func TestDwebpReadsTheSame(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "dwebp (apt-get install webp)", "dwebp")
	dir := t.TempDir()
	images := map[string]*image.NRGBA{}
	for making := range 5 {
		for _, width := range []int{1, 2, 31, 32, 33, 200} {
			for _, colours := range []int{1, 2, 3, 16, 17, 256, 300} {
				name := fmt.Sprintf("%d-%d-%d.webp", making, width, colours)
				images[name] = drawn(width, 65, making, colours, uint64(width*colours))
				if err := os.WriteFile(filepath.Join(dir, name), encoded(images[name]), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), testneeds.Program(t, "a shell", "sh"), "-ec", `for f in *.webp; do dwebp -quiet -pam $f -o $f.pam; done`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, m := range images {
		got, err := os.ReadFile(filepath.Join(dir, name+".pam"))
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("WIDTH %d\nHEIGHT %d\n", m.Rect.Dx(), m.Rect.Dy()); !bytes.Contains(got[:60], []byte(want)) || !bytes.HasSuffix(got, append([]byte("ENDHDR\n"), m.Pix...)) {
			t.Errorf("%s: dwebp reads other pixels", name)
		}
	}
}

var errBroken = errors.New("the pipe is broken")

// A breaking writer fails after some bytes.
type breaking struct{ left int }

func (b *breaking) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestErrorsOfWritersPass(t *testing.T) {
	t.Parallel()
	for _, left := range []int{0, 10_000, 100_000} {
		if err := vp8l.Encode(&breaking{left}, drawn(300, 300, 0, 1, 1)); !errors.Is(err, errBroken) {
			t.Errorf("after %d: %v", left, err)
		}
	}
}

func TestWhatCannotBeWrittenIsAFaultOfTheCaller(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an image without pixels was written")
		}
	}()
	_ = vp8l.Encode(io.Discard, image.NewNRGBA(image.Rect(0, 0, 0, 5)))
}

// FuzzEncode wants each image to come back.
func FuzzEncode(f *testing.F) {
	f.Add([]byte("some pixels, and some more of them"), uint8(3))
	f.Add(bytes.Repeat([]byte{1, 2, 3, 255}, 99), uint8(9))
	f.Fuzz(func(t *testing.T, pix []byte, width uint8) {
		w := 1 + int(width)
		h := len(pix) / 4 / w
		if h == 0 {
			return
		}
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		copy(m.Pix, pix)
		if err := comesBack(m); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for name, making := range map[string]int{"noise": 0, "slopes": 1, "few": 2, "repetitions": 3} {
		b.Run(name, func(b *testing.B) {
			m := drawn(2000, 1500, making, 200, 7)
			pix := bytes.Clone(m.Pix)
			b.SetBytes(int64(len(pix)))
			b.ReportAllocs()
			for b.Loop() {
				copy(m.Pix, pix)
				if err := vp8l.Encode(io.Discard, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

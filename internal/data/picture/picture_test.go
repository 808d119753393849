package picture_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/webp"

	"claimcheck/internal/data"
	"claimcheck/internal/data/picture"
	"claimcheck/internal/fault"
)

// converted converts an image, or ends the test.
func converted(tb testing.TB, raw []byte, from, to string) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := picture.Convert(tb.Context(), bytes.NewReader(raw), &out, &data.Options{From: from, To: to}); err != nil {
		tb.Fatalf("%s to %s: %v", from, to, reason(err))
	}
	return out.Bytes()
}

// failure is the code and the reason with which an image is refused.
func failure(tb testing.TB, raw []byte, from, to string) string {
	tb.Helper()
	err := picture.Convert(tb.Context(), bytes.NewReader(raw), io.Discard, &data.Options{From: from, To: to})
	if err == nil {
		return "taken"
	}
	return reason(err)
}

func reason(err error) string {
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	text := f.Code
	for _, d := range f.Details {
		text += fmt.Sprintf(" %v", d.Value)
	}
	if len(f.Details) == 0 {
		text += " " + f.Message
	}
	return text
}

// pixels reads what a format has, as 8 bits.
func pixels(tb testing.TB, raw []byte, format string) *image.NRGBA {
	tb.Helper()
	decode := map[string]func(io.Reader) (image.Image, error){"jpg": jpeg.Decode, "png": png.Decode, "gif": gif.Decode, "webp": webp.Decode}[format]
	m, err := decode(bytes.NewReader(raw))
	if err != nil {
		tb.Fatalf("%s cannot be read again: %v", format, err)
	}
	return flat(m)
}

// flat copies an image, colour by colour.
func flat(m image.Image) *image.NRGBA {
	b := m.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, y, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// apart is the greatest difference of two images in any colour; transparent pixels are equal.
func apart(a, b *image.NRGBA) int {
	if a.Rect != b.Rect {
		return 1000
	}
	most := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if a.Pix[i+3] == 0 && b.Pix[i+3] == 0 {
			continue
		}
		for j := range 4 {
			d := int(a.Pix[i+j]) - int(b.Pix[i+j])
			most = max(most, d, -d)
		}
	}
	return most
}

// samples are images of each type of pixels, of sizes that no block divides.
func samples() map[string]image.Image {
	random := rand.New(rand.NewPCG(5, 6))
	size := image.Rect(0, 0, 37, 23)
	gray, gray16, opaque, through, deep := image.NewGray(size), image.NewGray16(size), image.NewNRGBA(size), image.NewNRGBA(size), image.NewNRGBA64(size)
	few := image.NewPaletted(size, color.Palette{color.NRGBA{}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{250, 250, 240, 255}})
	noise := image.NewNRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			c := color.NRGBA{byte(7 * x), byte(11 * y), byte(3*x + 5*y), 255}
			gray.SetGray(x, y, color.Gray{c.R})
			gray16.SetGray16(x, y, color.Gray16{uint16(1700*x + y)})
			opaque.SetNRGBA(x, y, c)
			c.A = byte(x * 7)
			through.SetNRGBA(x, y, c)
			deep.SetNRGBA64(x, y, color.NRGBA64{uint16(1500 * x), uint16(2500 * y), uint16(x * y * 40), 65535})
			few.SetColorIndex(x, y, byte((x/5+y/3)%4))
			noise.SetNRGBA(x, y, color.NRGBA{byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256)), byte(random.IntN(256))})
		}
	}
	one := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	one.SetNRGBA(0, 0, color.NRGBA{1, 2, 3, 255})
	nothing := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	return map[string]image.Image{"gray": gray, "gray16": gray16, "opaque": opaque, "through": through, "deep": deep, "few": few, "noise": noise, "one": one, "nothing": nothing}
}

func asPNG(tb testing.TB, m image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// white is an image on white.
func white(m image.Image) *image.NRGBA {
	b := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, m, b.Min, draw.Over)
	return flat(out)
}

func TestPixelsAreKept(t *testing.T) {
	t.Parallel()
	for name, m := range samples() {
		raw := asPNG(t, m)
		want := flat(m)
		if got := pixels(t, converted(t, raw, "png", "png"), "png"); apart(got, want) > 0 {
			t.Errorf("%s as PNG is %d off", name, apart(got, want))
		}
		if got := pixels(t, converted(t, raw, "png", "webp"), "webp"); apart(got, want) > 1 || m.Bounds().Dx() > 0 && name != "deep" && name != "gray16" && apart(got, want) > 0 {
			t.Errorf("%s as WebP is %d off", name, apart(got, want))
		}
		if got := pixels(t, converted(t, raw, "png", "jpeg"), "jpg"); apart(got, white(m)) > 40 && name != "noise" && name != "few" {
			t.Errorf("%s as JPEG is %d off", name, apart(got, white(m)))
		}
	}
}

func TestDeepColoursStayDeepInPNG(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gray16", "deep"} {
		m := samples()[name]
		got, err := png.Decode(bytes.NewReader(converted(t, asPNG(t, m), "png", "png")))
		if err != nil {
			t.Fatal(err)
		}
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				r, g, b, a := got.At(x, y).RGBA()
				wr, wg, wb, wa := m.At(x, y).RGBA()
				if r != wr || g != wg || b != wb || a != wa {
					t.Fatalf("%s at %d, %d: %v, want %v", name, x, y, got.At(x, y), m.At(x, y))
				}
			}
		}
	}
}

var errBroken = errors.New("the pipe is broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestErrorsOfWritersAndContextsPass(t *testing.T) {
	t.Parallel()
	raw := asPNG(t, samples()["through"])
	for _, to := range picture.Formats() {
		err := picture.Convert(t.Context(), bytes.NewReader(raw), broken{}, &data.Options{From: "png", To: to})
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", to, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := picture.Convert(ctx, bytes.NewReader(raw), io.Discard, &data.Options{From: "png", To: "gif"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after its end: %v", err)
	}
}

func TestBase64IsTheFileItself(t *testing.T) {
	t.Parallel()
	raw := asPNG(t, samples()["few"])
	text := base64.StdEncoding.EncodeToString(raw)
	if got := string(converted(t, raw, "png", "base64")); got != text {
		t.Errorf("it is %.60q…, want %.60q…", got, text)
	}
	for _, in := range []string{
		text, "data:image/png;base64," + text, " DATA:image/jpeg;name=a.png;Base64," + text + "\n", strings.TrimRight(text, "="), text[:76] + "\r\n" + text[76:],
	} {
		if got := converted(t, []byte(in), "base64", "base64"); string(got) != text {
			t.Errorf("%.60q… becomes %.60q…", in, got)
		}
		if got := pixels(t, converted(t, []byte(in), "base64", "gif"), "gif"); apart(got, flat(samples()["few"])) > 0 {
			t.Errorf("%.60q… as GIF is %d off", in, apart(got, flat(samples()["few"])))
		}
	}
}

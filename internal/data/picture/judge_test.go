package picture_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/internal/testneeds"
)

// photo is an image with soft and hard edges, of a size that no block divides.
func photo(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{byte(128 + 127*((x*x+y*y)/97%3-1)), byte(x * 255 / width), byte(y * 255 / height), 255}
			if (x/9+y/7)%5 == 0 {
				c = color.NRGBA{byte(255 - x*3), 250, byte(y * 9), 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// shell runs a script in a folder; one process for all of its files.
func shell(t *testing.T, dir, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testneeds.Program(t, "a shell", "sh"), "-ec", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLossyWebPHasThePixelsOfDwebp has cwebp write images in several qualities, with and without
// transparency, and compares what they become with what dwebp reads: byte for byte.
func TestLossyWebPHasThePixelsOfDwebp(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "cwebp (apt-get install webp)", "cwebp")
	testneeds.Program(t, "dwebp (apt-get install webp)", "dwebp")
	dir := t.TempDir()
	through := photo(41, 33)
	for i := 3; i < len(through.Pix); i += 4 {
		through.Pix[i] = byte(i / 16)
	}
	for name, m := range map[string]image.Image{
		"odd": photo(61, 43), "even": photo(64, 48), "wide": photo(200, 1), "high": photo(1, 77), "one": photo(1, 1), "two": photo(2, 2), "through": through, "large": photo(333, 257),
	} {
		write(t, dir, name+".png", asPNG(t, m))
	}
	shell(t, dir, `for f in *.png; do n=${f%.png}
		for q in 5 50 95; do cwebp -quiet -q $q "$f" -o $n.q$q.webp; done
		cwebp -quiet -q 60 -alpha_q 40 -alpha_filter best "$f" -o $n.filter.webp
		cwebp -quiet -q 60 -alpha_method 0 -f 0 "$f" -o $n.plain.webp
		cwebp -quiet -lossless "$f" -o $n.lossless.webp
	done
	for f in *.webp; do dwebp -quiet -nodither -pam "$f" -o "$f.pam"; done`)
	files, err := filepath.Glob(filepath.Join(dir, "*.webp"))
	if err != nil || len(files) != 8*6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		want := pam(t, read(t, dir, name+".pam"))
		if got := pixels(t, converted(t, read(t, dir, name), "webp", "png"), "png"); apart(got, want) > 0 {
			t.Errorf("%s is %d off", name, apart(got, want))
		}
	}
}

// pam reads what dwebp writes (netpbm's PAM, RGB_ALPHA of 8 bits).
func pam(t *testing.T, b []byte) *image.NRGBA {
	t.Helper()
	header, rest, ok := bytes.Cut(b, []byte("ENDHDR\n"))
	var width, height int
	if _, err := fmt.Sscanf(string(header), "P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\n", &width, &height); err != nil || !ok {
		t.Fatalf("no PAM: %q", header)
	}
	return &image.NRGBA{Pix: rest, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
}

// TestIdentifySeesTheSamePixels converts each sample into each format that loses nothing of it, and
// has ImageMagick compare format, size and pixels.
func TestIdentifySeesTheSamePixels(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "ImageMagick (apt-get install imagemagick)", "identify")
	dir := t.TempDir()
	all := samples()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		raw := asPNG(t, flat(all[name])) // of 8 bits
		write(t, dir, name+".0.png", raw)
		write(t, dir, name+".png", converted(t, raw, "png", "png"))
		write(t, dir, name+".webp", converted(t, raw, "png", "webp"))
		if name == "few" || name == "one" || name == "gray" {
			write(t, dir, name+".gif", converted(t, raw, "png", "gif"))
		}
		write(t, dir, name+".jpg", converted(t, raw, "png", "jpg"))
	}
	said := map[string][]string{}
	for line := range strings.Lines(shell(t, dir, `identify -format '%f %m %wx%h %#\n' *`)) {
		words := strings.Fields(line)
		said[words[0]] = words[1:]
	}
	for file, words := range said {
		name, ext, _ := strings.Cut(file, ".")
		want := said[name+".0.png"]
		format := map[string]string{"0.png": "PNG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "jpg": "JPEG"}[ext]
		if words[0] != format || words[1] != want[1] || ext != "jpg" && words[2] != want[2] {
			t.Errorf("%s is %v, want %s and %v", file, words, format, want)
		}
	}
	if len(said) != 4*9+3 {
		t.Errorf("identify told of %d files", len(said))
	}
}

// TestJPEGHasNearlyThePixelsOfImageMagick compares what JPEGs of different making become with what
// ImageMagick reads of them: a few in 255 from different rounding of the transform and the colours.
func TestJPEGHasNearlyThePixelsOfImageMagick(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "ImageMagick (apt-get install imagemagick)", "identify")
	convert := testneeds.Program(t, "ImageMagick's convert (apt-get install imagemagick)", "convert")
	dir := t.TempDir()
	write(t, dir, "photo.png", asPNG(t, photo(61, 43)))
	shell(t, dir, convert+` photo.png -quality 92 -sampling-factor 1x1 full.jpg
		`+convert+` photo.png -quality 92 -sampling-factor 2x2 half.jpg
		`+convert+` photo.png -quality 92 -sampling-factor 2x1 wide.jpg
		`+convert+` photo.png -quality 92 -sampling-factor 1x2 high.jpg
		`+convert+` photo.png -quality 92 -sampling-factor 2x2 -interlace JPEG progressive.jpg
		`+convert+` photo.png -quality 92 -colorspace Gray gray.jpg
		`+convert+` photo.png -quality 92 -colorspace CMYK cmyk.jpg
		`+convert+` photo.png -quality 92 -colorspace RGB -set colorspace sRGB rgb.jpg
		for f in *.jpg; do `+convert+` $f -colorspace sRGB -depth 8 rgb:$f.rgb; done`)
	for name, tolerance := range map[string]int{"full": 4, "half": 4, "wide": 4, "high": 4, "progressive": 4, "gray": 2, "cmyk": 6, "rgb": 4} {
		raw := read(t, dir, name+".jpg")
		if _, err := jpeg.DecodeConfig(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
		got := pixels(t, converted(t, raw, "jpg", "png"), "png")
		want := read(t, dir, name+".jpg.rgb")
		if len(want) != 3*61*43 {
			t.Fatalf("%s: %d bytes", name, len(want))
		}
		most, sum := 0, 0
		for i := range 61 * 43 {
			for j := range 3 {
				d := int(got.Pix[4*i+j]) - int(want[3*i+j])
				most, sum = max(most, d, -d), sum+max(d, -d)
			}
		}
		t.Logf("%s: at most %d off, %.2f on average", name, most, float64(sum)/float64(len(want)))
		if most > tolerance {
			t.Errorf("%s is %d off", name, most)
		}
	}
}

// TestImagesOfDifferentMakingKeepTheirPixels has ImageMagick write PNGs and GIFs of each depth, type and
// order, and compare them with what they become.
func TestImagesOfDifferentMakingKeepTheirPixels(t *testing.T) {
	t.Parallel()
	testneeds.Program(t, "ImageMagick (apt-get install imagemagick)", "identify")
	convert := testneeds.Program(t, "ImageMagick's convert (apt-get install imagemagick)", "convert")
	dir := t.TempDir()
	write(t, dir, "photo.png", asPNG(t, photo(61, 43)))
	shell(t, dir, `c="`+convert+` photo.png"
		$c -depth 16 deep.png
		$c -depth 16 -interlace PNG PNG48:deep-interlaced.png
		$c -depth 16 -colorspace Gray gray16.png
		$c -colorspace Gray gray8.png
		$c -colorspace Gray -depth 4 gray4.png
		$c -colorspace Gray -depth 2 -interlace PNG gray2.png
		$c -monochrome bilevel.png
		$c -colors 200 PNG8:palette.png
		$c -colors 14 -interlace PNG PNG8:palette4.png
		$c -interlace PNG interlaced.png
		$c -set comment text -gamma 1.3 PNG24:gamma.png
		$c -colors 100 a.gif
		$c -colors 30 -interlace GIF interlaced.gif
		$c -crop 20x10+5+5 -colors 20 page.gif
		rm photo.png`)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		from := strings.TrimPrefix(filepath.Ext(e.Name()), ".")
		write(t, dir, e.Name()+".out.png", converted(t, read(t, dir, e.Name()), from, "png"))
	}
	said := map[string]string{}
	for line := range strings.Lines(shell(t, dir, `for f in *.gif *.png; do case $f in page.gif) identify -format "%f crop\n" $f;; *) identify -format "%f %wx%h %#\n" $f;; esac; done`)) {
		file, is, _ := strings.Cut(strings.TrimSpace(line), " ")
		said[file] = is
	}
	for _, e := range entries {
		if e.Name() != "page.gif" && said[e.Name()] != said[e.Name()+".out.png"] {
			t.Errorf("%s is %s, and becomes %s", e.Name(), said[e.Name()], said[e.Name()+".out.png"])
		}
	}
	if got := said["page.gif.out.png"]; !strings.HasPrefix(got, "61x43 ") {
		t.Errorf("what stands on a page becomes %s", got)
	}
	if len(entries) != 14 {
		t.Errorf("there are %d images", len(entries))
	}
}

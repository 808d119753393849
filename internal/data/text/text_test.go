package text_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/text"
	"claimcheck/internal/fault"
)

// wide encodes as UTF-16 or UTF-32.
func wide(s string, order binary.AppendByteOrder, size int) (b []byte) {
	for _, r := range s {
		if size == 4 {
			b = order.AppendUint32(b, uint32(r))
			continue
		}
		for _, c := range utf16.AppendRune(nil, r) {
			b = order.AppendUint16(b, c)
		}
	}
	return b
}

const bom = "\uFEFF"

// declared is what a document declares as its encoding.
func declared(name string) text.Option {
	return text.Declared(func([]byte) string { return name })
}

func TestEachEncodingBecomesUTF8(t *testing.T) {
	t.Parallel()
	const s = "a,é🙂\r\n"
	for name, c := range map[string]struct {
		in      []byte
		want    string
		options []text.Option
	}{
		"empty":                   {nil, "", nil},
		"one byte":                {[]byte("a"), "a", nil},
		"a lone mark":             {[]byte(bom), "", nil},
		"UTF-8":                   {[]byte(s), s, nil},
		"UTF-8 with a mark":       {[]byte(bom + s), s, nil},
		"a second mark stays":     {[]byte(bom + bom + s), bom + s, nil},
		"UTF-16LE with a mark":    {wide(bom+"é", binary.LittleEndian, 2), "é", nil},
		"UTF-16BE with a mark":    {wide(bom+"é", binary.BigEndian, 2), "é", nil},
		"UTF-32LE with a mark":    {wide(bom+"é", binary.LittleEndian, 4), "é", nil},
		"UTF-32BE with a mark":    {wide(bom+"é", binary.BigEndian, 4), "é", nil},
		"UTF-16LE":                {wide(s, binary.LittleEndian, 2), s, nil},
		"UTF-16BE":                {wide(s, binary.BigEndian, 2), s, nil},
		"UTF-32LE":                {wide(s, binary.LittleEndian, 4), s, nil},
		"UTF-32BE":                {wide(s, binary.BigEndian, 4), s, nil},
		"one letter of UTF-16LE":  {[]byte("1\x00"), "1", nil},
		"one letter of UTF-16BE":  {[]byte("\x001"), "1", nil},
		"a NUL in UTF-8":          {[]byte("a\x00bc"), "a\x00bc", nil},
		"guessed at the end":      {[]byte("caf\xE9"), "café", []text.Option{text.OrWindows1252}},
		"guessed":                 {[]byte("caf\xE9;\x80\r\n"), "café;€\r\n", []text.Option{text.OrWindows1252}},
		"not guessed":             {[]byte(s), s, []text.Option{text.OrWindows1252}},
		"declared Latin-1":        {[]byte("caf\xE9\x80"), "café\u0080", []text.Option{declared("ISO-8859-1")}},
		"declared Windows-1252":   {[]byte("\x80"), "€", []text.Option{declared("windows-1252")}},
		"declared ASCII":          {[]byte("é"), "é", []text.Option{declared("US-ASCII")}},
		"declared Cyrillic":       {[]byte("\xCF\xF0\xE8"), "При", []text.Option{declared("windows-1251")}},
		"declared EBCDIC":         {[]byte("\xC1\x4B"), "A.", []text.Option{declared("IBM037")}},
		"declared Shift_JIS":      {[]byte("\x93\xFA\x96\x7B"), "日本", []text.Option{declared("Shift_JIS")}},
		"declared nothing":        {[]byte(s), s, []text.Option{declared("")}},
		"the mark is believed":    {[]byte(bom + s), s, []text.Option{declared("iso-8859-1")}},
		"the NULs are believed":   {wide("<?xml é", binary.LittleEndian, 2), "<?xml é", []text.Option{declared("utf-8")}},
		"declared UTF-8 is heard": {[]byte(s), s, []text.Option{declared("UTF-8"), text.OrWindows1252}},
	} {
		for way, in := range map[string]io.Reader{
			"whole":   bytes.NewReader(c.in),
			"by byte": iotest.OneByteReader(bytes.NewReader(c.in)),
			"by data": iotest.DataErrReader(bytes.NewReader(c.in)),
		} {
			if got, err := text.All(in, "CSV", c.options...); string(got) != c.want || err != nil {
				t.Errorf("%s, %s: %q %v, want %q", name, way, got, err, c.want)
			}
		}
		if got, err := io.ReadAll(iotest.OneByteReader(text.NewReader(bytes.NewReader(c.in), "CSV", c.options...))); string(got) != c.want || err != nil {
			t.Errorf("%s, to small buffers: %q %v, want %q", name, got, err, c.want)
		}
	}
}

func TestWhatIsNoCharacterIsNamedWithItsPosition(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a\n", 100_000)
	for name, c := range map[string]struct {
		in      string
		at      data.Position
		reason  string
		options []text.Option
	}{
		"a byte of Latin-1":       {"a\nb\xE9c", data.Position{Line: 2, Column: 2}, "Expected a character in UTF-8, but the byte 0xE9 is no part of one.", nil},
		"far behind":              {long + "é\xFF", data.Position{Line: 100_001, Column: 2}, "Expected a character in UTF-8, but the byte 0xFF is no part of one.", nil},
		"a surrogate in UTF-8":    {"\xED\xA0\x80", data.Start, "Expected a character in UTF-8, but the byte 0xED is no part of one.", nil},
		"too long a form":         {"\xC0\x80", data.Start, "Expected a character in UTF-8, but the byte 0xC0 is no part of one.", nil},
		"cut":                     {"ab\xE2\x82", data.Position{Line: 1, Column: 3}, "Expected the rest of a character in UTF-8, but the input ends.", nil},
		"half a character":        {"\xFF\xFEa\x00\x00\xDCb\x00", data.Position{Line: 1, Column: 2}, "Expected a character in UTF-16, but 0xDC00 is half of one.", nil},
		"the other half":          {"\xFE\xFF\xD8\x00\x00a", data.Start, "Expected a character in UTF-16, but 0xD800 is half of one.", nil},
		"an odd byte":             {"\xFF\xFEa\x00b", data.Position{Line: 1, Column: 2}, "Expected the rest of a character, but the input ends.", nil},
		"beyond Unicode":          {"\xFF\xFE\x00\x00\x00\x00\x11\x00", data.Start, "Expected a character in UTF-32, but 0x00110000 is none.", nil},
		"neither of two":          {"\xE9\x81", data.Position{Line: 1, Column: 2}, "Expected text in UTF-8 or Windows-1252, but the byte 0x81 is no part of either.", []text.Option{text.OrWindows1252}},
		"marked is not guessed":   {bom + "\xE9x", data.Start, "Expected a character in UTF-8, but the byte 0xE9 is no part of one.", []text.Option{text.OrWindows1252}},
		"declared is not guessed": {"\xE9", data.Start, "Expected the rest of a character in UTF-8, but the input ends.", []text.Option{declared("utf-8"), text.OrWindows1252}},
		"not in what is declared": {"a\xA1\x98", data.Position{Line: 1, Column: 3}, "Expected a character of the encoding that is declared, but the byte 0x98 is none.", []text.Option{declared("windows-1251")}},
		"not in Shift_JIS":        {"a\xFF", data.Position{Line: 1, Column: 2}, "Expected a character of the encoding that is declared.", []text.Option{declared("shift_jis")}},
		"declared and unknown":    {"a", data.Start, `Expected text in the encoding "klingon", which is declared, but that is unknown here or not the one that the text has.`, []text.Option{declared("klingon")}},
		"declared and not so":     {"abcd", data.Start, `Expected text in the encoding "UTF-16", which is declared, but that is unknown here or not the one that the text has.`, []text.Option{declared("UTF-16")}},
	} {
		got, err := text.All(iotest.HalfReader(strings.NewReader(c.in)), "CSV", c.options...)
		e := fault.Of(err)
		if e == nil || e.Code != "INVALID_ENCODING" || e.Message != "CSV validation failed." {
			t.Errorf("%s: %q %v", name, got, err)
			continue
		}
		if want := []fault.Detail{{Name: "line", Value: c.at.Line}, {Name: "column", Value: c.at.Column}, {Name: "reason", Value: c.reason}}; !slices.Equal(e.Details, want) {
			t.Errorf("%s: %v, want %v", name, e.Details, want)
		}
	}
}

func TestTheGuessLooksAtAMiBBehindTheFirstLetterBeyondASCII(t *testing.T) {
	t.Parallel()
	far := strings.Repeat("plain\n", 300_000) // more than a MiB
	got, err := text.All(strings.NewReader(far+"caf\xE9\n"+far), "CSV", text.OrWindows1252)
	if want := far + "café\n" + far; string(got) != want || err != nil {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
	}
	_, err = text.All(strings.NewReader("é"+far+"\xE9\n"), "CSV", text.OrWindows1252)
	if e := fault.Of(err); e == nil || e.Details[0].Value != 300_001 {
		t.Errorf("behind the MiB: %v", err)
	}
	cut := strings.Repeat("a", 1<<20-1) + "é" // the MiB ends within it
	if got, err := text.All(strings.NewReader("é"+cut), "CSV", text.OrWindows1252); string(got) != "é"+cut || err != nil {
		t.Errorf("cut: %d bytes, %v", len(got), err)
	}
}

func TestWhatIsDeclaredIsLookedForInTheFirstKiB(t *testing.T) {
	t.Parallel()
	var seen int
	_, err := text.All(strings.NewReader(strings.Repeat("x", 5000)), "XML", text.Declared(func(head []byte) string {
		seen = len(head)
		return ""
	}))
	if seen != 1024 || err != nil {
		t.Errorf("%d bytes, %v", seen, err)
	}
}

func TestErrorsOfTheInputArePassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	for _, s := range []string{"", "abc", "ab\xE2", "\xFF\xFEa\x00b"} {
		if _, err := text.All(io.MultiReader(strings.NewReader(s), iotest.ErrReader(broken)), "CSV"); !errors.Is(err, broken) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestTextComesBackFromEachEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ReplaceAll(rapid.String().Draw(t, "text"), "\uFFFD", "")
		s = strings.TrimLeft(s, "\x00") // the mark of UTF-16 with a NUL behind it is that of UTF-32
		in := []byte(bom + s)
		if size := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "bytes"); size > 1 {
			in = wide(bom+s, rapid.SampledFrom([]binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}).Draw(t, "order"), size)
		}
		var r io.Reader = bytes.NewReader(in)
		if rapid.Bool().Draw(t, "halves") {
			r = iotest.HalfReader(r)
		}
		got, err := text.All(r, "CSV")
		if err != nil || string(got) != s {
			t.Fatalf("%q: %q %v", s, got, err)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "aé🙂", bom + "a", "caf\xE9", "\xFF\xFEa\x00", "a\x00\x00\x00", "\xE9\x81"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, options := range [][]text.Option{nil, {text.OrWindows1252}, {declared("iso-8859-1")}, {declared("gb18030")}} {
			got, err := text.All(bytes.NewReader(in), "CSV", options...)
			if !utf8.Valid(got) {
				t.Fatalf("%q is no UTF-8", got)
			}
			if e := fault.Of(err); err != nil && (e == nil || e.Code != "INVALID_ENCODING") {
				t.Fatal(err)
			}
			byByte, errByByte := io.ReadAll(iotest.OneByteReader(text.NewReader(iotest.OneByteReader(bytes.NewReader(in)), "CSV", options...)))
			if !bytes.Equal(got, byByte) || (err == nil) != (errByByte == nil) || err != nil && err.Error() != errByByte.Error() {
				t.Fatalf("%q %v, by byte %q %v", got, err, byByte, errByByte)
			}
			if plain := utf8.Valid(in) && !bytes.ContainsAny(in, "\x00\uFEFF"); plain && options == nil && !bytes.Equal(got, in) {
				t.Fatalf("%q became %q", in, got)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	plain := strings.Repeat("the quick brown fox jumps over the lazy dog,0123456789\n", 40_000)
	for name, s := range map[string][]byte{
		"ASCII": []byte(plain), "German": []byte(strings.ReplaceAll(plain, "u", "ü")), "Chinese": []byte(strings.Repeat("敏捷的棕色狐狸\n", 100_000)), "UTF-16": wide(bom+plain, binary.LittleEndian, 2),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			p := make([]byte, 64<<10)
			for b.Loop() {
				r := text.NewReader(bytes.NewReader(s), "CSV", text.OrWindows1252)
				for {
					if _, err := r.Read(p); err != nil {
						break
					}
				}
			}
		})
	}
}

package filename_test

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/filename"
)

func TestSoundNames(t *testing.T) {
	for _, name := range []string{"a", "report.json", "Bericht für Zoë.json", "日本語.txt", "a b.c", "50% off.csv", "x..y", `say "hi".txt`, strings.Repeat("x", filename.MaxBytes)} {
		if !filename.Sound(name) {
			t.Errorf("%q is refused", name)
		}
		if got := filename.Tidy(name); got != name {
			t.Errorf("%q is tidied to %q", name, got)
		}
	}
	for _, name := range []string{
		"", ".", "..", ".hidden", "a.", " a", "a ", "a/b", `a\b`, "../a", "a\nb", "a\x00b", "a\x7fb", "a\u202eb", "a\u2028b", "a\xffb", "a\ufffdb", strings.Repeat("x", filename.MaxBytes+1),
	} {
		if filename.Sound(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestNamesOfOthersAreTidied(t *testing.T) {
	for disposition, want := range map[string]string{
		"":                                     "",
		"attachment":                           "",
		"inline; filename=plain.csv":           "plain.csv",
		`attachment; filename="two words.csv"`: "two words.csv",
		`attachment; filename="../../etc/x.conf"`:                                   "x.conf",
		`attachment; filename="C:\\dir\\x.txt"`:                                     "x.txt",
		`attachment; filename="..."`:                                                "",
		`attachment; filename="na_ve.txt"; filename*=UTF-8''na%C3%AFve.txt`:         "naïve.txt",
		`attachment; filename*=UTF-8''na%C3%AFve.txt; filename="na_ve.txt"`:         "naïve.txt",
		"attachment; filename=\"na\xefve.txt\"":                                     "naïve.txt",
		"attachment; filename=\"naïve.txt\"":                                        "naïve.txt",
		`attachment; filename*=UTF-8''a%2Fb%0A%E2%80%AEc.txt`:                       "bc.txt",
		`attachment; filename="` + strings.Repeat("é", 300) + `.json"`:              strings.Repeat("é", 117) + ".json",
		`attachment; filename="` + strings.Repeat("x", 300) + "." + `toolongext12"`: strings.Repeat("x", 227) + ".toolongext12",
		`attachment; filename=two words.csv`:                                        "",
	} {
		if got := filename.Of(disposition); got != want {
			t.Errorf("%q names %q, want %q", disposition, got, want)
		}
	}
}

func TestANameHasTheExtensionOfItsFile(t *testing.T) {
	for _, c := range []struct{ name, ext, want string }{
		{"report", "json", "report.json"},
		{"report.json", "json", "report.json"},
		{"report.JSON", "json", "report.JSON"},
		{"photo.jpeg", "jpg", "photo.jpeg"},
		{"page.exe", "html", "page.exe.html"},
		{"v1.2", "csv", "v1.2.csv"},
		{"model.gguf", "bin", "model.gguf"},
		{"model", "bin", "model.bin"},
		{"notes.log", "txt", "notes.log"},
		{"", "json", ""},
	} {
		if got := filename.With(c.name, c.ext); got != c.want {
			t.Errorf("%q of a .%s file is %q, want %q", c.name, c.ext, got, c.want)
		}
	}
}

func TestAnAttachmentIsReadAsItWasNamed(t *testing.T) {
	for name, want := range map[string]string{
		"report.json":   `attachment; filename="report.json"`,
		"two words.csv": `attachment; filename="two words.csv"`,
		"naïve €.txt":   `attachment; filename="na_ve _.txt"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.txt`,
		`a"b%20.txt`:    `attachment; filename="a_b_20.txt"; filename*=UTF-8''a%22b%2520.txt`,
	} {
		if got := filename.Attachment(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("naïve.txt")
	f.Add("..\\a\x00/\xff.b")
	f.Fuzz(func(t *testing.T, text string) {
		name := filename.Tidy(text)
		if name == "" {
			return
		}
		if !filename.Sound(name) {
			t.Fatalf("%q is tidied to %q, which is not sound", text, name)
		}
		if !utf8.ValidString(name) {
			return
		}
		disposition := filename.Attachment(name)
		kind, params, err := mime.ParseMediaType(disposition)
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Fatalf("%q is written %s and read %q, %v", name, disposition, params["filename"], err)
		}
		if filename.Of(disposition) != name {
			t.Fatalf("%s names %q", disposition, filename.Of(disposition))
		}
	})
}

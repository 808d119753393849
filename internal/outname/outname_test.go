package outname_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/outname"
)

func TestOutputsAreNamedAfterTheirInputs(t *testing.T) {
	for name, want := range map[string]string{
		"data.csv": "data", filepath.Join("some", "folder", "data.csv"): "data", "a.tar.gz": "a.tar", "data": "data", "Übung 1.json": "Übung 1",
		".eslintrc": "_eslintrc", "..": "output", ".": "output", "...": "output", ".csv": "_csv", "con.csv": "_con", "NUL": "_NUL", "com1.x.csv": "_com1.x",
		"lpt²": "_lpt²", "com10.csv": "com10", "console.csv": "console", "aux .csv": "_aux", "x. . .csv": "x", "a\x1b[2J\n.csv": "a_[2J_",
		"a\u202eb.csv": "a_b", "\xff\xfe.csv": "output", `a:b*c?"<>|d.csv`: "a_b_c_____d", "日本.csv": "日本", "-rf.csv": "-rf",
	} {
		if got := outname.OfFile(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestAddressesNameOnePartOfAPath(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.org/a/data.json?x=1#y": "data", "https://example.org/": "output", "https://example.org": "output", "https://example.org/a/": "output",
		"https://example.org/..%2f..%2fetc%2fpasswd": "passwd", "https://example.org/%2e%2e": "output", "https://example.org/a%5cb.json": "a_b",
		"https://example.org/.bashrc": "_bashrc", "https://example.org/%00.json": "output", "https://example.org/%1b%5b2J.json": "_[2J", "http://[": "output",
		"https://example.org/C:evil.json": "C_evil", "https://example.org/nul.json": "_nul",
	} {
		if got := outname.OfURL(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestNamesAreShortEnough(t *testing.T) {
	for _, fill := range []string{"a", "日", "e\u0301", "\xff"} {
		got := outname.Join(outname.OfFile(strings.Repeat(fill, 1000)+".csv"), strings.Repeat("x", 16))
		if len(got) > 240 || !utf8.ValidString(got) {
			t.Errorf("%q: %d bytes, %q", fill, len(got), got)
		}
	}
}

func TestExtensionsAreWords(t *testing.T) {
	for said, want := range map[string]string{
		"json": "json", ".PNG": "PNG", "": "", "tar.gz": "", "../x": "", "a/b": "", "a b": "", "\x1b": "", "é": "", strings.Repeat("x", 17): "",
	} {
		if got := outname.Extension(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
	for link, want := range map[string]string{
		"https://example.org/downloads/thumb_ab12.png?expires=1&signature=x.y": "png", "https://example.org/downloads/thumb_ab12": "", "http://[": "", "https://example.org/a.%2e%2e%2fx": "",
	} {
		if got := outname.ExtensionOfLink(link); got != want {
			t.Errorf("%s: got %q, want %q", link, got, want)
		}
	}
	if got := outname.Join("a", ""); got != "a" {
		t.Errorf("without an extension: %q", got)
	}
}

func TestEachNameIsGivenOnce(t *testing.T) {
	var s outname.Set
	for _, c := range [][2]string{{"a", "a"}, {"b", "b"}, {"a", "a-2"}, {"a", "a-3"}, {"A", "A-4"}, {"b-2", "b-2"}, {"b", "b-3"}, {"straße", "straße"}, {"STRASSE", "STRASSE"}, {"ſ", "ſ"}, {"S", "S-2"}} {
		if got := s.Take(c[0]); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

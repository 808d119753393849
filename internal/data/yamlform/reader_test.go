package yamlform_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"nothing", "", `null`},
		{"a comment alone", "# c\n", `null`},
		{"an empty document", "---", `null`},
		{"documents, one of them empty", "a\n---\n...\n---\n- b\n", `["a",null,["b"]]`},
		{"two empty documents", "---\n---\n", `[null,null]`},
		{"a byte-order mark", "\uFEFFa: 1", `{"a":1}`},
		{"CRLF", "a: |\r\n  b\r\n  c\r\nd: 'e\r\n  f'\r\n", `{"a":"b\nc\n","d":"e f"}`},
		{"CR", "a: 1\rb: 2\r", `{"a":1,"b":2}`},
		{"a pair of escapes", `"\ud83d\ude00 \U0001F600 \x41 \/ \L"`, `"😀 😀 A / \u2028"`},
		{"line breaks of YAML 1.1 in quotes", "\"a\u2028b\"", `"a\u2028b"`},
		{"keys of each kind", "{1: a, 0x10: b, true: c, ~: d, 1.50: e, '': f}", `{"1":"a","16":"b","true":"c","null":"d","1.50":"e","":"f"}`},
		{"an alias of an alias's node", "a: &a [1, &b {c: 2}]\nd: *b\ne: &e [*a]\nf: *e", `{"a":[1,{"c":2}],"d":{"c":2},"e":[[1,{"c":2}]],"f":[[1,{"c":2}]]}`},
		{"an anchor given twice", "[&a 1, *a, &a 2, *a]", `[1,1,2,2]`},
		{"an anchor given twice, inside", "- &a [&a 1, *a]\n- *a", `[[1,1],1]`},
		{"an anchor in each document", "&a 1\n---\n&a 2", `[1,2]`},
		{"an anchor of nothing", "a: &a\nb: *a", `{"a":null,"b":null}`},
		{"an alias as a key", "? &k x\n: 1\ny: {*k : 2}", `{"x":1,"y":{"x":2}}`},
		{"a merge before and after own keys", "a: &a {x: 1, y: 2}\nb: {z: 0, <<: *a, y: 3}", `{"a":{"x":1,"y":2},"b":{"z":0,"x":1,"y":3}}`},
		{"a merge of a merge", "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}", `{"a":{"x":1},"b":{"x":1,"y":2},"c":{"x":1,"y":2,"z":3}}`},
		{"the first of a list wins", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b, {z: 3}]}", `{"a":{"x":1},"b":{"x":2,"y":2},"c":{"x":1,"y":2,"z":3}}`},
		{"a merge of a list with an anchor", "a: &a {x: 1}\nl: &l [*a]\nc: {<<: *l}", `{"a":{"x":1},"l":[{"x":1}],"c":{"x":1}}`},
		{"an anchor behind a merge", "a: &a {x: 1}\nb: {<<: *a, y: &y [2]}\nc: *y", `{"a":{"x":1},"b":{"x":1,"y":[2]},"c":[2]}`},
		{"an anchor around a merge", "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: *b", `{"a":{"x":1},"b":{"x":1,"y":2},"c":{"x":1,"y":2}}`},
		{"merges in each other", "a: &a {x: 1}\nb: {<<: {<<: *a, y: 2}, z: {<<: *a}}", `{"a":{"x":1},"b":{"x":1,"y":2,"z":{"x":1}}}`},
		{"<< in quotes", "{'<<': 1, \"<<\": 2}", ""},
		{"<< as a value", "[<<]", `["\u003c\u003c"]`},
		{"a tag of one's own", "!mine {a: !x 1, b: !<y> [2]}", `{"a":"1","b":[2]}`},
		{"a tag by its handle", "%TAG ! tag:yaml.org,2002:\n---\n!int '7'", `7`},
		{"a block text of the parent's own column", "--- |\na\n b\n", `"a\n b\n"`},
	} {
		got, err := readJSON(c.src)
		if c.want == "" {
			if err == nil {
				t.Errorf("%s is read as %s", c.name, got)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s: got %s %v, want %s", c.name, got, err, c.want)
		}
	}
}

// TestAliasesThatGrowAreRefusedEarly: before anything of them is told.
func TestAliasesThatGrowAreRefusedEarly(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("- &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 30 {
		fmt.Fprintf(&b, "- &a%d [%s]\n", i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 10))
	}
	for name, src := range map[string]string{
		"ten times ten":      b.String(),
		"many of one":        "- &a [x, y, z]\n" + strings.Repeat("- *a\n", 250_000),
		"merged many times":  "- &a {" + strings.Repeat("k", 1000) + ": 1}\n" + strings.Repeat("- {<<: *a}\n", 200_000),
		"a long text, often": "- &a " + strings.Repeat("x", 1<<20) + "\n" + strings.Repeat("- *a\n", 100),
	} {
		var told counter
		err := yamlform.Read(strings.NewReader(src), &data.Options{}, &told)
		if err == nil || !strings.Contains(err.Error(), "FILE_TOO_LARGE") {
			t.Errorf("%s: %v", name, err)
		}
		if told > 2_000_000 {
			t.Errorf("%s: %d tokens were told", name, told)
		}
	}
}

type counter int

func (c *counter) Put(data.Token) error {
	*c++
	return nil
}

// TestErrorsArePassedOn: those of a sink and of an output end the work.
func TestErrorsArePassedOn(t *testing.T) {
	t.Parallel()
	src := records(2000)
	if err := yamlform.Read(strings.NewReader(src), &data.Options{}, broken{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read: %v", err)
	}
	if err := yamlform.Format(strings.NewReader(src), broken{}, &data.Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("format: %v", err)
	}
	if err := yamlform.Minify(strings.NewReader(src), broken{}, &data.Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("minify: %v", err)
	}
	w := yamlform.NewWriter(broken{}, &data.Options{})
	err := tell(w, "x")
	if err == nil {
		err = w.End()
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("write: %v", err)
	}
}

type broken struct{}

func (broken) Put(data.Token) error      { return io.ErrClosedPipe }
func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

package yamlform_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	v4 "go.yaml.in/yaml/v4"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
	"claimcheck/internal/testneeds"
)

type written struct {
	Name string `json:"name"`
	YAML string `json:"yaml"`
	JSON string `json:"json"`
}

type alike struct {
	Name string `json:"name"`
	A    string `json:"a"`
	B    string `json:"b"`
}

type work struct {
	Values []written `json:"values"`
	Same   []alike   `json:"same"`
}

// someWritten are values that the writer wrote: every awkward text as a value, an element and a
// name, and values at random.
func someWritten() (all []written) {
	add := func(name string, v any, spaces int) {
		all = append(all, written{name, asYAML(v, spaces), asJSON(v)})
	}
	for _, spaces := range []int{0, 1, 2, 4, 16} {
		list, members := []any{}, object{}
		for i, s := range awkward {
			list = append(list, s)
			members = append(members, member{s, s})
			if spaces == 2 {
				add(fmt.Sprintf("alone %q", s), s, 2)
				add(fmt.Sprintf("last %q", s), []any{object{{"a", i == 0}, {"b", s}}}, 2)
				add(fmt.Sprintf("name %q", s), object{{s, []any{s, object{{s, s}}}}}, 2)
			}
		}
		add("all in a list", list, spaces)
		add("all in an object", unique(members), spaces)
	}
	for i, n := range awkwardNumbers {
		if n != "1E400" { // Infinity to some
			add("number "+string(n), []any{n, object{{"a", n}}}, i%5)
		}
	}
	for _, n := range []int{1000, 1001, 5000} {
		key := strings.Repeat("k", n)
		add(fmt.Sprintf("a key of %d", n), object{{key, object{{key, []any{key}}}}, {"a", true}}, 2)
	}
	gen := values(4)
	for i := range 600 {
		v := gen.Example(i)
		if s := asJSON(v); !strings.Contains(s, "1E400") && !strings.Contains(s, `"__proto__"`) {
			add(fmt.Sprintf("random %d", i), v, []int{0, 1, 2, 4, 16}[i%5])
		}
	}
	return all
}

func unique(o object) (out object) {
	seen := map[string]bool{}
	for _, m := range o {
		if !seen[m.name] {
			seen[m.name] = true
			out = append(out, m)
		}
	}
	return out
}

// someLaidOut are sources laid out and minified: the suite's, and written ones.
func someLaidOut(t *testing.T) (all []alike) {
	t.Helper()
	sources := map[string]string{}
	for _, c := range suite(t) {
		if !c.Fails {
			sources[c.ID] = c.YAML
		}
	}
	for _, w := range someWritten() {
		sources[w.Name] = w.YAML
	}
	for name, src := range sources {
		for _, spaces := range []int{0, 2, 16} {
			all = append(all, alike{fmt.Sprintf("%s laid out by %d", name, spaces), src, laidOut(t, src, spaces)})
		}
		var out strings.Builder
		if err := yamlform.Minify(strings.NewReader(src), &out, &data.Options{}); err != nil {
			t.Errorf("%s: %s", name, mistake(err))
		}
		all = append(all, alike{name + " minified", src, out.String()})
	}
	return all
}

// disagreements are the cases that somebody judges otherwise, as a list says.
func disagreements(t *testing.T, who string) map[string]bool {
	t.Helper()
	list, err := os.ReadFile("testdata/disagreements.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if fields := strings.Split(line, "\t"); len(fields) == 3 && fields[0] == who {
			all[fields[1]] = true
		}
	}
	return all
}

// judge asks a program.
func judge(t *testing.T, who string, w work, program string, args ...string) {
	t.Helper()
	var answer struct {
		Read       int
		Complaints [][2]string
	}
	testneeds.Ask(t, exec.CommandContext(t.Context(), program, args...), w, &answer)
	seen := map[string]bool{}
	known := disagreements(t, who)
	for _, c := range answer.Complaints {
		id, _, _ := strings.Cut(c[0], " ")
		if seen[id] = true; !known[id] {
			t.Errorf("%s: %s", c[0], c[1])
		}
	}
	for id := range known {
		if !seen[id] {
			t.Errorf("%s agrees about %s now", who, id)
		}
	}
	if answer.Read < len(w.Same)*8/10 {
		t.Errorf("only %d of %d sources were read", answer.Read, len(w.Same))
	}
}

func TestPyYAMLReadsTheSame(t *testing.T) {
	t.Parallel()
	python := testneeds.Program(t, "Python 3 with PyYAML (apt-get install python3-yaml)", "/usr/bin/python3", "python3")
	judge(t, "PyYAML", work{someWritten(), someLaidOut(t)}, python, "testdata/judge.py")
}

func TestJSYAMLReadsTheSame(t *testing.T) {
	t.Parallel()
	node := testneeds.Node(t)
	testneeds.NodeModules(t, "js-yaml")
	judge(t, "js-yaml", work{someWritten(), someLaidOut(t)}, node, "testdata/judge.mjs")
}

// TestGoYAMLReadsTheSame judges with go.yaml.in/yaml/v4.
func TestGoYAMLReadsTheSame(t *testing.T) {
	t.Parallel()
	for _, w := range someWritten() {
		var got any
		if err := v4.Load([]byte(w.YAML), &got); err != nil {
			t.Errorf("%s: %v\n%s", w.Name, err, w.YAML)
			continue
		}
		d := json.NewDecoder(strings.NewReader(w.JSON))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !sameValue(want, got) {
			t.Errorf("%s: read as %#v\n%s", w.Name, got, w.YAML)
		}
	}
	read := 0
	all := someLaidOut(t)
	for _, c := range all {
		var a, b []any
		if v4.Load([]byte(c.A), &a, v4.WithAllDocuments()) != nil {
			continue
		}
		read++
		if err := v4.Load([]byte(c.B), &b, v4.WithAllDocuments()); err != nil || !reflect.DeepEqual(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b)) {
			t.Errorf("%s: was %#v\n%s\nis %#v %v\n%s", c.Name, a, c.A, b, err, c.B)
		}
	}
	if read < len(all)*8/10 {
		t.Errorf("only %d of %d sources were read", read, len(all))
	}
}

// sameValue compares JSON's value with what a library made of YAML.
func sameValue(want, got any) bool {
	switch want := want.(type) {
	case json.Number:
		switch got.(type) {
		case int, int64, uint64, float64:
			f, err := want.Float64()
			return err == nil && fmt.Sprint(f) == fmt.Sprint(reflect.ValueOf(got).Convert(reflect.TypeFor[float64]()).Float())
		}
		return false
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !sameValue(want[i], list[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for k := range want {
			if v, ok := m[k]; !ok || !sameValue(want[k], v) {
				return false
			}
		}
		return true
	default:
		return want == got
	}
}

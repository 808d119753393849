package bridge_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/bridge"
	"claimcheck/internal/fault"
)

// A recorder keeps what a table is told.
type recorder struct {
	count  int // of tables, told before
	sheets []*sheet
}

type sheet struct {
	name    string
	columns []string
	rows    [][]string
}

func (r *recorder) CountSheets(n int) { r.count = n }

func (r *recorder) Sheet(name string, columns []string) error {
	r.sheets = append(r.sheets, &sheet{name: name, columns: slices.Clone(columns)})
	return nil
}

func (r *recorder) Row(cells []data.Token) error {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprintf("%d%s", c.Kind, c.Text)
	}
	s := r.sheets[len(r.sheets)-1]
	s.rows = append(s.rows, row)
	return nil
}

func (r *recorder) End() error { return nil }

// A member is one of an object; a value is a []any, a []member, or a data.Token.
type member struct {
	name  string
	value any
}

// tell tells a sink a value.
func tell(to data.Sink, v any) error {
	switch v := v.(type) {
	case []any:
		if err := to.Put(data.Token{Kind: data.BeginArray}); err != nil {
			return err
		}
		for _, e := range v {
			if err := tell(to, e); err != nil {
				return err
			}
		}
		return to.Put(data.Token{Kind: data.EndArray})
	case []member:
		if err := to.Put(data.Token{Kind: data.BeginObject}); err != nil {
			return err
		}
		for _, m := range v {
			if err := to.Put(data.Token{Kind: data.Name, Text: []byte(m.name)}); err != nil {
				return err
			}
			if err := tell(to, m.value); err != nil {
				return err
			}
		}
		return to.Put(data.Token{Kind: data.EndObject})
	case data.Token:
		return to.Put(v)
	default:
		panic("no value")
	}
}

// rows are the tables of a value.
func rows(v any) (*recorder, error) {
	to := &recorder{}
	r := bridge.Rows(to)
	defer r.Close()
	if err := tell(r, v); err != nil {
		return to, err
	}
	return to, r.End()
}

func scalars() *rapid.Generator[any] {
	return rapid.Map(rapid.OneOf(
		rapid.Just(data.Token{Kind: data.Null}),
		rapid.Map(rapid.IntRange(0, 99), func(n int) data.Token {
			return data.Token{Kind: data.Number, Text: strconv.AppendInt(nil, int64(n), 10)}
		}),
		rapid.Map(rapid.StringMatching(`[a-z]{0,3}`), func(s string) data.Token { return data.Token{Kind: data.String, Text: []byte(s)} }),
	), func(t data.Token) any { return t })
}

// values are values of some depth whose names are of a set.
func values(depth int, names []string) *rapid.Generator[any] {
	if depth == 0 {
		return scalars()
	}
	below := rapid.Deferred(func() *rapid.Generator[any] { return values(depth-1, names) })
	return rapid.OneOf(
		scalars(),
		rapid.Map(rapid.SliceOfN(below, 0, 4), func(a []any) any { return a }),
		rapid.Map(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) member {
			return member{rapid.SampledFrom(names).Draw(t, "name"), below.Draw(t, "value")}
		}), 0, 4), func(m []member) any { return m }),
	)
}

// leaves are what a value has cells for: its scalars but nulls, and what is empty in others.
func leaves(v any, outermost bool) (all []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			all = append(all, leaves(e, false)...)
		}
		if len(v) == 0 && !outermost {
			return []string{"3[]"}
		}
	case []member:
		for _, m := range v {
			all = append(all, leaves(m.value, false)...)
		}
		if len(v) == 0 {
			return []string{"3{}"}
		}
	case data.Token:
		if v.Kind != data.Null {
			return []string{fmt.Sprintf("%d%s", v.Kind, v.Text)}
		}
	}
	return all
}

// TestNothingIsLost: whatever the value, each of its scalars is in a cell, and each column has a name of its own.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, nothingIsLost)
}

func FuzzRows(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(nothingIsLost))
}

func nothingIsLost(t *rapid.T) {
	v := values(4, []string{"a", "b", "a.b", "", "[0]", "value", "a_2"}).Draw(t, "value")
	got, err := rows(v)
	if err != nil {
		t.Fatal(err)
	}
	var cells []string
	for _, s := range got.sheets {
		named := slices.Clone(s.columns)
		slices.Sort(named)
		if len(slices.Compact(named)) != len(s.columns) {
			t.Fatalf("two columns of %q have the same name", s.columns)
		}
		for _, r := range s.rows {
			if s.columns != nil && len(r) != len(s.columns) {
				t.Fatalf("%q has not the columns %q", r, s.columns)
			}
			cells = append(cells, r...)
		}
	}
	cells = slices.DeleteFunc(cells, func(c string) bool { return c == "0" })
	want := leaves(v, true)
	// Rows of nothing, and tables of none, have no cells.
	empty := func(c string) bool { return c == "3{}" || c == "3[]" }
	cells, want = slices.DeleteFunc(cells, empty), slices.DeleteFunc(want, empty)
	slices.Sort(cells)
	slices.Sort(want)
	if !slices.Equal(cells, want) {
		t.Fatalf("cells %q, want %q", cells, want)
	}
}

// flat are the cells of an object by the names of their columns, for names that need no more than a dot.
func flat(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			flat(path+"["+strconv.Itoa(i)+"]", e, into)
		}
		if len(v) == 0 {
			into[path] = "3[]"
		}
	case []member:
		for _, m := range v {
			flat(strings.TrimPrefix(path+"."+m.name, "."), m.value, into)
		}
		if len(v) == 0 && path != "" {
			into[path] = "3{}"
		}
	case data.Token:
		into[path] = fmt.Sprintf("%d%s", v.Kind, v.Text)
	}
}

func TestCellsAreUnderTheirPaths(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		elements := rapid.SliceOfN(rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), values(2, []string{"x"}), 1, 3), func(m map[string]any) any {
			var object []member
			for _, name := range slices.Sorted(maps.Keys(m)) {
				object = append(object, member{name, m[name]})
			}
			return object
		}), 1, 5).Draw(t, "elements")
		got, err := rows(elements)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(elements, double) {
			return // their columns have other names
		}
		for i, e := range elements {
			want := map[string]string{}
			flat("", e, want)
			for j, name := range got.sheets[0].columns {
				cell, has := want[name]
				if !has {
					cell = "0"
				}
				if got.sheets[0].rows[i][j] != cell {
					t.Fatalf("row %d, %s: %q, want %q", i, name, got.sheets[0].rows[i][j], cell)
				}
			}
		}
	})
}

// double reports whether a value has a name twice in an object.
func double(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, double)
	case []member:
		names := map[string]bool{}
		for _, m := range v {
			if names[m.name] || double(m.value) {
				return true
			}
			names[m.name] = true
		}
	}
	return false
}

func text(s string) data.Token { return data.Token{Kind: data.String, Text: []byte(s)} }

func TestWhatGoesBeyondTheLimitsIsRefused(t *testing.T) {
	t.Parallel()
	many := func(n int, v any) []any { return slices.Repeat([]any{v}, n) }
	deep := func(n int) any {
		var v any = text("x")
		for range n {
			v = []any{v}
		}
		return v
	}
	wide := func(n int, name string) (m []member) {
		for i := range n {
			m = append(m, member{name + strconv.Itoa(i), text("x")})
		}
		return m
	}
	for name, c := range map[string]struct {
		value    any
		sentence string
	}{
		"columns":               {[]any{wide(1<<14+1, "")}, "The table would have more than 16384 columns."},
		"elements":              {[]any{many(1<<14+1, text(""))}, "The table would have more than 16384 columns."},
		"double names":          {[]any{slices.Repeat([]member{{"a", text("x")}}, 1<<14+1)}, "The table would have more than 16384 columns."},
		"members of one row":    {wide(1<<14+1, ""), "The table would have more than 16384 columns."},
		"elements of one row":   {[]member{{"a", many(1<<14+1, text("x"))}}, "The table would have more than 16384 columns."},
		"names":                 {[]any{wide(1<<12, strings.Repeat("n", 1<<8))}, "The names of the columns would have more than 1048576 bytes."},
		"a deep element":        {[]any{deep(5000)}, "A member is nested so deeply that the name of its column would be longer than 4096 bytes."},
		"a long name":           {[]member{{strings.Repeat("n", 1<<12+1), text("x")}}, "A member is nested so deeply that the name of its column would be longer than 4096 bytes."},
		"bytes of a row":        {[]any{[]any{text(strings.Repeat("x", 1<<24))}}, "A row would have more than 16777216 bytes."},
		"bytes of one row":      {[]member{{"a", text(strings.Repeat("x", 1<<24))}}, "A row would have more than 16777216 bytes."},
		"rows in one row":       {[]member{{"a", many(3, []any{text(strings.Repeat("x", 6<<20))})}, {"b", text("")}}, "A row would have more than 16777216 bytes."},
		"cells that are empty":  {append(many(1<<17, []member{}), wide(1<<14, "")), "The table would have 131073 rows of 16384 columns, which is more than 1073741824 cells."},
		"nested without an end": {deep(1 << 15), "A member is nested so deeply that the name of its column would be longer than 4096 bytes."},
	} {
		_, err := rows(c.value)
		if e := fault.Of(err); e == nil || e.Code != "FILE_TOO_LARGE" || e.Message != c.sentence {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := rows([]any{wide(1<<14, ""), wide(1<<14, "")}); err != nil || len(got.sheets[0].columns) != 1<<14 {
		t.Errorf("as many columns as there may be: %v", err)
	}
}

func TestTablesAreCounted(t *testing.T) {
	t.Parallel()
	list := []any{[]member{{"a", text("x")}}}
	for _, c := range []struct {
		value any
		want  []string
	}{
		{list, []string{""}},
		{[]member{{"p", []member{{"q", list}}}}, []string{"q"}},
		{[]member{{"p", list}, {"q", []any{}}, {"r", list}}, []string{"p", "q", "r"}},
		{[]member{{"p", []member{{"q", list}}}, {"r", []member{{"q", list}}}}, []string{"p.q", "r.q"}},
		{[]member{{"p", list}, {"q", text("")}}, []string{""}},
		{[]member{{"p", []any{}}}, []string{""}},
	} {
		got, err := rows(c.value)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range got.sheets {
			names = append(names, s.name)
		}
		if !slices.Equal(names, c.want) || got.count != len(c.want) {
			t.Errorf("%v: %q, %d told before, want %q", c.value, names, got.count, c.want)
		}
	}
}

func TestManyRowsComeBackFromAside(t *testing.T) {
	t.Parallel()
	var all []any
	for i := range 100_000 {
		all = append(all, []member{{"n", text(strconv.Itoa(i))}, {"text", text(strings.Repeat("x", 100+i%50))}})
	}
	got, err := rows(all)
	if err != nil || len(got.sheets[0].rows) != len(all) {
		t.Fatal(err)
	}
	for i, r := range got.sheets[0].rows {
		if r[0] != "3"+strconv.Itoa(i) || len(r[1]) != 101+i%50 {
			t.Fatalf("row %d is %q", i, r)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	object := []member{{"id", text("123456")}, {"name", text("some name")}, {"nested", []member{{"city", text("Berlin")}, {"zip", text("12345")}}}, {"tags", []any{text("a"), text("b")}}}
	b.SetBytes(int64(1000 * len(`{"id":"123456","name":"some name","nested":{"city":"Berlin","zip":"12345"},"tags":["a","b"]},`)))
	b.ReportAllocs()
	for b.Loop() {
		r := bridge.Rows(nowhere{})
		_ = r.Put(data.Token{Kind: data.BeginArray})
		for range 1000 {
			_ = tell(r, object)
		}
		_ = r.Put(data.Token{Kind: data.EndArray})
		if err := r.End(); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

type nowhere struct{}

func (nowhere) Sheet(string, []string) error { return nil }
func (nowhere) Row([]data.Token) error       { return nil }
func (nowhere) End() error                   { return nil }

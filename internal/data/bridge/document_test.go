package bridge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"claimcheck/internal/data"
	"claimcheck/internal/data/bridge"
)

// object is one of names and values in turn.
func object(pairs ...any) (m []member) {
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		value := pairs[i+1]
		if s, is := value.(string); is {
			value = text(s)
		}
		if !ok {
			panic("no name")
		}
		m = append(m, member{name, value})
	}
	return m
}

// document are the tables of an XML document, a line each for name, columns and rows.
func document(t *testing.T, v any) string {
	t.Helper()
	to := &recorder{}
	r := bridge.Document(to)
	defer r.Close()
	if err := tell(r, v); err != nil {
		t.Fatal(err)
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	if to.count != len(to.sheets) {
		t.Errorf("%d tables were told before, %d came", to.count, len(to.sheets))
	}
	var b strings.Builder
	for _, s := range to.sheets {
		fmt.Fprintf(&b, "%s: %s\n", s.name, strings.Join(s.columns, " "))
		for _, row := range s.rows {
			for i := range row {
				row[i] = row[i][1:] // without its kind
			}
			b.WriteString(strings.Join(row, ",") + "\n")
		}
	}
	return b.String()
}

func TestElementsThatAreRepeatedAreRows(t *testing.T) {
	t.Parallel()
	two := []any{object("@id", "1", "a", object("b", "x")), object("@id", "2", "c", "y")}
	for name, c := range map[string]struct {
		value any
		want  string
	}{
		"rows":                      {object("root", object("row", two)), "row: @id a.b c\n1,x,\n2,,y\n"},
		"beside them":               {object("root", object("@xmlns", "urn:x", "@v", "2", "row", two, "count", "2")), "row: @id a.b c @v count\n1,x,,2,2\n2,,y,2,2\n"},
		"in a channel":              {object("rss", object("@version", "2", "channel", object("title", "T", "item", two))), "item: @id a.b c @version title\n1,x,,2,T\n2,,y,2,T\n"},
		"texts":                     {object("l", object("i", []any{text("p"), data.Token{}, text("q")})), "i: i\np\n\nq\n"},
		"the same name in both":     {object("root", object("c", "z", "row", two)), "row: @id a.b c c_2\n1,x,,z\n2,,y,z\n"},
		"several names":             {object("osm", object("@v", "1", "node", two, "way", two[:2])), "osm: @v\n1\nnode: @id a.b c\n1,x,\n2,,y\nway: @id a.b c\n1,x,\n2,,y\n"},
		"several names alone":       {object("r", object("p", two[:1], "q", two[1:])), "p: @id a.b\n1,x\nq: @id c\n2,y\n"},
		"one element":               {object("root", object("row", object("@id", "1", "a", object("b", "x")))), ": @id a.b\n1,x\n"},
		"one element with siblings": {object("root", object("row", object("a", "1"), "n", "2")), ": row.a n\n1,2\n"},
		"one element of texts":      {object("root", object("a", "1", "b", "2")), ": a b\n1,2\n"},
		"one text":                  {object("root", "1"), ": root\n1\n"},
		"one text below":            {object("root", object("a", "1")), ": a\n1\n"},
		"attributes alone":          {object("root", object("@a", "1", "@b", "2")), ": @a @b\n1,2\n"},
		"a declaration alone":       {object("root", object("@xmlns", "urn:x")), ": @xmlns\nurn:x\n"},
		"nothing":                   {object("root", data.Token{}), ": root\n\n"},
		"names with dots":           {object("a.b", object("c.d", object("e.f", "1", "g", "2"))), ": e.f g\n1,2\n"},
		"once and more often": {
			object("r", object("b", []any{object("c", []any{text("1"), text("2")}), object("c", "3"), object("c", data.Token{}), object("d", "4")})),
			"b: c[0] c[1] d\n1,2,\n3,,\n,,\n,,4\n",
		},
		"once at first": {
			object("r", object("b", []any{object("c", object("@i", "1", "e", "x"), "d", "0"), object("c", []any{object("e", []any{text("2"), text("3")}), object("@j", "4")})})),
			"b: c[0].@i c[0].e[0] d c[0].e[1] c[1].@j\n1,x,0,,\n,2,,3,4\n",
		},
		"with attributes and without": {
			object("r", object("b", []any{object("p", "1"), object("p", object("@c", "E", "#text", "2")), object("p", []any{text("3"), object("@c", "F", "#text", "4")})})),
			"b: p[0].#text p[0].@c p[1].@c p[1].#text\n1,,,\n2,E,,\n3,,F,4\n",
		},
		"much beside": {
			object("root", object("text", strings.Repeat("x", 5000), "row", two)),
			"root: text\n" + strings.Repeat("x", 5000) + "\nrow: @id a.b c\n1,x,\n2,,y\n",
		},
	} {
		if got := document(t, c.value); got != c.want {
			t.Errorf("%s:\n%.300s\nwant\n%.300s", name, got, c.want)
		}
	}
	var many []any
	for i := range 65 {
		many = append(many, fmt.Sprintf("n%d", i), "x")
	}
	if got := document(t, object("root", object(append(many, "row", two)...))); !slices.Contains(strings.Split(got, "\n"), "row: @id a.b c") {
		t.Errorf("many beside: %s", got)
	}
}

// element draws an element of an XML document as xmltodict has it, and counts its texts.
func element(t *rapid.T, depth int, texts *int) any {
	if depth == 0 || rapid.Bool().Draw(t, "scalar") {
		*texts++
		return text("x")
	}
	var m []member
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "@c", "#text"}), 1, 3, rapid.ID).Draw(t, "names") {
		if name[0] == '@' || name[0] == '#' {
			*texts++
			m = append(m, member{name, text("x")})
			continue
		}
		v := element(t, depth-1, texts)
		if n := rapid.IntRange(0, 2).Draw(t, "more"); n > 0 {
			all := []any{v}
			for range n {
				all = append(all, element(t, depth-1, texts))
			}
			v = all
		}
		m = append(m, member{name, v})
	}
	return m
}

// TestEachTextOfADocumentIsACell: columns that become one never have two texts of a row.
func TestEachTextOfADocumentIsACell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := 0
		var all []any
		for range rapid.IntRange(2, 5).Draw(t, "rows") {
			all = append(all, element(t, 3, &texts))
		}
		to := &recorder{}
		r := bridge.Document(to)
		defer r.Close()
		if err := tell(r, object("root", object("row", all))); err != nil {
			t.Fatal(err)
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
		for _, c := range to.sheets[0].columns {
			if strings.HasSuffix(c, "_2") {
				t.Errorf("two columns are one: %v", to.sheets[0].columns)
			}
		}
		cells := 0
		for _, row := range to.sheets[0].rows {
			for _, cell := range row {
				cells += strings.Count(cell, "x")
			}
		}
		if cells != texts {
			t.Fatalf("%d texts, %d cells", texts, cells)
		}
	})
}

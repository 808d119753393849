package bridge_test

import (
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/bridge"
)

// A teller writes the tokens that it is told, as they come.
type teller struct {
	strings.Builder

	ended bool
}

func (w *teller) Put(t data.Token) error {
	switch t.Kind {
	case data.BeginArray:
		w.WriteString("[")
	case data.EndArray:
		w.WriteString("]")
	case data.BeginObject:
		w.WriteString("{")
	case data.EndObject:
		w.WriteString("}")
	case data.Name:
		w.WriteString(string(t.Text) + ":")
	case data.Null:
		w.WriteString("~,")
	default:
		w.WriteString(string(t.Text) + ",")
	}
	return nil
}

func (w *teller) End() error {
	w.ended = true
	return nil
}

func TestTablesBecomeAValue(t *testing.T) {
	t.Parallel()
	row := func(cells ...string) (all []data.Token) {
		for _, c := range cells {
			all = append(all, text(c))
		}
		return all
	}
	for name, c := range map[string]struct {
		tell func(data.Table) error
		want string
	}{
		"nothing":          {func(data.Table) error { return nil }, "[]"},
		"a header":         {func(to data.Table) error { return to.Sheet("", []string{"a"}) }, "[]"},
		"without a header": {func(to data.Table) error { return told(to, "", nil, row("1", "2"), row(), row("3")) }, "[[1,2,][][3,]]"},
		"short and long": {
			func(to data.Table) error {
				return told(to, "", []string{"a", "b"}, row("1"), row("1", "2", "3", "4"), row("1", "2"))
			},
			"[{a:1,b:~,}{a:1,b:2,c:3,d:4,}{a:1,b:2,}]",
		},
		"names": {
			func(to data.Table) error {
				return told(to, "", []string{"d", "", "d", "d_2", "e"}, row("1", "2", "3", "4", "5", "6", "7", "8"))
			},
			"[{d:1,b:2,d_2:3,d_2_2:4,e:5,f:6,g:7,h:8,}]",
		},
		"a sheet": {func(to data.Table) error { return told(to, "S", []string{"a"}, row("1")) }, "{S:[{a:1,}]}"},
		"sheets": {
			func(to data.Table) error {
				_ = told(to, "S", []string{"a"}, row("1"))
				_ = told(to, "T", nil)
				return told(to, "S", nil, row("x"))
			},
			"{S:[{a:1,}]T:[]S_2:[[x,]]}",
		},
	} {
		var w teller
		v := bridge.Values(&w)
		if err := c.tell(v); err != nil {
			t.Fatal(err)
		}
		if err := v.End(); err != nil || w.String() != c.want || !w.ended {
			t.Errorf("%s: %s %v, want %s", name, w.String(), err, c.want)
		}
	}
}

// told tells a table.
func told(to data.Table, name string, columns []string, rows ...[]data.Token) error {
	if err := to.Sheet(name, columns); err != nil {
		return err
	}
	for _, r := range rows {
		if err := to.Row(r); err != nil {
			return err
		}
	}
	return nil
}

func TestLettersAreThoseOfASpreadsheet(t *testing.T) {
	t.Parallel()
	for column, want := range map[int]string{0: "a", 25: "z", 26: "aa", 51: "az", 52: "ba", 701: "zz", 702: "aaa", 16383: "xfd"} {
		if got := bridge.Letters(column); got != want {
			t.Errorf("column %d is %s, want %s", column, got, want)
		}
	}
}

func TestRowsAreToldWithoutAllocating(t *testing.T) { //nolint:paralleltest // it counts allocations
	v := bridge.Values(silent{})
	if err := v.Sheet("", []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	cells := []data.Token{text("1"), text("2")}
	if n := testing.AllocsPerRun(100, func() { _ = v.Row(cells) }); n > 0 {
		t.Errorf("%v allocations for a row", n)
	}
}

type silent struct{}

func (silent) Put(data.Token) error { return nil }
func (silent) End() error           { return nil }

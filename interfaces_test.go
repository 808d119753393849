package claimcheck_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const maxMethods = 7 // of an interface, those of embedded ones counted

// joins are the interfaces that put together what several askers need, for what
// is handed on to all of them. Nobody is to ask for one who needs a part.
var joins = map[string]string{
	"internal/store/protocol.Store":        "all that is asked of a store by the parts of a server; each part is asked by its name",
	"internal/store/storetest/world.Store": "what the suite looks at, which is everything",
	"internal/app.aStore":                  "what app hands to the parts, which take theirs",
	"internal/queue.Store":                 "the parts of a store that the rules of jobs need, each of them small",
	"internal/control.Operator":            "what operator commands can do, of which each does one thing",
	"internal/care.Store":                  "the parts of a store that care needs, each of them small",
}

// foreign are the methods of interfaces of other modules that ours embed.
var foreign = map[string]int{
	"io.Reader": 1, "io.Writer": 1, "io.Closer": 1, "io.Seeker": 1, "io.ReadCloser": 2, "io.WriteCloser": 2, "io.ReadSeeker": 2,
	"io.ReadSeekCloser": 3, "io.ReaderAt": 1, "http.ResponseWriter": 3, "error": 1, "fmt.Stringer": 1,
}

// An anInterface is where an interface was found, so that names in it are understood.
type anInterface struct {
	dir     string
	imports map[string]string // folders of the module, by the name that the file knows them by
	is      *ast.InterfaceType
}

// TestInterfacesAreSmall: whoever implements one, or stands before it in a test,
// has little to write, and its promises are taken in at once.
func TestInterfacesAreSmall(t *testing.T) {
	named, all := map[string]anInterface{}, map[string]anInterface{}
	for _, name := range goFiles(t) {
		gatherInterfaces(t, name, named, all)
	}
	for where, i := range all {
		n := countMethods(t, i, named)
		if _, join := joins[where]; n > maxMethods && !join {
			t.Errorf("%s has %d methods, at most %d: who needs all of them?", where, n, maxMethods)
		}
	}
	for name := range joins {
		if i, ok := all[name]; !ok || countMethods(t, i, named) <= maxMethods {
			t.Errorf("%s is listed as a join and is none", name)
		}
	}
}

// gatherInterfaces adds the interfaces of a file, those with names to both.
func gatherInterfaces(t *testing.T, name string, named, all map[string]anInterface) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	dir, imports := filepath.ToSlash(filepath.Dir(name)), map[string]string{}
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		as := path.Base(to)
		if spec.Name != nil {
			as = spec.Name.Name
		}
		if within, ok := strings.CutPrefix(to, module+"/"); ok {
			imports[as] = within
		}
	}
	seen := map[*ast.InterfaceType]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok {
				seen[i] = true
				key := dir + "." + n.Name.Name
				if strings.HasSuffix(name, "_test.go") {
					key = name + "." + n.Name.Name
				}
				is := anInterface{dir, imports, i}
				named[key], all[key] = is, is
			}
		case *ast.InterfaceType:
			if !seen[n] {
				all[fset.Position(n.Pos()).String()] = anInterface{dir, imports, n}
			}
		}
		return true
	})
}

// countMethods counts what an interface and those that it embeds have. What is in a
// type constraint, and is no interface, has none.
func countMethods(t *testing.T, i anInterface, named map[string]anInterface) (n int) {
	t.Helper()
	for _, m := range i.is.Methods.List {
		if len(m.Names) > 0 {
			n += len(m.Names)
			continue
		}
		switch e := m.Type.(type) {
		case *ast.Ident:
			if of, ok := named[i.dir+"."+e.Name]; ok {
				n += countMethods(t, of, named)
			} else {
				n += foreign[e.Name]
			}
		case *ast.SelectorExpr:
			from, _ := e.X.(*ast.Ident)
			dir, ours := i.imports[from.Name]
			of, ok := named[dir+"."+e.Sel.Name]
			size, known := foreign[from.Name+"."+e.Sel.Name]
			switch {
			case ours && ok:
				n += countMethods(t, of, named)
			case !ours && known:
				n += size
			default:
				t.Errorf("%s.%s is embedded, and nobody says how many methods it has", from.Name, e.Sel.Name)
			}
		}
	}
	return n
}

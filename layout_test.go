package claimcheck_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "claimcheck"

// mayImport is who may import whom inside the module, tests aside. A package
// that is not listed may not exist; a row that ends in /* is for the folders
// there that have none of their own. What is in folders below its own a package
// may import too. To change it, say why in docs/DESIGN.md.
var mayImport = map[string][]string{
	".":   {},
	"api": {},

	// Words: they do no input or output.
	"internal/fault":   {},
	"internal/account": {"internal/fault"},
	"internal/job":     {"internal/fault", "internal/media"},
	"internal/blob":    {"internal/fault"},
	"internal/tool":    {"internal/fault", "internal/meter"},
	"internal/clock":   {}, "internal/meter": {},
	"internal/coding": {}, "internal/coding/served": {},
	"internal/media":   {},
	"internal/base":    {},
	"internal/peer":    {},
	"internal/reach":   {"client"},
	"internal/listen":  {"internal/disk"},
	"internal/etag":    {},
	"internal/foreign": {},
	"internal/sse":     {},

	"internal/filename": {"internal/media"},

	// Formats of data.
	"internal/data":         {"internal/fault"},
	"internal/data/bridge":  {"internal/data", "internal/data/spool"},
	"internal/data/csvform": {"internal/data", "internal/data/spool", "internal/data/text"},
	"internal/data/picture": {"internal/data", "internal/data/basen"}, "internal/data/picture/vp8l": {},
	"internal/data/markdown":      {"internal/data", "internal/data/htmlform", "internal/data/text"},
	"internal/data/yamlform":      {"internal/data", "internal/data/text", "internal/data/yamlparse"},
	"internal/data/xmlform/*":     {"internal/data", "internal/data/text", "internal/fault"},
	"internal/data/jsform/lexis":  {"internal/data"},
	"internal/data/jsform/syntax": {"internal/data/jsform/lexis"},
	"internal/data/datatest":      {"internal/fault"},
	"internal/data/*":             {"internal/data", "internal/data/text", "internal/fault"},

	"internal/data/workbook/*": {"internal/data", "internal/data/workbook/grid", "internal/fault"},

	// What stores are asked.
	"internal/store/protocol": {"internal/account", "internal/fault", "internal/job", "internal/meter"},

	// Rules.
	"internal/auth":            {"internal/account", "internal/fault"},
	"internal/auth/bearer":     {"internal/account", "internal/auth", "internal/fault"},
	"internal/ratelimit":       {},
	"internal/sign":            {"internal/account"},
	"internal/webhook":         {"internal/clock", "internal/fault", "internal/fetch", "internal/job", "internal/sign", "internal/store/protocol", "internal/tool", "internal/trace"},
	"internal/pause":           {"internal/fault", "internal/store/protocol"},
	"internal/history":         {"internal/clock", "internal/fault", "internal/store/protocol"},
	"internal/sched":           {"internal/account", "internal/clock", "internal/job", "internal/meter"},
	"internal/view":            {"internal/job"},
	"internal/words":           {"internal/job", "internal/store/protocol", "internal/view"},
	"internal/upload":          {"internal/account", "internal/blob", "internal/fault", "internal/job", "internal/media", "internal/store/protocol"},
	"internal/care":            {"internal/blob", "internal/clock", "internal/fault", "internal/job", "internal/store/protocol", "internal/upload"},
	"internal/queue/paced":     {"internal/job", "internal/meter", "internal/store/protocol"},
	"internal/queue/poisons":   {"internal/clock", "internal/job", "internal/store/protocol"},
	"internal/queue/*":         {"internal/clock", "internal/job"},
	"internal/queue/admission": {"internal/account", "internal/fault", "internal/job", "internal/store/protocol"},
	"internal/deadline":        {"internal/clock", "internal/fault", "internal/job", "internal/queue/attempts", "internal/store/protocol"},
	"internal/schema":          {"internal/data", "internal/data/jsonform", "internal/fault"},
	"internal/retry":           {"internal/blob", "internal/fault", "internal/job", "internal/queue", "internal/store/protocol", "internal/trace"},
	"internal/onread":          {"internal/fault", "internal/job", "internal/store/protocol"},
	"internal/purge":           {"internal/account", "internal/fault", "internal/job", "internal/queue", "internal/store/protocol"},
	"internal/bulk":            {"internal/blob", "internal/clock", "internal/fault", "internal/job", "internal/queue", "internal/retry", "internal/store/protocol", "internal/trace"},
	"internal/groups":          {"api", "internal/fault", "internal/job", "internal/queue", "internal/store/protocol", "internal/view"},
	"internal/queue":           {"internal/account", "internal/blob", "internal/clock", "internal/deadline", "internal/fault", "internal/job", "internal/meter", "internal/pause", "internal/queue/admission", "internal/sched", "internal/store/protocol", "internal/trace", "internal/view", "internal/words"},

	// Technology at the edges.
	"internal/disk":                      {},
	"internal/store/*":                   {"internal/account", "internal/fault", "internal/job", "internal/store/group", "internal/store/kind", "internal/store/migrate", "internal/store/protocol", "internal/store/record", "internal/store/transfer"},
	"internal/store/pgstore/unit":        {"internal/account", "internal/job", "internal/store/pgstore/pg", "internal/store/protocol", "internal/store/record"},
	"internal/store/pgstore/pg":          {"internal/fault", "internal/job", "internal/store/group", "internal/store/kind", "internal/store/migrate", "internal/store/record"},
	"internal/store/sqlitestore/bulks":   {"internal/job", "internal/store/record", "internal/store/sqlitestore/file"},
	"internal/store/sqlitestore/waiting": {"internal/account", "internal/job", "internal/store/record", "internal/store/sqlitestore/file"},
	"internal/store/sqlitestore/groups":  {"internal/job", "internal/store/protocol", "internal/store/record", "internal/store/sqlitestore/file"},
	"internal/store/sqlitestore/beside":  {"internal/account", "internal/job", "internal/store/protocol", "internal/store/record", "internal/store/sqlitestore/file"},
	"internal/store/sqlitestore/file":    {"internal/fault", "internal/store/migrate", "internal/store/record"},
	"internal/store/kind":                {"internal/store/transfer"},
	"internal/store/transfer":            {},
	"internal/store/group":               {},
	"internal/store/migrate":             {},
	"internal/store/record":              {"internal/account", "internal/fault", "internal/job", "internal/meter", "internal/store/group", "internal/store/protocol"},
	"internal/blob/dirblob":              {"internal/blob", "internal/disk", "internal/fault"},
	"internal/blob/s3blob":               {"internal/blob", "internal/disk", "internal/fault", "internal/filename", "internal/job"},
	"internal/fetch":                     {"internal/fault", "internal/trace"},
	"internal/tool/*":                    {"internal/fault", "internal/tool"},
	"internal/tool/datatool/goldentest":  {},
	"internal/tool/datatool":             {"internal/data", "internal/data/**", "internal/tool"},
	"internal/tool/httptool":             {"internal/coding", "internal/fault", "internal/fetch", "internal/filename", "internal/media", "internal/meter", "internal/tool", "internal/trace"},
	"internal/metrics":                   {"internal/account"},
	"internal/trace":                     {"internal/fault", "internal/job"},

	// Work.
	"internal/attempt":        {"internal/blob", "internal/coding", "internal/fault", "internal/filename", "internal/fetch", "internal/job", "internal/media", "internal/queue", "internal/store/protocol", "internal/tool", "internal/upload"},
	"internal/deposit":        {"internal/blob", "internal/fault", "internal/fetch", "internal/job", "internal/queue", "internal/tool"},
	"internal/worker":         {"internal/attempt", "internal/fault", "internal/job", "internal/queue", "internal/store/protocol", "internal/tool", "internal/trace", "internal/words"},
	"internal/remote":         {"internal/attempt", "internal/fault", "internal/filename", "internal/job", "internal/media", "internal/queue", "internal/sign", "internal/tool", "internal/trace", "internal/words"},
	"internal/intake":         {"internal/account", "internal/blob", "internal/coding", "internal/fault", "internal/filename", "internal/job", "internal/media", "internal/tool"},
	"internal/listing":        {"internal/account", "internal/fault", "internal/intake", "internal/job", "internal/store/protocol"},
	"internal/fulfil":         {"internal/attempt", "internal/fault", "internal/intake", "internal/job", "internal/queue", "internal/queue/admission", "internal/store/protocol", "internal/trace", "internal/view"},
	"internal/dialect":        {"internal/fault", "internal/intake", "internal/job", "internal/tool"},
	"internal/console":        {"internal/coding/served", "internal/dialect/plain", "internal/etag", "internal/fault", "internal/httpapi"},
	"internal/dialect/*":      {"internal/dialect", "internal/fault", "internal/httpapi", "internal/intake", "internal/job", "internal/store/protocol", "internal/tool", "internal/view"},
	"internal/dialect/google": {"internal/dialect", "internal/fault", "internal/httpapi", "internal/intake", "internal/job", "internal/listing", "internal/store/protocol", "internal/tool", "internal/view"},
	"internal/dialect/mcp":    {"internal/dialect", "internal/fault", "internal/httpapi", "internal/intake", "internal/job", "internal/listing", "internal/sse", "internal/tool", "internal/view"},
	"internal/dialect/tus":    {"internal/blob", "internal/dialect", "internal/dialect/plain", "internal/fault", "internal/httpapi", "internal/job", "internal/upload"},
	"internal/dialect/plain":  {"internal/dialect", "internal/fault", "internal/intake", "internal/job"},
	"internal/strictjson":     {"internal/fault", "internal/intake"},
	"internal/readiness":      {},
	"internal/reference":      {},
	"internal/uploadform":     {"api", "internal/fault", "internal/intake", "internal/job", "internal/sign"},
	"internal/httpapi": {
		"api", "internal/account", "internal/auth", "internal/base", "internal/blob", "internal/coding", "internal/dialect", "internal/dialect/plain", "internal/etag", "internal/fault", "internal/fulfil", "internal/intake", "internal/job", "internal/listing", "internal/media", "internal/peer",
		"internal/queue", "internal/ratelimit", "internal/readiness", "internal/retry", "internal/sched", "internal/sign", "internal/sse", "internal/store/protocol", "internal/strictjson", "internal/tool", "internal/trace", "internal/upload", "internal/view", "internal/webhook",
	},

	// Families of the plain dialect's routes.
	"internal/routes/about":  {"api", "internal/account", "internal/coding/served", "internal/fault", "internal/httpapi", "internal/reference"},
	"internal/routes/admin":  {"api", "internal/account", "internal/auth", "internal/fault", "internal/httpapi", "internal/intake"},
	"internal/routes/files":  {"api", "internal/blob", "internal/fault", "internal/filename", "internal/httpapi", "internal/job", "internal/media", "internal/queue", "internal/sign", "internal/upload", "internal/uploadform"},
	"internal/routes/groups": {"api", "internal/fault", "internal/groups", "internal/httpapi", "internal/intake", "internal/job", "internal/listing", "internal/store/protocol"},
	"internal/routes/hooks":  {"api", "internal/account", "internal/fault", "internal/httpapi", "internal/intake", "internal/job", "internal/sign", "internal/webhook"},
	"internal/routes/lines":  {"internal/dialect", "internal/dialect/plain", "internal/httpapi", "internal/intake"},
	"internal/routes/stats":  {"api", "internal/account", "internal/fault", "internal/history", "internal/httpapi", "internal/intake", "internal/pause", "internal/queue", "internal/store/kind"},
	"internal/routes/work":   {"api", "internal/attempt", "internal/fault", "internal/httpapi", "internal/intake", "internal/queue", "internal/remote", "internal/tool"},
	"internal/routes/*":      {"api", "internal/account", "internal/bulk", "internal/fault", "internal/httpapi", "internal/job", "internal/listing", "internal/pause", "internal/queue", "internal/sse", "internal/store/protocol", "internal/tool", "internal/view", "internal/webhook"},

	// Joining.
	"internal/config":            {"internal/account", "internal/listen", "internal/meter"},
	"internal/control":           {"internal/account", "internal/auth", "internal/care", "internal/fault", "internal/pause"},
	"internal/app":               {"api", "internal/**"},
	"client":                     {"api"},
	"client/webhook":             {"api"},
	"client/clienttest":          {"api", "client/webhook"},
	"internal/cli":               {"api", "client", "internal/config", "internal/foreign", "internal/outname", "internal/profile", "internal/reach", "internal/terminal", "internal/top"},
	"examples/go":                {"client"},
	"examples/webhook-receivers": {"client/webhook"},
	"examples/postman":           {"internal/postman"},
	"internal/postman":           {},
	"internal/profile":           {},
	"internal/relay":             {},
	"internal/terminal":          {"internal/foreign"},
	"internal/top":               {"api", "client", "internal/foreign", "internal/terminal"},
	"internal/caret":             {"internal/foreign"},
	"internal/outname":           {"internal/foreign"},
	"internal/resume":            {},
	"cmd/claimcheck":             {"api", "internal/account", "internal/app", "internal/auth", "internal/care", "internal/cli", "internal/cli/agents", "internal/cli/groups", "internal/cli/submit", "internal/cli/webhooks", "internal/cli/words", "internal/config", "internal/control", "internal/fault", "internal/foreign", "internal/pause", "internal/reach", "internal/routes/admin"},
	"deploy/grafana":             {},
	"release":                    {},
	"bench/river":                {},
	"bench/otter":                {"internal/job", "internal/view"},
	"bench":                      {"bench/earlier", "bench/rig", "bench/rows", "bench/table"},
	"bench/rig":                  {"api", "internal/account", "internal/job", "internal/store/protocol", "internal/store/sqlitestore"},
	"bench/table":                {},
	"bench/tools":                {"bench/rig", "bench/table", "internal/fault", "internal/tool", "internal/tool/datatool"},
	"bench/rows":                 {"api", "bench/rig", "bench/table", "internal/account", "internal/blob/dirblob", "internal/job", "internal/queue", "internal/store/sqlitestore"},
	"bench/earlier":              {"api", "bench/rig", "bench/table"},

	// Handing in from a shell.
	"internal/cli/*":      {"api", "client", "internal/cli", "internal/foreign", "internal/terminal"},
	"internal/cli/agents": {"internal/cli", "internal/relay"},
	"internal/cli/submit": {"api", "client", "internal/cli", "internal/foreign", "internal/handin", "internal/resume", "internal/terminal"},
	"internal/handin":     {"api", "client", "internal/caret", "internal/foreign", "internal/outname", "internal/resume", "internal/terminal"},

	// For tests only.
	"internal/testneeds":         {},
	"internal/fetch/fetchtest":   {},
	"internal/coding/codingtest": {},
	"internal/trace/tracetest":   {},
	"internal/serverproc":        {"internal/testneeds"},
	"internal/pgproc":            {"internal/testneeds"},
	"internal/proxyproc":         {"internal/serverproc", "internal/testneeds"},
	"internal/judges":            {},
	"internal/judges/agents":     {},
	"internal/judges/console":    {},
	"internal/judges/datatools":  {},
	"internal/judges/deploy":     {},
	"internal/judges/dialects":   {},
	"internal/judges/examples":   {},
	"internal/judges/http2":      {},
	"internal/judges/monitoring": {},
	"internal/judges/proxies":    {},
	"internal/judges/packages":   {},
	"internal/judges/traces":     {},
	"internal/judges/tus":        {},
	"internal/judges/foreign/*":  {}, // programs of a module of its own
	"internal/cluster":           {},
	"internal/store/storetest":   {"internal/**"},
	"internal/store/storetest/*": {"internal/**"},
	"internal/blob/blobtest":     {"internal/**"},
}

const maxLines = 400

func TestLayout(t *testing.T) {
	comments := map[string]int{}
	for _, name := range goFiles(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		checkFile(t, name, text, comments)
	}
	rows := map[string]bool{}
	for dir, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments, want 1", dir, n)
		}
		row, _ := rowOf(dir)
		rows[row] = true
	}
	for row := range mayImport {
		if !rows[row] && !strings.HasSuffix(row, "/*") {
			t.Errorf("%s is in the table and is not there, or has no package comment", row)
		}
	}
}

// rowOf returns the row of the table that a package stands in.
func rowOf(dir string) (row string, ok bool) {
	if _, ok := mayImport[dir]; ok {
		return dir, true
	}
	row = path.Dir(dir) + "/*"
	_, ok = mayImport[row]
	return row, ok
}

// checkFile judges a Go file of the module, which may import also what the
// table does not say, and counts the package comments of its folder.
func checkFile(t *testing.T, name string, text []byte, comments map[string]int, also ...string) {
	t.Helper()
	dir := filepath.ToSlash(filepath.Dir(name))
	row, known := rowOf(dir)
	if !known {
		t.Errorf("%s: package %s is not in the table of layout_test.go", name, dir)
		return
	}
	if n := bytes.Count(text, []byte("\n")); n > maxLines {
		t.Errorf("%s has %d lines, at most %d: would two files be easier to guess by name?", name, n, maxLines)
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, "_test.go") {
		return
	}
	if f.Doc != nil {
		comments[dir]++
	}
	checkImports(t, name, f, slices.Concat(mayImport[row], also))
}

func checkImports(t *testing.T, name string, f *ast.File, allowed []string) {
	t.Helper()
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		within, ok := strings.CutPrefix(imported, module+"/")
		if !ok {
			continue
		}
		if isTestOnly(within) && !isTestOnly(filepath.ToSlash(filepath.Dir(name))) {
			t.Errorf("%s imports %s, which is for tests", name, within)
		}
		if !strings.HasPrefix(within, filepath.ToSlash(filepath.Dir(name))+"/") && !slices.ContainsFunc(allowed, func(a string) bool {
			return a == within || strings.HasSuffix(a, "/**") && strings.HasPrefix(within, strings.TrimSuffix(a, "**"))
		}) {
			t.Errorf("%s imports %s; the table of layout_test.go does not allow it", name, within)
		}
	}
}

// TestLayoutAllowsNothingInVain keeps rows of the table to what is imported, but
// for those of folders that are still to come.
func TestLayoutAllowsNothingInVain(t *testing.T) {
	imported := map[string]bool{} // row, space, package
	for _, name := range goFiles(t) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		row, _ := rowOf(filepath.ToSlash(filepath.Dir(name)))
		for _, spec := range f.Imports {
			imported[row+" "+strings.TrimPrefix(strings.Trim(spec.Path.Value, `"`), module+"/")] = true
		}
	}
	for row, allowed := range mayImport {
		for _, a := range allowed {
			if !imported[row+" "+a] && !strings.HasSuffix(row, "/*") && !strings.HasSuffix(a, "/**") {
				t.Errorf("%s may import %s and does not", row, a)
			}
		}
	}
}

// TestLayoutIsOnTheMap compares the map of docs/DESIGN.md with the rows of the table.
func TestLayoutIsOnTheMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("docs", "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## The map")
	section, _, _ := strings.Cut(rest, "\n## ")
	drawn := map[string]bool{}
	for line := range strings.Lines(section) {
		if dir, _, ok := strings.Cut(line, "  "); ok {
			drawn[dir] = true
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				t.Errorf("the map has %s, which is no folder", dir)
			}
		}
	}
	for row := range mayImport {
		if row == "." || strings.HasSuffix(row, "/*") || strings.HasPrefix(row, "bench/") {
			continue
		}
		if !drawn[row] && (!isTestOnly(row) || !strings.Contains(section, "`"+row+"`")) {
			t.Errorf("%s is not on the map of docs/DESIGN.md", row)
		}
	}
}

func TestMainIsAPage(t *testing.T) {
	if n := countLines(t, "cmd/claimcheck/main.go"); n > 40 {
		t.Errorf("main.go has %d lines, at most 40", n)
	}
}

func skipFolder(name string, d fs.DirEntry, err error) error {
	if err != nil {
		return fmt.Errorf("walk %s: %w", name, err)
	}
	base := d.Name()
	if name != "." && (strings.HasPrefix(base, ".") && base != ".ci" || base == "node_modules" || base == "claimcheck-data") {
		return filepath.SkipDir
	}
	return nil
}

func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return skipFolder(path, d, err)
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

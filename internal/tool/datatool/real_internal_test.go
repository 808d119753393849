package datatool

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/tool"
)

// realBytes is about how long the documents are that are made here.
const realBytes = 2 << 20

var places = []string{"Köln", "São Paulo", "東京", "Łódź", "Reykjavík", "O'Brien's \"Place\"", "A/B & C <D>", "🙂 park"}

// geoJSON is like an extract of a map: long lists of coordinates with as many digits as programs write.
func geoJSON(r *rand.Rand) []byte {
	b := bytes.NewBufferString(`{"type":"FeatureCollection","crs":null,"features":[`)
	for i := 0; b.Len() < realBytes; i++ {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(b, `{"type":"Feature","id":%d,"properties":{"name":%q,"height":%d.50,"tags":{},"open":%t,"refs":[]},"geometry":{"type":"Polygon","coordinates":[[`,
			9007199254740993+int64(i), places[r.IntN(len(places))], r.IntN(100), r.IntN(2) == 0)
		for p := range 4 + r.IntN(30) {
			if p > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "[%.15f,%.14f]", r.Float64()*360-180, r.Float64()*180-90)
		}
		b.WriteString("]]}}")
	}
	b.WriteString("]}")
	return b.Bytes()
}

// registerCSV is like what offices publish: codes with leading zeros, amounts, dates, empty fields,
// remarks of several lines.
func registerCSV(r *rand.Rand) []byte {
	b := bytes.NewBufferString("Municipality code,Name,Founded,Population,Area km²,Remark")
	for i := 0; b.Len() < realBytes; i++ {
		name := strings.ReplaceAll(places[r.IntN(len(places))], `"`, `""`)
		fmt.Fprintf(b, "\n%08d,\"%s, district %d\",%d-%02d-%02d,%d,%d.%02d,", i, name, r.IntN(40), 1100+r.IntN(900), 1+r.IntN(12), 1+r.IntN(28), r.IntN(1e7), r.IntN(1000), r.IntN(100))
		if i%7 == 0 {
			fmt.Fprintf(b, "\"merged, see %05d\nuntil 1990\"", r.IntN(1e5))
		}
	}
	return b.Bytes()
}

// mapXML is like an extract of OpenStreetMap.
func mapXML(r *rand.Rand) []byte {
	b := bytes.NewBufferString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"made here\">\n <bounds minlat=\"50.9\" minlon=\"6.9\" maxlat=\"51.0\" maxlon=\"7.0\"/>\n")
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;")
	for i := 0; b.Len() < realBytes; i++ {
		fmt.Fprintf(b, " <node id=\"%d\" lat=\"%.7f\" lon=\"%.7f\" user=\"%s\"", 9007199254740993+int64(i), 50.9+r.Float64()/10, 6.9+r.Float64()/10, escape.Replace(places[r.IntN(len(places))]))
		if i%3 != 0 {
			b.WriteString("/>\n")
			continue
		}
		fmt.Fprintf(b, ">\n  <tag k=\"name\" v=\"%s\"/>\n  <tag k=\"addr:housenumber\" v=\"%02d\"/>\n </node>\n", escape.Replace(places[r.IntN(len(places))]), r.IntN(99))
	}
	b.WriteString("</osm>\n")
	return b.Bytes()
}

// through is what an algorithm makes of an input.
func through(t *testing.T, run algorithm, in []byte, o data.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := run(bytes.NewReader(in), &out, &o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// by is what a tool makes of an input with its defaults.
func by(t *testing.T, name string, in []byte) []byte {
	t.Helper()
	for _, it := range Tools() {
		spec := it.Spec()
		if spec.Name != name {
			continue
		}
		options, err := spec.ParseOptions(func(string) string { return "" })
		var out bytes.Buffer
		if err == nil {
			err = it.Run(t.Context(), tool.Call{Input: bytes.NewReader(in), InputSize: int64(len(in)), Options: options, Output: &out})
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return out.Bytes()
	}
	t.Fatalf("there is no tool %s", name)
	return nil
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	near := func(b []byte) []byte { return b[max(0, at-60):min(len(b), at+60)] }
	t.Errorf("%s: %d bytes, want %d; they differ at %d: %q, want %q", what, len(got), len(want), at, near(got), near(want))
}

var options = data.Options{HasHeader: true, Delimiter: ',', TabSpace: 2, SheetIndex: -1}

// TestRealJSONComesBack: through YAML each number, name and text of a document is what it was;
// so are its tokens through every layout.
func TestRealJSONComesBack(t *testing.T) {
	t.Parallel()
	doc := geoJSON(rand.New(rand.NewPCG(1, 2)))
	small := by(t, "json-minify", doc)
	pretty := by(t, "json-formatter", doc)
	same(t, "minified after it was laid out", by(t, "json-minify", pretty), small)
	same(t, "laid out after it was minified", by(t, "json-formatter", small), pretty)
	same(t, "unescaped", by(t, "json-unescape", by(t, "json-escape", doc)), doc)
	yaml := by(t, "json-to-yaml", doc)
	same(t, "through YAML", by(t, "json-minify", through(t, conversion(yamlFormat, jsonFormat), yaml, options)), small)
	same(t, "YAML laid out", by(t, "yaml-formatter", yaml), bytes.TrimSuffix(yaml, []byte("\n")))
}

// TestRealCSVComesBack: through JSON, YAML, XML and a workbook each field is what it was.
func TestRealCSVComesBack(t *testing.T) {
	t.Parallel()
	doc := registerCSV(rand.New(rand.NewPCG(3, 4)))
	want := by(t, "csv-whitespace-trim", doc) // in our own quotes
	for _, over := range []*format{jsonFormat, yamlFormat, excelFormat} {
		there := through(t, conversion(csvFormat, over), doc, options)
		same(t, "through "+over.name, through(t, conversion(over, csvFormat), there, options), want)
	}
	same(t, "nothing is there twice", by(t, "csv-remove-duplicates", doc), want)
}

// TestRealXMLComesBack: through JSON the value of a document is what it was, and so are its tokens
// through every layout.
func TestRealXMLComesBack(t *testing.T) {
	t.Parallel()
	doc := mapXML(rand.New(rand.NewPCG(5, 6)))
	value := by(t, "xml-to-json", doc)
	bare := options
	bare.RootName = "-"
	same(t, "through JSON", by(t, "xml-to-json", through(t, conversion(jsonFormat, xmlFormat), value, bare)), value)
	small := by(t, "xml-minify", doc)
	same(t, "minified after it was laid out", by(t, "xml-minify", by(t, "xml-validator", doc)), small)
	same(t, "the value when it is minified", by(t, "xml-to-json", small), value)
}

// TestTheAPIsDescriptionComesBack: a long document that people wrote is laid out once and for all.
func TestTheAPIsDescriptionComesBack(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	value := func(yaml []byte) []byte { return through(t, conversion(yamlFormat, jsonFormat), yaml, options) }
	pretty := by(t, "yaml-formatter", doc)
	same(t, "laid out twice", by(t, "yaml-formatter", pretty), pretty)
	same(t, "its value when it is laid out", value(pretty), value(doc))
	same(t, "its value when it is minified", value(by(t, "yaml-minify", doc)), value(doc))
}

// TestRealDocumentsComeBackFromEncodings: text is what it was behind each encoding and its decoder.
func TestRealDocumentsComeBackFromEncodings(t *testing.T) {
	t.Parallel()
	doc := registerCSV(rand.New(rand.NewPCG(7, 8)))
	for _, pair := range [][2]string{
		{"base16-encoder", "base16-decoder"},
		{"base32-encoder", "base32-decoder"},
		{"base64-encoder", "base64-decoder"},
		{"base85-encoder", "base85-decoder"},
		{"url-encode", "url-decode"},
		{"html-encoder", "html-decoder"},
		{"csv-to-base64", "base64-decoder"},
	} {
		same(t, pair[1], by(t, pair[1], by(t, pair[0], doc)), doc)
	}
}

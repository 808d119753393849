package reference_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"claimcheck/api"
	"claimcheck/internal/reference"
)

// drawn is the page of a server with these tools, and the description it is of.
func drawn(t *testing.T, tools ...api.Tool) (page []byte, root *html.Node, openAPI []byte) {
	t.Helper()
	openAPI, err := api.OpenAPI("https://jobs.example.org/base", "1.2.3", tools)
	if err != nil {
		t.Fatal(err)
	}
	page, err = reference.Page(openAPI, true)
	if err != nil {
		t.Fatal(err)
	}
	root, err = html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return page, root, openAPI
}

// attributes are those of a name, with the names of their elements.
func attributes(root *html.Node, name string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for n := range root.Descendants() {
			for _, a := range n.Attr {
				if a.Key == name && !yield(n.Data, a.Val) {
					return
				}
			}
		}
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// byID finds an element.
func byID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" && a.Val == id {
				return n
			}
		}
	}
	return nil
}

var formatter = api.Tool{
	Name: "csv-to-json", Path: "/csv-to-json-api", Summary: "Turns rows into objects.", Output: api.ToolOutput{ContentType: "application/json"},
	Options: []api.ToolOption{{Header: "x-has-header", Kind: "boolean", Summary: "Whether the first row has names.", Default: "true"}},
	Limits:  api.ToolLimits{TimeoutSeconds: 60},
}

// TestEachOperationAndSchemaIsThere goes by the description, read by other means.
func TestEachOperationAndSchemaIsThere(t *testing.T) {
	_, root, openAPI := drawn(t, formatter)
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	operations := 0
	for path, item := range doc.Paths {
		for method, raw := range item {
			var op struct {
				OperationID, Summary string
				Parameters           []struct{ Name string }
				Responses            map[string]any
			}
			if json.Unmarshal(raw, &op) != nil || op.OperationID == "" {
				continue // x-without-id
			}
			operations++
			n := byID(root, op.OperationID)
			if n == nil {
				t.Errorf("%s %s is not there", method, path)
				continue
			}
			text := textOf(n)
			for _, want := range append([]string{strings.ToUpper(method) + " " + path, op.Summary}, keys(op.Responses)...) {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s does not say %q", method, path, want)
				}
			}
			for _, p := range op.Parameters {
				if !strings.Contains(text, p.Name) {
					t.Errorf("%s %s does not say %q", method, path, p.Name)
				}
			}
		}
	}
	if operations < 60 || byID(root, "csvToJson") == nil {
		t.Errorf("the description has %d operations", operations)
	}
	for name, s := range doc.Components.Schemas {
		n := byID(root, "schema-"+name)
		if n == nil {
			t.Errorf("schema %s is not there", name)
			continue
		}
		for member := range s.Properties {
			if !strings.Contains(textOf(n), member) {
				t.Errorf("schema %s does not say %s", name, member)
			}
		}
	}
}

func keys(m map[string]any) (all []string) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

func TestWhatIsSaidOfAToolsOption(t *testing.T) {
	_, root, _ := drawn(t, formatter)
	text := strings.Join(strings.Fields(textOf(byID(root, "csvToJson"))), " ")
	for _, want := range []string{"x-has-header header boolean, default true", "Whether the first row has names.", "Body required", "202 Accepted"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q: %s", want, text)
		}
	}
}

func TestLinksLeadSomewhereAndNamesAreUnique(t *testing.T) {
	_, root, _ := drawn(t, formatter)
	ids := map[string]bool{}
	for _, id := range attributes(root, "id") {
		if ids[id] {
			t.Errorf("two have the name %s", id)
		}
		ids[id] = true
	}
	links := 0
	for _, to := range attributes(root, "href") {
		links++
		if name, within := strings.CutPrefix(to, "#"); within && !ids[name] || !within && to != "openapi.json" && to != "console/" {
			t.Errorf("%s leads nowhere", to)
		}
	}
	if links < 200 {
		t.Errorf("there are %d links", links)
	}
}

// TestThePageLoadsNothing: also what an operator writes into a tool's description
// brings no scripts, pictures or links that run.
func TestThePageLoadsNothing(t *testing.T) {
	hostile := formatter
	hostile.Summary = "<script>alert(1)</script> ![p](https://example.com/p.png) [l](javascript:alert(1)) <b onclick=x>b</b>"
	hostile.Options = []api.ToolOption{{Header: "x-note", Kind: "text", Summary: "<script src=//example.com></script>"}}
	page, root, _ := drawn(t, hostile)
	styles := 0
	for n := range root.Descendants() {
		switch n.Data {
		case "script", "link", "img", "iframe", "object", "base", "form":
			if n.Type == html.ElementNode {
				t.Errorf("there is a %s", n.Data)
			}
		case "style":
			styles++
			sum := sha256.Sum256([]byte(textOf(n)))
			if got := reference.StyleHash(); got != "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'" {
				t.Errorf("the style is not the one of the policy, %s", got)
			}
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("%s has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	if styles != 1 || !bytes.Contains(page, []byte("&lt;script&gt;")) {
		t.Errorf("%d styles; or the summary is not as it was written", styles)
	}
}

func TestTheConsoleIsNamedWhereThereIsOne(t *testing.T) {
	_, _, openAPI := drawn(t)
	for _, console := range []bool{true, false} {
		page, err := reference.Page(openAPI, console)
		if err != nil || bytes.Contains(page, []byte(`href="console/"`)) != console {
			t.Errorf("console %t: %v", console, err)
		}
	}
}

func TestWhatIsNoDescriptionIsAnError(t *testing.T) {
	const tagged = `"info":{},"tags":[{"name":"a"}],"paths":{"/x":{"get":{"tags":["a"],"responses":{"200":%}}}}`
	for doc, want := range map[string]string{
		``:     "EOF",
		`[]`:   "it is no JSON object",
		`{} 1`: "there is more after the JSON object",
		`{"paths":{"/x":{"get":{"tags":["b"]}}}}`:                                             `get /x has the tag "b", which is not described`,
		"{" + strings.Replace(tagged, "%", `{"$ref":"#/components/responses/None"}`, 1) + "}": "#/components/responses/None leads nowhere",
		"{" + strings.Replace(tagged, "%", `{"$ref":"#/components/responses/A"}`, 1) + `,"components":{"responses":{"A":{"$ref":"#/components/responses/A"}}}}`: "references lead in a circle",
	} {
		page, err := reference.Page([]byte(doc), false)
		if err == nil || !strings.HasSuffix(err.Error(), want) || page != nil {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
}

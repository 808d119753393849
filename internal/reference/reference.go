// Package reference draws a description of an HTTP API (OpenAPI 3.1, in JSON) as one
// page for people: plain HTML without scripts, whose styles are in it. It reads the
// parts of OpenAPI that api/openapi.yaml has, and serves nothing.
package reference

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// A page is what the template draws.
type page struct {
	Title, Version, Summary, Server string
	Console                         bool
	Style                           template.CSS
	About                           template.HTML
	Keys                            []key
	Groups                          []group
	Refusals                        []answer // those that many operations have, by their names
	Headers                         []field
	Schemas                         []schema
}

// A key is one way in which callers say who they are.
type key struct {
	Name, How string
	About     template.HTML
}

// A group has the operations of a tag.
type group struct {
	Name       string
	About      template.HTML
	Operations []operation
}

// An operation is a method at a path.
type operation struct {
	ID, Method, Path, Summary string
	About                     template.HTML
	Open                      bool // no key is needed
	Parameters                []field
	Body                      *body
	Answers                   []answer
}

// A field is a parameter, a header, or a member of a schema.
type field struct {
	Name, In string
	Required bool
	Type     kind
	About    template.HTML
	Example  string
}

// A body is what a request brings.
type body struct {
	Required bool
	About    template.HTML
	Contents []content
}

// An answer is one of the responses of an operation. One that has a name stands
// among those that many have.
type answer struct {
	Name, Status, Phrase string
	About                template.HTML
	Headers              []header
	Contents             []content
}

// A header of an answer stands among the headers by its key.
type header struct{ Name, Key string }

// A content is what a body is in one media type.
type content struct {
	Media    string
	Type     kind
	Fields   []field // of a schema without a name
	Examples []example
}

// An example is JSON, laid out.
type example struct{ Name, Text string }

// A schema has a name of its own.
type schema struct {
	Name   string
	Type   kind
	About  template.HTML
	Fields []field
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var drawn = template.Must(template.New("page").Parse(pageHTML))

// StyleHash is the source expression of the page's styles for a policy
// (Content-Security-Policy, style-src).
func StyleHash() string { return hashOf(pageCSS) }

// Page draws the description, with a link to the console if there is one. An error
// tells what in the description is not as it must be.
func Page(openAPI []byte, console bool) ([]byte, error) {
	doc, err := decode(openAPI)
	if err != nil {
		return nil, fmt.Errorf("the description of the API: %w", err)
	}
	r := reader{doc: doc}
	p := r.page()
	p.Console = console
	if r.err != nil {
		return nil, fmt.Errorf("the description of the API: %w", r.err)
	}
	var b bytes.Buffer
	if err := drawn.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("draw the description of the API: %w", err)
	}
	return b.Bytes(), nil
}

// A reader makes the page of a document. The first error stays.
type reader struct {
	doc *object
	err error
}

func (r *reader) page() page {
	info := r.doc.object("info")
	p := page{
		Title: info.text("title"), Version: info.text("version"), Summary: info.text("summary"),
		Style: template.CSS(pageCSS), About: r.prose(info.text("description")), //nolint:gosec // our own file
	}
	for _, s := range r.doc.list("servers") {
		p.Server = s.text("url")
	}
	at := map[string]int{}
	for _, t := range r.doc.list("tags") {
		at[t.text("name")] = len(p.Groups)
		p.Groups = append(p.Groups, group{Name: t.text("name"), About: r.prose(t.text("description"))})
	}
	for path, item := range r.doc.object("paths").objects() {
		for method, op := range item.objects() {
			tag := ""
			for _, tag = range op.texts("tags") {
				break
			}
			i, known := at[tag]
			if !known {
				r.fail("%s %s has the tag %q, which is not described", method, path, tag)
				return p
			}
			p.Groups[i].Operations = append(p.Groups[i].Operations, r.operation(method, path, op))
		}
	}
	components := r.doc.object("components")
	for _, s := range components.object("securitySchemes").objects() {
		how := s.text("in") + " " + s.text("name")
		if scheme := s.text("scheme"); scheme != "" {
			how = "header Authorization: " + strings.ToUpper(scheme[:1]) + scheme[1:]
		}
		p.Keys = append(p.Keys, key{Name: strings.TrimPrefix(how, "header "), How: how, About: r.prose(s.text("description"))})
	}
	for name, a := range components.object("responses").objects() {
		one := r.answer(a)
		one.Name = name
		p.Refusals = append(p.Refusals, one)
	}
	for name, h := range components.object("headers").objects() {
		p.Headers = append(p.Headers, r.field(name, h))
	}
	for name, s := range components.object("schemas").objects() {
		p.Schemas = append(p.Schemas, schema{Name: name, Type: r.kind(s), About: r.prose(s.text("description")), Fields: r.members(s)})
	}
	return p
}

func (r *reader) operation(method, path string, op *object) operation {
	o := operation{
		ID: op.text("operationId"), Method: strings.ToUpper(method), Path: path,
		Summary: op.text("summary"), About: r.prose(op.text("description")),
	}
	if ways, ok := op.values["security"].([]any); ok {
		o.Open = len(ways) == 0
	}
	for _, p := range op.list("parameters") {
		o.Parameters = append(o.Parameters, r.field(p.text("name"), r.deref(p)))
	}
	if b := r.deref(op.object("requestBody")); len(b.names) > 0 {
		o.Body = &body{Required: b.values["required"] == true, About: r.prose(b.text("description")), Contents: r.contents(b)}
	}
	for status, a := range op.object("responses").objects() {
		one := answer{Name: named(a, "responses"), About: r.prose(r.deref(a).text("description"))}
		if one.Name == "" {
			one = r.answer(a)
		}
		one.Status, one.Phrase = status, phrase(status)
		o.Answers = append(o.Answers, one)
	}
	return o
}

func (r *reader) answer(a *object) answer {
	one := answer{About: r.prose(a.text("description")), Contents: r.contents(a)}
	for name, h := range a.object("headers").objects() {
		r.deref(h)
		one.Headers = append(one.Headers, header{name, named(h, "headers")})
	}
	return one
}

// named is the name under which a reference finds something among components of a
// kind, empty if it is none.
func named(o *object, kind string) string {
	name, _ := strings.CutPrefix(o.text("$ref"), "#/components/"+kind+"/")
	return name
}

// phrase is what a status is called (RFC 9110).
func phrase(status string) string {
	var code int
	if _, err := fmt.Sscanf(status, "%d", &code); err != nil || status != fmt.Sprint(code) {
		return ""
	}
	return http.StatusText(code)
}

// contents are a body's, of which problem details are left out: they tell the same
// failures in another form.
func (r *reader) contents(o *object) []content {
	var all []content
	for media, c := range o.object("content").objects() {
		if media == "application/problem+json" {
			continue
		}
		s := c.object("schema")
		one := content{Media: media, Type: r.kind(s)}
		if s.text("$ref") == "" {
			one.Fields = r.members(s)
		}
		for name, e := range c.object("examples").objects() {
			e = r.deref(e)
			if summary := e.text("summary"); summary != "" {
				name = summary
			}
			one.Examples = append(one.Examples, example{name, r.laidOut(e.values["value"])})
		}
		if e, there := c.values["example"]; there {
			one.Examples = append(one.Examples, example{"", r.laidOut(e)})
		}
		all = append(all, one)
	}
	return all
}

// field is a parameter or a header; in a reference its name may stand there only.
func (r *reader) field(name string, o *object) field {
	if own := o.text("name"); own != "" {
		name = own
	}
	s := o.object("schema")
	f := field{
		Name: name, In: o.text("in"), Required: o.values["required"] == true, Type: r.kind(s),
		About: r.prose(o.text("description")),
	}
	for _, from := range []*object{o, s} {
		if e, there := from.values["example"]; there && f.Example == "" {
			f.Example = plain(e)
		}
	}
	return f
}

// members are those of a schema that is an object, or of what its lists have.
func (r *reader) members(s *object) []field {
	if items := s.object("items"); len(items.names) > 0 && items.text("$ref") == "" {
		return r.members(items)
	}
	needed := map[string]bool{}
	for _, name := range s.texts("required") {
		needed[name] = true
	}
	var all []field
	for name, m := range s.object("properties").objects() {
		all = append(all, field{Name: name, Required: needed[name], Type: r.kind(m), About: r.prose(m.text("description"))})
		if m.text("$ref") != "" {
			continue
		}
		mark := name
		if m.text("type") == "array" {
			mark += "[]"
		}
		for _, inner := range r.members(m) {
			inner.Name = mark + "." + inner.Name
			all = append(all, inner)
		}
	}
	for _, part := range s.list("allOf") {
		if part.text("$ref") == "" {
			all = append(all, r.members(part)...)
		}
	}
	return all
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

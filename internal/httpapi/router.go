package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// Access says who may come in.
type Access uint8

// The ways in.
const (
	Keyed   Access = iota // with a key, counted by the method and limited
	Open                  // anybody
	Working               // with a key of a program that works for us
	Later                 // the handler decides by what it reads: see Call.Admit
	Admin                 // with an operator's key; all of what is below /admin, and nothing else
)

// A Route is one method and path. In the path {name} matches what is left of one
// segment, at least a character of it, beside the text that follows it, as in
// {tool}-api, and a last segment of {name...} all that is left, also nothing. In a
// mounted dialect {name} has no colon: that begins a verb, as in {id}:cancel
// (AIP-136). A GET route answers HEAD too; an empty method is every one.
type Route struct {
	Method  string
	Path    string
	Access  Access
	Handler func(*Call) error
}

// A found is a route and whose words it speaks.
type found struct {
	Route
	speaks *speaker
	begins string // the path before its first {
}

// A router finds the route of a request. It matches the decoded path segment
// by segment: no cleaning, no redirects. (http.ServeMux redirects odd paths
// with an answer of its own, before a key could be checked.)
type router struct {
	fixed    map[string][]found // by path
	tools    func(path string) (Route, bool)
	wildcard []found    // paths with a {name}
	speakers []*speaker // the plain one first
}

func newRouter(speakers []*speaker, tools func(path string) (Route, bool)) *router {
	rt := &router{fixed: map[string][]found{}, tools: tools, speakers: speakers}
	for _, sp := range speakers {
		for _, r := range sp.Routes {
			if belowAdmin(r.Path) != (r.Access == Admin) {
				panic("httpapi: " + r.Path + " is below /admin, or for operators, but not both")
			}
			if strings.Contains(r.Path, "{") {
				begins, _, _ := strings.Cut(r.Path, "{")
				rt.wildcard = append(rt.wildcard, found{r, sp, begins})
			} else {
				rt.fixed[r.Path] = append(rt.fixed[r.Path], found{r, sp, r.Path})
			}
		}
	}
	return rt
}

// find returns the route for a request. Failures: NotFound NOT_FOUND and
// MethodNotAllowed METHOD_NOT_ALLOWED, whose detail allow lists the methods;
// the returned route then says all the same who may come in, and in whose words
// the failure is told.
func (rt *router) find(r *http.Request) (found, error) {
	var methods []string                     // that the path takes
	near := found{speaks: rt.at(r.URL.Path)} // the path is right, the method is not
	if belowAdmin(r.URL.Path) {
		near.Access = Admin // also what is not there
	}
	try := func(f found) bool {
		near.Access, near.speaks = f.Access, f.speaks
		if f.Method == r.Method || f.Method == "" || f.Method == http.MethodGet && r.Method == http.MethodHead {
			return true
		}
		methods = append(methods, f.Method)
		if f.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		return false
	}
	for _, f := range rt.fixed[r.URL.Path] {
		if try(f) {
			return f, nil
		}
	}
	if f, ok := rt.tools(r.URL.Path); ok && try(found{f, rt.speakers[0], f.Path}) {
		return found{f, rt.speakers[0], f.Path}, nil
	}
	for i := range rt.wildcard {
		f := &rt.wildcard[i]
		if strings.HasPrefix(r.URL.Path, f.begins) && match(f.Path, r, f.speaks.slot > 0) && try(*f) {
			return *f, nil
		}
	}
	if len(methods) == 0 {
		return near, fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
	}
	slices.Sort(methods)
	allow := strings.Join(slices.Compact(methods), ", ")
	return near, fault.New(fault.MethodNotAllowed, "METHOD_NOT_ALLOWED",
		"This path does not take %s; it takes %s.", intake.Printable(r.Method), allow).With("allow", allow)
}

// belowAdmin reports whether a path is an operator's.
func belowAdmin(path string) bool {
	rest, ok := strings.CutPrefix(path, "/admin")
	return ok && (rest == "" || rest[0] == '/')
}

// at is who speaks at a path: the dialect below whose prefix it is.
func (rt *router) at(path string) *speaker {
	for _, sp := range rt.speakers[1:] {
		if rest, ok := strings.CutPrefix(path, sp.Prefix); ok && (rest == "" || rest[0] == '/') {
			return sp
		}
	}
	return rt.speakers[0]
}

// usualNames is for how many values of a path there is room without asking for
// memory: a status is asked for often.
const usualNames = 4

// match compares a path with a pattern and sets the path values; with verbs, no
// {name} has a colon.
func match(pattern string, r *http.Request, verbs bool) bool {
	names, values := make([]string, 0, usualNames), make([]string, 0, usualNames)
	path := r.URL.Path
	for pattern != "" {
		fixed, rest, wild := strings.Cut(pattern, "{")
		var ok bool
		if path, ok = strings.CutPrefix(path, fixed); !ok {
			return false
		}
		if !wild {
			return path == "" && set(r, names, values)
		}
		name, after, _ := strings.Cut(rest, "}")
		if all, ok := strings.CutSuffix(name, "..."); ok {
			return set(r, append(names, all), append(values, path))
		}
		end := strings.IndexByte(path, '/')
		if end < 0 {
			end = len(path)
		}
		text, _, _ := strings.Cut(after, "/") // that follows in the segment
		value, ok := strings.CutSuffix(path[:end], text)
		if !ok || value == "" || verbs && strings.Contains(value, ":") {
			return false
		}
		names, values = append(names, name), append(values, value)
		path, pattern = path[len(value):], after
	}
	return path == "" && set(r, names, values)
}

// set sets the path values; it reports true.
func set(r *http.Request, names, values []string) bool {
	for i, name := range names {
		r.SetPathValue(name, values[i])
	}
	return true
}

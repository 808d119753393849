package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
)

// access says who may come in.
type access uint8

const (
	keyed   access = iota // with a key, counted and limited
	open                  // anybody
	working               // with a key of a program that works for us
)

// A route is one method and path; {name} in the path matches one non-empty
// segment. A GET route answers HEAD too.
type route struct {
	method  string
	path    string
	access  access
	handler func(*call) error
}

// A router finds the route of a request. It matches the decoded path segment
// by segment: no cleaning, no redirects. (http.ServeMux redirects odd paths
// with an answer of its own, before a key could be checked.)
type router struct {
	fixed    map[string][]route // by path
	tools    func(path string) (route, bool)
	wildcard []route // paths with a {name}
}

func newRouter(routes []route, tools func(path string) (route, bool)) *router {
	rt := &router{fixed: map[string][]route{}, tools: tools}
	for _, r := range routes {
		if strings.Contains(r.path, "{") {
			rt.wildcard = append(rt.wildcard, r)
		} else {
			rt.fixed[r.path] = append(rt.fixed[r.path], r)
		}
	}
	return rt
}

// find returns the route for a request. Failures: NotFound NOT_FOUND and
// MethodNotAllowed METHOD_NOT_ALLOWED, whose detail allow lists the methods;
// the returned route then says who may come in all the same.
func (rt *router) find(r *http.Request) (route, error) {
	methods := make([]string, 0, 4)
	var near route // the path is right, the method is not
	try := func(found route) bool {
		near.access = found.access
		if found.method == r.Method || found.method == http.MethodGet && r.Method == http.MethodHead {
			return true
		}
		methods = append(methods, found.method)
		if found.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		return false
	}
	for _, found := range rt.fixed[r.URL.Path] {
		if try(found) {
			return found, nil
		}
	}
	if found, ok := rt.tools(r.URL.Path); ok && try(found) {
		return found, nil
	}
	for _, found := range rt.wildcard {
		if match(found.path, r) && try(found) {
			return found, nil
		}
	}
	if len(methods) == 0 {
		return route{}, fault.New(fault.NotFound, "NOT_FOUND", "There is nothing at this path.")
	}
	slices.Sort(methods)
	allow := strings.Join(slices.Compact(methods), ", ")
	return near, fault.New(fault.MethodNotAllowed, "METHOD_NOT_ALLOWED",
		"This path does not take %s; it takes %s.", intake.Printable(r.Method), allow).With("allow", allow)
}

// match compares a path with a pattern and sets the path values.
func match(pattern string, r *http.Request) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(r.URL.Path, "/")
	if len(want) != len(have) {
		return false
	}
	for i, w := range want {
		if !isWildcard(w) && w != have[i] || isWildcard(w) && have[i] == "" {
			return false
		}
	}
	for i, w := range want {
		if isWildcard(w) {
			r.SetPathValue(w[1:len(w)-1], have[i])
		}
	}
	return true
}

func isWildcard(segment string) bool { return strings.HasPrefix(segment, "{") }

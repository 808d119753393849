package httpapi

import (
	"strings"

	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/view"
)

// A Mount is a dialect and where it is spoken. Its routes are guarded, counted
// and logged like all others.
type Mount struct {
	// Name tells the dialect's idempotency keys from those of others.
	Name string
	// Prefix begins its paths, as in /azure: also what is not there below it is
	// answered in its words.
	Prefix string
	Words  dialect.Dialect
	Routes []Route
	// Full says that the dialect's statuses tell what the full view tells: see
	// dialect.View. While a job runs that is read anew each second, and while it waits
	// as often as it is worth asking.
	Full bool
	// Files says that its answers tell of files: their View and Done have a File.
	Files bool
	// Headers are fields of its requests, beside those of all, that pages may set,
	// and Shows those of its answers that they may read.
	Headers, Shows []string
	// HeaderPrefix begins more fields that pages may set, whose names are not known
	// beforehand; empty for none.
	HeaderPrefix string
	// Options adds to the header of answers to OPTIONS, for which nobody needs a key;
	// nil: nothing.
	Options func(*Call)
}

// A speaker is a mounted dialect, or the plain one.
type speaker struct {
	Mount
	slot        int // of its rendering of a snapshot
	contentType []string
}

// speakers are the plain dialect, which comes first and is everywhere where no
// other is, and those that are mounted.
func (s *Server) speakers() []*speaker {
	list := []*speaker{{Mount: Mount{Words: plain.Words{}, Routes: s.routes()}}}
	if !s.NoAPI {
		for _, m := range s.Dialects {
			list = append(list, &speaker{Mount: m, slot: len(list)})
		}
	}
	if len(list) > view.MaxDialects {
		panic("httpapi: more dialects than a snapshot has room for")
	}
	for _, sp := range list {
		sp.contentType = []string{sp.Words.ContentType()}
	}
	return list
}

// ToolPath is where a tool is called in the plain dialect.
func ToolPath(name string) string { return "/" + name + "-api" }

// Takes reports whether a path is one of ours or of a dialect of this configuration,
// so that it can be no tool's.
func (c Config) Takes(path string) bool {
	rt := newRouter((&Server{Config: c}).speakers(), func(string) (Route, bool) { return Route{}, false })
	return rt.at(path) != rt.speakers[0] || len(rt.fixed[path]) > 0
}

// Paths are the methods and paths of all routes of the plain dialect that a
// server of this configuration has, but those of tools.
func (c Config) Paths() []string {
	var list []string
	for _, r := range (&Server{Config: c}).routes() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

// toolRoute is the route of a tool that is offered now.
func (s *Server) toolRoute(path string) (Route, bool) {
	name, ok := strings.CutSuffix(path, "-api")
	if !ok || len(name) < 2 || name[0] != '/' || s.NoAPI {
		return Route{}, false
	}
	t, ok := s.Tools.Get(name[1:])
	if !ok {
		return Route{}, false
	}
	return Route{"POST", path, Keyed, s.submitTo(t)}, true
}

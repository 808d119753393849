package httpapi

import (
	"slices"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/jsontool"
)

func TestTheDescriptionHasEveryRouteAndNoOther(t *testing.T) {
	set, err := tool.NewSet(jsontool.Tools()...)
	if err != nil {
		t.Fatal(err)
	}
	var docs []api.ToolDoc
	for _, name := range set.Names() {
		docs = append(docs, api.ToolDoc{Path: "/" + name + "-api"})
	}
	want, err := api.Paths(docs)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	s := &Server{Config: Config{Tools: set}}
	for _, r := range s.routes() {
		got = append(got, r.Method+" "+r.Path)
	}
	for _, name := range set.Names() {
		r, ok := s.toolRoute("/" + name + "-api")
		if !ok {
			t.Errorf("tool %s has no route", name)
		}
		got = append(got, r.Method+" "+r.Path)
	}
	for _, path := range []string{"/-api", "/none-api", "/x/json-formatter-api", "json-formatter-api", "/json-formatter"} {
		if _, ok := s.toolRoute(path); ok {
			t.Errorf("%s is a tool's path", path)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("routes    %v\ndescribed %v", got, want)
	}
}

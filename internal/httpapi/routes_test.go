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
	for _, r := range (&Server{Config: Config{Tools: set}}).routes() {
		got = append(got, r.method+" "+r.path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("routes    %v\ndescribed %v", got, want)
	}
}

package app

import (
	"slices"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/httpapi"
)

func TestTheDescriptionHasEveryRouteAndNoOther(t *testing.T) {
	want, err := api.Paths(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := httpapi.Config{Routes: routes(parts{})}.Paths()
	for _, m := range dialects(spoken{}) {
		for _, r := range m.Routes {
			if path := r.Method + " " + r.Path; slices.Contains(want, path) { // others may have descriptions of their own, or be for people
				got = append(got, path)
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("routes    %v\ndescribed %v", got, want)
	}
}

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
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("routes    %v\ndescribed %v", got, want)
	}
}

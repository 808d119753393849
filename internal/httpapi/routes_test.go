package httpapi

import (
	"testing"

	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
)

func TestEachToolHasARouteAndNothingElse(t *testing.T) {
	set, err := tool.NewSet(datatool.Tools()...)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Config: Config{Tools: set}}
	for _, name := range set.Names() {
		if r, ok := s.toolRoute("/" + name + "-api"); !ok || r.Method != "POST" || r.Path != "/"+name+"-api" {
			t.Errorf("tool %s has the route %s %s, %t", name, r.Method, r.Path, ok)
		}
	}
	for _, path := range []string{"/-api", "/none-api", "/x/json-formatter-api", "json-formatter-api", "/json-formatter"} {
		if _, ok := s.toolRoute(path); ok {
			t.Errorf("%s is a tool's path", path)
		}
	}
}

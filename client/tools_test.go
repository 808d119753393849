package client_test

import (
	"errors"
	"net/http"
	"testing"

	"claimcheck/api"
	"claimcheck/client"
)

func TestToolsAreAskedFor(t *testing.T) {
	two := []api.Tool{{Name: "a", Path: "/a-api"}, {Name: "b c", Path: "/b c-api", Paused: true}}
	s := newScript(t, lose, reply(http.StatusOK, api.Tools{Tools: two}), reply(http.StatusOK, two[1]), refuse(http.StatusNotFound, "NOT_FOUND", 0), page("<html>"))
	c := s.client()
	all, err := c.Tools(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "a" || !all[1].Paused {
		t.Errorf("tools %+v, error %v", all, err)
	}
	one, err := c.Tool(t.Context(), "b c")
	if err != nil || one.Path != "/b c-api" || s.asked[2].what != "GET /tools/b c" || s.asked[2].header.Get("X-Api-Key") != key {
		t.Errorf("tool %+v, error %v, asked %+v", one, err, s.asked[2])
	}
	_, err = c.Tool(t.Context(), "none")
	if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != "NOT_FOUND" {
		t.Errorf("no such tool: %v", err)
	}
	if _, err := c.Tools(t.Context()); err == nil {
		t.Error("a page is taken for tools")
	}
	s.finished()
}

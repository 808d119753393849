package traces_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// calledBack: the attempt goes on after the endpoint's answer, until it calls back, also
// to a server that has begun nothing.
func calledBack(h *house) {
	t := h.t
	id, trace := h.submit("/later-api", "[1]")
	_, body := h.other.got(t, "/later", 1)
	var notice struct {
		CallbackURL string `json:"callback_url"`
	}
	if err := json.Unmarshal([]byte(body), &notice); err != nil {
		t.Fatal(err)
	}
	h.call(http.StatusNoContent, "PATCH", path(t, notice.CallbackURL), `{"status":"success","result":{"a":1}}`, "Content-Type", "application/json")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /later-api",
		"  producer submit later",
		"    internal wait later",
		"    consumer process later",
		"      client POST",
	))
}

func path(t *testing.T, address string) string {
	t.Helper()
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		t.Fatalf("what is %q?", address)
	}
	return rest[strings.Index(rest, "/"):]
}

func pulled(h *house) {
	t := h.t
	key := h.command("keys", "create", "--owner=ops", "--scopes=work", "--tools=pulled")
	id, trace := h.submit("/pulled-api", `{"url":"`+h.other.URL+`/pulled.json"}`, "x-source-type", "url", "Content-Type", "application/json")
	var claim struct {
		Leases []struct {
			Lease       string `json:"lease"`
			InputURL    string `json:"input_url"`
			TraceParent string `json:"traceparent"`
		} `json:"leases"`
	}
	a := h.call(http.StatusOK, "POST", "/work/claim", `{"tools":["pulled"],"wait":20}`, "x-api-key", key, "Content-Type", "application/json")
	if err := json.Unmarshal(a.Body, &claim); err != nil || len(claim.Leases) != 1 {
		t.Fatalf("claimed %s, %v", a, err)
	}
	h.call(http.StatusOK, "GET", path(t, claim.Leases[0].InputURL), "")
	h.call(http.StatusNoContent, "POST", "/work/"+claim.Leases[0].Lease+"/finish", `{"result":1}`, "x-api-key", key, "Content-Type", "application/json")
	h.done(id)
	h.collector.Wants(t, trace, tree(
		"server POST /pulled-api",
		"  producer submit pulled",
		"    internal wait pulled",
		"    consumer process pulled",
		"      client GET",
	))
	s, _ := h.collector.Named(trace, "process pulled")
	if want := "00-" + trace + "-" + s.ID + "-01"; claim.Leases[0].TraceParent != want {
		t.Errorf("the program was told of %q, want %q", claim.Leases[0].TraceParent, want)
	}
}

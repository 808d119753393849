package app

import (
	"strings"
	"testing"

	"claimcheck/internal/config"
	"claimcheck/internal/httpapi"
)

func TestNoToolHasANameWhosePathIsTaken(t *testing.T) {
	for _, name := range []string{"status", "upload"} {
		_, _, err := offered([]config.Tool{{Name: name, Mode: config.ModePull}}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "the path /"+name+"-api is taken") {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, hidden, err := offered(nil, nil, nil)
	if err != nil || len(all) == 0 || len(hidden) > 0 {
		t.Errorf("%d built-in tools, hidden %v, %v", len(all), hidden, err)
	}
}

// TestDialectsStandApart keeps two dialects from one name or one prefix.
func TestDialectsStandApart(t *testing.T) {
	names, prefixes := map[string]bool{"": true}, map[string]bool{"": true}
	for _, m := range dialects() {
		if names[m.Name] || prefixes[m.Prefix] || httpapi.PathTaken(m.Prefix, nil) || !strings.HasPrefix(m.Prefix, "/") || strings.HasSuffix(m.Prefix, "/") {
			t.Errorf("dialect %q at %q", m.Name, m.Prefix)
		}
		names[m.Name], prefixes[m.Prefix] = true, true
	}
}

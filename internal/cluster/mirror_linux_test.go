package cluster_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"syscall"
	"testing"
)

// mirrorTool is the path of a tool that servers learn of and forget while the
// chaos lasts.
const mirrorTool = "/mirror-api"

// mirrored is what the endpoint behind mirrorTool answers to a body.
func mirrored(body string) string {
	return fmt.Sprintf(`{"sum":"%x"}`, sha256.Sum256([]byte(body)))
}

// startMirror starts the endpoint and returns its address.
func startMirror(t *testing.T) string {
	t.Helper()
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil { // the worker was killed
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, mirrored(string(body))) // the worker may be gone
	}))
	t.Cleanup(ts.Close)
	return ts.URL
}

// writeConfig writes a server's configuration, with the tool or without it.
func (c *chaos) writeConfig(i int, knowsMirror bool) {
	text := fmt.Sprintf("plans:\n  small: {jobs_per_month: %d}\n", monthly)
	if knowsMirror {
		text += fmt.Sprintf("tools:\n  - {name: mirror, target: %q}\n", c.mirror)
	}
	if err := os.WriteFile(c.configs[i], []byte(text), 0o600); err != nil {
		c.t.Error(err)
	}
}

// forgetTool takes the tool away from some servers and workers for a while, as a
// deployment that comes to one after the other does.
func (c *chaos) forgetTool() func() {
	var without []int
	for i := range c.servers {
		if c.r.IntN(2) == 0 {
			without = append(without, i)
			c.reload(i, false)
		}
	}
	return func() {
		for _, i := range without {
			c.reload(i, true)
		}
	}
}

func (c *chaos) reload(i int, knowsMirror bool) {
	c.writeConfig(i, knowsMirror)
	_ = c.server(i).Signal(syscall.SIGHUP) // one that is down reads it when it starts
}

package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claimcheck/internal/serverproc"
)

// TestAnOperatorsWay: sees how the house fares, pauses a tool and an owner, hands
// a job of somebody else in again, makes and ends a key, reads the audit.
func TestAnOperatorsWay(t *testing.T) {
	t.Parallel()
	h := openHouse(t, serverproc.Folder(t), "--log-requests")
	ops := h.Key("ops", "--scopes=admin", "--name=operator")
	for range 3 {
		h.finished(t, h.submit(t, "json-minify", "[1, 2]"))
	}
	metadata := map[string]string{}
	for i, s := range hostileTexts {
		metadata[fmt.Sprintf("%d %s", i, s)] = s
	}
	failing := h.submit(t, "test-fail", strings.Join(hostileTexts, "\n"), "x-metadata", asHeader(t, metadata))
	h.finished(t, failing)
	var last string
	walk[any](t, h.way("operator.mjs", map[string]any{
		"ops": ops, "failing": failing, "texts": hostileTexts, "accepted": 4,
		"audit": [][]string{
			{"tools.pause", "json-minify"},
			{"tools.resume", "json-minify"},
			{"tools.purge", "json-minify"},
			{"owners.pause", "ann"},
			{"owners.resume", "ann"},
			{"keys.create", "key_"},
			{"keys.rotate", "key_"},
			{"keys.revoke", "key_"},
			{"bulks.retry", failing},
		},
	}, map[string]func(*testing.T) any{
		"fail": func(t *testing.T) any { // an attempt has failed and there will be another
			t.Helper()
			id := h.submit(t, slowTool, "x")
			h.take(t)
			h.work("fail", `{"code":"TRY_AGAIN","message":"Not now.","retry":true}`)(t)
			return id
		},
		"submit":   func(t *testing.T) any { t.Helper(); last = h.submit(t, "json-minify", "[3]"); return last },
		"finished": func(t *testing.T) any { t.Helper(); h.finished(t, last); return nil },
		"revoke":   func(t *testing.T) any { t.Helper(); return h.revoke(t, "operator") },
	}))
	if strings.Contains(h.Log(), ops) {
		t.Error("the operator's key is in the server's log")
	}
}

// TestOperatorsOnAPhoneAndByKeyboard: what is done by a pointer on a large screen
// can be done without either.
func TestOperatorsOnAPhoneAndByKeyboard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.finished(t, h.submit(t, "json-minify", "[1, 2]"))
	h.finished(t, h.submit(t, "test-fail", strings.Repeat("wide", 200)))
	walk[any](t, h.way("operator_phone.mjs", map[string]any{"ops": h.Key("ops", "--scopes=admin")}, nil))
}

// finished waits for a job's end.
func (h *house) finished(t *testing.T, id string) {
	t.Helper()
	h.call(t, h.key, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25")
}

package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// TestWhatAnOperatorChangesHoldsOnEveryServer: keys that are made and revoked on
// one, and the audit of all.
func TestWhatAnOperatorChangesHoldsOnEveryServer(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key := w.key("ops", "--scopes=admin", "--plan=unlimited")
	first, second := w.start("api"), w.start("api,worker")
	here, there := newCaller(t, first, key), newCaller(t, second, key)
	made := decode[api.MadeKey](t, here.want(201, "POST", "/admin/keys", `{"owner":"acme"}`))
	onFirst, onSecond := newCaller(t, first, made.Key), newCaller(t, second, made.Key)
	onFirst.want(200, "GET", "/usage", "")
	onSecond.want(200, "GET", "/usage", "")
	rotated := decode[api.MadeKey](t, there.want(201, "POST", "/admin/keys/"+made.ID+"/rotate", `{"overlap":3600}`))
	newCaller(t, first, rotated.Key).want(200, "GET", "/usage", "")
	onFirst.want(200, "GET", "/usage", "")
	there.want(204, "DELETE", "/admin/keys/"+made.ID, "")
	onSecond.want(401, "GET", "/usage", "")
	serverproc.Until(t, patience, func() (bool, string) {
		a := onFirst.get("/usage")
		return a.status == 401, a.String()
	})
	newCaller(t, first, rotated.Key).want(200, "GET", "/usage", "")

	want := []string{"keys.revoke " + made.ID, "keys.create " + rotated.ID, "keys.rotate " + made.ID, "keys.create " + made.ID}
	for _, c := range []*caller{here, there} {
		var got []string
		for _, r := range decode[api.Audit](t, c.want(200, "GET", "/admin/audit?limit=4", "")).Audit {
			if r.Owner != "ops" || !strings.HasPrefix(r.KeyID, "key_") || r.RequestID == "" {
				t.Errorf("got %+v", r)
			}
			got = append(got, r.Action+" "+r.Target)
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if list := w.command("audit", "--limit=1"); !strings.Contains(list, fmt.Sprint("keys.revoke  ", made.ID)) {
		t.Errorf("claimcheck audit prints %s", list)
	}
	admin := strings.Fields(strings.Split(w.command("keys", "list"), "\n")[1])[0]
	there.want(200, "GET", "/admin/plans", "")
	w.command("keys", "revoke", admin)
	for _, c := range []*caller{here, there} {
		serverproc.Until(t, patience, func() (bool, string) {
			a := c.get("/admin/keys")
			return a.status == 401, a.String()
		})
	}
}

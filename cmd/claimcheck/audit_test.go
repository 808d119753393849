package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

const (
	auditKills     = 3
	auditOperators = 4
	auditAnswers   = 60 // of changes, before the kill
)

// TestAKilledServerLeavesNoChangeWithoutARow kills the server while operators make,
// rotate and revoke keys as fast as they can. Whatever was changed is in the audit,
// also what nobody was told of any more.
func TestAKilledServerLeavesNoChangeWithoutARow(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	admin := serverproc.Key(t, data, "ops", "--scopes=admin", "--plan=unlimited")
	for range auditKills {
		s := serverproc.Start(t, serverproc.Options{Data: data})
		var answers atomic.Int64
		ctx, end := context.WithCancel(t.Context())
		var operators sync.WaitGroup
		for n := range auditOperators {
			operators.Go(func() { operate(ctx, newCaller(s, admin), n, &answers) })
		}
		serverproc.Until(t, jobLimit, func() (bool, string) {
			return answers.Load() >= auditAnswers, fmt.Sprint(answers.Load(), " answers")
		})
		s.Kill()
		end()
		operators.Wait()
	}
	checkAudit(t, data)
}

// operate makes a key and rotates or revokes it, again and again, until the server
// is gone.
func operate(ctx context.Context, c *caller, n int, answers *atomic.Int64) {
	for i := 0; ; i++ {
		a, err := c.try(ctx, http.MethodPost, "/admin/keys", fmt.Appendf(nil, `{"owner":"owner-%d"}`, n))
		if err != nil || a.status != http.StatusCreated {
			return
		}
		answers.Add(1)
		var made api.MadeKey
		if json.Unmarshal(a.body, &made) != nil {
			return
		}
		if i%2 == 0 {
			a, err = c.try(ctx, http.MethodDelete, "/admin/keys/"+made.ID, nil)
		} else {
			a, err = c.try(ctx, http.MethodPost, "/admin/keys/"+made.ID+"/rotate", []byte(`{"overlap":0}`))
		}
		if err != nil || a.status >= http.StatusBadRequest {
			return
		}
		answers.Add(1)
	}
}

// checkAudit compares the keys with the rows.
func checkAudit(t *testing.T, data string) {
	t.Helper()
	r := serverproc.Run(t, nil, "audit", "--json", "--limit=100000", "--data="+data)
	if r.Code != 0 {
		t.Fatalf("audit: %+v", r)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(r.Stdout) {
		var row api.AuditRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows[row.Action+" "+row.Target] = true
	}
	keys, ended := listKeys(t, data), 0
	for _, k := range keys {
		if !rows["keys.create "+k.ID] {
			t.Errorf("key %s was made, and no row says so", k.ID)
		}
		if k.RevokedAt == nil {
			continue
		}
		if ended++; !rows["keys.revoke "+k.ID] && !rows["keys.rotate "+k.ID] {
			t.Errorf("key %s has ended, and no row says so", k.ID)
		}
	}
	if len(keys) < auditKills*auditAnswers/2 || ended < auditKills*auditAnswers/3 {
		t.Errorf("%d keys, %d of them ended: too few to see anything", len(keys), ended)
	}
}

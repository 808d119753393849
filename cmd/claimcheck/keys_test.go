package main_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// listedKey is a key as keys list --json prints it.
type listedKey struct {
	ID        string   `json:"id"`
	Owner     string   `json:"owner"`
	Plan      string   `json:"plan"`
	Name      string   `json:"name"`
	Scopes    []string `json:"scopes"`
	Tools     []string `json:"tools"`
	CreatedAt int64    `json:"created_at"`
	ExpiresAt *int64   `json:"expires_at"`
	RevokedAt *int64   `json:"revoked_at"`
}

// listKeys returns all keys of a data folder, and checks that each has the
// promised members and no other.
func listKeys(t *testing.T, data string) []listedKey {
	t.Helper()
	r := serverproc.Run(t, nil, "keys", "list", "--json", "--data="+data)
	var keys []listedKey
	var members []map[string]any
	if err := json.Unmarshal([]byte(r.Stdout), &keys); err != nil || r.Code != 0 || r.Stderr != "" {
		t.Fatalf("keys list --json: %v; got exit code %d, %q, %q", err, r.Code, r.Stdout, r.Stderr)
	}
	if err := json.Unmarshal([]byte(r.Stdout), &members); err != nil {
		t.Fatal(err)
	}
	want := []string{"created_at", "expires_at", "from", "id", "name", "owner", "plan", "revoked_at", "scopes", "tools"}
	for _, m := range members {
		var have []string
		for name := range m {
			have = append(have, name)
		}
		if slices.Sort(have); !slices.Equal(have, want) {
			t.Errorf("a key of keys list --json has the members %q, want %q", have, want)
		}
	}
	return keys
}

func TestKeysListAsJSONIsTheSameWithAndWithoutAServer(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	serverproc.Start(t, serverproc.Options{Data: data}).Stop()
	if keys := listKeys(t, data); keys == nil || len(keys) != 0 {
		t.Errorf("no keys: got %v, want []", keys)
	}
	before := time.Now().Unix()
	serverproc.Key(t, data, "ann", "--name=laptop \"x\" é", "--expires=720h")
	serverproc.Key(t, data, "bob", "--plan=unlimited", "--scopes=read")
	serverproc.Key(t, data, "cy", "--scopes=work", "--tools=json-minify,json-formatter")
	alone := listKeys(t, data)
	if len(alone) != 3 {
		t.Fatalf("got %d keys, want 3", len(alone))
	}
	ann, bob, cy := alone[0], alone[1], alone[2]
	if ann.Owner != "ann" || ann.Plan != "default" || ann.Name != "laptop \"x\" é" || !slices.Equal(ann.Scopes, []string{"submit", "read"}) ||
		ann.ExpiresAt == nil || *ann.ExpiresAt-ann.CreatedAt != 720*3600 || ann.CreatedAt < before || ann.RevokedAt != nil {
		t.Errorf("got %+v", ann)
	}
	if bob.Plan != "unlimited" || !slices.Equal(bob.Scopes, []string{"read"}) || bob.ExpiresAt != nil || !slices.Equal(cy.Scopes, []string{"work"}) ||
		bob.Tools == nil || len(bob.Tools) > 0 || !slices.Equal(cy.Tools, []string{"json-formatter", "json-minify"}) {
		t.Errorf("got %+v and %+v", bob, cy)
	}
	s := serverproc.Start(t, serverproc.Options{Data: data})
	if running := listKeys(t, data); !reflect.DeepEqual(running, alone) {
		t.Errorf("with a server: got %+v, want %+v", running, alone)
	}
	if r := serverproc.Run(t, nil, "keys", "revoke", bob.ID, "--data="+data); r.Code != 0 {
		t.Errorf("keys revoke: got %+v", r)
	}
	running := listKeys(t, data)
	if at := running[1].RevokedAt; at == nil || *at < before || *at > time.Now().Unix() {
		t.Errorf("revoked: got %+v, want revoked_at now", running[1])
	}
	s.Stop()
	if after := listKeys(t, data); !reflect.DeepEqual(running, after) {
		t.Errorf("after the server: got %+v, want %+v", after, running)
	}
}

func TestARevokedKeyIsVoidWhenTheCommandReturns(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	other := newCaller(s, s.Key("bob", "--plan=unlimited"))
	job := c.submit(t, "/test-sleep-api", "100ms")
	id := listKeys(t, s.Data)[0].ID

	var revoked atomic.Bool
	var group sync.WaitGroup
	for range 4 { // calls that keep the key in every cache
		group.Go(func() {
			for {
				after := revoked.Load()
				a, err := c.try(t.Context(), http.MethodGet, "/jobs/"+job, nil)
				switch {
				case err != nil:
					t.Errorf("GET /jobs/%s: %v", job, err)
					return
				case a.status == http.StatusUnauthorized:
					return
				case a.status != http.StatusOK || after:
					t.Errorf("after keys revoke had returned (%t): got %s, want 401", after, a)
					return
				}
			}
		})
	}
	serverproc.Until(t, jobLimit, func() (bool, string) {
		return metric(t, other, `claimcheck_requests_total{route="/jobs/{job_id}",status="200"}`) > 100, "too few calls"
	})
	if r := serverproc.Run(t, nil, "keys", "revoke", id, "--data="+s.Data); r.Code != 0 || r.Stdout+r.Stderr != "" {
		t.Errorf("keys revoke: got %+v, want exit code 0 and no word", r)
	}
	revoked.Store(true)
	group.Wait()
	wantError(t, "a call with the revoked key", c.get(t, "/usage"), http.StatusUnauthorized, "UNAUTHORIZED")
	wantError(t, "another owner's job", other.get(t, "/jobs/"+job), http.StatusForbidden, "FORBIDDEN")
	c.key = s.Key("ann") // the work is the owner's, not the key's
	c.outputOf(t, c.finished(t, job))
}

func TestARotatedKeyWorksForTheOverlapAndNoLonger(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	old := newCaller(s, s.Key("ann", "--name=ci", "--scopes=read"))
	id := listKeys(t, s.Data)[0].ID
	began := time.Now()
	r := serverproc.Run(t, nil, "keys", "rotate", id, "--overlap=2s", "--data="+s.Data)
	if r.Code != 0 || len(r.Stdout) != 53 || r.Stderr != "" {
		t.Fatalf("keys rotate: got %+v, want a key alone", r)
	}
	fresh := newCaller(s, r.Stdout[:52])
	if a := old.get(t, "/usage"); a.status != http.StatusOK && time.Since(began) < 2*time.Second {
		t.Errorf("the old key within the overlap: got %s, want 200", a)
	}
	serverproc.Until(t, jobLimit, func() (bool, string) {
		a := old.get(t, "/usage")
		return a.status == http.StatusUnauthorized, a.String()
	})
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("the old key ended after %s, want 2s", took)
	}
	if a := fresh.get(t, "/usage"); a.status != http.StatusOK {
		t.Errorf("the new key: got %s, want 200", a)
	}
	wantError(t, "the new key's scopes", fresh.call(t, http.MethodPost, formatter, "{}"), http.StatusForbidden, "FORBIDDEN")
	keys := listKeys(t, s.Data)
	if len(keys) != 2 || keys[1].Name != "ci" || keys[1].Owner != "ann" || !slices.Equal(keys[1].Scopes, []string{"read"}) || keys[0].RevokedAt == nil {
		t.Errorf("got %+v, want the old key with its end and a new one like it", keys)
	}
}

// TestANewDataFolderIsSaid: a server that was started on the wrong folder
// refuses every key, and its log tells why.
func TestANewDataFolderIsSaid(t *testing.T) {
	t.Parallel()
	const says = "the data folder is new, with no keys and no jobs"
	data := serverproc.Folder(t)
	for _, want := range []bool{true, false} {
		s := serverproc.Start(t, serverproc.Options{Data: data})
		s.Stop()
		if is := strings.Contains(s.Log(), says); is != want {
			t.Errorf("said: %v, want %v; the log is %s", is, want, s.Log())
		}
	}
}

package app_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/auth"
)

// vouching is a server that trusts an authorizer, and how that one signs.
func vouching(t *testing.T, more string) (f *fixture, sign func(claims map[string]any) string) {
	t.Helper()
	return vouchingAt(t, "https://jobs.example.org", more)
}

// vouchingAt is vouching where clients find the server at an address.
func vouchingAt(t *testing.T, at, more string) (f *fixture, sign func(claims map[string]any) string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, []byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"d","x":"`+b64(public)+`"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	f = serve(t, "public_url: "+at+"\nauth:\n  jwt:\n    issuer: https://id.example.org\n    audience: jobs\n    jwks: "+file+"\n    plan_claim: plan\n    scopes_claim: scope\n"+more)
	return f, func(claims map[string]any) string {
		all := map[string]any{"iss": "https://id.example.org", "aud": "jobs", "exp": time.Now().Add(time.Hour).Unix(), "scope": "read submit"}
		maps.Copy(all, claims)
		body, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		text := b64([]byte(`{"alg":"EdDSA","kid":"d"}`)) + "." + b64(body)
		return text + "." + b64(ed25519.Sign(private, []byte(text)))
	}
}

// with makes a call with a bearer's token and no key.
func (f *fixture) with(token, method, path, body string, headers ...string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return f.do(req)
}

func TestAnAuthorizerVouchesForOwners(t *testing.T) {
	f, sign := vouching(t, "plans:\n  small: {jobs_per_month: 3}\n")
	ann := sign(map[string]any{"sub": "Ann@Example.org", "plan": "small"})
	var usage api.Usage
	f.with(ann, "GET", "/usage", "").decode(t, &usage)
	if usage.Subject != "Ann@Example.org" || !strings.HasPrefix(usage.Owner, "jwt-") || usage.Plan != "small" || usage.Jobs.Limit != 3 {
		t.Errorf("got %+v", usage)
	}
	var accepted api.Accepted
	f.with(ann, "POST", "/json-formatter-api", "[1]", "Prefer", "respond-async").decode(t, &accepted)
	path := "/jobs/" + accepted.JobID
	if a := f.with(ann, "GET", path, "", "Prefer", "wait=20"); a.status != http.StatusOK || !strings.Contains(string(a.body), `"success"`) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := f.call("GET", path, ""); a.status != http.StatusForbidden {
		t.Errorf("another owner's key: %d %s", a.status, a.body)
	}
	if a := f.with(sign(map[string]any{"sub": "bob"}), "GET", path, ""); a.status != http.StatusForbidden {
		t.Errorf("another's token: %d %s", a.status, a.body)
	}
	if a := f.with(sign(map[string]any{"sub": "Ann@Example.org", "scope": "read"}), "GET", path, ""); a.status != http.StatusOK {
		t.Errorf("another token of the owner: %d %s", a.status, a.body)
	}
	if a := f.with(sign(map[string]any{"sub": "Ann@Example.org", "scope": "read"}), "DELETE", path, ""); a.status != http.StatusForbidden {
		t.Errorf("a token that may only read: %d %s", a.status, a.body)
	}
	if a := f.with(sign(map[string]any{"sub": "Ann@Example.org", "scope": "admin"}), "GET", "/admin/stats", ""); a.status != http.StatusForbidden {
		t.Errorf("a token that says it is an operator's: %d %s", a.status, a.body)
	}
	var token struct {
		Token     string `json:"token"`
		ExpiresAt int64  `json:"expires_at"`
	}
	f.with(ann, "POST", path+"/token", "").decode(t, &token)
	if a := f.with("", "GET", path+"?access_token="+token.Token, ""); a.status != http.StatusOK {
		t.Errorf("a job's token: %d %s", a.status, a.body)
	}
	if a := f.with("", "GET", "/usage?access_token="+token.Token, ""); a.status != http.StatusUnauthorized {
		t.Errorf("a job's token elsewhere: %d %s", a.status, a.body)
	}
	f.with(sign(map[string]any{"sub": "Ann@Example.org", "exp": time.Now().Unix() + 10}), "POST", path+"/token", "").decode(t, &token)
	if token.ExpiresAt > time.Now().Unix()+45 {
		t.Errorf("a job's token outlives the token that it was made with: %d", token.ExpiresAt)
	}
	bob := f.newKey(auth.NewKey{Owner: "bob"})
	f.call("POST", "/json-formatter-api", "[1]", "x-api-key", bob, "Prefer", "respond-async").decode(t, &accepted)
	if a := f.with(sign(map[string]any{"sub": "bob"}), "GET", "/jobs/"+accepted.JobID, ""); a.status != http.StatusOK {
		t.Errorf("a token and a key of one owner: %d %s", a.status, a.body)
	}
}

func TestWhoseTokensAreTakenIsTold(t *testing.T) {
	f, sign := vouching(t, "")
	const at = "https://jobs.example.org/.well-known/oauth-protected-resource"
	for _, token := range []string{"", "x", "a.b.c", sign(map[string]any{"aud": "mail", "sub": "ann"})} {
		a := f.with(token, "GET", "/usage", "")
		if want := `Bearer realm="claimcheck", resource_metadata="` + at + `"`; a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") != want {
			t.Errorf("%q: %d %q", token, a.status, a.header.Get("WWW-Authenticate"))
		}
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	agent := f.with("", "POST", "/mcp", list, "Content-Type", "application/json", "Accept", "application/json, text/event-stream")
	if want := `Bearer realm="claimcheck", resource_metadata="` + at + `/mcp"`; agent.status != http.StatusUnauthorized || agent.header.Get("WWW-Authenticate") != want {
		t.Errorf("an agent: %d %q", agent.status, agent.header.Get("WWW-Authenticate"))
	}
	agent = f.with(sign(map[string]any{"sub": "ann"}), "POST", "/mcp", list, "Content-Type", "application/json", "Accept", "application/json, text/event-stream")
	if agent.status != http.StatusOK || !strings.Contains(string(agent.body), `"json_formatter"`) {
		t.Errorf("an agent with a token: %d %s", agent.status, agent.body)
	}
	f.compare(f.description(), []question{
		{method: "GET", path: "/.well-known/oauth-protected-resource", want: 200},
		{method: "GET", path: "/.well-known/oauth-protected-resource/{prefix}", id: "console", want: 200},
	})
	for path, resource := range map[string]string{"": "https://jobs.example.org", "/mcp": "https://jobs.example.org/mcp", "/console": "https://jobs.example.org/console"} {
		var got api.ProtectedResource
		f.with("", "GET", "/.well-known/oauth-protected-resource"+path, "").decode(t, &got)
		want := api.ProtectedResource{
			Resource: resource, AuthorizationServers: []string{"https://id.example.org"}, BearerMethodsSupported: []string{"header"},
			ScopesSupported: []string{"read", "submit"}, ResourceName: "claimcheck",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v", path, got)
		}
	}
	if a := f.with("", "GET", "/.well-known/oauth-protected-resource/nothing", ""); a.status != http.StatusNotFound {
		t.Errorf("got %d", a.status)
	}
	plain := serve(t, "")
	if a := plain.with("", "GET", "/.well-known/oauth-protected-resource", ""); a.status != http.StatusNotFound {
		t.Errorf("nobody is trusted: %d %s", a.status, a.body)
	}
	if a := plain.with("", "GET", "/usage", ""); a.header.Get("WWW-Authenticate") != `Bearer realm="claimcheck"` {
		t.Errorf("nobody is trusted: %q", a.header.Get("WWW-Authenticate"))
	}
}

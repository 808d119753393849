package google_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

func TestMain(m *testing.M) {
	pgproc.Main(m)
	serverproc.Clean()
}

// patience is how long an answer may take on a slow machine.
const patience = 60 * time.Second

// A service is a real server, and the key of an owner.
type service struct {
	*serverproc.Server
	t   *testing.T
	key string
}

// start starts a server with a configuration file.
func start(t *testing.T, yaml string, args ...string) *service {
	t.Helper()
	if yaml != "" {
		file := filepath.Join(t.TempDir(), "claimcheck.yaml")
		if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config="+file)
	}
	s := serverproc.Start(t, serverproc.Options{Args: args})
	return &service{Server: s, t: t, key: s.Key("ann")}
}

// call makes a call with the key; headers are pairs.
func (s *service) call(method, path, body string, headers ...string) serverproc.Answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	c := serverproc.Call{Base: s.URL, Key: s.key, Method: method, Path: path, Body: []byte(body), Headers: headers}
	a, err := c.Do(ctx, http.DefaultClient)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// An operation is what is read of one.
type operation struct {
	Name     string
	Done     *bool
	Metadata typed
	Response *typed
	Error    *rpcStatus
}

type typed struct {
	Type  string `json:"@type"`
	Value map[string]any
}

type rpcStatus struct {
	Code    int
	Message string
	Status  string
	Details []struct {
		Type     string `json:"@type"`
		Reason   string
		Domain   string
		Metadata map[string]string
	}
}

const (
	structType = "type.googleapis.com/google.protobuf.Struct"
	infoType   = "type.googleapis.com/google.rpc.ErrorInfo"
)

// run starts an operation and returns its path.
func (s *service) run(tool, body string) string {
	s.t.Helper()
	a := s.call("POST", "/v1/tools/"+tool+":run", body)
	op := decode[operation](s.t, a)
	if a.Status != http.StatusOK || !strings.HasPrefix(op.Name, "operations/") || op.Done == nil || *op.Done || op.Metadata.Type != structType || op.Metadata.Value["tool"] != tool {
		s.t.Fatalf("%s %s: got %s", tool, body, a)
	}
	return "/v1/" + op.Name
}

// done waits for the end of an operation.
func (s *service) done(path string) operation {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		a := s.call("POST", path+":wait", `{"timeout":"20s"}`)
		if op := decode[operation](s.t, a); a.Status != http.StatusOK || *op.Done {
			return op
		}
	}
	s.t.Fatalf("%s is not done", path)
	return operation{}
}

// wantRefused checks a refusal: HTTP's status, the name of its code, and the reason.
func (s *service) wantRefused(a serverproc.Answer, status int, name, reason string) {
	s.t.Helper()
	e := decode[struct{ Error rpcStatus }](s.t, a).Error
	if a.Status != status || e.Code != status || e.Status != name || e.Message == "" || len(e.Details) != 1 || e.Details[0].Type != infoType ||
		e.Details[0].Reason != reason || e.Details[0].Domain != "claimcheck" || a.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("got %s, want %d %s %s", a, status, name, reason)
	}
}

func decode[T any](t *testing.T, a serverproc.Answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.Body, &v); err != nil {
		t.Fatalf("%v in %s", err, a)
	}
	return v
}

// endpoint is a tool's own server, as lines of configuration for it.
func endpoint(t *testing.T, h http.HandlerFunc) (address, fetch string) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return srv.URL, "fetch: {allow_networks: [127.0.0.0/8], allow_ports: [" + u.Port() + "]}\n"
}

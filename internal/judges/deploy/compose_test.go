package deploy_test

import (
	"encoding/json"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// A project is what of a compose file is looked at, as Docker Compose reads it.
type project struct {
	Services map[string]service `json:"services"`
	Networks map[string]struct {
		IPAM struct {
			Config []struct{ Subnet string } `json:"config"`
		} `json:"ipam"`
	} `json:"networks"`
}

type service struct {
	Image       string            `json:"image"`
	Command     []string          `json:"command"`
	Environment map[string]string `json:"environment"`
	Grace       string            `json:"stop_grace_period"`
	ReadOnly    bool              `json:"read_only"`
	CapDrop     []string          `json:"cap_drop"`
	Ports       []struct {
		Target    int    `json:"target"`
		Published string `json:"published"`
		HostIP    string `json:"host_ip"`
	} `json:"ports"`
	Volumes []struct{ Type, Source, Target string } `json:"volumes"`
	Build   struct{ Context, Dockerfile string }    `json:"build"`
}

var secrets = []string{"POSTGRES_PASSWORD=quiet", "S3_ACCESS_KEY=" + blobtest.BucketAccess, "S3_SECRET_KEY=" + blobtest.BucketSecret}

func compose(t *testing.T, env []string, names ...string) project {
	t.Helper()
	args := []string{"compose"}
	for _, name := range names {
		args = append(args, filepath.Join(files, "compose", name))
	}
	out, said, err := judge(t, env, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var p project
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// inImage is the environment of the image, which a compose file adds to.
func inImage(t *testing.T, environ map[string]string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(read(t, "docker", "Dockerfile")) {
		if rest, ok := strings.CutPrefix(line, "ENV CLAIMCHECK_"); ok {
			for pair := range strings.FieldsSeq("CLAIMCHECK_" + rest) {
				name, value, _ := strings.Cut(pair, "=")
				all[name] = value
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the Dockerfile sets nothing")
	}
	maps.Copy(all, environ)
	return all
}

func TestComposeFilesFitTheProgramAndEachOther(t *testing.T) {
	for _, names := range [][]string{{"compose.yaml"}, {"compose.yaml", "compose.nginx.yaml"}, {"compose.yaml", "compose.caddy.yaml"}, {"compose.cluster.yaml"}} {
		t.Run(names[len(names)-1], func(t *testing.T) {
			p := compose(t, secrets, names...)
			ours := 0
			for name, s := range p.Services {
				for _, v := range s.Volumes {
					if v.Type != "bind" {
						continue
					}
					if _, err := os.Stat(filepath.Join(files, "compose", v.Source)); err != nil {
						t.Errorf("%s is given %s: %v", name, v.Source, err)
					}
				}
				if s.Build.Dockerfile == "" {
					continue
				}
				ours++
				checkService(t, name, s, p)
			}
			if ours == 0 {
				t.Error("no server is there")
			}
			if len(names) > 1 && len(p.Services["claimcheck"].Ports) != 0 {
				t.Error("the server behind the proxy can be reached beside it")
			}
		})
	}
	if _, said, err := judge(t, nil, "compose", filepath.Join(files, "compose", "compose.cluster.yaml")); err == nil || !strings.Contains(said, "POSTGRES_PASSWORD") {
		t.Errorf("without a password: got %v, %s", err, said)
	}
}

func checkService(t *testing.T, name string, s service, p project) {
	t.Helper()
	cfg := settingsOf(t, []string{"serve"}, inImage(t, s.Environment), "")
	if _, err := os.Stat(filepath.Join(files, "compose", s.Build.Context, s.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	grace, err := time.ParseDuration(s.Grace)
	if err != nil || grace < cfg.ShutdownTimeout+5*time.Second {
		t.Errorf("%s is killed after %s; it stops within %s", name, s.Grace, cfg.ShutdownTimeout)
	}
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) {
		t.Errorf("%s may write or do more than it needs: %+v", name, s)
	}
	_, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	for _, published := range s.Ports {
		if published.Published != port || published.HostIP != "127.0.0.1" {
			t.Errorf("%s: port %+v, want %s of this machine alone", name, published, port)
		}
	}
	if !slices.ContainsFunc(s.Volumes, func(v struct{ Type, Source, Target string }) bool { return v.Target == cfg.Data }) {
		t.Errorf("%s has no volume at %s", name, cfg.Data)
	}
	for _, network := range p.Networks {
		for _, c := range network.IPAM.Config {
			if !slices.Equal(cfg.TrustedProxies, []netip.Prefix{netip.MustParsePrefix(c.Subnet)}) {
				t.Errorf("%s trusts %v, its proxy calls from %s", name, cfg.TrustedProxies, c.Subnet)
			}
		}
	}
}

// A shared is a database and a bucket for servers.
type shared struct {
	store, blobs string
	env          []string
}

func newShared(t *testing.T) shared {
	t.Helper()
	bucket := blobtest.StartBucket(t)
	return shared{pgproc.Database(t), "s3://" + blobtest.BucketName + "?endpoint=" + bucket.Endpoint + "&region=us-east-1", bucket.Env()}
}

func (s shared) key(t *testing.T) string {
	t.Helper()
	r := serverproc.Run(t, nil, "keys", "create", "--store="+s.store, "--owner=ann")
	if r.Code != 0 {
		t.Fatalf("make a key: %s", r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// TestComposeStartsServers with the variables that stand there, addresses aside.
func TestComposeStartsServers(t *testing.T) {
	t.Parallel()
	alone := startIn(t, compose(t, secrets, "compose.yaml").Services["claimcheck"], nil)
	healthy(t, alone.URL)
	works(t, alone, alone.Key("ann"))
	alone.Stop()

	p, both := compose(t, secrets, "compose.cluster.yaml"), newShared(t)
	other := map[string]string{"CLAIMCHECK_STORE": both.store, "CLAIMCHECK_BLOBS": both.blobs}
	api := startIn(t, p.Services["claimcheck"], other)
	worker := startIn(t, p.Services["worker"], other)
	healthy(t, worker.URL)
	works(t, api, both.key(t))
	worker.Stop()
	api.Stop()
}

// startIn starts a server in the environment of a service; its folder and port
// are those of the test.
func startIn(t *testing.T, s service, other map[string]string) *serverproc.Server {
	t.Helper()
	var env []string
	for name, value := range inImage(t, s.Environment) {
		if instead, ok := other[name]; ok {
			value = instead
		}
		env = append(env, name+"="+value)
	}
	return serverproc.Start(t, serverproc.Options{Env: env})
}

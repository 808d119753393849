package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"claimcheck/api"
)

const (
	owner     = "bench"
	plan      = "bench"
	formatter = "json-formatter"

	clients = 64 // that submit at once
)

// input is the JSON document of 30 bytes that small jobs are about.
var input = []byte(`{"name":"John","age":30,"x":1}`)

// config has a plan with every limit on, and none that is reached.
const config = `plans:
  ` + plan + `:
    status_per_minute: 100000000
    submit_per_minute: 100000000
    jobs_per_month: 1000000000
    max_input_bytes: 16GiB
    max_output_bytes: 64GiB
    max_running_jobs: 1000
    max_queued_jobs: 1000000000
    max_pending_uploads: 1000
    max_stored_bytes: 1024GiB
`

func (b *bench) configPath() string { return filepath.Join(b.dir, "config.yaml") }

func (b *bench) writeConfig() error {
	if err := os.WriteFile(b.configPath(), []byte(config), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// A server is the real program at work, and a key to it.
type server struct {
	*process
	data   string // its folder
	key    string
	client *http.Client
}

// newFolder returns a fresh data folder.
func (b *bench) newFolder() (string, error) {
	data, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	return data, nil
}

// serveNew starts the program on a fresh data folder.
func (b *bench) serveNew(ctx context.Context, flags ...string) (*server, error) {
	data, err := b.newFolder()
	if err != nil {
		return nil, err
	}
	return b.serve(ctx, data, flags...)
}

// serve makes a key and starts the program on a data folder.
func (b *bench) serve(ctx context.Context, data string, flags ...string) (*server, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, b.program, "keys", "create", "--owner", owner, "--plan", plan, //nolint:gosec // our own program
		"--data", data, "--config", b.configPath())
	cmd.Stderr = &stderr
	key, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w: %s", err, &stderr)
	}
	p, err := b.start(ctx, data, flags...)
	if err != nil {
		return nil, err
	}
	return &server{process: p, data: data, key: strings.TrimSpace(string(key)), client: newClient()}, nil
}

func (b *bench) start(ctx context.Context, data string, flags ...string) (*process, error) {
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--config", b.configPath()}
	return launch(ctx, nil, b.program, append(args, flags...)...)
}

func (s *server) stop() error {
	s.client.CloseIdleConnections()
	return s.process.stop()
}

func (s *server) get(ctx context.Context, path string) (*answer, error) {
	return ask(ctx, s.client, http.MethodGet, s.url+path, s.key, nil)
}

func (s *server) submit(ctx context.Context) (*answer, error) {
	return ask(ctx, s.client, http.MethodPost, s.url+"/"+formatter+"-api", s.key, input)
}

// submitMany hands in n small jobs and returns their ids.
func (s *server) submitMany(ctx context.Context, n int) ([]string, error) {
	ids := make([]string, n)
	return ids, atOnce(clients, n, func(i int) (err error) {
		ids[i], err = s.submitOne(ctx)
		return err
	})
}

// askAll asks once for the status of each job of a file of ids.
func (s *server) askAll(ctx context.Context, idFile string) error {
	ids, err := os.ReadFile(idFile) //nolint:gosec // our own file
	if err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	return atOnce(clients, len(ids)/idTextBytes, func(i int) error {
		_, err := s.get(ctx, "/jobs/"+string(ids[i*idTextBytes:][:idTextBytes]))
		return err
	})
}

// atOnce calls do for 0 to n-1, so many at once. Each of these ends at its
// first error.
func atOnce(many, n int, do func(i int) error) error {
	failures := make([]error, many)
	var wg sync.WaitGroup
	for first := range many {
		wg.Go(func() {
			for i := first; i < n && failures[first] == nil; i += many {
				failures[first] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}

func (s *server) submitOne(ctx context.Context) (id string, err error) {
	a, err := s.submit(ctx)
	if err != nil {
		return "", err
	}
	var ticket api.Accepted
	if err := json.Unmarshal(a.Body, &ticket); err != nil || ticket.JobID == "" {
		return "", fmt.Errorf("submit: the answer is %s", a.Body)
	}
	return ticket.JobID, nil
}

// finished waits until a job has its end, asking again after each pause, and
// fails if that is not success.
func (s *server) finished(ctx context.Context, id string, pause time.Duration) error {
	for {
		a, err := s.get(ctx, "/jobs/"+id)
		if err != nil {
			return err
		}
		var is api.Status
		if err := json.Unmarshal(a.Body, &is); err != nil {
			return fmt.Errorf("understand the status: %w", err)
		}
		switch is.Status {
		case "success":
			return nil
		case "failed":
			return fmt.Errorf("job %s ended as %s", id, a.Body)
		}
		time.Sleep(pause)
	}
}

func (s *server) usage(ctx context.Context) (api.Usage, error) {
	var u api.Usage
	a, err := s.get(ctx, "/usage")
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(a.Body, &u); err != nil {
		return u, fmt.Errorf("understand the usage: %w", err)
	}
	return u, nil
}

// drained waits until no job is unfinished and returns how many there ever
// were.
func (s *server) drained(ctx context.Context) (int64, error) {
	for {
		u, err := s.usage(ctx)
		if err != nil || u.Queued+u.Running == 0 {
			return u.Jobs.Used, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// metric returns one number of /metrics, 0 if it is not there.
func (s *server) metric(ctx context.Context, name string) (float64, error) {
	a, err := s.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(a.Body)) {
		if text, ok := strings.CutPrefix(l, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(text), 64)
		}
	}
	return 0, nil
}

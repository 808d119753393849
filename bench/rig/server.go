package rig

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

// What the servers are loaded with.
const (
	Owner     = "bench"          // of all jobs, unless a row says otherwise
	Plan      = "bench"          // with limits that are not reached
	Formatter = "json-formatter" // the tool of small jobs

	Clients = 64 // that submit at once
)

// Input is the JSON document of 30 bytes that small jobs are about.
var Input = []byte(`{"name":"John","age":30,"x":1}`)

// config has a plan with every limit on, and none that is reached.
const config = `plans:
  ` + Plan + `:
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

func (b *Rig) configPath() string { return filepath.Join(b.Dir, "config.yaml") }

func (b *Rig) writeConfig() error {
	if err := os.WriteFile(b.configPath(), []byte(config), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// A Server is the real program at work, and a key to it.
type Server struct {
	*Process
	data   string // its folder
	Key    string
	Client *http.Client
}

// NewFolder returns a fresh data folder.
func (b *Rig) NewFolder() (string, error) {
	data, err := os.MkdirTemp(b.Dir, "data-")
	if err != nil {
		return "", fmt.Errorf("make a data folder: %w", err)
	}
	return data, nil
}

// ServeNew starts the program on a fresh data folder.
func (b *Rig) ServeNew(ctx context.Context, flags ...string) (*Server, error) {
	data, err := b.NewFolder()
	if err != nil {
		return nil, err
	}
	return b.Serve(ctx, data, flags...)
}

// Serve makes a key and starts the program on a data folder.
func (b *Rig) Serve(ctx context.Context, data string, flags ...string) (*Server, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, b.Program, "keys", "create", "--owner", Owner, "--plan", Plan, //nolint:gosec // our own program
		"--data", data, "--config", b.configPath())
	cmd.Stderr = &stderr
	key, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w: %s", err, &stderr)
	}
	p, err := b.Start(ctx, data, flags...)
	if err != nil {
		return nil, err
	}
	return &Server{Process: p, data: data, Key: strings.TrimSpace(string(key)), Client: NewClient()}, nil
}

// Start starts the program on a data folder that has a key, or needs none.
func (b *Rig) Start(ctx context.Context, data string, flags ...string) (*Process, error) {
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--config", b.configPath()}
	return launch(ctx, nil, b.Program, append(args, flags...)...)
}

// Stop ends the server in good order and waits for it.
func (s *Server) Stop() error {
	s.Client.CloseIdleConnections()
	return s.Process.Stop()
}

// Get makes a call with the key.
func (s *Server) Get(ctx context.Context, path string) (*Answer, error) {
	return Ask(ctx, s.Client, http.MethodGet, s.URL+path, s.Key, nil)
}

// Submit hands in one small job.
func (s *Server) Submit(ctx context.Context) (*Answer, error) {
	return Ask(ctx, s.Client, http.MethodPost, s.URL+"/"+Formatter+"-api", s.Key, Input)
}

// SubmitMany hands in n small jobs and returns their ids.
func (s *Server) SubmitMany(ctx context.Context, n int) ([]string, error) {
	ids := make([]string, n)
	return ids, AtOnce(Clients, n, func(i int) (err error) {
		ids[i], err = s.SubmitOne(ctx)
		return err
	})
}

// Cancel cancels a job.
func (s *Server) Cancel(ctx context.Context, id string) error {
	if _, err := Ask(ctx, s.Client, http.MethodPost, s.URL+"/jobs/"+id+"/cancel", s.Key, nil); err != nil {
		return fmt.Errorf("cancel job %s: %w", id, err)
	}
	return nil
}

// AskAll asks once for the status of each job of a file of ids.
func (s *Server) AskAll(ctx context.Context, idFile string) error {
	ids, err := os.ReadFile(idFile) //nolint:gosec // our own file
	if err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	return AtOnce(Clients, len(ids)/IDTextBytes, func(i int) error {
		_, err := s.Get(ctx, "/jobs/"+string(ids[i*IDTextBytes:][:IDTextBytes]))
		return err
	})
}

// AtOnce calls do for 0 to n-1, so many at once. Each of these ends at its
// first error.
func AtOnce(many, n int, do func(i int) error) error {
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

// SubmitOne hands in one small job and returns its id.
func (s *Server) SubmitOne(ctx context.Context) (id string, err error) {
	a, err := s.Submit(ctx)
	if err != nil {
		return "", err
	}
	var ticket api.Accepted
	if err := json.Unmarshal(a.Body, &ticket); err != nil || ticket.JobID == "" {
		return "", fmt.Errorf("submit: the answer is %s", a.Body)
	}
	return ticket.JobID, nil
}

// Finished waits until a job has its end, asking again after each pause, and
// fails if that is not success.
func (s *Server) Finished(ctx context.Context, id string, pause time.Duration) error {
	for {
		a, err := s.Get(ctx, "/jobs/"+id)
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

func (s *Server) usage(ctx context.Context) (api.Usage, error) {
	var u api.Usage
	a, err := s.Get(ctx, "/usage")
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(a.Body, &u); err != nil {
		return u, fmt.Errorf("understand the usage: %w", err)
	}
	return u, nil
}

// Drained waits until no job is unfinished and returns how many there ever
// were.
func (s *Server) Drained(ctx context.Context) (int64, error) {
	for {
		u, err := s.usage(ctx)
		if err != nil || u.Queued+u.Running == 0 {
			return u.Jobs.Used, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Metric returns one number of /metrics, 0 if it is not there.
func (s *Server) Metric(ctx context.Context, name string) (float64, error) {
	a, err := s.Get(ctx, "/metrics")
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

package main

import (
	"bytes"
	"context"
	_ "embed" // the demo's input
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
)

// demoInput is a real JSON document of more than 1 MB on one line; see
// data/README.md.
//
//go:embed data/emoji.json
var demoInput []byte

const (
	demoTool  = "/json-formatter-api"
	demoShown = 400             // bytes of an answer that are printed
	demoLimit = 2 * time.Minute // for all of it
)

// A walkthrough shows the main job, printing every answer.
type walkthrough struct {
	out  io.Writer
	base string
	key  string
	err  error // of writing
}

// demo shows the main job.
func demo(e *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "demo",
		Short:   "show the main job on real input, on a temporary folder and a free port",
		Example: "  claimcheck demo",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("claimcheck demo does not take %q", args[0])
			}
			return demonstrate(cmd.Context(), e)
		},
	}
}

// demonstrate runs a server of its own and shows the main job on it.
func demonstrate(ctx context.Context, e *cli.Env) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "claimcheck-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg, err := config.Load([]string{"--listen=127.0.0.1:0", "--data=" + dir}, sources(&cli.Env{}))
	if err != nil {
		return err
	}
	server, err := app.Open(ctx, cfg, versionText(), io.Discard)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(serving) }()
	made, err := server.Operator().CreateKey(ctx, auth.NewKey{Owner: "demo"})
	if err == nil {
		w := &walkthrough{out: e.Stdout, base: server.URL(), key: made.Secret}
		err = w.walk(ctx)
	}
	stop()
	return errors.Join(err, <-stopped)
}

func (w *walkthrough) say(format string, args ...any) {
	if _, err := fmt.Fprintf(w.out, format+"\n", args...); err != nil {
		w.err = errors.Join(w.err, err)
	}
}

func (w *walkthrough) walk(ctx context.Context) error {
	w.say("A server runs on %s with a temporary folder.\n", w.base)
	w.say("1. Hand in a JSON document of %d bytes, asynchronously:", len(demoInput))
	ticket, err := w.submit(ctx, demoInput)
	if err != nil {
		return err
	}
	w.say("\n2. Ask for its status, waiting retry_after seconds between two questions:")
	done, err := w.poll(ctx, ticket)
	if err != nil {
		return err
	}
	var result api.Result
	if err := json.Unmarshal(done.Result, &result); err != nil || done.Status != "success" {
		return fmt.Errorf("the job ended as %s", done.Status)
	}
	w.say("\n3. Download the result; the link needs no key:")
	if err := w.download(ctx, result.File); err != nil {
		return err
	}
	w.say("\n4. Hand in a broken document; it fails and says where:")
	if ticket, err = w.submit(ctx, []byte("{\"name\": \"John\",\n    \"age\" 30}")); err != nil {
		return err
	}
	if done, err = w.poll(ctx, ticket); err != nil {
		return err
	}
	if done.Status != "failed" || done.Error.Details["line"] != 2.0 || done.Error.Details["column"] != 11.0 {
		return fmt.Errorf("the broken document ended as %s", done.Status)
	}
	w.say("\nAll of this worked. To go on, with a server of your own:\n\n%s", demoNext)
	return w.err
}

const demoNext = `  claimcheck serve &
  until curl -sf http://127.0.0.1:8080/readyz; do sleep 0.1; done
  KEY=$(claimcheck keys create --owner me)
  curl -s http://127.0.0.1:8080/json-formatter-api -H "x-api-key: $KEY" -H "Prefer: respond-async" --data-binary @FILE.json
  curl -s http://127.0.0.1:8080/jobs/JOB_ID -H "x-api-key: $KEY"
  curl -s http://127.0.0.1:8080/json-formatter-api -H "x-api-key: $KEY" -d '{"answered":"at once"}'

In a browser http://127.0.0.1:8080/ is the console: sign in with the key, hand in work and watch it.`

// call makes a request, prints the answer and decodes it.
func (w *walkthrough) call(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, w.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("x-api-key", w.key)
	if method == http.MethodPost {
		req.Header.Set("Prefer", "respond-async")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	w.say("%s %s -> %s\n  %s", method, path, res.Status, shorten(text))
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("understand the answer: %w", err)
	}
	return nil
}

func shorten(b []byte) string {
	if len(b) <= demoShown {
		return string(b)
	}
	return strings.ToValidUTF8(string(b[:demoShown]), "") + " ..."
}

func (w *walkthrough) submit(ctx context.Context, input []byte) (api.Accepted, error) {
	var ticket api.Accepted
	err := w.call(ctx, http.MethodPost, demoTool, input, &ticket)
	if err == nil && ticket.Status != "accepted" {
		err = fmt.Errorf("the server answered %q", ticket.Status)
	}
	return ticket, err
}

func (w *walkthrough) poll(ctx context.Context, ticket api.Accepted) (api.Status, error) {
	for {
		var is api.Status
		if err := w.call(ctx, http.MethodGet, "/jobs/"+ticket.JobID, nil, &is); err != nil {
			return is, err
		}
		if is.Status == "success" || is.Status == "failed" {
			return is, nil
		}
		select {
		case <-ctx.Done():
			return is, ctx.Err()
		case <-time.After(time.Duration(is.RetryAfter) * time.Second):
		}
	}
}

// download fetches the output and checks that it is the same document, laid
// out for people.
func (w *walkthrough) download(ctx context.Context, link string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	w.say("GET %s -> %s\n  %d bytes, %d lines, sha-256 %s", strings.TrimPrefix(link, w.base), res.Status, len(out),
		bytes.Count(out, []byte("\n"))+1, res.Header.Get("Repr-Digest"))
	var want, have bytes.Buffer
	if err := json.Compact(&want, demoInput); err != nil {
		return fmt.Errorf("compact the input: %w", err)
	}
	if err := json.Compact(&have, out); err != nil || !bytes.Equal(want.Bytes(), have.Bytes()) {
		return errors.New("the output is not the same document")
	}
	w.say("  it is the same document, byte for byte but for white space")
	return nil
}

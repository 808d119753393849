package packages_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client/webhook"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

var receivers = filepath.Join("..", "..", "..", "examples", "webhook-receivers")

// TestReceiversOfWebhooks has the receivers that readers copy called by a real
// server: they work once for each event, and refuse what nobody has signed, or not now.
func TestReceiversOfWebhooks(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]func(t *testing.T) (args, env []string){
		"python": func(t *testing.T) (args, env []string) {
			t.Helper()
			return []string{pythonProgram(t), filepath.Join(receivers, "receiver.py")}, []string{"PYTHONPATH=" + filepath.Join(clients, "python"), "PYTHONDONTWRITEBYTECODE=1"}
		},
		"node":                nodeReceiver,
		"node by public keys": nodeReceiver,
		"go": func(t *testing.T) (args, env []string) {
			t.Helper()
			exe := filepath.Join(t.TempDir(), "receiver")
			if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "claimcheck/examples/webhook-receivers").CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return []string{exe}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args, env := command(t)
			judgeReceiver(t, args, env, strings.HasSuffix(name, "keys"))
		})
	}
}

func nodeReceiver(t *testing.T) (args, env []string) {
	t.Helper()
	exe, folder := testneeds.Node(t), compiled(t) // beside the package, which it names
	text, err := os.ReadFile(filepath.Join(receivers, "receiver.mjs"))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "receiver.mjs"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return []string{exe, filepath.Join(folder, "receiver.mjs")}, nil
}

// judgeReceiver has a receiver called that knows the secret, or public keys alone.
func judgeReceiver(t *testing.T, args, env []string, keyed bool) {
	t.Helper()
	w := newWorld(t, "")
	key := w.server.Key("ann", "--plan=open")
	var own api.WebhookSecret
	decode(t, w.call(key, http.StatusOK, http.MethodGet, "/webhooks/secret", ""), &own)
	var public api.WebhookKeys
	about := []string{"Prefer", "respond-async"}
	if env = append(env, "WEBHOOK_SECRET="+own.Secret); !keyed {
		about = append(about, "x-webhook-url", w.endpoint.URL+"/relay")
	} else {
		var hook api.Webhook
		decode(t, w.call(key, http.StatusCreated, http.MethodPost, "/webhooks", `{"url":"`+w.endpoint.URL+`/relay","events":["job.succeeded"],"signature":"v1a"}`, "Content-Type", "application/json"), &hook)
		own.ID, own.Secret = hook.ID, hook.Secret
		decode(t, w.call(key, http.StatusOK, http.MethodGet, "/.well-known/webhook-keys", ""), &public)
		env = append(env, "WEBHOOK_SECRET=", "WEBHOOK_PUBLIC_KEYS="+public.Keys[0].Key, "WEBHOOK_ID="+own.ID)
	}
	r := startReceiver(t, append(args, "0"), env)
	w.relay(r.url)
	var a api.Accepted
	decode(t, w.call(key, http.StatusAccepted, http.MethodPost, "/json-formatter-api", "[1]", about...), &a)
	r.wantLine(t, "job.succeeded "+a.JobID)
	var deliveries api.Deliveries
	serverproc.Until(t, patience, func() (bool, string) {
		decode(t, w.call(key, http.StatusOK, http.MethodGet, "/webhooks/"+own.ID+"/deliveries", ""), &deliveries)
		return len(deliveries.Deliveries) == 1 && deliveries.Deliveries[0].Status == "delivered", show(deliveries)
	})
	w.call(key, http.StatusOK, http.MethodPost, "/webhooks/"+own.ID+"/deliveries/"+deliveries.Deliveries[0].ID+"/resend", "")
	r.wantLine(t, "again "+deliveries.Deliveries[0].ID)

	real := <-w.hooks // the first of the two, as the server made it
	if keyed {
		real.judgeByNode(t, public.Keys[0].Key)
	}
	for _, c := range []struct {
		name   string
		change func(c *called)
		want   int
		line   string
	}{
		{"as it came", func(*called) {}, http.StatusNoContent, "again "},
		{"another body", func(c *called) { c.body = bytes.Replace(c.body, []byte("success"), []byte("failure"), 1) }, http.StatusBadRequest, "refused: "},
		{"another id", func(c *called) { c.header.Set("Webhook-Id", "msg_0") }, http.StatusBadRequest, "refused: "},
		{"unsigned", func(c *called) { c.header.Del("Webhook-Signature") }, http.StatusBadRequest, "refused: "},
		{"long ago, rightly signed", func(c *called) { c.sign(t, own.Secret, time.Now().Add(-time.Hour)) }, http.StatusBadRequest, "refused: "},
		{"by another secret", func(c *called) { c.sign(t, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", time.Now()) }, http.StatusBadRequest, "refused: "},
	} {
		call := called{real.header.Clone(), bytes.Clone(real.body)}
		c.change(&call)
		if status := call.post(t, r.url); status != c.want {
			t.Errorf("%s: answered %d, want %d", c.name, status, c.want)
		}
		r.wantLine(t, c.line)
	}
}

// judgeByNode has Node's own crypto check the signatures v1a of a call, and of a changed one.
func (c *called) judgeByNode(t *testing.T, key string) {
	t.Helper()
	const script = `
		const [key, id, at, signatures, body] = process.argv.slice(1)
		const x = Buffer.from(key.slice(5), 'base64').toString('base64url')
		const by = require('node:crypto').createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } })
		const good = (text) => signatures.split(' ').filter((s) => s.startsWith('v1a,')).some((s) =>
			require('node:crypto').verify(null, Buffer.from(text), by, Buffer.from(s.slice(4), 'base64')))
		console.log(good(id + '.' + at + '.' + body), good(id + '.' + at + '.' + body + ' '))`
	h := c.header
	out, err := exec.CommandContext(t.Context(), testneeds.Node(t), "-e", script, "--",
		key, h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), h.Get("Webhook-Signature"), string(c.body)).CombinedOutput()
	if err != nil || string(out) != "true false\n" {
		t.Errorf("node:crypto says of %s by %s: %v %s", h.Get("Webhook-Signature"), key, err, out)
	}
}

// relay has the endpoint pass calls on to a receiver, and keep them.
func (w *world) relay(to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.relayTo = to
}

func (c *called) sign(t *testing.T, secret string, at time.Time) {
	t.Helper()
	c.header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	signature, err := webhook.Sign(secret, c.header.Get("Webhook-Id"), at, c.body)
	if err != nil {
		t.Fatal(err)
	}
	c.header.Set("Webhook-Signature", signature)
}

// post makes the call anew and returns the status.
func (c *called) post(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = c.header.Clone()
	req.Header.Del("Content-Length")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// A receiver is one of the programs.
type receiver struct {
	url   string
	lines chan string
}

func startReceiver(t *testing.T, args, env []string) *receiver {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	testneeds.DieWithParent(cmd)
	cmd.Env = append(os.Environ(), env...)
	var log serverproc.Log
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	r := &receiver{lines: make(chan string, 100)}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			r.lines <- s.Text()
		}
		_, _ = io.Copy(io.Discard, out) // until it ends
		close(r.lines)
	}()
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("the receiver said %s", log.String())
		}
	})
	r.url = strings.TrimPrefix(r.wantLine(t, "listening on "), "listening on ")
	return r
}

// wantLine waits for the next line, which begins like this.
func (r *receiver) wantLine(t *testing.T, begin string) string {
	t.Helper()
	select {
	case line := <-r.lines:
		if !strings.HasPrefix(line, begin) {
			t.Fatalf("the receiver prints %q, want %q", line, begin)
		}
		return line
	case <-time.After(patience):
		t.Fatalf("the receiver does not print %q", begin)
		return ""
	}
}

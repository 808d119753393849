package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	threads = 2                // of wrk
	grace   = 15 * time.Second // beyond its time, before wrk is ended
)

// askScript asks about a random job of a file of ids, each of 36 bytes with
// nothing between them, which stands between the pieces of a request.
const askScript = `
local file = assert(io.open("%s", "rb"))
local ids = file:read("*a")
file:close()
local n = #ids / 36
local pieces = {%s}

local threads = 0
function setup(thread)
   threads = threads + 1
   thread:set("seed", os.time() * 10 + threads)
end
function init() math.randomseed(seed) end

function request()
   local at = math.random(0, n - 1) * 36
   return table.concat(pieces, ids:sub(at + 1, at + 36))
end
`

// submitScript hands in the same small job again and again.
const submitScript = `
wrk.method = "POST"
wrk.path = "/%s-api"
wrk.body = [[%s]]
wrk.headers["x-api-key"] = "%s"
wrk.headers["Prefer"] = "respond-async"
`

// reportScript prints what was measured in a line of its own; times are in
// microseconds.
const reportScript = `
function done(summary, latency)
   local e = summary.errors
   io.write(string.format("` + reportMark + ` %%d %%d %%d %%d %%d %%d\n", summary.requests, summary.duration,
      e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
`

const reportMark = "measured"

// A Load is what wrk does to a server.
type Load struct {
	script      string // path
	Connections int
}

// A Sample is what wrk measured.
type Sample struct {
	Requests      int64
	PerSecond     float64
	P50, P90, P99 time.Duration
	CPU           time.Duration // of the server, for each request
}

// A Question is a request about a job, whose id stands for each {id} of it.
type Question struct {
	Method, Path string
	Headers      []string // lines beside those of every request
	Body         string
}

// StatusQuestion is the one that is asked most.
func StatusQuestion() Question { return Question{Method: http.MethodGet, Path: "/jobs/{id}"} }

// lua is the request as the pieces between which the id stands.
func (q Question) lua(key string) string {
	const idMark = "{id}"
	head := append([]string{q.Method + " " + q.Path + " HTTP/1.1", "Host: 127.0.0.1", "x-api-key: " + key}, q.Headers...)
	if q.Body != "" {
		n := len(q.Body) + strings.Count(q.Body, idMark)*(IDTextBytes-len(idMark))
		head = append(head, "Content-Length: "+strconv.Itoa(n))
	}
	request := strings.Join(head, "\r\n") + "\r\n\r\n" + q.Body
	var pieces []string
	for piece := range strings.SplitSeq(request, idMark) {
		pieces = append(pieces, strconv.Quote(piece))
	}
	return strings.Join(pieces, ", ")
}

// StatusLoad asks for the status of random jobs of a file of ids.
func (b *Rig) StatusLoad(name, idFile, key string, connections int) (Load, error) {
	return b.AskLoad(name, idFile, key, connections, StatusQuestion())
}

// AskLoad asks a question about random jobs of a file of ids.
func (b *Rig) AskLoad(name, idFile, key string, connections int, q Question) (Load, error) {
	return b.newLoad(name, fmt.Sprintf(askScript+reportScript, idFile, q.lua(key)), connections)
}

// SubmitLoad hands in small jobs.
func (b *Rig) SubmitLoad(key string) (Load, error) {
	return b.newLoad("submit", fmt.Sprintf(submitScript+reportScript, Formatter, Input, key), Clients)
}

func (b *Rig) newLoad(name, script string, connections int) (Load, error) {
	path, err := b.write(name+"-*.lua", script)
	return Load{script: path, Connections: connections}, err
}

// write writes a file whose name nothing else has.
func (b *Rig) write(pattern, text string) (path string, err error) {
	f, err := os.CreateTemp(b.Dir, pattern)
	if err != nil {
		return "", fmt.Errorf("make a file for wrk: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("write a file for wrk: %w", err)
	}
	return f.Name(), nil
}

// WriteIDs writes a file for StatusLoad.
func (b *Rig) WriteIDs(name string, ids []string) (string, error) {
	return b.write(name+"-*.ids", strings.Join(ids, ""))
}

// Run loads a server for a time, in whole seconds.
func (l Load) Run(ctx context.Context, url string, d time.Duration) (Sample, error) {
	ctx, cancel := context.WithTimeout(ctx, d+grace)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wrk", "-s", l.script, //nolint:gosec // our own script
		"-t", strconv.Itoa(min(threads, l.Connections)), "-c", strconv.Itoa(l.Connections),
		"-d", strconv.Itoa(int(d/time.Second))+"s", "--timeout", "10s", url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return Sample{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	s, err := parseReport(string(out))
	if err != nil {
		return Sample{}, fmt.Errorf("wrk against %s: %w: %s", url, err, out)
	}
	return s, nil
}

// parseReport reads the line of reportScript.
func parseReport(out string) (Sample, error) {
	_, text, found := strings.Cut(out, reportMark+" ")
	if !found {
		return Sample{}, errors.New("no report")
	}
	var requests, micros, failed, p50, p90, p99 int64
	if _, err := fmt.Sscan(text, &requests, &micros, &failed, &p50, &p90, &p99); err != nil {
		return Sample{}, fmt.Errorf("report: %w", err)
	}
	if failed > 0 || requests == 0 || micros == 0 {
		return Sample{}, fmt.Errorf("%d of %d requests failed", failed, requests)
	}
	return Sample{
		Requests:  requests,
		PerSecond: float64(requests) / (float64(micros) / 1e6),
		P50:       time.Duration(p50) * time.Microsecond,
		P90:       time.Duration(p90) * time.Microsecond,
		P99:       time.Duration(p99) * time.Microsecond,
	}, nil
}

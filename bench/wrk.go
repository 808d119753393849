package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	threads = 2                // of wrk
	grace   = 15 * time.Second // beyond its time, before wrk is ended
)

// statusScript asks for the status of a random job of a file of ids, each of
// 36 bytes with nothing between them.
const statusScript = `
local file = assert(io.open("%s", "rb"))
local ids = file:read("*a")
file:close()
local n = #ids / 36
local head, tail = "GET /jobs/", " HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: %s\r\n\r\n"

local threads = 0
function setup(thread)
   threads = threads + 1
   thread:set("seed", os.time() * 10 + threads)
end
function init() math.randomseed(seed) end

function request()
   local at = math.random(0, n - 1) * 36
   return head .. ids:sub(at + 1, at + 36) .. tail
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

// A load is what wrk does to a server.
type load struct {
	script      string // path
	connections int
}

// A sample is what wrk measured.
type sample struct {
	requests      int64
	perSecond     float64
	p50, p90, p99 time.Duration
	cpu           time.Duration // of the server, for each request
}

// statusLoad asks for the status of random jobs of a file of ids.
func (b *bench) statusLoad(name, idFile, key string, connections int) (load, error) {
	return b.newLoad(name, fmt.Sprintf(statusScript+reportScript, idFile, key), connections)
}

// submitLoad hands in small jobs.
func (b *bench) submitLoad(key string) (load, error) {
	return b.newLoad("submit", fmt.Sprintf(submitScript+reportScript, formatter, input, key), clients)
}

func (b *bench) newLoad(name, script string, connections int) (load, error) {
	path := filepath.Join(b.dir, name+".lua")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		return load{}, fmt.Errorf("write the script: %w", err)
	}
	return load{script: path, connections: connections}, nil
}

// writeIDs writes a file for statusLoad.
func (b *bench) writeIDs(name string, ids []string) (string, error) {
	path := filepath.Join(b.dir, name+".ids")
	if err := os.WriteFile(path, []byte(strings.Join(ids, "")), 0o600); err != nil {
		return "", fmt.Errorf("write ids: %w", err)
	}
	return path, nil
}

// run loads a server for a time, in whole seconds.
func (l load) run(ctx context.Context, url string, d time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, d+grace)
	defer cancel()
	cmd := exec.CommandContext(ctx, "wrk", "-s", l.script, //nolint:gosec // our own script
		"-t", strconv.Itoa(min(threads, l.connections)), "-c", strconv.Itoa(l.connections),
		"-d", strconv.Itoa(int(d/time.Second))+"s", "--timeout", "10s", url)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	s, err := parseReport(string(out))
	if err != nil {
		return sample{}, fmt.Errorf("wrk against %s: %w: %s", url, err, out)
	}
	return s, nil
}

// parseReport reads the line of reportScript.
func parseReport(out string) (sample, error) {
	_, text, found := strings.Cut(out, reportMark+" ")
	if !found {
		return sample{}, errors.New("no report")
	}
	var requests, micros, failed, p50, p90, p99 int64
	if _, err := fmt.Sscan(text, &requests, &micros, &failed, &p50, &p90, &p99); err != nil {
		return sample{}, fmt.Errorf("report: %w", err)
	}
	if failed > 0 || requests == 0 || micros == 0 {
		return sample{}, fmt.Errorf("%d of %d requests failed", failed, requests)
	}
	return sample{
		requests:  requests,
		perSecond: float64(requests) / (float64(micros) / 1e6),
		p50:       time.Duration(p50) * time.Microsecond,
		p90:       time.Duration(p90) * time.Microsecond,
		p99:       time.Duration(p99) * time.Microsecond,
	}, nil
}

// Command mcpclient judges a server as a program with the MCP organisation's Go
// client does: its call of a tool is held, is lost with the server, and the job
// is found again by the tools for jobs. It prints what it saw as JSON.
//
//	mcpclient URL KEY TOOL
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// keyed adds the key to requests.
type keyed string

// RoundTrip makes a request.
func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Api-Key", string(k))
	return http.DefaultTransport.RoundTrip(r)
}

// seen is what is printed.
type seen struct {
	Tools    int                 `json:"tools"`
	Version  string              `json:"version"`
	Jobs     int                 `json:"jobs"`
	ID       string              `json:"id"`
	Failures []string            `json:"failures"`
	Result   *mcp.CallToolResult `json:"result"`
}

func main() {
	s, err := judge(context.Background(), os.Args[1], os.Args[2], os.Args[3])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(ctx context.Context, url, key, tool string) (s seen, err error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "claimcheck-judge", Version: "1"}, nil)
	session, err := connect(ctx, client, url, key)
	if err != nil {
		return s, err
	}
	s.Version = session.InitializeResult().ProtocolVersion
	for _, err := range session.Tools(ctx, nil) {
		if err != nil {
			return s, err
		}
		s.Tools++
	}
	s.Result, err = session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{}})
	if err == nil {
		return s, nil // it was not lost
	}
	s.Failures = append(s.Failures, err.Error())
	for len(s.Failures) < 400 {
		if err := s.goOn(ctx, session); err == nil {
			return s, nil
		} else {
			s.Failures = append(s.Failures, err.Error())
		}
		time.Sleep(100 * time.Millisecond)
		if next, err := connect(ctx, client, url, key); err == nil { // a client that has lost its server begins anew
			session = next
		}
	}
	return s, nil
}

func connect(ctx context.Context, client *mcp.Client, url, key string) (*mcp.ClientSession, error) {
	return client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: keyed(key)}, MaxRetries: -1}, nil)
}

// goOn finds the job and waits for its result.
func (s *seen) goOn(ctx context.Context, session *mcp.ClientSession) error {
	list, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "job_list", Arguments: map[string]any{}})
	if err != nil {
		return err
	}
	var jobs struct {
		Jobs []struct {
			ID     string `json:"job_id"`
			Status string `json:"status"`
		} `json:"jobs"`
	}
	if err := into(list, &jobs); err != nil {
		return err
	}
	if s.Jobs = len(jobs.Jobs); s.Jobs != 1 {
		return fmt.Errorf("%d jobs", s.Jobs)
	}
	s.ID = jobs.Jobs[0].ID
	s.Result, err = session.CallTool(ctx, &mcp.CallToolParams{Name: "job_result", Arguments: map[string]any{"job_id": s.ID}})
	if err != nil {
		return err
	}
	var running struct {
		Status string `json:"status"`
	}
	if err := into(s.Result, &running); err != nil {
		return err
	}
	if running.Status == "queued" || running.Status == "processing" {
		return fmt.Errorf("the job is %s", running.Status)
	}
	return nil
}

func into(r *mcp.CallToolResult, v any) error {
	text, err := json.Marshal(r.StructuredContent)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/client"
	"claimcheck/client/clienttest"
)

// tb stands for the test that a server of clienttest belongs to.
type tb struct {
	testing.TB

	ends []func()
}

func (t *tb) Helper()          {}
func (t *tb) Cleanup(f func()) { t.ends = append(t.ends, f) }

// formatter is a server with the tool json-formatter, and what ends it.
func formatter() (s *clienttest.Server, end func()) {
	t := &tb{}
	s = clienttest.New(t)
	s.Tool("json-formatter", clienttest.Tool{Do: func(_ context.Context, in clienttest.Input) (clienttest.Output, error) {
		var b bytes.Buffer
		if err := json.Indent(&b, in.Body, "", " "); err != nil {
			return clienttest.Output{}, clienttest.Fail("INVALID_JSON", "JSON validation failed.", map[string]any{"line": 1, "column": 4, "reason": "Expected a comma or ] after the element."})
		}
		return clienttest.Output{Data: b.Bytes()}, nil
	}})
	return s, func() {
		for _, f := range t.ends {
			f()
		}
	}
}

func Example() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := c.Run(ctx, "json-formatter", strings.NewReader("[1,2]"), client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.DownloadLink(ctx, result.File, os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [
	//  1,
	//  2
	// ]
}

func ExampleError() {
	srv, end := formatter()
	defer end()

	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Run(context.Background(), "json-formatter", strings.NewReader("[1 2]"), client.Options{})
	if e, ok := errors.AsType[*client.Error](err); ok {
		fmt.Println(e.Code, "in line", e.Line, "column", e.Column)
	}
	// Output: INVALID_JSON in line 1 column 4
}

func ExampleClient_Submit() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := c.Submit(ctx, "json-formatter", strings.NewReader("[1,2]"), client.Options{
		Headers: map[string]string{"x-tab-space": "2"}, Metadata: map[string]string{"order": "7"}, Priority: 5,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err := c.Wait(ctx, ticket.JobID) // by this program, or by another one that knows the id
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(job.Status)
	// Output: success
}

func ExampleClient_Watch() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	srv.Pause("json-formatter")
	ticket, err := c.Submit(ctx, "json-formatter", strings.NewReader("[1,2]"), client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for job, err := range c.Watch(ctx, ticket.JobID) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch job.Status {
		case "queued":
			fmt.Println("it waits")
			srv.Resume("json-formatter")
		case "success", "failed":
			fmt.Println(job.Status)
		}
	}
	// Output:
	// it waits
	// success
}

func ExampleClient_List() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, input := range []string{"[1]", "[1 2]", "[3]"} {
		ticket, err := c.Submit(ctx, "json-formatter", strings.NewReader(input), client.Options{})
		if err == nil {
			_, err = c.Wait(ctx, ticket.JobID)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	for job, err := range c.List(ctx, client.Filter{Status: []string{"failed"}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(job.Tool, client.Failure(job.Status))
	}
	// Output: json-formatter INVALID_JSON: JSON validation failed. (line 1, column 4) Expected a comma or ] after the element.
}

func ExampleClient_DownloadFile() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := c.Submit(ctx, "json-formatter", strings.NewReader("[1,2]"), client.Options{})
	if err == nil {
		_, err = c.Wait(ctx, ticket.JobID)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	n, err := c.DownloadFile(ctx, ticket.JobID, filepath.Join(dir, "out.json"))
	fmt.Println(n, err)
	// Output: 10 <nil>
}

func ExampleClient_Upload() {
	srv, end := formatter()
	defer end()

	ctx := context.Background()
	c, err := client.New(srv.URL, srv.Key)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := c.Upload(ctx, "data.json", strings.NewReader("[1,2]"), 5, client.WithProgress(func(done, total int64) {
		fmt.Println(done, "of", total)
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.SubmitUpload(ctx, "json-formatter", key, client.Options{})
	fmt.Println(err)
	// Output:
	// 5 of 5
	// <nil>
}

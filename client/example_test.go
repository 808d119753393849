package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"claimcheck/api"
	"claimcheck/client"
)

// formatter stands for a claimcheck server with one tool and one file.
func formatter() *httptest.Server {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	mux.HandleFunc("POST /json-formatter-api", func(w http.ResponseWriter, r *http.Request) {
		input, err := io.ReadAll(r.Body)
		if err != nil || string(input) != "[1,2]" {
			reply(http.StatusBadRequest, api.Error{Status: "error", Error: "INVALID_JSON", Details: api.ErrorDetails{
				Message: "JSON validation failed.", Facts: api.Facts{Line: 1, Column: 4},
			}})(w, r)
			return
		}
		reply(http.StatusOK, api.Result{Status: "success", File: srv.URL + "/downloads/f.json"})(w, r)
	})
	mux.HandleFunc("GET /downloads/f.json", file(digestOf(content)))
	return srv
}

func Example() {
	srv := formatter()
	defer srv.Close()

	ctx := context.Background()
	c, err := client.New(srv.URL, "your-key")
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
	srv := formatter()
	defer srv.Close()

	c, err := client.New(srv.URL, "your-key")
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

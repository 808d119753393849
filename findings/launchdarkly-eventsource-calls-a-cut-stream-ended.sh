#!/bin/sh
# Go's launchdarkly/eventsource reports a chunked stream that was cut off in the same words as one that ended in good order, though net/http tells the two apart (unexpected EOF): a
# follower of a job cannot see that the server went away before the last event.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
go mod init finding >/dev/null 2>&1
go get github.com/launchdarkly/eventsource@v1.11.0 >/dev/null 2>&1
cat > main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/launchdarkly/eventsource"
)

// end follows a stream of one event and returns what the library says of its end.
func end(url string) error {
	ended := make(chan error, 1)
	s, err := eventsource.SubscribeWithURL(url, eventsource.StreamOptionErrorHandler(func(err error) eventsource.StreamErrorHandlerResult {
		ended <- err
		return eventsource.StreamErrorHandlerResult{CloseNow: true}
	}))
	if err != nil {
		panic(err)
	}
	<-s.Events
	return <-ended
}

// plain reads the same stream with net/http.
func plain(url string) error {
	res, err := http.Get(url)
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	return err
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, "event: status\ndata: {}\n\n")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	whole, cut := end(server.URL+"/whole"), end(server.URL+"/cut")
	plainWhole, plainCut := plain(server.URL+"/whole"), plain(server.URL+"/cut")
	fmt.Printf("launchdarkly/eventsource 1.11.0: a whole stream ends with %q, a cut one with %q; net/http: %v and %q\n", whole, cut, plainWhole, plainCut)
	if whole.Error() != cut.Error() || plainWhole != nil || plainCut == nil {
		os.Exit(1)
	}
}
GO
go mod tidy >/dev/null 2>&1
go run .

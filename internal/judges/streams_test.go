package judges_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	launchdarkly "github.com/launchdarkly/eventsource"
	r3labs "github.com/r3labs/sse/v2"
	gosse "github.com/tmaxmax/go-sse"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// streamed is what a library made of an event stream.
type streamed struct {
	Seen []streamEvent
	End  string // closed: as if the job had ended; broken: it is to be asked again
}

type streamEvent struct{ Name, ID, Data string }

// streamJudges are the libraries; each follows a stream to its end.
var streamJudges = map[string]func(t *testing.T, url, key string) (end func() streamed){
	"fetch-event-source": followByNode("@microsoft/fetch-event-source"),
	"fetch-event-stream": followByNode("fetch-event-stream"),
	"go-sse":             followInGo(byGoSSE),
	"launchdarkly":       followInGo(byLaunchDarkly),
	"r3labs":             followInGo(byR3Labs),
}

func followByNode(library string) func(*testing.T, string, string) func() streamed {
	return func(t *testing.T, url, key string) func() streamed {
		t.Helper()
		return beginNode[streamed](t, "streams.mjs", library, map[string]any{"url": url, "key": key, "library": library})
	}
}

func followInGo(library func(context.Context, *http.Request) streamed) func(*testing.T, string, string) func() streamed {
	return func(t *testing.T, url, key string) func() streamed {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("x-api-key", key)
		req.Close = true // the cutter waits for the end of all connections
		got := make(chan streamed, 1)
		go func() { got <- library(ctx, req) }()
		return func() streamed { return <-got }
	}
}

func endOf(err error) string {
	if err == nil || errors.Is(err, io.EOF) {
		return "closed"
	}
	return "broken"
}

func byGoSSE(_ context.Context, r *http.Request) (s streamed) {
	var first error
	client := &gosse.Client{Backoff: gosse.Backoff{MaxRetries: -1}, OnRetry: func(err error, _ time.Duration) { first = err }}
	conn := client.NewConnection(r)
	conn.SubscribeToAll(func(e gosse.Event) { s.Seen = append(s.Seen, streamEvent{e.Type, e.LastEventID, e.Data}) })
	err := conn.Connect()
	if first == nil {
		first = err
	}
	s.End = endOf(first)
	return s
}

// byLaunchDarkly cannot be told not to come again: it is closed at its first error.
func byLaunchDarkly(ctx context.Context, r *http.Request) (s streamed) {
	ended := make(chan error, 10)
	stream, err := launchdarkly.SubscribeWithRequestAndOptions(r, launchdarkly.StreamOptionInitialRetry(time.Hour), launchdarkly.StreamOptionErrorHandler(func(err error) launchdarkly.StreamErrorHandlerResult {
		ended <- err
		return launchdarkly.StreamErrorHandlerResult{CloseNow: true}
	}))
	if err != nil {
		return streamed{End: err.Error()}
	}
	for {
		select {
		case e, ok := <-stream.Events:
			if !ok {
				s.End = endOf(<-ended)
				return s
			}
			s.Seen = append(s.Seen, streamEvent{e.Event(), e.Id(), e.Data()})
		case <-ctx.Done():
			return s
		}
	}
}

// byR3Labs follows without a second try.
func byR3Labs(ctx context.Context, r *http.Request) (s streamed) {
	client := r3labs.NewClient(r.URL.String(), r3labs.ClientMaxBufferSize(1<<20))
	client.Headers["x-api-key"] = r.Header.Get("x-api-key")
	client.ReconnectStrategy = &once{}
	client.Connection = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var mu sync.Mutex // guards s.Seen: the library calls from a goroutine of its own
	_ = client.SubscribeRawWithContext(ctx, func(e *r3labs.Event) {
		mu.Lock()
		defer mu.Unlock()
		s.Seen = append(s.Seen, streamEvent{string(e.Event), string(e.ID), string(e.Data)})
	})
	mu.Lock()
	defer mu.Unlock()
	return streamed{Seen: slices.Clone(s.Seen)}
}

// once is a strategy of no second try.
type once struct{}

// NextBackOff says stop.
func (*once) NextBackOff() time.Duration { return -1 }

// Reset does nothing.
func (*once) Reset() {}

// TestStreamsHaveNoEmptyEvents: parsers in wide use make an event of every
// block, so that neither the field retry nor a comment may be one.
func TestStreamsHaveNoEmptyEvents(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	c := newCutter(t, s.URL, "nothing is cut")
	ends := map[string]func() streamed{}
	for name, follow := range streamJudges {
		ends[name] = follow(t, c.URL+"/jobs/"+s.job+"/events", s.key)
	}
	serverproc.Until(t, patience, func() (bool, string) { return c.heardTimes("2\r\n:\n\r\n") >= len(ends), "no comment passes" })
	s.run(t)
	for name, end := range ends {
		got := end()
		var statuses []string
		for _, e := range got.Seen {
			if e.Name == "progress" && e.ID != "" && e.Data != "" { // how far the input is read
				continue
			}
			if e.Name != "status" || e.ID == "" || e.Data == "" {
				t.Errorf("%s: made an event of %+v", name, e)
				continue
			}
			statuses = append(statuses, decode[api.Status](t, []byte(e.Data)).Status)
		}
		if want := []string{"queued", "processing", "success"}; !slices.Equal(statuses, want) {
			t.Errorf("%s: saw %v, want %v", name, statuses, want)
		}
		if got.End == "broken" {
			t.Errorf("%s: the stream of a finished job looks cut off", name)
		}
	}
}

// TestStreamsOfAServerThatStopsAreCutOff: to these libraries a clean end is the
// job's.
func TestStreamsOfAServerThatStopsAreCutOff(t *testing.T) {
	t.Parallel()
	s := newStory(t, "--shutdown-timeout=1s")
	c := newCutter(t, s.URL, "nothing is cut")
	ends := map[string]func() streamed{}
	for name, follow := range streamJudges {
		if name != "r3labs" && name != "launchdarkly" { // they make no difference and come again
			ends[name] = follow(t, c.URL+"/jobs/"+s.job+"/events", s.key)
		}
	}
	serverproc.Until(t, patience, func() (bool, string) { return c.heardTimes(`"status":"queued"`) >= len(ends), "no event passes" })
	s.Stop()
	for name, end := range ends {
		got := end()
		if got.End != "broken" || len(got.Seen) != 1 || !strings.Contains(got.Seen[0].Data, `"status":"queued"`) {
			t.Errorf("%s: the stream ended as %q after %d events, want it broken after one", name, got.End, len(got.Seen))
		}
	}
}

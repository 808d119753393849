package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
)

// A blunt dialect says why not, in JSON.
type blunt struct{ post }

func (blunt) Failed(f dialect.Failure, _ http.Header) (status int, body []byte) {
	return f.Status, []byte(`{"no":"` + f.Code + `"}`)
}

// slowly is a dialect's path for answers that take as long as the test wants: each
// call waits for one of work, which says how it ends. Calls make a message each
// millisecond, where told to.
func slowly(work <-chan string, messages func() []byte) httpapi.Mount {
	return httpapi.Mount{Name: "slow", Prefix: "/slow", Words: blunt{}, Routes: []httpapi.Route{
		{Method: "POST", Path: "/slow", Access: httpapi.Later, Handler: func(c *httpapi.Call) error {
			if _, err := c.Body(100); err != nil {
				return err
			}
			if err := c.Admit(true); err != nil {
				return err
			}
			c.Meanwhile(time.Millisecond, messages, func() error {
				c.Header().Set("Slow", "yes")
				switch how := <-work; how {
				case "panic":
					panic("at /some/path")
				case "refuse":
					return fault.New(fault.Conflict, "NO", "no")
				default:
					c.Header().Set("Content-Type", "application/json")
					c.Answer(http.StatusAccepted, []byte(how))
					return nil
				}
			})
			return nil
		}},
	}}
}

func TestAnAnswerInTimeIsAnOrdinaryOne(t *testing.T) {
	work := make(chan string, 1)
	mount := slowly(work, func() []byte { return nil })
	mount.Routes[0].Handler = func(c *httpapi.Call) error {
		c.Meanwhile(time.Hour, nil, func() error { c.Answer(http.StatusAccepted, []byte(<-work)); return nil })
		return nil
	}
	f := newFixture(t, options{dialects: []httpapi.Mount{mount}})
	for _, size := range []int{0, 10, 100_000} {
		work <- strings.Repeat("x", size)
		a := f.do("POST", "/slow", "{}")
		if a.StatusCode != 202 || len(a.body) != size || a.Header.Get("Content-Type") != "text/plain" || a.Header.Get("X-Request-Id") == "" || a.Close {
			t.Errorf("%d %v, %d bytes; want %d", a.StatusCode, a.Header, len(a.body), size)
		}
	}
}

func TestAnAnswerThatTakesLongIsTheLastMessage(t *testing.T) {
	for how, want := range map[string]string{"{\"a\":\r\n\"b\"}": `{"a":"b"}`, "refuse": `{"no":"NO"}`, "panic": ""} {
		t.Run(how, func(t *testing.T) {
			work, said := make(chan string, 1), make(chan bool, 1)
			n := 0
			f := newFixture(t, options{dialects: []httpapi.Mount{slowly(work, func() []byte {
				if n++; n == 3 {
					close(said)
				}
				if n == 1 {
					return nil
				}
				return []byte("{ \"n\": 1\n}")
			})}})
			go func() { <-said; work <- how }()
			a := f.do("POST", "/slow", "{}")
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/event-stream" || a.Header.Get("Slow") != "" || a.Header.Get("X-Accel-Buffering") != "no" {
				t.Errorf("%d %v", a.StatusCode, a.Header)
			}
			body := string(a.body)
			if !strings.HasPrefix(body, ":\nevent: message\ndata: {\"n\":1}\n\n") {
				t.Errorf("begins %q", body)
			}
			if last := body[strings.LastIndex(body, "data: ")+6:]; want != "" && last != want+"\n\n" {
				t.Errorf("ends %q, want %s", last, want)
			}
			if strings.Contains(body, "/some/path") {
				t.Errorf("says %s", body)
			}
		})
	}
}

// TestWorkGoesOnWhenItsClientLeaves, and nobody writes to it any more.
func TestWorkGoesOnWhenItsClientLeaves(t *testing.T) {
	work := make(chan string)
	f := newFixture(t, options{dialects: []httpapi.Mount{slowly(work, func() []byte { return []byte("1") })}})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/slow", strings.NewReader("{}"))
	f.must(err)
	req.Header.Set("x-api-key", f.key)
	res, err := http.DefaultTransport.RoundTrip(req)
	f.must(err)
	if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	f.must(res.Body.Close())
	select {
	case work <- "{}": // somebody still takes it
	case <-time.After(20 * time.Second):
		t.Error("the work ended with its client")
	}
}

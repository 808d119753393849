package deposit_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/deposit"
	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
)

const address = "https://bucket.example/dir/out.json?X-Amz-Signature=geheim"

// A receiver answers calls as a test says, and keeps what it was sent.
type receiver struct {
	answers []int // statuses, the last one again and again
	header  http.Header
	body    string // of answers

	got   []string
	heads []http.Header
	times []time.Time
}

func (r *receiver) CheckPut(text string) (*url.URL, error) { return url.Parse(text) }

func (r *receiver) Do(_ context.Context, q fetch.Request) (*fetch.Response, error) {
	r.times = append(r.times, time.Now())
	body, err := q.From()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if q.Method != http.MethodPut || int64(len(b)) != q.Length || q.Redirects != 0 {
		return nil, errors.New("not the call that it should be")
	}
	r.got, r.heads = append(r.got, string(b)), append(r.heads, q.Header)
	status := r.answers[min(len(r.got), len(r.answers))-1]
	if status == 0 {
		return nil, fault.New(fault.Upstream, "URL_FETCH_FAILED", "The connection to the host failed.")
	}
	return &fetch.Response{Status: status, Header: r.header, Body: io.NopCloser(strings.NewReader(r.body))}, nil
}

// put has an output of three bytes put to a receiver.
func put(t *testing.T, r *receiver) (queue.Outcome, string, error) {
	t.Helper()
	blobs, err := dirblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	end := ""
	d := &deposit.Depositor{Caller: r, Blobs: blobs, Now: time.Now, Timeout: 10 * time.Minute, Told: func(e string, _ int64) { end += e }}
	terms := job.Terms{OutputURL: address}
	j := &job.Job{Terms: terms.Encode()}
	o := &job.Output{Data: []byte("abc"), Size: 3, SHA256: sha256.Sum256([]byte("abc")), ContentType: "text/plain"}
	out, err := d.Outcome(t.Context(), j, queue.Outcome{Result: []byte(`{"status":"success","file":"","preview":""}`), LinkAt: 28, Output: o}, o)
	return out, end, err
}

func TestAnOutputIsPutWithItsLengthTypeAndDigest(t *testing.T) {
	r := &receiver{answers: []int{200}}
	out, end, err := put(t, r)
	if err != nil || end != "taken" || len(r.got) != 1 || r.got[0] != "abc" {
		t.Fatalf("%v, %s, got %q", err, end, r.got)
	}
	const digest = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"
	if h := r.heads[0]; h.Get("Content-Type") != "text/plain" || h.Get("Content-Digest") != digest || h.Get("Repr-Digest") != digest {
		t.Errorf("sent %v", h)
	}
	var result struct {
		File      *string
		Delivered struct {
			URLHost string `json:"url_host"`
			Bytes   int64
			Digest  string
		}
	}
	if err := json.Unmarshal(out.Result, &result); err != nil || result.File == nil || result.Delivered.URLHost != "bucket.example" || result.Delivered.Bytes != 3 || result.Delivered.Digest != digest {
		t.Errorf("%s: %v", out.Result, err)
	}
	if strings.Contains(string(out.Result), "geheim") {
		t.Errorf("the address is told: %s", out.Result)
	}
}

func TestWhatMayBeTakenLaterIsPutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answers: []int{503, 0, 429, 408, 204}, header: http.Header{"Retry-After": {"30"}}}
		_, end, err := put(t, r)
		if err != nil || end != "taken" || len(r.got) != 5 {
			t.Fatalf("%v, %s, put %d times", err, end, len(r.got))
		}
		for i, at := range r.times[1:] {
			if waited := at.Sub(r.times[i]); waited < 500*time.Millisecond || r.answers[i] != 0 && waited < 30*time.Second {
				t.Errorf("after the answer %d it was put again in %s", r.answers[i], waited)
			}
		}
	})
}

func TestWhatIsRefusedIsNotPutAgain(t *testing.T) {
	for _, status := range []int{400, 403, 404, 409, 412, 301, 307} {
		r := &receiver{answers: []int{status}, body: "<Error><Code>SignatureDoesNotMatch</Code><StringToSign>geheim</StringToSign></Error>"}
		_, end, err := put(t, r)
		e := fault.Of(err)
		if !fault.IsCode(err, deposit.CodeFailed) || !fault.Is(err, fault.Rejected) || end != "refused" || len(r.got) != 1 {
			t.Fatalf("%d: %v, %s, put %d times", status, err, end, len(r.got))
		}
		if text := string(queue.ErrorJSON(e)); strings.Contains(text+err.Error(), "geheim") || !strings.Contains(text, `"upstream_code":"SignatureDoesNotMatch"`) || !strings.Contains(text, `"url_host":"bucket.example"`) {
			t.Errorf("%d: %s", status, text)
		}
	}
}

func TestWhatIsNotTakenInTimeIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answers: []int{500}}
		began := time.Now()
		_, end, err := put(t, r)
		if !fault.Is(err, fault.Rejected) || !fault.IsCode(err, deposit.CodeFailed) || end != "given_up" || time.Since(began) > 10*time.Minute || len(r.got) < 10 {
			t.Errorf("%v, %s after %s and %d times", err, end, time.Since(began), len(r.got))
		}
	})
}

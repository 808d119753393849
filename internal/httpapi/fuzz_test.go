package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
)

// FuzzHeaders gives what clients write to every parser of it: none panics, and
// what is let through is within its limits.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{
		"respond-async, wait=10", `wait="5"; x=y, wait=99999999999`, `W/"1", "2", *`, `"key"`, `{"a":"b"}`, "1800000000", "-10", "bearer x",
		"0123456789abcdef0123456789abcdef",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := http.Header{}
		for _, name := range []string{"Prefer", "Authorization", "Accept", "Last-Event-Id", "X-Request-Id"} {
			h.Set(name, s)
		}
		if p := parsePrefer(h); p.Wait < 0 || p.Wait > intake.MaxWait {
			t.Errorf("Prefer %q waits %s", s, p.Wait)
		}
		if n, err := lastEventID(h); err == nil && n < 0 {
			t.Errorf("Last-Event-ID %q is taken as %d", s, n)
		}
		if id := requestID(h); len(id) != 36 && (len(id) != 32 || id != s || strings.Trim(id, "0123456789abcdefABCDEF") != "") {
			t.Errorf("X-Request-Id %q is taken as %q", s, id)
		}
		apiKey(h)
		plain.Words{}.Failed(dialect.Failure{Error: fault.New(fault.Invalid, "X", "x"), Asked: h}, http.Header{})
		matches([]string{s}, `W/"1"`)
	})
}

func FuzzListFilter(f *testing.F) {
	f.Add("status=success&limit=10&metadata.a=b&created_after=1")
	f.Add("cursor=AAAAAAAAAAAAAAAAAAAAAA&limit=201")
	f.Fuzz(func(t *testing.T, s string) {
		q, err := url.ParseQuery(s)
		if err != nil {
			return
		}
		if filter, err := filterOf(q); err == nil && (filter.Limit < 1 || filter.Limit > maxListed || filter.Owner != "") {
			t.Errorf("%q is taken as %+v", s, filter)
		}
	})
}

// FuzzForm posts anything as the form of an upload: nothing is written that was
// not signed.
func FuzzForm(f *testing.F) {
	s := &Server{Config: Config{Signer: newSigner(f), Now: time.Now, PublicURL: "http://x"}}
	place := queue.Place{Upload: job.Upload{ID: "upl_" + strings.Repeat("0", 32), Owner: "ann", Name: "a.json"}, Expires: time.Now().Add(time.Hour), MaxBytes: 10}
	good := s.form(&place)
	whole := "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + good.Fields["key"] + "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n{}\r\n--b--\r\n"
	for _, body := range []string{whole, "", "--b", "--b--", "--b\r\n\r\n", whole[:60], strings.Repeat(whole, 3), strings.ReplaceAll(whole, "\r\n", "\n")} {
		f.Add(body, good.Fields["policy"], good.Fields["x-amz-signature"])
	}
	f.Fuzz(func(t *testing.T, body, policy, signature string) {
		r := httptest.NewRequest(http.MethodPost, "/uploads", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		form, err := s.openForm(&Call{s: s, w: httptest.NewRecorder(), r: r})
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("%q: %v is no refusal", body, err)
			}
			return
		}
		if _, err := s.checkForm(form.fields); err == nil && form.fields["policy"] != good.Fields["policy"] {
			t.Errorf("%q: accepted fields %v", body, form.fields)
		}
		fields := maps.Clone(good.Fields)
		fields["policy"], fields["x-amz-signature"] = policy, signature
		if _, err := s.checkForm(fields); err == nil && policy != good.Fields["policy"] {
			t.Errorf("accepted policy %q with %q", policy, signature)
		}
		var out bytes.Buffer
		if err := form.copyFile(&out, 10); err == nil && (out.Len() == 0 || out.Len() > 10) {
			t.Errorf("%q: took %d bytes", body, out.Len())
		}
	})
}

// oneSecret keeps signing secrets in memory.
type oneSecret struct{ kept []account.Secret }

func (o *oneSecret) Secrets(context.Context) ([]account.Secret, error) { return o.kept, nil }

func (o *oneSecret) AddSecret(_ context.Context, s account.Secret, _ time.Time) error {
	o.kept = append(o.kept, s)
	return nil
}

func newSigner(f *testing.F) *sign.Signer {
	f.Helper()
	s, err := sign.Load(f.Context(), &oneSecret{}, time.Now, rand.Reader, time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	return s
}

package uploadform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"maps"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
	"claimcheck/internal/uploadform"
)

// FuzzForm posts anything as the form of an upload: nothing is written that was
// not signed.
func FuzzForm(f *testing.F) {
	forms := &uploadform.Forms{Signer: newSigner(f), Now: time.Now, URL: "http://x"}
	good := forms.New(&job.Upload{ID: "upl_" + strings.Repeat("0", 32), Owner: "ann", Name: "a.json"}, 10, time.Now().Add(time.Hour))
	whole := "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n" + good.Fields["key"] + "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n{}\r\n--b--\r\n"
	for _, body := range []string{whole, "", "--b", "--b--", "--b\r\n\r\n", whole[:60], strings.Repeat(whole, 3), strings.ReplaceAll(whole, "\r\n", "\n")} {
		f.Add(body, good.Fields["policy"], good.Fields["x-amz-signature"])
	}
	f.Fuzz(func(t *testing.T, body, policy, signature string) {
		form, err := uploadform.Open(intake.Body{From: strings.NewReader(body), Length: int64(len(body)), Type: "multipart/form-data; boundary=b"})
		if err != nil {
			if fault.Of(err) == nil {
				t.Errorf("%q: %v is no refusal", body, err)
			}
			return
		}
		if _, err := forms.Check(form.Fields); err == nil && form.Fields["policy"] != good.Fields["policy"] {
			t.Errorf("%q: accepted fields %v", body, form.Fields)
		}
		fields := maps.Clone(good.Fields)
		fields["policy"], fields["x-amz-signature"] = policy, signature
		if _, err := forms.Check(fields); err == nil && policy != good.Fields["policy"] {
			t.Errorf("accepted policy %q with %q", policy, signature)
		}
		var out bytes.Buffer
		if err := form.CopyFile(&out, 10, nil); err == nil && (out.Len() == 0 || out.Len() > 10) {
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

package intake_test

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// echo is a tool with one option.
type echo struct{ json bool }

func (e echo) Spec() tool.Spec {
	return tool.Spec{
		Name: "echo", Extensions: []string{"txt"}, JSONInput: e.json,
		Options: []tool.Option{{Header: "x-tab-space", Kind: tool.Int, Default: "2", Min: 0, Max: 8}},
	}
}

func (echo) Run(context.Context, tool.Call) error { return nil }

// uploads are those of ann: one text, whose type nobody told.
type uploads struct{}

func (uploads) Find(_ context.Context, owner string, _ account.Plan, key string) (job.Upload, error) {
	u, ok := job.ParseUploadKey(key)
	if !ok || owner != "ann" {
		return u, fault.New(fault.NotFound, "FILE_NOT_FOUND", "No.")
	}
	u.Size, u.ETag = 20, "tag"
	return u, nil
}

var now = time.Unix(1_800_000_000, 0)

func newIntake(tb testing.TB) *intake.Intake {
	tb.Helper()
	blobs, err := dirblob.Open(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	refuse := func(text string) error {
		if strings.Contains(text, "private") {
			return fault.New(fault.Invalid, "URL_NOT_ALLOWED", "No.")
		}
		return nil
	}
	n := byte(0)
	return &intake.Intake{
		Blobs: blobs, Uploads: uploads{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		NewID:    func() job.ID { n++; return job.ID{15: n} },
		CheckURL: refuse, CheckWebhook: refuse, CheckPut: refuse, KeptFor: func(account.Plan) time.Duration { return time.Hour }, SyncMaxBytes: 1 << 20,
	}
}

func request() intake.Request {
	return intake.Request{ID: "r", Owner: "ann", Plan: account.Plan{MaxInputBytes: 100_000}, Tool: echo{}, Options: func(string) string { return "" }}
}

func text(s string) intake.Body {
	return intake.Body{From: strings.NewReader(s), Length: int64(len(s))}
}

func TestARequestIsCheckedBeforeItsInputIsRead(t *testing.T) {
	in := newIntake(t)
	for name, c := range map[string]struct {
		change func(r *intake.Request)
		code   string
	}{
		"nothing said":   {func(*intake.Request) {}, ""},
		"all said":       {func(r *intake.Request) { r.Source, r.Priority, r.RunAt, r.Metadata = "url", "-10", "1", `{"a":"b"}` }, ""},
		"source":         {func(r *intake.Request) { r.Source = "tape" }, "INVALID_SOURCE_TYPE"},
		"option":         {func(r *intake.Request) { r.Options = func(string) string { return "9" } }, "INVALID_OPTION"},
		"priority":       {func(r *intake.Request) { r.Priority = "11" }, "INVALID_OPTION"},
		"far away":       {func(r *intake.Request) { r.RunAt = strconv.FormatInt(now.Add(31*24*time.Hour).Unix(), 10) }, "INVALID_OPTION"},
		"metadata":       {func(r *intake.Request) { r.Metadata = `{"a":1}` }, "INVALID_OPTION"},
		"two addresses":  {func(r *intake.Request) { r.Webhook = []string{"https://a", "https://b"} }, "INVALID_REQUEST"},
		"their own host": {func(r *intake.Request) { r.Webhook = []string{"https://private"} }, "URL_NOT_ALLOWED"},
		"two keys":       {func(r *intake.Request) { r.Key = []string{"a", "b"} }, "INVALID_REQUEST"},
		"an empty key":   {func(r *intake.Request) { r.Key = []string{`""`} }, "INVALID_REQUEST"},
	} {
		r := request()
		c.change(&r)
		o, err := in.Begin(r)
		if (c.code == "") != (err == nil) || err != nil && !fault.IsCode(err, c.code) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if err == nil && (o.Options["x-tab-space"] != "2" || !o.About.RunAt.IsZero() || o.Owner != "ann" || o.RequestID != "r") {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestAnInputIsInMemoryOrInAFile(t *testing.T) {
	in := newIntake(t)
	for _, c := range []struct {
		name string
		tool echo
		body intake.Body
		want string
		at   job.Where
		code string
	}{
		{name: "small", body: text("abc"), want: "abc"},
		{name: "large", body: text(strings.Repeat("x", 90_000)), want: strings.Repeat("x", 90_000), at: job.InFile},
		{name: "empty", body: text(""), code: "INVALID_REQUEST"},
		{name: "too large", body: text(strings.Repeat("x", 100_001)), code: "PAYLOAD_TOO_LARGE"},
		{name: "too large, unannounced", body: intake.Body{From: strings.NewReader(strings.Repeat("x", 100_001)), Length: -1}, code: "PAYLOAD_TOO_LARGE"},
		{name: "a coding that nobody knows", body: intake.Body{From: strings.NewReader("x"), Length: 1, Codings: []string{"zip"}}, code: "UNSUPPORTED_ENCODING"},
		{name: "not what it says", body: intake.Body{From: strings.NewReader("x"), Length: 1, Codings: []string{"gzip"}}, code: "INVALID_REQUEST"},
		{name: "wrapped", body: wrapped(`{"content":"abc"}`), want: "abc"},
		{name: "wrapped, of a tool for JSON", tool: echo{json: true}, body: wrapped(`{"content":"abc"}`), want: `{"content":"abc"}`},
		{name: "wrapped in more", body: wrapped(`{"content":"abc","b":1}`), want: `{"content":"abc","b":1}`},
		{name: "wrapped nothing", body: wrapped(`{"content":""}`), code: "INVALID_REQUEST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			r.Tool = c.tool
			o, err := in.Begin(r)
			if err != nil {
				t.Fatal(err)
			}
			if err = in.Take(t.Context(), o, c.body); err != nil || c.code != "" {
				if !fault.IsCode(err, c.code) {
					t.Errorf("%v, want %s", err, c.code)
				}
				return
			}
			defer o.Input.Discard()
			if err := o.Input.Persist(t.Context()); err != nil {
				t.Fatal(err)
			}
			f, err := o.Input.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got, err := io.ReadAll(f); err != nil || string(got) != c.want || o.Input.Where() != c.at || o.Input.Size != int64(len(c.want)) {
				t.Errorf("%v, %d bytes at %v", err, len(got), o.Input.Where())
			}
		})
	}
}

func wrapped(s string) intake.Body {
	b := text(s)
	b.Wrapped = true
	return b
}

func TestAnInputIsNamed(t *testing.T) {
	in := newIntake(t)
	key := "ann/upl_" + strings.Repeat("0", 32) + "/a."
	for _, c := range []struct {
		source, name, owner string
		code                string // of Name, or else of Bind
		kind                string
	}{
		{"url", "https://x.test/a.txt", "ann", "", "text/plain"},
		{"url", "https://x.test/a.gif", "ann", "UNSUPPORTED_EXTENSION", ""},
		{"url", "https://private/a.txt", "ann", "URL_NOT_ALLOWED", ""},
		{"file", key + "txt", "ann", "", "text/plain"},
		{"file", key + "gif", "ann", "UNSUPPORTED_EXTENSION", ""},
		{"file", key + "txt", "bob", "FILE_NOT_FOUND", ""},
		{"file", "nonsense", "ann", "FILE_NOT_FOUND", ""},
	} {
		r := request()
		r.Source, r.Owner = c.source, c.owner
		o, err := in.Begin(r)
		if err != nil {
			t.Fatal(err)
		}
		if err = in.Name(o, c.name, []byte(c.name)); err == nil {
			err = in.Bind(t.Context(), o)
		}
		if (c.code == "") != (err == nil) || err != nil && !fault.IsCode(err, c.code) {
			t.Errorf("%s: %v, want %q", c.name, err, c.code)
		}
		if err == nil && (o.Input.Kind != c.kind || len(o.Input.Inline) == 0) {
			t.Errorf("%s: %+v", c.name, o.Input)
		}
	}
}

func TestOrdersDifferByWhatTheySay(t *testing.T) {
	in := newIntake(t)
	digest := func(body string, change func(r *intake.Request)) [32]byte {
		r := request()
		r.Key = []string{"k"}
		change(&r)
		o, err := in.Begin(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Take(t.Context(), o, text(body)); err != nil {
			t.Fatal(err)
		}
		return o.Digest()
	}
	plain := digest("abc", func(*intake.Request) {})
	if digest("abc", func(r *intake.Request) { r.ID, r.Wish.Async = "other", true }) != plain {
		t.Error("a request that differs in nothing that counts is another")
	}
	for name, d := range map[string][32]byte{
		"body":     digest("abd", func(*intake.Request) {}),
		"option":   digest("abc", func(r *intake.Request) { r.Options = func(string) string { return "3" } }),
		"priority": digest("abc", func(r *intake.Request) { r.Priority = "1" }),
		"metadata": digest("abc", func(r *intake.Request) { r.Metadata = "{}" }),
		"webhook":  digest("abc", func(r *intake.Request) { r.Webhook = []string{"https://a"} }),
		"dialect":  digest("abc", func(r *intake.Request) { r.Dialect = "other" }),
	} {
		if d == plain {
			t.Errorf("another %s makes no difference", name)
		}
	}
}

// FuzzRequest gives what clients write to every check: none panics, and what is
// let through is within its limits.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{`"key"`, `{"a":"b"}`, "1800000000", "-10", "x", "99999999999999999999"} {
		f.Add(s)
	}
	in := newIntake(f)
	f.Fuzz(func(t *testing.T, s string) {
		for name, set := range map[string]func(r *intake.Request){
			"key":      func(r *intake.Request) { r.Key = []string{s} },
			"priority": func(r *intake.Request) { r.Priority = s },
			"run at":   func(r *intake.Request) { r.RunAt = s },
			"metadata": func(r *intake.Request) { r.Metadata = s },
			"option":   func(r *intake.Request) { r.Options = func(string) string { return s } },
			"trace":    func(r *intake.Request) { r.Trace = s },
		} {
			r := request()
			set(&r)
			o, err := in.Begin(r)
			if err != nil {
				if fault.Of(err) == nil {
					t.Errorf("%s %q: %v is no refusal", name, s, err)
				}
				continue
			}
			if len(o.Key) > 255 || strings.ContainsAny(o.Key, "\x00\r\n") || o.About.Priority < -10 || o.About.Priority > 10 || o.About.RunAt.After(now.Add(30*24*time.Hour)) {
				t.Errorf("%s %q is taken as %+v", name, s, o)
			}
		}
	})
}

package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"claimcheck/api"
)

// Options belong to one submission. The zero value asks for nothing special.
type Options struct {
	// Headers are the tool's own options, for instance x-tab-space.
	Headers map[string]string
	// ContentType is what the input is, for tools that look at it. Empty is
	// application/octet-stream. It is left aside for inputs at a URL and uploads.
	ContentType string
	// Metadata is kept with the job and told with it: at most 16 members, names
	// of 1 to 64 and values of at most 256 characters. Lists can be asked for it.
	Metadata map[string]string
	// Priority is -10 to 10; of an owner's jobs those of higher priority come first.
	Priority int
	// RunAt is before when no attempt begins, at most 30 days from now, in whole
	// seconds. The zero time is at once.
	RunAt time.Time
	// Retention is how long the job is kept after its end, in whole seconds: at least a
	// minute, at most as long as the plan keeps jobs. RetentionFailed is the same of a
	// job that fails. Zero is as long as the plan says, and RetentionFailed as
	// Retention.
	Retention, RetentionFailed time.Duration

	// Group is the name of the group that the job belongs to, 1 to 64 letters, digits,
	// dots, underscores and hyphens; empty for none. See [Client.WaitGroup].
	Group string
	// StartBy and FinishBy end the job by themselves: one of which no attempt has begun
	// by StartBy fails with EXPIRED and is not charged, one that is not finished by
	// FinishBy is stopped and fails with TIMEOUT. They are at most 31 days from now, and
	// counted in whole seconds, up. The zero time is never.
	StartBy, FinishBy time.Time
	// StartWithin and FinishWithin are the same as times from the server's acceptance of
	// the work, whose clock may differ from this one's. 0 is never; of one of them and
	// its time only one may be set.
	StartWithin, FinishWithin time.Duration
	// DeleteOnRead has the job and its files go a minute after its outcome has first
	// reached its owner: after the last byte of its output or, if it has none, after
	// its status.
	DeleteOnRead bool
	// OutputURL takes the output by a PUT before the job succeeds: an https address,
	// a presigned one for instance. It is a secret.
	OutputURL string
	// OutputName is what those who download the output save it as; see x-output-name in
	// the description of the API.
	OutputName string
	// WebhookURL is called when this job ends, signed with the owner's own secret,
	// which [Webhooks.Secret] tells.
	WebhookURL string
	// IdempotencyKey names the submission, 1 to 255 printable characters: the
	// same one within 24 hours gives the same job. Empty is a new random one.
	IdempotencyKey string
	// RequestID is a UUID that the result will carry. Empty leaves it to the
	// server.
	RequestID string
	// AllOrNothing has [Client.SubmitLines] accept no line if one is refused.
	AllOrNothing bool
	// Progress is called as the input is sent, as that of [WithProgress] is.
	Progress func(done, total int64)

	source string // what the body is; empty: the input itself
}

// respondAsync asks for a job, whatever the tool would do by itself.
const respondAsync = "respond-async"

// Submit hands in work for a tool, for instance json-formatter, to be done as a
// job. It reads input from where it stands and does not close it. An input that
// is an [io.Seeker] is sent again if the connection is lost or the server asks
// to come back later; any other is sent once. A refusal is an *[Error].
func (c *Client) Submit(ctx context.Context, tool string, input io.Reader, o Options) (api.Accepted, error) {
	a, err := c.post(ctx, tool, newInput(input), &o, respondAsync)
	if err != nil {
		return api.Accepted{}, fmt.Errorf("submit to %s: %w", tool, err)
	}
	return accepted(a)
}

// SubmitURL is Submit for an input that the job itself fetches, from a public http
// or https address whose path ends in an extension that the tool takes.
func (c *Client) SubmitURL(ctx context.Context, tool, address string, o Options) (api.Accepted, error) {
	return c.submitSource(ctx, tool, "url", address, &o)
}

// SubmitUpload is Submit for an input that was uploaded; key is what
// [Client.Upload] returned. Several jobs may read one upload.
func (c *Client) SubmitUpload(ctx context.Context, tool, key string, o Options) (api.Accepted, error) {
	return c.submitSource(ctx, tool, "file", key, &o)
}

func (c *Client) submitSource(ctx context.Context, tool, source, where string, o *Options) (api.Accepted, error) {
	body, err := json.Marshal(map[string]string{source: where})
	if err != nil {
		return api.Accepted{}, err
	}
	own := *o
	own.ContentType, own.Progress = "application/json", nil
	own.source = source
	a, err := c.post(ctx, tool, newInput(bytes.NewReader(body)), &own, respondAsync)
	if err != nil {
		return api.Accepted{}, fmt.Errorf("submit to %s: %w", tool, err)
	}
	return accepted(a)
}

// Run hands in work as Submit does and returns its result: at once, or, if the
// server makes a job of it, when that is finished. An *[Error] says why the work
// was refused or failed. Where ctx ends the waiting, the job goes on.
func (c *Client) Run(ctx context.Context, tool string, input io.Reader, o Options) (api.Result, error) {
	var result api.Result
	text, err := c.RunJSON(ctx, tool, input, o)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return result, fmt.Errorf("result of %s: %w", tool, err)
	}
	return result, nil
}

// RunJSON is Run for a tool that may answer JSON of its own: it returns the
// result as the tool wrote it.
func (c *Client) RunJSON(ctx context.Context, tool string, input io.Reader, o Options) (json.RawMessage, error) {
	a, err := c.post(ctx, tool, newInput(input), &o, "")
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", tool, err)
	}
	if a.status != http.StatusAccepted {
		return a.body, nil
	}
	ticket, err := accepted(a)
	if err != nil {
		return nil, err
	}
	s, err := c.wait(ctx, ticket.JobID, c.hint(a, 0))
	if err == nil {
		err = Failure(s)
	}
	return s.Result, err
}

func (c *Client) post(ctx context.Context, tool string, in *input, o *Options, prefer string) (*answer, error) {
	h, err := o.header()
	if err != nil {
		return nil, err
	}
	if prefer != "" {
		h.Set("Prefer", prefer)
	}
	in.progress = o.Progress
	return c.send(ctx, &call{method: http.MethodPost, path: "/" + url.PathEscape(tool) + "-api", header: h, in: in})
}

// header are the options as the server reads them.
func (o *Options) header() (http.Header, error) {
	h := http.Header{}
	for name, value := range o.Headers {
		h.Set(name, value)
	}
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	h.Set("Content-Type", "application/octet-stream")
	set("Content-Type", o.ContentType)
	if len(o.Metadata) > 0 {
		text, err := asciiJSON(o.Metadata)
		if err != nil {
			return nil, err
		}
		h.Set("X-Metadata", text)
	}
	if o.Priority != 0 {
		h.Set("X-Priority", strconv.Itoa(o.Priority))
	}
	if !o.RunAt.IsZero() {
		h.Set("X-Run-At", strconv.FormatInt(o.RunAt.Unix(), 10))
	}
	set("X-Group", o.Group)
	set("X-Retention", wholeSeconds(o.Retention))
	set("X-Retention-Failed", wholeSeconds(o.RetentionFailed))
	if err := o.deadlines(set); err != nil {
		return nil, err
	}
	if o.DeleteOnRead {
		h.Set("X-Delete", "on-read")
	}
	set("X-Output-Url", o.OutputURL)
	set("X-Output-Name", asciiName(o.OutputName))
	set("X-Webhook-Url", o.WebhookURL)
	set("X-Source-Type", o.source)
	h.Set("Idempotency-Key", rand.Text())
	set("Idempotency-Key", o.IdempotencyKey)
	set("X-Request-Id", o.RequestID)
	return h, nil
}

// wholeSeconds is a time in seconds, rounded up; empty for none.
func wholeSeconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(math.Ceil(d.Seconds()), 'f', -1, 64)
}

// asciiName is a name as a header field can carry it (RFC 8187).
func asciiName(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x7f }) || strings.HasPrefix(strings.ToLower(name), "utf-8'") {
		return "UTF-8''" + url.PathEscape(name)
	}
	return name
}

// asciiJSON is JSON that a header field can carry.
func asciiJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.String(), nil
}

func accepted(a *answer) (api.Accepted, error) {
	var ticket api.Accepted
	if err := a.into(&ticket); err != nil {
		return ticket, err
	}
	if ticket.JobID == "" {
		return ticket, fmt.Errorf("answer %d of the server names no job", a.status)
	}
	return ticket, nil
}

package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/tool"
)

// The values of x-source-type.
const (
	sourceBody = "body"
	sourceURL  = "url"
	sourceFile = "file"
)

// maxSourceBytes is how long the body may be that names a URL or an upload.
const maxSourceBytes = 16 << 10

func sourceType(h http.Header) (string, error) {
	switch source := h.Get("X-Source-Type"); source {
	case "":
		return sourceBody, nil
	case sourceBody, sourceURL, sourceFile:
		return source, nil
	default:
		return "", fault.New(fault.Invalid, "INVALID_SOURCE_TYPE", "x-source-type must be body, url or file.")
	}
}

// named reads the body that says where the input is. Failures: Invalid
// INVALID_REQUEST, URL_NOT_ALLOWED and UNSUPPORTED_EXTENSION.
func (sub *submission) named(spec *tool.Spec) (*input, error) {
	text, sum, err := sub.readSource()
	if err != nil {
		return nil, err
	}
	in := &input{sum: sum}
	if sub.source == sourceFile {
		in.named, in.upload = job.InUpload, text
		if u, ok := job.ParseUploadKey(text); ok { // any other key leads to nothing: see findUpload
			return in, checkExtension(u.Name, spec)
		}
		return in, nil
	}
	if err := sub.s.CheckURL(text); err != nil {
		return nil, err
	}
	at, err := url.Parse(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "URL_NOT_ALLOWED", "The address is not a URL.").Because(err)
	}
	in.named, in.inline, in.kind = job.AtURL, job.Source{URL: text}.Encode(), tool.TypeOfExtension(extensionOf(at.Path))
	return in, checkExtension(at.Path, spec)
}

// readSource reads {"url":"..."} or {"file":"..."}.
func (sub *submission) readSource() (text string, sum [32]byte, err error) {
	body, err := sub.whole(maxSourceBytes, bodyTooLarge(maxSourceBytes))
	if err != nil {
		return "", sum, err
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members[sub.source] == nil || json.Unmarshal(members[sub.source], &text) != nil || text == "" {
		return "", sum, fault.New(fault.Invalid, "INVALID_REQUEST",
			`With x-source-type: %s the body must be a JSON object with the string member %q.`, sub.source, sub.source)
	}
	return text, sha256.Sum256(body), nil
}

// extensionOf is a file name's, lower case, without the dot.
func extensionOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

func checkExtension(name string, spec *tool.Spec) error {
	ext := extensionOf(name)
	if len(spec.Extensions) == 0 || slices.Contains(spec.Extensions, ext) {
		return nil
	}
	return fault.New(fault.Invalid, "UNSUPPORTED_EXTENSION",
		"This tool takes files that end in .%s.", strings.Join(spec.Extensions, ", .")).With("allowed", spec.Extensions)
}

// findUpload binds the call to the upload that it names, as it is now.
func (sub *submission) findUpload(ctx context.Context) error {
	in := sub.input
	if in.named != job.InUpload {
		return nil
	}
	plan := sub.plan.Plan
	u, err := sub.s.Queue.FindUpload(ctx, sub.who.Key.Owner, plan, in.upload)
	if err != nil {
		return err
	}
	if plan.MaxInputBytes > 0 && u.Size > plan.MaxInputBytes {
		return tooLarge(plan.MaxInputBytes)
	}
	in.size, in.kind = u.Size, u.Type
	if in.kind == "" {
		in.kind = tool.TypeOfExtension(extensionOf(u.Name))
	}
	in.inline = job.Source{Upload: u.ID, Key: u.BlobKey(), ETag: u.ETag}.Encode()
	return nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The input is larger than the plan's %d bytes.", limit).With("limit", limit)
}

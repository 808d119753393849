package tus

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/tus/tusd/v2/pkg/handler"

	"claimcheck/internal/blob"
	"claimcheck/internal/dialect"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/upload"
)

// Words are what failures are told in: a line of text, code and sentence, which
// is what clients of the protocol show.
type Words struct{ plain.Words }

// ContentType is that of text.
func (Words) ContentType() string { return "text/plain; charset=utf-8" }

// Failed is the line.
func (Words) Failed(f dialect.Failure, h http.Header) (status int, body []byte) {
	h["Tus-Resumable"] = []string{version}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	said := toldOf(f)
	for name, value := range said.Header {
		h.Set(name, value)
	}
	return said.StatusCode, []byte(said.Body)
}

// What is refused here.
var (
	errVersion  = fault.New(fault.Invalid, "UNSUPPORTED_VERSION", "Send the field Tus-Resumable: "+version+"; no other version of the protocol is served.")
	errStopping = fault.New(fault.Unavailable, "UNAVAILABLE", "The server is stopping; what arrived is kept: ask for the upload's offset and go on from there.")
	// errStoppingNew is of an upload whose address its client was not told.
	errStoppingNew = fault.New(fault.Unavailable, "UNAVAILABLE", "The server is stopping; begin the upload again.")

	errSum      = fault.New(fault.Invalid, "CHECKSUM_MISMATCH", "The checksum is not that of the bytes that arrived; they were thrown away: send them again.")
	errSumText  = fault.New(fault.Invalid, "INVALID_CHECKSUM", "Upload-Checksum must be an algorithm, a space and the checksum in Base64.")
	errSilent   = fault.New(fault.Unavailable, "UNAVAILABLE", "The body stopped arriving; none of it was kept, because its checksum could not be judged: send it again.")
	errFilename = fault.New(fault.Invalid, "INVALID_FILENAME", "Upload-Metadata must have a filename, in Base64.")
	errMeta     = fault.New(fault.Invalid, "INVALID_METADATA", "Upload-Metadata must be at most %d characters of ASCII.", maxMeta)
)

// statusChecksum is the protocol's own for a checksum that does not fit.
const statusChecksum = 460

// statusOf are the statuses that the protocol has other numbers for than the
// failures' kinds.
var statusOf = map[string]int{
	upload.CodeGone:   http.StatusGone,
	blob.CodeLocked:   http.StatusLocked,
	errVersion.Code:   http.StatusPreconditionFailed,
	errSum.Code:       statusChecksum,
	"UPLOAD_IN_USE":   http.StatusConflict,
	blob.CodeFinished: http.StatusForbidden,
}

// toldOf is how a failure is told.
func toldOf(f dialect.Failure) handler.HTTPResponse {
	said := handler.HTTPResponse{StatusCode: f.Status, Header: handler.HTTPHeader{"Content-Type": Words{}.ContentType(), "Cache-Control": "no-store"}}
	text := f.Message
	if f.Kind == fault.Internal {
		text = "The server failed; try again."
	}
	said.Body = f.Code + ": " + text + "\n"
	if status, ok := statusOf[f.Code]; ok {
		said.StatusCode = status
	}
	if f.RetryAfter > 0 {
		said.Header["Retry-After"] = strconv.FormatInt(f.RetryAfter, 10)
	}
	if f.Code == errVersion.Code {
		said.Header["Tus-Version"] = version
	}
	for _, d := range f.Details {
		if limit, ok := d.Value.(int64); ok && f.Kind == fault.TooLarge && d.Name == "limit" {
			said.Header["Tus-Max-Size"] = strconv.FormatInt(limit, 10)
		}
	}
	return said
}

// told makes a failure of ours one that the handler tells; what is no client's to
// know goes to the log.
func told(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	f := callOf(ctx).Failure(err)
	return handler.Error{ErrorCode: f.Code, Message: f.Message, HTTPResponse: toldOf(f)}
}

// refuse answers with a failure that was found before the handler had its turn.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	said := toldOf(callOf(r.Context()).Failure(err))
	for name, value := range said.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(said.Body)))
	w.WriteHeader(said.StatusCode)
	if r.Method != http.MethodHead {
		//nolint:errcheck // the client is gone, or it is not
		w.Write([]byte(said.Body))
	}
}

// A call is a request on its way through the handler and back to our store.
type call struct {
	*httpapi.Call
	does    string      // the method, see method
	asked   http.Header // the request's, as the handler reads it
	body    *watched
	writing *upload.Writing   // the upload that the request has for itself
	seen    *upload.Resumable // the upload that the request is about, as last seen
	over    bool              // it was given up
	made    *job.Upload       // what the request began; nil for none
}

type callKey struct{}

// callOf is the call that serve put there.
func callOf(ctx context.Context) *call {
	on, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		panic("tus: the handler was not called by us")
	}
	return on
}

// An answer adds what the handler does not say.
type answer struct {
	http.ResponseWriter
	s    *server
	call *call
}

// WriteHeader adds fields, then begins the answer. A failure does not tell the address of
// an upload that the request began: then there is none.
func (a *answer) WriteHeader(status int) {
	if made := a.call.made; made != nil && status >= http.StatusBadRequest {
		a.s.Uploads.Undo(a.call.Request().Context(), made)
		a.call.over = true
	}
	h := a.Header()
	h["Tus-Resumable"] = []string{version}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	if _, set := h["Cache-Control"]; !set {
		h["Cache-Control"] = []string{"no-store"}
	}
	if a.call.Request().Method != http.MethodHead && a.call.does == http.MethodHead {
		h.Del("Content-Length") // the handler gives the upload's
	}
	seen := a.call.seen
	if a.call.writing != nil {
		seen = &a.call.writing.Resumable
	}
	if seen != nil && !a.call.over {
		if !seen.State.Part {
			h["Upload-Key"] = []string{seen.Upload.Key()}
		}
		if at := seen.Expires(); !at.IsZero() {
			h["Upload-Expires"] = []string{at.UTC().Format(http.TimeFormat)}
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the connection behind the writer.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// maxMeta is how many characters of metadata are kept with an upload.
const maxMeta = 4096

func checkMeta(text string) error {
	if len(text) > maxMeta || strings.ContainsFunc(text, func(c rune) bool { return c > '~' || c < ' ' }) {
		return errMeta
	}
	return nil
}

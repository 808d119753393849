package work

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/remote"
	"claimcheck/internal/tool"
)

// Addresses makes and checks the signed addresses of attempts that run
// remotely; *remote.Desk does.
type Addresses interface {
	// URL is a signed address for one attempt.
	URL(a remote.Address, r remote.Ref) string
	// Verify reports whether the signature is of that address.
	Verify(a remote.Address, r remote.Ref, signature string) bool
}

// signed returns the attempt of a signed address. A wrong signature is
// Forbidden.
func (c Config) signed(call *httpapi.Call, a remote.Address) (remote.Ref, error) {
	r, ok := remote.ParseRef(call.Request().PathValue("lease"))
	if !ok || !c.Addresses.Verify(a, r, call.Request().URL.Query().Get("signature")) {
		call.Quiet() // anybody could fill the log with these
		return r, fault.New(fault.Forbidden, "FORBIDDEN", "The signature of this address is wrong.")
	}
	return r, nil
}

// input answers GET /work/{lease}/input.
func (c Config) input(call *httpapi.Call) error {
	r, err := c.signed(call, remote.Input)
	if err != nil {
		return err
	}
	in, err := c.Work.Input(call.Request().Context(), r)
	if err != nil {
		return err
	}
	defer in.Close()
	h := call.Header()
	h.Set("Content-Type", "application/octet-stream")
	if in.Type != "" {
		h.Set("Content-Type", in.Type)
	}
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'") // it is a client's, and this is the API's own origin
	h.Set("Content-Disposition", "attachment")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w := call.Paced()
	whole, ok := in.ReadCloser.(io.ReadSeeker)
	if !ok { // it is fetched from a URL: nothing but all of it is to be had
		return passOn(w, in, call.Request().Method == http.MethodHead)
	}
	http.ServeContent(w, call.Request(), "", time.Time{}, whole)
	if w.Refused() {
		return fault.New(fault.OutOfRange, "RANGE_NOT_SATISFIABLE", "The range asks for bytes that the input does not have.")
	}
	return nil
}

// passOn sends an input, or the head of the answer only, as it arrives. One that
// ends early is not sent as if it were whole.
func passOn(w http.ResponseWriter, in attempt.Input, head bool) error {
	if in.Size >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(in.Size, 10))
	}
	first := make([]byte, 32<<10)
	n, err := io.ReadFull(in, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		w.Header().Del("Content-Length")
		return err // nothing was sent yet
	}
	w.WriteHeader(http.StatusOK)
	if head {
		return nil
	}
	if _, err = w.Write(first[:n]); err == nil {
		_, err = io.Copy(w, in)
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client must see that something is missing
	}
	return nil
}

// output answers PUT /work/{lease}/output.
func (c Config) output(call *httpapi.Call) error { return c.putOutput(call, remote.Output) }

// callbackOutput answers PUT /work/{lease}/callback.
func (c Config) callbackOutput(call *httpapi.Call) error { return c.putOutput(call, remote.Callback) }

func (c Config) putOutput(call *httpapi.Call, a remote.Address) error {
	r, err := c.signed(call, a)
	if err != nil {
		return err
	}
	call.Quiet()                              // it takes as long as the upload
	from, err := call.Incoming().Open(0, nil) // the plan's limit is the attempt's business
	if err != nil {
		return err
	}
	defer from.Close()
	h := call.Request().Header
	err = c.Work.Put(call.Request().Context(), r, remote.Said{ContentType: h.Get("Content-Type"), Disposition: h.Get("Content-Disposition")}, from)
	if cut := from.Failure(); cut != nil {
		return cut
	}
	if err != nil {
		return err
	}
	call.NoContent()
	return nil
}

var errNoReport = errors.New("neither progress nor a status")

// callback answers PATCH /work/{lease}/callback.
func (c Config) callback(call *httpapi.Call) error {
	r, err := c.signed(call, remote.Callback)
	if err != nil {
		return err
	}
	var body api.WorkReport
	if err := call.ReadJSON(&body, maxReportBytes); err != nil {
		return err
	}
	says, err := said(&body)
	if err != nil {
		return err
	}
	if body.Status != "" && !says.Silent() { // its last words
		if _, _, err := c.Work.Renew(call.Request().Context(), r, says); err != nil {
			return err
		}
	}
	switch body.Status {
	case "success":
		return c.succeeded(call, r, body.Result)
	case "failed":
		if body.Error == nil {
			body.Error = &api.WorkFailure{}
		}
		return c.failed(call, r, body.Error)
	case "":
		if body.Progress != nil || !says.Silent() {
			return c.renew(call, r, says)
		}
	}
	return fault.New(fault.Invalid, "INVALID_REQUEST", "A report has progress, message, log or output, or a status of success or failed.").Because(errNoReport)
}

// said is what a report says of the work that goes on.
func said(body *api.WorkReport) (tool.Words, error) {
	says := api.WorkProgress{Message: body.Message, Log: body.Log, Output: body.Output}
	if body.Progress != nil {
		says.Progress = *body.Progress
	}
	text, err := json.Marshal(says)
	if err != nil {
		return tool.Words{}, fmt.Errorf("say again what a report says: %w", err)
	}
	return tool.ReadWords(text)
}

package httpapi

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/attempt"
	"claimcheck/internal/fault"
	"claimcheck/internal/remote"
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
func (c *Call) signed(a remote.Address) (remote.Ref, error) {
	r, ok := remote.ParseRef(c.r.PathValue("lease"))
	if !ok || !c.s.Addresses.Verify(a, r, c.r.URL.Query().Get("signature")) {
		c.quiet = true // anybody could fill the log with these
		return r, fault.New(fault.Forbidden, "FORBIDDEN", "The signature of this address is wrong.")
	}
	return r, nil
}

// workInput answers GET /work/{lease}/input.
func (s *Server) workInput(c *Call) error {
	r, err := c.signed(remote.Input)
	if err != nil {
		return err
	}
	in, err := s.Work.Input(c.r.Context(), r)
	if err != nil {
		return err
	}
	defer in.Close()
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	if in.Type != "" {
		h.Set("Content-Type", in.Type)
	}
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'") // it is a client's, and this is the API's own origin
	h.Set("Content-Disposition", "attachment")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w := &pacedWriter{ResponseWriter: c.w, rc: http.NewResponseController(c.w), status: http.StatusOK}
	whole, ok := in.ReadCloser.(io.ReadSeeker)
	if !ok { // it is fetched from a URL: nothing but all of it is to be had
		return c.passOn(w, in)
	}
	http.ServeContent(w, c.r, "", time.Time{}, whole)
	if w.status == http.StatusRequestedRangeNotSatisfiable {
		return fault.New(fault.OutOfRange, "RANGE_NOT_SATISFIABLE", "The range asks for bytes that the input does not have.")
	}
	c.status = w.status
	return nil
}

// passOn sends an input as it arrives. One that ends early is not sent as if it
// were whole.
func (c *Call) passOn(w http.ResponseWriter, in attempt.Input) error {
	if in.Size >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(in.Size, 10))
	}
	first := make([]byte, 32<<10)
	n, err := io.ReadFull(in, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		w.Header().Del("Content-Length")
		return err // nothing was sent yet
	}
	c.status = http.StatusOK
	w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
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

// workOutput answers PUT /work/{lease}/output.
func (s *Server) workOutput(c *Call) error { return s.putOutput(c, remote.Output) }

// callbackOutput answers PUT /work/{lease}/callback.
func (s *Server) callbackOutput(c *Call) error { return s.putOutput(c, remote.Callback) }

func (s *Server) putOutput(c *Call, a remote.Address) error {
	r, err := c.signed(a)
	if err != nil {
		return err
	}
	c.quiet = true                         // it takes as long as the upload
	from, err := c.Incoming().Open(0, nil) // the plan's limit is the attempt's business
	if err != nil {
		return err
	}
	defer from.Close()
	err = s.Work.Put(c.r.Context(), r, c.r.Header.Get("Content-Type"), from)
	if cut := from.Failure(); cut != nil {
		return cut
	}
	if err != nil {
		return err
	}
	c.send(http.StatusNoContent, nil)
	return nil
}

var errNoReport = errors.New("neither progress nor a status")

// callback answers PATCH /work/{lease}/callback.
func (s *Server) callback(c *Call) error {
	r, err := c.signed(remote.Callback)
	if err != nil {
		return err
	}
	var body api.WorkReport
	if err := c.ReadJSON(&body, maxReportBytes); err != nil {
		return err
	}
	switch body.Status {
	case "success":
		return s.succeeded(c, r, body.Result)
	case "failed":
		if body.Error == nil {
			body.Error = &api.WorkFailure{}
		}
		return s.failed(c, r, body.Error)
	case "":
		if body.Progress != nil {
			return s.renew(c, r, *body.Progress)
		}
	}
	return fault.New(fault.Invalid, "INVALID_REQUEST", "A report has progress, or a status of success or failed.").Because(errNoReport)
}

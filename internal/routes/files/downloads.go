package files

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
)

// download answers GET /downloads/{name}: signature, then expiry, then
// existence are checked, in this order.
func (f *files) download(c *httpapi.Call) error {
	name := c.Request().PathValue("name")
	q := c.Request().URL.Query()
	expires := q.Get("expires")
	if !f.Signer.Verify(sign.Link, q.Get("signature"), name, expires) {
		return fault.New(fault.Forbidden, "FORBIDDEN", "The signature of this link is wrong.")
	}
	until, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || f.Now().Unix() >= until {
		return fault.New(fault.Forbidden, "LINK_EXPIRED", "This link has expired; ask for the job's status again to get a fresh one.")
	}
	token, ok := job.OutputToken(name)
	if !ok {
		return errNoFile
	}
	o, err := f.Queue.Output(c.Request().Context(), token)
	if err != nil {
		return err
	}
	if o.Name != name {
		return errNoFile
	}
	if f.Linker != nil && o.File && !o.OnRead { // of what goes once it was read, the end must be seen
		return f.redirect(c, &o, until)
	}
	content, closer, err := f.open(c, &o)
	if err != nil {
		return err
	}
	defer closer.Close()
	return f.serveOutput(c, &o, content, until)
}

// redirect sends the client to the storage itself, by a link that is good for as
// long as this one, and a minute at most.
func (f *files) redirect(c *httpapi.Call, o *job.Output, until int64) error {
	life := time.Unix(until, 0).Sub(f.Now())
	if !o.Expires.IsZero() {
		life = min(life, o.Expires.Sub(f.Now()))
	}
	to, err := f.Linker.Link(c.Request().Context(), c.Request().Method, job.OutputKey(o.Token), savedAs(o), o.ContentType, life)
	if err != nil {
		return err
	}
	c.Redirect(to)
	return nil
}

// savedAs is what an output is called by those who save it.
func savedAs(o *job.Output) string { return cmp.Or(o.Filename, o.Name) }

var errNoFile = fault.New(fault.NotFound, "NOT_FOUND", "There is no such file.")

func (f *files) open(c *httpapi.Call, o *job.Output) (io.ReadSeeker, io.Closer, error) {
	if !o.File {
		r := bytes.NewReader(o.Data)
		return r, io.NopCloser(r), nil
	}
	r, err := f.Blobs.Open(c.Request().Context(), job.OutputKey(o.Token))
	if err != nil {
		return nil, nil, fmt.Errorf("open output file: %w", err)
	}
	return r, r, nil
}

// serveOutput sends a file so that nothing in it can run on our origin. Range,
// HEAD and conditions are net/http'f.
func (f *files) serveOutput(c *httpapi.Call, o *job.Output, content io.ReadSeeker, until int64) error {
	h := c.Header()
	h.Set("Content-Type", o.ContentType)
	h.Set("Content-Disposition", filename.Attachment(savedAs(o)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-site")
	h.Set("ETag", `"`+hex.EncodeToString(o.SHA256[:])+`"`)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(o.SHA256[:])+":")
	h.Set("Cache-Control", "private, max-age="+strconv.FormatInt(max(until-f.Now().Unix()-1, 0), 10)) // whole seconds, never beyond the link
	w := c.Paced()
	http.ServeContent(w, c.Request(), "", o.Created, content)
	if o.OnRead && w.Whole(o.Size) {
		f.Reads.Outcome(c.Request().Context(), o.Job)
	}
	if w.Refused() {
		for _, name := range []string{"Content-Disposition", "Content-Length", "ETag", "Repr-Digest", "Last-Modified"} {
			h.Del(name)
		}
		return fault.New(fault.OutOfRange, "RANGE_NOT_SATISFIABLE", "The file has %d bytes; the range asks for others.", o.Size).With("size", o.Size)
	}
	return nil
}

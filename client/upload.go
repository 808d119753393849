package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"time"

	"claimcheck/api"
)

const (
	partsFrom   = 8 << 20 // bytes; larger files are sent in parts, where the server takes that
	leaveTime   = 5 * time.Second
	formTries   = 3 // forms, one after another, that have expired or were spoilt
	fileField   = "file"
	maxFormText = 64 << 10
)

// Upload sends a file and returns the key that [Client.SubmitUpload] takes. name has
// at most 100 characters: letters, digits, _ and -, one point and an extension (see
// [UploadName]); size is that of what r has left in bytes, -1 if it is not known. Large files, and those of unknown
// size, go in parts where the server takes that (tus 1.0), so that after a lost
// connection only what had not arrived is sent again; others by a form, again from
// the beginning if r is an [io.Seeker]. Never more than a buffer of 4 MiB is kept in
// memory. It reads r from where it stands and does not close it. What an upload that
// fails has left with the server is given up. A refusal is an *[Error]:
// INVALID_FILENAME, PAYLOAD_TOO_LARGE, TOO_MANY_UPLOADS, STORAGE_FULL.
func (c *Client) Upload(ctx context.Context, name string, r io.Reader, size int64, options ...TransferOption) (key string, err error) {
	t := newTransfer(options)
	if size < 0 {
		size = newInput(r).size
	}
	if size < 0 || size >= partsFrom {
		key, err = c.uploadParts(ctx, name, r, size, &t)
		if !errors.Is(err, errNoParts) {
			return key, named("upload", name, err)
		}
	}
	key, err = c.uploadForm(ctx, name, r, size, &t)
	return key, named("upload", name, err)
}

func named(what, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}

// uploadForm sends a file by a form of the server's, with another one where that
// has expired.
func (c *Client) uploadForm(ctx context.Context, name string, r io.Reader, size int64, t *transfer) (string, error) {
	in := newInput(r)
	if in.seek == nil {
		in.size = size
	}
	in.progress = t.progress
	for n := 1; ; n++ {
		form, err := c.form(ctx, name)
		if err != nil {
			return "", err
		}
		err = c.postForm(ctx, &form.Upload, name, in)
		if err == nil {
			return form.Upload.Fields["key"], nil
		}
		c.leave(ctx, "/uploads/"+url.PathEscape(form.UploadID), nil)
		e, refused := errors.AsType[*Error](err)
		if !refused || e.Code != "UPLOAD_EXPIRED" || !in.again() || n >= formTries {
			return "", err
		}
	}
}

func (c *Client) form(ctx context.Context, name string) (api.Upload, error) {
	var form api.Upload
	body, err := json.Marshal(api.NewUpload{Filename: name})
	if err != nil {
		return form, err
	}
	a, err := c.send(ctx, &call{
		method: http.MethodPost, path: "/upload-api", header: http.Header{"Content-Type": {"application/json"}},
		in: newInput(bytes.NewReader(body)),
	})
	if err == nil {
		err = a.into(&form)
	}
	if err == nil && (form.Upload.URL == "" || form.Upload.Fields["key"] == "") {
		err = errors.New("the server's upload form has no address or no key")
	}
	return form, err
}

// postForm posts a file to where a form says, which need not be the server:
// without the key.
func (c *Client) postForm(ctx context.Context, form *api.Form, name string, in *input) error {
	kind, err := in.frame(form, name)
	if err != nil {
		return err
	}
	heard := false
	err = c.keepTrying(ctx, trial{again: in.again()}, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, form.URL, nil)
		if err != nil {
			return errors.New("the server's upload form has no address")
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("User-Agent", c.agent)
		takeBack, err := in.lend(req)
		if err != nil {
			return err
		}
		defer takeBack()
		resp, err := c.files.Do(req)
		if err != nil {
			heard = true
			return lost(err)
		}
		a, err := whole(resp, 0)
		if err != nil || a.status < http.StatusMultipleChoices {
			return err
		}
		return a.storageFailure()
	})
	if e, ok := errors.AsType[*Error](err); ok && heard && e.Code == "UPLOAD_EXISTS" {
		return nil // an earlier try has arrived
	}
	return err
}

// frame puts the fields of a form before the file, and returns the body's type.
func (in *input) frame(form *api.Form, name string) (contentType string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range slices.Sorted(maps.Keys(form.Fields)) {
		err = errors.Join(err, w.WriteField(field, form.Fields[field]))
	}
	_, fileErr := w.CreateFormFile(fileField, name)
	if err = errors.Join(err, fileErr); err != nil {
		return "", err
	}
	in.head = bytes.Clone(b.Bytes())
	b.Reset()
	if err := w.Close(); err != nil {
		return "", err
	}
	in.tail = bytes.Clone(b.Bytes())
	return w.FormDataContentType(), nil
}

// storageFailure is failure also in the words of a storage with the S3 interface.
func (a *answer) storageFailure() error {
	err := a.failure()
	e, ok := errors.AsType[*Error](err)
	var said struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}
	if ok && e.Code == "" && len(a.body) < maxFormText && xml.Unmarshal(a.body, &said) == nil {
		e.Message = cmp.Or(said.Message, said.Code, e.Message)
	}
	return err
}

// leave gives up what an upload has begun, as well as that can be done; the server
// does so itself after a while.
func (c *Client) leave(ctx context.Context, path string, header http.Header) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	_, _ = c.once(ctx, &call{method: http.MethodDelete, path: path, header: header})
}

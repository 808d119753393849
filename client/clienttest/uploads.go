package clienttest

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"claimcheck/api"
)

// uploads are the files that clients have put here.
type uploads struct {
	s *Server

	mu  sync.Mutex         // guards the field below, and what is in it
	all map[string]*upload // by id
}

type upload struct {
	key    string
	policy string // of the form; empty: it comes in parts
	data   []byte
	length int64 // of what comes in parts; -1: it is said later
	whole  bool
	spent  bool // the form was posted
}

func newUploads(s *Server) *uploads { return &uploads{s: s, all: map[string]*upload{}} }

var (
	extensions  = []string{"json", "csv", "xml", "txt", "yml", "yaml", "html", "md", "js", "css", "xls", "xlsx", "jpg", "jpeg", "png", "gif", "webp", "sql", "log"}
	goodName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}\.(` + strings.Join(extensions, "|") + `)$`)
	errName     = &refusal{status: http.StatusBadRequest, code: "INVALID_FILENAME", message: "filename must have at most 100 letters, digits, _ and -, and one point before an extension that is allowed.", facts: api.Facts{Allowed: extensions}}
	errNoUpload = refuse(http.StatusNotFound, "FILE_NOT_FOUND", "There is no such upload.")
	errOffset   = refuse(http.StatusConflict, "ERR_MISMATCHED_OFFSET", "mismatched offset")
)

// new makes an upload, its id in the key.
func (u *uploads) new(name string) (id string, up *upload) {
	id = "upl_" + token()
	up = &upload{key: Owner + "/" + id + "/" + name, length: -1}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all[id] = up
	return id, up
}

// data is the file of a key, if all of it is there.
func (u *uploads) data(key string) (data []byte, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, up := range u.all {
		if up.key == key {
			return up.data, up.whole
		}
	}
	return nil, false
}

// form answers POST /upload-api.
func (u *uploads) form(w http.ResponseWriter, r *http.Request) error {
	var n api.NewUpload
	if err := read(r, &n); err != nil {
		return err
	}
	if !goodName.MatchString(n.Filename) {
		return errName
	}
	id, up := u.new(n.Filename)
	policy := token()
	u.mu.Lock()
	up.policy = policy
	u.mu.Unlock()
	return answer(w, http.StatusOK, api.Upload{UploadID: id, Upload: api.Form{URL: u.s.URL + "/uploads", Fields: map[string]string{
		"key": up.key, "x-amz-meta-user-id": Owner, "x-amz-meta-upload-id": id, "x-amz-meta-original-filename": n.Filename,
		"policy": policy, "x-amz-signature": linkSign(policy),
	}}})
}

// post answers POST /uploads.
func (u *uploads) post(w http.ResponseWriter, r *http.Request) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return refuse(http.StatusUnsupportedMediaType, "INVALID_REQUEST", "The body must be multipart/form-data.")
	}
	fields := map[string]string{}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return errBody // without the part file
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return errBody
		}
		if part.FormName() != "file" {
			fields[part.FormName()] = string(text)
			continue
		}
		if err := u.put(fields, text); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}

func (u *uploads) put(fields map[string]string, data []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.all[fields["x-amz-meta-upload-id"]]
	switch {
	case up == nil || up.key != fields["key"] || up.policy != fields["policy"] || fields["x-amz-signature"] != linkSign(up.policy):
		return refuse(http.StatusForbidden, "UPLOAD_INVALID", "The form was altered.")
	case up.spent:
		return refuse(http.StatusConflict, "UPLOAD_EXISTS", "The file is there already.")
	}
	up.data, up.whole, up.spent = data, true, true
	return nil
}

// leave answers DELETE /uploads/{id} and DELETE /files/{id}.
func (u *uploads) leave(w http.ResponseWriter, r *http.Request) error {
	if strings.HasPrefix(r.URL.Path, "/files") {
		tus(w)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all[r.PathValue("id")] == nil {
		return errNoUpload
	}
	delete(u.all, r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Pending is how many uploads are begun, or there.
func (s *Server) Pending() int {
	s.upload.mu.Lock()
	defer s.upload.mu.Unlock()
	return len(s.upload.all)
}

// Files in parts: tus 1.0 with creation, its deferred length, and termination.

func tus(w http.ResponseWriter) { w.Header().Set("Tus-Resumable", "1.0.0") }

// begin answers POST /files.
func (u *uploads) begin(w http.ResponseWriter, r *http.Request) error {
	tus(w)
	name := ""
	for item := range strings.SplitSeq(r.Header.Get("Upload-Metadata"), ",") {
		if key, text, _ := strings.Cut(strings.TrimSpace(item), " "); key == "filename" {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return errName
			}
			name = string(b)
		}
	}
	if !goodName.MatchString(name) {
		return errName
	}
	length, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil && r.Header.Get("Upload-Defer-Length") != "1" {
		return refuse(http.StatusBadRequest, "INVALID_REQUEST", "Upload-Length must be a number.")
	}
	id, up := u.new(name)
	u.mu.Lock()
	defer u.mu.Unlock()
	if err == nil {
		up.length = length
	}
	up.whole = up.length == 0
	w.Header().Set("Location", u.s.URL+"/files/"+id)
	w.Header().Set("Upload-Key", up.key)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (u *uploads) note(w http.ResponseWriter, up *upload) {
	w.Header().Set("Upload-Offset", strconv.Itoa(len(up.data)))
	w.Header().Set("Upload-Key", up.key)
}

// offset answers HEAD /files/{id}.
func (u *uploads) offset(w http.ResponseWriter, r *http.Request) error {
	tus(w)
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.all[r.PathValue("id")]
	if up == nil {
		return errNoUpload
	}
	if up.length >= 0 {
		w.Header().Set("Upload-Length", strconv.FormatInt(up.length, 10))
	}
	u.note(w, up)
	w.WriteHeader(http.StatusOK)
	return nil
}

// add answers PATCH /files/{id}: what has arrived counts, also if the rest does not.
func (u *uploads) add(w http.ResponseWriter, r *http.Request) error {
	tus(w)
	var b bytes.Buffer
	_, readErr := io.Copy(&b, io.LimitReader(r.Body, maxRequestBytes))
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.all[r.PathValue("id")]
	if up == nil {
		return errNoUpload
	}
	if r.Header.Get("Upload-Offset") != strconv.Itoa(len(up.data)) {
		return errOffset
	}
	if n, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64); err == nil && up.length < 0 {
		up.length = n
	}
	up.data = append(up.data, b.Bytes()...)
	up.whole = int64(len(up.data)) == up.length
	u.note(w, up)
	if readErr != nil {
		return readErr
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

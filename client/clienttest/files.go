package clienttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const linkLife = time.Hour

// A file is what a tool has made.
type file struct {
	name        string
	contentType string
	data        []byte
	made        time.Time
}

// link is an address of a file that needs no key.
func (s *Server) link(f *file) string {
	q := url.Values{"expires": {strconv.FormatInt(time.Now().Add(linkLife).Unix(), 10)}, "signature": {strconv.Itoa(s.epoch) + "." + linkSign(f.name)}}
	return s.URL + "/downloads/" + f.name + "?" + q.Encode()
}

// linkSign stands for a signature.
func linkSign(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// download answers GET /downloads/{name}.
func (s *Server) download(w http.ResponseWriter, r *http.Request) error {
	name, sign := r.PathValue("name"), r.URL.Query().Get("signature")
	s.mu.Lock()
	f, epoch := s.files[name], strconv.Itoa(s.epoch)
	s.mu.Unlock()
	made, sum64, _ := strings.Cut(sign, ".")
	_, err := strconv.Atoi(made)
	switch {
	case err != nil || sum64 != linkSign(name):
		return refuse(http.StatusForbidden, "FORBIDDEN", "The signature of this link is wrong.")
	case made != epoch:
		return refuse(http.StatusForbidden, "LINK_EXPIRED", "This link has expired; ask for the job's status again to get a fresh one.")
	case f == nil:
		return refuse(http.StatusNotFound, "NOT_FOUND", "There is no such file.")
	}
	sum := sha256.Sum256(f.data)
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Etag", `"`+hex.EncodeToString(sum[:])+`"`)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	http.ServeContent(w, r, "", f.made, bytes.NewReader(f.data))
	return nil
}

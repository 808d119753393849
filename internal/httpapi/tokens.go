package httpapi

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sign"
)

// tokenLife is how long a job token lasts.
const tokenLife = 5 * time.Minute

// tokenBytes is the length of a token's content: job, expiry, digest of the
// key that it was made with. For an owner without a key, for whom an authorizer
// outside vouched, the digest is zero and the owner's name follows.
const tokenBytes = 16 + 8 + 32

// jobToken answers POST /jobs/{job_id}/token: a short-lived leave to read this
// one job, for browsers, which cannot send headers with an event stream.
func (s *Server) jobToken(c *Call) error {
	id, err := job.ParseID(c.r.PathValue("job_id"))
	if err != nil {
		return err
	}
	if _, err := s.Queue.Get(c.r.Context(), c.who.Key.Owner, id); err != nil {
		return err
	}
	expires := s.Now().Add(tokenLife).Unix()
	if until := c.who.Key.Expires; !until.IsZero() {
		expires = min(expires, until.Unix())
	}
	b := append(make([]byte, 0, tokenBytes), id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(expires)) //nolint:gosec // a time after 1970
	b = append(b, c.who.Key.Digest[:]...)
	if c.who.Subject != "" {
		b = append(b, c.who.Key.Owner...)
	}
	content := base64.RawURLEncoding.EncodeToString(b)
	token := content + "~" + s.Signer.Sign(sign.Token, content)
	c.sendJSON(http.StatusOK, fmt.Appendf(nil, `{"token":"%s","expires_at":%d}`, token, expires))
	return nil
}

var errToken = fault.New(fault.Unauthorized, "UNAUTHORIZED", "Missing authorizer context")

// tokenHolder returns who gave leave by the request's access_token, if it
// counts for this request: GET or HEAD of the token's own job.
func (s *Server) tokenHolder(r *http.Request) (*auth.Principal, error) {
	content, signature, _ := strings.Cut(r.URL.Query().Get("access_token"), "~")
	b, err := base64.RawURLEncoding.DecodeString(content)
	if err != nil || len(b) < tokenBytes || !s.Signer.Verify(sign.Token, signature, content) {
		return nil, errToken
	}
	expires := int64(binary.BigEndian.Uint64(b[16:24])) //nolint:gosec // as written
	id, err := job.ParseID(r.PathValue("job_id"))
	if err != nil || id != job.ID(b[:16]) || s.Now().Unix() >= expires {
		return nil, errToken
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, errToken
	}
	if owner := string(b[tokenBytes:]); owner != "" {
		return auth.Lent(owner, s.Queue.PlanOf(r.Context(), owner).Name, time.Unix(expires, 0)), nil
	}
	return s.Keys.CheckDigest(r.Context(), [32]byte(b[24:]))
}

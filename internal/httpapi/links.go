package httpapi

import (
	"strconv"
	"time"

	"claimcheck/internal/sign"
)

// link is the signed address of an output. It changes once in half its life,
// so that it always has at least half of it left and answers can be kept in
// memory; it is never valid longer than the file.
func (s *Server) link(name string, keptUntil, now time.Time) string {
	_, next := s.period(now)
	expires := next + s.halfLife()
	if !keptUntil.IsZero() {
		expires = min(expires, keptUntil.Unix())
	}
	until := strconv.FormatInt(expires, 10)
	base := s.DownloadURL
	if base == "" {
		base = s.PublicURL
	}
	return base + "/downloads/" + name + "?expires=" + until + "&signature=" + s.signLink(name, until)
}

// period numbers the times during which links stay the same, and says when, in
// Unix seconds, the next begins.
func (s *Server) period(now time.Time) (number, next int64) {
	half := s.halfLife()
	number = now.Unix() / half
	return number, (number + 1) * half
}

// halfLife is half the life of a link, in seconds.
func (s *Server) halfLife() int64 { return max(int64(s.LinkExpiry/time.Second)/2, 1) }

func (s *Server) signLink(name, expires string) string {
	return s.Signer.Sign(sign.Link, name, expires)
}

package httpapi

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/peer"
	"claimcheck/internal/ratelimit"
)

// planView is a plan with the header values that never change.
type planView struct {
	account.Plan
	statusPolicy, submitPolicy string
	statusLimit, submitLimit   string
}

// allowances are an owner's two buckets and plan, kept with the key.
type allowances struct {
	ratelimit.Owner
	plan       *planView
	generation int64 // of the plans
}

// guard lets a call in that is counted by its method.
func (s *Server) guard(c *Call, who Access) error { return s.admit(c, who, c.reading()) }

// admit checks the key, the rate limit and the scope, in this order, and of an
// operator's key where it is sent from.
func (s *Server) admit(c *Call, who Access, reading bool) error {
	if err := c.Identify(); err != nil {
		return err
	}
	if err := s.limit(c, reading, 1); err != nil {
		return err
	}
	return s.permit(c, who, reading)
}

// Permit checks a scope beside that of Admit: to read, or to hand in. It counts
// nothing.
func (c *Call) Permit(reading bool) error { return c.s.permit(c, Keyed, reading) }

// permit checks the scope of a key that is good, and of an operator's key where it
// is sent from.
func (s *Server) permit(c *Call, who Access, reading bool) error {
	scope := account.ScopeSubmit
	switch {
	case who == Working:
		scope = account.ScopeWork
	case who == Admin:
		scope = account.ScopeAdmin
	case reading:
		scope = account.ScopeRead
	}
	if !c.who.Key.Has(scope) {
		return fault.New(fault.Forbidden, "FORBIDDEN", "Key lacks scope %s", scope)
	}
	switch {
	case c.admin:
		return s.checkOrigin(c.r)
	case c.who.Ambient && !c.reading():
		return c.CheckOrigin() // a page of anybody's can have its reader's browser send this, the proxy's cookie with it
	}
	return nil
}

// Identify checks the key alone, on a route that is Later, before a body is read
// that only callers may send; Admit has to follow. Failures: Unauthorized, Limited.
func (c *Call) Identify() error {
	if c.who != nil {
		return nil
	}
	if err := c.s.identify(c); err != nil {
		return err
	}
	if c.who.Key.Has(account.ScopeAdmin) {
		c.secrecy()
	}
	return nil
}

// failedKeysPerMinute is how many wrong keys an address may send before it is
// told to wait; it never keeps a right key out.
const failedKeysPerMinute = 60

func (s *Server) identify(c *Call) error {
	who, err := s.recognise(c)
	if err == nil {
		c.who = who
		return nil
	}
	if fault.Is(err, fault.Unauthorized) {
		res := s.limiter.Allow(s.limiter.Address(peer.Client(c.r, s.TrustedProxies)), failedKeysPerMinute, 1)
		if !res.OK {
			return fault.New(fault.Limited, "RATE_LIMITED", "Too many requests without a valid key. Please slow down.").After(res.RetryAfter)
		}
	}
	return err
}

// recognise returns who calls: whose key was sent, else whom a trusted proxy names,
// else who is the bearer of a token. A key that was sent counts alone, whatever a
// proxy says beside it.
func (s *Server) recognise(c *Call) (*auth.Principal, error) {
	ctx := c.r.Context()
	key, bearer := apiKey(c.r.Header)
	if s.Forwarded.Owner != "" && (key == "" || bearer && !auth.Own(key)) {
		if h, said := s.herald(c.r); said {
			return s.Keys.Announced(ctx, h)
		}
	}
	if key == "" && strings.Contains(c.r.URL.RawQuery, "access_token=") {
		return s.tokenHolder(c.r) // from anywhere: it was made to be lent
	}
	check := s.Keys.CheckBehind
	if bearer {
		check = s.Keys.CheckBearer
	}
	who, err := check(ctx, gate{c}, key)
	if err == nil && len(who.Key.From) > 0 && !who.Key.ComesFrom(peer.Client(c.r, s.TrustedProxies)) {
		return nil, errToken
	}
	return who, err
}

// apiKey returns what a request says who sends it, and whether it is a bearer's
// token, which may be somebody else's than ours.
func apiKey(h http.Header) (text string, bearer bool) {
	if v := h["X-Api-Key"]; len(v) > 0 {
		return v[0], false
	}
	const scheme = "bearer "
	if v := h.Get("Authorization"); len(v) > len(scheme) && strings.EqualFold(v[:len(scheme)], scheme) {
		return strings.TrimSpace(v[len(scheme):]), true
	}
	return "", false
}

// allowancesOf returns the caller's buckets and plan; they are worked out once
// for each cached key, and again when plans have changed.
func (s *Server) allowancesOf(who *auth.Principal) *allowances {
	now := s.generation.Load()
	if a, ok := who.Slot.Load().(*allowances); ok && a.generation == now {
		return a
	}
	name := who.Key.Owner
	if who.Key.Has(account.ScopeAdmin) {
		name = "admin/" + name // which no owner is called: an operator's calls and an owner's work leave each other alone
	}
	a := &allowances{Owner: s.limiter.Owner(name), plan: newPlanView(s.Plans(who.Key.Plan)), generation: now}
	who.Slot.Store(a)
	return a
}

func newPlanView(p account.Plan) *planView {
	v := &planView{Plan: p}
	if p.StatusPerMinute > 0 {
		v.statusLimit = strconv.FormatInt(p.StatusPerMinute, 10)
		v.statusPolicy = `"status";q=` + v.statusLimit + `;w=60`
	}
	if p.SubmitPerMinute > 0 {
		v.submitLimit = strconv.FormatInt(p.SubmitPerMinute, 10)
		v.submitPolicy = `"submit";q=` + v.submitLimit + `;w=60`
	}
	return v
}

// limit spends cost of the caller's allowance and sets the headers that tell
// what is left.
func (s *Server) limit(c *Call, reading bool, cost int64) error {
	a := s.allowancesOf(c.who)
	c.plan = a.plan
	if reading {
		if a.plan.StatusPerMinute == 0 {
			return nil
		}
		res := s.limiter.Allow(a.Status, a.plan.StatusPerMinute, cost)
		c.rateHeaders(c.w.Header(), `"status"`, a.plan.statusPolicy, a.plan.statusLimit, res)
		if !res.OK {
			return fault.New(fault.Limited, "RATE_LIMITED", "Too many status requests. Please slow down.").After(res.RetryAfter)
		}
		return nil
	}
	if a.plan.SubmitPerMinute == 0 {
		return nil
	}
	res := s.limiter.Allow(a.Submit, a.plan.SubmitPerMinute, cost)
	c.rateHeaders(c.w.Header(), `"submit"`, a.plan.submitPolicy, a.plan.submitLimit, res)
	if !res.OK {
		return fault.New(fault.Limited, "RATE_LIMITED", "Too many submissions. Please slow down.").After(res.RetryAfter)
	}
	return nil
}

const rateFields = 5

var rateNames = [rateFields]string{"RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}

// rateHeaders tells a client its allowance: the fields of
// draft-ietf-httpapi-ratelimit-headers and the older three. All text is made
// in one piece.
func (c *Call) rateHeaders(h http.Header, name, policy, limit string, res ratelimit.Result) {
	reset := max(int64((res.Reset+time.Second-1)/time.Second), 0)
	if !res.OK {
		reset = max(int64((res.RetryAfter+time.Second-1)/time.Second), 1)
	}
	var buf [96]byte
	b := append(buf[:0], name...)
	b = strconv.AppendInt(append(b, ";r="...), res.Remaining, 10)
	b = strconv.AppendInt(append(b, ";t="...), reset, 10)
	whole := len(b)
	b = strconv.AppendInt(b, res.Remaining, 10)
	remaining := len(b)
	b = strconv.AppendInt(b, reset, 10)
	text := string(b)
	for i, value := range [rateFields]string{policy, text[:whole], limit, text[whole:remaining], text[remaining:]} {
		c.rate[i] = value
		h[rateNames[i]] = c.rate[i : i+1 : i+1]
	}
}

// requestID keeps the caller's id when it is a UUID, also one without hyphens as
// proxies make them, and makes one otherwise.
func requestID(h http.Header) string {
	if v := h["X-Request-Id"]; len(v) > 0 {
		if _, err := job.ParseID(plain.Hyphened(v[0])); err == nil {
			return v[0]
		}
	}
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:8], rand.Uint64()) //nolint:gosec // it names a request, it keeps no secret
	binary.NativeEndian.PutUint64(b[8:], rand.Uint64()) //nolint:gosec // the same
	b[6] = b[6]&0x0f | 0x40                             // version 4
	b[8] = b[8]&0x3f | 0x80                             // RFC 9562 variant
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

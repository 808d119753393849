package admin

import (
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
)

const (
	maxKeyBytes    = 16 << 10         // of the body of POST /admin/keys
	maxSeconds     = 10 * 365 * 86400 // of a key's life, and of an overlap
	defaultOverlap = 24 * time.Hour   // of a rotation
)

// keys answers GET /admin/keys: all keys, oldest first, without their texts.
func (a admin) keys(c *httpapi.Call) error {
	if err := unasked(c.Request().URL.Query()); err != nil {
		return err
	}
	all, err := a.Keys.List(c.Request().Context())
	if err != nil {
		return err
	}
	body := make([]api.Key, len(all))
	for i := range all {
		body[i] = Wire(&all[i])
	}
	return c.AnswerJSON(http.StatusOK, body)
}

// Wire is a key as operators see it.
func Wire(k *account.Key) api.Key {
	return api.Key{
		ID: k.ID, Owner: k.Owner, Plan: k.Plan, Name: k.Name, Scopes: orEmpty(k.Scopes), Tools: orEmpty(k.Tools), From: texts(k.From),
		CreatedAt: k.Created.Unix(), ExpiresAt: unix(k.Expires), RevokedAt: unix(k.Revoked),
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func texts(networks []netip.Prefix) []string {
	list := make([]string, len(networks))
	for i, n := range networks {
		list[i] = n.String()
	}
	return list
}

func unix(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}

// createKey answers POST /admin/keys.
func (a admin) createKey(c *httpapi.Call) error {
	var body api.NewKey
	if err := c.ReadJSON(&body, maxKeyBytes); err != nil {
		return err
	}
	if body.Scopes != nil && len(body.Scopes) == 0 { // whoever asks for nothing does not mean what a key has that is asked for without
		return fault.New(fault.Invalid, "INVALID_SCOPE", "A key has at least one scope; where scopes is left out they are submit and read.").With("member", "scopes")
	}
	if slices.Contains(body.Scopes, account.ScopeAdmin) {
		return errOperators.With("member", "scopes")
	}
	life, err := seconds("expires_in", body.ExpiresIn, 1, 0)
	if err == nil {
		err = sentence(account.CheckPlan(body.Plan, a.Plans()))
	}
	if err != nil {
		return err
	}
	secret, key, err := a.Keys.Before(c.Audit).Create(c.Request().Context(), auth.NewKey{
		Owner: body.Owner, Plan: body.Plan, Name: body.Name, Scopes: body.Scopes, Tools: body.Tools, From: body.From, Expires: life,
	})
	return a.made(c, secret, &key, err)
}

// errOperators: whoever has an operator's key may not make others of them.
var errOperators = fault.New(fault.Forbidden, "FORBIDDEN", "Keys with scope admin are made by the command claimcheck keys alone.")

// seconds reads a time that may be left out.
func seconds(member string, n *int64, least int64, missing time.Duration) (time.Duration, error) {
	switch {
	case n == nil:
		return missing, nil
	case *n < least || *n > maxSeconds:
		return 0, fault.New(fault.Invalid, "INVALID_REQUEST", "%s must be a whole number of seconds from %d to %d.", member, least, int64(maxSeconds)).With("member", member)
	default:
		return time.Duration(*n) * time.Second, nil
	}
}

// made answers with a new key, whose text is shown this once.
func (a admin) made(c *httpapi.Call, secret string, key *account.Key, err error) error {
	if err != nil {
		return sentence(err)
	}
	is, err := a.Keys.Find(c.Request().Context(), key.ID) // with the plan that the owner has now
	if err != nil {
		is = *key // which is there: its text must not be lost
	}
	k := Wire(&is)
	return c.AnswerJSON(http.StatusCreated, api.MadeKey{
		ID: k.ID, Key: secret, Owner: k.Owner, Plan: k.Plan, Name: k.Name, Scopes: k.Scopes, Tools: k.Tools, From: k.From,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt,
	})
}

var idForm = regexp.MustCompile(`^key_[0-9a-f]{16}$`)

// named is the key that a path names.
func (a admin) named(c *httpapi.Call) (account.Key, error) {
	id := c.Request().PathValue("id")
	if !idForm.MatchString(id) {
		return account.Key{}, fault.New(fault.NotFound, "KEY_NOT_FOUND", "No key has this id: one is key_ and 16 hexadecimal digits.")
	}
	k, err := a.Keys.Find(c.Request().Context(), id)
	return k, sentence(err)
}

// rotateKey answers POST /admin/keys/{id}/rotate.
func (a admin) rotateKey(c *httpapi.Call) error {
	var body api.Rotation
	if c.Request().ContentLength != 0 {
		if err := c.ReadJSON(&body, maxKeyBytes); err != nil {
			return err
		}
	}
	overlap, err := seconds("overlap", body.Overlap, 0, defaultOverlap)
	if err != nil {
		return err
	}
	old, err := a.named(c)
	if err != nil {
		return err
	}
	if old.Has(account.ScopeAdmin) {
		return errOperators
	}
	secret, key, err := a.Keys.Before(c.Audit).Rotate(c.Request().Context(), old.ID, overlap)
	return a.made(c, secret, &key, err)
}

// revokeKey answers DELETE /admin/keys/{id}. An operator's key is revoked like
// any other: whoever lost one must be able to.
func (a admin) revokeKey(c *httpapi.Call) error {
	k, err := a.named(c)
	if err != nil {
		return err
	}
	if err := a.Keys.Before(c.Audit).Revoke(c.Request().Context(), k.ID); err != nil {
		return sentence(err)
	}
	c.NoContent()
	return nil
}

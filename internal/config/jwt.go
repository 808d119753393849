package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// A JWT says whose tokens are taken beside keys.
type JWT struct {
	Issuer      string // empty: nobody's
	Audience    string
	JWKS        string // a file, or an https address
	Algorithms  []string
	OwnerClaim  string
	PlanClaim   string // empty: tokens say no plan
	ScopesClaim string // empty: tokens let do what an owner may
	Leeway      time.Duration
}

const maxLeeway = 10 * time.Minute

// Check refuses what is there only in part.
func (j *JWT) Check() error {
	if (j.Issuer == "") != (j.Audience == "") || (j.Issuer == "") != (j.JWKS == "") {
		return errors.New("auth.jwt needs issuer, audience and jwks: all three, or none of them")
	}
	if j.Issuer != "" && len(j.Algorithms) == 0 {
		return errors.New("auth.jwt.algorithms must name one at least")
	}
	return nil
}

// signatures are the algorithms that need no secret to be checked: with one that
// does, who can check tokens could make them.
var signatures = []string{"RS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512", "PS256", "PS384", "PS512"}

func parseSignature(text string) (string, error) {
	for _, is := range signatures {
		if is == text {
			return is, nil
		}
	}
	return "", fmt.Errorf("%s is none of %s", Shown(text), strings.Join(signatures, ", "))
}

// parseJWKS reads a path or an https address. A key set that comes over a line
// that anybody can change would let anybody in.
func parseJWKS(text string) (string, error) {
	if !strings.Contains(text, "://") {
		return parsePath(text)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", fmt.Errorf("%s is neither a file nor an https address", Shown(text))
	}
	return text, nil
}

// textForm is any text of a line.
func textForm(field func(*Config) *string) form {
	return parsed("TEXT", field, func(text string) (string, error) {
		if len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "", fmt.Errorf("%s is no line of at most 1000 bytes", Shown(text))
		}
		return text, nil
	})
}

// claimForm is the name of a claim.
func claimForm(field func(*Config) *string, needed bool) form {
	f := textForm(field)
	text := f.set
	f.set = func(c *Config, name string, judges Judges) error {
		if name == "" && needed {
			return errors.New("a claim must be named")
		}
		return text(c, name, judges)
	}
	return f
}

func leewayForm(field func(*Config) *time.Duration) form {
	return parsed("DURATION", field, func(text string) (time.Duration, error) {
		d, err := ParseDuration(text)
		if err == nil && d > maxLeeway {
			err = fmt.Errorf("%s is more than %v", Shown(text), maxLeeway)
		}
		return d, err
	})
}

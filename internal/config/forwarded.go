package config

import (
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
)

// Forwarded names the header fields in which trusted proxies say who calls.
type Forwarded struct {
	OwnerHeader  string // empty: nobody is believed
	PlanHeader   string // empty: proxies say no plan
	ScopesHeader string // empty: proxies let do what an owner may
}

// CheckForwarded refuses what is there only in part.
func (c *Config) CheckForwarded() error {
	f := &c.Forwarded
	names := slices.DeleteFunc([]string{f.OwnerHeader, f.PlanHeader, f.ScopesHeader}, func(name string) bool { return name == "" })
	switch {
	case len(names) == 0:
		return nil
	case f.OwnerHeader == "":
		return errors.New("auth.forwarded needs owner_header: the header field in which a proxy names who calls")
	case len(c.TrustedProxies) == 0:
		return errors.New("auth.forwarded needs trusted_proxies: nobody else is believed who says who calls")
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) < len(names) {
		return errors.New("auth.forwarded has the same header field twice; each says one thing")
	}
	return nil
}

// spoken are header fields, beside those that are withheld from endpoints, that say
// something else already.
var spoken = []string{"accept", "forwarded", "if-match", "if-none-match", "last-event-id", "origin", "range", "user-agent", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}

// fieldForm is the name of a header field that a proxy may say something in; empty
// for none.
func fieldForm(field func(*Config) *string) form {
	return parsed("NAME", field, func(text string) (string, error) {
		name := strings.ToLower(text)
		switch {
		case text == "":
			return "", nil
		case !headerForm.MatchString(name):
			return "", fmt.Errorf("%s is not the name of a header field", Shown(text))
		case slices.Contains(withheld, name), slices.Contains(spoken, name), strings.HasPrefix(name, "content-"):
			return "", fmt.Errorf("%s says something else than who calls", Shown(text))
		}
		return textproto.CanonicalMIMEHeaderKey(name), nil
	})
}

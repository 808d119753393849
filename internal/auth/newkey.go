package auth

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
)

// Limits of what a key can be made with.
const (
	MaxNameRunes = 200
	MaxTools     = 100
	MaxNetworks  = 50
)

// A NewKey is what a key is made from.
type NewKey struct {
	Owner   string        // see account.CheckOwner
	Plan    string        // empty: the owner keeps its plan, a new one gets "default"; whether it exists is the caller's to check
	Name    string        // a note of at most MaxNameRunes, for the operator
	Scopes  []string      // none: submit and read
	Tools   []string      // what the key may call, or with scope work claim, which needs one at least; none: all
	From    []string      // networks that the key is taken from, or addresses; none: all
	Expires time.Duration // from now; 0: never
}

// allScopes is in the order in which scopes are kept and shown.
var allScopes = []string{account.ScopeSubmit, account.ScopeRead, account.ScopeWork, account.ScopeAdmin}

// lone are scopes of keys that have no other.
var lone = []string{account.ScopeWork, account.ScopeAdmin}

var toolForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// check gives a key what it is made with, lists in order and each member once, or
// says what is wrong.
func (n NewKey) check(k *account.Key) (err error) {
	if err := account.CheckOwner(n.Owner); err != nil {
		return err
	}
	if utf8.RuneCountInString(n.Name) > MaxNameRunes || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, isControl) {
		return fault.New(fault.Invalid, "INVALID_NAME",
			"name must be at most %d characters, without line breaks and other control characters", MaxNameRunes)
	}
	if n.Expires < 0 {
		return fault.New(fault.Invalid, "INVALID_EXPIRY", "a key cannot expire before it is made")
	}
	k.Owner, k.Plan, k.Name = n.Owner, n.Plan, n.Name
	if n.Expires > 0 {
		k.Expires = k.Created.Add(n.Expires)
	}
	if k.Scopes, err = checkScopes(n.Scopes); err != nil {
		return err
	}
	if k.Tools, err = checkTools(n.Tools, k); err != nil {
		return err
	}
	k.From, err = checkNetworks(n.From)
	return err
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func checkScopes(names []string) ([]string, error) {
	if len(names) == 0 {
		return []string{account.ScopeSubmit, account.ScopeRead}, nil
	}
	for _, name := range names {
		if !slices.Contains(allScopes, name) {
			return nil, fault.New(fault.Invalid, "INVALID_SCOPE", "scope %q is none of submit, read, work and admin", name)
		}
	}
	scopes := slices.DeleteFunc(slices.Clone(allScopes), func(s string) bool { return !slices.Contains(names, s) })
	for _, scope := range lone {
		if len(scopes) > 1 && slices.Contains(scopes, scope) {
			return nil, fault.New(fault.Invalid, "INVALID_SCOPE", "scope %s cannot be combined with others", scope)
		}
	}
	return scopes, nil
}

func checkTools(names []string, k *account.Key) ([]string, error) {
	switch {
	case k.Has(account.ScopeWork) && len(names) == 0:
		return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "a key with scope work needs the tools that it may claim")
	case k.Has(account.ScopeAdmin) && len(names) > 0:
		return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "a key with scope admin calls no tools, and cannot be limited to some")
	case len(names) > MaxTools:
		return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "a key can have at most %d tools", MaxTools)
	}
	for _, name := range names {
		if !toolForm.MatchString(name) {
			return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "%q cannot be the name of a tool", name)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(names))), nil
}

func checkNetworks(texts []string) ([]netip.Prefix, error) {
	if len(texts) > MaxNetworks {
		return nil, fault.New(fault.Invalid, "INVALID_NETWORKS", "a key can have at most %d networks", MaxNetworks)
	}
	var list []netip.Prefix
	for _, text := range texts {
		network, ok := account.ParseNetwork(text)
		if !ok {
			return nil, fault.New(fault.Invalid, "INVALID_NETWORKS", "%q is not a network such as 10.0.0.0/8 or 2001:db8::/32", text)
		}
		list = append(list, network)
	}
	slices.SortFunc(list, netip.Prefix.Compare)
	return slices.Compact(list), nil
}

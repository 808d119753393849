package auth

import (
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
)

// A NewKey is what a key is made from.
type NewKey struct {
	Owner   string        // see account.CheckOwner
	Plan    string        // empty: the owner keeps its plan, a new one gets "default"; whether it exists is the caller's to check
	Name    string        // a note of at most MaxNameRunes, for the operator
	Scopes  []string      // none: submit and read
	Tools   []string      // what a key with scope work may claim, at least one; none for others
	Expires time.Duration // from now; 0: never
}

// allScopes is in the order in which scopes are kept and shown.
var allScopes = []string{account.ScopeSubmit, account.ScopeRead, account.ScopeWork, account.ScopeAdmin}

// lone are scopes of keys that have no other.
var lone = []string{account.ScopeWork, account.ScopeAdmin}

var toolForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// check returns the scopes and tools, in order and each once, or what is wrong.
func (n NewKey) check() (scopes, tools []string, err error) {
	if err := account.CheckOwner(n.Owner); err != nil {
		return nil, nil, err
	}
	if utf8.RuneCountInString(n.Name) > MaxNameRunes || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, isControl) {
		return nil, nil, fault.New(fault.Invalid, "INVALID_NAME",
			"name must be at most %d characters, without line breaks and other control characters", MaxNameRunes)
	}
	if n.Expires < 0 {
		return nil, nil, fault.New(fault.Invalid, "INVALID_EXPIRY", "a key cannot expire before it is made")
	}
	if scopes, err = checkScopes(n.Scopes); err != nil {
		return nil, nil, err
	}
	tools, err = checkTools(n.Tools, slices.Contains(scopes, account.ScopeWork))
	return scopes, tools, err
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

func checkTools(names []string, work bool) ([]string, error) {
	switch {
	case work && len(names) == 0:
		return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "a key with scope work needs the tools that it may claim")
	case !work && len(names) > 0:
		return nil, fault.New(fault.Invalid, "INVALID_TOOLS", "only a key with scope work can have tools")
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

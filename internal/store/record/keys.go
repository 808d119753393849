package record

import (
	"cmp"
	"encoding/json"
	"fmt"

	"claimcheck/internal/account"
)

// DefaultPlan is that of an owner whose first key named none.
const DefaultPlan = "default"

// names is how a list of scopes, tools or networks is kept, nil for none.
func names[T any](list []T) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	return json.Marshal(list)
}

// KeyLists are a key's scopes, tools and networks as they are kept: JSON, or nil.
type KeyLists struct{ Scopes, Tools, From []byte }

// ListsOf are those of a key.
func ListsOf(k *account.Key) (l KeyLists, err error) {
	if l.Scopes, err = names(k.Scopes); err != nil {
		return l, err
	}
	if l.Tools, err = names(k.Tools); err != nil {
		return l, err
	}
	l.From, err = names(k.From)
	return l, err
}

// Give is the reverse of [ListsOf].
func (l *KeyLists) Give(k *account.Key) error {
	for _, list := range [...]struct {
		from []byte
		to   any
	}{{l.Scopes, &k.Scopes}, {l.Tools, &k.Tools}, {l.From, &k.From}} {
		if len(list.from) == 0 {
			continue
		}
		if err := json.Unmarshal(list.from, list.to); err != nil {
			return fmt.Errorf("lists of key %s: %w", k.ID, err)
		}
	}
	return nil
}

// ChangeKey lets change alter Expires and Revoked of a key, and returns the new
// key of the same owner that it asks for, or nil.
func ChangeKey(k *account.Key, change func(*account.Key) (*account.Key, error)) (add *account.Key, err error) {
	is := *k
	err = Safely("change key", func() (err error) {
		add, err = change(&is)
		return err
	})
	if err != nil {
		return nil, err
	}
	k.Expires, k.Revoked = Time(Milli(is.Expires)), Time(Milli(is.Revoked))
	if add == nil {
		return nil, nil
	}
	one := *add
	one.Owner = k.Owner
	k.Plan = cmp.Or(one.Plan, k.Plan)
	return &one, nil
}

package record

import (
	"cmp"
	"encoding/json"
	"fmt"

	"claimcheck/internal/account"
)

// DefaultPlan is that of an owner whose first key named none.
const DefaultPlan = "default"

// names is how a list of scopes or tools is kept, nil for none.
func names(list []string) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	return json.Marshal(list)
}

// KeyNames are a key's scopes and tools as they are kept.
func KeyNames(k *account.Key) (scopes, tools []byte, err error) {
	if scopes, err = names(k.Scopes); err != nil {
		return nil, nil, err
	}
	tools, err = names(k.Tools)
	return scopes, tools, err
}

// SetNames is the reverse of [KeyNames].
func SetNames(k *account.Key, scopes, tools []byte) error {
	for _, list := range [...]struct {
		from []byte
		to   *[]string
	}{{scopes, &k.Scopes}, {tools, &k.Tools}} {
		if len(list.from) == 0 {
			continue
		}
		if err := json.Unmarshal(list.from, list.to); err != nil {
			return fmt.Errorf("names of key %s: %w", k.ID, err)
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

package account_test

import (
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
)

func TestMonths(t *testing.T) {
	for _, c := range []struct{ at, start string }{
		{"2026-11-23T13:54:00Z", "2026-11-01T00:00:00Z"},
		{"2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z"},
		{"2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		{"2027-01-01T00:30:00+01:00", "2026-12-01T00:00:00Z"}, // UTC counts
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := account.MonthStart(account.MonthOf(at)).Format(time.RFC3339); got != c.start {
			t.Errorf("%s is in the month of %s, want %s", c.at, got, c.start)
		}
	}
}

func TestOwnerNames(t *testing.T) {
	for _, name := range []string{"a", "0", "a-b_c", strings.Repeat("x", 63)} {
		if err := account.CheckOwner(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "-a", "_a", "A", "a b", "a/b", "é", "a\n", strings.Repeat("x", 64)} {
		if account.CheckOwner(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestAKeyIsValidUntilItExpiresOrIsRevoked(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name string
		key  account.Key
		want bool
	}{
		{"for ever", account.Key{}, true},
		{"expires later", account.Key{Expires: now.Add(1)}, true},
		{"expires now", account.Key{Expires: now}, false},
		{"revoked", account.Key{Revoked: now.Add(-1)}, false},
		{"revoked in a while", account.Key{Revoked: now.Add(time.Hour)}, true},
	} {
		if got := c.key.Valid(now); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAKeyIsForTheToolsThatItNames(t *testing.T) {
	all, some := account.Key{}, account.Key{Tools: []string{"a", "b"}}
	for name, want := range map[string]bool{"a": true, "b": true, "c": false, "": false} {
		if some.MayCall(name) != want || !all.MayCall(name) {
			t.Errorf("%q: a key with two tools %t, one without any %t", name, some.MayCall(name), all.MayCall(name))
		}
	}
}

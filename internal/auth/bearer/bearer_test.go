package bearer_test

import (
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/auth/bearer"
	"claimcheck/internal/fault"
)

var now = time.Unix(1_800_000_000, 0)

// options are those of a checker that reads the authorizer's keys from a file.
func (a *authorizer) options() bearer.Options {
	a.t.Helper()
	file := filepath.Join(a.t.TempDir(), "keys.json")
	if err := os.WriteFile(file, a.set(), 0o600); err != nil {
		a.t.Fatal(err)
	}
	clock := func() time.Time { return now }
	return bearer.Options{
		Issuer: "https://id.example.org", Audience: "jobs", Algorithms: []string{"RS256", "ES256", "EdDSA"}, OwnerClaim: "sub", Leeway: 30 * time.Second,
		KnownPlan: func(name string) bool { return name == "small" }, Now: clock,
		Keys: bearer.NewKeySet(file, http.DefaultClient, slog.New(slog.DiscardHandler), clock),
	}
}

// claims are good ones, some of them changed; nil takes one away.
func claims(changed map[string]any) map[string]any {
	c := map[string]any{"iss": "https://id.example.org", "aud": "jobs", "sub": "ann", "exp": now.Unix() + 60, "iat": now.Unix()}
	maps.Copy(c, changed)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func TestGoodTokens(t *testing.T) {
	a := newAuthorizer(t)
	c := bearer.New(a.options())
	for name, token := range map[string]string{
		"RS256":                       a.sign("RS256", "r", claims(nil)),
		"ES256":                       a.sign("ES256", "e", claims(nil)),
		"EdDSA":                       a.sign("EdDSA", "d", claims(nil)),
		"no kid":                      a.sign("EdDSA", "", claims(nil)),
		"several audiences":           a.sign("RS256", "r", claims(map[string]any{"aud": []string{"mail", "jobs"}})),
		"ended within the leeway":     a.sign("RS256", "r", claims(map[string]any{"exp": now.Unix() - 20})),
		"begins within the leeway":    a.sign("RS256", "r", claims(map[string]any{"nbf": now.Unix() + 20})),
		"other claims":                a.sign("RS256", "r", claims(map[string]any{"email": "ann@example.org", "groups": []int{1}, "nested": map[string]any{"a": nil}})),
		"scopes that nobody asks for": a.sign("RS256", "r", claims(map[string]any{"scope": "admin work"})),
	} {
		b, err := c.Verify(t.Context(), token)
		if err != nil || b.Owner != "ann" || b.Subject != "ann" || b.Plan != "" || !reflect.DeepEqual(b.Scopes, []string{"read", "submit"}) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	b, err := c.Verify(t.Context(), a.sign("RS256", "r", claims(nil)))
	if want := now.Add(90 * time.Second); err != nil || !b.Until.Equal(want) {
		t.Errorf("good until %s, want %s: %v", b.Until, want, err)
	}
}

func TestWhateverIsWrongWithATokenIsTheOneAnswer(t *testing.T) {
	a := newAuthorizer(t)
	c := bearer.New(a.options())
	good := a.sign("RS256", "r", claims(nil))
	parts := strings.Split(good, ".")
	other := strings.Split(a.sign("RS256", "r", claims(map[string]any{"sub": "bob"})), ".")
	for name, token := range map[string]string{
		"empty":                       "",
		"dots":                        "..",
		"no signature":                parts[0] + "." + parts[1] + ".",
		"another's claims":            parts[0] + "." + other[1] + "." + parts[2],
		"four parts":                  good + "." + parts[2],
		"spaces":                      good + " ",
		"none":                        a.sign("none", "", claims(nil)),
		"None":                        a.sign("None", "r", claims(nil)),
		"a secret that is public":     a.sign("HS256", "r", claims(nil)),
		"a secret of the set":         a.sign("HS256", "secret", claims(nil)),
		"an algorithm not allowed":    a.sign("PS256", "r", claims(nil)),
		"a key that is not published": a.sign("RS256", "stolen", claims(nil)),
		"a key for encryption":        a.sign("RS256", "enc", claims(nil)),
		"a short key":                 a.sign("RS256", "weak", claims(nil)),
		"a key for another algorithm": a.sign("RS256", "e", claims(nil)),
		"a key of its own":            a.sign("RS256", "stolen", claims(nil), map[string]any{"jwk": map[string]any{"kty": "RSA", "n": b64(a.other.N.Bytes()), "e": "AQAB"}}),
		"must be understood":          a.sign("RS256", "r", claims(nil), map[string]any{"crit": []string{"x"}, "x": 1}),
		"another issuer":              a.sign("RS256", "r", claims(map[string]any{"iss": "https://id.example.org/"})),
		"no issuer":                   a.sign("RS256", "r", claims(map[string]any{"iss": nil})),
		"another audience":            a.sign("RS256", "r", claims(map[string]any{"aud": []string{"mail"}})),
		"no audience":                 a.sign("RS256", "r", claims(map[string]any{"aud": nil})),
		"has ended":                   a.sign("RS256", "r", claims(map[string]any{"exp": now.Unix() - 31})),
		"never ends":                  a.sign("RS256", "r", claims(map[string]any{"exp": nil})),
		"has not begun":               a.sign("RS256", "r", claims(map[string]any{"nbf": now.Unix() + 31})),
		"was made tomorrow":           a.sign("RS256", "r", claims(map[string]any{"iat": now.Unix() + 86_400})),
		"no owner":                    a.sign("RS256", "r", claims(map[string]any{"sub": nil})),
		"an empty owner":              a.sign("RS256", "r", claims(map[string]any{"sub": ""})),
		"an owner that is no text":    a.sign("RS256", "r", claims(map[string]any{"sub": 7})),
		"endless":                     a.sign("RS256", "r", claims(map[string]any{"x": strings.Repeat("x", 20_000)})),
	} {
		if b, err := c.Verify(t.Context(), token); !fault.Is(err, fault.Unauthorized) || !reflect.DeepEqual(b, auth.Bearer{}) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

// TestNobodyCanCallHimselfAnother: what is no owner's name here becomes one that
// nobody can be given out there.
func TestNobodyCanCallHimselfAnother(t *testing.T) {
	a := newAuthorizer(t)
	c := bearer.New(a.options())
	seen := map[string]string{}
	for _, subject := range []string{
		"ann", "Ann", "auth0|0123456789", "ann@example.org", "ann ", "änn", strings.Repeat("a", 63), strings.Repeat("a", 64),
		"jwt-dwzm2u5nwlvedapnxs3yk4iqxa", "-ann", "a/b", "ann\n",
	} {
		b, err := c.Verify(t.Context(), a.sign("EdDSA", "d", claims(map[string]any{"sub": subject})))
		if err != nil || b.Subject != subject {
			t.Fatalf("%q: %+v, %v", subject, b, err)
		}
		if was, ok := seen[b.Owner]; ok {
			t.Errorf("%q and %q are both %s", was, subject, b.Owner)
		}
		seen[b.Owner] = subject
		same := subject == "ann" || subject == strings.Repeat("a", 63)
		if same != (b.Owner == subject) || !same && (len(b.Owner) != 30 || !strings.HasPrefix(b.Owner, "jwt-")) {
			t.Errorf("%q is %s", subject, b.Owner)
		}
		again, err := c.Verify(t.Context(), a.sign("EdDSA", "d", claims(map[string]any{"sub": b.Owner})))
		if err != nil || !same && again.Owner == b.Owner {
			t.Errorf("%q can call himself %s: %v", b.Owner, b.Owner, err)
		}
	}
	// printf 'https://id.example.org\nauth0|0123456789' | sha256sum | xxd -r -p | base32 | tr A-Z a-z | cut -c 1-26
	if seen["jwt-"+hashed] != "auth0|0123456789" {
		t.Errorf("got %v", seen)
	}
}

func TestPlanAndScopesOfAToken(t *testing.T) {
	a := newAuthorizer(t)
	o := a.options()
	o.OwnerClaim, o.PlanClaim, o.ScopesClaim = "tenant", "plan", "scope"
	c := bearer.New(o)
	for _, is := range []struct {
		plan, scope any
		want        string
		scopes      []string
	}{
		{"small", "read submit", "small", []string{"read", "submit"}},
		{"huge", "openid read", "", []string{"read"}},
		{7, []string{"submit", "x"}, "", []string{"submit"}},
		{nil, nil, "", []string{}},
		{"", "admin work readsubmit", "", []string{}},
	} {
		b, err := c.Verify(t.Context(), a.sign("ES256", "e", claims(map[string]any{"tenant": "acme", "plan": is.plan, "scope": is.scope})))
		if err != nil || b.Owner != "acme" || b.Plan != is.want || !reflect.DeepEqual(b.Scopes, is.scopes) {
			t.Errorf("%v: %+v, %v", is, b, err)
		}
	}
}

// hashed is what the command in the test above prints.
const hashed = "5cwimgehfufnog3zp3e3hrwq4a"

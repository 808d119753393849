package config_test

import (
	"net/netip"
	"testing"

	"claimcheck/internal/config"
)

func TestWhatAProxyCannotBeBelieved(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32")}
	for _, c := range []struct {
		says    config.Forwarded
		proxies []netip.Prefix
		want    string
	}{
		{config.Forwarded{}, nil, ""},
		{config.Forwarded{OwnerHeader: "X-User"}, proxies, ""},
		{config.Forwarded{OwnerHeader: "X-User", PlanHeader: "X-Plan", ScopesHeader: "X-Scopes"}, proxies, ""},
		{config.Forwarded{OwnerHeader: "X-User"}, nil, "auth.forwarded needs trusted_proxies: nobody else is believed who says who calls"},
		{config.Forwarded{PlanHeader: "X-Plan"}, proxies, "auth.forwarded needs owner_header: the header field in which a proxy names who calls"},
		{config.Forwarded{OwnerHeader: "X-User", ScopesHeader: "X-User"}, proxies, "auth.forwarded has the same header field twice; each says one thing"},
	} {
		got := ""
		if err := (&config.Config{Forwarded: c.says, TrustedProxies: c.proxies}).CheckForwarded(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", c.says, got, c.want)
		}
	}
}

package meter_test

import (
	"strings"
	"testing"

	"claimcheck/internal/meter"
)

func TestWhatLimitsGoBy(t *testing.T) {
	for text, ok := range map[string]bool{
		"owner": true, "metadata.customer": true, "metadata.a b": true, "metadata." + strings.Repeat("é", 64): true,
		"": false, "metadata": false, "metadata.": false, "Owner": false, "customer": false, "metadata.a\x00": false, "metadata." + strings.Repeat("x", 65): false,
	} {
		if by, err := meter.ParseBy(text); (err == nil) != ok || ok && string(by) != text {
			t.Errorf("%q: %q, %v", text, by, err)
		}
	}
}

func TestKeysOfJobs(t *testing.T) {
	ten, _ := meter.Parse("10/s")
	long := strings.Repeat("ü", 256)
	for _, c := range []struct {
		name                string
		limits              meter.Limits
		metadata            string
		rate, slots, strand string
	}{
		{"all together", meter.Limits{Rate: ten}, `{"customer":"acme"}`, "", "", ""},
		{"by owner", meter.Limits{Rate: ten, By: meter.Owner}, `{}`, "owner=ann", "", ""},
		{"by a value", meter.Limits{Rate: ten, By: "metadata.customer"}, `{"customer":"a&b=c"}`, "metadata.customer=a%26b%3Dc", "", "metadata.customer=a%26b%3Dc"},
		{"without it", meter.Limits{Rate: ten, By: "metadata.customer"}, `{"x":"y"}`, "metadata.customer=", "", "metadata.customer="},
		{"without any", meter.Limits{Rate: ten, By: "metadata.customer"}, ``, "metadata.customer=", "", "metadata.customer="},
		{"slots", meter.Limits{Most: 1, SlotsBy: "metadata.doc"}, `{"doc":"1"}`, "", "metadata.doc=1", "metadata.doc=1"},
		{"slots of owners", meter.Limits{Most: 1, SlotsBy: meter.Owner}, ``, "", "owner=ann", "owner=ann"},
		{"both", meter.Limits{Rate: ten, By: "metadata.customer", Most: 1, SlotsBy: "metadata.doc"}, `{"doc":"1","customer":"acme"}`, "metadata.customer=acme", "metadata.doc=1", "metadata.customer=acme&metadata.doc=1"},
		{"both by one", meter.Limits{Rate: ten, By: "metadata.doc", Most: 1, SlotsBy: "metadata.doc"}, `{"doc":"1"}`, "metadata.doc=1", "metadata.doc=1", "metadata.doc=1"},
		{"a rate of owners beside", meter.Limits{Rate: ten, By: meter.Owner, Most: 1, SlotsBy: "metadata.doc"}, `{"doc":"1"}`, "owner=ann", "metadata.doc=1", "metadata.doc=1"},
	} {
		rate, slots := c.limits.Keys("ann", []byte(c.metadata))
		strand := c.limits.Strand("ann", []byte(c.metadata))
		if rate != c.rate || slots != c.slots && c.limits.Most > 0 || strand != c.strand {
			t.Errorf("%s: keys %q %q, strand %q", c.name, rate, slots, strand)
		}
		if r, s, ok := c.limits.KeysOf("ann", strand); r != c.rate || s != c.slots || !ok {
			t.Errorf("%s: keys of the strand: %q %q %v", c.name, r, s, ok)
		}
		if (strand != "") != c.limits.Stranded() {
			t.Errorf("%s: strand %q, stranded %v", c.name, strand, c.limits.Stranded())
		}
	}
	by := meter.Limits{Rate: ten, By: "metadata.customer"}
	one, two := by.Strand("ann", []byte(`{"customer":"`+long+`1"}`)), by.Strand("ann", []byte(`{"customer":"`+long+`2"}`))
	if len(one) > 200 || one == two || !strings.Contains(one, "*") {
		t.Errorf("long values: %q and %q", one, two)
	}
	for _, stale := range []string{"", "metadata.other=1", "metadata.customers=1", "x=metadata.customer="} {
		if _, _, ok := by.KeysOf("ann", stale); ok {
			t.Errorf("%q is taken for a strand of today", stale)
		}
	}
	var none *meter.Limits
	if none.Any() || none.Stranded() || none.Strand("ann", nil) != "" {
		t.Error("nil limits are some")
	}
}

package yamlform_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlform"
)

// TestLimits: what would need much memory is refused by a sentence that says which limit it is.
func TestLimits(t *testing.T) {
	t.Parallel()
	format := func(in io.Reader) error { return yamlform.Format(in, io.Discard, &data.Options{}) }
	read := func(in io.Reader) error { return yamlform.Read(in, &data.Options{}, nobody{}) }
	keys := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%x:\n", i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, most, more, limit string
		run                     func(in io.Reader) error
	}{
		{"anchors", anchors(100_000), anchors(100_001), "more than 100000 anchors", format},
		{"comments", strings.Repeat("#\n", 1_000_000), strings.Repeat("#\n", 1_000_001), "more than 1000000 comments", format},
		{"kept values", "&a [" + strings.Repeat("1,", 1_999_000) + "]", "&a [" + strings.Repeat("1,", 2_000_001) + "]", "more than 2000000 values", read},
		{"keys", keys(1_000), keys(2_000_001), "more than 2000000 keys", read},
	} {
		if err := c.run(strings.NewReader(c.most)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := c.run(strings.NewReader(c.more)); err == nil || !strings.Contains(messageOf(err), c.limit) {
			t.Errorf("%s beyond the limit: %v", c.name, err)
		}
	}
}

func anchors(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "- &%d x\n", i)
	}
	return b.String()
}

package job_test

import (
	"strings"
	"testing"

	"claimcheck/internal/job"
)

func FuzzOutputToken(f *testing.F) {
	f.Add("json_formatter_0f3a9c0f3a9c0f3a9c0f3a9c0f3a9c0f.json")
	f.Fuzz(func(t *testing.T, name string) {
		if token, ok := job.OutputToken(name); ok && (len(token) != 32 || !strings.Contains(name, token)) {
			t.Errorf("%q has the token %q", name, token)
		}
	})
}

package auth_test

import (
	"testing"

	"claimcheck/internal/auth"
)

func TestKeysAreTakenOutOfWhatIsLogged(t *testing.T) {
	secret, _ := create(t, newKeys(newMemory(), 0), auth.NewKey{Owner: "ann"})
	for text, want := range map[string]string{
		"":                                  "",
		"/jobs/1":                           "/jobs/1",
		"/x/ck_abc":                         "/x/ck_abc",
		"/x/" + secret:                      "/x/ck_...",
		"/" + secret + "/" + secret + "?":   "/ck_.../ck_...?",
		"/ck_" + secret[3:47]:               "/ck_...", // most of one
		"/ck_ck_" + secret:                  "/ck_ck_ck_...",
		"/ck_" + secret[:20] + "/" + "ck_a": "/ck_" + secret[:20] + "/ck_a",
	} {
		if got := auth.Redacted(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

package console

import "claimcheck/internal/coding/served"

// wantsPage reports whether a client asks for HTML by name, as browsers do for
// what is to be shown; what takes anything, as curl does, does not.
func wantsPage(accept []string) bool { return served.Weights(accept)["text/html"] > 0 }

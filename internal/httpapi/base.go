package httpapi

import (
	"fmt"

	"claimcheck/internal/base"
)

// CheckBase refuses a path of PublicURL that begins as one of our own does: of
// such a path nobody could tell whether a proxy has taken the other away.
func (c Config) CheckBase() error {
	first := base.First(base.Of(c.PublicURL))
	for _, sp := range (&Server{Config: c}).speakers() {
		for _, r := range append(sp.Routes, Route{Path: sp.Prefix}) {
			if first != "" && base.First(r.Path) == first {
				return fmt.Errorf("public_url: the path may not begin with /%s, as paths of the server's own do; choose another name", first)
			}
		}
	}
	return nil
}

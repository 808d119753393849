package pgstore

import (
	"net/url"
	"strings"
)

// IsAddress reports whether a text is the address of a database, which may name
// several servers: postgres://user@host1:port1,host2:port2/name.
func IsAddress(text string) bool {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme != "postgres" && scheme != "postgresql" {
		return false
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	hosts := rest[:end]
	user := strings.LastIndexByte(hosts, '@') + 1
	for host := range strings.SplitSeq(hosts[user:], ",") {
		u, err := url.Parse(scheme + "://" + hosts[:user] + host + rest[end:])
		if err != nil || u.Host == "" && u.Query().Get("host") == "" {
			return false
		}
	}
	return true
}

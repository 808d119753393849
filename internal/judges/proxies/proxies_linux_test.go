package proxies_test

import "testing"

// TestTheProxiesOfTheReader tells every story behind every proxy.
func TestTheProxiesOfTheReader(t *testing.T) {
	t.Parallel()
	for i := range kinds {
		k := &kinds[i]
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, k, false)
			for _, s := range []struct {
				name string
				tell func(t *testing.T, w *world)
			}{
				{"long polls", longPolls},
				{"events", events},
				{"agents", agents},
				{"clients that leave", leaving},
				{"large bodies", large},
				{"an upload that is cut", resumed},
				{"methods", methods},
				{"long heads", heads},
				{"addresses", addresses},
				{"what is not for clients", operators},
				{"a restart", restart},
			} {
				t.Run(s.name, func(t *testing.T) { s.tell(t, w) })
			}
		})
	}
}

// TestTheProxiesOfTheReaderWithTLS takes the marks of the lines for TLS away.
func TestTheProxiesOfTheReaderWithTLS(t *testing.T) {
	t.Parallel()
	for i := range kinds {
		k := &kinds[i]
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			w := build(t, k, true)
			longPolls(t, w)
			events(t, w)
		})
	}
}

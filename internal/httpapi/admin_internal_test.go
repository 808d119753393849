package httpapi

import "testing"

func TestTheOriginOfAnAddressIsAsBrowsersWriteIt(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8080":       "http://127.0.0.1:8080",
		"https://API.Example":         "https://api.example",
		"https://api.example:443":     "https://api.example",
		"http://api.example:80/below": "http://api.example",
		"http://api.example:443":      "http://api.example:443",
		"https://[::1]:443":           "https://[::1]",
		"https://[::1]:8443/x":        "https://[::1]:8443",
	} {
		if got := originOf(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

func TestARouteIsForOperatorsBelowAdminOnly(t *testing.T) {
	for _, r := range []Route{{Path: "/admin/x"}, {Path: "/admin"}, {Path: "/x", Access: Admin}, {Path: "/administer", Access: Admin}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s with access %d was taken", r.Path, r.Access)
				}
			}()
			newRouter([]*speaker{{Mount: Mount{Routes: []Route{r}}}}, nil)
		}()
	}
	newRouter([]*speaker{{Mount: Mount{Routes: []Route{{Path: "/admin/x", Access: Admin}, {Path: "/administer"}}}}}, nil)
}

package testneeds

import (
	"net/http"
	"net/http/httputil"
)

// Proxy passes requests on by p. The answer may begin before p has seen the end of
// the request's body: net/http would then close that body, and p its connection to
// the server, in the middle of the answer.
func Proxy(p *httputil.ReverseProxy) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
			panic("testneeds: a front that cannot answer while it reads: " + err.Error())
		}
		p.ServeHTTP(w, r)
	})
}

package about

import (
	"bytes"
	"net/http"
	"sync"

	"claimcheck/internal/httpapi"
	"claimcheck/internal/reference"
)

// A docs is the page of the API's description, drawn when it is first asked for
// and when the description has changed. It is safe for concurrent use.
type docs struct {
	config *Config

	mu    sync.Mutex // guards the fields below
	of    []byte
	drawn []byte
}

// answer answers GET /docs.
func (d *docs) answer(call *httpapi.Call) error {
	page, err := d.page()
	if err != nil {
		return err
	}
	h := call.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+reference.StyleHash()+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=300")
	call.Answer(http.StatusOK, page)
	return nil
}

func (d *docs) page() ([]byte, error) {
	now := d.config.OpenAPI()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !bytes.Equal(now, d.of) {
		page, err := reference.Page(now, d.config.Console)
		if err != nil {
			return nil, err
		}
		d.of, d.drawn = now, page
	}
	return d.drawn, nil
}

package about

import (
	"bytes"
	"net/http"
	"sync"

	"claimcheck/internal/coding/served"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/reference"
)

// A made is what is made of the API's description when it is first asked for and when
// the description has changed. It is safe for concurrent use.
type made struct {
	from func() ([]byte, error)                   // the description that is served now
	draw func(description []byte) ([]byte, error) // what is made of it

	mu   sync.Mutex // guards the fields below
	of   []byte
	text *served.Text
}

// answer answers what is made of the description, in the coding that the client likes.
func (m *made) answer(call *httpapi.Call) error {
	text, err := m.now()
	if err != nil {
		return err
	}
	h := call.Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Add("Vary", "Accept-Encoding")
	body, coding := text.For(call.Request().Header.Values("Accept-Encoding"))
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	call.Answer(http.StatusOK, body)
	return nil
}

func (m *made) now() (*served.Text, error) {
	now, err := m.from()
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.text == nil || !bytes.Equal(now, m.of) {
		text, err := m.draw(now)
		if err != nil {
			return nil, err
		}
		m.of, m.text = now, served.New(text)
	}
	return m.text, nil
}

// openapi answers GET /openapi.json.
func openapi(c *Config) func(call *httpapi.Call) error {
	m := &made{from: c.OpenAPI, draw: func(description []byte) ([]byte, error) { return description, nil }}
	return m.answer
}

// docs answers GET /docs, the page of the description.
func docs(c *Config) func(call *httpapi.Call) error {
	m := &made{from: c.OpenAPI, draw: func(description []byte) ([]byte, error) { return reference.Page(description, c.Console) }}
	return func(call *httpapi.Call) error {
		h := call.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src "+reference.StyleHash()+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		return m.answer(call)
	}
}

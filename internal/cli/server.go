package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
)

// Variables that every command for callers reads.
const (
	urlName = "CLAIMCHECK_URL"
	keyName = "CLAIMCHECK_API_KEY"
)

// A server is the one that a command calls.
type server struct{ url string }

// flags are those that every command for callers takes.
func (s *server) flags() []config.Flag {
	return []config.Flag{{
		Name: "url", Form: "URL", Doc: "The server. Default: the environment variable " + urlName + ".",
		Set: func(text string) error { s.url = text; return nil },
	}}
}

// client returns a client of the server that makes each request once.
func (s *server) client(command string, e *Env) (*client.Client, error) {
	address, key := s.url, e.getenv(keyName)
	if address == "" {
		address = e.getenv(urlName)
	}
	switch {
	case address == "":
		return nil, UsageError("%s needs a server: --url URL, or the environment variable %s", command, urlName)
	case key == "":
		return nil, UsageError("%s needs an API key in the environment variable %s", command, keyName)
	}
	c, err := client.New(address, key, client.Settings{Tries: 1})
	if err != nil {
		return nil, UsageError("%s", err)
	}
	return c, nil
}

// codeOf is the exit code that goes with a request's failure.
func codeOf(err error) int {
	var e *client.Error
	if errors.As(err, &e) && e.HTTPStatus < http.StatusInternalServerError {
		return ExitRefused
	}
	return ExitServer
}

// complain tells on stderr why a request failed.
func complain(e *Env, err error) error {
	text := err.Error()
	if sent, ok := errors.AsType[*url.Error](err); ok {
		text = unreached(sent)
	}
	_, printErr := fmt.Fprintf(e.Stderr, "claimcheck: %v\n", foreign.Text(text))
	return printErr
}

// unreached is the sentence for a request that no server has answered.
func unreached(sent *url.Error) string {
	where := sent.URL
	if u, err := url.Parse(sent.URL); err == nil {
		where = u.Scheme + "://" + u.Host
	}
	return fmt.Sprintf("no answer from %s: %v; is the server running, and is --url or %s its address?", where, sent.Err, urlName)
}

package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
	"claimcheck/internal/profile"
	"claimcheck/internal/reach"
	"claimcheck/internal/terminal"
)

// Variables that every command for callers reads.
const (
	urlName     = "CLAIMCHECK_URL"
	keyName     = "CLAIMCHECK_API_KEY"
	profileName = "CLAIMCHECK_PROFILE"
)

// A server is the one that a command calls, as its flags say.
type server struct{ url, profile, ca string }

// addTo gives a command the flags that every command for callers takes.
func (s *server) addTo(cmd *cobra.Command, e *Env) {
	for _, f := range []config.Flag{
		{
			Name: "url", Form: "URL", Doc: "The server. Default: the environment variable " + urlName + ", then the profile's.",
			Set: func(text string) error { s.url = text; return nil },
		},
		{
			Name: "profile", Form: "NAME", Doc: "The server and the key that claimcheck login has kept under this name; it goes before the environment. Default: the environment variable " + profileName + ", then " + profile.Default + ", where " + keyName + " is not set.",
			Set: func(text string) error { s.profile = text; return profile.CheckName(text) },
		},
		s.caFlag(),
	} {
		f.Add(cmd.Flags())
	}
	completeProfiles(cmd, e)
}

// client returns a client of the server. It waits as the server says; a server that
// it cannot reach in the beginning is told at once.
func (s *server) client(command string, e *Env) (*client.Client, error) {
	address, key, err := s.resolve(command, e)
	if err != nil {
		return nil, err
	}
	if !terminal.Shows(e.Stderr) {
		return s.newClient(address, key, client.WithFailFast())
	}
	e.notes = &notes{to: e.Stderr}
	return s.newClient(address, key, client.WithFailFast(), client.WithPauseNote(e.notes.pause))
}

// resolve says which server is called and with which key. A profile's key is sent
// to the profile's server alone, and a key of the environment only to the server
// that the command line or the environment names.
func (s *server) resolve(command string, e *Env) (address, key string, err error) {
	if s.profile != "" {
		if s.url != "" {
			return "", "", UsageError("--profile has a server of its own: leave --url out")
		}
		p, err := e.profile(s.profile)
		return s.keptAs(p, e), p.Key, err
	}
	address, key = s.url, e.Getenv(keyName)
	if address == "" {
		address = e.Getenv(urlName)
	}
	named := e.Getenv(profileName)
	if key == "" && (address == "" || named != "" || e.hasDefault()) {
		return s.fromProfile(command, address, named, e)
	}
	switch {
	case address == "":
		return "", "", UsageError("%s needs a server: --url URL, or the environment variable %s", command, urlName)
	case key == "":
		return "", "", UsageError("%s needs an API key in the environment variable %s, or a profile: claimcheck login", command, keyName)
	}
	s.authority(e, "")
	return address, key, nil
}

// fromProfile is resolve where the environment has no key.
func (s *server) fromProfile(command, address, name string, e *Env) (where, key string, err error) {
	if name == "" {
		name = profile.Default
		if !e.hasDefault() {
			return "", "", UsageError("%s needs a server: --url URL, or the environment variable %s, or a profile: claimcheck login", command, urlName)
		}
	}
	p, err := e.profile(name)
	switch {
	case err != nil:
		return "", "", err
	case address != "" && !sameServer(address, p.URL):
		return "", "", UsageError("%s needs an API key in the environment variable %s: profile %s is for %v, another server", command, keyName, name, foreign.Text(p.URL))
	}
	return s.keptAs(p, e), p.Key, nil
}

// sameServer compares two addresses of servers.
func sameServer(a, b string) bool { return strings.TrimRight(a, "/") == strings.TrimRight(b, "/") }

// profile reads a profile.
func (e *Env) profile(name string) (profile.Profile, error) {
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return profile.Profile{}, UsageError("%s", err)
	}
	p, err := folder.Get(name)
	switch {
	case errors.Is(err, profile.ErrNone):
		return p, UsageError("there is no profile %s%s; claimcheck login makes one", foreign.Text(name), others(folder))
	case err != nil:
		return p, UsageError("%s", err)
	}
	return p, nil
}

// others says which profiles there are.
func others(folder profile.Folder) string {
	names, err := folder.Names()
	if err != nil || len(names) == 0 {
		return ""
	}
	return ", only " + strings.Join(names, ", ")
}

// hasDefault reports whether there is a profile for where none is named.
func (e *Env) hasDefault() bool {
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return false
	}
	_, err = folder.Get(profile.Default)
	return !errors.Is(err, profile.ErrNone)
}

// codeOf is the exit code that goes with a failure.
func codeOf(err error) int {
	if own, ok := errors.AsType[*ExitError](err); ok {
		return own.Code
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		switch {
		case e.HTTPStatus == 0:
			return ExitFailed // of a job
		case e.HTTPStatus < http.StatusInternalServerError:
			return ExitRefused
		}
		return ExitServer
	}
	if errors.Is(err, client.ErrNotFinished) || errors.Is(err, client.ErrNoFile) {
		return ExitRefused
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return ExitFailed // a file of the user's
	}
	return ExitServer
}

// complain tells on stderr why a request failed.
func complain(e *Env, err error) error {
	_, printErr := fmt.Fprintf(e.Stderr, "claimcheck: %v\n", foreign.Text(reason(err)))
	return printErr
}

// reason is the sentence for a request that failed.
func reason(err error) string {
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return unreached(sent)
	}
	if e, ok := errors.AsType[*client.Error](err); ok && e.HTTPStatus == http.StatusUnauthorized {
		return err.Error() + ": the key is not good, claimcheck login takes another"
	}
	return err.Error()
}

// unreached is the sentence for a request that no server has answered.
func unreached(sent *url.Error) string {
	where := sent.URL
	if u, err := url.Parse(sent.URL); err == nil {
		where = u.Scheme + "://" + u.Host
		if u.Host == reach.Socket {
			where = "the server's socket"
		}
	}
	return fmt.Sprintf("no answer from %s: %v; is the server running, and is --url or %s its address?", where, sent.Err, urlName)
}

package cli

import (
	"cmp"
	"path/filepath"

	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/profile"
	"claimcheck/internal/reach"
)

const caName = "CLAIMCHECK_CA"

// caFlag is the flag that names an authority.
func (s *server) caFlag() config.Flag {
	return config.Flag{
		Name: "ca", Form: "FILE", Doc: "Certificate, in PEM, of the authority that has signed the server's, beside those that the system knows. Default: the environment variable " + caName + ", then the profile's.",
		Set: func(text string) (err error) { s.ca, err = filepath.Abs(text); return err },
	}
}

// authority takes the authority from the environment, or from a profile, unless the
// command line names one.
func (s *server) authority(e *Env, kept string) { s.ca = cmp.Or(s.ca, e.Getenv(caName), kept) }

// keptAs takes the server of a profile.
func (s *server) keptAs(p profile.Profile, e *Env) string { s.authority(e, p.CA); return p.URL }

// newClient returns a client of a server.
func (s *server) newClient(address, key string, more ...client.Option) (c *client.Client, err error) {
	base, transport, err := reach.To(address, s.ca)
	if err == nil {
		c, err = client.New(base, key, append(more, reach.Over(transport)...)...)
	}
	if err != nil {
		return nil, UsageError("%s", err)
	}
	return c, nil
}

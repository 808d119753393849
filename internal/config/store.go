package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Roles are what a server does.
type Roles struct {
	API    bool // it answers clients
	Worker bool // it runs jobs and calls webhooks
}

func storeForm(field func(*Config) *string) form {
	return parsed("URL", field, func(text string) (string, error) {
		if text == "" {
			return "", nil
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "" {
			return "", errors.New("it is not an address such as postgres://user@host:5432/name") // which may hold a password
		}
		return text, nil
	})
}

func rolesForm(field func(*Config) *Roles) form {
	return parsed("ROLES", field, func(text string) (r Roles, err error) {
		for word := range strings.SplitSeq(text, ",") {
			switch strings.TrimSpace(word) {
			case "api":
				r.API = true
			case "worker":
				r.Worker = true
			default:
				return r, fmt.Errorf("%s is not api, worker or api,worker", shown(text))
			}
		}
		return r, nil
	})
}

// Check refuses settings of a server that do not fit together, in one sentence.
func (c *Config) Check() error {
	switch {
	case c.Store == "" && (!c.Roles.API || !c.Roles.Worker):
		return errors.New("roles: the embedded store is for one server, which needs api and worker both; name a database with store")
	case c.Store == "" && (c.StoreDirect != "" || c.StoreReplica != ""):
		return errors.New("store_direct and store_replica need store")
	case c.Store != "" && c.Blobs == (Blobs{}):
		return errors.New("blobs: servers that share a database need files that they share: file:///folder or s3://bucket")
	case c.Roles.Worker && !c.Roles.API && c.Workers == 0:
		return errors.New("workers: a server with the role worker alone must run jobs")
	}
	return nil
}

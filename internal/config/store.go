package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// minConnections is the least that store_connections can be.
const minConnections = 4

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
		if !isStore(text) {
			return "", errors.New("it is not an address such as postgres://user@host:5432/name") // which may hold a password
		}
		return text, nil
	})
}

// isStore judges an address that may name several servers, host1:port1,host2:port2.
func isStore(text string) bool {
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

// WithStore returns the configuration with another database.
func (c Config) WithStore(text string) (Config, error) {
	err := storeForm(func(c *Config) *string { return &c.Store }).set(&c, text)
	if err == nil && c.StoreConns == 0 {
		c.StoreConns = minConnections
	}
	return c, err
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

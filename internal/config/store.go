package config

import (
	"errors"
	"fmt"
	"strings"
)

// minConnections is the least that store_connections can be.
const minConnections = 4

// Roles are what a server does.
type Roles struct {
	API    bool // it answers clients
	Worker bool // it runs jobs and calls webhooks
}

// An Address is where something is kept that servers may share.
type Address struct {
	Text   string // which may hold a password; empty: in the data folder
	Shared bool   // several servers can use what it names
}

// A Judge judges addresses: what forms there are is known to those who open what
// an address names. It reports whether several servers can share that. Its error
// is one sentence, or the end of one that begins with where the address was found.
type Judge func(address string) (shared bool, err error)

// Judges are the judges of all settings that are addresses, and of schemas.
type Judges struct {
	Store, Blobs Judge
	Schema       func(text []byte) error // of JSON; its error is the end of a sentence. Nil: all will do
}

// judgedForm is an address that a judge lets pass.
func judgedForm(field func(*Config) *Address, judge func(Judges) Judge) form {
	return form{word: "URL", set: func(c *Config, text string, judges Judges) error {
		shared, err := judge(judges)(text)
		if err == nil {
			*field(c) = Address{text, shared}
		}
		return err
	}, value: func(c *Config) any { return *field(c) }}
}

func storeForm(field func(*Config) *Address) form {
	return judgedForm(field, func(j Judges) Judge { return j.Store })
}

func blobsForm(field func(*Config) *Address) form {
	return judgedForm(field, func(j Judges) Judge { return j.Blobs })
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
				return r, fmt.Errorf("%s is not api, worker or api,worker", Shown(text))
			}
		}
		return r, nil
	})
}

// WithStore returns the configuration with another store.
func (c Config) WithStore(text string, judges Judges) (Config, error) {
	err := storeForm(func(c *Config) *Address { return &c.Store }).set(&c, text, judges)
	return c, err
}

// Check refuses settings of a server that do not fit together, in one sentence.
func (c *Config) Check() error {
	switch {
	case !c.Store.Shared && (!c.Roles.API || !c.Roles.Worker):
		return errors.New("roles: the embedded store is for one server, which needs api and worker both; name a database with store")
	case !c.Store.Shared && (c.StoreDirect.Text != "" || c.StoreReplica.Text != ""):
		return errors.New("store_direct and store_replica need store")
	case c.Store.Shared && !c.Blobs.Shared:
		return errors.New("blobs: servers that share a database need files that they share: file:///folder or s3://bucket")
	case c.Roles.Worker && !c.Roles.API && c.Workers == 0:
		return errors.New("workers: a server with the role worker alone must run jobs")
	}
	return c.checkEdge()
}

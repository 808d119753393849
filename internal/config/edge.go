package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"claimcheck/internal/listen"
)

// A TLS says what is shown where TLS is spoken, and by whom that is signed.
type TLS struct {
	Cert, Key string   // files in PEM; empty: no TLS, or ACME's
	ACME      []string // names that an authority is asked for; empty: none is
	Email     string   // where the authority tells that something is wrong; empty: nowhere
	Directory string   // of the authority
	Plain     string   // the address that leads plain HTTP here; empty: none
}

// On reports whether TLS is spoken at all.
func (t *TLS) On() bool { return t.Cert != "" || len(t.ACME) > 0 }

// LetsEncrypt is the authority that is asked unless another is named.
const LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// listenForm is an address and port, a socket with a path, or one that systemd hands over.
func listenForm(field func(*Config) *string) form {
	f := addressForm(field)
	f.word = "ADDRESS:PORT|unix:PATH|systemd"
	address := f.set
	f.set = func(c *Config, text string, judges Judges) error {
		path, isUnix := listen.IsUnix(text)
		name, isSystemd := listen.IsSystemd(text)
		switch {
		case isUnix && (!filepath.IsAbs(path) || len(path) > listen.MaxPathBytes || CheckPath(path) != nil):
			return fmt.Errorf("%s is not unix: and the whole path of a socket, of at most %d bytes", Shown(text), listen.MaxPathBytes)
		case isSystemd && (strings.ContainsAny(name, ": ") || text != listen.Systemd && name == ""):
			return fmt.Errorf("%s is not systemd, or systemd: and the name of a socket", Shown(text))
		case isUnix || isSystemd:
			*field(c) = text
			return nil
		}
		return address(c, text, judges)
	}
	return f
}

// optionalListenForm is what listenForm is, or none.
func optionalListenForm(field func(*Config) *string) form {
	f := listenForm(field)
	some := f.set
	f.set = func(c *Config, text string, judges Judges) error {
		if text == "" {
			*field(c) = ""
			return nil
		}
		return some(c, text, judges)
	}
	return f
}

// modeForm is the permissions of a file, in octal digits.
func modeForm(field func(*Config) *fs.FileMode) form {
	return parsed("MODE", field, func(text string) (fs.FileMode, error) {
		n, err := strconv.ParseUint(text, 8, 32)
		if err != nil || n > 0o777 || n&0o600 != 0o600 {
			return 0, fmt.Errorf("%s is not permissions such as 0660, of a file that its owner may use", Shown(text))
		}
		return fs.FileMode(n), nil
	})
}

// parseACMEName reads a name that an authority can be asked for.
func parseACMEName(text string) (string, error) {
	name := strings.ToLower(text)
	base, ok := ParseBase("https://" + name)
	if !ok || base != "https://"+name || !strings.Contains(name, ".") || strings.ContainsAny(name, "[]:_") || strings.Trim(name[strings.LastIndexByte(name, '.')+1:], "0123456789") == "" {
		return "", fmt.Errorf("%s is not the name of a host such as jobs.example.org, without a port and without *", Shown(text))
	}
	return name, nil
}

// parseDirectory reads the address of an authority.
func parseDirectory(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", fmt.Errorf("%s is not the https address of an authority's directory", Shown(text))
	}
	return text, nil
}

// checkEdge refuses settings of where and how the server listens that do not fit
// together.
func (c *Config) checkEdge() error {
	_, isUnix := listen.IsUnix(c.Listen)
	switch {
	case (c.TLS.Cert == "") != (c.TLS.Key == ""):
		return errors.New("tls_cert and tls_key: both or none, they are one certificate and its key")
	case c.TLS.Cert != "" && len(c.TLS.ACME) > 0:
		return errors.New("acme: the certificate comes from tls_cert or from an authority, not from both")
	case c.TLS.Email != "" && len(c.TLS.ACME) == 0, c.TLS.Directory != LetsEncrypt && len(c.TLS.ACME) == 0:
		return errors.New("acme_email and acme_directory need acme, the names to ask an authority for")
	case c.TLS.Plain != "" && !c.TLS.On():
		return errors.New("listen_http leads to https, which needs tls_cert and tls_key, or acme")
	case c.TLS.Plain != "" && c.TLS.Plain == c.Listen && !strings.HasSuffix(c.Listen, ":0") && c.Listen != listen.Systemd:
		return errors.New("listen_http: plain HTTP needs an address of its own, another than listen")
	case isUnix && c.TLS.On():
		return errors.New("listen: a socket with a path stays on this machine and is served without TLS; leave tls_cert and acme out, the proxy before it has them")
	case isUnix && c.Roles.API && c.PublicURL == "":
		return errors.New("public_url: links cannot lead to a socket with a path; say where clients find the server")
	}
	return nil
}

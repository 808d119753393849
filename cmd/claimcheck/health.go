package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"claimcheck/api"
	"claimcheck/internal/cli"
	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
	"claimcheck/internal/reach"
)

const (
	healthTime   = 5 * time.Second // for all of it: a server answers within one
	healthAnswer = 64 << 10        // bytes of an answer that are read
)

// health asks a server whether it is ready, as containers want to know it.
func health(e *cli.Env) *cobra.Command {
	address, ca := "", ""
	part := config.Part{
		Settings: slices.Concat(whereItListens, []string{"config"}),
		Own:      []config.Flag{textFlag("url", "URL", "The server, or its operator_listen. Default: the environment variable CLAIMCHECK_URL, then where the settings have it listen.", &address), textFlag("ca", "FILE", "Certificate, in PEM, of the authority that has signed the server's. Default: the environment variable CLAIMCHECK_CA.", &ca)},
	}
	cmd := &cobra.Command{
		Use:   "health [--url URL]",
		Short: "ask a server whether it is ready: exit code 0, or 1",
		Long: `Asks GET /readyz of a server, without a key, and exits with 0 if it is ready to take
work, with 1 if it is not, or does not answer within 5 seconds: what the health check
of a container wants. Without --url and CLAIMCHECK_URL it asks the server on this
machine that has the same settings, whatever certificate that shows. An address may be
unix: and the path of a socket.`,
		Example: "  claimcheck health\n  claimcheck health --url https://jobs.example.org",
	}
	given := part.Add(cmd.Flags())
	cli.After(cmd, config.SettingsNote)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return cli.UsageError("health does not take %q", args[0])
		}
		base := address
		if base == "" {
			base = e.Getenv("CLAIMCHECK_URL")
		}
		if ca == "" {
			ca = e.Getenv("CLAIMCHECK_CA")
		}
		itself := base == ""
		if itself {
			cfg, err := part.Load(given, sources(e))
			if err != nil { // a file that is being edited makes no running server ill
				without := config.Part{Settings: whereItListens}
				if cfg, err = without.Load(given, sources(e)); err != nil {
					return cli.UsageError("%s", err)
				}
			}
			base = listeningAt(&cfg)
		}
		where := base
		base, transport, err := reach.To(base, ca)
		if err != nil {
			return cli.UsageError("%s", err)
		}
		if itself {
			transport = anyCertificate(transport)
		}
		if u, err := url.Parse(base); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return cli.UsageError("health needs the address of a server, such as http://127.0.0.1:8080, not %s", config.Shown(where))
		}
		if err := ready(cmd.Context(), strings.TrimRight(base, "/"), transport); err != nil {
			return &cli.ExitError{Code: cli.ExitFailed, What: foreign.Text(err.Error()).String()}
		}
		_, err = fmt.Fprintln(e.Stdout, "ready")
		return err
	}
	return cmd
}

// whereItListens are the settings that say where a server on this machine is asked.
var whereItListens = []string{"listen", "operator_listen", "tls_cert", "tls_key", "acme"}

// anyCertificate takes whatever a server on this machine shows: its certificate is of
// the name that clients know, not of the address that is asked, and nothing secret is
// sent.
func anyCertificate(transport http.RoundTripper) http.RoundTripper {
	own, ok := transport.(*http.Transport)
	if !ok {
		return transport
	}
	own = own.Clone()
	own.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	return own
}

// listeningAt is the address of a server on this machine.
func listeningAt(cfg *config.Config) string {
	listen, scheme := cfg.Listen, "http://"
	if cfg.OperatorListen != "" {
		listen = cfg.OperatorListen
	} else if cfg.TLS.On() {
		scheme = "https://"
	}
	if strings.HasPrefix(listen, "unix:") {
		return listen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" { // one that nobody knows
		return listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() { // of all addresses one that is always there
		if host = "127.0.0.1"; err == nil && ip.Is6() {
			host = "::1"
		}
	}
	return scheme + net.JoinHostPort(host, port)
}

// ready asks a server whether it is ready; the error says why it is not.
func ready(ctx context.Context, base string, transport http.RoundTripper) error {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", base, err)
	}
	asker := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // elsewhere is another server
	res, err := asker.Do(req)
	if sent, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("no answer from %s: %w", base, sent.Err)
	} else if err != nil {
		return fmt.Errorf("ask %s: %w", base, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, healthAnswer))
	if err != nil {
		return fmt.Errorf("answer of %s: %w", base, err)
	}
	var is api.Error
	switch err := json.Unmarshal(text, &is); {
	case res.StatusCode == http.StatusOK && err == nil && is.Status == "ready":
		return nil
	case err == nil && is.Details.Message != "":
		return fmt.Errorf("%s is not ready: %v", base, is.Details.Message)
	default:
		return fmt.Errorf("%s is not ready: HTTP %d", base, res.StatusCode)
	}
}

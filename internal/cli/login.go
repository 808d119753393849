package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"claimcheck/client"
	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
	"claimcheck/internal/profile"
	"claimcheck/internal/terminal"
)

// Login is the command that keeps a server and a key for the others.
func Login(e *Env) *cobra.Command {
	var to server
	cmd := &cobra.Command{
		Use:   "login [--url URL] [--profile NAME]",
		Short: "keep a server and a key for the other commands",
		Long: `Keeps the address of a server and an API key, so that the commands for callers and
claimcheck mcp find them. The key is asked for on the terminal, where it is not
shown, or read from what is piped in; the server is asked whether it is good before
it is written. It goes into a file that only its user can read. A profile that is
there already is replaced.

It exits with 3 if the server refused the key, with 4 if it could not be asked.`,
		Example: `  claimcheck login --url https://jobs.example.org
  claimcheck login --url https://test.example.org --profile test <key.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 { // it may be a key, and is not repeated
				return UsageError("login takes no arguments: the key is asked for, or piped in")
			}
			return login(cmd.Context(), &to, e)
		},
	}
	cmd.Flags().StringVar(&to.url, "url", "", "The server, a `URL`. Default: the environment variable "+urlName+", then that of the profile that is replaced.")
	to.caFlag().Add(cmd.Flags())
	addProfile(cmd, &to, e)
	return cmd
}

func login(ctx context.Context, to *server, e *Env) error {
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return UsageError("%s", err)
	}
	name := to.named(e)
	p := profile.Profile{URL: to.address(e, folder, name)}
	if p.URL == "" {
		return UsageError("login needs a server: --url URL, or the environment variable %s", urlName)
	}
	to.authority(e, "")
	p.CA = to.ca
	if _, err := to.newClient(p.URL, "x"); err != nil { // before a key is asked for
		return err
	}
	if p.Key, err = readKey(ctx, e, p.URL); err != nil {
		return err
	}
	return keep(ctx, to, e, folder, name, p)
}

// addProfile gives login and logout the flag that names the profile.
func addProfile(cmd *cobra.Command, s *server, e *Env) {
	config.Flag{
		Name: "profile", Form: "NAME", Doc: "The name of the profile. Default: the environment variable " + profileName + ", then " + profile.Default + ".",
		Set: func(text string) error { s.profile = text; return profile.CheckName(text) },
	}.Add(cmd.Flags())
	completeProfiles(cmd, e)
}

// named is the profile that is meant.
func (s *server) named(e *Env) string {
	if s.profile != "" {
		return s.profile
	}
	if name := e.Getenv(profileName); name != "" {
		return name
	}
	return profile.Default
}

// address is the server that the command line, the environment or the profile
// that is replaced names.
func (s *server) address(e *Env, folder profile.Folder, name string) string {
	if s.url != "" {
		return s.url
	}
	if address := e.Getenv(urlName); address != "" {
		return address
	}
	p, err := folder.Get(name)
	if err != nil { // there is none, or none that can be read: it is made anew
		return ""
	}
	return p.URL
}

// readKey asks for the key, or takes what is piped in.
func readKey(ctx context.Context, e *Env, url string) (key string, err error) {
	if file, ok := e.Stdin.(*os.File); ok && terminal.Is(file) {
		key, err = terminal.Secret(ctx, file, e.Stderr, fmt.Sprintf("API key for %v: ", foreign.Text(url)))
	} else if e.Stdin != nil {
		key, err = terminal.Line(e.Stdin)
	}
	switch {
	case ctx.Err() != nil:
		return "", &ExitError{ExitInterrupted, ""}
	case err != nil:
		return "", fmt.Errorf("read the key: %w", err)
	case key == "":
		return "", UsageError("login needs the key: type it, or pipe it in")
	}
	return key, nil
}

// keep asks the server whether the key is good and writes the profile.
func keep(ctx context.Context, to *server, e *Env, folder profile.Folder, name string, p profile.Profile) error {
	c, err := to.newClient(p.URL, p.Key, client.WithFailFast())
	if err != nil {
		return err
	}
	u, err := c.Usage(ctx)
	if err != nil {
		return &ExitError{codeOf(err), foreign.Text(reason(err)).String()}
	}
	if err := folder.Put(name, p); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Stdout, "profile %s: %v at %v\n", name, foreign.Text(u.Owner), foreign.Text(p.URL))
	return err
}

// Logout is the command that forgets what login has kept.
func Logout(e *Env) *cobra.Command {
	var of server
	cmd := &cobra.Command{
		Use:   "logout [--profile NAME]",
		Short: "forget what login has kept",
		Long: `Removes a profile, the server and the key that claimcheck login has kept. The key
itself stays good until its operator revokes it.`,
		Example: "  claimcheck logout --profile test",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return UsageError("logout takes no arguments: --profile NAME names the profile")
			}
			return logout(&of, e)
		},
	}
	addProfile(cmd, &of, e)
	return cmd
}

func logout(of *server, e *Env) error {
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return UsageError("%s", err)
	}
	name := of.named(e)
	switch err := folder.Remove(name); {
	case errors.Is(err, profile.ErrNone):
		return UsageError("there is no profile %s%s", name, others(folder))
	case err != nil:
		return err
	}
	_, err = io.WriteString(e.Stdout, "profile "+name+" is removed; its key stays good until it is revoked\n")
	return err
}

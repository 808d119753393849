package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"claimcheck/internal/config"
	"claimcheck/internal/foreign"
	"claimcheck/internal/profile"
	"claimcheck/internal/terminal"
)

// Login is the command that keeps a server and a key for the others.
func Login() Command {
	return Command{Name: "login", Help: "login [--url URL] [--profile NAME]", Run: login}
}

const loginHelp = `claimcheck login

Keeps the address of a server and an API key, so that the commands for callers and
claimcheck mcp find them. The key is asked for on the terminal, where it is not
shown, or read from what is piped in; the server is asked whether it is good before
it is written. It goes into a file that only its user can read. A profile that is
there already is replaced.

It exits with 3 if the server refused the key, with 4 if it could not be asked.

  claimcheck login --url https://jobs.example.org
  claimcheck login --url https://test.example.org --profile test <key.txt

`

func login(ctx context.Context, args []string, e Env) error {
	var to server
	flags := []config.Flag{
		{
			Name: "url", Form: "URL", Doc: "The server. Default: the environment variable " + urlName + ", then that of the profile that is replaced.",
			Set: func(text string) error { to.url = text; return nil },
		},
		profileFlag(&to),
	}
	rest, err := config.ParseFlags("login", flags, args)
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.Stdout, loginHelp, config.FlagsUsage(flags))
		return err
	case err != nil:
		return UsageError("%s", err)
	case len(rest) > 0: // it may be a key, and is not repeated
		return UsageError("login takes no arguments: the key is asked for, or piped in")
	}
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return UsageError("%s", err)
	}
	name := to.named(&e)
	p := profile.Profile{URL: to.address(&e, folder, name)}
	if p.URL == "" {
		return UsageError("login needs a server: --url URL, or the environment variable %s", urlName)
	}
	if _, err := newClient(p.URL, "x"); err != nil { // before a key is asked for
		return err
	}
	if p.Key, err = readKey(ctx, &e, p.URL); err != nil {
		return err
	}
	return keep(ctx, &e, folder, name, p)
}

// profileFlag is the flag that names the profile of login and logout.
func profileFlag(s *server) config.Flag {
	return config.Flag{
		Name: "profile", Form: "NAME", Doc: "The name of the profile. Default: the environment variable " + profileName + ", then " + profile.Default + ".",
		Set: func(text string) error { s.profile = text; return profile.CheckName(text) },
	}
}

// named is the profile that is meant.
func (s *server) named(e *Env) string {
	if s.profile != "" {
		return s.profile
	}
	if name := e.getenv(profileName); name != "" {
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
	if address := e.getenv(urlName); address != "" {
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
func keep(ctx context.Context, e *Env, folder profile.Folder, name string, p profile.Profile) error {
	c, err := newClient(p.URL, p.Key)
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
func Logout() Command {
	return Command{Name: "logout", Help: "logout [--profile NAME]", Run: logout}
}

const logoutHelp = `claimcheck logout

Removes a profile, the server and the key that claimcheck login has kept. The key
itself stays good until its operator revokes it.

`

func logout(_ context.Context, args []string, e Env) error {
	var of server
	flags := []config.Flag{profileFlag(&of)}
	rest, err := config.ParseFlags("logout", flags, args)
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.Stdout, logoutHelp, config.FlagsUsage(flags))
		return err
	case err != nil:
		return UsageError("%s", err)
	case len(rest) > 0:
		return UsageError("logout takes no arguments: --profile NAME names the profile")
	}
	folder, err := profile.In(e.ConfigDir)
	if err != nil {
		return UsageError("%s", err)
	}
	name := of.named(&e)
	switch err := folder.Remove(name); {
	case errors.Is(err, profile.ErrNone):
		return UsageError("there is no profile %s%s", name, others(folder))
	case err != nil:
		return err
	}
	_, err = io.WriteString(e.Stdout, "profile "+name+" is removed; its key stays good until it is revoked\n")
	return err
}

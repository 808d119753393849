package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"claimcheck/internal/config"
	"claimcheck/internal/relay"
)

// MCP is the command that programs start as their MCP server.
func MCP() Command {
	return Command{Name: "mcp", Help: "mcp [--url URL] [--profile NAME]", Run: mcp}
}

const mcpHelp = `claimcheck mcp

Is an MCP server on standard input and output, for programs that start their
servers themselves: it forwards each message to the server's POST /mcp, with the
key, and hands back what that answers. Both eras of MCP are spoken, the one of
revision 2026-07-28 and the older one. It ends when its input does, after the
answers that are under way. What is wrong is told on stderr and as errors of the
messages that it concerns; a server that is away is asked again by the next one.

  {"mcpServers": {"jobs": {"command": "claimcheck", "args": ["mcp", "--profile", "default"]}}}

`

func mcp(ctx context.Context, args []string, e Env) error {
	var of server
	flags := of.flags()
	rest, err := config.ParseFlags("mcp", flags, args)
	switch {
	case errors.Is(err, config.ErrHelp):
		_, err := fmt.Fprint(e.Stdout, mcpHelp, config.FlagsUsage(flags))
		return err
	case err != nil:
		return UsageError("%s", err)
	case len(rest) > 0:
		return UsageError("mcp takes no arguments: the tools are the server's")
	}
	address, key, err := of.resolve("mcp", &e)
	if err != nil {
		return err
	}
	if _, err := newClient(address, key); err != nil {
		return err
	}
	transport := http.DefaultTransport
	if own, ok := transport.(*http.Transport); ok {
		own = own.Clone()
		own.MaxIdleConnsPerHost = relay.MaxInFlight
		transport = own
	}
	return relay.Run(ctx, relay.Settings{
		URL: strings.TrimRight(address, "/") + "/mcp", Key: key, Log: slog.New(slog.NewTextHandler(e.Stderr, nil)),
		HTTP: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it would get the key
		},
	}, e.Stdin, e.Stdout)
}

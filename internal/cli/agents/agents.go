// Package agents has the command that programs start as their MCP server.
package agents

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/relay"
)

// MCP is the command that programs start as their MCP server.
func MCP(e *cli.Env) *cobra.Command {
	var of cli.Server
	cmd := &cobra.Command{
		Use:   "mcp [--url URL] [--profile NAME]",
		Short: "be an MCP server on standard input and output, for programs that start theirs",
		Long: `Is an MCP server on standard input and output, for programs that start their
servers themselves: it forwards each message to the server's POST /mcp, with the
key, and hands back what that answers. Both eras of MCP are spoken, the one of
revision 2026-07-28 and the older one. It ends when its input does, after the
answers that are under way. What is wrong is told on stderr and as errors of the
messages that it concerns; a server that is away is asked again by the next one.`,
		Example: `  {"mcpServers": {"jobs": {"command": "claimcheck", "args": ["mcp", "--profile", "default"]}}}`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.UsageError("mcp takes no arguments: the tools are the server's")
			}
			return mcp(cmd.Context(), &of, e)
		},
	}
	of.AddTo(cmd, e)
	return cmd
}

func mcp(ctx context.Context, of *cli.Server, e *cli.Env) error {
	address, key, err := of.Resolve("mcp", e)
	if err != nil {
		return err
	}
	if _, err := of.ClientOf(address, key); err != nil {
		return err
	}
	address, transport, err := of.Way(address)
	if err != nil {
		return err
	}
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

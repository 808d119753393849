package main

import (
	"github.com/spf13/cobra"

	"claimcheck/internal/cli"
	"claimcheck/internal/cli/agents"
	"claimcheck/internal/cli/groups"
	"claimcheck/internal/cli/submit"
	"claimcheck/internal/cli/webhooks"
	"claimcheck/internal/cli/words"
)

// commands is the one list of commands.
func commands() []cli.Group {
	return []cli.Group{
		{ID: cli.ForCallers, Title: "For callers:", Commands: []func(*cli.Env) *cobra.Command{
			cli.Bulk,
			cli.Cancel,
			cli.Completion,
			cli.Delete,
			cli.Download,
			groups.Feed,
			groups.Groups,
			cli.Jobs,
			words.Log,
			cli.Login,
			cli.Logout,
			agents.MCP,
			cli.Result,
			cli.Retry,
			cli.Status,
			submit.Command,
			cli.Top,
			tools,
			cli.Upload,
			cli.Usage,
			cli.Wait,
			cli.Watch,
			webhooks.Webhooks,
		}},
		{ID: cli.ForOperators, Title: "For operators:", Commands: []func(*cli.Env) *cobra.Command{
			audit,
			backup,
			copyTo,
			demo,
			doctor,
			health,
			keys,
			migrate,
			owners,
			pauses,
			secrets,
			serve,
			showVersion,
		}},
	}
}

package app

import (
	"claimcheck/internal/base"
	"claimcheck/internal/console"
	"claimcheck/internal/dialect/azure"
	"claimcheck/internal/dialect/google"
	"claimcheck/internal/dialect/mcp"
	"claimcheck/internal/dialect/tus"
	"claimcheck/internal/httpapi"
)

// spoken are what mounted dialects, and the console, work with.
type spoken struct {
	pages  console.Options
	agents mcp.Config
	files  tus.Config
}

// dialects is the one list of the dialects that are spoken beside the plain one,
// and of what else has a prefix of its own.
func dialects(with spoken) []httpapi.Mount {
	return []httpapi.Mount{
		azure.Mount(),
		console.Mount(with.pages),
		google.Mount(),
		mcp.Mount(with.agents),
		tus.Mount(with.files),
	}
}

// spoken are this server's.
func (s *Server) spoken() spoken {
	return spoken{
		pages:  console.Options{Off: !s.cfg.Console, Base: base.Of(s.publicURL()), Storage: s.blobs.postsTo},
		agents: mcp.Config{Tools: s.tools, Version: s.version, SyncTimeout: s.cfg.SyncTimeout},
		files:  tus.Config{Uploads: s.uploads, PublicURL: s.publicURL(), Stopping: s.stopping},
	}
}

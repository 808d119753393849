package app

import (
	"crypto/rand"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/bulk"
	"claimcheck/internal/groups"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/pause"
	"claimcheck/internal/routes/about"
	"claimcheck/internal/routes/admin"
	"claimcheck/internal/routes/alljobs"
	"claimcheck/internal/routes/bulks"
	"claimcheck/internal/routes/files"
	"claimcheck/internal/routes/follow"
	groupsroutes "claimcheck/internal/routes/groups"
	"claimcheck/internal/routes/hooks"
	"claimcheck/internal/routes/pauses"
	"claimcheck/internal/routes/stats"
	"claimcheck/internal/routes/tools"
	"claimcheck/internal/routes/work"
	"claimcheck/internal/webhook"
)

// parts are what families of routes work with.
type parts struct {
	about  about.Config
	files  files.Config
	hooks  hooks.Config
	tools  tools.Config
	pauses pauses.Config
	admin  admin.Config
	stats  stats.Config
	jobs   alljobs.Config
	bulks  bulks.Config
	follow follow.Words
	groups groupsroutes.Config
	work   work.Config
}

// routes is the one list of the families of routes that have rooms of their own.
func routes(p parts) []httpapi.Route {
	return slices.Concat(
		about.Routes(p.about),
		files.Routes(p.files),
		hooks.Routes(p.hooks),
		tools.Routes(p.tools),
		pauses.Routes(p.pauses),
		admin.Routes(p.admin),
		stats.Routes(p.stats),
		alljobs.Routes(p.jobs),
		bulks.Routes(p.bulks),
		follow.Routes(p.follow),
		groupsroutes.Routes(p.groups),
		work.Routes(p.work),
	)
}

// parts are this server's.
func (s *Server) parts(endpoints *webhook.Endpoints, keys *auth.Keys) parts {
	return parts{
		about:  s.aboutConfig(),
		files:  s.filesConfig(),
		hooks:  hooks.Config{Endpoints: endpoints, PublicURL: s.publicURL(), Keys: s.signer.WebhookKeys},
		tools:  tools.Config{Tools: s.tools, Timeout: s.cfg.JobTimeout, Paused: s.toolPaused},
		pauses: s.operator.stops.routes(),
		stats:  s.statsConfig(),
		admin:  admin.Config{Keys: keys, Audit: s.store, Plans: s.allPlans, Now: s.store.now},
		jobs:   alljobs.Config{Queue: s.queue, Lines: s.store, PublicURL: s.publicURL(), StuckSince: s.stuckSince},
		bulks:  bulks.Config{Bulks: s.bulks, PublicURL: s.publicURL(), StuckSince: s.stuckSince},
		follow: s.queue.Words(),
		groups: groupsroutes.Config{Groups: s.groups, PublicURL: s.publicURL()},
		work:   work.Config{Work: s.desk, Addresses: s.desk, LeaseLength: s.queue.LeaseLength()},
	}
}

// filesConfig is what files go in and out by.
func (s *Server) filesConfig() files.Config {
	return files.Config{
		Queue: s.queue, Uploads: s.uploads, Blobs: s.blobs, Signer: s.signer, Poster: s.blobs.poster, Linker: s.blobs.linker, Reads: s.reads, PublicURL: s.publicURL(),
		Log: s.log, Now: s.store.now,
	}
}

// aboutConfig is what the server tells of itself.
func (s *Server) aboutConfig() about.Config {
	c := about.Config{
		OpenAPI: func() ([]byte, error) { return (*s.doc.Load())() }, Usage: s.queue, PublicURL: s.publicURL(), Issuer: s.cfg.JWT.Issuer,
		Console: s.cfg.Console,
		Paused:  func(owner string) bool { return s.queue.Pauses().Paused(pause.Owner, owner) },
	}
	for _, m := range dialects(s.spoken()) {
		c.Prefixes = append(c.Prefixes, m.Prefix)
	}
	return c
}

// hasTool reports whether there is a tool of this name now.
func (s *Server) hasTool(name string) bool {
	_, there := s.tools.Get(name)
	return there
}

// allPlans are the plans that there are now.
func (s *Server) allPlans() map[string]account.Plan { return *s.plans.Load() }

// stuckSince is since when nothing has happened for jobs that are called stuck.
func (s *Server) stuckSince() time.Time { return s.store.now().Add(-listing.StuckAfter) }

// rendering shows groups too, as clients see them.
type rendering struct{ *httpapi.Server }

// GroupBody returns how a group stands.
func (rendering) GroupBody(g *job.Group) []byte { return groups.Body(g) }

// makeBulks makes what does one thing with many jobs; its name in leases is this
// process's alone.
func (s *Server) makeBulks() {
	s.bulks = bulk.New(bulk.Config{
		Store: s.store, Queue: s.queue, Blobs: s.blobs, Log: s.log, Clock: s.sharing.clock, Node: s.sharing.node, Worker: s.sharing.node + "/" + rand.Text(),
		Trace: s.trace, AtOnce: s.cfg.MaxBulks, Most: s.cfg.MaxBulkJobs, Kept: s.cfg.BulkRetention,
	})
	s.groups = groups.New(groups.Config{Store: s.store, Queue: s.queue, Now: s.store.now})
}

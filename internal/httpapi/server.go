// Package httpapi speaks HTTP to clients and does nothing else: it checks the
// key and the limits, decodes, calls one thing, and encodes. What a client
// sees is written down in api/openapi.yaml.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/base"
	"claimcheck/internal/blob"
	"claimcheck/internal/dialect/plain"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/queue"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/readiness"
	"claimcheck/internal/sign"
	"claimcheck/internal/tool"
	"claimcheck/internal/trace"
	"claimcheck/internal/upload"
	"claimcheck/internal/webhook"
)

// Observer is told of every answered request, for metrics. It must not block.
type Observer interface {
	// Answered is told the route (a pattern of the route list), the HTTP
	// status and how long it took; in is the trace that it is part of, or empty.
	Answered(route string, status int, took time.Duration, in string)
}

// Config is what a Server needs. All fields must be set unless they say
// otherwise.
type Config struct {
	Queue   *queue.Queue
	Uploads *upload.Uploads
	Runner  fulfil.Runner
	Keys    *auth.Keys
	Signer  *sign.Signer
	Blobs   blob.Store
	Tools   *tool.Set

	Audit    Audit // what operators change
	Webhooks *webhook.Endpoints
	Reads    Reads                   // is told of outcomes that have reached their owners
	CheckURL func(text string) error // judges the address of a remote input by its text
	CheckPut func(text string) error // the same of an address that an output is to be put to

	Limiter *ratelimit.Limiter // nil: one of this server's own

	DownloadURL string // what links to files start with; empty: PublicURL

	Feed     func(*Call) error                 // answers GET /jobs with feed
	Lines    func(*Call, intake.Request) error // answers submissions with x-source-type: lines; nil: there are none
	Routes   []Route                           // of the plain dialect, beside those of this package
	Dialects []Mount                           // beside the plain one

	Plans func(name string) account.Plan
	Log   *slog.Logger
	Now   func() time.Time

	Issuer         string // of tokens that are taken beside keys; empty: none are
	PublicURL      string // what all links begin with: scheme, host and perhaps a path, no final slash
	Unnamed        bool   // PublicURL is only where the server listens: it is known under other addresses too
	SyncTimeout    time.Duration
	SyncMaxBytes   int64
	LinkExpiry     time.Duration
	CORSOrigins    []string               // empty: no CORS; "*" allows every origin
	TrustedProxies []netip.Prefix         // whose X-Forwarded-For is believed
	Forwarded      Forwarded              // how they say who calls
	KnownPlan      func(name string) bool // reports whether there is a plan of a name now
	MaxHeld        int64                  // long polls, claims and event streams at once, of all owners; 0: any number
	LogRequests    bool                   // log every request, not only errors and slow ones
	// OperatorApart says that /readyz and /metrics are on another address.
	OperatorApart bool
	NoAPI         bool // only what operators ask is answered: health and metrics

	Stopping context.Context                 //nolint:containedctx // done when shutdown begins: what waits is answered
	Ready    func(ctx context.Context) error // what /readyz reports
	Metrics  http.Handler                    // what /metrics answers
	Observer Observer
	Trace    *trace.Tracer // nil: no spans are made
}

// A Server answers requests. It is an http.Handler.
type Server struct {
	Config
	router  *router
	limiter *ratelimit.Limiter
	intake  *intake.Intake
	desk    *fulfil.Desk
	gates   *gates
	waiters waiters
	ready   readiness.Check
	origin  string // of pages of our own
	base    string // the path of PublicURL

	generation atomic.Int64 // of the plans
}

// New returns a server.
func New(c Config) *Server {
	s := &Server{Config: c, limiter: c.Limiter, gates: newGates(), waiters: waiters{most: c.MaxHeld}, ready: readiness.Check{Ask: c.Ready}}
	if s.limiter == nil {
		s.limiter = ratelimit.New(c.Now)
	}
	s.origin, s.base = originOf(c.PublicURL), base.Of(c.PublicURL)
	s.takeOrders()
	s.router = newRouter(s.speakers(), s.toolRoute)
	return s
}

// takeOrders makes what turns requests into orders and runs them.
func (s *Server) takeOrders() {
	if s.NoAPI {
		return
	}
	s.intake = &intake.Intake{
		Blobs: s.Blobs, Uploads: s.Uploads, Log: s.Log, Now: s.Now, NewID: s.Queue.NewID,
		CheckURL: s.CheckURL, CheckWebhook: s.Webhooks.Check, CheckPut: s.CheckPut, KeptFor: s.Queue.RetentionOf, SyncMaxBytes: s.SyncMaxBytes,
	}
	s.desk = fulfil.New(fulfil.Config{
		Queue: s.Queue, Intake: s.intake, Runner: s.Runner, Words: plain.Memory{PublicURL: s.PublicURL}, Now: s.Now, Enter: s.waiters.enter, CanCall: s.canCall,
		SyncTimeout: s.SyncTimeout, SyncMaxBytes: s.SyncMaxBytes, Stopping: s.Stopping, Trace: s.Trace,
	})
}

// routes is the one list of all routes of the plain dialect but those of tools.
func (s *Server) routes() []Route {
	list := []Route{
		{"GET", "/healthz", Open, s.healthz},
	}
	if !s.OperatorApart {
		list = append(list, Route{"GET", "/readyz", Open, s.readyz}, Route{"GET", "/metrics", Open, s.metrics})
	}
	if s.NoAPI {
		return list
	}
	list = append(list, []Route{
		{"GET", "/jobs/", Keyed, s.status},
		{"GET", "/jobs/{job_id}", Keyed, s.status},
		{"GET", "/status-api", Keyed, s.status},
		{"GET", "/status-api/", Keyed, s.status},
		{"GET", "/status-api/{job_id}", Keyed, s.status},
		{"GET", "/jobs", Keyed, s.listJobs},
		{"GET", "/jobs/{job_id}/result", Keyed, s.result},
		{"POST", "/jobs/{job_id}/token", Keyed, s.jobToken},
		{"POST", "/jobs/{job_id}/cancel", Keyed, s.cancelJob},
		{"POST", "/jobs/{job_id}/retry", Keyed, s.retryJob},
		{"DELETE", "/jobs/{job_id}", Keyed, s.deleteJob},
	}...)
	return append(list, s.Routes...)
}

// Reloaded tells that plans have changed.
func (s *Server) Reloaded() { s.generation.Add(1) }

// ServeHTTP answers a request. Polls of a status take a short way, because
// they are nearly all of the traffic; the order of checks is the same.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.base != "" {
		r = base.Below(r, s.base, ResourcePath, func(path string) bool { _, ok := s.router.tools(path); return ok })
	}
	if r.ContentLength != 0 {
		b := newBody(w, r)
		s.serve(w, r, b)
		b.discard(s.Stopping)
		return
	}
	if id, ok := statusPath(r); ok {
		s.serveStatus(w, r, id)
		return
	}
	s.serve(w, r, nil)
}

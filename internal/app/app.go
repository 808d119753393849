// Package app joins the parts into a server: it is the one place that knows
// which store, which storage of files and which tools there are.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/auth"
	"claimcheck/internal/bulk"
	"claimcheck/internal/care"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/dialect/mcp"
	"claimcheck/internal/fetch"
	"claimcheck/internal/groups"
	"claimcheck/internal/history"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/metrics"
	"claimcheck/internal/onread"
	"claimcheck/internal/queue"
	"claimcheck/internal/remote"
	groupsroutes "claimcheck/internal/routes/groups"
	"claimcheck/internal/routes/lines"
	"claimcheck/internal/schema"
	"claimcheck/internal/sign"
	"claimcheck/internal/tool"
	"claimcheck/internal/trace"
	"claimcheck/internal/upload"
	"claimcheck/internal/webhook"
	"claimcheck/internal/worker"
)

// Limits of connections that no setting changes.
const (
	headTime      = 10 * time.Second // to send a request's head
	idleTime      = 2 * time.Minute  // between two requests of a connection
	toolGrace     = 10 * time.Second // for a tool to stop after it was told to
	lastHurry     = 4 * time.Second  // before the end of its patience a server that stops waits less for a store that does not answer
	lastMoment    = time.Second      // of its patience, at most, is left for what comes after the jobs
	leastMoment   = 100 * time.Millisecond
	syncPerWorker = 4 // synchronous calls that run at once, for each worker
)

// A Server is a running server, or one that is about to run.
type Server struct {
	cfg       config.Config
	log       *slog.Logger
	folder    *folder
	store     *store
	sharing   sharing
	signer    *sign.Signer
	blobs     *blobs
	queue     *queue.Queue
	uploads   *upload.Uploads
	keeper    *care.Keeper
	reads     *onread.Marks
	pool      *worker.Pool
	fetch     *fetch.Client
	bulks     *bulk.Bulks
	groups    *groups.Groups
	sender    *webhook.Sender
	operator  *Operator
	metrics   *metrics.Set
	trace     *trace.Tracer                    // nil: no spans are made
	history   atomic.Pointer[history.Recorder] // nil until the store is open
	listener  net.Listener
	operators *operators // nil: they have no address of their own
	http      *http.Server
	tls       *secured  // nil: without TLS
	plain     *sidedoor // leads plain HTTP to https; nil: there is none
	version   string
	begins    bool // the data folder had no database
	tools     *tool.Set
	schemas   *schema.Compiler
	targets   *http.Transport // to the targets of HTTP tools
	desk      *remote.Desk
	handler   *httpapi.Server
	plans     atomic.Pointer[map[string]account.Plan]
	doc       atomic.Pointer[description]
	stopping  context.Context //nolint:containedctx // the server's own life
	stop      context.CancelFunc

	endControl func() // waits for operator commands that run
}

// Serve runs a server until ctx is done, then stops it in good order. It
// writes one line to stdout when it is ready, and its log to logTo.
func Serve(ctx context.Context, cfg config.Config, version string, stdout, logTo io.Writer, r Reloading) error {
	s, err := Open(ctx, cfg, version, logTo)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "listening on %s\n", s.URL()); err != nil {
		s.close()
		return fmt.Errorf("say that the server is ready: %w", err)
	}
	if s.begins { // a slip of the pen, perhaps: every key of another folder is refused
		s.log.InfoContext(ctx, "the data folder is new, with no keys and no jobs", "folder", cfg.Data)
	}
	s.warnOfPorts(ctx)
	if url := s.PlainURL(); url != "" {
		s.log.InfoContext(ctx, "plain HTTP is led to https", "url", url)
	}
	if url := s.OperatorURL(); url != "" {
		s.log.InfoContext(ctx, "operators have an address of their own", "url", url)
	}
	return s.RunReloading(ctx, r)
}

// Open opens everything that a server needs; requests are answered once Run is
// called. The returned server must be run.
func Open(ctx context.Context, cfg config.Config, version string, logTo io.Writer) (_ *Server, err error) {
	s := &Server{cfg: *onlyItsRoles(&cfg), version: version, metrics: metrics.New(version), targets: fetch.Targets(), schemas: schema.NewCompiler(runtime.GOMAXPROCS(0))}
	s.log = slog.New(slog.NewJSONHandler(logTo, &slog.HandlerOptions{Level: cfg.LogLevel}))
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.folder, err = waitForFolder(ctx, cfg.Data); err != nil {
		return nil, err
	}
	s.begins = !cfg.Store.Shared && Installed(cfg.Data) != nil
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	if err := s.listenForOperators(ctx); err != nil {
		return nil, err
	}
	if err := s.join(ctx); err != nil {
		return nil, err
	}
	s.endControl, err = control.Serve(s.stopping, cfg.Data, s.operator)
	return s, err
}

// reason drops the operation and address that net puts before the cause.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// join makes the parts and connects them.
func (s *Server) join(ctx context.Context) error {
	bell := webhook.NewBell()
	err := s.openTraced(ctx, bell)
	if err != nil {
		return err
	}
	store, now := s.store, s.store.now
	if s.blobs, err = openBlobs(ctx, &s.cfg); err != nil {
		return err
	}
	blobs := s.blobs
	if err := syncFolder(s.folder.path); err != nil { // the database and the folder of files are there to stay
		return fmt.Errorf("make the data folder durable: %w", err)
	}
	err = s.patient(ctx, func() (err error) {
		s.signer, err = sign.Load(ctx, store, now, rand.Reader, longestSignature(&s.cfg))
		return err
	})
	if err != nil {
		return fmt.Errorf("load signing secrets: %w", err)
	}
	keys := auth.New(store, now, rand.Reader, s.sharing.keyTTL)
	if err := s.trust(ctx, keys); err != nil {
		return err
	}
	runner := &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: s.log, Grace: toolGrace}
	s.desk = &remote.Desk{Runner: runner, Signer: s.signer, PublicURL: s.publicURL(), Now: s.sharing.clock.Steady, Trace: s.trace}
	if s.tools, err = tool.NewSet(); err != nil {
		return err
	}
	if err := s.offer(&s.cfg); err != nil {
		return err
	}
	s.remember()
	of := queue.Config{
		Store: store, Blobs: blobs, Log: s.log, Now: now, Clock: s.sharing.clock, Random: rand.Reader, Plans: s.plan, Tools: s.rules, JobTimeout: s.cfg.JobTimeout,
		Node: s.sharing.node, Passive: !s.cfg.Roles.Worker, Workers: s.cfg.Workers, Lease: s.cfg.Lease, MaxAttempts: s.cfg.MaxAttempts, Retention: s.cfg.Retention,
		CacheBytes: s.cfg.CacheBytes, GroupJobs: int64(s.cfg.MaxGroupJobs), Observer: watching{s.metrics, s.history.Load()}, Trace: s.trace, Said: s.metrics.Said,
		DeadlineMissed: s.metrics.DeadlineMissed,
	}
	if err := s.patient(ctx, func() error { s.queue, err = queue.New(ctx, of); return err }); err != nil {
		return err
	}
	s.keep()
	s.watch()
	own := everyAddress(ownAddresses(s.listener), s.plain.addresses())
	if s.operators != nil {
		own = everyAddress(own, ownAddresses(s.operators.listener))
	}
	s.fetch = fetch.New(fetch.Config{AllowNetworks: s.cfg.FetchNetworks, AllowPorts: s.cfg.FetchPorts, Own: own, Trace: s.trace})
	inputs := &attempt.Inputs{Queue: s.queue, Blobs: blobs, Fetch: s.fetch, Now: s.store.now}
	s.desk.Queue, s.desk.Tools, s.desk.Inputs = s.queue, s.tools, inputs
	puts := s.deposits()
	s.desk.Deposit = puts.Outcome
	s.pool = worker.New(worker.Config{
		Queue: s.queue, Deposit: puts.Outcome, Tools: s.tools, Inputs: inputs, Runner: runner, Log: s.log,
		Workers: s.cfg.Workers, SyncSlots: max(s.cfg.Workers, runtime.GOMAXPROCS(0)) * syncPerWorker, JobTimeout: s.cfg.JobTimeout, Ran: s.ran, Trace: s.trace,
	})
	s.operator = &Operator{
		keys: keys, signer: s.signer, plans: s.allPlans, cfg: &s.cfg, store: store.aStore, blobs: s.blobs, running: s.keeper, stops: s.stopsOf(),
	}
	return s.face(bell, keys)
}

// keep makes what takes uploads and looks after what is stored.
func (s *Server) keep() {
	s.uploads = upload.New(upload.Config{
		Store: s.store, Blobs: s.blobs, Log: s.log, Now: s.store.now, Random: rand.Reader, Expiry: s.cfg.UploadExpiry, Grower: s.blobs.grower, Alone: s.store.Peers() == nil, PlanOf: s.queue.PlanOf, RetentionOf: s.queue.RetentionOf,
	})
	s.makeBulks()
	s.reads = &onread.Marks{Jobs: s.queue, Log: s.log, Read: s.metrics.OutcomeRead}
	s.keeper = care.New(care.Config{
		Store: s.store, Jobs: s.queue, Uploads: s.uploads, Blobs: s.blobs, Log: s.log, Clock: s.sharing.clock, Observer: s.metrics, Began: s.blobs.began,
		AuditRetention: s.cfg.AuditRetention,
	})
}

// face makes the parts that clients and receivers meet: the API and the sender of webhooks.
func (s *Server) face(bell webhook.Bell, keys *auth.Keys) error {
	endpoints := &webhook.Endpoints{Store: s.store, Check: s.checkURL, Tool: s.hasTool, Now: s.store.now, Random: rand.Reader, Recovered: s.metrics.WebhooksRecovered}
	face := httpapi.Config{
		Audit: s.store, Webhooks: endpoints, Reads: s.reads, CheckURL: s.checkURL, CheckPut: s.checkPut, DownloadURL: s.cfg.DownloadHost,
		Queue: s.queue, Uploads: s.uploads, Runner: s.pool, Keys: keys, Signer: s.signer, Blobs: s.blobs, Tools: s.tools, Plans: s.plan,
		Log: s.log, Now: s.store.now, Limiter: s.sharing.limiter, NoAPI: !s.cfg.Roles.API, Issuer: s.cfg.JWT.Issuer, PublicURL: s.publicURL(), Unnamed: s.cfg.PublicURL == "", SyncTimeout: s.cfg.SyncTimeout, SyncMaxBytes: s.cfg.SyncMaxBytes,
		LinkExpiry: s.cfg.LinkExpiry, CORSOrigins: s.cfg.CORSOrigins, TrustedProxies: s.cfg.TrustedProxies, Forwarded: httpapi.Forwarded{Owner: s.cfg.Forwarded.OwnerHeader, Plan: s.cfg.Forwarded.PlanHeader, Scopes: s.cfg.Forwarded.ScopesHeader}, KnownPlan: s.knowsPlan, MaxHeld: int64(s.cfg.MaxHeld), Routes: routes(s.parts(endpoints, keys)),
		Feed:        groupsroutes.Feed(s.groups),
		Lines:       lines.Submit(s.publicURL()),
		Dialects:    dialects(s.spoken()),
		LogRequests: s.cfg.LogRequests, Stopping: s.stopping, Ready: s.ready, Metrics: s.metrics.Handler(),
		Observer: s.metrics, Trace: s.trace, OperatorApart: s.operators != nil,
	}
	if err := face.CheckBase(); err != nil {
		return err
	}
	s.handler = httpapi.New(face)
	s.sender = webhook.NewSender(webhook.Config{
		Store: s.store, Jobs: s.store, Caller: s.fetch, Render: rendering{s.handler}, Log: s.log, Now: s.store.now, Clock: s.sharing.clock, Random: rand.Reader, Version: s.version, Bell: bell,
		Keys: s.signer.WebhookKeys, Told: s.metrics.WebhookTold, Paced: s.metrics.WebhookPaced, Trace: s.trace, Members: s.tracesOf,
	})
	s.serveOperators(&face)
	s.http = s.door(s.handler)
	return nil
}

// publicURL is what links begin with.
func (s *Server) publicURL() string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	return s.URL()
}

// Judges judge the addresses that settings name, and the schemas of tools.
func Judges() config.Judges {
	return config.Judges{Store: judgeStore, Blobs: judgeBlobs, Schema: func(text []byte) error {
		if _, err := schema.NewCompiler(1).Compile(text); err != nil {
			return err
		}
		return mcp.CheckMarks(text)
	}}
}

// Operator returns what operator commands can do on this server.
func (s *Server) Operator() *Operator { return s.operator }

// ready fails with a sentence for the log when work would not be done.
func (s *Server) ready(ctx context.Context) error {
	if err := s.store.Ping(ctx); err != nil {
		return fmt.Errorf("the store takes no writes: %w", err)
	}
	if err := s.blobs.Ping(ctx); err != nil {
		return fmt.Errorf("the storage takes no files: %w", err)
	}
	if !s.pool.Alive() {
		return errors.New("not every worker is alive")
	}
	return nil
}

// Run answers requests and runs jobs until ctx is done. Then, in this order: no
// new job is begun and calls that run become jobs, requests are ended, jobs
// are finished or handed back, webhooks are called or handed back, maintenance
// stops, what is left of traces is sent, the store is closed.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	keep, endKeep := context.WithCancel(context.WithoutCancel(ctx))
	claim, endClaim := context.WithCancel(context.WithoutCancel(ctx))
	send, endSend := context.WithCancel(context.WithoutCancel(ctx))
	var maintenance, claiming, sending sync.WaitGroup
	s.maintain(keep, &maintenance)
	claiming.Go(func() { s.pool.Run(claim) })
	if s.cfg.Roles.Worker {
		sending.Go(func() { s.sender.Run(send) })
	}
	var err error
	failed := make(chan error, 1)
	go func() { failed <- s.serve() }()

	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serve requests: %w", err)
	}
	deadline := time.Now().Add(s.cfg.ShutdownTimeout)
	s.log.InfoContext(ctx, "stopping", "patience", s.cfg.ShutdownTimeout.String())
	s.beginEnd()
	endClaim()
	claiming.Wait()
	end, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	s.leaveSocket(end)
	if s.http.Shutdown(end) != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.pool.Drain(time.Until(deadline) - min(s.cfg.ShutdownTimeout/10, lastMoment))
	endSend()
	sending.Wait()
	s.sender.Drain(time.Until(deadline))
	s.fetch.Close()
	s.targets.CloseIdleConnections()
	endKeep()
	if !ends(&maintenance, time.Until(deadline)) {
		s.log.WarnContext(ctx, "maintenance waits for a store that does not answer, and is left behind")
	}
	s.trace.Close()
	s.log.InfoContext(ctx, "stopped")
	return err
}

// close releases what was opened, in the reverse order.
func (s *Server) close() {
	s.stop()
	s.plain.close()
	s.operators.close()
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.endControl != nil {
		s.endControl()
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.log.Error("close the store", "err", err)
		}
	}
	if s.blobs != nil {
		if err := s.blobs.close(); err != nil {
			s.log.Error("close the files", "err", err)
		}
	}
	if s.folder != nil {
		s.folder.unlock()
	}
}

// beginEnd begins the end: long polls are answered, and shortly before the end a
// store that does not answer is waited for less, also while it is closed.
func (s *Server) beginEnd() {
	if s.store.hurry != nil {
		time.AfterFunc(s.cfg.ShutdownTimeout-min(s.cfg.ShutdownTimeout/2, lastHurry), s.store.hurry)
	}
	s.stop()
}

// ends waits for a group up to patience, but for a moment in any case, and reports whether it has ended.
func ends(group *sync.WaitGroup, patience time.Duration) bool {
	ended := make(chan struct{})
	go func() {
		group.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(max(patience, leastMoment)):
		return false
	}
}

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
	"path/filepath"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/fetch"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/metrics"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/jsontool"
	"claimcheck/internal/tool/testtool"
	"claimcheck/internal/webhook"
	"claimcheck/internal/worker"
)

// Limits of connections that no setting changes.
const (
	headTime      = 10 * time.Second // to send a request's head
	idleTime      = 2 * time.Minute  // between two requests of a connection
	toolGrace     = 10 * time.Second // for a tool to stop after it was told to
	syncPerWorker = 4                // synchronous calls that run at once, for each worker
	databaseName  = "claimcheck.db"
)

// tools is the one list of built-in tools.
func tools() (*tool.Set, error) {
	return tool.NewSet(append(jsontool.Tools(), testtool.Tools()...)...)
}

// A Server is a running server, or one that is about to run.
type Server struct {
	cfg      config.Config
	log      *slog.Logger
	folder   *folder
	store    *sqlitestore.Store
	blobs    *blobs
	queue    *queue.Queue
	pool     *worker.Pool
	fetch    *fetch.Client
	sender   *webhook.Sender
	operator *Operator
	metrics  *metrics.Set
	listener net.Listener
	http     *http.Server
	stopping context.Context //nolint:containedctx // the server's own life
	stop     context.CancelFunc

	endControl func() // waits for operator commands that run
}

// Serve runs a server until ctx is done, then stops it in good order. It
// writes one line to stdout when it is ready, and its log to logTo.
func Serve(ctx context.Context, cfg config.Config, version string, stdout, logTo io.Writer) error {
	s, err := Open(ctx, cfg, version, logTo)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "listening on %s\n", s.URL()); err != nil {
		s.close()
		return fmt.Errorf("say that the server is ready: %w", err)
	}
	return s.Run(ctx)
}

// Open opens everything that a server needs; requests are answered once Run is
// called. The returned server must be run.
func Open(ctx context.Context, cfg config.Config, version string, logTo io.Writer) (_ *Server, err error) {
	s := &Server{cfg: cfg, metrics: metrics.New(version)}
	s.log = slog.New(slog.NewJSONHandler(logTo, &slog.HandlerOptions{Level: cfg.LogLevel}))
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.folder, err = lockFolder(cfg.Data); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if s.listener, err = lc.Listen(ctx, "tcp", cfg.Listen); err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", cfg.Listen, reason(err))
	}
	if err := s.join(ctx, version); err != nil {
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
func (s *Server) join(ctx context.Context, version string) error {
	bell := webhook.NewBell()
	store, err := sqlitestore.Open(ctx, sqlitestore.Options{
		Path: filepath.Join(s.cfg.Data, databaseName), Now: time.Now, Log: s.log, OnBatch: s.metrics.Committed,
		OnDelivery: bell.Ring,
	})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	s.store = store
	if s.blobs, err = openBlobs(ctx, &s.cfg); err != nil {
		return err
	}
	blobs := s.blobs
	if err := syncFolder(s.folder.path); err != nil { // the database and the folder of files are there to stay
		return fmt.Errorf("make the data folder durable: %w", err)
	}
	signer, err := sign.Load(ctx, store, time.Now, rand.Reader, longestSignature(&s.cfg))
	if err != nil {
		return fmt.Errorf("load signing secrets: %w", err)
	}
	keys := auth.New(store, time.Now, rand.Reader, 0)
	s.queue, err = queue.New(ctx, queue.Config{
		Store: store, Blobs: blobs, Log: s.log, Now: time.Now, Random: rand.Reader, Plans: s.plan,
		Node: "local", Workers: s.cfg.Workers, Lease: s.cfg.Lease, MaxAttempts: s.cfg.MaxAttempts, Retention: s.cfg.Retention,
		CacheBytes: s.cfg.CacheBytes, UploadExpiry: s.cfg.UploadExpiry, Began: s.blobs.began, Observer: s.metrics,
	})
	if err != nil {
		return err
	}
	s.metrics.Watch(s.queue)
	set, err := tools()
	if err != nil {
		return err
	}
	s.fetch = fetch.New(fetch.Config{AllowNetworks: s.cfg.FetchNetworks, AllowPorts: s.cfg.FetchPorts, Own: ownAddresses(s.listener)})
	runner := &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: s.log, Grace: toolGrace}
	s.pool = worker.New(worker.Config{
		Queue: s.queue, Tools: set, Inputs: &attempt.Inputs{Queue: s.queue, Blobs: blobs, Fetch: s.fetch}, Runner: runner, Log: s.log,
		Workers: s.cfg.Workers, SyncPlaces: max(s.cfg.Workers, 1) * syncPerWorker, JobTimeout: s.cfg.JobTimeout, Ran: s.metrics.Ran,
	})
	s.operator = &Operator{keys: keys, signer: signer, plans: s.cfg.Plans, cfg: &s.cfg, store: store, blobs: s.blobs, running: s.queue}
	doc, err := describe(set, s.URL(), version)
	if err != nil {
		return err
	}
	endpoints := &webhook.Endpoints{Store: store, Check: s.checkURL, Now: time.Now, Random: rand.Reader}
	handler := httpapi.New(httpapi.Config{
		Webhooks: endpoints, CheckURL: s.checkURL, Poster: s.blobs.poster, FileLinker: s.blobs.linker, DownloadURL: s.cfg.DownloadHost, Queue: s.queue, Runner: s.pool, Keys: keys, Signer: signer, Blobs: blobs, Tools: set, Plans: s.plan,
		Log: s.log, Now: time.Now, PublicURL: s.publicURL(), SyncTimeout: s.cfg.SyncTimeout, SyncMaxBytes: s.cfg.SyncMaxBytes,
		LinkExpiry: s.cfg.LinkExpiry, CORSOrigins: s.cfg.CORSOrigins, TrustedProxies: s.cfg.TrustedProxies,
		LogRequests: s.cfg.LogRequests, Stopping: s.stopping, Ready: s.ready, Metrics: s.metrics.Handler(),
		OpenAPI: doc, Observer: s.metrics,
	})
	s.sender = webhook.NewSender(webhook.Config{
		Store: store, Jobs: store, Caller: s.fetch, Render: handler, Log: s.log, Now: time.Now, Random: rand.Reader, Version: version, Bell: bell,
	})
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: int(s.cfg.MaxHeaderBytes),
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

// longestSignature is how long anything that is signed is good for.
func longestSignature(cfg *config.Config) time.Duration { return max(cfg.LinkExpiry, cfg.UploadExpiry) }

// checkURL judges an address that a client names by its text.
func (s *Server) checkURL(text string) error {
	_, err := s.fetch.CheckURL(text)
	return err
}

// URL is where the server listens.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// publicURL is what links begin with.
func (s *Server) publicURL() string {
	if s.cfg.PublicURL != "" {
		return s.cfg.PublicURL
	}
	return s.URL()
}

// Operator returns what operator commands can do on this server.
func (s *Server) Operator() *Operator { return s.operator }

// plan returns a plan by name; one that is gone from the configuration is the
// default.
func (s *Server) plan(name string) account.Plan {
	if p, ok := s.cfg.Plans[name]; ok {
		return p
	}
	return s.cfg.Plans["default"]
}

// ready fails with a sentence for the log when work would not be done.
func (s *Server) ready(ctx context.Context) error {
	if err := s.store.Ping(ctx); err != nil {
		return fmt.Errorf("the store takes no writes: %w", err)
	}
	if !s.pool.Alive() {
		return errors.New("not every worker is alive")
	}
	return nil
}

// Run answers requests and runs jobs until ctx is done. Then, in this order: no
// new job is begun and calls that run become jobs, requests are ended, jobs
// are finished or handed back, webhooks are called or handed back, maintenance
// stops, the store is closed.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	keep, endKeep := context.WithCancel(context.WithoutCancel(ctx))
	claim, endClaim := context.WithCancel(context.WithoutCancel(ctx))
	send, endSend := context.WithCancel(context.WithoutCancel(ctx))
	var maintenance, claiming, sending sync.WaitGroup
	maintenance.Go(func() { s.queue.Run(keep) })
	claiming.Go(func() { s.pool.Run(claim) })
	sending.Go(func() { s.sender.Run(send) })
	var err error
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(patientListener{s.listener}) }()

	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serve requests: %w", err)
	}
	deadline := time.Now().Add(s.cfg.ShutdownTimeout)
	s.log.InfoContext(ctx, "stopping", "patience", s.cfg.ShutdownTimeout.String())
	s.stop()
	endClaim()
	claiming.Wait()
	end, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	if s.http.Shutdown(end) != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.pool.Drain(time.Until(deadline))
	endSend()
	sending.Wait()
	s.sender.Drain(time.Until(deadline))
	s.fetch.Close()
	endKeep()
	maintenance.Wait()
	s.log.InfoContext(ctx, "stopped")
	return err
}

// close releases what was opened, in the reverse order.
func (s *Server) close() {
	s.stop()
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

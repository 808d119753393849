package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof" // its handlers are used below; nothing serves the default mux

	"claimcheck/internal/httpapi"
)

// listenForOperators opens the address of their own that operators may have
// health, metrics and the profiler on.
func (s *Server) listenForOperators(ctx context.Context) error {
	if s.cfg.OperatorListen == "" {
		if s.cfg.Profiler {
			return errors.New("profiler needs operator_listen: it is never on the address that clients reach")
		}
		return nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", s.cfg.OperatorListen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", s.cfg.OperatorListen, reason(err))
	}
	s.operators = &operators{listener: l}
	return nil
}

// operators is what answers on their address.
type operators struct {
	listener net.Listener
	http     *http.Server
	ended    chan struct{}
}

// serveOperators answers until end; requests that run are cut off then.
func (s *Server) serveOperators(c *httpapi.Config) {
	if s.operators == nil {
		return
	}
	c.NoAPI, c.CORSOrigins, c.OperatorApart = true, nil, false
	mux := http.NewServeMux()
	mux.Handle("/", httpapi.New(*c))
	if s.cfg.Profiler {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	o := s.operators
	o.ended = make(chan struct{})
	o.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: int(s.cfg.MaxHeaderBytes),
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(o.ended)
		if err := o.http.Serve(o.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the operators' address is not served any more", "err", err)
		}
	}()
}

// close ends the address.
func (o *operators) close() {
	if o == nil {
		return
	}
	if o.http != nil {
		_ = o.http.Close() // and the listener: Serve must see the end before the listener does
		<-o.ended
	}
	_ = o.listener.Close()
}

// OperatorURL is where operators find health and metrics, empty if that is
// where the API is.
func (s *Server) OperatorURL() string {
	if s.operators == nil {
		return ""
	}
	return "http://" + s.operators.listener.Addr().String()
}

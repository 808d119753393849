// Package tus is how files are handed in that arrive in parts: tus 1.0
// (https://tus.io/protocols/resumable-upload) below /files/, spoken by tusd's
// handler. This package gives that handler our uploads for a store
// and their leases for locks, and adds what it does not do: checksums, expiration,
// keys. What uploads may be is package upload's to say, and who may call the
// guard's.
package tus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	theirs "golang.org/x/exp/slog"

	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/upload"
)

const (
	prefix  = "/files"
	version = "1.0.0"

	// extensions are those of the protocol that are served.
	extensions = "creation,creation-with-upload,creation-defer-length,expiration,checksum,checksum-trailer,termination,concatenation"

	lockPatience = 20 * time.Second // with who writes to an upload that somebody else wants

	// handlerReads is more than any body takes that the server lets arrive:
	// how slowly it may is the server's to say.
	handlerReads = time.Hour

	// lastWords is how long the handler may work when its client has gone, to
	// keep what arrived.
	lastWords = 30 * time.Second
)

// Config is what uploads are served with.
type Config struct {
	Uploads   *upload.Uploads
	PublicURL string          // what addresses of ours begin with, without a final slash
	Stopping  context.Context //nolint:containedctx // done when shutdown begins: transfers end, to be resumed elsewhere
}

// A server is uploads as they are served.
type server struct {
	Config
	base  string // what addresses of uploads begin with
	their *handler.UnroutedHandler
}

// Mount is where files are handed in.
func Mount(c Config) httpapi.Mount {
	s := &server{Config: c, base: c.PublicURL + prefix + "/"}
	composer := handler.NewStoreComposer()
	composer.UseCore(store{s})
	composer.UseTerminater(store{s})
	composer.UseConcater(store{s})
	composer.UseLengthDeferrer(store{s})
	composer.UseLocker(locker{s})
	var err error
	s.their, err = handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer, BasePath: s.base, DisableDownload: true, Cors: &handler.CorsConfig{Disable: true}, Logger: theirs.New(silent{}),
		AcquireLockTimeout: lockPatience, NetworkTimeout: handlerReads, GracefulRequestCompletionTimeout: lastWords,
	})
	if err != nil {
		panic(fmt.Sprintf("tus: %v", err)) // the configuration is ours
	}
	return httpapi.Mount{
		Name: "tus", Prefix: prefix, Words: Words{}, Options: s.options,
		Headers: []string{
			"Tus-Resumable", "Upload-Length", "Upload-Defer-Length", "Upload-Metadata", "Upload-Offset", "Upload-Concat", "Upload-Checksum",
			"X-HTTP-Method-Override", "X-Requested-With",
		},
		Shows: []string{
			"Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Upload-Offset", "Upload-Length",
			"Upload-Defer-Length", "Upload-Metadata", "Upload-Concat", "Upload-Expires", "Upload-Key",
		},
		Routes: []httpapi.Route{
			{Method: http.MethodPost, Path: prefix, Access: httpapi.Later, Handler: s.serve},
			{Method: http.MethodPost, Path: prefix + "/", Access: httpapi.Later, Handler: s.serve},
			{Method: http.MethodHead, Path: prefix + "/{id}", Access: httpapi.Later, Handler: s.serve},
			{Method: http.MethodPatch, Path: prefix + "/{id}", Access: httpapi.Later, Handler: s.serve},
			{Method: http.MethodDelete, Path: prefix + "/{id}", Access: httpapi.Later, Handler: s.serve},
			{Method: http.MethodPost, Path: prefix + "/{id}", Access: httpapi.Later, Handler: s.serve}, // that stands for another method
		},
	}
}

// silent throws away what the handler tells of each request: we tell it ourselves.
type silent struct{}

func (silent) Enabled(context.Context, theirs.Level) bool  { return false }
func (silent) Handle(context.Context, theirs.Record) error { return nil }
func (s silent) WithAttrs([]theirs.Attr) theirs.Handler    { return s }
func (s silent) WithGroup(string) theirs.Handler           { return s }

// options tells what is served. With a key it tells how large a file may be.
func (s *server) options(c *httpapi.Call) {
	h := c.Header()
	h["Tus-Resumable"] = []string{version}
	h["Tus-Version"] = []string{version}
	h["Tus-Extension"] = []string{extensions}
	h["Tus-Checksum-Algorithm"] = []string{strings.Join(algorithmNames(), ",")}
	if c.Request().Header.Get("x-api-key") == "" && c.Request().Header.Get("Authorization") == "" {
		return
	}
	if c.Admit(true) != nil {
		return // OPTIONS needs no key
	}
	if most := c.Plan().MaxInputBytes; most > 0 {
		h["Tus-Max-Size"] = []string{fmt.Sprint(most)}
	}
}

// method is what a request asks for: clients that cannot send PATCH and DELETE
// send POST and say so.
func method(r *http.Request) string {
	if as := r.Header.Get("X-HTTP-Method-Override"); r.Method == http.MethodPost && as != "" {
		return as
	}
	return r.Method
}

// serve answers a request below the prefix.
func (s *server) serve(c *httpapi.Call) error {
	r, id := c.Request(), c.Request().PathValue("id")
	does := method(r)
	if err := admit(c, does); err != nil {
		return err
	}
	handle, allow := s.find(id, does)
	if handle == nil {
		return fault.New(fault.MethodNotAllowed, "METHOD_NOT_ALLOWED", "This path does not take this method; it takes %s.", allow).With("allow", allow)
	}
	if does != http.MethodHead && r.Header.Get("Tus-Resumable") != version {
		return errVersion
	}
	if err := checkMeta(r.Header.Get("Upload-Metadata")); err != nil {
		return err
	}
	return c.Hand(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		on := &call{Call: c, does: does}
		a := &answer{ResponseWriter: w, s: s, call: on}
		asked := r.WithContext(context.WithValue(r.Context(), callKey{}, on))
		at := *r.URL
		at.Path = id
		asked.URL, asked.Method, asked.Header = &at, does, r.Header.Clone()
		asked.Header.Set("Upload-Concat", s.absolute(asked.Header.Get("Upload-Concat")))
		on.asked = asked.Header
		on.body = &watched{ReadCloser: asked.Body}
		asked.Body = on.body
		if err := s.judge(asked, on, func() { handle(a, asked) }); err != nil {
			refuse(a, asked, err)
		}
	}))
}

// find finds what does a method, or says which methods there are.
func (s *server) find(id, does string) (handle http.HandlerFunc, allow string) {
	all := map[string]http.HandlerFunc{http.MethodHead: s.their.HeadFile, http.MethodPatch: s.their.PatchFile, http.MethodDelete: s.their.DelFile}
	if id == "" {
		all = map[string]http.HandlerFunc{http.MethodPost: s.their.PostFile}
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return all[does], strings.Join(names, ", ")
}

// absolute makes the addresses of an Upload-Concat field begin as ours do, which may
// be paths alone or those of another name of this server.
func (s *server) absolute(concat string) string {
	list, ok := strings.CutPrefix(concat, "final;")
	if !ok {
		return concat
	}
	parts := strings.Fields(list)
	for i, part := range parts {
		if _, id, ok := strings.Cut(part, prefix+"/"); ok {
			parts[i] = s.base + id
		}
	}
	return "final;" + strings.Join(parts, " ")
}

// admit checks the key, limit and scope. An upload that has begun goes on, more
// slowly: most clients give up at the first 429.
func admit(c *httpapi.Call, does string) error {
	switch does {
	case http.MethodHead:
		return c.AdmitSoon(true)
	case http.MethodPatch:
		return c.AdmitSoon(false)
	default:
		return c.Admit(false)
	}
}

// A watched body knows whether all of it was read, or why it could not be.
type watched struct {
	io.ReadCloser
	ended  bool
	failed error
}

// Read implements [io.Reader].
func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended = true
	} else if err != nil {
		b.failed = err
	}
	return n, err
}

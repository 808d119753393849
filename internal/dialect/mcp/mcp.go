// Package mcp is the dialect of agents: the Model Context Protocol over HTTP, in
// its stateless revision 2026-07-28 (modern) and in those that begin with
// initialize (legacy), on one address. Every tool that a key may call is a tool
// here, every call is an order like any other, and what lasts longer is a job.
// Nothing is remembered between two requests but jobs.
//
// It has no resources, prompts or questions to users, opens no sessions, and takes
// no batches: of all revisions only 2025-03-26 had them, and no client is known
// that sent any.
package mcp

import (
	"net/http"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/tool"
)

// Config is what the dialect works with.
type Config struct {
	Tools   *tool.Set
	Version string // of this server
	// SyncTimeout is how long a call is held whose client knows no tasks, and how
	// long job_result waits.
	SyncTimeout time.Duration
}

const prefix = "/mcp"

// Header fields of requests (2026-07-28, Streamable HTTP, "Request Metadata").
const (
	headerVersion = "MCP-Protocol-Version"
	headerMethod  = "Mcp-Method"
	headerName    = "Mcp-Name"
	headerParam   = "Mcp-Param-" // and a name that the tool's schema chose

	keyVersion = "Mcp-Protocol-Version" // where net/http has headerVersion
)

// Mount is where the dialect is spoken.
func Mount(c Config) httpapi.Mount {
	s := &server{Config: c}
	s.identity = encode(s.info())
	return httpapi.Mount{
		Name: "mcp", Prefix: prefix, Words: &words{}, Files: true, Full: true,
		Headers: []string{headerVersion, headerMethod, headerName}, HeaderPrefix: headerParam,
		Routes: []httpapi.Route{{Method: http.MethodPost, Path: prefix, Access: httpapi.Later, Handler: s.post}},
	}
}

// A server answers messages.
type server struct {
	Config
	identity []byte // info in JSON
}

// maxBytes is how long a message may be. It is read as a whole; what is larger
// is an upload, or at an address.
const maxBytes = 8 << 20

// post answers a message: where it comes from and its key are checked before it is
// read, then its form, its revision, and what it asks for.
func (s *server) post(c *httpapi.Call) error {
	if err := c.CheckOrigin(); err != nil {
		return err
	}
	if err := c.Identify(); err != nil {
		return err
	}
	body, err := readBody(c)
	if err != nil {
		if refused := c.Admit(true); refused != nil { // what cannot be read counts, too
			err = refused
		}
		return err
	}
	x := &exchange{server: s, call: c}
	x.answer(x.read(body))
	return nil
}

// readBody reads a message that says that it is one.
func readBody(c *httpapi.Call) ([]byte, error) {
	if err := checkType(c.Request().Header); err != nil {
		return nil, err
	}
	body, err := c.Body(maxBytes)
	if fault.Is(err, fault.TooLarge) {
		err = fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "A message has at most %d bytes; upload a larger input, and name it with file, or with url where it is.", maxBytes).With("limit", maxBytes)
	}
	return body, err
}

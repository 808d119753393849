package mcp

import (
	"encoding/json"
	"net/http"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
)

// Codes of errors: JSON-RPC 2.0, section 5.1, and MCP 2026-07-28, "Error Codes".
const (
	parseError         = -32700
	invalidRequest     = -32600
	methodNotFound     = -32601
	invalidParams      = -32602
	internalError      = -32603
	headerMismatch     = -32020
	unsupportedVersion = -32022
)

// A problem is an error of the protocol: unlike a tool's failure it is not meant
// for the model that chose the tool.
type problem struct {
	Status  int    // HTTP's
	Code    int    // JSON-RPC's
	Message string // a sentence
	Data    any    // nil for none
}

// Error gives the message.
func (p *problem) Error() string { return p.Message }

// badRequest is a message of the wrong form.
func badRequest(message string) *problem {
	return &problem{Status: http.StatusBadRequest, Code: invalidRequest, Message: message}
}

// badParams is a message of the right form that asks for what cannot be.
func badParams(message string) *problem {
	return &problem{Status: http.StatusOK, Code: invalidParams, Message: message}
}

// mismatch is a header that differs from the body.
func mismatch(message string) *problem {
	return &problem{Status: http.StatusBadRequest, Code: headerMismatch, Message: message}
}

// problemOf is a failure that is no tool's. That of a limit, a key or a page keeps
// its HTTP status, because proxies and clients act on it; what failed of ours
// afterwards is an answer like others, so that its code arrives.
func problemOf(f dialect.Failure) *problem {
	p := &problem{Status: f.Status, Code: internalError, Message: f.Message}
	switch f.Kind {
	case fault.Internal, fault.Unavailable, fault.Timeout, fault.Upstream:
		p.Status = http.StatusOK
	case fault.Invalid, fault.TooLarge, fault.Unsupported, fault.MethodNotAllowed:
		p.Code = invalidRequest
	default:
	}
	data := map[string]any{}
	for _, d := range f.Details {
		data[d.Name] = d.Value
	}
	data["code"] = f.Code
	if f.RetryAfter > 0 {
		data["retry_after"] = f.RetryAfter
	}
	p.Data = data
	return p
}

// wire is the error response; an id that could not be read is left out (MCP,
// schema, JSONRPCErrorResponse).
func (p *problem) wire(id json.RawMessage) []byte {
	return encode(struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Error   wireError       `json:"error"`
	}{"2.0", id, p.body()})
}

// A wireError is the error itself (JSON-RPC 2.0, section 5.1).
type wireError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (p *problem) body() wireError { return wireError{p.Code, p.Message, p.Data} }

// encode writes what is certain to be JSON.
func encode(v any) []byte { return dialect.JSON(v) }

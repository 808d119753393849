package api

import "encoding/json"

// GoogleOperation is a google.longrunning.Operation, as the Google dialect words a
// job: Response or Error when Done.
type GoogleOperation struct {
	Name     string        `json:"name"`     // operations/ and the job's id
	Metadata GoogleStruct  `json:"metadata"` // the full view, without what the operation says itself
	Done     bool          `json:"done"`
	Response *GoogleStruct `json:"response,omitempty"` // the synchronous answer; one that is no object is the member value
	Error    *GoogleStatus `json:"error,omitempty"`
}

// GoogleStruct is a google.protobuf.Struct in an Any: its numbers are doubles.
type GoogleStruct struct {
	Type  string         `json:"@type"` // type.googleapis.com/google.protobuf.Struct
	Value map[string]any `json:"value"`
}

// GoogleStatus is a google.rpc.Status: why an operation failed.
type GoogleStatus struct {
	Code    int          `json:"code"` // a google.rpc.Code
	Message string       `json:"message"`
	Details []GoogleInfo `json:"details"` // one
}

// GoogleInfo is a google.rpc.ErrorInfo in an Any.
type GoogleInfo struct {
	Type     string            `json:"@type"`    // type.googleapis.com/google.rpc.ErrorInfo
	Reason   string            `json:"reason"`   // the code of the plain dialect, for instance INVALID_JSON
	Domain   string            `json:"domain"`   // claimcheck
	Metadata map[string]string `json:"metadata"` // line and column, for instance
}

// GoogleFailure is the body of every refused request of the Google dialect.
type GoogleFailure struct {
	Error GoogleRefusal `json:"error"`
}

// GoogleRefusal says why a request was refused (AIP-193).
type GoogleRefusal struct {
	Code    int          `json:"code"`   // HTTP's status
	Status  string       `json:"status"` // the name of a google.rpc.Code
	Message string       `json:"message"`
	Details []GoogleInfo `json:"details"` // one
}

// GoogleOperations is a google.longrunning.ListOperationsResponse, newest first.
type GoogleOperations struct {
	Operations    []GoogleOperation `json:"operations"`
	NextPageToken string            `json:"nextPageToken,omitempty"` // empty on the last page, and only there
}

// GoogleRun is the body of POST /v1/tools/{tool}:run: exactly one of Content, URL
// and File.
type GoogleRun struct {
	Content   json.RawMessage `json:"content,omitempty"` // text or, for a tool whose input is JSON, any value
	URL       string          `json:"url,omitempty"`
	File      string          `json:"file,omitempty"`      // the key of an upload
	Options   map[string]any  `json:"options,omitempty"`   // by the header's name, without x-, as tabSpace, tab_space or tab-space
	RequestID string          `json:"requestId,omitempty"` // an Idempotency-Key (AIP-155)
}

// GoogleWait is a google.longrunning.WaitOperationRequest.
type GoogleWait struct {
	Timeout string `json:"timeout,omitempty"` // seconds with an s, as in 20s; 25s is the most
}

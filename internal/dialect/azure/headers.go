package azure

import (
	"net/http"
	"strings"
	"time"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Fields that Azure's clients send and read beside everybody's.
const (
	operationLocation = "Operation-Location"
	errorCode         = "X-Ms-Error-Code"
	clientRequestID   = "X-Ms-Client-Request-Id"
	requestID         = "Repeatability-Request-Id"
	firstSent         = "Repeatability-First-Sent"
	repeatability     = "Repeatability-Result"
)

// maxClientRequestID is the longest x-ms-client-request-id that is sent back, in
// bytes.
const maxClientRequestID = 128

// echo sends x-ms-client-request-id back, by which clients find answers in their
// logs.
func echo(asked, answer http.Header) {
	v := asked[clientRequestID]
	if len(v) == 1 && len(v[0]) <= maxClientRequestID && !strings.ContainsFunc(v[0], func(c rune) bool { return c < ' ' || c > '~' }) {
		answer[clientRequestID] = v
	}
}

// codeTooOld is of a request that was first sent before the time for which
// answers are remembered.
const codeTooOld = "REPEATABILITY_EXPIRED"

// keys are the idempotency keys of a request: Idempotency-Key, or the two fields of
// OASIS Repeatable Requests 1.0, of which the first is a UUID and the second says
// when the request was first sent, as an HTTP date. Failures: Invalid
// INVALID_REQUEST and REPEATABILITY_EXPIRED, when whether it was done before is
// not known any more.
func keys(h http.Header, now time.Time) ([]string, error) {
	plain, id, sent := h["Idempotency-Key"], h[requestID], h[firstSent]
	switch {
	case len(id) == 0 && len(sent) == 0:
		return plain, nil
	case len(plain) > 0:
		return nil, wrong("Send Idempotency-Key or Repeatability-Request-ID, not both.")
	case len(id) != 1 || len(sent) != 1:
		return nil, wrong("Repeatability-Request-ID and Repeatability-First-Sent must be sent together, once each.")
	}
	if _, err := job.ParseID(id[0]); err != nil {
		return nil, wrong("Repeatability-Request-ID must be a UUID.")
	}
	at, err := http.ParseTime(sent[0])
	if err != nil {
		return nil, wrong("Repeatability-First-Sent must be an HTTP date such as Thu, 01 Oct 2026 00:00:00 GMT.")
	}
	if now.Sub(at) > protocol.AnswerLife {
		return nil, fault.New(fault.Invalid, codeTooOld,
			"The request was first sent more than %d hours ago, and whether it was done then is not known any more.", int(protocol.AnswerLife.Hours()))
	}
	return []string{strings.ToLower(id[0])}, nil
}

func wrong(message string) error {
	return fault.New(fault.Invalid, intake.CodeInvalidRequest, "%s", message)
}

// accepted says that a request that may be repeated was taken up.
func accepted(asked, answer http.Header) {
	if len(asked[requestID]) > 0 {
		answer[repeatability] = []string{"accepted"}
	}
}

// refused says that it was not, if that is certain.
func refused(f dialect.Failure, answer http.Header) {
	delete(answer, repeatability)
	if len(f.Asked[requestID]) > 0 && !fault.OutcomeUnknown(f.Error) {
		answer[repeatability] = []string{"rejected"}
	}
}

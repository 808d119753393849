package google

import (
	"net/http"

	"claimcheck/internal/dialect"
)

// A code is a google.rpc.Code.
type code int

// The codes that are sent (google/rpc/code.proto).
const (
	canceled           code = 1
	invalidArgument    code = 3
	deadlineExceeded   code = 4
	notFound           code = 5
	permissionDenied   code = 7
	failedPrecondition code = 9
	aborted            code = 10
	outOfRange         code = 11
	unimplemented      code = 12
	internal           code = 13
	unavailable        code = 14
	unauthenticated    code = 16
)

// String is the code's name as Google spells it.
func (c code) String() string {
	return map[code]string{
		canceled: "CANCELLED", invalidArgument: "INVALID_ARGUMENT", deadlineExceeded: "DEADLINE_EXCEEDED", notFound: "NOT_FOUND",
		permissionDenied: "PERMISSION_DENIED", failedPrecondition: "FAILED_PRECONDITION", aborted: "ABORTED", outOfRange: "OUT_OF_RANGE",
		unimplemented: "UNIMPLEMENTED", internal: "INTERNAL", unavailable: "UNAVAILABLE", unauthenticated: "UNAUTHENTICATED",
	}[c]
}

// byStatus are the codes of HTTP statuses, as google/rpc/code.proto pairs them;
// of those that it does not have the nearest one.
var byStatus = map[int]code{
	http.StatusBadRequest:                   invalidArgument,
	http.StatusUnauthorized:                 unauthenticated,
	http.StatusForbidden:                    permissionDenied,
	http.StatusNotFound:                     notFound,
	http.StatusMethodNotAllowed:             unimplemented,
	http.StatusConflict:                     aborted,
	http.StatusGone:                         notFound,
	http.StatusRequestEntityTooLarge:        invalidArgument,
	http.StatusUnsupportedMediaType:         invalidArgument,
	http.StatusRequestedRangeNotSatisfiable: outOfRange,
	http.StatusUnprocessableEntity:          invalidArgument,
	http.StatusBadGateway:                   unavailable,
	http.StatusServiceUnavailable:           unavailable,
	http.StatusGatewayTimeout:               deadlineExceeded,
}

// codeOf is the code of an HTTP status.
func codeOf(status int) code {
	if c, ok := byStatus[status]; ok {
		return c
	}
	if status >= http.StatusInternalServerError {
		return internal
	}
	return failedPrecondition
}

// codeOfJob is the code of a failed job: that of the status with which a
// synchronous call would have been answered, but for what HTTP has no word for.
func codeOfJob(f dialect.Failure) code {
	switch f.Code {
	case dialect.CodeCanceled:
		return canceled
	case "WORKER_LOST":
		return unavailable
	default:
		return codeOf(f.Status)
	}
}

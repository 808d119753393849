package queue

import (
	"time"

	"claimcheck/internal/fault"
)

// Codes of finished jobs that the queue itself gives (api/openapi.yaml has them all).
const (
	codeInternal = "INTERNAL_ERROR"
	codeTimeout  = "TIMEOUT"
	codeCanceled = "CANCELED"
	codeLost     = "WORKER_LOST"
	codeReleased = "RELEASED" // of attempts only: handed back at a shutdown
)

// The causes with which an attempt's context is ended.
var (
	// ErrLeaseLost means that the attempt is no longer the current one.
	ErrLeaseLost = fault.New(fault.LeaseLost, "LEASE_LOST", "This attempt is no longer the current one; its result is not accepted.")
	// ErrCanceled means that the client asked for the job to be canceled.
	ErrCanceled = fault.New(fault.Conflict, codeCanceled, "The job was canceled.")
)

var errLost = fault.New(fault.Internal, codeLost, "The job was given up because the worker died on each attempt.")

// errSilent is a remote attempt whose time is over.
var errSilent = fault.New(fault.Timeout, codeTimeout, "The job was not finished in time.")

// errNotTaken is told of an outcome that the store did not take in time.
var errNotTaken = fault.New(fault.Unavailable, "UNAVAILABLE", "The server cannot store anything at the moment; nothing was accepted.").After(retryNotTaken)

const retryNotTaken = 5 * time.Second

var (
	errNotFound = fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
	errDenied   = fault.New(fault.Forbidden, "FORBIDDEN", "Access denied")
)

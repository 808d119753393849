// Package claimcheck is the root of an asynchronous-job API server: hand in
// work, get a ticket, come back for the result. It holds no code; this comment
// is the way of a request, and docs/DESIGN.md has the map.
//
//	POST /x-api      httpapi: key, limit, scope; intake: options and body become an order, checked
//	                 fulfil: queue.Submit, one transaction {job, input, ready row, usage, idempotency key}, then 202
//	                 fulfil: a client that waits has its tool run at once by worker; too slow or too big becomes a job, then 202
//	worker           sched wishes who runs next; queue.Claim grants a lease (who, which attempt, until when), renewed while the tool runs
//	                 attempt.Run: input in, output out, panic and limits caught; big output is a durable file first
//	                 queue.Finish or queue.Fail: one transaction, refused unless the lease is still that attempt's
//	remote           remote.Desk: pull workers come for jobs by /work, targets of tools call back; the same leases and fences
//	GET /jobs/{id}   httpapi: key, limit; view: bytes rendered in the request's dialect if known, else one primary-key read
//	                 a long poll or a stream waits at view until queue publishes a version that is news to it
//	POST /upload-api upload, uploadform: a signed form; the file that is posted there, or to a bucket, is a later job's input
//
// Words are in internal/job, failures in internal/fault, rules in
// internal/queue, technology at the edges (internal/httpapi, internal/store/...,
// internal/blob/..., internal/tool/...), and internal/app joins them.
package claimcheck

// Package claimcheck is the root of an asynchronous-job API server: hand in
// work, get a ticket, come back for the result. It holds no code; this comment
// is the map.
//
// The way of a request:
//
//	POST /x-api      httpapi: key, limit; intake: options, body; fulfil: at once or as a job
//	                 queue.Submit: one transaction {job, input, ready row, usage, idempotency key}, then 202
//	                 synchronous: worker runs the tool at once; too slow or too big becomes a job, then 202
//	worker           queue.Claim: a lease (who, which attempt, until when), renewed while the tool runs
//	                 attempt.Run: input in, output out, panic and limits caught; big output is a durable file first
//	                 queue.Finish or queue.Fail: one transaction, refused unless the lease is still held
//	elsewhere        remote.Desk: workers come for jobs by /work, targets of tools call back; the same leases and fences
//	GET /jobs/{id}   httpapi: key, limit; queue.Get: from memory if known, else one primary-key read
//	POST /upload-api httpapi: a signed form; the file that is posted there (or to a bucket) is a later job's input,
//	                 opened by attempt.Inputs as any input is: from the row, a file, an upload, or a URL as it is fetched
//
// Words are in internal/job, failures in internal/fault, rules in
// internal/queue, technology at the edges (internal/httpapi, internal/store/...,
// internal/blob/...), and internal/app joins them. See docs/DESIGN.md.
package claimcheck

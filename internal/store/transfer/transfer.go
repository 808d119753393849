// Package transfer says what of an installation is copied from one store to
// another: tables, columns, and how it is seen that all of it arrived. It reads
// and writes nothing.
package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
)

// A Kind is how a column's values are kept in a [Row].
type Kind uint8

// The kinds. Any may be nil where the column may be NULL.
const (
	Int  Kind = iota // int64
	Bool             // int64, 0 or 1
	Text             // string
	Blob             // []byte
	UUID             // []byte of 16
)

// A Column is one column of a table.
type Column struct {
	Name string // in the shared store
	From string // an expression over the embedded store's table; empty: the name
	Kind Kind
}

// A Table is one table, in an order in which each may refer to those before it.
type Table struct {
	Name    string
	From    string // what the embedded store selects from, with its order
	Columns []Column
}

func cols(kind Kind, names ...string) []Column {
	list := make([]Column, len(names))
	for i, n := range names {
		list[i] = Column{Name: n, Kind: kind}
	}
	return list
}

func join(lists ...[]Column) (all []Column) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// Tables returns the list. What the embedded store alone needs is left out.
func Tables() []Table {
	return []Table{
		{"owners", "owners", join(cols(Text, "owner", "plan"), cols(Int, "stored_bytes", "pending_uploads", "finishes"))},
		{"keys", "keys ORDER BY created, rowid", join(cols(Text, "id"), cols(Blob, "digest"), cols(Text, "owner", "name"), cols(Blob, "scopes", "tools"), cols(Int, "created", "expires", "revoked"), cols(Blob, "networks"))},
		{"secrets", "secrets ORDER BY created, rowid", join(cols(Text, "id"), cols(Blob, "bytes"), cols(Int, "created", "retired"))},
		{"usage", "usage", join(cols(Text, "owner"), cols(Int, "month", "jobs", "lost_refunds"))},
		{"counts", "counts", join(cols(Text, "owner", "tool"), cols(Int, "queued", "running"))},
		{"notes", "notes", join(cols(Text, "kind", "name"), cols(Blob, "data"), cols(Int, "until"))},
		{"meters", "meters", join(cols(Text, "tool", "name"), cols(Int, "at", "owed", "whole"))},
		{"minutes", "minutes", join(cols(Int, "length", "at"), cols(Text, "tool"), cols(Int, "writer", "accepted", "succeeded", "failed"), cols(Blob, "detail"))},
		{"audit", "audit", join(cols(Int, "n", "at"), cols(Text, "key", "owner", "action", "target", "request"))},
		{"uploads", "uploads", join(cols(Text, "id", "owner", "name"), cols(Bool, "done"), cols(Int, "size"), cols(Text, "etag"), cols(Int, "jobs", "created", "expires"), cols(Text, "content_type", "resume"))},
		{"answers", "answers", join(cols(Text, "owner", "key"), cols(Blob, "digest"), []Column{{"job", uuidOf("job"), UUID}}, cols(Int, "status", "link_at"), cols(Text, "output"), cols(Int, "expires"), cols(Blob, "body"))},
		{"webhooks", "webhooks ORDER BY created, rowid", join(cols(Text, "id", "owner", "url", "events"), cols(Blob, "secret", "old_secret"), cols(Int, "old_until"), cols(Bool, "enabled"), cols(Text, "reason"), cols(Int, "created", "succeeded", "sequence"), cols(Blob, "terms"))},
		{"deliveries", "deliveries ORDER BY n", join(cols(Text, "id", "webhook", "owner", "target", "url", "event"), []Column{{"job", uuidOf("job"), UUID}}, cols(Int, "sequence", "created", "state", "due", "since", "attempts", "expires"), cols(Text, "reason"), cols(Blob, "log"), cols(Bool, "calling", "ordered"), cols(Blob, "data"))},
		{"bulks", "bulks", join(cols(UUID, "id"), cols(Text, "owner"), cols(Bool, "operator"), cols(Int, "action", "state", "version"), cols(Text, "request_id"), cols(Int, "matched", "next", "done", "skipped"),
			cols(Blob, "skips"), cols(Int, "created", "updated", "expires"), cols(Text, "worker"), cols(Int, "until"))},
		{"groups", "groups", join(cols(Text, "owner", "name"), cols(Int, "version", "queued", "processing", "success", "failed", "gone_success", "gone_failed"), cols(Bool, "closed"),
			[]Column{{"first_job", uuidOf("first_job"), UUID}}, cols(Blob, "first_error"), []Column{{"newest", uuidOf("newest"), UUID}}, cols(Int, "created", "updated"))},
		{"bulk_jobs", "bulk_jobs", join(cols(UUID, "bulk"), cols(Int, "part"), cols(Blob, "ids"))},
		{"jobs", "jobs", join(cols(UUID, "id"), cols(Text, "owner", "tool", "request_id"), cols(Int, "input_size"), []Column{{"input_where", "input_file", Int}},
			cols(Int, "status", "version", "attempt", "failures", "losses", "created", "updated", "started", "finished", "expires", "link_at", "charged_month"),
			cols(Text, "output"), cols(Blob, "options", "metadata", "history", "error", "result", "terms"), cols(Text, "input_type", "job_group"), cols(Int, "finish_no", "input_until"))},
		{"inputs", "inputs JOIN jobs USING (seq)", join(cols(UUID, "id"), cols(Blob, "data"))},
		{"words", "words JOIN jobs USING (seq)", join(cols(UUID, "id"), cols(Int, "n", "last", "size", "lines", "lost_lines", "lost_bytes"), cols(Blob, "data"))},
		{"outputs", "outputs", join([]Column{{"id", "coalesce(job, unhex(printf('%012x', created) || '70008000000000000000'))", UUID}}, cols(Text, "token", "owner"),
			[]Column{{"has_job", "job IS NOT NULL", Bool}}, cols(Text, "name", "content_type"), cols(Int, "size"), cols(Blob, "sha256"), cols(Bool, "file"), cols(Int, "created", "expires"), cols(Blob, "data"), cols(Text, "filename"), cols(Bool, "on_read"))},
		{"ready", "ready", join(cols(UUID, "id"), cols(Text, "owner", "tool"), cols(Int, "input_size", "priority", "run_at", "state"), cols(Text, "worker"), cols(Int, "attempt", "lease_until", "since", "end_by"),
			cols(Bool, "cancel_requested"), cols(Int, "probation", "progress"), cols(Text, "webhook_url"), cols(Int, "input_sum"), cols(Text, "trace_parent", "strand", "message"))},
	}
}

// uuidOf is an id that may be missing: of no bytes, or of zeros.
func uuidOf(column string) string {
	return "CASE WHEN length(" + column + ") = 16 AND " + column + " <> zeroblob(16) THEN " + column + " END"
}

// Expr is what the embedded store selects for the column.
func (c Column) Expr() string {
	if c.From != "" {
		return c.From
	}
	return c.Name
}

// A Row is one row's values in the order of the columns.
type Row []any

// A Sum tells two sets of rows apart, whatever their order is: it is the number
// of rows and the sum of their SHA-256 as numbers.
type Sum struct {
	Rows  int64
	total big.Int
}

// Add counts a row.
func (s *Sum) Add(r Row) {
	h := sha256.New()
	var head [9]byte
	for _, v := range r {
		var b []byte
		switch v := v.(type) {
		case nil:
			head[0] = 0
		case int64:
			head[0] = 1
			b = binary.BigEndian.AppendUint64(nil, uint64(v)) //nolint:gosec // any 64 bits
		case string:
			head[0], b = 2, []byte(v)
		case []byte:
			head[0], b = 3, v
		default:
			panic(fmt.Sprintf("transfer: a value of type %T", v))
		}
		binary.BigEndian.PutUint64(head[1:], uint64(len(b)))
		h.Write(head[:])
		h.Write(b)
	}
	s.Rows++
	s.total.Add(&s.total, new(big.Int).SetBytes(h.Sum(nil)))
}

// Same reports whether both are of the same rows.
func (s *Sum) Same(o *Sum) bool { return s.Rows == o.Rows && s.total.Cmp(&o.total) == 0 }

// A Source is a store that can be copied from.
type Source interface {
	// Count returns how many rows of a table are to be exported.
	Count(ctx context.Context, t Table) (int64, error)
	// Export shows all rows of a table, as they are at one moment, to each; an
	// error of it is returned. The row is each's to keep.
	Export(ctx context.Context, t Table, each func(Row) error) error
}

// A Target is a store that is copied into.
type Target interface {
	// Put writes rows, in one transaction; those that are there are left alone.
	Put(ctx context.Context, t Table, rows []Row) error
	// Sum reads a table to compare it.
	Sum(ctx context.Context, t Table) (*Sum, error)
	// Finish makes the copy ready for servers; last is the greatest Seq of a job
	// of the source.
	Finish(ctx context.Context, last int64) error
	Close()
}

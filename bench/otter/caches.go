package main

import (
	"context"
	"sync/atomic"

	"github.com/maypok86/otter/v2"

	"claimcheck/internal/job"
	"claimcheck/internal/view"
)

// A cache is what statuses are read through.
type cache interface {
	Get(ctx context.Context, id job.ID) (*view.Snapshot, error)
	Publish(j *job.Job)
}

const fixedWeight = 900 // of a snapshot without its texts, as package view has it

// weight is what package view counts for a job.
func weight(j *job.Job) uint32 { return fixedWeight + 2*uint32(len(j.Result)) } //nolint:gosec // small

const marks = 64

// An otterCache makes the promises of view.Cache with otter: what was read
// before a change that has been published is not kept. Those who wait for a
// change would need what package view has for them, and are left out.
type otterCache struct {
	c       *otter.Cache[job.ID, *view.Snapshot]
	changes [marks]struct {
		n atomic.Uint64
		_ [56]byte // each in a line of the processor's cache of its own
	}
	read  func(context.Context, job.ID) (job.Job, error)
	asked func(hit bool)
}

func newOtter(c view.Config) *otterCache {
	return &otterCache{read: c.Read, asked: c.Asked, c: otter.Must(&otter.Options[job.ID, *view.Snapshot]{
		MaximumWeight: uint64(c.Bytes), Weigher: func(_ job.ID, s *view.Snapshot) uint32 { return weight(&s.Job) }, //nolint:gosec // not negative
	})}
}

// Get returns a job, from memory if it is known there.
func (o *otterCache) Get(ctx context.Context, id job.ID) (*view.Snapshot, error) {
	snap, ok := o.c.GetIfPresent(id)
	o.asked(ok)
	if ok {
		return snap, nil
	}
	changes := &o.changes[id[15]%marks].n
	mark := changes.Load()
	j, err := o.read(ctx, id)
	if err != nil {
		return nil, err
	}
	made := view.NewSnapshot(&j)
	snap, ok = o.c.Compute(id, func(old *view.Snapshot, found bool) (*view.Snapshot, otter.ComputeOp) {
		if found && old.Job.Version >= j.Version || changes.Load() != mark {
			return old, otter.CancelOp
		}
		return made, otter.WriteOp
	})
	if !ok || snap.Job.Version < j.Version {
		return made, nil
	}
	return snap, nil
}

// Publish tells of a job's new version.
func (o *otterCache) Publish(j *job.Job) {
	o.changes[j.ID[15]%marks].n.Add(1)
	o.c.ComputeIfPresent(j.ID, func(old *view.Snapshot) (*view.Snapshot, otter.ComputeOp) {
		if old.Job.Version >= j.Version {
			return old, otter.CancelOp
		}
		return view.NewSnapshot(j), otter.WriteOp
	})
}

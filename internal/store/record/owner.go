package record

import (
	"slices"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// An Owner is what an owner has, as a transaction counts it in memory. Counts
// is kept in step with Tools.
type Owner struct {
	account.Counts

	Name     string
	Tools    []Tool
	Finishes int64 // number of the last end of a job, from 1 on; 0 while ends are not numbered
	Dirty    bool  // StoredBytes, PendingUploads or Finishes differs from the database
}

// A Tool is how many unfinished jobs of one tool an owner has.
type Tool struct {
	Name            string
	Queued, Running int64
	Dirty           bool // one of them differs from the database

	ran int64 // Running as the database has it
}

// Number gives a job that ends its number, if ends are numbered.
func (o *Owner) Number(was, is *job.Job) {
	if o.Finishes > 0 && !was.Status.Final() && is.Status.Final() {
		o.Finishes++
		o.Dirty = true
		is.FinishNo = o.Finishes
	}
}

// Follow lets ends be numbered from now on, and returns the number of the last one.
func (o *Owner) Follow() int64 {
	if o.Finishes == 0 {
		o.Finishes, o.Dirty = 1, true
	}
	return o.Finishes
}

// Read takes what the database has of a tool.
func (o *Owner) Read(tool string, queued, running int64) {
	o.Tools = append(o.Tools, Tool{Name: tool, Queued: queued, Running: running, ran: running})
	o.Queued += queued
	o.Running += running
}

// Move counts one job of a tool that went from one stage to another, and returns
// by how much the tool's running jobs have changed.
func (o *Owner) Move(tool string, from, to Stage) (running int64) {
	if from == to {
		return 0
	}
	t := o.tool(tool)
	t.Dirty = true
	return o.count(t, from, -1) + o.count(t, to, 1)
}

func (o *Owner) count(t *Tool, at Stage, n int64) (running int64) {
	switch at {
	case Finished:
	case Queued:
		t.Queued += n
		o.Queued += n
	case Running:
		t.Running += n
		o.Running += n
		return n
	}
	return 0
}

func (o *Owner) tool(name string) *Tool {
	for i := range o.Tools {
		if o.Tools[i].Name == name {
			return &o.Tools[i]
		}
	}
	o.Tools = append(o.Tools, Tool{Name: name})
	return &o.Tools[len(o.Tools)-1]
}

// Keep counts bytes of inputs and outputs kept for the owner, negative ones given
// back.
func (o *Owner) Keep(bytes int64) {
	if bytes != 0 {
		o.StoredBytes += bytes
		o.Dirty = true
	}
}

// Pend counts uploads that began to be pending, negative ones that ceased to be.
func (o *Owner) Pend(n int64) {
	if n != 0 {
		o.PendingUploads += n
		o.Dirty = true
	}
}

// Ahead is how many more running jobs of a tool are counted here than in the
// database.
func (o *Owner) Ahead(tool string) (n int64) {
	for i := range o.Tools {
		if t := &o.Tools[i]; t.Name == tool {
			n += t.Running - t.ran
		}
	}
	return n
}

// Written says that the database has what is counted here. Tools without jobs
// are forgotten.
func (o *Owner) Written() {
	o.Tools = slices.DeleteFunc(o.Tools, func(t Tool) bool { return t.Queued == 0 && t.Running == 0 })
	for i := range o.Tools {
		o.Tools[i].ran, o.Tools[i].Dirty = o.Tools[i].Running, false
	}
	o.Dirty = false
}

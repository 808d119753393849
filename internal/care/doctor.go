package care

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// A Doctor compares rows with files, and leases with what is counted and with
// those who work for them. It needs no running server.
type Doctor struct {
	Store Store
	Blobs blob.Store
	Jobs  Jobs // a running queue's; nil if none runs: then nobody knows who works for a lease, and the store makes the changes
}

// Doctor returns a doctor of a running server.
func (k *Keeper) Doctor() *Doctor {
	return &Doctor{Store: k.config.Store, Blobs: k.config.Blobs, Jobs: k.config.Jobs}
}

// maxFindings bounds each list of a report; the numbers go on.
const maxFindings = 1000

// A Report is what a doctor found. Lists have the first thousand.
type Report struct {
	Files   int      `json:"files"`   // that rows name
	Orphans int      `json:"orphans"` // files that no row names
	Missing int      `json:"missing"` // files that rows name and that are not there
	Removed int      `json:"removed"` // orphans removed
	Dropped int      `json:"dropped"` // rows removed because their file is missing
	Orphan  []string `json:"orphan_files"`
	Lost    []string `json:"missing_files"`

	Leases     int      `json:"leases"`     // that somebody has, in time or not
	Stuck      int      `json:"stuck"`      // of them, for which nobody works and which nobody takes back
	Miscounted int64    `json:"miscounted"` // jobs counted as running beyond the leases; negative: too few
	Idle       []string `json:"stuck_leases"`

	Groups    int      `json:"groups_miscounted"` // that counted other jobs than there are
	Recounted int      `json:"groups_recounted"`  // of them, set right
	Wrong     []string `json:"miscounted_groups"`
}

// Healthy reports whether there was nothing to find, or all of it was mended.
func (r *Report) Healthy() bool {
	return r.Orphans == r.Removed && r.Missing == r.Dropped && r.Stuck == 0 && r.Miscounted == 0 && r.Groups == r.Recounted
}

// Examine looks for files without rows, among those last modified before the
// given time, and for rows without files. With repair it removes these files, and
// what cannot be had without its file: jobs whose output is missing, uploads
// that no job has. Inputs that are missing stay in the report: an unfinished job
// fails by itself, a finished one has its result. Groups that count other jobs than there
// are are counted anew.
func (d *Doctor) Examine(ctx context.Context, before time.Time, repair bool) (Report, error) {
	var r Report
	if err := d.orphans(ctx, &r, before, repair); err != nil {
		return r, err
	}
	if err := d.missing(ctx, &r, repair); err != nil {
		return r, err
	}
	if err := d.groups(ctx, &r, repair); err != nil {
		return r, err
	}
	return r, d.leases(ctx, &r)
}

// groups compares what groups count with their jobs, and sets it right if that is
// wanted.
func (d *Doctor) groups(ctx context.Context, r *Report, repair bool) error {
	for at := (job.GroupName{}); ; {
		wrong, next, err := d.Store.RecountGroups(ctx, at, sweepBatch, repair)
		if err != nil {
			return fmt.Errorf("count groups anew: %w", err)
		}
		for _, g := range wrong {
			if r.Groups++; len(r.Wrong) < maxFindings {
				r.Wrong = append(r.Wrong, fmt.Sprintf("group %s of %s counts %v, and there are %v (queued, processing, success, failed)", g.Name, g.Owner, g.Counted, g.Jobs))
			}
		}
		if at = next; next == (job.GroupName{}) {
			break
		}
	}
	if repair {
		r.Recounted = r.Groups
	}
	return nil
}

// leases looks for leases that stand still, and compares their number with what
// is counted as running. It mends nothing: what it finds is a fault of ours.
func (d *Doctor) leases(ctx context.Context, r *Report) error {
	if err := d.count(ctx, r); err != nil {
		return fmt.Errorf("compare leases with what is counted: %w", err)
	}
	if d.Jobs == nil {
		return nil
	}
	stuck, err := d.Jobs.Stuck(ctx)
	if err != nil {
		return fmt.Errorf("look for leases that stand still: %w", err)
	}
	r.Stuck = len(stuck)
	for _, l := range stuck[:min(len(stuck), maxFindings)] {
		r.Idle = append(r.Idle, fmt.Sprintf("job %s, attempt %d, worker %s, until %s", l.ID, l.Attempt, l.Worker, l.Until.UTC().Format(time.RFC3339)))
	}
	return nil
}

// maxLeases is how many leases are read at once; more than any number of workers
// have.
const maxLeases = 100_000

// countTries is how often a count is tried that changes meanwhile.
const countTries = 5

// count compares the number of leases with the running jobs that the store
// counts. Both are read one after the other: only if no lease came or went
// meanwhile they must be equal.
func (d *Doctor) count(ctx context.Context, r *Report) error {
	before, err := protocol.Leases(ctx, d.Store, time.Time{}, maxLeases)
	if err != nil {
		return err
	}
	for range countTries {
		b, err := d.Store.Backlog(ctx, "")
		if err != nil {
			return err
		}
		after, err := protocol.Leases(ctx, d.Store, time.Time{}, maxLeases)
		if err != nil {
			return err
		}
		r.Leases = len(after)
		if sameLeases(before, after) && len(after) < maxLeases {
			r.Miscounted = -int64(len(after))
			for _, c := range b.Counts {
				r.Miscounted += c.Running
			}
			return nil
		}
		before = after
	}
	return nil // too much comes and goes to tell
}

// sameLeases reports whether two lists name the same attempts.
func sameLeases(a, b []job.Lease) bool {
	if len(a) != len(b) {
		return false
	}
	is := make(map[job.ID]job.Lease, len(a))
	for _, l := range a {
		is[l.ID] = l
	}
	return !slices.ContainsFunc(b, func(l job.Lease) bool { return !l.Same(is[l.ID]) })
}

func (d *Doctor) orphans(ctx context.Context, r *Report, before time.Time, repair bool) error {
	return eachOrphan(ctx, d.Store, d.Blobs, before, func(keys []string) error {
		r.Orphans += len(keys)
		r.Orphan = append(r.Orphan, keys[:min(len(keys), maxFindings-len(r.Orphan))]...)
		if !repair {
			return nil
		}
		err := d.Blobs.Remove(ctx, keys...)
		if err == nil {
			r.Removed += len(keys)
		}
		return err
	})
}

func (d *Doctor) missing(ctx context.Context, r *Report, repair bool) error {
	after := ""
	for {
		keys, err := d.Store.NamedKeys(ctx, after, sweepBatch)
		if err != nil {
			return fmt.Errorf("list files that rows name: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		after = keys[len(keys)-1]
		for _, key := range keys {
			r.Files++
			if err := d.look(ctx, r, key, repair); err != nil {
				return err
			}
		}
	}
}

// look looks for one file that a row names.
func (d *Doctor) look(ctx context.Context, r *Report, key string, repair bool) error {
	f, err := d.Blobs.Open(ctx, key)
	if err == nil {
		return f.Close()
	}
	if !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("look for file: %w", err)
	}
	named, err := d.Store.Named(ctx, []string{key}) // it may have gone with its row meanwhile
	if err != nil || !named[0] {
		return err
	}
	r.Missing++
	if len(r.Lost) < maxFindings {
		r.Lost = append(r.Lost, key)
	}
	if !repair {
		return nil
	}
	dropped, err := d.drop(ctx, key)
	if dropped {
		r.Dropped++
	}
	return err
}

var errInUse = errors.New("jobs have the upload for input")

// drop removes what cannot be had without its file.
func (d *Doctor) drop(ctx context.Context, key string) (dropped bool, err error) {
	if token, ok := strings.CutPrefix(key, job.OutputKey("")); ok {
		return d.dropOutput(ctx, token)
	}
	u, ok := job.ParseUploadKey(key)
	if !ok {
		return false, nil
	}
	err = d.Store.ChangeUpload(ctx, u.ID, func(u *job.Upload, _ protocol.Ledger) (bool, error) {
		if u.Jobs > 0 {
			return false, errInUse
		}
		return false, nil
	})
	if errors.Is(err, errInUse) {
		return false, nil
	}
	return err == nil, err
}

func (d *Doctor) dropOutput(ctx context.Context, token string) (bool, error) {
	o, err := d.Store.Output(ctx, token)
	if err != nil {
		return false, fmt.Errorf("drop output: %w", err)
	}
	if o.Job == (job.ID{}) {
		err := d.Store.DropOutput(ctx, token)
		return err == nil, err
	}
	decide := func(c *protocol.Change, j *job.Job, _ protocol.Ledger) error {
		c.Delete = j.Status.Final()
		return nil
	}
	changes := []*protocol.Change{{ID: o.Job, Decide: decide}}
	if d.Jobs != nil {
		changes, err = d.Jobs.ChangeAll(ctx, []job.ID{o.Job}, decide)
	} else {
		err = d.Store.Change(ctx, changes)
	}
	c := changes[0]
	if err = errors.Join(err, c.Err); err != nil {
		return false, fmt.Errorf("drop job without its output: %w", err)
	}
	return c.Delete, d.Blobs.Remove(ctx, c.Files...)
}

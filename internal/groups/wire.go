package groups

import (
	"encoding/json"

	"claimcheck/api"
	"claimcheck/internal/job"
)

// Wire is a group in the words of the API, but for what is reckoned: how long it takes,
// and when to ask again.
func Wire(g *job.Group) api.Group {
	n := g.Jobs()
	is := api.Group{
		Group: g.Name, Jobs: api.GroupJobs{Queued: n[job.Queued], Processing: n[job.Processing], Success: n[job.Success], Failed: n[job.Failed]},
		Total: n.All(), Closed: g.Closed, Done: g.Done(), CreatedAt: g.Created.Unix(), UpdatedAt: g.Updated.Unix(),
	}
	if g.FirstJob != (job.ID{}) {
		is.FirstError = &api.GroupError{JobID: g.FirstJob.String()}
		if json.Unmarshal(g.FirstError, &is.FirstError.JobError) != nil {
			is.FirstError.Code = "INTERNAL_ERROR" // it was written by us
		}
	}
	if g.Done() {
		is.EstimatedSeconds = new(int64)
	}
	return is
}

// Body is what a webhook tells of a group that is finished.
func Body(g *job.Group) []byte {
	b, err := json.Marshal(Wire(g))
	if err != nil {
		panic("groups: a group that cannot be JSON: " + err.Error())
	}
	return b
}

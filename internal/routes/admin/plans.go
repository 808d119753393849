package admin

import (
	"maps"
	"net/http"
	"slices"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/httpapi"
)

// plans answers GET /admin/plans: those that there are now, by name, with how many
// owners and keys use each. A plan that owners have and that is in no
// configuration any more is not among them.
func (a admin) plans(c *httpapi.Call) error {
	if err := unasked(c.Request().URL.Query()); err != nil {
		return err
	}
	all, err := a.Keys.List(c.Request().Context())
	if err != nil {
		return err
	}
	now, owners, valid := a.Now(), map[string]map[string]bool{}, map[string]int{}
	for i := range all {
		k := &all[i]
		if owners[k.Plan] == nil {
			owners[k.Plan] = map[string]bool{}
		}
		owners[k.Plan][k.Owner] = true
		if k.Valid(now) {
			valid[k.Plan]++
		}
	}
	of, body := a.Plans(), api.Plans{Plans: []api.Plan{}}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		p := wirePlan(of[name])
		p.Name, p.Owners, p.Keys = name, len(owners[name]), valid[name]
		body.Plans = append(body.Plans, p)
	}
	return c.AnswerJSON(http.StatusOK, body)
}

func wirePlan(p account.Plan) api.Plan {
	return api.Plan{
		StatusPerMinute: p.StatusPerMinute, SubmitPerMinute: p.SubmitPerMinute, JobsPerMonth: p.JobsPerMonth,
		MaxInputBytes: p.MaxInputBytes, MaxOutputBytes: p.MaxOutputBytes, MaxRunningJobs: p.MaxRunningJobs, MaxQueuedJobs: p.MaxQueuedJobs,
		MaxPendingUploads: p.MaxPendingUploads, MaxStoredBytes: p.MaxStoredBytes, MaxHeld: p.MaxHeld, Weight: p.Weight,
		RetentionSeconds: int64(p.Retention.Seconds()), RetentionInputSeconds: int64(p.RetentionInput.Seconds()),
	}
}

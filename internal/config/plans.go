package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"claimcheck/internal/account"
)

// The plans that are always there.
const (
	DefaultPlan   = "default"
	UnlimitedPlan = "unlimited"
)

// maxPlans is how many plans a file can have.
const maxPlans = 1000

func builtInPlans() map[string]account.Plan {
	return map[string]account.Plan{
		DefaultPlan: {
			Name:              DefaultPlan,
			StatusPerMinute:   600,
			SubmitPerMinute:   120,
			JobsPerMonth:      10_000,
			MaxInputBytes:     100 << 20,
			MaxOutputBytes:    200 << 20,
			MaxRunningJobs:    8,
			MaxQueuedJobs:     1000,
			MaxPendingUploads: 20,
			MaxStoredBytes:    5 << 30,
			MaxHeld:           1000,
		},
		UnlimitedPlan: {Name: UnlimitedPlan},
	}
}

// A Limit is one row of the table of what a plan can limit.
type Limit struct {
	Name string // its key below plans.<name>
	Form string // a word for its values, for instance SIZE
	Doc  string // one sentence
	set  func(*account.Plan, string) error
}

// Limits returns the table.
func Limits() []Limit { return slices.Clone(limits) }

var limits = []Limit{
	countLimit("status_per_minute", "GET and HEAD calls a minute.", func(p *account.Plan) *int64 { return &p.StatusPerMinute }),
	countLimit("submit_per_minute", "Other calls a minute.", func(p *account.Plan) *int64 { return &p.SubmitPerMinute }),
	countLimit("jobs_per_month", "Accepted jobs and synchronous calls in a UTC month.", func(p *account.Plan) *int64 { return &p.JobsPerMonth }),
	sizeLimit("max_input_bytes", "Largest input.", func(p *account.Plan) *int64 { return &p.MaxInputBytes }),
	sizeLimit("max_output_bytes", "Largest output.", func(p *account.Plan) *int64 { return &p.MaxOutputBytes }),
	countLimit("max_running_jobs", "Jobs run at once.", func(p *account.Plan) *int64 { return &p.MaxRunningJobs }),
	countLimit("max_queued_jobs", "Jobs waiting.", func(p *account.Plan) *int64 { return &p.MaxQueuedJobs }),
	countLimit("max_pending_uploads", "Uploads begun and not finished.", func(p *account.Plan) *int64 { return &p.MaxPendingUploads }),
	sizeLimit("max_stored_bytes", "Inputs and outputs kept.", func(p *account.Plan) *int64 { return &p.MaxStoredBytes }),
	countLimit("max_held", "Long polls, claims and event streams held at once.", func(p *account.Plan) *int64 { return &p.MaxHeld }),
	countLimit("weight", "Share of the workers beside other owners: jobs begun in one turn of the queue; 0 means 1.", func(p *account.Plan) *int64 { return &p.Weight }),
	limitOf("retention", "DURATION", "How long jobs and outputs are kept after their end; 0 means the server's retention.",
		func(p *account.Plan) *time.Duration { return &p.Retention }, ParseDuration),
	limitOf("retention_input", "DURATION", "How long inputs are kept after the end of their jobs, which then cannot be tried again; 0 means as long as the jobs.",
		func(p *account.Plan) *time.Duration { return &p.RetentionInput }, ParseDuration),
}

func countLimit(name, doc string, field func(*account.Plan) *int64) Limit {
	return limitOf(name, "NUMBER", doc, field, parseCount)
}

func sizeLimit(name, doc string, field func(*account.Plan) *int64) Limit {
	return limitOf(name, "SIZE", doc, field, ParseSize)
}

func limitOf[T any](name, word, doc string, field func(*account.Plan) *T, parse func(string) (T, error)) Limit {
	return Limit{Name: name, Form: word, Doc: doc, set: func(p *account.Plan, text string) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		*field(p) = v
		return nil
	}}
}

var planForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// applyPlans changes plans limit by limit and adds new ones, which start with
// the limits that the default plan has in the end.
func applyPlans(plans map[string]account.Plan, texts []planText) (map[string]account.Plan, error) {
	if len(texts) > maxPlans {
		return nil, fmt.Errorf("%s: there can be at most %d plans", texts[maxPlans].source, maxPlans)
	}
	plans = maps.Clone(plans)
	isDefault := func(t planText) bool { return t.name == DefaultPlan }
	ordered := slices.DeleteFunc(slices.Clone(texts), func(t planText) bool { return !isDefault(t) })
	ordered = append(ordered, slices.DeleteFunc(slices.Clone(texts), isDefault)...)
	for _, t := range ordered {
		if !planForm.MatchString(t.name) {
			return nil, fmt.Errorf("%s: a plan's name must be 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit", t.source)
		}
		plan, ok := plans[t.name]
		if !ok {
			plan = plans[DefaultPlan]
			plan.Name = t.name
		}
		if err := t.apply(&plan); err != nil {
			return nil, err
		}
		plans[t.name] = plan
	}
	return plans, nil
}

func limitNamed(name string) (Limit, bool) {
	i := slices.IndexFunc(limits, func(l Limit) bool { return l.Name == name })
	if i < 0 {
		return Limit{}, false
	}
	return limits[i], true
}

func (t planText) apply(plan *account.Plan) error {
	for _, e := range t.limits {
		limit, _ := limitNamed(e.name) // there is one: see plansOf
		text, err := e.text(false)
		if err != nil {
			return err
		}
		if err := limit.set(plan, text); err != nil {
			return fmt.Errorf("%s: %w", e.source, err)
		}
	}
	return nil
}

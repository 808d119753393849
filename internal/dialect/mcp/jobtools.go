package mcp

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"claimcheck/internal/dialect"
	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/view"
)

// An ownTool is a tool by which clients without tasks go on with a job.
type ownTool struct {
	name, summary string
	members       schema
	required      []string
	reads         bool // it counts as a question
	hints         annotations
	do            func(*exchange, params) (reply, error)
}

const memberJob = "job_id"

// jobID is the schema of the argument job_id.
var jobID = schema{memberJob: schema{"type": "string", "format": "uuid", "description": "The job's id, as a tool's answer named it."}}

// maxListed is how many jobs job_list gives at once.
const maxListed = 100

// jobTools is the one list of them.
func jobTools() []ownTool {
	yes, no := true, false
	reads := annotations{ReadOnly: &yes, Idempotent: &yes, OpenWorld: &no}
	return []ownTool{
		{
			name: "job_list", summary: "Lists your jobs, the newest first, without their results.", reads: true, hints: reads, do: (*exchange).jobList,
			members: schema{
				"status": schema{"type": "string", "enum": []string{"queued", "processing", "success", "failed"}, "description": "Only jobs of this status."},
				"tool":   schema{"type": "string", "description": "Only jobs of this tool."},
				"limit":  schema{"type": "integer", "minimum": 1, "maximum": maxListed, "default": listing.DefaultJobs, "description": "How many jobs at most."},
				"cursor": schema{"type": "string", "description": "next_cursor of the page before."},
			},
		},
		{
			name: "job_status", summary: "Tells how far a job is.", reads: true, hints: reads, do: (*exchange).jobStatus,
			members: jobID, required: []string{memberJob},
		},
		{
			name: "job_result", summary: "Gives the result of a job; waits a while for it if it is not finished.", reads: true, hints: reads, do: (*exchange).jobResult,
			members: jobID, required: []string{memberJob},
		},
		{
			name: "job_cancel", summary: "Ends a job that is not finished.", hints: annotations{ReadOnly: &no, Destructive: &yes, Idempotent: &yes, OpenWorld: &no}, do: (*exchange).jobCancel,
			members: jobID, required: []string{memberJob},
		},
	}
}

// jobTool is the tool for jobs of a name, nil if there is none.
func jobTool(name string) *ownTool {
	for _, t := range jobTools() {
		if t.name == name {
			return &t
		}
	}
	return nil
}

func (t *ownTool) listed() listed {
	sc := schema{"type": "object", "properties": t.members, "additionalProperties": false}
	if len(t.required) > 0 {
		sc["required"] = t.required
	}
	return listed{Name: t.name, Description: t.summary, Input: encode(sc), Annotations: &t.hints}
}

// callJobTool runs a tool for jobs.
func (x *exchange) callJobTool(t *ownTool) (reply, error) {
	given, p := t.read(x.params)
	if err := x.admitJobTool(t, given); err != nil {
		return x.refused(err)
	}
	if p != nil {
		return reply{}, p
	}
	x.call.Speak(&words{x: x})
	r, err := t.do(x, given)
	if err != nil {
		return x.failed(dialect.Hidden(err))
	}
	return r, nil
}

// read reads the arguments of a call.
func (t *ownTool) read(p params) (params, *problem) {
	raw, there := p["arguments"]
	if !there {
		return nil, nil
	}
	given, ok := objectOf(raw)
	if !ok {
		return nil, badParams("arguments must be an object.")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := t.members[name]; !ok {
			return nil, badParams("There is no argument " + strconv.Quote(intake.Printable(name)) + " of " + t.name + ".")
		}
	}
	return given, nil
}

// admitJobTool counts a call: one that asks for a job is delayed rather than
// refused.
func (x *exchange) admitJobTool(t *ownTool, given params) error {
	if id, err := jobOf(given); err == nil && t.reads {
		return x.call.AdmitPoll(id)
	}
	return x.call.Admit(t.reads)
}

// jobOf reads the argument job_id.
func jobOf(given params) (job.ID, error) {
	text, ok := textOf(given[memberJob])
	if !ok {
		return job.ID{}, badParams("job_id must be there, a string.")
	}
	id, err := job.ParseID(text)
	if err != nil {
		return id, badParams("job_id must be the id of a job, a UUID.")
	}
	return id, nil
}

func (x *exchange) jobStatus(given params) (reply, error) {
	id, err := jobOf(given)
	if err != nil {
		return reply{}, err
	}
	snap, err := x.call.Get(id)
	if err != nil {
		return reply{}, err
	}
	x.call.Polled(snap)
	return told(encode(summary(x.call.View(snap)))), nil
}

// jobResult waits for the result of a job as a call does.
func (x *exchange) jobResult(given params) (reply, error) {
	id, err := jobOf(given)
	if err != nil {
		return reply{}, err
	}
	snap, err := x.call.Await(id, x.patience(), view.Finished)
	if err != nil {
		return reply{}, err
	}
	x.call.Polled(snap)
	if !snap.Job.Status.Final() {
		return reply{body: encode(running(x.call.View(snap)))}, nil
	}
	_, body, err := x.call.Outcome(&snap.Job, nil)
	return reply{body: body}, err
}

func (x *exchange) jobCancel(given params) (reply, error) {
	id, err := jobOf(given)
	if err != nil {
		return reply{}, err
	}
	snap, err := x.call.Cancel(id)
	if err != nil {
		return reply{}, err
	}
	return told(encode(summary(x.call.View(snap)))), nil
}

func (x *exchange) jobList(given params) (reply, error) {
	q := url.Values{}
	for name, raw := range given {
		text, ok := textOf(raw)
		if name == "limit" {
			text = string(raw)
			if n, err := strconv.Atoi(text); err != nil || n < 1 || n > maxListed {
				return reply{}, badParams("limit must be a whole number from 1 to " + strconv.Itoa(maxListed) + ".")
			}
			ok = true
		}
		if !ok {
			return reply{}, badParams(name + " is of the wrong type.")
		}
		if name == "tool" {
			t, p := x.tool(text)
			if p != nil {
				return reply{}, p
			}
			text = t.Spec().Name
		}
		q.Set(name, text)
	}
	f, err := listing.FromQuery(q)
	if err != nil {
		return reply{}, badParams(fault.Of(err).Message)
	}
	jobs, next, err := x.call.Jobs(f)
	if err != nil {
		return reply{}, err
	}
	page := dialect.Page{Jobs: make([][]byte, len(jobs)), Next: next}
	for i := range jobs {
		page.Jobs[i] = encode(summary(dialect.View{Job: &jobs[i]}))
	}
	return told((*words)(nil).List(page, http.Header{})), nil
}

// told is a result that is an object and nothing else.
func told(object []byte) reply {
	return reply{body: encode(toolResult{Content: []content{textContent(string(object))}, Structured: object})}
}

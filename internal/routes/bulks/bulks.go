// Package bulks is how one thing is done with many jobs: the routes below /bulk, for
// owners, and /admin/bulk, for operators.
package bulks

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/bulk"
	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
)

// Config is what the routes work with.
type Config struct {
	Bulks      *bulk.Bulks
	PublicURL  string           // what links begin with
	StuckSince func() time.Time // for which jobs nothing has happened since when, if they are stuck
}

// maxBody is how long the body of POST /bulk may be: enough for all ids that it may
// name.
const maxBody = 512 << 10

// routes are those of owners, or of operators.
type routes struct {
	Config
	operator bool
	path     string
}

// Routes are the routes of bulks.
func Routes(c Config) []httpapi.Route {
	own, all := routes{c, false, "/bulk"}, routes{c, true, "/admin/bulk"}
	return []httpapi.Route{
		{Method: "POST", Path: own.path, Handler: own.begin},
		{Method: "GET", Path: own.path + "/{id}", Handler: own.get},
		{Method: "DELETE", Path: own.path + "/{id}", Handler: own.end},
		{Method: "POST", Path: all.path, Access: httpapi.Admin, Handler: all.begin},
		{Method: "GET", Path: all.path + "/{id}", Access: httpapi.Admin, Handler: all.get},
		{Method: "DELETE", Path: all.path + "/{id}", Access: httpapi.Admin, Handler: all.end},
	}
}

func (r routes) whose(c *httpapi.Call) bulk.Whose {
	return bulk.Whose{Owner: c.Owner(), Operator: r.operator}
}

// begin answers POST /bulk and POST /admin/bulk: how many jobs match, or that it is
// being done with them.
func (r routes) begin(c *httpapi.Call) error {
	if err := listing.Nothing(c.Request().URL.Query()); err != nil {
		return err
	}
	body, err := c.Body(maxBody)
	if err != nil {
		return err
	}
	o, dry, err := r.order(body)
	if err != nil {
		return err
	}
	o.Whose, o.RequestID = r.whose(c), c.RequestID()
	if !r.operator {
		o.Filter.Owner = c.Owner()
		if err := limit(&o, c); err != nil {
			return err
		}
	}
	ctx := c.Request().Context()
	if dry {
		n, err := r.Bulks.Count(ctx, &o)
		if err != nil {
			return err
		}
		return c.AnswerJSON(http.StatusOK, api.BulkCount{Matched: int64(n)})
	}
	id := r.Bulks.Queue.NewID()
	if r.operator {
		if err := c.Audit("bulks."+o.Action.String(), id.String()+" "+string(compact(body))); err != nil {
			return err
		}
	}
	is, err := r.Bulks.Begin(ctx, id, &o)
	if err != nil {
		return err
	}
	c.Header()["Location"] = []string{r.PublicURL + r.path + "/" + is.ID.String()}
	if after := r.after(&is); after > 0 {
		c.Header()["Retry-After"] = []string{strconv.FormatInt(after, 10)}
	}
	return c.AnswerJSON(http.StatusAccepted, api.BulkBegun{BulkID: is.ID.String(), Status: is.State.String(), Matched: is.Matched})
}

// limit keeps a bulk that calls tools to those that the caller's key is for.
// Forbidden FORBIDDEN where the filter names another.
func limit(o *bulk.Order, c *httpapi.Call) error {
	only := c.Key().Tools
	if o.Action != job.BulkRetry || len(only) == 0 {
		return nil
	}
	for _, name := range o.Filter.Tools {
		if err := c.MayCall(name); err != nil {
			return err
		}
	}
	if len(o.Filter.Tools) == 0 {
		o.Filter.Tools = only
	}
	return nil
}

// compact is the filter of a body, for the audit.
func compact(body []byte) []byte {
	var members struct {
		Filter json.RawMessage `json:"filter"`
	}
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	text, err := json.Marshal(members.Filter)
	if err != nil {
		return nil
	}
	return text
}

// order reads the body of a bulk.
func (r routes) order(body []byte) (o bulk.Order, dry bool, err error) {
	members, err := listing.Members(body, "", "action", "filter", "dry_run", "all")
	if err != nil {
		return o, false, err
	}
	var word string
	ok := members["action"] != nil && json.Unmarshal(members["action"], &word) == nil
	if ok {
		o.Action, ok = job.ParseBulkAction(word)
	}
	if !ok {
		return o, false, listing.BadMember("action", "must be cancel, retry or delete")
	}
	var all bool
	for name, into := range map[string]*bool{"dry_run": &dry, "all": &all} {
		if text := string(members[name]); text != "" && text != "true" && text != "false" {
			return o, false, listing.BadMember(name, "must be true or false")
		} else {
			*into = text == "true"
		}
	}
	filter := members["filter"]
	if filter == nil {
		filter = json.RawMessage("{}")
	}
	choice, err := listing.FromJSON(filter, r.operator, r.StuckSince())
	if err != nil {
		return o, false, err
	}
	if !choice.Filters && choice.IDs == nil && !all {
		return o, false, listing.BadMember("filter", `is empty, which means all jobs; say "all": true if that is meant`)
	}
	o.Filter, o.IDs, o.Filters = choice.Filter, choice.IDs, choice.Filters
	return o, dry, nil
}

// get answers GET /bulk/{id} and GET /admin/bulk/{id}, with Prefer: wait once the
// bulk is another than the client has, or over.
func (r routes) get(c *httpapi.Call) error {
	id, err := bulkID(c)
	if err != nil {
		return err
	}
	is, err := r.Bulks.Get(c.Request().Context(), r.whose(c), id)
	if err != nil {
		return err
	}
	c.Wish()
	known := len(c.Request().Header["If-None-Match"]) > 0
	news := func(b *job.Bulk) bool { return known && !c.Knows(tagOf(b)) }
	if !is.State.Final() && !news(&is) {
		ctx, end, err := c.Hold()
		if err != nil {
			return err
		}
		defer end()
		if is, err = r.Bulks.Await(ctx, r.whose(c), id, news); err != nil {
			return err
		}
	}
	return c.AnswerTagged(tagOf(&is), r.wire(&is), r.after(&is))
}

// end answers DELETE /bulk/{id} and DELETE /admin/bulk/{id}.
func (r routes) end(c *httpapi.Call) error {
	id, err := bulkID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if r.operator {
		if _, err := r.Bulks.Get(ctx, r.whose(c), id); err != nil {
			return err
		}
		if err := c.Audit("bulks.end", id.String()); err != nil {
			return err
		}
	}
	is, err := r.Bulks.End(ctx, r.whose(c), id)
	if err != nil {
		return err
	}
	return c.AnswerJSON(http.StatusOK, r.wire(&is))
}

func bulkID(c *httpapi.Call) (job.ID, error) {
	id, err := job.ParseID(c.Request().PathValue("id"))
	if err != nil {
		return id, fault.New(fault.Invalid, "INVALID_REQUEST", "The id of a bulk must be a UUID, 32 hexadecimal digits written as 8-4-4-4-12.")
	}
	return id, nil
}

func tagOf(b *job.Bulk) string { return `W/"` + strconv.FormatInt(b.Version, 10) + `"` }

// after is in how many seconds a client should ask again; 0 of a bulk that is over.
func (r routes) after(b *job.Bulk) int64 {
	const most = 10
	if b.State.Final() {
		return 0
	}
	if b.Next == 0 {
		return 1
	}
	left := b.Updated.Sub(b.Created) * time.Duration(b.Matched-b.Next) / time.Duration(b.Next)
	return min(max(int64(left/time.Second), 1), most)
}

func (r routes) wire(b *job.Bulk) api.Bulk {
	is := api.Bulk{
		BulkID: b.ID.String(), Action: b.Action.String(), Status: b.State.String(), Matched: b.Matched, Done: b.Done,
		Skipped: []api.BulkSkip{}, SkippedCount: b.Skipped, CreatedAt: b.Created.Unix(), UpdatedAt: b.Updated.Unix(), RetryAfter: r.after(b),
	}
	for _, s := range bulk.Skips(b) {
		is.Skipped = append(is.Skipped, api.BulkSkip(s))
	}
	return is
}

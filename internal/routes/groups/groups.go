// Package groups is how owners look at groups of their jobs, and are told of the ends
// of all of them: the routes below /groups, and the feed of GET /jobs.
package groups

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/fault"
	"claimcheck/internal/groups"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Config is what the routes work with.
type Config struct {
	Groups    *groups.Groups
	PublicURL string // what links begin with
}

type routes struct{ Config }

// Routes are the routes of groups.
func Routes(c Config) []httpapi.Route {
	r := routes{c}
	return []httpapi.Route{
		{Method: "GET", Path: "/groups", Handler: r.list},
		{Method: "GET", Path: "/groups/{name}", Handler: r.get},
		{Method: "POST", Path: "/groups/{name}/close", Handler: r.close},
	}
}

const groupsOfPage = 50

// list answers GET /groups.
func (r routes) list(c *httpapi.Call) error {
	q := c.Request().URL.Query()
	after, limit, err := page(q)
	if err != nil {
		return err
	}
	list, next, err := r.Groups.List(c.Request().Context(), c.Owner(), after, limit)
	if err != nil {
		return err
	}
	body := api.GroupList{Groups: make([]api.Group, len(list))}
	for i := range list {
		body.Groups[i] = groups.Wire(&list[i])
		body.Groups[i].RetryAfter = r.after(&list[i], body.Groups[i].EstimatedSeconds)
	}
	if next != (protocol.GroupCursor{}) {
		text := cursor(next)
		body.NextCursor = &text
		q.Set("cursor", text)
		c.Header().Set("Link", "<"+r.PublicURL+"/groups?"+q.Encode()+`>; rel="next"`)
	}
	return c.AnswerJSON(http.StatusOK, body)
}

// page reads where a list begins and how long it is.
func page(q url.Values) (after protocol.GroupCursor, limit int, err error) {
	limit = groupsOfPage
	for name, values := range q {
		ok := len(values) == 1
		switch name {
		case "limit":
			if limit, err = strconv.Atoi(values[0]); !ok || err != nil || limit < 1 || limit > groups.MaxGroups {
				return after, 0, badQuery(name, "must be a whole number from 1 to "+strconv.Itoa(groups.MaxGroups))
			}
		case "cursor":
			if after, ok = readCursor(values[0], ok); !ok {
				return after, 0, badQuery(name, "must be the next_cursor of an earlier answer")
			}
		default:
			return after, 0, badQuery(name, "is no parameter of this path; there are limit and cursor")
		}
	}
	return after, limit, nil
}

func badQuery(name, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}

const cursorTime = 8 // bytes of a cursor that are milliseconds; the rest is the name

func cursor(at protocol.GroupCursor) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(at.Created.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, at.Name...))
}

func readCursor(text string, once bool) (at protocol.GroupCursor, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !once || err != nil || len(b) <= cursorTime || !job.IsGroupName(string(b[cursorTime:])) {
		return at, false
	}
	ms := int64(binary.BigEndian.Uint64(b)) //nolint:gosec // the same bits
	return protocol.GroupCursor{Created: time.UnixMilli(ms), Name: string(b[cursorTime:])}, true
}

func (r routes) name(c *httpapi.Call) (job.GroupName, error) {
	name := c.Request().PathValue("name")
	if !job.IsGroupName(name) {
		return job.GroupName{}, fault.New(fault.Invalid, "INVALID_REQUEST", "The name of a group has 1 to %d letters, digits, dots, underscores and hyphens.", job.MaxGroupName)
	}
	return job.GroupName{Owner: c.Owner(), Name: name}, nil
}

// get answers GET /groups/{name}, with Prefer: wait once the group is another than the
// client has or, if it has none, once all of its jobs are over.
func (r routes) get(c *httpapi.Call) error {
	name, err := r.name(c)
	if err != nil {
		return err
	}
	is, err := r.Groups.Get(c.Request().Context(), name)
	if err != nil {
		return err
	}
	wait := c.Wish().Wait > 0
	known := len(c.Request().Header["If-None-Match"]) > 0
	news := func(g *job.Group) bool {
		if known {
			return !c.Knows(tagOf(g))
		}
		return g.Done()
	}
	if wait && !news(&is) && !is.Finished() { // one that is finished changes no more but by expiry
		ctx, end, err := c.Hold()
		if err != nil {
			return err
		}
		defer end()
		if is, err = r.Groups.Await(ctx, name, news); err != nil {
			return err
		}
	}
	return r.answer(c, &is)
}

func (r routes) answer(c *httpapi.Call, is *job.Group) error {
	body := groups.Wire(is)
	if !is.Done() {
		if left, ok := r.Groups.Left(c.Request().Context(), is); ok {
			seconds := int64(math.Ceil(left.Seconds()))
			body.EstimatedSeconds = &seconds
		}
	}
	body.RetryAfter = r.after(is, body.EstimatedSeconds)
	return c.AnswerTagged(tagOf(is), body, body.RetryAfter)
}

func tagOf(g *job.Group) string {
	return `W/"g` + strconv.FormatInt(g.Created.UnixMilli(), 36) + "-" + strconv.FormatInt(g.Version, 10) + `"`
}

// after is in how many seconds a client should ask again: at half of the time that is
// left, since it may want to see how it goes on; 0 of a group that changes no more.
func (r routes) after(g *job.Group, left *int64) int64 {
	const usual, most = 5, 60
	switch {
	case g.Finished():
		return 0
	case g.Done() || left == nil:
		return usual
	}
	return min(max(*left/2, 1), most)
}

// close answers POST /groups/{name}/close.
func (r routes) close(c *httpapi.Call) error {
	name, err := r.name(c)
	if err != nil {
		return err
	}
	is, err := r.Groups.Close(c.Request().Context(), name)
	if err != nil {
		return err
	}
	body := groups.Wire(&is)
	body.RetryAfter = r.after(&is, body.EstimatedSeconds)
	return c.AnswerJSON(http.StatusOK, body)
}

package admin

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/httpapi"
)

const (
	rowsOfPage = 50
	maxRows    = 200             // of a page
	maxSince   = 253_402_300_799 // the end of the year 9999
	cursorBase = 36              // of the numbers in cursors
)

// asked is what of the audit is asked for.
type asked struct {
	before int64
	since  time.Time
	limit  int
}

// audit answers GET /admin/audit.
func (a admin) audit(c *httpapi.Call) error {
	q, err := readAudit(c.Request().URL.Query())
	if err != nil {
		return err
	}
	rows, err := a.Audit.AuditRows(c.Request().Context(), q.before, q.since, q.limit+1)
	if err != nil {
		return err
	}
	body := api.Audit{Audit: []api.AuditRow{}}
	if len(rows) > q.limit {
		rows = rows[:q.limit]
		body.NextCursor = strconv.FormatInt(rows[q.limit-1].N, cursorBase)
	}
	for i := range rows {
		body.Audit = append(body.Audit, WireRow(&rows[i]))
	}
	return c.AnswerJSON(http.StatusOK, body)
}

// WireRow is a row of the audit as operators see it.
func WireRow(r *account.AuditRow) api.AuditRow {
	return api.AuditRow{At: r.At.Unix(), KeyID: r.Key, Owner: r.Owner, Action: r.Action, Target: r.Target, RequestID: r.RequestID}
}

func readAudit(query url.Values) (q asked, err error) {
	q.limit = rowsOfPage
	for name, values := range query {
		if len(values) != 1 {
			return q, bad(name, "must be given once")
		}
		switch text := values[0]; name {
		case "limit":
			var n int64
			n, err = whole(name, text, 1, maxRows)
			q.limit = int(n)
		case "since":
			var n int64
			n, err = whole(name, text, 0, maxSince)
			q.since = time.Unix(n, 0)
		case "cursor":
			q.before, err = strconv.ParseInt(text, cursorBase, 64)
			if err != nil || q.before < 1 {
				err = bad(name, "must be the next_cursor of the page before")
			}
		default:
			err = bad(name, "is no parameter of this list: there are limit, since and cursor")
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

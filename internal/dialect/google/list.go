package google

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/listing"
	"claimcheck/internal/store/protocol"
)

// list answers ListOperations, newest first.
func list(c *httpapi.Call) error {
	q, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return fault.New(fault.Invalid, intake.CodeInvalidRequest, "The query cannot be read; encode its values.").Because(err)
	}
	f, done, err := readQuery(q)
	if err != nil {
		return err
	}
	page, err := c.List(f)
	if err != nil {
		return err
	}
	if page.Next != "" {
		page.Next = done + page.Next
	}
	c.AnswerList(page)
	return nil
}

// Parameters that say how an answer is written, which this server decides, and those
// that begin with $ (cloud.google.com/apis/docs/system-parameters).
var system = []string{"alt", "prettyPrint", "quotaUser"}

// asProtobuf are parameters as JSON has them, by their names in protobuf, which its
// JSON mapping takes too.
var asProtobuf = map[string]string{"page_size": "pageSize", "page_token": "pageToken", "return_partial_success": "returnPartialSuccess"}

// readQuery reads a ListOperationsRequest, its names as JSON or as protobuf has
// them. done tells what is filtered; page tokens begin with it, so that one of
// another list is noticed (AIP-158).
func readQuery(q url.Values) (f protocol.Filter, done string, err error) {
	f = protocol.Filter{Limit: listing.DefaultJobs}
	done = "a"
	token := ""
	for own, name := range asProtobuf {
		q[name] = append(q[name], q[own]...)
		delete(q, own)
	}
	for name, values := range q {
		if len(values) == 0 || strings.HasPrefix(name, "$") || slices.Contains(system, name) {
			continue
		}
		if len(values) > 1 {
			return f, "", wrong(name, "must be given once")
		}
		value := values[0]
		switch name {
		case "filter":
			done, err = setFilter(&f, value)
		case "pageSize":
			f.Limit, err = pageSize(name, value)
		case "pageToken":
			token = value
		case "name":
			if value != "" && value != collection {
				err = wrong(name, "must be "+collection+", or left out")
			}
		case "returnPartialSuccess": // there are no parts
		default:
			err = wrong(name, "is no parameter; there are filter, pageSize and pageToken")
		}
		if err != nil {
			return f, "", err
		}
	}
	return f, done, setToken(&f, done, token)
}

func wrong(name, what string) error {
	return fault.New(fault.Invalid, intake.CodeInvalidRequest, "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}

// setFilter reads a filter (AIP-160), of which done is the only member.
func setFilter(f *protocol.Filter, text string) (done string, err error) {
	member, value, _ := strings.Cut(text, "=")
	member, value = strings.TrimSpace(member), strings.TrimSpace(value)
	switch {
	case strings.TrimSpace(text) == "":
		return "a", nil
	case member == "done" && value == "true":
		f.Status = []job.Status{job.Success, job.Failed}
		return "t", nil
	case member == "done" && value == "false":
		f.Status = []job.Status{job.Queued, job.Processing}
		return "f", nil
	default:
		return "", wrong("filter", "must be done=true or done=false, or left out")
	}
}

// pageSize reads how many operations a page may have: 0 leaves it to the server,
// and more than it gives is as much as it gives (AIP-158).
func pageSize(name, text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return listing.MaxJobs, nil
	case err != nil:
		return 0, wrong(name, "must be a whole number, not below 0")
	case n == 0:
		return listing.DefaultJobs, nil
	default:
		return int(min(n, listing.MaxJobs)), nil
	}
}

// setToken reads the token of a page.
func setToken(f *protocol.Filter, done, token string) error {
	if token == "" {
		return nil
	}
	cursor, ok := strings.CutPrefix(token, done)
	if ok {
		f.Before, ok = listing.ReadCursor(cursor)
	}
	if !ok {
		return wrong("pageToken", "must be the nextPageToken of an earlier answer to the same filter")
	}
	return nil
}

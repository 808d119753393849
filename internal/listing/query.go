// Package listing reads which jobs a caller means: the filters of a list's query,
// and the cursors that its pages hand out. It lists nothing.
package listing

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// Limits of lists.
const (
	DefaultJobs = 50  // of a page
	MaxJobs     = 200 // of a page
	MaxValues   = 50  // of one filter that may be given several times
	MaxMetadata = 16  // members of a filter's metadata: no job has more
)

// metadataPrefix begins the names of filters by metadata.
const metadataPrefix = "metadata."

// FromQuery reads a list's query; what it does not know is refused, so that a
// misspelt filter does not list everything.
func FromQuery(q url.Values) (protocol.Filter, error) {
	f := protocol.Filter{Limit: DefaultJobs}
	for name, values := range q {
		switch {
		case len(values) == 1:
		case !slices.Contains(repeated, name):
			return f, bad(name, "must be given once")
		case len(values) > MaxValues:
			return f, bad(name, "must be given at most "+strconv.Itoa(MaxValues)+" times")
		}
		for _, value := range values {
			if err := set(&f, name, value); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// repeated are the filters of which a job must pass one of several values.
var repeated = []string{"status", "tool", "error"}

func bad(name, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "%s %s.", intake.Printable(name), what).With("parameter", intake.Printable(name))
}

func set(f *protocol.Filter, name, value string) error {
	switch name {
	case "status":
		status, ok := job.ParseStatus(value)
		if !ok {
			return bad(name, "must be queued, processing, success or failed")
		}
		f.Status = append(f.Status, status)
	case "tool":
		return setTool(f, name, value)
	case "error":
		if value == "" {
			return bad(name, "must be the code of a failed job, for instance TIMEOUT")
		}
		f.Codes = append(f.Codes, value)
	case "created_after":
		return setTime(&f.CreatedAfter, name, value)
	case "created_before":
		return setTime(&f.CreatedBefore, name, value)
	case "finished_after":
		return setTime(&f.FinishedAfter, name, value)
	case "finished_before":
		return setTime(&f.FinishedBefore, name, value)
	case "group":
		if !job.IsGroupName(value) {
			return bad(name, "must be the name of a group, 1 to 64 letters, digits, dots, underscores and hyphens")
		}
		f.Group = value
	default:
		return setOther(f, name, value)
	}
	return nil
}

// Nothing refuses a query where all that is asked for stands in the body: a wish
// that goes unheard there may be the one to change nothing.
func Nothing(q url.Values) error {
	for name := range q {
		return bad(name, "is no parameter of this path")
	}
	return nil
}

// setTool adds a tool. The empty field of a form is no filter; a name of which
// nothing is left is none either, and refused: it would stand for all tools.
func setTool(f *protocol.Filter, name, value string) error {
	tool := strings.TrimSuffix(value, "-api")
	switch {
	case tool != "":
		f.Tools = append(f.Tools, tool)
	case value != "":
		return bad(name, "must be the name of a tool")
	}
	return nil
}

func setTime(t *time.Time, name, value string) error {
	var ok bool
	if *t, ok = intake.UnixTime(value); !ok {
		return bad(name, "must be a time in Unix seconds")
	}
	return nil
}

// setOther sets what says where a page begins and how long it is, and the filters
// by metadata.
func setOther(f *protocol.Filter, name, value string) error {
	var ok bool
	switch name {
	case "limit":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > MaxJobs {
			return bad(name, "must be a whole number from 1 to "+strconv.Itoa(MaxJobs))
		}
		f.Limit = n
	case "cursor":
		if f.Before, ok = ReadCursor(value); !ok {
			return bad(name, "must be the next_cursor of an earlier answer")
		}
	default:
		key, isMetadata := strings.CutPrefix(name, metadataPrefix)
		if !isMetadata || key == "" {
			return bad(name, "is no filter; there are status, tool, error, created_after, created_before, finished_after, finished_before, group, metadata.NAME, limit, cursor, ids, view and feed")
		}
		if f.Metadata == nil {
			f.Metadata = map[string]string{}
		}
		f.Metadata[key] = value
	}
	return nil
}

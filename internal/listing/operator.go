package listing

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// StuckAfter is how long nothing has happened for a job that is called stuck.
const StuckAfter = 15 * time.Minute

// operatorNames are the filters that only operators have.
var operatorNames = []string{"owner", "trouble"}

// operatorFilters are all of theirs, but for metadata.
var operatorFilters = []string{
	"owner", "trouble", "id", "status", "tool", "error", "created_after", "created_before", "finished_after", "finished_before", "group", "limit", "cursor",
}

// FromOperator is FromQuery for a list over all owners: it may name one, and a
// trouble.
func FromOperator(q url.Values) (protocol.Filter, error) {
	rest := url.Values{}
	for name, values := range q {
		if !slices.Contains(operatorFilters, name) && !strings.HasPrefix(name, metadataPrefix) {
			return protocol.Filter{}, bad(name, "is no filter; there are "+strings.Join(operatorFilters, ", ")+" and metadata.NAME")
		}
		if !slices.Contains(operatorNames, name) {
			rest[name] = values
		}
	}
	f, err := FromQuery(rest)
	if err != nil {
		return f, err
	}
	for _, name := range operatorNames {
		values := q[name]
		if len(values) > 1 {
			return f, bad(name, "must be given once")
		}
		for _, value := range values {
			if err := SetOperator(&f, name, value); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// SetOperator sets one of the filters that only operators have.
func SetOperator(f *protocol.Filter, name, value string) error {
	var ok bool
	switch name {
	case "owner":
		if account.CheckOwner(value) != nil {
			return bad(name, "must be the name of an owner: small letters, digits, _ and -, at most 63")
		}
		f.Owner = value
	case "trouble":
		if f.Trouble, ok = job.ParseTrouble(value); !ok {
			return bad(name, "must be stuck, failing or poisoned")
		}
	}
	return nil
}

package listing

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// MaxIDs is how many jobs a body may name one by one.
const MaxIDs = 10_000

// A Choice is which jobs a body means: those that pass Filter, or of those that are
// named, if any are, the ones that do.
type Choice struct {
	Filter  protocol.Filter
	IDs     []job.ID // in the order in which they are named, each once
	Filters bool     // the filter filters anything
}

// Members reads a JSON object of these members and no other, each there once;
// path is what the object is called in errors, empty for the body itself.
func Members(object []byte, path string, known ...string) (map[string]json.RawMessage, error) {
	var members map[string]json.RawMessage
	if !jsontext.Value(object).IsValid() || json.Unmarshal(object, &members) != nil || members == nil {
		what := "The body"
		if path != "" {
			what = "The member " + path
		}
		return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "%s must be a JSON object, in UTF-8 and with no member twice.", what)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			return nil, fault.New(fault.Invalid, "INVALID_REQUEST", "There is no member %s%s; there are %s.", below(path), intake.Printable(name), strings.Join(known, ", ")).
				With("parameter", below(path)+intake.Printable(name))
		}
	}
	return members, nil
}

func below(path string) string {
	if path == "" {
		return ""
	}
	return path + "."
}

// BadMember says what a member must be.
func BadMember(path, what string) error {
	return fault.New(fault.Invalid, "INVALID_REQUEST", "The member %s %s.", path, what).With("parameter", path)
}

var filterMembers = []string{"status", "tool", "error", "created_after", "created_before", "finished_after", "finished_before", "group", "metadata", "ids"}

// FromJSON reads the member filter of a body; an operator's may name an owner and a
// trouble too, of which stuck means that nothing has happened since a time.
func FromJSON(object []byte, operator bool, stuckSince time.Time) (Choice, error) {
	known := filterMembers
	if operator {
		known = append(slices.Clone(known), "owner", "trouble")
	}
	members, err := Members(object, "filter", known...)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{Filter: protocol.Filter{StuckSince: stuckSince}}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := c.set(name, members[name]); err != nil {
			return Choice{}, err
		}
		c.Filters = c.Filters || name != "ids"
	}
	if c.IDs != nil && c.Filter.Trouble != job.NoTrouble {
		return Choice{}, BadMember("filter.trouble", "cannot stand beside ids")
	}
	return c, nil
}

func (c *Choice) set(name string, value json.RawMessage) error {
	path := "filter." + name
	switch name {
	case "ids":
		return c.setIDs(path, value)
	case "metadata":
		return c.setMetadata(path, value)
	case "status", "tool", "error":
		return c.setList(name, path, value)
	case "group":
		var text string
		if json.Unmarshal(value, &text) != nil || value[0] != '"' {
			return BadMember(path, "must be the name of a group")
		}
		return named(set(&c.Filter, name, text), path)
	case "owner", "trouble":
		var text string
		if json.Unmarshal(value, &text) != nil || text == "" {
			return BadMember(path, "must be a string that is not empty")
		}
		return named(SetOperator(&c.Filter, name, text), path)
	default:
		var n json.Number
		if json.Unmarshal(value, &n) != nil || value[0] == '"' || value[0] == 'n' {
			return BadMember(path, "must be a time in Unix seconds")
		}
		return named(set(&c.Filter, name, n.String()), path)
	}
}

// named tells a refusal of a query's filter as one of a member.
func named(err error, path string) error {
	if e := fault.Of(err); e != nil {
		return fault.New(e.Kind, e.Code, "The member filter.%s", e.Message).With("parameter", path)
	}
	return err
}

func (c *Choice) setList(name, path string, value json.RawMessage) error {
	var list []string
	switch err := json.Unmarshal(value, &list); {
	case err != nil || len(list) == 0 || value[0] == 'n':
		return BadMember(path, "must be a list of strings with at least one of them")
	case len(list) > MaxValues:
		return BadMember(path, "has more than "+strconv.Itoa(MaxValues)+" values")
	}
	for _, text := range list {
		if text == "" {
			return BadMember(path, "has an empty string")
		}
		if err := set(&c.Filter, name, text); err != nil {
			return named(err, path)
		}
	}
	return nil
}

func (c *Choice) setMetadata(path string, value json.RawMessage) error {
	var members map[string]*string
	switch err := json.Unmarshal(value, &members); {
	case err != nil || len(members) == 0:
		return BadMember(path, "must be an object whose members are strings, with at least one of them")
	case len(members) > MaxMetadata:
		return BadMember(path, "has more than "+strconv.Itoa(MaxMetadata)+" members")
	}
	c.Filter.Metadata = make(map[string]string, len(members))
	for name, text := range members {
		if name == "" || text == nil {
			return BadMember(path, "must be an object whose members are strings and have names")
		}
		c.Filter.Metadata[name] = *text
	}
	return nil
}

func (c *Choice) setIDs(path string, value json.RawMessage) error {
	var texts []string
	switch err := json.Unmarshal(value, &texts); {
	case err != nil || len(texts) == 0:
		return BadMember(path, "must be a list of job ids with at least one of them")
	case len(texts) > MaxIDs:
		return fault.New(fault.Invalid, "INVALID_REQUEST", "The member %s names %d jobs, at most %d.", path, len(texts), MaxIDs).With("parameter", path).With("limit", MaxIDs)
	}
	seen := map[job.ID]bool{}
	for _, text := range texts {
		id, err := job.ParseID(text)
		if err != nil {
			return BadMember(path, "must be a list of job ids, UUIDs; one of them is none")
		}
		if !seen[id] {
			seen[id] = true
			c.IDs = append(c.IDs, id)
		}
	}
	return nil
}

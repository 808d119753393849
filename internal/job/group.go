package job

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
)

// MaxGroupName is how many characters the name of a group has at most.
const MaxGroupName = 64

// maxFirstError is how many bytes of its first error a group keeps; of a longer one
// the details are left out.
const maxFirstError = 4 << 10

// A GroupName names a group: groups are their owners', and two owners may each have
// one of the same name.
type GroupName struct{ Owner, Name string }

// IsGroupName reports whether a text may be the name of a group: 1 to 64 of A-Z, a-z,
// 0-9, dot, underscore and hyphen.
func IsGroupName(name string) bool {
	const marks = "._-"
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(marks, c) >= 0:
		default:
			return false
		}
	}
	return name != "" && len(name) <= MaxGroupName
}

// A Tally is how many jobs there are, by status.
type Tally [4]int64

// All is how many there are of any status.
func (t Tally) All() int64 { return t[Queued] + t[Processing] + t[Success] + t[Failed] }

// A Group is what is known of an owner's jobs that were handed in with the same
// x-group. It is there as long as one of its jobs is. Values are copied freely.
type Group struct {
	GroupName

	Version    int64  // grows with each transaction that changes it; starts at 1
	Kept       Tally  // its jobs that are there
	Gone       Tally  // those that were removed after their end, by expiry or by their owner
	Closed     bool   // it takes no more jobs
	FirstJob   ID     // the first of its jobs that failed; zero for none
	FirstError []byte // what it failed with, JSON as Job.Error, or nil
	Newest     ID     // the job that was accepted last
	Created    time.Time
	Updated    time.Time
}

// Jobs is how many jobs it has had, by status; those that were removed before their
// end are not among them, those that were removed afterwards count as they ended.
func (g *Group) Jobs() Tally {
	all := g.Kept
	for i, n := range g.Gone {
		all[i] += n
	}
	return all
}

// Done reports whether all of its jobs have ended.
func (g *Group) Done() bool { return g.Kept[Queued] == 0 && g.Kept[Processing] == 0 }

// Finished reports whether all of its jobs have ended, and no other will come.
func (g *Group) Finished() bool { return g.Closed && g.Done() }

// Empty reports whether none of its jobs is left: then it is gone.
func (g *Group) Empty() bool { return g.Kept.All() == 0 }

// Count counts what becomes of one of its jobs: was is nil for a new one, is for one
// that is removed. It reports whether the group is finished by that, which is at most
// once in its life.
func (g *Group) Count(was, is *Job) (finished bool) {
	if was != nil && is != nil && was.Status == is.Status {
		return false
	}
	before := g.Finished()
	if was != nil {
		g.Kept[was.Status]--
		if is == nil && was.Status.Final() {
			g.Gone[was.Status]++
		}
	}
	if is != nil {
		g.Kept[is.Status]++
		if was == nil {
			g.Newest = is.ID
		}
		if is.Status == Failed && g.FirstJob == (ID{}) {
			g.FirstJob, g.FirstError = is.ID, shortError(is.Error)
		}
	}
	return !before && g.Finished()
}

// shortError is an error without its details if it is long, and without its message
// if that is: the code tells most.
func shortError(object []byte) []byte {
	if len(object) <= maxFirstError {
		return object
	}
	var e struct {
		Code    string `json:"code"`
		Message string `json:"message,omitempty"`
	}
	if json.Unmarshal(object, &e) != nil {
		return nil
	}
	for {
		short, err := json.Marshal(e)
		if err != nil {
			panic("job: strings that cannot be JSON: " + err.Error())
		}
		if len(short) <= maxFirstError || e.Message == "" {
			return short
		}
		e.Message = ""
	}
}

// AnnounceGroup returns the deliveries that a group's end leads to, one for each
// webhook that wants the event. It counts Sequence of those webhooks; nil means that
// nothing was changed.
func AnnounceGroup(g *Group, hooks []Webhook, now time.Time) []Delivery {
	var list []Delivery
	for i := range hooks {
		w := &hooks[i]
		if !w.Wants(GroupFinished) {
			continue
		}
		w.Sequence++
		list = append(list, Delivery{
			ID: groupDeliveryID(g, w.ID), Webhook: w.ID, Owner: g.Owner, Target: TargetOf(w, ""), Event: GroupFinished,
			Sequence: w.Sequence, Created: now, Due: now, Expires: now.Add(DeliveryLife), Data: encodeGroup(g),
		})
	}
	return list
}

// groupDeliveryID is the webhook-id of a group's event: a group is finished once,
// and one of the same name that comes after it has another time of creation.
func groupDeliveryID(g *Group, webhook string) string {
	const idBytes = 16
	sum := sha256.Sum256([]byte(g.Owner + "\n" + g.Name + "\n" + g.Created.UTC().Format(time.RFC3339Nano) + "\n" + g.Newest.String()))
	return "msg_" + hex.EncodeToString(sum[:idBytes]) + "_" + strings.TrimPrefix(webhook, "wh_")
}

// encodeGroup is a group as a delivery keeps it: when that is made the group may be
// gone.
func encodeGroup(g *Group) []byte {
	b, err := json.Marshal(g)
	if err != nil {
		panic("job: a group that cannot be JSON: " + err.Error())
	}
	return b
}

// GroupOf reads the group that a delivery of group.finished tells of.
func GroupOf(d *Delivery) (g Group, err error) {
	err = json.Unmarshal(d.Data, &g)
	return g, err
}

// GroupNameOf names the group of a job, of which one of two states is known; the Name
// is empty if it belongs to none.
func GroupNameOf(was, is *Job) GroupName {
	if was == nil {
		was = is
	}
	return GroupName{Owner: was.Owner, Name: was.Group}
}

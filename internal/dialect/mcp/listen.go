package mcp

import (
	"context"
	"encoding/json"
	"strconv"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/sse"
	"claimcheck/internal/view"
)

// metaSubscription is the member of _meta that names the request which opened a
// stream (2026-07-28, "Subscriptions").
const metaSubscription = "io.modelcontextprotocol/subscriptionId"

// maxFollowed is how many tasks one stream may follow.
const maxFollowed = 100

// listen answers subscriptions/listen: a stream that tells of each change of tasks,
// beginning with how they are. It ends when all of them have, which nothing can
// follow, or when the server stops, with a result that says so. What else can be
// asked for here there is not, and the acknowledgement leaves it out.
func (x *exchange) listen() (reply, error) {
	if err := x.call.Admit(true); err != nil { // whoever gets no stream polls
		return reply{}, err
	}
	asked, err := x.followed()
	if err != nil {
		return reply{}, err
	}
	if more := int64(len(asked)) - 1; more > 0 { // one was counted
		if err := x.call.Count(true, more); err != nil {
			return reply{}, err
		}
	}
	s := &subscription{x: x}
	for _, text := range asked {
		if err := s.agree(text); err != nil {
			return reply{}, err
		}
	}
	ctx, end, err := x.call.Waiting(longestWait)
	if err != nil {
		return reply{}, err
	}
	defer end()
	s.to = x.call.Stream()
	return reply{sent: true}, s.run(ctx)
}

// followed reads which tasks are asked for, each once.
func (x *exchange) followed() ([]string, error) {
	filter, ok := objectOf(x.params["notifications"])
	if !ok {
		return nil, badParams("notifications must be there, an object.")
	}
	raw, there := filter["taskIds"]
	if !there {
		return nil, nil
	}
	if err := x.needTasks(); err != nil {
		return nil, err
	}
	var values []*string
	if err := json.Unmarshal(raw, &values); err != nil || values == nil {
		return nil, badParams("taskIds must be a list of strings.")
	}
	if len(values) > maxFollowed {
		return nil, badParams("taskIds may name at most " + strconv.Itoa(maxFollowed) + " tasks; open another stream for more.")
	}
	var list []string
	seen := map[string]bool{}
	for _, v := range values {
		if v == nil {
			return nil, badParams("taskIds must be a list of strings.")
		}
		if !seen[*v] {
			seen[*v] = true
			list = append(list, *v)
		}
	}
	return list, nil
}

// A subscription is one stream.
type subscription struct {
	x      *exchange
	to     *sse.Writer
	agreed []string // the ids of tasks as they were asked for
	ids    []job.ID // the same
}

// agree takes a task in that is the caller's. Others are left out without a word:
// nothing is learnt of them.
func (s *subscription) agree(text string) error {
	id, err := job.ParseID(text)
	if err != nil {
		return nil //nolint:nilerr // it names no task
	}
	switch _, err := s.x.call.Get(id); fault.KindOf(err) {
	case fault.NotFound, fault.Forbidden:
		return nil
	default:
		if err != nil {
			return err
		}
	}
	s.agreed, s.ids = append(s.agreed, text), append(s.ids, id)
	return nil
}

// run sends what there is to say. Where it fails the stream is cut off, so that its
// client comes again; that the client is gone is no failure.
func (s *subscription) run(ctx context.Context) error {
	if s.to.Message(s.acknowledgement()) != nil {
		return nil
	}
	w := s.x.call.Watch(s.ids)
	defer w.Close()
	left := map[job.ID]int64{} // tasks that go on, and the version that was told
	for _, id := range s.ids {
		left[id] = 0
	}
	for len(left) > 0 && ctx.Err() == nil {
		changed := next(ctx, w)
		if len(changed) == 0 && ctx.Err() == nil && s.to.Alive() != nil {
			return nil
		}
		for _, id := range changed {
			if gone, err := s.tell(w, left, id); gone || err != nil {
				return err
			}
		}
	}
	//nolint:errcheck // the client is gone, or it is not
	s.to.Message(s.end())
	return nil
}

// next waits for changes, at most until a sign of life is due.
func next(ctx context.Context, w *view.Watch) []job.ID {
	ctx, cancel := context.WithTimeout(ctx, aliveEvery)
	defer cancel()
	return w.Next(ctx)
}

// tell sends how a task is, if that is news, and follows it no more once it is
// over. gone says that the client is.
func (s *subscription) tell(w *view.Watch, left map[job.ID]int64, id job.ID) (gone bool, err error) {
	told, follows := left[id]
	if !follows {
		return false, nil
	}
	snap, err := s.x.call.Get(id)
	switch {
	case fault.Is(err, fault.NotFound): // it was deleted, or has expired
		delete(left, id)
		w.Drop(id)
		return false, nil
	case err != nil:
		return false, err
	}
	j := &snap.Job
	w.Saw(id, j.Version)
	if j.Version > told {
		left[id] = j.Version
		gone = s.to.Message(notification("notifications/tasks", s.tagged(s.x.call.Status(snap)))) != nil
	}
	if j.Status.Final() {
		delete(left, id)
		w.Drop(id)
	}
	return gone, nil
}

// tagged is an object that names the subscription.
func (s *subscription) tagged(object []byte) json.RawMessage {
	b := append([]byte(`{"_meta":{"`+metaSubscription+`":`), s.x.id...)
	b = append(b, '}')
	if len(object) > len("{}") {
		b = append(b, ',')
	}
	return append(b, object[1:]...)
}

// acknowledgement says what the stream will tell of.
func (s *subscription) acknowledgement() []byte {
	var agreed struct {
		Tasks []string `json:"taskIds,omitempty"`
	}
	agreed.Tasks = s.agreed
	return notification("notifications/subscriptions/acknowledged", s.tagged(encode(map[string]any{"notifications": agreed})))
}

// end is the answer to the request: the stream is over, and that is no failure.
func (s *subscription) end() []byte {
	meta := map[string]any{metaServer: s.x.info(), metaSubscription: s.x.id}
	return encode(map[string]any{"jsonrpc": "2.0", "id": s.x.id, "result": map[string]any{"resultType": "complete", "_meta": meta}})
}

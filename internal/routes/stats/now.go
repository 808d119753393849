package stats

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/history"
	"claimcheck/internal/pause"
)

// now is how many unfinished jobs there are, and how the tools are.
func (c Config) now(ctx context.Context, backlog []account.ToolCount) (now api.StatsNow, err error) {
	breakers, err := c.History.Breakers(ctx)
	if err != nil {
		return now, err
	}
	tools := map[string]*api.StatsTool{}
	of := func(name string) *api.StatsTool {
		if tools[name] == nil {
			tools[name] = &api.StatsTool{Name: name}
		}
		return tools[name]
	}
	for _, name := range c.Tools() {
		of(name)
	}
	for _, n := range backlog {
		t := of(n.Tool)
		t.Queued += n.Queued
		t.Processing += n.Running
		now.Queued += n.Queued
		now.Processing += n.Running
	}
	for name := range c.paused(pause.Tool) {
		of(name).Paused = true
	}
	now.Tools = []api.StatsTool{}
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		t, rules := tools[name], c.Rules(name)
		t.MaxRunning = rules.MaxRunning
		if b, known := breakers[name]; known || rules.Breaker {
			t.Breaker, t.BreakerOwners = new(cmp.Or(b.State, "closed")), b.Owners
		}
		now.Tools = append(now.Tools, *t)
	}
	return now, nil
}

// owners are those with the most accepted work in the time that is asked for, those
// with the most unfinished jobs, and those that are paused.
func (c Config) owners(ctx context.Context, counted *history.Count, backlog []account.ToolCount) []api.StatsOwner {
	unfinished, has := map[string]int64{}, map[string]api.StatsOwner{}
	for _, n := range backlog {
		is := has[n.Owner]
		is.Queued += n.Queued
		is.Processing += n.Running
		has[n.Owner] = is
		unfinished[n.Owner] += n.Queued + n.Running
	}
	told := map[string]bool{}
	for _, o := range counted.TopOwners(mostBusy) {
		told[o.Name] = true
	}
	waiting := 0
	for _, owner := range slices.SortedFunc(maps.Keys(unfinished), func(a, b string) int {
		return cmp.Or(cmp.Compare(unfinished[b], unfinished[a]), cmp.Compare(a, b))
	}) {
		if waiting == mostWaiting {
			break
		}
		if !told[owner] && unfinished[owner] > 0 {
			told[owner] = true
			waiting++
		}
	}
	paused := c.paused(pause.Owner)
	maps.Copy(told, paused)
	list := []api.StatsOwner{}
	for owner := range told {
		is := has[owner]
		is.Paused = paused[owner]
		is.Owner, is.Plan, is.Accepted = owner, c.Queue.PlanOf(ctx, owner).Name, counted.Owners[owner]
		list = append(list, is)
	}
	slices.SortFunc(list, func(a, b api.StatsOwner) int {
		return cmp.Or(cmp.Compare(b.Accepted, a.Accepted), cmp.Compare(b.Queued+b.Processing, a.Queued+a.Processing), cmp.Compare(a.Owner, b.Owner))
	})
	return list
}

// paused are the names of a kind whose jobs wait because an operator said so.
func (c Config) paused(kind pause.Kind) map[string]bool {
	names := map[string]bool{}
	for _, p := range c.Pauses.All() {
		if p.Kind == kind {
			names[p.Name] = true
		}
	}
	return names
}

// health is how the database and the queue are.
func (c Config) health(ctx context.Context, counted *history.Count) (is api.StatsHealth, err error) {
	oldest, err := c.Queue.OldestWaiting(ctx)
	if err != nil {
		return is, err
	}
	is = api.StatsHealth{CommitMS: millis(&counted.Commit), BatchOperations: percentiles(&counted.Batch, 1), OldestWaitSeconds: oldest.Seconds()}
	if c.File != nil {
		file, err := c.File(ctx)
		if err != nil {
			return is, err
		}
		is.File = &api.StatsFile{Bytes: file.Bytes, FreeBytes: file.FreeBytes, LogBytes: file.LogBytes}
	}
	if c.Database != nil {
		db, err := c.Database(ctx)
		if err != nil {
			return is, err
		}
		is.Database = &api.StatsDatabase{
			NotificationLagMS: millis(&counted.Lag), DeadRows: db.DeadRows, DeadReadyRows: db.DeadReady, OldestTransactionSeconds: db.OldestTransaction.Seconds(),
			Connections: db.Connections, BusyConnections: db.Busy, MaxConnections: db.Most,
		}
	}
	return is, nil
}

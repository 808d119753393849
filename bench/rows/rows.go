// Package rows has the rows of the table, one file for a row or for two that
// measure alike. To add one: its file, and its line in the list below.
package rows

import (
	"context"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// A Row measures one thing and says it in one or more lines of the table.
type Row struct {
	Name    string // what --only is matched with
	Measure func(context.Context, *rig.Rig) ([]table.Line, error)
}

// Rows is the one list of all rows.
func Rows() []Row {
	return []Row{
		{"status of finished jobs", statusFinished},
		{"status of unfinished jobs", statusUnfinished},
		{"status cold", statusCold},
		{"status p50 by number of jobs", statusByNumber},
		{"status in dialects", statusInDialects},
		{"status beside lists", listsBesideStatus},
		{"bulk cancel", bulkCancel},
		{"submit", submitAccepting},
		{"submit while workers run", submitWorking},
		{"end to end", endToEnd},
		{"idle latency", idleLatency},
		{"formatter speed", formatterSpeed},
		{"formatter memory", formatterMemory},
		{"file copies", fileCopies},
		{"idle memory", idleMemory},
		{"start", startTime},
		{"long polls", longPolls},
		{"polling", polling},
		{"hints", hints},
		{"fairness", fairness},
		{"queue cost", queueCost},
		{"HTTP tool overhead", overhead},
	}
}

// SharedRows are the rows about servers on PostgreSQL; --store names a cluster in
// which databases can be made.
func SharedRows() []Row {
	return []Row{
		{"shared submit", sharedSubmit},
		{"shared end to end", sharedEndToEnd},
		{"shared idle latency", sharedIdle},
		{"shared polling", sharedPolling},
		{"shared two servers", sharedTwo},
		{"shared status p50 by number of jobs", sharedByNumber},
		{"shared bulk cancel", sharedBulkCancel},
	}
}

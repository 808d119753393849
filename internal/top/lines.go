package top

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"claimcheck/api"
	"claimcheck/internal/foreign"
	"claimcheck/internal/terminal"
)

// widths are those of terminals that do not show doubtful characters wide.
var widths = &runewidth.Condition{StrictEmojiNeutral: true}

const leastName = 8 // columns that are left of a name where there is no room

// Lines lays the view out for a terminal of so many columns and rows; 0 is for no
// limit. Text that the server has said is harmless in them. The hint is told at the end
// of the first line; trouble, if there is any, in one of its own below it.
func (v *View) Lines(columns, rows int, hint, trouble string) []terminal.Row {
	head := []terminal.Row{{Text: v.title(hint), Style: terminal.Reverse}}
	if trouble != "" {
		head = append(head, terminal.Row{Text: foreign.Text(trouble).String(), Style: terminal.Bold})
	}
	head = append(head, terminal.Row{Text: v.counts()}, terminal.Row{Text: v.rates()})
	tables := []table{v.toolTable(), v.slowestTable()}
	if v.Scope == scopeAll {
		tables = []table{v.toolTable(), v.ownerTable(), v.slowestTable()}
	}
	if rows > 0 {
		share(tables, rows-len(head)-2*len(tables)) // an empty line and a heading each
	}
	lines := head
	for i := range tables {
		lines = append(lines, terminal.Row{})
		lines = append(lines, tables[i].lines(columns)...)
	}
	if rows > 0 {
		lines = lines[:min(len(lines), rows)]
	}
	for i := range lines {
		if columns > 0 {
			lines[i].Text = widths.Truncate(lines[i].Text, columns, "")
		}
		if columns > 0 && lines[i].Style == terminal.Reverse {
			lines[i].Text = widths.FillRight(lines[i].Text, columns)
		}
	}
	return lines
}

func (v *View) title(hint string) string {
	text := fmt.Sprintf("claimcheck top  %v  %s UTC", foreign.Text(v.Server), time.Unix(v.At, 0).UTC().Format(time.TimeOnly))
	if v.Scope == scopeOwner && len(v.Owners) == 1 {
		text += fmt.Sprintf("  %v (plan %v)", foreign.Text(v.Owners[0].Name), foreign.Text(v.Owners[0].Plan))
	}
	if hint != "" {
		text += "  " + hint
	}
	return text
}

func (v *View) counts() string {
	texts := []string{fmt.Sprintf("queued %d", v.Queued), fmt.Sprintf("processing %d", v.Processing)}
	if v.OldestWaitSeconds > 0 {
		texts = append(texts, "longest wait "+span(v.OldestWaitSeconds))
	}
	if v.Scope == scopeOwner && len(v.Owners) == 1 && v.Owners[0].Month != nil {
		month := fmt.Sprintf("this month %d", v.Owners[0].Month.Used)
		if v.Owners[0].Month.Limit > 0 {
			month += fmt.Sprintf(" of %d", v.Owners[0].Month.Limit)
		}
		texts = append(texts, month)
		if v.Owners[0].Paused {
			texts = append(texts, "PAUSED by an operator")
		}
	}
	for _, p := range v.Pauses.Tools {
		texts = append(texts, fmt.Sprintf("PAUSED tool %v by %v", foreign.Text(p.Name), foreign.Text(p.By)))
	}
	for _, p := range v.Pauses.Owners {
		texts = append(texts, fmt.Sprintf("PAUSED owner %v by %v", foreign.Text(p.Name), foreign.Text(p.By)))
	}
	return strings.Join(texts, "  ")
}

func (v *View) rates() string {
	least := ""
	if v.Partial && v.Scope == scopeOwner {
		least = "at least "
	}
	texts := []string{fmt.Sprintf("a minute: %saccepted %s", least, rate(v.Accepted)), "succeeded " + rate(v.Succeeded), "failed " + rate(v.Failed)}
	for _, p := range []struct {
		name string
		of   api.Percentiles
	}{{"wait", v.WaitMS}, {"run", v.RunMS}} {
		if p.of.P50 != nil && p.of.P99 != nil {
			texts = append(texts, fmt.Sprintf("%s %s, at most %s of 99 in 100", p.name, span(*p.of.P50/1000), span(*p.of.P99/1000)))
		}
	}
	return strings.Join(texts, "  ")
}

// A table has a heading, and rows of as many cells. The first column, and those with
// left, are at the left; numbers at the right.
type table struct {
	heads []string
	left  []bool
	rows  [][]string
	gives int // the column that gives up room where there is too little
	shown int // rows, 0: all
}

func (v *View) toolTable() table {
	t := table{heads: []string{"TOOL", "QUEUED", "RUNNING", "MOST", "ACCEPTED/MIN", "FAILED/MIN", "STATE"}, left: []bool{true, false, false, false, false, false, true}}
	idle := 0
	for i := range v.Tools {
		is := &v.Tools[i]
		if is.idle() {
			idle++
			continue
		}
		most, state := "-", ""
		if is.MaxRunning > 0 {
			most = strconv.FormatInt(is.MaxRunning, 10)
		}
		if is.Paused {
			state = "paused"
		}
		if is.Breaker != "" && is.Breaker != "closed" {
			state = strings.TrimSpace(state + " breaker " + foreign.Text(is.Breaker).String())
		}
		t.rows = append(t.rows, []string{foreign.Text(is.Name).String(), number(is.Queued), number(is.Processing), most, rate(is.Accepted), rate(is.Failed), state})
	}
	if idle > 0 {
		t.rows = append(t.rows, []string{fmt.Sprintf("%d idle", idle), "", "", "", "", "", ""})
	}
	return t
}

// idle reports whether there is nothing to tell of a tool but that it is there.
func (t *Tool) idle() bool {
	return t.Queued == 0 && t.Processing == 0 && t.Accepted == 0 && t.Succeeded == 0 && t.Failed == 0 && !t.Paused && (t.Breaker == "" || t.Breaker == "closed")
}

func (v *View) ownerTable() table {
	t := table{heads: []string{"OWNER", "PLAN", "QUEUED", "RUNNING", "ACCEPTED/MIN", "STATE"}, left: []bool{true, true, false, false, false, true}}
	for i := range v.Owners {
		is := &v.Owners[i]
		state := ""
		if is.Paused {
			state = "paused"
		}
		t.rows = append(t.rows, []string{foreign.Text(is.Name).String(), foreign.Text(is.Plan).String(), number(is.Queued), number(is.Processing), rate(is.Accepted), state})
	}
	return t
}

func (v *View) slowestTable() table {
	t := table{heads: []string{"SLOWEST JOB", "TOOL", "AGE", "QUIET", "ATTEMPT", "DONE", "OWNER"}, left: []bool{true, true, false, false, false, false, true}, gives: 1}
	for i := range v.Slowest {
		j := &v.Slowest[i]
		done := "-"
		if j.Progress != nil {
			done = strconv.Itoa(*j.Progress) + " %"
		}
		owner := foreign.Text(j.Owner).String()
		if j.Trouble != "" {
			owner += "  " + strings.ToUpper(foreign.Text(j.Trouble).String())
		}
		t.rows = append(t.rows, []string{
			foreign.Text(j.ID).String(), foreign.Text(j.Tool).String(), span(float64(j.Age)), span(float64(j.Quiet)), fmt.Sprintf("%d of %d", j.Attempt, j.MaxAttempts), done, owner,
		})
	}
	return t
}

// share gives each table as many of the rows as there are for it; what one does not
// need is the others'.
func share(tables []table, rows int) {
	for left := len(tables); left > 0; left-- {
		least := -1 // the one that needs fewest of those that have no rows yet
		for i := range tables {
			if tables[i].shown == 0 && (least < 0 || len(tables[i].rows) < len(tables[least].rows)) {
				least = i
			}
		}
		tables[least].shown = max(min(len(tables[least].rows), rows/left), 1)
		rows -= tables[least].shown
	}
}

// lines lays the table out.
func (t *table) lines(columns int) []terminal.Row {
	rows := t.rows
	if t.shown > 0 {
		rows = rows[:min(t.shown, len(rows))]
	}
	width := make([]int, len(t.heads))
	all := 2 * (len(width) - 1)
	for i, head := range t.heads {
		width[i] = len(head)
		for _, row := range rows {
			width[i] = max(width[i], widths.StringWidth(row[i]))
		}
		all += width[i]
	}
	if columns > 0 && all > columns {
		width[t.gives] = max(width[t.gives]-(all-columns), min(width[t.gives], leastName))
	}
	lines := []terminal.Row{{Text: t.line(t.heads, width), Style: terminal.Bold}}
	for _, row := range rows {
		lines = append(lines, terminal.Row{Text: t.line(row, width)})
	}
	return lines
}

func (t *table) line(cells []string, width []int) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString("  ")
		}
		cell = widths.Truncate(cell, width[i], "…")
		if t.left[i] {
			b.WriteString(widths.FillRight(cell, width[i]))
		} else {
			b.WriteString(widths.FillLeft(cell, width[i]))
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// rate is a number for people: with one digit behind the point where it is small.
func rate(perMinute float64) string {
	if perMinute == 0 || perMinute >= 100 {
		return strconv.FormatFloat(perMinute, 'f', 0, 64)
	}
	return strconv.FormatFloat(perMinute, 'f', 1, 64)
}

// span is a length of time for people.
func span(seconds float64) string {
	switch {
	case seconds == 0:
		return "0 s"
	case seconds < .01:
		return fmt.Sprintf("%.1f ms", seconds*1000)
	case seconds < 1:
		return fmt.Sprintf("%.0f ms", seconds*1000)
	case seconds < 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f min", seconds/60)
	default:
		return fmt.Sprintf("%.0f h", seconds/3600)
	}
}

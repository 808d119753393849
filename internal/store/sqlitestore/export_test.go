package sqlitestore

import (
	"runtime"

	"claimcheck/internal/store/sqlitestore/beside"
	"claimcheck/internal/store/sqlitestore/bulks"
	"claimcheck/internal/store/sqlitestore/groups"
	"claimcheck/internal/store/sqlitestore/waiting"
)

// AwaitQueue waits until n calls wait for the writer.
func AwaitQueue(s *Store, n int) {
	for s.queue.Len() < n {
		runtime.Gosched()
	}
}

// Queries are the statements that run often, with the index each must use.
var Queries = map[string]string{
	sqlGetJob:               "SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?); CORRELATED SCALAR SUBQUERY 1; SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
	sqlList:                 "SEARCH jobs USING INDEX jobs_by_owner (owner=? AND created>? AND created<?)",
	sqlListAll:              "SEARCH jobs USING INDEX jobs_by_time (created>? AND created<?)",
	sqlListFailing:          "SEARCH j USING INDEX jobs_failing (seq>?); SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
	sqlListPoisoned:         "SEARCH r USING INDEX ready_probation (seq>?); SEARCH j USING INTEGER PRIMARY KEY (rowid=?)",
	sqlListUnfinished:       "SEARCH r USING INTEGER PRIMARY KEY (rowid>?); SEARCH j USING INTEGER PRIMARY KEY (rowid=?)",
	sqlListGroup:            "SEARCH jobs USING INDEX jobs_by_group (owner=? AND job_group=? AND created>? AND created<?)",
	sqlListFeed:             "SEARCH jobs USING INDEX jobs_by_finish (owner=? AND finish_no>?)",
	groups.SQLGet:           "SEARCH groups USING PRIMARY KEY (owner=? AND name=?)",
	groups.SQLList:          "SEARCH groups USING INDEX groups_by_time (owner=? AND (created,name)<(?,?))",
	groups.SQLTally:         "SEARCH jobs USING INDEX jobs_by_group (owner=? AND job_group=?); USE TEMP B-TREE FOR GROUP BY",
	groups.SQLFinishes:      "SEARCH owners USING PRIMARY KEY (owner=?)",
	bulks.SQLGet:            "SEARCH bulks USING INDEX sqlite_autoindex_bulks_1 (id=?)",
	bulks.SQLCount:          "SCAN bulks USING INDEX bulks_unended",
	bulks.SQLUnended:        "SCAN bulks USING INDEX bulks_unended",
	bulks.SQLExpired:        "SEARCH bulks USING INDEX bulks_by_expiry (expires<?)",
	bulks.SQLJobs:           "SEARCH bulk_jobs USING INDEX sqlite_autoindex_bulk_jobs_1 (bulk=? AND part=?)",
	beside.SQLMinutes:       "SEARCH minutes USING PRIMARY KEY (length=? AND (at,tool,writer)>(?,?,?) AND at<?)",
	beside.SQLMinutesBefore: "SEARCH minutes USING PRIMARY KEY (length=? AND at<?)",
	beside.SQLMinutesAfter:  "SEARCH minutes USING PRIMARY KEY (length=? AND at>?)",
	beside.SQLMinutesOver:   "SCAN CONSTANT ROW; SCALAR SUBQUERY 1; SEARCH minutes USING PRIMARY KEY (length=? AND at<?); SCALAR SUBQUERY 2; SEARCH minutes USING PRIMARY KEY (length=? AND at>?)",
	beside.SQLWords:         "SEARCH words USING INDEX sqlite_autoindex_words_1 (seq=?)",
	beside.SQLLastWords:     "SEARCH words USING INDEX sqlite_autoindex_words_1 (seq=?)",
	waiting.SQLReadyFrom:    "SEARCH ready USING INDEX ready_claimable (owner=? AND tool=? AND priority<?)",
	waiting.SQLReadyRest:    "SEARCH ready USING INDEX ready_claimable (owner=? AND tool=? AND priority=? AND seq>?)",
	waiting.SQLStrandFrom:   "SEARCH ready USING INDEX ready_strands (owner=? AND tool=? AND strand=? AND priority<?)",
	waiting.SQLNextStrand:   "SEARCH ready USING INDEX ready_strands (owner=? AND tool=? AND strand>?)",
	waiting.SQLLeased:       "SEARCH ready USING COVERING INDEX ready_strands_leased (tool=?)",
	sqlSuspects:             "SCAN ready USING INDEX ready_probation",
	waiting.SQLDue:          "SEARCH ready USING INDEX ready_delayed (run_at<?)",
	waiting.SQLMisdated:     "SEARCH ready USING INDEX ready_pauses (since>?)",
	sqlLatest:               "SEARCH ready USING COVERING INDEX ready_pauses (since>?)",
	sqlLatestOff:            "SEARCH deliveries USING COVERING INDEX deliveries_pauses (since>?)",
	sqlNextDue:              "SCAN ready USING COVERING INDEX ready_delayed",
	sqlLeases:               "SEARCH ready USING INDEX ready_leased (lease_until<?)",
	sqlGetOutput:            "SEARCH outputs USING INDEX sqlite_autoindex_outputs_1 (token=?)",
	sqlJobOutputs:           "SEARCH outputs USING INDEX outputs_by_job (seq=?)",
	sqlExpireOutputs:        "SEARCH outputs USING INDEX outputs_by_job (seq=?)",
	sqlExpiredInputs:        "SEARCH jobs USING INDEX jobs_inputs (input_until>? AND input_until<?)",
	sqlExpiredJobs:          "SEARCH jobs USING INDEX jobs_by_expiry (expires>? AND expires<?)",
	sqlExpiredOutputs:       "SEARCH outputs USING INDEX outputs_by_expiry (expires>? AND expires<?)",
	sqlExpiredAnswers:       "SEARCH answers USING COVERING INDEX answers_by_expiry (expires<?)",
	sqlGetAnswer:            "SEARCH answers USING PRIMARY KEY (owner=? AND key=?)",
	sqlGetUpload:            "SEARCH uploads USING INDEX sqlite_autoindex_uploads_1 (id=?)",
	sqlUseUpload:            "SEARCH uploads USING INDEX sqlite_autoindex_uploads_1 (id=?)",
	sqlPendingUploads:       "SEARCH uploads USING INDEX uploads_pending (owner=?)",
	sqlUploadsAfter:         "SEARCH uploads USING INDEX uploads_begun (created>?)",
	sqlExpiredUploads:       "SEARCH uploads USING INDEX uploads_by_expiry (expires<?)",
	sqlInputFiles:           "SEARCH jobs USING INTEGER PRIMARY KEY (rowid>?)",
	sqlOutputFiles:          "SEARCH outputs USING INDEX sqlite_autoindex_outputs_1 (token>?)",
	sqlUploadFiles:          "SEARCH uploads USING INDEX sqlite_autoindex_uploads_1 (id>?)",
	sqlNextDueOf:            "SEARCH targets USING INDEX targets_by_due (due>?)",
	sqlDueTargets:           "SEARCH targets USING INDEX targets_waiting (owner=? AND standing=? AND due>? AND due<?)",
	sqlWaitingFrom:          "SEARCH targets USING COVERING INDEX targets_waiting (owner>?)",
	sqlCounts:               "SEARCH counts USING PRIMARY KEY (owner=?)",
}

// Package storetest is the suite that every store has to pass. A bug found in
// one store becomes a case here first: a function in the file of its noun, and
// its line in the list below or, of files and calls, in that of their folder. It
// imports no store.
package storetest

import (
	"maps"
	"slices"
	"testing"

	"claimcheck/internal/store/storetest/bulks"
	"claimcheck/internal/store/storetest/calls"
	"claimcheck/internal/store/storetest/files"
	"claimcheck/internal/store/storetest/groups"
	"claimcheck/internal/store/storetest/histories"
	"claimcheck/internal/store/storetest/many"
	"claimcheck/internal/store/storetest/world"
)

// cases is the suite, one file per noun.
var cases = world.Cases{
	"submitted job is read back":                   submitRoundTrip,
	"waiting job is read with its start":           submitLater,
	"refused submission leaves nothing":            submitRefused,
	"admission is asked in the transaction":        submitAdmission,
	"taken id is refused":                          submitTakenID,
	"promoted job has its lease":                   submitPromoted,
	"synchronous call leaves traces without a job": submitSync,
	"finished job is not submitted":                submitFinished,

	"idempotency key is replayed":             answerReplayed,
	"idempotency key belongs to its owner":    answerOwners,
	"answer expires":                          answerExpires,
	"answer outlives its job":                 answerOutlivesJob,
	"equal submissions at once write one job": answerConcurrent,

	"pause of a clock that was set back is over":              clockPause,
	"pause begins when it is written":                         clockSince,
	"wish of a client follows the clock":                      clockWish,
	"time of a start is forgotten when it has come":           clockStart,
	"lease knows when it was given":                           clockLease,
	"what has expired is what the caller says":                clockExpired,
	"what is dated ahead is brought back":                     clockRecall,
	"a remembered answer that is dated ahead is brought back": clockRecallAnswer,
	"delivery put off by a clock that was set back is found":  clockDelivery,

	"change returns what get reads":             changeRoundTrip,
	"refused change leaves nothing":             changeRefused,
	"change of an unknown job is not found":     changeUnknown,
	"changes of one call are decided in order":  changeInOrder,
	"batch with some failing":                   changeSomeFail,
	"decision is asked about a fresh copy":      changeFreshCopy,
	"heartbeat changes the lease only":          changeHeartbeat,
	"decision may not break the rules":          changeIllegal,
	"final is final":                            changeFinal,
	"late worker is refused":                    changeFenced,
	"each job is claimed once":                  changeClaimedOnce,
	"a change tells the input":                  changeInput,
	"delete removes everything and names files": changeDelete,
	"charge and refund":                         changeCharges,

	"what a job says is kept":               wordsRoundTrip,
	"what is said again is kept once":       wordsOnce,
	"of what is said the oldest goes first": wordsBounded,
	"what a job has said goes with it":      wordsGone,
	"what is being done is told":            wordsMessage,

	"ready is ordered by priority then age": linesOrder,
	"ready is read in pages":                linesPages,
	"delayed jobs are promoted":             linesPromote,
	"retried jobs are promoted":             linesRetry,
	"leases are listed by their end":        linesLeases,
	"suspects are kept apart":               linesSuspects,
	"deadlines are listed by their time":    deadlinesListed,
	"a deadline moves with its job":         deadlinesMove,
	"backlog counts owners and tools":       linesCounts,

	"running jobs of a tool are counted over owners": toolsRunning,
	"a tool's limit holds for claims at once":        toolsLimit,
	"what is set at submission is kept":              toolsSubmitted,
	"outputs before the end can be replaced":         outputReplaced,

	"allowances are kept":                      metersKept,
	"an allowance is spent by all":             metersAtOnce,
	"jobs under a lease are counted by strand": strandsLeased,
	"waiting jobs are read by strand":          strandsRead,

	"list is filtered":                        listFilters,
	"list pages are stable while jobs arrive": listPages,
	"list by error code":                      listCodes,
	"list by metadata":                        listMetadata,
	"list by time of the end":                 listFinished,
	"list by time of creation":                listOrder,
	"list looks at a bounded number of jobs":  listRows,
	"list leaves out what has expired":        listExpired,

	"outputs are read back":         outputRoundTrip,
	"outputs expire with their job": outputExpires,
	"expired jobs are listed":       outputExpiredJobs,
	"sweep removes expired traces":  outputSweep,
	"blobs are named by rows":       outputNamed,
	"stored bytes are given back":   outputStoredBytes,

	"keys are found by digest":                  keyRoundTrip,
	"keys are changed in one transaction":       keyChange,
	"keys may be added in the same transaction": keyChangeAdd,
	"plans belong to owners":                    keyPlans,
	"an owner without a key has a plan":         ownerPlans,
	"taken keys are refused":                    keyTaken,

	"audit is kept in the order of writing": auditKept,
	"old audit is dropped":                  auditDropped,

	"secrets are rotated":              secretRotation,
	"usage is kept per month":          usageMonths,
	"notes are kept by kind and name":  notesKept,
	"notes end at their time":          notesEnd,
	"minutes are kept by their key":    minutesKept,
	"minutes are dropped by time":      minutesDropped,
	"notes are added and dropped once": notesOnce,
	"one of several adds a note":       notesAtOnce,

	"awkward strings":             awkwardStrings,
	"large values":                awkwardLarge,
	"canceled context":            canceledContext,
	"zero ids and unknown things": unknownThings,
	"reopening keeps everything":  reopenKeeps,
	"reopening keeps the backlog": reopenKeepsBacklog,
	"closed store refuses":        reopenClosed,
	"ping":                        pingHealthy,

	"concurrent callers on one job are linearizable": histories.Linearizable,
	"concurrent life of many jobs":                   concurrentLife,
	"random operations equal a model":                histories.ModelEqual,
}

// A Store is all that a store has to be.
type Store = world.Store

// A Place makes a place for a store's data; see [world.Place].
type Place = world.Place

// Run runs the suite: the stores of each case are where place makes room for their
// data.
func Run(t *testing.T, place Place) {
	t.Helper()
	for _, group := range []world.Cases{cases, calls.Cases(), peersCases(), files.Cases(), bulks.Cases(), groups.Cases(), many.Cases()} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			t.Run(name, func(t *testing.T) { group[name](world.New(t, place)) })
		}
	}
}

// Package job has the words of the project: a job, its id and status, its
// lease, its output. It does no input or output; who may change what, and
// when, is in package queue.
package job

import "time"

// Limits of what is in a job's row.
const (
	MaxInlineBytes   = 32 << 10  // inputs and outputs up to this live in the database row; larger ones are files
	MaxResultBytes   = 256 << 10 // of Job.Result
	MaxPreviewRunes  = 1000      // of an output's preview, its dots included
	MaxOptionsBytes  = 16 << 10  // of Job.Options
	MaxMetadataBytes = 16 << 10  // of Job.Metadata
)

// A Job is one run of a tool, kept until it expires. The fields of the second
// block are set while it is unfinished only. Values are copied freely; the
// byte slices are never changed after the job left its maker.
type Job struct {
	ID        ID
	Owner     string
	Tool      string // the tool's name, for instance json-formatter
	RequestID string // the submission's X-Request-Id
	Options   []byte // canonical JSON object of tool options, or nil
	Metadata  []byte // JSON object given by the client, or nil
	Terms     []byte // what the client asked for beside the work, as [Terms.Encode] writes it; nil for nothing: see Asked
	Group     string // name of the group that it belongs to; or empty
	Input     Input

	Status   Status
	Version  int64 // grows with each change a client may see; starts at 1
	Attempt  int   // number of attempts begun; the fence of the current one
	Failures int   // attempts that count towards the maximum
	Losses   int   // attempts lost with their worker while they ran alone

	Created  time.Time // second resolution is enough for clients; stores keep milliseconds
	Updated  time.Time
	Started  time.Time // of the latest attempt; zero before the first
	Finished time.Time // zero while unfinished
	Expires  time.Time // zero while unfinished; the job is gone after it
	RunAt    time.Time // Ready's, of a queued job that was read without Ready: see DueAt

	Result  []byte  // exact JSON of the synchronous answer, the file link left out; Success only
	LinkAt  int     // where in Result the link of OutputName is inserted; 0 means Result has none
	Error   []byte  // exact JSON {"code","message","details"}; Failed only
	Output  string  // file name of the output, <tool>_<token>.<ext>; empty if there is none
	History []byte  // JSON array of the attempts that ended, or nil
	Ready   *Ready  // nil when finished, and when a store was asked for the client's view only
	Charged Charged // what was charged for it

	// FinishNo is its number among the ends of its owner's jobs, which grows from each
	// to the next; 0 while it is unfinished, and for owners without a feed. Stores alone
	// set it.
	FinishNo int64
}

// Charged says which month's quota paid for a job.
type Charged struct {
	Month int // year*12 + month-1, UTC; 0 means nothing was charged
}

// DueAt is the time before which no attempt at a waiting job begins: its
// scheduled start or the end of a pause between attempts. It is zero if there is
// none, and may have passed.
func (j *Job) DueAt() time.Time {
	switch {
	case j.Status != Queued:
		return time.Time{}
	case j.Ready != nil:
		return j.Ready.RunAt
	default:
		return j.RunAt
	}
}

// Ready is the hot part of an unfinished job: what schedulers and workers
// change. Stores keep it apart from the rest.
type Ready struct {
	Priority        int       // -10 to 10, higher first, within one owner
	RunAt           time.Time // not to be claimed before this; zero: at once, or its time has come
	Since           time.Time // when the pause until RunAt began; zero for a start that the client asked for. Set by stores alone
	Lease           Lease     // Worker is empty while nobody has it
	CancelRequested bool
	Probation       Probation
	Progress        int       // of the current attempt, in percent; 0 while nothing is known
	Message         string    // what the current attempt has said last of what it does; empty for nothing
	WebhookURL      string    // called when the job ends, set at submission only; empty for none
	InputSum        int64     // of the input's bytes, set at submission only; 0 for unknown
	TraceParent     string    // see TraceContext: of jobs that earlier versions accepted, the others have it in their terms
	EndBy           time.Time // when the job ends by itself if it still stands as it does; zero: never
	Strand          string    // what it shares with the jobs that go by the same limits of its tool (see package meter); empty for none
}

// A Lease is a worker's promise to report before Until, renewed while it
// works. (Worker, Attempt) is the fence: an outcome is accepted only from the
// attempt that the store still names.
type Lease struct {
	ID      ID
	Worker  string
	Attempt int
	Until   time.Time
	Since   time.Time // when Until was last set, by the same clock. Set by stores alone
}

// Taken reports whether somebody has the lease, in time or not.
func (l Lease) Taken() bool { return l.Worker != "" }

// Same reports whether both name the same attempt by the same worker.
func (l Lease) Same(m Lease) bool {
	return l.ID == m.ID && l.Worker == m.Worker && l.Attempt == m.Attempt
}

// Probation says how carefully a job must be run after it was seen running in
// a process that died.
type Probation uint8

// The degrees. A suspect runs beside others but beside no other suspect; if
// the process dies again it runs alone, and only attempts lost alone count
// towards WORKER_LOST.
const (
	Clear Probation = iota
	Suspect
	Alone
)

// An Output is a file that a tool made. Small ones are in the row (Data),
// larger ones are the blob named by [OutputKey].
type Output struct {
	Token       string // 32 lower-case hexadecimal digits, unguessable
	Owner       string
	Job         ID     // zero for a synchronous call's output
	Name        string // <tool>_<token>.<ext>, the last part of its link
	Filename    string // what those who save it are told that it is called; empty: Name
	OnRead      bool   // its job goes soon after the file has reached its owner
	ContentType string
	Size        int64
	SHA256      [32]byte
	Data        []byte // nil if File
	File        bool
	Created     time.Time
	Expires     time.Time // zero while the job is unfinished
}

// OutputKey is the key of the blob that a large output is.
func OutputKey(token string) string { return "outputs/" + token }

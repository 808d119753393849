// Package kind says what a store tells of itself: how its address looks, how it
// is opened, brought up to date and copied into. What a store that is open is
// asked about jobs is in package protocol.
package kind

import (
	"context"
	"io"
	"log/slog"
	"time"

	"claimcheck/internal/store/transfer"
)

// A Kind is one kind of store; S is what opening it returns.
type Kind[S any] struct {
	Name       string                    // in errors: open the Name
	Form       string                    // an address as an example; empty for the one without an address
	Recognises func(address string) bool // by its text alone
	// Shared says that servers and commands use it side by side. Any other belongs
	// to the process that has locked the data folder.
	Shared bool

	Open func(ctx context.Context, o Opening) (S, error)
	// Migrate brings a shared store up to date, or, with dry, only names the
	// versions that it lacks. Nil: opening it does so.
	Migrate func(ctx context.Context, o Opening, dry bool) (applied []string, err error)
	// CopyInto begins a copy from the installation that source names, or goes on
	// with it. Nil: it cannot be copied into.
	CopyInto func(ctx context.Context, o Opening, source string) (transfer.Target, error)
	// BackupWith is a sentence that names what makes its backups. Empty: S does,
	// with a method Backup.
	BackupWith string
}

// An Opening is what a store is opened with. It takes what it has a use for;
// functions may be nil, and are quick.
type Opening struct {
	Address     string // one that the kind recognises
	Direct      string // the same store without a pooler between; may be empty
	Replica     string // a copy that lists may be read from; may be empty
	Connections int    // at most; 0: as the store likes
	Folder      string // the data folder, locked if the kind is not shared

	Random io.Reader
	Log    *slog.Logger // nil for none

	OnBatch    func(size int, took time.Duration) // a transaction, and the parts in it
	OnCommit   func(took time.Duration)
	OnLag      func(took time.Duration) // a notification of another server
	OnDelivery func()                   // deliveries that are due were written
}

// FileStats is what operators want to know of a store that is a file; one that can
// tell has a method FileStats.
type FileStats struct {
	Bytes     int64 // of the file
	FreeBytes int64 // of them, that hold nothing and are used before the file grows
	LogBytes  int64 // of the write-ahead log
}

// Stats is what operators want to know of a shared store; one that can tell has
// a method Stats.
type Stats struct {
	Connections, Busy, Most int64         // of this process's pool: open, in use, at most
	Waits                   int64         // how often a caller had to wait for a connection
	Waited                  time.Duration // how long in all
	DeadRows, DeadReady     int64         // rows that are to be cleaned up, in all tables and in the queue's
	OldestTransaction       time.Duration // that keeps them from being cleaned up; 0 for none
	Leads                   bool          // this server does the maintenance
}

package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"claimcheck/internal/account"
	"claimcheck/internal/store/protocol"
)

// NewKey is the n-th key of an owner.
func (w *World) NewKey(owner string, n byte) account.Key {
	return account.Key{
		ID: fmt.Sprintf("key_%016x", n), Digest: [32]byte{n, 0xff}, Owner: owner, Plan: "default", Name: "note",
		Scopes: []string{account.ScopeRead, account.ScopeSubmit}, Created: w.Now(),
	}
}

// HasPlan fails unless this is the owner's plan.
func (w *World) HasPlan(owner, want string) {
	w.T.Helper()
	o, err := w.Owner(w.Ctx(), owner, 1)
	w.NoError(err)
	w.Equal("plan", o.Plan, want)
}

// AllNotes fails unless these are what is noted of a kind, by name.
func (w *World) AllNotes(kind string, want ...protocol.Note) {
	w.T.Helper()
	got, err := w.Notes(w.Ctx(), kind)
	w.NoError(err)
	slices.SortFunc(got, func(a, b protocol.Note) int { return cmp.Compare(a.Name, b.Name) })
	w.Equal("notes of "+kind, got, want)
}

// Note notes things of a kind.
func (w *World) Note(kind string, notes ...protocol.Note) {
	w.T.Helper()
	w.NoError(w.SaveNotes(w.Ctx(), kind, notes))
}

// AddsNote fails unless adding a note does so, or does not.
func (w *World) AddsNote(kind string, n protocol.Note, want bool) {
	w.T.Helper()
	added, err := w.AddNote(w.Ctx(), kind, n)
	w.NoError(err)
	w.Equal("added "+n.Name, added, want)
}

// DropsNote fails unless dropping a note does so, or does not.
func (w *World) DropsNote(kind, name string, want bool) {
	w.T.Helper()
	dropped, err := w.DropNote(w.Ctx(), kind, name)
	w.NoError(err)
	w.Equal("dropped "+name, dropped, want)
}

// Has fails unless the owner has these counts.
func (w *World) Has(owner string, want account.Counts) {
	w.T.Helper()
	_, got, err := w.Usage(w.Ctx(), owner, account.MonthOf(w.Now()))
	w.NoError(err)
	if got != want {
		w.T.Fatalf("%s has %+v, want %+v", owner, got, want)
	}
}

// Usage is what an owner used in a month and has now.
func (w *World) Usage(ctx context.Context, owner string, month int) (account.Usage, account.Counts, error) {
	o, err := w.Owner(ctx, owner, month)
	return o.Usage, o.Counts, err
}

package world

import (
	"time"
)

// Await waits until something is so.
func (w *World) Await(what string, patience time.Duration, is func() bool) {
	w.T.Helper()
	late := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-late:
			w.T.Fatalf("no %s within %s", what, patience)
		case <-tick.C:
		}
	}
}

// Pair opens a second store on the same data; both are closed with the test.
func (w *World) Pair() []Store {
	if w.Peers() == nil {
		return []Store{w.Store, w.Store}
	}
	other := w.Open()
	w.T.Cleanup(func() { w.NoError(other.Close()) })
	return []Store{w.Store, other}
}

// NoErrorHere is NoError for goroutines.
func (w *World) NoErrorHere(err error) {
	if err != nil {
		w.T.Error(err)
	}
}

package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"claimcheck/internal/app"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/serverproc"
)

// moment is how long a test leaves to what must wait; what does not wait fails sooner.
const moment = 200 * time.Millisecond

// settings are those of a server on a new folder.
func settings(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Load([]string{"--listen=127.0.0.1:0", "--data=" + serverproc.Folder(t)}, config.Sources{Judges: app.Judges()})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// held has a command hold the data folder until the returned function is called,
// which returns what became of it.
func held(t *testing.T, cfg config.Config) (release func() error) {
	t.Helper()
	has, over, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- app.WithOperator(t.Context(), cfg, func(control.Operator) error {
			close(has)
			<-over
			return nil
		})
	}()
	select {
	case <-has:
	case err := <-done:
		t.Fatal(err)
	}
	return func() error {
		close(over)
		return <-done
	}
}

// keyMade makes a key by a command, beside the test.
func keyMade(ctx context.Context, cfg config.Config) <-chan error {
	made := make(chan error, 1)
	go func() {
		made <- app.WithOperator(ctx, cfg, func(op control.Operator) error {
			_, err := op.CreateKey(ctx, auth.NewKey{Owner: "ann"})
			return err
		})
	}()
	return made
}

// mustWait fails the test if something is over that must still wait.
func mustWait(t *testing.T, what string, over <-chan error) {
	t.Helper()
	select {
	case err := <-over:
		t.Fatalf("%s ends with %v, want it to wait for who has the folder", what, err)
	case <-time.After(moment):
	}
}

// Two commands at once, as in a script, are two commands one after the other.
func TestACommandWaitsForAnotherOneToLeaveTheFolder(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	release := held(t, cfg)
	made := keyMade(t.Context(), cfg)
	mustWait(t, "the command", made)
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := <-made; err != nil {
		t.Errorf("the second command: %v", err)
	}
}

// A key is made in the line after the one that starts the server, whichever of
// them comes first.
func TestAServerThatStartsAndACommandWaitForEachOther(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	release := held(t, cfg)
	opened := make(chan error, 1)
	var s *app.Server
	go func() {
		var err error
		s, err = app.Open(t.Context(), cfg, "test", &serverproc.Log{})
		opened <- err
	}()
	mustWait(t, "the server", opened)
	made := keyMade(t.Context(), cfg)
	mustWait(t, "the command", made)
	if err := release(); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Fatalf("the server: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	if err := <-made; err != nil { // by itself, or by the server's hand
		t.Errorf("the command: %v", err)
	}
	stop()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// Who waits for the folder can be told to stop.
func TestACommandThatWaitsForTheFolderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cfg := settings(t)
	release := held(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	made := keyMade(ctx, cfg)
	mustWait(t, "the command", made)
	stop()
	if err := <-made; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was stopped", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}

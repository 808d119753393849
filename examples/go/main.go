// Command go has a JSON file laid out: it hands it in, waits for the job and prints
// the output.
//
//	CLAIMCHECK_URL=http://localhost:8080 CLAIMCHECK_API_KEY=... go run ./examples/go FILE >OUT
//
// What the other examples do by hand is the client's work: one job however often the
// submission is sent, waiting as the server says, no key to where none is needed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"claimcheck/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 { //nolint:mnd // the program and the file
		fmt.Fprintln(os.Stderr, "usage: go run ./examples/go FILE >OUT")
		os.Exit(2)
	}
	if err := format(ctx, os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func format(ctx context.Context, name string, w io.Writer) error {
	c, err := client.New(os.Getenv("CLAIMCHECK_URL"), os.Getenv("CLAIMCHECK_API_KEY"))
	if err != nil {
		return err
	}
	document, err := os.Open(name) //nolint:gosec // whoever runs it says which
	if err != nil {
		return err
	}
	defer document.Close()

	ticket, err := c.Submit(ctx, "json-formatter", document, client.Options{Headers: map[string]string{"x-tab-space": "2"}})
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "job", ticket.JobID)
	job, err := c.Wait(ctx, ticket.JobID)
	if err != nil {
		return err
	}
	err = client.Failure(job) // nil if it succeeded
	if e, ok := errors.AsType[*client.Error](err); ok && e.Line > 0 {
		return fmt.Errorf("%s:%d:%d: %s (%s)", name, e.Line, e.Column, e.Message, e.Code)
	}
	if err != nil {
		return err
	}
	_, err = c.Download(ctx, ticket.JobID, w)
	return err
}

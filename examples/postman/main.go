// Command postman writes a Postman collection of a running server, with the tools that
// it has, out of the description that the server serves:
//
//	CLAIMCHECK_URL=http://localhost:8080 go run ./examples/postman >mine.postman_collection.json
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"

	"claimcheck/internal/postman"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := write(ctx, os.Getenv("CLAIMCHECK_URL"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(ctx context.Context, url string, w io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/openapi.json", http.NoBody) //nolint:gosec // whoever runs it says which server
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(r) //nolint:gosec // the same
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s/openapi.json: %s", url, res.Status)
	}
	made, err := postman.Collection(text)
	if err != nil {
		return err
	}
	_, err = w.Write(made)
	return err
}

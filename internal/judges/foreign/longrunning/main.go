// Command longrunning starts operations and has cloud.google.com/go/longrunning
// follow them to their ends, as a client that was generated for one of Google's
// APIs does. It knows nothing of claimcheck but the path of POST :run. Its argument
// is JSON, and so is what it prints.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"cloud.google.com/go/longrunning"
	autogen "cloud.google.com/go/longrunning/autogen"
	pb "cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

type settings struct {
	URL, Key string
	Runs     map[string]run
	Lists    bool // what there is is listed afterwards
}

// A run is one operation: wait for it, or cancel or delete it first.
type run struct {
	Tool    string
	Content string // JSON
	URL     string // instead of Content
	Then    string // cancel, delete or empty
}

// An end is how an operation ended.
type end struct {
	Name     string
	Response json.RawMessage `json:",omitempty"`
	Metadata json.RawMessage `json:",omitempty"`
	refusal
}

// A refusal is an error as the library reads it.
type refusal struct {
	Error   string            `json:",omitempty"`
	Code    string            `json:",omitempty"` // of gRPC
	HTTP    int               `json:",omitempty"`
	Message string            `json:",omitempty"`
	Reason  string            `json:",omitempty"`
	Domain  string            `json:",omitempty"`
	Facts   map[string]string `json:",omitempty"`
}

// keyed adds the key to each request.
type keyed string

// RoundTrip sends the request.
func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("x-api-key", string(k))
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	if err := follow(context.Background(), os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func follow(ctx context.Context, text string, out io.Writer) error {
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	web := &http.Client{Transport: keyed(s.Key)}
	client, err := autogen.NewOperationsRESTClient(ctx, option.WithEndpoint(s.URL), option.WithHTTPClient(web))
	if err != nil {
		return err
	}
	var mu sync.Mutex // guards ends and failed
	ends, failed := map[string]end{}, error(nil)
	var all sync.WaitGroup
	for name, r := range s.Runs {
		all.Go(func() {
			e, err := toItsEnd(ctx, &s, web, client, r)
			mu.Lock()
			defer mu.Unlock()
			if ends[name] = e; err != nil {
				failed = fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	all.Wait()
	if failed != nil {
		return failed
	}
	told := map[string]any{"ends": ends}
	if !s.Lists {
		return json.NewEncoder(out).Encode(told)
	}
	for member, filter := range map[string]string{"all": "", "open": "done=false", "refused": "name=x"} {
		names, err := list(ctx, client, filter)
		if told[member] = names; err != nil {
			told[member] = refused(err)
		}
	}
	return json.NewEncoder(out).Encode(told)
}

// toItsEnd starts an operation and follows it.
func toItsEnd(ctx context.Context, s *settings, web *http.Client, client *autogen.OperationsClient, r run) (e end, err error) {
	started, err := start(ctx, s, web, r)
	if err != nil {
		return e, err
	}
	op := longrunning.InternalNewOperation(client, started)
	e.Name = op.Name()
	switch r.Then {
	case "cancel":
		err = op.Cancel(ctx)
	case "delete":
		err = op.Delete(ctx)
	}
	if err != nil {
		return e, err
	}
	var response, metadata structpb.Struct
	if err := op.WaitWithInterval(ctx, &response, time.Second); err != nil {
		e.refusal = refused(err)
		return e, nil
	}
	if err := op.Metadata(&metadata); err != nil {
		return e, err
	}
	if e.Response, err = protojson.Marshal(&response); err != nil {
		return e, err
	}
	e.Metadata, err = protojson.Marshal(&metadata)
	return e, err
}

// start calls :run; a generated client has this method from its service's description.
func start(ctx context.Context, s *settings, web *http.Client, r run) (*pb.Operation, error) {
	said := map[string]any{"content": json.RawMessage(r.Content)}
	if r.URL != "" {
		said = map[string]any{"url": r.URL}
	}
	body, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/tools/"+r.Tool+":run?%24alt=json%3Benum-encoding%3Dint", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := web.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	op := &pb.Operation{}
	return op, protojson.Unmarshal(text, op)
}

// list pages through the operations, one by one.
func list(ctx context.Context, client *autogen.OperationsClient, filter string) (names []string, err error) {
	it := client.ListOperations(ctx, &pb.ListOperationsRequest{Name: "operations", Filter: filter, PageSize: 1})
	for {
		op, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		names = append(names, op.GetName())
	}
}

func refused(err error) refusal {
	r := refusal{Error: err.Error()}
	e, ok := errors.AsType[*apierror.APIError](err)
	if !ok {
		e, ok = apierror.FromError(err)
	}
	if ok {
		r.Reason, r.Domain, r.Facts, r.HTTP = e.Reason(), e.Domain(), e.Metadata(), e.HTTPCode()
		if s := e.GRPCStatus(); s != nil {
			r.Code, r.Message = s.Code().String(), s.Message()
		}
	}
	return r
}

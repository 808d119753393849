package handin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/internal/foreign"
	"claimcheck/internal/resume"
	"claimcheck/internal/terminal"
)

// maxPause is the longest pause that the server's wish for one is obeyed for.
const maxPause = 2 * time.Minute

// Items makes the items of inputs, and recalls what is known of them. It changes
// nothing.
func (o *Order) Items(ctx context.Context, inputs []*Input) ([]*Item, error) {
	seen := map[string]int{}
	var items []*Item
	for _, in := range inputs {
		who := in.identity()
		seen[who]++
		it := &Item{Input: in, name: resume.NameOf(append(slices.Clone(o.Same), who, strconv.Itoa(seen[who]))...)}
		if o.Resume && o.Notes != nil {
			if err := it.recall(ctx, o.Notes); err != nil {
				return nil, err
			}
		}
		items = append(items, it)
	}
	return items, nil
}

// recall takes over what was kept of the same bytes, and of the output of others
// under this name: it may be replaced.
func (it *Item) recall(ctx context.Context, notes *resume.Notes) error {
	note, ok := notes.Get(it.name)
	if !ok {
		return nil
	}
	digest, err := it.Input.digest(ctx)
	if err != nil {
		return err
	}
	if note.Digest == digest {
		it.note, it.known, it.JobID = note, true, note.JobID
	} else {
		it.note = resume.Note{Output: note.Output}
	}
	return nil
}

// Fresh reports whether the item was not handed in before, as far as is known.
func (it *Item) Fresh() bool { return !it.known }

// handIn hands the input in, or finds the job that it is already.
func (r *run) handIn(ctx context.Context, it *Item) error {
	if it.JobID != "" {
		found, err := r.find(ctx, it)
		if found || err != nil {
			return err
		}
	}
	if most := r.Tool.Limits.MaxBytes; most > 0 && it.Input.Size > most {
		return &client.Error{
			HTTPStatus: http.StatusRequestEntityTooLarge, Code: "PAYLOAD_TOO_LARGE", Facts: api.Facts{Limit: most},
			Message: fmt.Sprintf("The input has %d bytes, and %d are the limit; nothing was sent.", it.Input.Size, most),
		}
	}
	if !it.known {
		if err := r.begin(ctx, it); err != nil {
			return err
		}
	}
	at, err := runAt(it.note.RunAt)
	if err != nil {
		return err
	}
	o := r.Options
	o.IdempotencyKey, o.RunAt = it.note.IdempotencyKey, at
	ticket, err := r.submit(ctx, it, o)
	if err != nil {
		it.Unsure = mayHaveArrived(err)
		return err
	}
	it.JobID, it.note.JobID = ticket.JobID, ticket.JobID
	return r.keep(it)
}

// mayHaveArrived reports failures after which the server may have the submission.
func mayHaveArrived(err error) bool {
	if _, answered := errors.AsType[*client.Error](err); answered || errors.Is(err, ErrNotSent) {
		return false
	}
	if line, ok := errors.AsType[*net.OpError](err); ok {
		return line.Op != "dial"
	}
	_, local := errors.AsType[*os.PathError](err)
	return !local
}

// find asks for the job of an input that was handed in before. It is false where
// the server does not have it any more.
func (r *run) find(ctx context.Context, it *Item) (bool, error) {
	s, err := r.Client.Get(ctx, it.JobID)
	e, refused := errors.AsType[*client.Error](err)
	switch {
	case err == nil:
		it.Status = s
		return true, nil
	case !refused || e.HTTPStatus != http.StatusNotFound:
		return false, err
	case it.note.Done && isFile(it.note.Output): // it is gone, but its output is here
		it.Status = api.Status{JobID: it.JobID, Status: success}
		return true, nil
	}
	it.JobID, it.known = "", false
	return false, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "" && err == nil && info.Mode().IsRegular()
}

// begin makes the note of an input that is handed in anew.
func (r *run) begin(ctx context.Context, it *Item) error {
	digest, err := it.Input.digest(ctx)
	if err != nil {
		return fmt.Errorf("read the input: %w", err)
	}
	it.note = resume.Note{
		Input: it.Input.Name, Digest: digest, Output: it.note.Output,
		IdempotencyKey: cmp.Or(r.Options.IdempotencyKey, rand.Text()),
	}
	if !r.Options.RunAt.IsZero() {
		it.note.RunAt = strconv.FormatInt(r.Options.RunAt.Unix(), 10)
	}
	return r.keep(it)
}

func (r *run) keep(it *Item) error {
	if r.Notes == nil {
		return nil
	}
	return r.Notes.Put(it.name, it.note)
}

func runAt(seconds string) (time.Time, error) {
	if seconds == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(n, 0), err
}

// submit makes the submission, by an upload where the input is large; an upload
// that is gone is made again.
func (r *run) submit(ctx context.Context, it *Item, o client.Options) (api.Accepted, error) {
	name, parts := uploadName(it.Input.Name, r.Tool.Extensions)
	if it.Input.URL || it.Input.Size < uploadBytes || !parts {
		return r.post(ctx, it, o)
	}
	for again := false; ; again = true {
		if it.note.Upload == "" {
			if err := r.upload(ctx, it, name); err != nil {
				return api.Accepted{}, err
			}
			o.IdempotencyKey = it.note.IdempotencyKey
		}
		ticket, err := patiently(ctx, r, func(ctx context.Context) (api.Accepted, error) {
			return r.Client.SubmitUpload(ctx, r.Tool.Name, it.note.Upload, o)
		})
		if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != "FILE_NOT_FOUND" || again {
			return ticket, err
		}
		it.note.Upload = "" // it has expired, and no job was made of it
	}
}

// upload sends a large input. The submission that names the upload is another one
// than that of an earlier upload.
func (r *run) upload(ctx context.Context, it *Item, name string) error {
	bar := r.Bars.Add(it.Input.Name, "upload", terminal.Bytes)
	defer bar.End()
	key, err := patiently(ctx, r, func(context.Context) (string, error) {
		f, err := os.Open(it.Input.path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		return r.Client.Upload(ctx, name, f, it.Input.Size, client.WithProgress(bar.Set)) // no job yet: it may be cut off
	})
	if err != nil {
		return errors.Join(err, ctxSent(ctx))
	}
	it.note.Upload, it.note.IdempotencyKey = key, cmp.Or(r.Options.IdempotencyKey, rand.Text())
	return r.keep(it)
}

// ctxSent says that what was interrupted was not handed in.
func ctxSent(ctx context.Context) error {
	if ctx.Err() != nil {
		return ErrNotSent
	}
	return nil
}

// post makes a submission whose body is the input, or its address.
func (r *run) post(ctx context.Context, it *Item, o client.Options) (api.Accepted, error) {
	if it.Input.URL {
		return patiently(ctx, r, func(ctx context.Context) (api.Accepted, error) {
			return r.Client.SubmitURL(ctx, r.Tool.Name, it.Input.Name, o)
		})
	}
	bar := r.Bars.Add(it.Input.Name, "hand in", terminal.Bytes)
	defer bar.End()
	o.Progress = bar.Set
	return patiently(ctx, r, func(ctx context.Context) (api.Accepted, error) {
		f, err := os.Open(it.Input.path)
		if err != nil {
			return api.Accepted{}, err
		}
		defer f.Close()
		return r.Client.Submit(ctx, r.Tool.Name, f, o)
	})
}

// patiently makes a request again for as long as the server asks to come back
// soon. The context of try lasts a little longer than ctx, so that the answer of a
// request that is under way is not missed.
func patiently[T any](ctx context.Context, r *run, try func(context.Context) (T, error)) (T, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(grace, cancel)
		context.AfterFunc(own, func() { t.Stop() })
	})
	defer stop()
	for {
		got, err := try(own)
		e, ok := errors.AsType[*client.Error](err)
		if !ok || !later(e) {
			return got, err
		}
		if _, told := r.said.LoadOrStore(e.Code, true); !told {
			r.Say("the server asks to wait: " + foreign.Text(e.Error()).String())
		}
		select {
		case <-time.After(max(e.RetryAfter, time.Second)):
		case <-ctx.Done():
			return got, errors.Join(ErrNotSent, err)
		}
		if r.over.Load() {
			return got, errors.Join(ErrNotSent, err)
		}
	}
}

// later reports refusals that pass by themselves, soon.
func later(e *client.Error) bool {
	if e.Code == "" || e.RetryAfter > maxPause || e.Code == "QUOTA_EXCEEDED" || e.Code == "STORAGE_FULL" {
		return false
	}
	return e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusServiceUnavailable
}

// uploadName is what an input is called as an upload; ok tells whether the tool takes
// files of its extension.
func uploadName(name string, extensions []string) (made string, ok bool) {
	if name == Stdin && len(extensions) > 0 {
		name = "stdin." + extensions[0]
	}
	return client.UploadName(name, extensions)
}

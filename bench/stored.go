package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

const (
	writers     = 512                  // that wait for the same commit
	batch       = 500                  // jobs finished in one transaction
	keptFor     = 365 * 24 * time.Hour // of the jobs in a full store
	idTextBytes = 36
)

// A folder is a data folder with many finished jobs.
type folder struct {
	data   string
	idFile string // for statusLoad
	oneID  string
}

// storedJobs returns a data folder with n finished jobs. It is made through the
// store, as the queue would, and used again when it is there.
func (b *bench) storedJobs(ctx context.Context, n int) (folder, error) {
	f := folder{data: filepath.Join(b.keep, fmt.Sprintf("jobs-%d", n))}
	f.idFile = f.data + ".ids" // written last
	if ids, err := os.ReadFile(f.idFile); err == nil && len(ids) == n*idTextBytes {
		f.oneID = string(ids[:idTextBytes])
		return f, nil
	}
	b.say("  storing %d jobs ...", n)
	if err := errors.Join(os.RemoveAll(f.data), os.MkdirAll(f.data, 0o700)); err != nil {
		return f, fmt.Errorf("make the folder of stored jobs: %w", err)
	}
	ids, err := fill(ctx, filepath.Join(f.data, "claimcheck.db"), n)
	if err != nil {
		return f, fmt.Errorf("store jobs: %w", err)
	}
	f.oneID = ids[:idTextBytes]
	if err := os.WriteFile(f.idFile, []byte(ids), 0o600); err != nil {
		return f, fmt.Errorf("write ids: %w", err)
	}
	return f, nil
}

// fill writes n finished jobs into a new database and returns their ids.
func fill(ctx context.Context, path string, n int) (_ string, err error) {
	store, err := sqlitestore.Open(ctx, sqlitestore.Options{Path: path})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	source := job.NewIDSource(time.Now, rand.Reader, 0)
	var text strings.Builder
	for done := 0; done < n; done += writers * 20 {
		ids := make([]job.ID, min(writers*20, n-done))
		for i := range ids {
			ids[i] = source.New()
			text.WriteString(ids[i].String())
		}
		err := atOnce(writers, len(ids), func(i int) error { return store.Submit(ctx, submission(ids[i])) })
		if err != nil {
			return "", err
		}
		if err := finishAll(ctx, store, ids); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

func submission(id job.ID) *protocol.Submission {
	now := time.Now()
	j := &job.Job{
		ID: id, Owner: owner, Tool: formatter, RequestID: id.String(), Input: job.Input{Size: int64(len(input))},
		Metadata: []byte(`{"customer":"42"}`),
		Version:  1, Created: now, Updated: now, Ready: &job.Ready{},
	}
	return &protocol.Submission{Owner: owner, Job: j, Input: input, Admit: func(l protocol.Ledger) error {
		j.Charged.Month = account.MonthOf(l.Now())
		u, err := l.Usage(owner, j.Charged.Month)
		if err == nil {
			u.Jobs++
		}
		return err
	}}
}

func finishAll(ctx context.Context, store *sqlitestore.Store, ids []job.ID) error {
	for some := range slices.Chunk(ids, batch) {
		var changes []*protocol.Change
		for _, id := range some {
			changes = append(changes, &protocol.Change{ID: id, Decide: claim}, &protocol.Change{ID: id, Decide: finish})
		}
		if err := store.Change(ctx, changes); err != nil {
			return err
		}
		for _, c := range changes {
			if c.Err != nil {
				return c.Err
			}
		}
	}
	return nil
}

func claim(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	j.Status, j.Attempt, j.Version = job.Processing, 1, 2
	j.Updated, j.Started = l.Now(), l.Now()
	j.Ready.Lease = job.Lease{ID: j.ID, Worker: "bench", Attempt: 1, Until: l.Now().Add(time.Minute)}
	return nil
}

// finish makes a job a success, with an answer and an output as the formatter
// makes them of the small input.
func finish(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
	const output = "{\n  \"name\": \"John\",\n  \"age\": 30,\n  \"x\": 1\n}"
	head := `{"request_id":"` + j.RequestID + `","status":"success","file":"`
	token := hex.EncodeToString(j.ID[:])
	j.Status, j.Version = job.Success, 3
	j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(keptFor)
	j.Result = fmt.Appendf(nil, `%s","preview":%q}`, head, output)
	j.LinkAt = len(head)
	j.Output = formatter + "_" + token + ".json"
	j.Ready = nil
	c.Output = &job.Output{
		Token: token, Owner: j.Owner, Job: j.ID, Name: j.Output, ContentType: "application/json",
		Size: int64(len(output)), Data: []byte(output), Created: l.Now(), Expires: j.Expires,
	}
	return nil
}

package rig

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

// How stores are filled.
const (
	Writers     = 512                  // that wait for the same commit
	batch       = 500                  // jobs finished in one transaction
	keptFor     = 365 * 24 * time.Hour // of the jobs in a full store
	IDTextBytes = 36                   // of an id in a file of ids
)

// A Folder is a data folder with many finished jobs.
type Folder struct {
	Data   string
	IDFile string // for StatusLoad
	OneID  string
}

// StoredJobs returns a data folder with n finished jobs. It is made through the
// store, as the queue would, and used again when it is there.
func (b *Rig) StoredJobs(ctx context.Context, n int) (Folder, error) {
	f := Folder{Data: filepath.Join(b.Keep, fmt.Sprintf("jobs-%d", n))}
	f.IDFile = f.Data + ".ids" // written last
	if ids, err := os.ReadFile(f.IDFile); err == nil && len(ids) == n*IDTextBytes {
		f.OneID = string(ids[:IDTextBytes])
		return f, nil
	}
	b.Say("  storing %d jobs ...", n)
	if err := errors.Join(os.RemoveAll(f.Data), os.MkdirAll(f.Data, 0o700)); err != nil {
		return f, fmt.Errorf("make the folder of stored jobs: %w", err)
	}
	ids, err := fill(ctx, filepath.Join(f.Data, "claimcheck.db"), n)
	if err != nil {
		return f, fmt.Errorf("store jobs: %w", err)
	}
	f.OneID = ids[:IDTextBytes]
	if err := os.WriteFile(f.IDFile, []byte(ids), 0o600); err != nil {
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
	for done := 0; done < n; done += Writers * 20 {
		ids := make([]job.ID, min(Writers*20, n-done))
		for i := range ids {
			ids[i] = source.New()
			text.WriteString(ids[i].String())
		}
		err := AtOnce(Writers, len(ids), func(i int) error { return store.Submit(ctx, Submission(ids[i])) })
		if err != nil {
			return "", err
		}
		if err := finishAll(ctx, store, ids); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

// Submission is that of one small job.
func Submission(id job.ID) *protocol.Submission {
	now := time.Now()
	j := &job.Job{
		ID: id, Owner: Owner, Tool: Formatter, RequestID: id.String(), Input: job.Input{Size: int64(len(Input))},
		Metadata: []byte(`{"customer":"42"}`),
		Version:  1, Created: now, Updated: now, Ready: &job.Ready{},
	}
	return &protocol.Submission{Owner: Owner, Job: j, Input: Input, Admit: func(l protocol.Ledger) error {
		j.Charged.Month = account.MonthOf(l.Now())
		u, err := l.Usage(Owner, j.Charged.Month)
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
	j.Output = Formatter + "_" + token + ".json"
	j.Ready = nil
	c.Output = &job.Output{
		Token: token, Owner: j.Owner, Job: j.ID, Name: j.Output, ContentType: "application/json",
		Size: int64(len(output)), Data: []byte(output), Created: l.Now(), Expires: j.Expires,
	}
	return nil
}

package upload

import (
	"context"
	"fmt"
	"io"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/media"
	"claimcheck/internal/store/protocol"
)

const (
	// CodeGone is of uploads that were given up or have expired; their owner is
	// told so for as long as remembered says.
	CodeGone = "UPLOAD_GONE"

	remembered = 24 * time.Hour

	// joinedLife is for how long parts are kept that were joined: a client that did
	// not hear of it asks again.
	joinedLife = 5 * time.Minute

	maxJoined = 1000
)

// ErrGone refuses what is asked of an upload that was given up or has expired.
var ErrGone = fault.New(fault.NotFound, CodeGone, "This upload has expired or was given up; begin another.")

// A Start is what a client says of an upload that will arrive in parts.
type Start struct {
	Name   string // of the file; of a part none is needed
	Type   string // Content-Type; empty for none
	Meta   string // is kept as it is
	Length int64  // in bytes; negative while it is not known
	Part   bool
	Of     []Resumable // the parts that it is to be joined of, see [Writing.Join]; nil: it is sent
}

// A Resumable is an upload that arrives in parts, which may be of any size.
type Resumable struct {
	Upload job.Upload
	State  job.Resume
}

// Start begins an upload that arrives in parts. Failures are those of Begin, and
// TooLarge PAYLOAD_TOO_LARGE if its length is above the plan's limit, Invalid
// INVALID_REQUEST if what it is to be joined of is not parts.
func (s *Uploads) Start(ctx context.Context, owner string, plan account.Plan, st *Start) (Resumable, error) {
	name, state := st.Name, job.Resume{Length: st.Length, Part: st.Part, Type: media.InputType(st.Type), Meta: st.Meta}
	if st.Part {
		name = job.PartName
	} else if err := checkName(name); err != nil {
		return Resumable{}, err
	}
	if len(st.Of) > maxJoined {
		return Resumable{}, fault.New(fault.Invalid, "INVALID_REQUEST", "An upload is joined of at most %d parts; send larger ones.", maxJoined)
	}
	for i := range st.Of {
		switch part := &st.Of[i]; {
		case !part.State.Part:
			return Resumable{}, fault.New(fault.Invalid, "INVALID_REQUEST", "Uploads are joined of parts; upload %d of the list was not begun as one.", i+1)
		case !part.Upload.Done: // its server died before it could say so
			return Resumable{}, fault.New(fault.Invalid, "INVALID_REQUEST", "Part %d of the list is not finished; ask for its offset and go on from there.", i+1)
		}
		state.Of = append(state.Of, st.Of[i].Upload.ID)
	}
	if plan.MaxInputBytes > 0 && st.Length > plan.MaxInputBytes {
		return Resumable{}, TooLarge(plan.MaxInputBytes)
	}
	var random [16]byte
	if _, err := io.ReadFull(s.config.Random, random[:]); err != nil {
		return Resumable{}, fmt.Errorf("make upload id: %w", err)
	}
	u := job.Upload{ID: job.NewUploadID(random), Owner: owner, Name: name, Resume: state.Encode()}
	add := func(l protocol.Ledger) error {
		has, err := l.Counts(owner)
		if err != nil {
			return err
		}
		u.Created, u.Expires = l.Now(), l.Now().Add(s.expiry())
		has.StoredBytes -= bytesOf(st.Of) // they go soon
		most, err := admit(has, plan)
		if err == nil && most > 0 && st.Length > most {
			err = storageFull(plan)
		}
		return err
	}
	if err := s.addLooking(ctx, &u, plan, add); err != nil {
		return Resumable{}, err
	}
	if state.Of == nil {
		if err := s.config.Grower.Begin(ctx, u.BlobKey(), st.Length); err != nil {
			s.Undo(ctx, &u)
			return Resumable{}, fmt.Errorf("begin an upload's file: %w", err)
		}
	}
	return Resumable{u, state}, nil
}

// bytesOf is how many bytes parts have, those that are listed twice once.
func bytesOf(parts []Resumable) (sum int64) {
	counted := map[string]bool{}
	for i := range parts {
		if u := &parts[i].Upload; !counted[u.ID] {
			counted[u.ID] = true
			sum += u.Size
		}
	}
	return sum
}

// TooLarge refuses a file of more than the plan's bytes.
func TooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The file has more than the plan's %d bytes.", limit).With("limit", limit)
}

// Resumable returns an owner's upload that arrives in parts. Failures: NotFound,
// with FILE_NOT_FOUND if there is none or it is another owner's, else [ErrGone].
func (s *Uploads) Resumable(ctx context.Context, owner, id string) (Resumable, error) {
	if !job.IsUploadID(id) {
		return Resumable{}, errNoUpload
	}
	u, err := s.config.Store.Upload(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return Resumable{}, errNoUpload
	case err != nil:
		return Resumable{}, fmt.Errorf("get upload: %w", err)
	case u.Owner != owner || u.Resume == "":
		return Resumable{}, errNoUpload
	}
	state, err := job.ParseResume(u.Resume)
	if err != nil {
		return Resumable{}, err
	}
	if isOver(&u, &state, s.config.Now()) {
		return Resumable{}, ErrGone
	}
	return Resumable{u, state}, nil
}

var errNoUpload = fault.New(fault.NotFound, codeNoFile, "There is no such upload; begin one.")

func isOver(u *job.Upload, state *job.Resume, now time.Time) bool {
	return state.Over || u.Jobs == 0 && !now.Before(u.Expires)
}

// isMemory reports whether a row is the memory of an upload, which has no file any more,
// though one may be left that is still to be removed.
func isMemory(u *job.Upload) (bool, error) {
	if u.Resume == "" {
		return false, nil
	}
	state, err := job.ParseResume(u.Resume)
	return state.Over, err
}

// end makes a row the memory of an upload, if it arrived in parts and is no memory
// yet; else keep is false.
func end(u *job.Upload, now time.Time) (keep bool, err error) {
	if u.Resume == "" {
		return false, nil
	}
	state, err := job.ParseResume(u.Resume)
	if err != nil || state.Over {
		return false, err
	}
	state = job.Resume{Length: state.Length, Over: true}
	u.Done, u.Size, u.ETag, u.Expires, u.Resume = true, 0, "", now.Add(remembered), state.Encode()
	return true, nil
}

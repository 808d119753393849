package tus

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the protocol's: every server must offer it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/upload"
)

// algorithms are those of checksums (the protocol's extension checksum).
var algorithms = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

func algorithmNames() []string { return slices.Sorted(maps.Keys(algorithms)) }

const sumField = "Upload-Checksum"

// judge lets a request go on whose body has the checksum that it says, in its header or
// behind the body. The body is held until that is known, in a file that nobody
// sees: bytes that are wrong must not become part of the upload.
func (s *server) judge(r *http.Request, on *call, next func()) error {
	said := r.Header.Get(sumField)
	_, behind := r.Trailer[sumField]
	if said == "" && !behind || r.Header.Get("Content-Type") != "application/offset+octet-stream" {
		next()
		return nil
	}
	sums := map[string]hash.Hash{}
	for name, h := range algorithms {
		sums[name] = h()
	}
	if said != "" {
		name, _, err := parseSum(said)
		if err != nil {
			return err
		}
		sums = map[string]hash.Hash{name: sums[name]}
	}
	held, err := s.hold(r, on, sums)
	if err != nil {
		return err
	}
	defer held.discard()
	if said == "" {
		said = r.Trailer.Get(sumField)
	}
	name, sum, err := parseSum(said)
	if err != nil {
		return err
	}
	if !bytes.Equal(sums[name].Sum(nil), sum) {
		return errSum
	}
	r.Body, r.ContentLength = held, held.size
	next()
	return nil
}

// parseSum reads an Upload-Checksum field.
func parseSum(text string) (algorithm string, sum []byte, err error) {
	algorithm, code, _ := strings.Cut(text, " ")
	if _, ok := algorithms[algorithm]; !ok {
		return "", nil, fault.New(fault.Invalid, "INVALID_CHECKSUM", "The algorithm of Upload-Checksum is none of %s.", strings.Join(algorithmNames(), ", "))
	}
	if sum, err = base64.StdEncoding.DecodeString(code); err != nil {
		return "", nil, errSumText
	}
	return algorithm, sum, nil
}

// A held body was read to its end.
type held struct {
	io.ReadCloser
	size  int64
	abort func()
}

// discard throws the body away; the handler may have closed it.
func (h *held) discard() {
	_ = h.Close()
	h.abort()
}

// hold reads a body, not more of it than a file may have, and sums it up.
func (s *server) hold(r *http.Request, on *call, sums map[string]hash.Hash) (*held, error) {
	most, tooMuch := on.Plan().MaxInputBytes, upload.TooLarge
	if most == 0 {
		most = math.MaxInt64 - 1
	}
	of := job.Upload{Owner: on.Owner(), ID: job.NewUploadID([16]byte{}), Name: job.PartName}
	if id := strings.Trim(r.URL.Path, "/"); id != "" {
		is, err := s.Uploads.Resumable(r.Context(), on.Owner(), id)
		if err != nil {
			return nil, err
		}
		of, on.seen = is.Upload, &is
		if is.State.Length >= 0 && is.State.Length <= most {
			most, tooMuch = is.State.Length, upload.Beyond
		}
	}
	if r.ContentLength > most {
		return nil, tooMuch(most)
	}
	w, err := s.Uploads.Hold(r.Context(), &of)
	if err != nil {
		return nil, err
	}
	to := []io.Writer{w}
	for _, sum := range sums {
		to = append(to, sum)
	}
	n, err := io.Copy(io.MultiWriter(to...), io.LimitReader(r.Body, most+1))
	switch {
	case errors.Is(on.body.failed, os.ErrDeadlineExceeded):
		err = errSilent.Because(err) // clients of the protocol send it again after a 5xx
	case on.body.failed != nil:
		err = fault.New(fault.Invalid, "INVALID_REQUEST", "The body was cut off; none of it was kept, because its checksum could not be judged.").Because(err)
	case err != nil:
		err = fmt.Errorf("hold a body: %w", err)
	case n > most:
		err = tooMuch(most)
	case r.ContentLength >= 0 && n != r.ContentLength:
		err = fmt.Errorf("a body of %d bytes has %d", r.ContentLength, n)
	}
	if err != nil {
		w.Abort()
		return nil, err
	}
	again, err := w.Reopen()
	if err != nil {
		w.Abort()
		return nil, fmt.Errorf("read a held body: %w", err)
	}
	return &held{ReadCloser: again, size: n, abort: w.Abort}, nil
}

package rows

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"claimcheck/api"
	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

const (
	fileBytes  = 100e6
	fileMoves  = 5 // transfers in a round
	filesRatio = 0.7
)

// fileCopies measures how fast files go in and out, against the bare server of
// files.
func fileCopies(ctx context.Context, b *rig.Rig) (_ []table.Line, err error) {
	s, err := b.ServeNew(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	folder, err := b.NewFolder()
	if err != nil {
		return nil, err
	}
	bare, err := rig.StartBare(ctx, &rig.Answer{Folder: folder})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bare.Stop()) }()
	c := copies{s: s, bare: bare, client: rig.NewClient(), content: quotedText(fileBytes)}
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, m := range []struct {
		what        string
		ours, other func(context.Context) error
		least       float64
	}{
		{"upload of " + table.Megabytes(fileBytes) + ", durable, against a bare file copy with fsync", c.upload, c.put("?sync"), filesRatio},
		{"… against one without fsync", c.upload, c.put(""), 0},
		{"download of " + table.Megabytes(fileBytes) + " against http.ServeFile", c.download(&c.link), c.download(&bare.URL), filesRatio},
	} {
		rounds, err := moves(ctx, b, m.ours, m.other)
		if err != nil {
			return nil, err
		}
		perSecond := func(s rig.Sample) float64 { return s.PerSecond }
		l := compared(m.what, rounds, perSecond, func(v float64) string { return fmt.Sprintf("%.0f MB/s", v) })
		if m.least > 0 {
			l = l.AtLeast(table.Median(ratios(rounds, perSecond)), m.least)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// moves makes transfers in turns; the first of each is not counted.
func moves(ctx context.Context, b *rig.Rig, ours, other func(context.Context) error) ([]rig.Round, error) {
	rounds := make([]rig.Round, b.Rounds+1)
	for i := range rounds {
		for _, side := range []struct {
			to   *rig.Sample
			move func(context.Context) error
		}{{&rounds[i].Ours, ours}, {&rounds[i].Other, other}} {
			began := time.Now()
			for range fileMoves {
				if err := side.move(ctx); err != nil {
					return nil, err
				}
			}
			side.to.PerSecond = fileMoves * fileBytes / 1e6 / time.Since(began).Seconds()
		}
		b.Say("  round %d: %.0f MB/s and %.0f MB/s", i, rounds[i].Ours.PerSecond, rounds[i].Other.PerSecond)
	}
	return rounds[1:], nil
}

// copies are the transfers of both sides.
type copies struct {
	s       *rig.Server
	bare    *rig.Process
	client  *http.Client
	content []byte
	link    string // of an output of the same size
}

// quotedText is a JSON string of n bytes.
func quotedText(n int) []byte {
	b := bytes.Repeat([]byte("x"), n)
	b[0], b[n-1] = '"', '"'
	return b
}

// prepare makes an output to download, and the bare server's file.
func (c *copies) prepare(ctx context.Context) error {
	path := filepath.Join(os.TempDir(), "claimcheck-bench-copies.json")
	if err := os.WriteFile(path, linesOf(c.content), 0o600); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	id, err := submitFile(ctx, c.s, path, int64(len(linesOf(c.content))))
	if err = errors.Join(err, os.Remove(path)); err != nil {
		return err
	}
	if err := c.s.Finished(ctx, id, lookEvery); err != nil {
		return err
	}
	a, err := c.s.Get(ctx, "/jobs/"+id+"/result")
	if err != nil {
		return err
	}
	var r api.Result
	if err := json.Unmarshal(a.Body, &r); err != nil {
		return fmt.Errorf("understand the result: %w", err)
	}
	c.link = r.File
	return c.put("")(ctx)
}

// linesOf makes an array of many strings of it: one string may be 64 MiB at
// most.
func linesOf(content []byte) []byte {
	const piece = 1000
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range len(content) / piece {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.Write(content[1 : piece-4])
		b.WriteByte('"')
	}
	b.WriteByte(']')
	return b.Bytes()
}

// upload posts the form of a new upload; the asking for it is in the time.
func (c *copies) upload(ctx context.Context) error {
	a, err := rig.Ask(ctx, c.client, http.MethodPost, c.s.URL+"/upload-api", c.s.Key, []byte(`{"filename":"a.json"}`))
	if err != nil {
		return err
	}
	var u api.Upload
	if err := json.Unmarshal(a.Body, &u); err != nil {
		return fmt.Errorf("understand the upload: %w", err)
	}
	var head bytes.Buffer
	m := multipart.NewWriter(&head)
	for _, name := range slices.Sorted(maps.Keys(u.Upload.Fields)) {
		if err := m.WriteField(name, u.Upload.Fields[name]); err != nil {
			return fmt.Errorf("make form: %w", err)
		}
	}
	if _, err := m.CreateFormFile("file", "a.json"); err != nil {
		return fmt.Errorf("make form: %w", err)
	}
	begun := head.Len()
	if err := m.Close(); err != nil {
		return fmt.Errorf("make form: %w", err)
	}
	all := head.Bytes()
	body := io.MultiReader(bytes.NewReader(all[:begun]), bytes.NewReader(c.content), bytes.NewReader(all[begun:]))
	return c.send(ctx, http.MethodPost, u.Upload.URL, m.FormDataContentType(), body, int64(len(all)+len(c.content)))
}

func (c *copies) put(query string) func(context.Context) error {
	return func(ctx context.Context) error {
		return c.send(ctx, http.MethodPut, c.bare.URL+"/file"+query, "application/json", bytes.NewReader(c.content), int64(len(c.content)))
	}
}

func (c *copies) send(ctx context.Context, method, url, contentType string, body io.Reader, size int64) error {
	req, err := http.NewRequestWithContext(ctx, method, url, io.NopCloser(body)) // a plain reader on both sides
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", contentType)
	_, err = rig.Do(c.client, req)
	return err
}

// download reads a file to its end.
func (c *copies) download(url *string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, *url, nil)
		if err != nil {
			return fmt.Errorf("make request: %w", err)
		}
		res, err := c.client.Do(req)
		if err != nil {
			return fmt.Errorf("download: %w", err)
		}
		defer res.Body.Close()
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil && (res.StatusCode != http.StatusOK || n < fileBytes*9/10) {
			err = fmt.Errorf("%s, %d bytes", res.Status, n)
		}
		if err != nil {
			return fmt.Errorf("download: %w", err)
		}
		return nil
	}
}

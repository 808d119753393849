package dialects_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func slowStories() []story {
	held := of(`{"held":true}`)
	return []story{
		{"step by step", "", "queued; processing; success " + held + "; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.resume()
			p.begun()
			p.runs()
			p.release()
			p.end()
			p.charged()
		}},
		{"asked for again and again", "", "success " + held + "; success " + held + "; charged 1", func(p *play) {
			p.submit(p.hold())
			p.release()
			p.last = p.until(p.last.id, "success", "failed")
			p.look()
			p.look()
			p.charged()
		}},
		{"ended while it waits", "", "queued; failed CANCELED; failed CANCELED; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.cancel()
			p.look()
			p.charged()
		}},
		{"ended while it runs", "", "processing; failed CANCELED; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.runs()
			p.cancel()
			p.charged()
		}},
		{"ended twice", "", "failed CANCELED; failed CANCELED; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.cancel()
			p.cancel()
			p.charged()
		}},
		{"ended after its end", "", "success " + held + "; success " + held + "; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.cancel()
			p.charged()
		}},
		{"ours to blame", "", "queued; failed INTERNAL_ERROR; charged 0", func(p *play) {
			p.pause()
			p.submit(work{tool: "json-minify", input: largeInput, json: true})
			p.waits()
			p.lose()
			p.resume()
			p.end()
			p.charged()
		}},
	}
}

// lose loses the input of the job, which a disk may.
func (p *play) lose() {
	p.t.Helper()
	found := 0
	for _, root := range p.files {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if strings.Contains(filepath.Base(path), p.last.id) {
				found++
				return os.Remove(path)
			}
			return ignoreGone(err)
		})
		if err != nil {
			p.t.Fatal(err)
		}
	}
	if found != 1 {
		p.t.Fatalf("there are %d inputs of job %s, want 1", found, p.last.id)
	}
}

// ignoreGone leaves out what other stories removed meanwhile.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func goneStories() []story {
	return []story{
		{"deleted after its end", "", "success " + of(`{"held":true}`) + "; not to be seen; not to be seen; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.ask(p.t, nil, p.key, "DELETE", "/jobs/"+p.last.id, "")
			p.look()
			p.cancel()
			p.charged()
		}},
		{"deleted while it waits", "", "queued; not to be seen; charged 1", func(p *play) {
			p.pause()
			p.submit(p.hold())
			p.waits()
			p.ask(p.t, nil, p.key, "DELETE", "/jobs/"+p.last.id, "")
			p.look()
			p.charged()
		}},
		{"expired", "brief", "success " + of(`{"held":true}`) + "; not to be seen; charged 1", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			p.told(p.until(p.last.id, "gone"))
			p.charged()
		}},
		{"begun again", "", "success " + of(`{"held":true}`) + "; success " + of(`{"held":true}`) + "; charged 2", func(p *play) {
			p.submit(p.hold())
			p.begun()
			p.release()
			p.end()
			var again struct {
				JobID string `json:"job_id"`
			}
			p.ask(p.t, &again, p.key, "POST", "/jobs/"+p.last.id+"/retry", "")
			p.ends(answer{id: again.JobID})
			p.charged()
		}},
	}
}

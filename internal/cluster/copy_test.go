package cluster_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/serverproc"
)

// TestAnEmbeddedInstallationIsCopied: keys, jobs that are finished, waiting and
// running, their files, usage and idempotency keys are there afterwards, and the
// waiting ones are done.
func TestAnEmbeddedInstallationIsCopied(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	s := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--workers=2"}})
	c := newCaller(t, s, key)
	large := `["` + strings.Repeat("x", 100_000) + `"]`
	done, filed, broken := c.submit(formatter, `{"a":1}`), c.submit(formatter, large), c.submit(formatter, "[")
	keyed := c.submit(formatter, `{"b":1}`, "Idempotency-Key: k-e y", "X-Metadata: {\"name\":\"é\"}")
	for _, id := range []string{done, filed, keyed} {
		c.becomes(id, "success")
	}
	c.becomes(broken, "failed")
	link := decode[api.Result](t, c.want(200, "POST", formatter, large)).File
	var waiting []string
	for range 4 {
		waiting = append(waiting, c.submit(sleeper, "30s")) // two run, two wait
	}
	hook := c.want(201, "POST", "/webhooks", `{"url":"https://example.org/x","events":["job.failed"]}`)
	c.becomes(waiting[0], "processing")
	used := decode[api.Usage](t, c.get("/usage")).Jobs.Used
	s.Kill()

	w := &town{t: t, db: pgproc.Database(t), blobs: "file://" + filepath.Join(t.TempDir(), "files")}
	args := []string{"copy", "--from=" + data, "--to=" + w.db, "--blobs=" + w.blobs}
	for range 2 { // again, it is refused: nothing is mixed up
		r := serverproc.Run(t, nil, args...)
		if r.Code != 0 && !strings.Contains(r.Stderr, "already") {
			t.Fatalf("copy: %d %s%s", r.Code, r.Stdout, r.Stderr)
		}
	}
	c = newCaller(t, w.start("api"), key)
	for id, want := range map[string]string{done: "{\n \"a\": 1\n}", keyed: "{\n \"b\": 1\n}", filed: "[\n \"" + large[2:len(large)-2] + "\"\n]"} {
		if got := c.output(c.status(id)); got != want {
			t.Errorf("job %s: got %.40q, want %.40q", id, got, want)
		}
	}
	if is := c.status(broken); is.Status != "failed" || is.Error.Code != "INVALID_JSON" {
		t.Errorf("got %+v", is)
	}
	keyless := newCaller(t, &serverproc.Server{URL: c.base}, "")
	keyless.want(200, "GET", link, "")
	if again := c.submit(formatter, `{"b":1}`, "Idempotency-Key: k-e y", "X-Metadata: {\"name\":\"é\"}"); again != keyed {
		t.Errorf("the key made a new job: %s, not %s", again, keyed)
	}
	if u := decode[api.Usage](t, c.get("/usage")); u.Jobs.Used != used || u.Queued+u.Running != 4 {
		t.Errorf("usage is %+v, was %d", u, used)
	}
	if got := c.get("/webhooks"); !strings.Contains(string(got.body), decode[api.Webhook](t, hook).ID) {
		t.Errorf("the webhook is gone: %s", got)
	}
	for _, id := range waiting {
		c.call("POST", "/jobs/"+id+"/cancel", "")
	}
	w.start("worker", "--lease=2s")
	for _, id := range waiting {
		if is := c.becomes(id, "failed"); is.Error.Code != "CANCELED" {
			t.Errorf("job %s: %+v", id, is.Error)
		}
	}
}

func TestACopyThatWasInterruptedGoesOn(t *testing.T) {
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	s := serverproc.Start(t, serverproc.Options{Data: data})
	c := newCaller(t, s, key)
	ids := make([]string, 50)
	for i := range ids {
		ids[i] = c.submit(formatter, fmt.Sprintf(`[%d,"%s"]`, i, strings.Repeat("y", 40_000)))
	}
	for _, id := range ids {
		c.becomes(id, "success")
	}
	s.Stop()
	cluster := pgproc.Shared(t)
	w := &town{t: t, db: cluster.Database(t), blobs: "file://" + filepath.Join(t.TempDir(), "files")}
	args := []string{"copy", "--from=" + data, "--to=" + w.db, "--blobs=" + w.blobs}
	w.command("migrate")
	name := w.db[strings.LastIndex(w.db, "/")+1:]
	cluster.Exec(t, name, "CREATE FUNCTION claimcheck.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'")
	cluster.Exec(t, name, "CREATE TRIGGER refuse BEFORE INSERT ON claimcheck.outputs FOR EACH ROW EXECUTE FUNCTION claimcheck.refuse()")
	if r := serverproc.Run(t, nil, args...); r.Code == 0 {
		t.Fatal("the copy did not notice")
	}
	if r := serverproc.Run(t, nil, "keys", "list", "--store="+w.db); r.Code == 0 || !strings.Contains(r.Stderr, "not finished") {
		t.Errorf("a half copied database can be opened: %+v", r)
	}
	cluster.Exec(t, name, "DROP TRIGGER refuse ON claimcheck.outputs")
	if r := serverproc.Run(t, nil, args...); r.Code != 0 {
		t.Fatalf("copy: %d %s%s", r.Code, r.Stdout, r.Stderr)
	}
	c = newCaller(t, w.start("api"), key)
	for _, id := range ids {
		c.output(c.status(id))
	}
	if r := serverproc.Run(t, nil, "doctor", "--store="+w.db, "--blobs="+w.blobs); r.Code != 0 {
		t.Errorf("doctor: %+v", r)
	}
}

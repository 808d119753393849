package httpapi_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
)

func TestARefusedFormGivesItsSlotBack(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxInputBytes: 100_000, MaxPendingUploads: 1}})
	for name, files := range map[string][]string{
		"a little too large": {strings.Repeat("x", 100_001)},
		"far too large":      {strings.Repeat("x", 900_000)},
		"two files":          {"{}", "{}"},
	} {
		u := f.newUpload("a.json") // fails if the one before still counts
		f.wantError(f.do("POST", "/upload-api", `{"filename":"b.json"}`), 429, "TOO_MANY_UPLOADS", "")
		if a := f.postForm(u.Upload.URL, u.Upload.Fields, files...); a.StatusCode != 413 && a.StatusCode != 403 {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
		f.wantError(f.post(u, "{}"), 403, "UPLOAD_EXPIRED", "This upload is over: its time has passed, it was given up, or its file was refused; ask for another one.")
	}
	u := f.newUpload("a.json")
	f.wantError(f.do("POST", u.Upload.URL, "--b\r\nContent-Dispo", "Content-Type: multipart/form-data; boundary=b"), 400, "INVALID_REQUEST", "")
	if a := f.post(u, "{}"); a.StatusCode != 204 { // what did not arrive is no refusal
		t.Errorf("sent again: %d %s", a.StatusCode, a.body)
	}
}

func TestAnUploadIsGivenUp(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{MaxPendingUploads: 1}})
	begun := f.newUpload("a.json")
	path := func(u ticket) string { return "/uploads/" + u.UploadID }
	f.wantError(f.do("DELETE", path(begun), "", "x-api-key: "+f.newKey(auth.NewKey{Owner: "bob"})), 404, "FILE_NOT_FOUND", "There is no such upload, or its time was over.")
	if a := f.do("DELETE", path(begun), ""); a.StatusCode != 204 || len(a.body) != 0 {
		t.Fatalf("begun: %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.post(begun, "{}"), 403, "UPLOAD_EXPIRED", "")
	done := f.newUpload("b.txt") // there is room again
	if a := f.post(done, "text"); a.StatusCode != 204 {
		t.Fatalf("post: %d %s", a.StatusCode, a.body)
	}
	id := f.submitFile(done.key(), "x-run-at: "+strconv.FormatInt(f.now().Add(time.Hour).Unix(), 10)).text(t, "job_id")
	f.wantError(f.do("DELETE", path(done), ""), 409, "UPLOAD_IN_USE", "")
	if a := f.do("DELETE", "/jobs/"+id, ""); a.StatusCode != 204 {
		t.Fatalf("delete the job: %d %s", a.StatusCode, a.body)
	}
	f.wantError(f.do("DELETE", path(done), ""), 404, "FILE_NOT_FOUND", "") // it went with its job
	unused := f.newUpload("c.txt")
	if a := f.post(unused, "text"); a.StatusCode != 204 {
		t.Fatalf("post: %d %s", a.StatusCode, a.body)
	}
	if a := f.do("DELETE", path(unused), ""); a.StatusCode != 204 {
		t.Errorf("finished: %d %s", a.StatusCode, a.body)
	}
	if files := f.stored(); len(files) != 0 {
		t.Errorf("%q are left", files)
	}
	for _, id := range []string{unused.UploadID, "upl_" + strings.Repeat("0", 32), "upl_x", "nonsense"} {
		f.wantError(f.do("DELETE", "/uploads/"+id, ""), 404, "FILE_NOT_FOUND", "")
	}
}

func TestAnEmptyFileIsTheToolsToJudge(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	u := f.newUpload("empty.json")
	if a := f.post(u, ""); a.StatusCode != 204 {
		t.Fatalf("post: %d %s", a.StatusCode, a.body)
	}
	if end := f.finished(f.submitFile(u.key()).text(t, "job_id")); end.text(t, "status") != "failed" || !strings.Contains(string(end.body), "INVALID_JSON") {
		t.Errorf("JSON: %s", end.body)
	}
	f.gate.openAll()
	u = f.newUpload("empty.txt")
	if a := f.post(u, ""); a.StatusCode != 204 {
		t.Fatalf("post: %d %s", a.StatusCode, a.body)
	}
	a := f.do("POST", "/gate-api", `{"file":"`+u.key()+`"}`, "x-source-type: file")
	if end := f.finished(a.text(t, "job_id")); end.text(t, "status") != "success" {
		t.Errorf("a tool that takes anything: %s", end.body)
	}
}

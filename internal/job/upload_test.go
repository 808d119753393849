package job_test

import (
	"strings"
	"testing"

	"claimcheck/internal/blob"
	"claimcheck/internal/job"
)

func TestAnUploadsKeyIsTakenApart(t *testing.T) {
	u := job.Upload{ID: job.NewUploadID([16]byte{1, 2, 255}), Owner: "ann_1", Name: "Data-1.json"}
	for _, key := range []string{u.Key(), u.BlobKey()} {
		got, ok := job.ParseUploadKey(key)
		if !ok || got != u {
			t.Errorf("%s: got %+v, %t", key, got, ok)
		}
	}
}

func FuzzUploadKey(f *testing.F) {
	f.Add("ann/upl_00000000000000000000000000000000/a.json")
	f.Add("uploads/ann/upl_0123456789abcdef0123456789abcdef/A_b-9.YAML")
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, key string) {
		u, ok := job.ParseUploadKey(key)
		if !ok {
			return
		}
		if u.Key() != strings.TrimPrefix(key, blob.Uploads) || strings.Contains(u.Name, "..") || strings.ContainsAny(u.ID+u.Name, "/\\\x00 ") {
			t.Errorf("%q is taken as %+v", key, u)
		}
	})
}

func FuzzFileName(f *testing.F) {
	for _, name := range []string{"a.json", "A-b_9.XLSX", "..", ".json", "a.b.json", "\u212a.json", "a.jso\u017f"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, ok := job.FileExtension(name); !ok {
			return
		}
		u := job.Upload{ID: job.NewUploadID([16]byte{}), Owner: strings.Repeat("o", 63), Name: name}
		if err := blob.CheckKey(u.BlobKey()); err != nil {
			t.Errorf("%q can be uploaded and not be kept: %v", name, err)
		}
	})
}

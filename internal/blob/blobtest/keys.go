package blobtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

func allowedKeys(t *testing.T, s blob.Store) {
	keys := []string{
		"a", "a/b", "a/b/c", "a/b/c/d", "a/b-c", "a/b_c", "-", "_", "0/-/_/9", "tmp", "tmp/a", "tmp/00/a", "a/tmp",
		"inputs/0193f1d0-7b1a-7c3e-8f00-0123456789ab", "outputs/" + strings.Repeat("f", 32), strings.Repeat("k", 64),
		"uploads", "uploads/ann/upl_1/Project_Data.json", "uploads/ann/upl_1/project_data.json", "uploads/ann/upl_1/project_data-json", "uploads/ann/upl_1", "uploads/a/b/X.Y", "uploads/a/b/X",
	}
	for i, key := range keys {
		put(t, s, key, content(100+i, byte(i)))
	}
	for i, key := range keys {
		wantFile(t, s, key, content(100+i, byte(i)))
	}
	slices.Sort(keys)
	wantKeys(t, s, keys...)
	if err := s.Remove(t.Context(), "a", "a/b", "tmp"); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, s, slices.DeleteFunc(keys, func(k string) bool { return k == "a" || k == "a/b" || k == "tmp" })...)
}

func badKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"", "/", ".", "..", "/a", "a/", "a//b", "../a", "a/..", "a/../b", "a/./b", "a/...", "./a", "/etc/passwd", "a/b/c/d/e",
		"a\x00", "a\x00b", "a/\x00", "a%2fb", "a/%2e%2e/b", `a\b`, `..\a`, "a:b", "c:/a", "~/a", "a b", " a", "a ", "a\n", "a.b", ".a", "a.", "=", "a=", "a+b",
		"uploads/a/b/..", "uploads/a/b/.", "uploads/a/b/.a", "uploads/a/b/a.", "uploads/a/b/a.b.c", "uploads/a/b/\u212a.json" /* Kelvin */, "uploads/a/B/a.json", "uploads/a.b/c/d", "uploads/../b/a.json",
		"uploads/a/b/a.json/c", "uploads/a/b/a%2e.json", "uploads/a/b/a\x00.json", "inputs/a/b/a.json", "inputs/a/b/A", "uploadsx/a/b/A",
		"A", "a/B", "INPUTS/a", "é", "a/é", "а/b" /* Cyrillic */, "ａ/b" /* full width */, "a／b" /* full-width solidus */, "a/‥/b", "a\u200bb", "ﬁ", "١", "a/\xff", "\xc0\xaf",
		strings.Repeat("a", 2000), strings.Repeat("a/", 2000) + "a", "a/" + strings.Repeat("b", 300),
	} {
		if w, err := s.Create(t.Context(), key); err == nil {
			w.Abort()
			t.Errorf("create %q: accepted", key)
		}
		if r, err := s.Open(t.Context(), key); err == nil || fault.Is(err, fault.NotFound) {
			t.Errorf("open %q: got %v, want an error other than NotFound", key, err)
			if err == nil {
				r.Close()
			}
		}
		if err := s.Remove(t.Context(), key); err == nil {
			t.Errorf("remove %q: accepted", key)
		}
	}
	wantKeys(t, s)
}

func walkBefore(t *testing.T, s blob.Store) {
	put(t, s, "inputs/a", content(1, 1))
	put(t, s, "outputs/b", content(0, 1))
	create(t, s, "outputs/c")
	if got := walk(t, s, time.Now().Add(time.Hour)); !slices.Equal(got, []string{"inputs/a", "outputs/b"}) {
		t.Errorf("before an hour from now: got %q, want both", got)
	}
	if got := walk(t, s, time.Now().Add(-time.Hour)); len(got) != 0 {
		t.Errorf("before an hour ago: got %q, want none", got)
	}
}

func walkEnds(t *testing.T, s blob.Store) {
	put(t, s, "a/1", nil)
	put(t, s, "a/2", nil)
	put(t, s, "b/3", nil)
	stop, visits := fault.New(fault.Conflict, "STOP", "enough"), 0
	err := s.Walk(t.Context(), time.Now().Add(time.Hour), func(string) error {
		visits++
		return stop
	})
	if !fault.IsCode(err, "STOP") || visits != 1 {
		t.Errorf("got %v after %d visits, want visit's error after one", err, visits)
	}
}

func walkAndRemove(t *testing.T, s blob.Store) {
	for i := range 20 {
		put(t, s, "a/"+strings.Repeat("x", i+1), content(i, 1))
	}
	visits := 0
	err := s.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error {
		visits++
		return s.Remove(t.Context(), key)
	})
	if err != nil || visits != 20 {
		t.Errorf("got %v after %d visits, want 20", err, visits)
	}
	wantKeys(t, s)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A notice is a text that has to go where the program goes.
type notice struct{ name, text string }

// noticeFile is what such texts are called.
var noticeFile = regexp.MustCompile(`(?i)^(un)?(.*[-_])?(licen[sc]e|copying|notice|copyright)([-_.].*)?$`)

// pictureLicence is for pictures beside the sources, which are not linked.
var pictureLicence = regexp.MustCompile(`(?i)logo`)

// noticesOf are the texts in some folders, the module's own first; one that has
// no text at all must not be handed out.
func noticesOf(folders []string) (all []notice, err error) {
	if len(folders) == 0 {
		return nil, errors.New("it is in the program, and no package of it is linked")
	}
	seen := map[string]bool{}
	for _, folder := range folders {
		if seen[folder] {
			continue
		}
		seen[folder] = true
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("look for its licence: %w", err)
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !noticeFile.MatchString(e.Name()) || pictureLicence.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(folder, e.Name())) //nolint:gosec // of a module that is linked
			if err != nil {
				return nil, fmt.Errorf("read its licence: %w", err)
			}
			name, err := filepath.Rel(folders[0], filepath.Join(folder, e.Name()))
			if err != nil {
				return nil, fmt.Errorf("name its licence: %w", err)
			}
			all = append(all, notice{filepath.ToSlash(name), strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no text of a licence")
	}
	slices.SortFunc(all[1:], func(a, b notice) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// standardNotices are those of Go's own library.
func standardNotices(ctx context.Context, b bench) ([]notice, error) {
	out, err := b.command(ctx, target{}, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("ask where Go is: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "LICENSE"))
	if err != nil {
		return nil, fmt.Errorf("read the licence of Go: %w", err)
	}
	return []notice{{"LICENSE", strings.TrimSpace(string(text))}}, nil
}

// sqliteLicence is none that SPDX has a short name for.
const sqliteLicence = "SQLite Is Public Domain"

// licenceWords are how the texts of licences are known, by words of theirs that
// are in no other's; white space aside.
var licenceWords = []struct {
	id    string
	words []string
}{
	{"Apache-2.0", []string{"Apache License Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License Version 2.0"}},
	{"MIT", []string{"Permission is hereby granted, free of charge, to any person obtaining a copy", "The above copyright notice and this permission notice"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted"}},
	{"ISC", []string{"Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "may be used to endorse or promote products"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"Unlicense", []string{"This is free and unencumbered software released into the public domain"}},
	{sqliteLicence, []string{"All of the code and documentation in SQLite has been dedicated to the public domain"}},
	{"blessing", []string{"May you do good and not evil"}},
	{"CC0-1.0", []string{"CC0 1.0 Universal"}},
}

// licencesOf are the licences of some texts, by their SPDX identifiers and sorted. That one has a licence
// which is not known here is an error: somebody has to read it first.
func licencesOf(texts []notice) ([]string, error) {
	var all []string
	for _, n := range texts {
		ids := known(n.text)
		if len(ids) == 0 && !noLicence.MatchString(filepath.Base(n.name)) {
			return nil, fmt.Errorf("the licence in %s is none that is known to release/licences.go; read it", n.name)
		}
		all = append(all, ids...)
	}
	if len(all) == 0 {
		return nil, errors.New("it has notices, and no licence")
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// noLicence are names of texts that go with a licence and are none.
var noLicence = regexp.MustCompile(`(?i)notice|copyright`)

// known are the licences whose words are in a text.
func known(text string) (ids []string) {
	flat := strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, l := range licenceWords {
		lacks := func(words string) bool { return !strings.Contains(flat, strings.ToLower(words)) }
		if l.id == "BSD-2-Clause" && slices.Contains(ids, "BSD-3-Clause") || slices.ContainsFunc(l.words, lacks) {
			continue
		}
		ids = append(ids, l.id)
	}
	return ids
}

// notices is the file with all of them.
func (b bench) notices(modules []module) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "claimcheck %s contains the following, under these licences.\n", b.from.version)
	for _, m := range modules {
		fmt.Fprintf(&out, "\n%s\n%s %s (%s)\n", strings.Repeat("=", 80), m.name, m.version, strings.Join(m.licences, ", "))
		for _, n := range m.texts {
			fmt.Fprintf(&out, "\n--- %s ---\n\n%s\n", n.name, n.text)
		}
	}
	return out.Bytes()
}

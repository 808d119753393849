package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A module is something that the program is made of.
type module struct {
	name, version string
	sum           string   // h1: of go.sum; empty where there is none
	purl          string   // its address, as package-url.org says
	licences      []string // as licencesOf says
	texts         []notice
}

// The console's packages of npm are in its bundle, whose licences lie beside it.
const bundleLicences = "internal/console/dist/assets/licences.txt"

var bundled = regexp.MustCompile(`(?m)^(@?[a-z0-9/-]+) ([0-9]+\.[0-9]+\.[0-9]+)$`)

// modules are what the linker has put into a program, by the program itself, and
// what the console was bundled with; sorted by their addresses.
func (b bench) modules(ctx context.Context, t target, program string) ([]module, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("read what the program is made of: %w", err)
	}
	folders, err := b.folders(ctx, t)
	if err != nil {
		return nil, err
	}
	version := strings.TrimPrefix(info.GoVersion, "go")
	all := []module{{name: "std", version: version, purl: "pkg:golang/std@" + version}}
	if all[0].texts, err = standardNotices(ctx, b); err != nil {
		return nil, err
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		m := module{name: d.Path, version: d.Version, sum: d.Sum, purl: "pkg:golang/" + strings.ToLower(d.Path) + "@" + url.PathEscape(d.Version)}
		if m.texts, err = noticesOf(folders[d.Path]); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Path, err)
		}
		all = append(all, m)
	}
	text, err := os.ReadFile(filepath.Join(b.folder, bundleLicences))
	if err != nil {
		return nil, fmt.Errorf("read the licences of the console's packages: %w", err)
	}
	all = append(all, npmModules(string(text))...)
	for i := range all {
		if all[i].licences, err = licencesOf(all[i].texts); err != nil {
			return nil, fmt.Errorf("%s: %w", all[i].name, err)
		}
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.purl, b.purl) })
	return all, nil
}

// npmModules are the packages of the console's bundle.
func npmModules(text string) (all []module) {
	found := bundled.FindAllStringSubmatchIndex(text, -1)
	for i, at := range found {
		end := len(text)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		name, version := text[at[2]:at[3]], text[at[4]:at[5]]
		all = append(all, module{
			name: name, version: version, purl: "pkg:npm/" + strings.ReplaceAll(name, "@", "%40") + "@" + version,
			texts: []notice{{"its licence", strings.TrimSpace(text[at[1]:end])}},
		})
	}
	return all
}

// folders are those of the packages that are linked for a target, by module; the
// module's own is the first.
func (b bench) folders(ctx context.Context, t target) (map[string][]string, error) {
	cmd := b.command(ctx, t, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Dir}}\t{{$.Dir}}{{end}}", "./cmd/claimcheck")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, said.String())
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) != 3 {
			continue // of the standard library
		}
		if all[parts[0]] == nil {
			all[parts[0]] = []string{parts[1]}
		}
		for dir := parts[2]; dir != parts[1] && strings.HasPrefix(dir, parts[1]); dir = filepath.Dir(dir) {
			all[parts[0]] = append(all[parts[0]], dir)
		}
	}
	return all, nil
}

// The bill of materials is CycloneDX 1.6 (ECMA-424), of which these are the
// members that we have something to say about.
type (
	bom struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Ref      string          `json:"bom-ref"`
		Type     string          `json:"type"`
		Name     string          `json:"name"`
		Version  string          `json:"version"`
		Hashes   []hash          `json:"hashes,omitempty"`
		Licences []licenceChoice `json:"licenses,omitempty"`
		PURL     string          `json:"purl"`
		Props    []property      `json:"properties,omitempty"`
	}
	hash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	licenceChoice struct {
		Licence licence `json:"license"`
	}
	licence struct {
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"` // where SPDX has no identifier
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

// bom is the bill of materials of a program, without a number or a time of its
// own: the same program has the same bill.
func (b bench) bom(t target, modules []module, program []byte) ([]byte, error) {
	self := component{
		Type: "application", Name: "claimcheck", Version: b.from.version,
		PURL:   "pkg:golang/claimcheck@" + url.PathEscape(b.from.version) + "?goarch=" + t.processor + "&goos=" + t.system,
		Hashes: []hash{{"SHA-256", fmt.Sprintf("%x", sha256.Sum256(program))}},
		Props:  []property{{"claimcheck:commit", b.from.commit}},
	}
	self.Ref = self.PURL
	out := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata: metadata{b.from.at.Format("2006-01-02T15:04:05Z"), self},
	}
	on := dependency{Ref: self.Ref}
	for _, m := range modules {
		c := component{Ref: m.purl, Type: "library", Name: m.name, Version: m.version, PURL: m.purl}
		if sum, ok := strings.CutPrefix(m.sum, "h1:"); ok {
			digest, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("the sum of %s: %w", m.name, err)
			}
			c.Hashes = []hash{{"SHA-256", hex.EncodeToString(digest)}}
		}
		for _, id := range m.licences {
			l := licence{ID: id}
			if id == sqliteLicence {
				l = licence{Name: id}
			}
			c.Licences = append(c.Licences, licenceChoice{l})
		}
		out.Components = append(out.Components, c)
		on.On = append(on.On, m.purl)
	}
	out.Dependencies = []dependency{on}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(out); err != nil {
		return nil, errors.Join(errors.New("write the bill of materials"), err)
	}
	return text.Bytes(), nil
}

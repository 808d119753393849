package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"testing"
)

func TestTheCommittedDashboardIsMadeFromTheTable(t *testing.T) {
	made, err := dashboard()
	if err != nil {
		t.Fatal(err)
	}
	there, err := os.ReadFile("claimcheck.json")
	if err != nil || !bytes.Equal(made, there) {
		t.Errorf("claimcheck.json is another (%v): go run ./deploy/grafana > deploy/grafana/claimcheck.json", err)
	}
}

// TestTheDashboardIsWellFormed checks what Grafana would want to be told: ids and
// letters once, panels on the grid and beside each other, the data source that the
// reader has chosen, and variables that are there and used.
func TestTheDashboardIsWellFormed(t *testing.T) {
	made, err := dashboard()
	if err != nil {
		t.Fatal(err)
	}
	type reference struct{ Type, UID string }
	var d struct {
		UID, Title    string
		SchemaVersion int
		Templating    struct {
			List []struct {
				Name, Type string
				Datasource reference
			}
		}
		Panels []struct {
			ID          int
			Type, Title string
			GridPos     struct{ X, Y, W, H int }
			Datasource  reference
			Targets     []struct {
				RefID, Expr string
				Datasource  reference
			}
		}
	}
	if err := json.Unmarshal(made, &d); err != nil {
		t.Fatal(err)
	}
	if d.UID == "" || d.Title == "" || d.SchemaVersion == 0 {
		t.Errorf("got %q, %q, %d", d.UID, d.Title, d.SchemaVersion)
	}
	chosen := reference{"prometheus", "${datasource}"}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for i := range d.Panels {
		p := &d.Panels[i]
		if ids[p.ID] || p.ID == 0 || p.Title == "" {
			t.Errorf("panel %q has the id %d", p.Title, p.ID)
		}
		ids[p.ID] = true
		g := p.GridPos
		if g.X < 0 || g.W < 1 || g.H < 1 || g.X+g.W > columns {
			t.Errorf("panel %q is off the grid: %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other, there := taken[[2]int{x, y}]; there {
					t.Fatalf("%q lies on %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		letters := map[string]bool{}
		for _, target := range p.Targets {
			if letters[target.RefID] || target.Expr == "" || target.Datasource != chosen {
				t.Errorf("panel %q: %+v", p.Title, target)
			}
			letters[target.RefID] = true
		}
		if len(p.Targets) == 0 || p.Datasource != chosen {
			t.Errorf("panel %q has %d lines from %v", p.Title, len(p.Targets), p.Datasource)
		}
	}
	defined, used := map[string]bool{"__rate_interval": true, "__all": true}, map[string]bool{}
	for _, v := range d.Templating.List {
		defined[v.Name] = true
		if v.Type == "query" && v.Datasource != chosen {
			t.Errorf("the variable %s is read from %v", v.Name, v.Datasource)
		}
	}
	for _, m := range regexp.MustCompile(`\$\{?(\w+)`).FindAllSubmatch(made, -1) {
		name := string(m[1])
		if used[name] = true; !defined[name] {
			t.Errorf("the variable %s is not defined", name)
		}
	}
	for name := range defined {
		if !used[name] {
			t.Errorf("the variable %s is not used", name)
		}
	}
}

package migrate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"claimcheck/internal/store/migrate"
)

// A database notes what is applied to it.
type database struct {
	version int
	scripts []string
	fails   string            // the script that is refused
	quicker func(d *database) // another program, once, before a step is applied
}

func (d *database) SchemaVersion(context.Context) (int, error) { return d.version, nil }

func (d *database) ApplyStep(_ context.Context, s migrate.Step) (bool, error) {
	if q := d.quicker; q != nil {
		d.quicker = nil
		q(d)
	}
	switch {
	case d.version != s.Version-1:
		return false, nil
	case d.fails == s.SQL:
		return false, errors.New("refused")
	}
	d.version = s.Version
	d.scripts = append(d.scripts, s.SQL)
	return true, nil
}

func steps(t *testing.T, files ...string) []migrate.Step {
	t.Helper()
	all, err := read(files...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(files ...string) ([]migrate.Step, error) {
	folder := fstest.MapFS{"schema/readme": {}}
	for _, name := range files {
		folder["schema/"+name] = &fstest.MapFile{Data: []byte("of " + name)}
	}
	return migrate.Steps(folder, "schema")
}

func TestWhatIsLackingIsApplied(t *testing.T) {
	three := steps(t, "0002_two.sql", "0001_one.sql", "0003-three.sql")
	for _, c := range []struct {
		name string
		from int
		want []string
	}{
		{"an empty database", 0, []string{"of 0001_one.sql", "of 0002_two.sql", "of 0003-three.sql"}},
		{"an old one", 2, []string{"of 0003-three.sql"}},
		{"one that is up to date", 3, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &database{version: c.from}
			lacking, err := migrate.Lacking(t.Context(), d, three)
			if err != nil || len(lacking) != len(c.want) {
				t.Errorf("lacking are %v, %v, want %d", migrate.Names(lacking), err, len(c.want))
			}
			applied, err := migrate.Up(t.Context(), d, three)
			if err != nil || !slices.Equal(d.scripts, c.want) || !slices.Equal(migrate.Names(applied), migrate.Names(lacking)) || d.version != 3 {
				t.Errorf("applied %q, %v, version %d, want %q", d.scripts, err, d.version, c.want)
			}
		})
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	d := &database{version: 2}
	if _, err := migrate.Up(t.Context(), d, steps(t, "1.sql")); err == nil || !strings.Contains(err.Error(), "has schema 2, this program knows 1") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestAStepThatFailsIsTriedAgain(t *testing.T) {
	d := &database{fails: "of 2.sql"}
	two := steps(t, "1.sql", "2.sql")
	applied, err := migrate.Up(t.Context(), d, two)
	if err == nil || !strings.Contains(err.Error(), "2.sql") || len(applied) != 1 {
		t.Errorf("applied %v, %v, want one and the name of the other", migrate.Names(applied), err)
	}
	d.fails = ""
	if applied, err = migrate.Up(t.Context(), d, two); err != nil || len(applied) != 1 || d.version != 2 {
		t.Errorf("then applied %v, %v, version %d", migrate.Names(applied), err, d.version)
	}
}

func TestAStepThatAnotherHasAppliedIsLeft(t *testing.T) {
	d := &database{quicker: func(d *database) { d.version = 1 }}
	applied, err := migrate.Up(t.Context(), d, steps(t, "1.sql", "2.sql"))
	if err != nil || !slices.Equal(d.scripts, []string{"of 2.sql"}) || !slices.Equal(migrate.Names(applied), []string{"2.sql"}) {
		t.Errorf("applied %q, %v, want the second step alone", d.scripts, err)
	}
}

func TestAVersionIsNotLeftOut(t *testing.T) {
	for _, files := range [][]string{{"0001.sql", "0003.sql"}, {"0000.sql"}, {"0001a.sql", "0001b.sql"}, {"one.sql"}} {
		if all, err := read(files...); err == nil {
			t.Errorf("%q: got steps %v, want an error", files, migrate.Names(all))
		}
	}
}

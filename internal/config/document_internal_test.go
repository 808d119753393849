package config

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/SETTINGS.md anew")

const settingsFile = "../../docs/SETTINGS.md"

// TestTheSettingsDocumentIsOfTheTable makes docs/SETTINGS.md of the tables of
// settings, limits and members of tools; go test ./internal/config -run Document -update
// writes it.
func TestTheSettingsDocumentIsOfTheTable(t *testing.T) {
	want := settingsDocument()
	if *update {
		if err := os.WriteFile(settingsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(settingsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/SETTINGS.md is not what the tables say: go test ./internal/config -run Document -update")
	}
}

func settingsDocument() string {
	var b strings.Builder
	b.WriteString("# Settings\n\n" +
		"Made from the tables in `internal/config` by `go test ./internal/config -run Document -update`. A flag beats the environment, which beats the configuration file (`--config`).\n" +
		"A value that is not as described, and a name that is not known, stop the start with one sentence that names it and where it was set. How they play together is in [OPERATIONS.md](OPERATIONS.md).\n" +
		"Beside them OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and the others) turn on [traces](OPERATIONS.md#traces).\n\n" +
		"| in the file | as a flag | in the environment | default | |\n|---|---|---|---|---|\n")
	for _, s := range table {
		value := "none"
		if s.Default != "" {
			value = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | %s | %s |\n", s.Name, strings.TrimSpace(s.Flag()+" "+cell(s.Form())), s.Env(), value, cell(s.Doc))
	}
	b.WriteString("\nLengths of time are written `90s`, `10m`, `72h`, sizes `64KiB`, `5GiB`, lists with commas between (in the file also as lists of YAML). A group such as `auth.jwt` is a mapping in the file.\n" +
		"On SIGHUP `tools` and `plans` are read again; other settings that have changed are named in the log and wait for a restart.\n\n" +
		"## Plans\n\n`plans.NAME.LIMIT`, in the file only; 0 is no limit. `default` and `unlimited` are always there, and a plan of another name begins with the limits of `default`.\n\n" +
		"| limit | of `default` | |\n|---|---|---|\n")
	plan := reflect.ValueOf(builtInPlans()[DefaultPlan])
	for _, l := range limits {
		field := plan.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, strings.ReplaceAll(l.Name, "_", "")) })
		fmt.Fprintf(&b, "| `%s` %s | %s | %s |\n", l.Name, cell(l.Form), shown(field.Interface(), l.Form), cell(l.Doc))
	}
	for _, part := range []struct {
		head  string
		lines [][2]string
	}{
		{"## Tools\n\nA list below `tools`, in the file only; see [the guide](guides/http-endpoint.md).\n\n", ToolKeys()},
		{"## Headers of a tool\n\nA member of a tool's `headers`, where it is more than a name.\n\n", HeaderKeys()},
	} {
		b.WriteString("\n" + part.head + "| member | |\n|---|---|\n")
		for _, line := range part.lines {
			fmt.Fprintf(&b, "| `%s` | %s |\n", cell(line[0]), cell(line[1]))
		}
	}
	return b.String()
}

// cell is a text as it can stand in a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// shown is a limit as one would write it.
func shown(value any, form string) string {
	n, _ := value.(int64)
	for _, unit := range []string{"GiB", "MiB", "KiB"} {
		size, _ := ParseSize("1" + unit)
		if form == "SIZE" && n > 0 && n%size == 0 {
			return fmt.Sprint(n/size, unit)
		}
	}
	return fmt.Sprint(n)
}

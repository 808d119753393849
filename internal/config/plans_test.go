package config_test

import (
	"reflect"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/config"
)

// builtIn is the default plan as the contract has it.
var builtIn = account.Plan{
	Name: "default", StatusPerMinute: 600, SubmitPerMinute: 120, JobsPerMonth: 10_000, MaxInputBytes: 100 << 20, MaxOutputBytes: 200 << 20,
	MaxRunningJobs: 8, MaxQueuedJobs: 1000, MaxPendingUploads: 20, MaxStoredBytes: 5 << 30, MaxHeld: 1000,
}

func TestTwoPlansAreBuiltIn(t *testing.T) {
	got, err := load("", "", "")
	want := map[string]account.Plan{"default": builtIn, "unlimited": {Name: "unlimited"}}
	if err != nil || !reflect.DeepEqual(got.Plans, want) {
		t.Errorf("got %+v, error %v, want %+v", got.Plans, err, want)
	}
}

func TestAFileChangesPlansLimitByLimit(t *testing.T) {
	got, err := load("", "", `
plans:
  gold:                     # begins with what default is in the end
    jobs_per_month: 0
    retention: 240h
  default:
    status_per_minute: 6000
    max_input_bytes: 50MiB
  unlimited: {max_stored_bytes: 1TiB}
  2nd-plan_x:
`)
	if err != nil {
		t.Fatal(err)
	}
	changed := builtIn
	changed.StatusPerMinute, changed.MaxInputBytes = 6000, 50<<20
	gold, second := changed, changed
	gold.Name, gold.JobsPerMonth, gold.Retention = "gold", 0, 240*time.Hour
	second.Name = "2nd-plan_x"
	want := map[string]account.Plan{
		"default": changed, "gold": gold, "2nd-plan_x": second,
		"unlimited": {Name: "unlimited", MaxStoredBytes: 1 << 40},
	}
	if !reflect.DeepEqual(got.Plans, want) {
		t.Errorf("got %+v, want %+v", got.Plans, want)
	}
	again, err := load("", "", "")
	if err != nil || again.Plans["default"] != builtIn {
		t.Errorf("the built-in plan was changed: %+v, %v", again.Plans["default"], err)
	}
}

func TestEveryLimitOfAPlanCanBeSet(t *testing.T) {
	text := "plans:\n  x:\n"
	for _, l := range config.Limits() {
		value := "7"
		if l.Form == "DURATION" {
			value = "7s"
		}
		text += "    " + l.Name + ": " + value + "\n"
	}
	got, err := load("", "", text)
	if err != nil {
		t.Fatal(err)
	}
	plan := reflect.ValueOf(got.Plans["x"])
	for i := range plan.NumField() {
		if f := plan.Field(i); f.CanInt() && f.Int()%7 != 0 || f.IsZero() {
			t.Errorf("%s is %v, want 7", plan.Type().Field(i).Name, f)
		}
	}
}

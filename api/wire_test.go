package api_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
)

// wireFiles are the files whose structs are sent and received.
var wireFiles = []string{"api.go", "tools.go", "pauses.go", "admin.go", "stats.go", "bulk.go", "groups.go", "webhooks.go", "azure.go", "google.go"}

// wire has an example of each struct of these files; its schema has the same name.
var wire = []any{
	api.Accepted{},
	api.ProtectedResource{},
	api.Status{},
	api.JobError{},
	api.Result{},
	api.Error{},
	api.ErrorDetails{},
	api.InputError{},
	api.Upstream{},
	api.Problem{},
	api.Tools{},
	api.Tool{},
	api.ToolAnnotations{},
	api.ToolInput{},
	api.ToolOutput{},
	api.ToolOption{},
	api.ToolLimits{},
	api.NewKey{},
	api.Key{},
	api.MadeKey{},
	api.Rotation{},
	api.Plans{},
	api.Plan{},
	api.Audit{},
	api.AuditRow{},
	api.Stats{},
	api.StatsPoint{},
	api.StatsCounts{},
	api.Percentiles{},
	api.StatsNow{},
	api.StatsTool{},
	api.StatsError{},
	api.StatsOwner{},
	api.StatsHealth{},
	api.StatsFile{},
	api.StatsDatabase{},
	api.Usage{},
	api.Pauses{},
	api.Pause{},
	api.PauseSet{},
	api.Purge{},
	api.Purged{},
	api.Period{},
	api.Allowance{},
	api.Health{},
	api.FullJob{},
	api.JobLog{},
	api.LogLine{},
	api.JobWords{},
	api.Attempt{},
	api.JobList{},
	api.JobToken{},
	api.Group{},
	api.GroupJobs{},
	api.GroupError{},
	api.GroupList{},
	api.NewBulk{},
	api.BulkFilter{},
	api.BulkCount{},
	api.BulkBegun{},
	api.Bulk{},
	api.BulkSkip{},
	api.OperatorJob{},
	api.OperatorJobList{},
	api.OperatorView{},
	api.AzureOperation{},
	api.AzureError{},
	api.AzureInfo{},
	api.AzureFailure{},
	api.GoogleOperation{},
	api.GoogleStruct{},
	api.GoogleStatus{},
	api.GoogleInfo{},
	api.GoogleFailure{},
	api.GoogleRefusal{},
	api.GoogleOperations{},
	api.GoogleRun{},
	api.GoogleWait{},
	api.NewWebhook{},
	api.Webhook{},
	api.WebhookChange{},
	api.RecoverWebhook{},
	api.Recovered{},
	api.WebhookKeys{},
	api.WebhookKey{},
	api.Webhooks{},
	api.WebhookSecret{},
	api.Delivery{},
	api.DeliveryAttempt{},
	api.Deliveries{},
	api.NewUpload{},
	api.Upload{},
	api.Form{},
	api.WorkClaim{},
	api.WorkLeases{},
	api.WorkLease{},
	api.WorkProgress{},
	api.WorkAlive{},
	api.WorkFinish{},
	api.WorkFailure{},
	api.WorkReport{},
}

// A member is one member of a JSON object: its kind is a type of JSON Schema,
// or the name of another schema, or any.
type member struct {
	kind     string
	required bool
}

func TestStructsAndSchemasAgree(t *testing.T) {
	s := decoded(t)
	for _, v := range wire {
		typ := reflect.TypeOf(v)
		inGo, inSchema := membersOfStruct(t, typ), s.members(t, typ.Name())
		for _, name := range slices.Sorted(maps.Keys(inGo)) {
			want, ok := inSchema[name]
			if !ok {
				t.Errorf("%s.%s is in Go only", typ.Name(), name)
				continue
			}
			got := inGo[name]
			if strings.HasSuffix(got.kind, "any") {
				got.kind = want.kind
			}
			if got != want {
				t.Errorf("%s.%s is %+v in Go, %+v in openapi.yaml", typ.Name(), name, got, want)
			}
		}
		for name := range inSchema {
			if _, ok := inGo[name]; !ok {
				t.Errorf("%s.%s is in openapi.yaml only", typ.Name(), name)
			}
		}
	}
}

func TestEachStructHasSchemaAndBack(t *testing.T) {
	var compared []string
	for _, v := range wire {
		compared = append(compared, reflect.TypeOf(v).Name())
	}
	slices.Sort(compared)
	var got []string
	for _, file := range wireFiles {
		got = append(got, structsOf(t, file)...)
	}
	slices.Sort(got)
	if !slices.Equal(got, compared) {
		t.Errorf("the files have %v, compared are %v", got, compared)
	}
	parts := []string{ // of the structs' schemas, or made of them
		"ID", "RequestID", "Code", "UnfinishedStatus", "SuccessStatus", "FailedStatus", "FullStatus", "OperatorStatus", "JobBatch", "UploadForm",
	}
	for name := range decoded(t).object(t, "components", "schemas") {
		if !slices.Contains(compared, name) && !slices.Contains(parts, name) {
			t.Errorf("schema %s has no struct", name)
		}
	}
}

// structsOf lists the structs of a source file but Facts, which is embedded
// only.
func structsOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name != "Facts" {
			names = append(names, spec.Name.Name)
		}
		return true
	})
	return names
}

func membersOfStruct(t *testing.T, typ reflect.Type) map[string]member {
	t.Helper()
	all := map[string]member{}
	for f := range typ.Fields() {
		if f.Anonymous {
			maps.Copy(all, membersOfStruct(t, f.Type))
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			t.Fatalf("%s.%s has no JSON name", typ.Name(), f.Name)
		}
		all[name] = member{kind: kindOf(t, f.Type), required: options != "omitempty"}
	}
	return all
}

func kindOf(t *testing.T, typ reflect.Type) string {
	t.Helper()
	if typ == reflect.TypeFor[json.RawMessage]() {
		return "any"
	}
	switch typ.Kind() { //nolint:exhaustive // the wire has no others
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	case reflect.Map:
		return "object"
	case reflect.Slice:
		return "array of " + kindOf(t, typ.Elem())
	case reflect.Pointer:
		return kindOf(t, typ.Elem())
	case reflect.Struct:
		return typ.Name()
	}
	t.Fatalf("no JSON type is known for %s", typ)
	return ""
}

// members are those of a schema; of a choice of shapes all that occur,
// required if they are in each.
func (s spec) members(t *testing.T, name string) map[string]member {
	t.Helper()
	schema := s.object(t, "components", "schemas", name)
	shapes, isChoice := schema["oneOf"].([]any)
	if !isChoice {
		return s.membersOfObject(t, schema)
	}
	all, seen := map[string]member{}, map[string]int{}
	for _, shape := range shapes {
		for name, m := range s.membersOfObject(t, as[map[string]any](t, s.follow(t, shape))) {
			if before, ok := all[name]; ok && before.kind != m.kind {
				t.Errorf("%s is %s in one shape, %s in another", name, before.kind, m.kind)
			}
			all[name] = m
			seen[name]++
		}
	}
	for name, m := range all {
		m.required = m.required && seen[name] == len(shapes)
		all[name] = m
	}
	return all
}

func (s spec) membersOfObject(t *testing.T, schema map[string]any) map[string]member {
	t.Helper()
	all := map[string]member{}
	required, _ := schema["required"].([]any)
	for name, v := range as[map[string]any](t, schema["properties"]) {
		all[name] = member{kind: s.kindOf(t, v), required: slices.Contains(required, any(name))}
	}
	for _, name := range required {
		if _, ok := all[as[string](t, name)]; !ok {
			t.Errorf("%v is required and not described", name)
		}
	}
	return all
}

func (s spec) kindOf(t *testing.T, v any) string {
	t.Helper()
	schema := as[map[string]any](t, s.follow(t, v))
	ref, isRef := as[map[string]any](t, v)["$ref"].(string)
	orNull, _ := schema["type"].([]any)
	switch {
	case schema["type"] == "array":
		return "array of " + s.kindOf(t, schema["items"])
	case isRef && (schema["type"] == "object" || schema["type"] == nil):
		return ref[strings.LastIndex(ref, "/")+1:]
	case len(orNull) == 2 && orNull[1] == "null":
		return as[string](t, orNull[0])
	case schema["type"] == nil:
		return "any" // value
	default:
		return as[string](t, schema["type"])
	}
}

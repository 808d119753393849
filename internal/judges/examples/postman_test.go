package examples_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claimcheck/internal/postman"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

var update = flag.Bool("update", false, "write the Postman collection and its environments anew")

// The files that people import.
const (
	collectionFile = "claimcheck.postman_collection.json"
	localFile      = "local.postman_environment.json"
	hostedFile     = "hosted.postman_environment.json"
)

// described is what a server serves at /openapi.json, without the tools that only
// the servers of tests have.
func described(t *testing.T) []byte {
	t.Helper()
	s := serverproc.Start(t, serverproc.Options{})
	text := call(t, s.URL, "", http.StatusOK, http.MethodGet, "/openapi.json", "").Body
	// The order of the paths is kept: each of the tests' tools is cut out of the text.
	for path := range decode[struct{ Paths map[string]json.RawMessage }](t, text).Paths {
		if strings.HasPrefix(path, "/test-") {
			text = without(t, text, path)
		}
	}
	return text
}

func without(t *testing.T, text []byte, path string) []byte {
	t.Helper()
	before, after, ok := bytes.Cut(text, []byte(`"`+path+`":`))
	if !ok {
		t.Fatalf("the description does not have %s", path)
	}
	d := json.NewDecoder(bytes.NewReader(after))
	var item json.RawMessage
	if err := d.Decode(&item); err != nil {
		t.Fatal(err)
	}
	after = after[d.InputOffset():]
	if cut, ok := bytes.CutPrefix(after, []byte(",")); ok {
		return append(bytes.Clone(before), cut...)
	}
	return append(bytes.TrimSuffix(bytes.Clone(before), []byte(",")), after...)
}

// TestThePostmanFilesAreMadeOfTheDescription: make postman writes them.
func TestThePostmanFilesAreMadeOfTheDescription(t *testing.T) {
	t.Parallel()
	collection, err := postman.Collection(described(t))
	if err != nil {
		t.Fatal(err)
	}
	local, err := postman.Environment("claimcheck, local", "http://localhost:8080", "api_key", "admin_key", "work_key")
	if err != nil {
		t.Fatal(err)
	}
	hosted, err := postman.Environment("claimcheck, hosted", "https://api.apidatatools.com", "api_key")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{collectionFile: collection, localFile: local, hostedFile: hosted} {
		file := filepath.Join(folder, "postman", name)
		if *update {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the generator makes (make postman), %v", name, err)
		}
	}
}

// TestTheCollectionFitsItsFormat by the schema that Postman publishes, as npm has it.
func TestTheCollectionFitsItsFormat(t *testing.T) {
	t.Parallel()
	schema := filepath.Join(testneeds.NodeModules(t, filepath.Join("@har-sdk", "validator")), "dist", "schemas", "postman", "v2.1.0.json")
	parsed := decode[map[string]any](t, []byte(read(t, schema)))
	delete(parsed, "$async") // a member for the program that the package is made for
	c := jsonschema.NewCompiler()
	if err := c.AddResource("postman.json", parsed); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("postman.json")
	if err != nil {
		t.Fatal(err)
	}
	collection := decode[map[string]any](t, []byte(read(t, filepath.Join(folder, "postman", collectionFile))))
	if err := compiled.Validate(collection); err != nil {
		t.Error(err)
	}
	collection["info"] = map[string]any{"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}
	if compiled.Validate(collection) == nil {
		t.Error("the schema has nothing against a collection without a name")
	}
}

// A request is one that newman made, and how it was answered.
type request struct {
	Item    struct{ Name string }
	Request struct {
		Method string
		URL    struct {
			Path []string
			Host []string
			Port string
		}
		Header []struct{ Key, Value string }
	}
	Response struct {
		Code   int
		Stream struct{ Data []int }
	}
	Assertions []struct {
		Assertion string
		Error     *struct{ Message string }
	}
}

// newman runs folders of the collection with an environment and returns its
// requests in their order. Whatever an assertion says against an answer fails the test.
func newman(t *testing.T, environment string, variables map[string]string, folders ...string) []request {
	t.Helper()
	program := filepath.Join(testneeds.NodeModules(t, "newman"), "bin", "newman.js")
	report := filepath.Join(t.TempDir(), "report.json")
	argv := []string{
		testneeds.Node(t), program, "run", filepath.Join(folder, "postman", collectionFile), "--environment", filepath.Join(folder, "postman", environment),
		"--reporters", "cli,json", "--reporter-json-export", report, "--reporter-cli-no-banner", "--disable-unicode", "--color", "off",
	}
	for _, name := range folders {
		argv = append(argv, "--folder", name)
	}
	for name, value := range variables {
		argv = append(argv, "--env-var", name+"="+value)
	}
	got := run(t, "", "", argv...)
	if got.code != 0 {
		t.Errorf("newman: exit code %d, %s\n%s", got.code, got.stderr, got.stdout)
	}
	made := decode[struct {
		Run struct{ Executions []request }
	}](t, []byte(read(t, report))).Run.Executions
	for _, r := range made {
		if len(r.Assertions) == 0 {
			t.Errorf("%s: nothing was asserted", r.Item.Name)
		}
	}
	return made
}

// codes are the statuses of the answers to the requests of a name.
func codes(made []request, name string) (list []int) {
	for _, r := range made {
		if r.Item.Name == name {
			list = append(list, r.Response.Code)
		}
	}
	return list
}

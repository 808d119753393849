package testneeds

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"
)

// Ask has a program answer all questions of a test at once: it reads them as one JSON value from
// its standard input, and writes its answers as one, which go where answers points to. The test
// ends if the program fails, with what it has written to its standard error.
func Ask(t testing.TB, program *exec.Cmd, questions, answers any) {
	t.Helper()
	in, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	program.Stdin, program.Stderr = bytes.NewReader(in), &complaint
	out, err := program.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, &complaint)
	}
	if err := json.Unmarshal(out, answers); err != nil {
		t.Fatalf("%s: %v", program, err)
	}
}

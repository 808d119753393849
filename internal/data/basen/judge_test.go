package basen_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/testneeds"
)

type question struct {
	code  string
	bytes []byte
}

// asked are bytes to encode, and letters to decode: right ones, cut ones, and ones with a
// character changed.
func asked() (all []question) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"base16", "base32", "base64", "base85"} {
		for size := range 300 {
			text := make([]byte, size%40)
			for i := range text {
				text[i] = byte(random.IntN(128))
			}
			raw := bytes.Clone(text)
			for i := range raw {
				raw[i] = byte(random.IntN(256))
			}
			var letters bytes.Buffer
			if err := codes[name].Encode(bytes.NewReader(text), &letters); err != nil {
				panic(err)
			}
			changed := bytes.Clone(letters.Bytes())
			for range min(len(changed), 2) {
				changed[random.IntN(len(changed))] = "=A~z2/|-x"[random.IntN(9)]
			}
			all = append(all, question{name, raw}, question{name, letters.Bytes()}, question{name, changed}, question{name, letters.Bytes()[:random.IntN(letters.Len()+1)]})
		}
	}
	return all
}

// TestPythonWritesAndReadsTheSame has Python's base64 encode and decode the same bytes. What we
// take beside what it takes (docs/CONVERSIONS.md) is told apart; nothing is read differently.
func TestPythonWritesAndReadsTheSame(t *testing.T) {
	t.Parallel()
	questions := asked()
	answers := judged(t, questions)
	taken, refused := 0, 0
	for i, q := range questions {
		c := codes[q.code]
		if got := encoded(t, c, bytes.NewReader(q.bytes)); got != answers[i][0] {
			t.Errorf("%s of %q is %q, Python: %q", q.code, q.bytes, got, answers[i][0])
		}
		var out bytes.Buffer
		err := c.Decode(bytes.NewReader(q.bytes), &out)
		want, _ := hex.DecodeString(strings.TrimSuffix(answers[i][1], "refused"))
		switch {
		case answers[i][1] == "refused" && err != nil, !utf8.Valid(want) && err != nil:
			refused++
		case answers[i][1] == "refused":
			if !more(q) {
				t.Errorf("%s %q gives %q; Python refuses it", q.code, q.bytes, out.Bytes())
			}
		case err != nil:
			if q.code != "base85" || len(q.bytes)%5 != 1 { // Python forgets a last letter that stands for nothing
				t.Errorf("%s %q: %v; Python reads %q", q.code, q.bytes, err, want)
			}
		case !bytes.Equal(out.Bytes(), want):
			t.Errorf("%s %q gives %q; Python reads %q", q.code, q.bytes, out.Bytes(), want)
		default:
			taken++
		}
	}
	if taken < 500 || refused < 200 {
		t.Errorf("%d were taken and %d refused: the questions do not tell much", taken, refused)
	}
}

// more reports whether we take it on purpose: white space, the letters of Base64 for URLs, and no padding.
func more(q question) bool {
	return bytes.ContainsAny(q.bytes, " \t\r\n\v\f") || q.code == "base64" && bytes.ContainsAny(q.bytes, "-_") ||
		(q.code == "base64" || q.code == "base32") && !bytes.Contains(q.bytes, []byte("="))
}

// judged asks Python.
func judged(t *testing.T, questions []question) (answers [][2]string) {
	t.Helper()
	var in bytes.Buffer
	for _, q := range questions {
		line, err := json.Marshal([2]string{q.code, hex.EncodeToString(q.bytes)})
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), testneeds.Program(t, "Python 3 (apt-get install python3)", "python3"), "testdata/judge.py")
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var answer [2]string
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, answer)
	}
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	return answers
}

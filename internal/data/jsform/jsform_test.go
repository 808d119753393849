package jsform_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"claimcheck/internal/data/jsform"
	"claimcheck/internal/fault"
)

// said is what a fault says: its position and reason.
func said(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != "INVALID_JAVASCRIPT" || f.Message != "JavaScript validation failed." {
		return fmt.Sprint("no fault of JavaScript: ", err)
	}
	return fmt.Sprint(f.Details[0].Value, " ", f.Details[1].Value, " ", f.Details[2].Value)
}

func TestWhatIsNoJavaScriptIsRefused(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"é = (1":                               "1 7 Expected a comma or ), but the input ends.",
		"a b":                                  "1 3 Expected ; or a new line.",
		"x = <a/>":                             "1 5 Expected a value: JSX is not part of JavaScript.",
		"@d class A {}":                        "1 1 Decorators are not part of JavaScript.",
		"if (a) { b }\n }":                     "2 2 Expected a value.",
		"'a":                                   "1 3 Expected ' to end the string that begins in line 1, column 1, but the input ends.",
		"'a\n'":                                "1 3 Expected ' to end the string that begins in line 1, column 1, but the line ends.",
		"`a ${b":                               "1 7 Expected }, but the input ends.",
		"`a":                                   "1 3 Expected ` to end the template of line 1, column 1, but the input ends.",
		"a /* b":                               "1 7 Expected */ to end the comment that begins in line 1, column 3, but the input ends.",
		"/a":                                   "1 3 Expected / to end the regular expression that begins in line 1, column 1.",
		"/a(/":                                 "1 4 Expected ) in the regular expression.",
		"/🙂[b-a]/u":                            "1 4 The ends of this range are not in order.",
		"/a/gg":                                "1 5 There is no flag g of regular expressions, or it is there already.",
		"1_":                                   "1 3 Expected a digit.",
		"3in x":                                "1 2 Expected the end of the number.",
		"let a; let a":                         "1 12 The name a is declared already.",
		"break":                                "1 1 Only loops and switch have break.",
		"x: continue x":                        "1 13 There is no statement around that is named x, or it is no loop.",
		"'use strict'; with(a);":               "1 15 Strict code has no with.",
		"a => {} + 1":                          "1 9 Expected ; or a new line.",
		"({a = 1})":                            "1 5 A default with = can be in a pattern only: expected :.",
		"[a, ...b, c] = d":                     "1 9 No comma can be behind the rest of a pattern.",
		"f() = 1":                              "1 1 This cannot be given a value.",
		"a ?? b || c":                          "1 8 Parentheses must say which of ?? and && or || comes first.",
		"-a ** b":                              "1 4 Parentheses must say what belongs to **.",
		"class A { #a; #a }":                   "1 15 The private name #a is declared already.",
		"a.#b":                                 "1 3 The private name #b is not declared.",
		"export {a}":                           "1 9 The name a is exported and not declared.",
		"import a from 'b'; import a from 'c'": "1 27 The name a is declared already.",
		"function f() { await x }":             "1 22 Expected ; or a new line.",
		"a\\u{110000}":                         "1 2 Expected an escape of Unicode (\\u0061 or \\u{61}).",
		"v\\u0061r a":                          "1 1 The word var cannot be a name here.",
		"throw\na":                             "1 6 Expected what is thrown on the line of throw.",
		"a #":                                  "1 3 A # must begin a private name.",
		"for (let of x);":                      "1 13 Expected ;.",
		"\"\\u{}\"":                            "1 2 This is no escape: a digit is missing, or there are too many.",
		strings.Repeat("(", 3000):              "1 2000 Code may be 2000 levels deep, and this is deeper.",
	} {
		_, err := jsform.Layout(src, 2)
		_, alike := jsform.Compact(src)
		if got := said(err); got != want || said(alike) != got {
			t.Errorf("%.60q: %s, want %s (the minifier: %s)", src, got, want, said(alike))
		}
	}
}

func TestWhatIsAmbiguousIsReadAsItRuns(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][2]string{
		"await\n/x/ .y":               {"await\n  /x/.y", "await/x/.y"},
		"await / x / g":               {"await / x / g", "await/x/g"},
		"async\nfunction f(){}":       {"async\nfunction f() {}", "async;function f(){}"},
		"let\nx\n++y":                 {"let\n  x\n++y", "let x;++y"},
		"a\n<!--b\n-->c\nd":           {"a\n<!--b\n-->c\nd", "a;d"},
		"import 'x';a<!--b":           {"import 'x';\na < !--b", "import'x';a<!--b"},
		"x=function(){}\n/y/g":        {"x = function () {}\n  / y / g", "x=function(){}/y/g"},
		"yield\n/x/g":                 {"yield\n  / x / g", "yield/x/g"},
		"function*f(){yield\n/x/g}":   {"function* f() {\n  yield\n  /x/g\n}", "function*f(){yield;/x/g}"},
		"x\n/y/z\n":                   {"x\n  / y / z", "x/y/z"},
		"do;while(0)x":                {"do;\nwhile (0)\nx", "do;while(0);x"},
		"for(async of=>{};;);":        {"for (async of => {};;);", "for(async of=>{};;);"},
		"a?.5:b":                      {"a ? .5 : b", "a?.5:b"},
		"({get,set,async,static:a})":  {"({ get, set, async, static: a })", "({get,set,async,static:a})"},
		"if(a){}else{}\nif(b);else c": {"if (a) {} else {}\nif (b);\nelse c", "if(a){}else{}if(b);else c"},
	} {
		layout, compact, same, err := jsform.Made(src, 2)
		if err != nil || !same || layout != want[0] || compact != want[1] {
			t.Errorf("%q: %q and %q (the same program: %t, %v), want %q", src, layout, compact, same, err, want)
		}
	}
}

// FuzzJavaScript lays programs out and makes them compact: both are the same programs, and
// doing it again changes nothing.
func FuzzJavaScript(f *testing.F) {
	for _, src := range []string{
		"a=b/c/d;if(e)f()\nelse{g}", "class A{static x=1;#y;static{}get z(){return #y in this}}", "x=`a${b+`c`}`;/[/]/.test(d)", "for(const [a,{b=1}] of c)await\n(d)",
		"import a from 'b';export{a as default}", "async(a,{b})=>({c})\n++d", "label:do{break label}while(0)x", "var {a:[b,,...c]=d}=e // f\n/* g */", "a<!--b\n-->c", "switch(a){case 1:{}default:}",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if !utf8.ValidString(src) {
			t.Skip()
		}
		layout, compact, same, err := jsform.Made(src, 2)
		if err != nil {
			d := fault.Of(err).Details
			line, ok := d[0].Value.(int)
			lines := bytes.Split([]byte(src), []byte("\n"))
			if column, _ := d[1].Value.(int); !ok || line > len(lines) || column > utf8.RuneCount(lines[line-1])+1 {
				t.Fatalf("the error is outside of the input: %v", d)
			}
			return
		}
		if !same {
			t.Fatalf("%q becomes another program: %q, %q", src, layout, compact)
		}
		if again, _, _, err := jsform.Made(layout, 2); err != nil || again != layout {
			t.Fatalf("%q laid out twice is %q (%v), and once %q", src, again, err, layout)
		}
		if _, again, _, err := jsform.Made(compact, 2); err != nil || again != compact {
			t.Fatalf("%q compact twice is %q (%v), and once %q", src, again, err, compact)
		}
	})
}

func TestWhatGrowsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(strings.Repeat("[", 900)+strings.Repeat("]", 900)+";", 300)
	if _, err := jsform.Layout(deep, 16); err == nil || fault.Of(err).Code != "FILE_TOO_LARGE" {
		t.Errorf("%d bytes of brackets: %v", len(deep), err)
	}
	if _, err := jsform.Compact(deep); err != nil {
		t.Error(err)
	}
}

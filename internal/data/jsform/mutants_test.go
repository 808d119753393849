package jsform_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"claimcheck/internal/data/jsform"
	"claimcheck/internal/testneeds"
)

// modern are programs of what the suite is too old for.
var modern = []string{
	"class A{static async*#m(){}get #x(){}set #x(v){} static{await:0}}", "label:{break label}", "for await(x of y);", "async()=>{for await(const x of y);}",
	"import a,{b as c,default as d} from 'x' with {type:'json'}", "export * as ns from 'm'", "export {a as 'b c'}; var a", "a?.b?.[c]?.(d)", "a??=b||c", "x=async({a=1},[b])=>await c",
	"function*f(){yield*a;yield\nb}", "({get a(){},set a(b){},async*c(){},[d]:1,...e})", "[a,...b]=c", "({a:b.c,...d}=e)", "class A extends B{constructor(){super();super.x}}",
	"function f(){new.target}", "{using a=b; await using}", "for(using x of y);", "`a${b}c`", "tag`\\u`", "/(?<a>x)\\k<a>/u", "/[a--[a-z]]/v", "1n**2n", "try{}catch{}", "if(a)function b(){}",
	"var{a,b:{c}=d}=e", "let[a]=b", "switch(a){case 1:let b;default:}", "(a,b)=>{'use strict'}", "yield:1", "let async;async=>1", "import.meta", "import('x')", "0b11+0o7+0xF+.5+1_0",
	"a\n++b", "do;while(0)a", "x=class{static x=arguments}", "a<!--b\n-->c", "with(a)b", "'use strict';delete a.b", "({__proto__:a,__proto__:b}=c)", "async function f(){await(a)}",
	"class A{#a;f(){#a in b}}", "try{}catch(e){var e}", "a?b:c?d:e", "x=y=>z=>({})",
}

var pieces = regexp.MustCompile(`[\w$]+|(?s:.)`)

// TestMutantsAreJudgedAlike takes programs of the suite and others, takes pieces out of them, puts
// pieces of others in, and exchanges some: what is a program then is one to acorn too.
func TestMutantsAreJudgedAlike(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(testneeds.NodeModules(t, "test262-parser-tests"), "pass", "*.js"))
	if err != nil {
		t.Fatal(err)
	}
	const short = 300
	var sources []string
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(src) < short {
			sources = append(sources, string(src))
		}
	}
	for range 20 {
		sources = append(sources, modern...)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var cases []judged
	taken := 0
	for range 10_000 {
		src := mutant(random, sources)
		for _, module := range []bool{false, true} {
			ok := jsform.Check(src, module) == nil
			if ok {
				taken++
			}
			cases = append(cases, judged{Module: module, Texts: []string{src}, Taken: &ok, name: "a mutant"})
		}
	}
	if taken < len(cases)/10 {
		t.Errorf("only %d of %d are programs", taken, len(cases))
	}
	judge(t, cases)
}

// mutant changes one of some programs in up to three places.
func mutant(random *rand.Rand, sources []string) string {
	a := pieces.FindAllString(sources[random.IntN(len(sources))], -1)
	b := pieces.FindAllString(sources[random.IntN(len(sources))], -1)
	for range 1 + random.IntN(3) {
		if len(a) == 0 || len(b) == 0 {
			break
		}
		i, from := random.IntN(len(a)), random.IntN(len(b))
		switch random.IntN(5) {
		case 0:
			a = slices.Delete(a, i, i+1)
		case 1:
			a = slices.Insert(a, i, b[from])
		case 2:
			j := random.IntN(len(a))
			a[i], a[j] = a[j], a[i]
		case 3:
			a = slices.Insert(a, i, b[from:from+1+random.IntN(len(b)-from)]...)
		default:
			a[i] = b[from]
		}
	}
	text := ""
	for _, piece := range a {
		text += piece
	}
	return text
}

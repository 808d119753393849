package sqlform_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/data/sqlform"
	"claimcheck/internal/fault"
)

// format lays a text out twice, which changes nothing the second time.
func format(t *testing.T, src, dialect string) string {
	t.Helper()
	once, err := sqlform.Layout([]byte(src), dialect, 2)
	if err != nil {
		t.Fatalf("%s %q: %v", dialect, src, fault.Of(err))
	}
	twice, err := sqlform.Layout(once, dialect, 2)
	if err != nil || string(once) != string(twice) {
		t.Errorf("%s %q: laid out twice it is\n%s\n(%v) and once\n%s", dialect, src, twice, err, once)
	}
	return string(once)
}

func minify(t *testing.T, src, dialect string) string {
	t.Helper()
	short, err := sqlform.Compact([]byte(src), dialect)
	if err != nil {
		t.Fatalf("%s %q: %v", dialect, src, fault.Of(err))
	}
	return string(short)
}

// TestTokensThatDialectsReadDifferently has texts, and what is made of them on one line.
func TestTokensThatDialectsReadDifferently(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dialect, src, format, compact string }{
		{"postgresql", `f('a'  ->> 'b',c::int)`, `f('a' ->> 'b', c::int)`, `f('a' ->> 'b',c::int)`},
		{"postgresql", "'a'\n'b'", "'a'\n  'b'", "'a'\n'b'"},
		{"postgresql", "'a'  'b'", "'a' 'b'", "'a' 'b'"},
		{"postgresql", `E'\''   'x  y'`, `E'\'' 'x  y'`, `E'\'' 'x  y'`},
		{"postgresql", `'\'   x`, `'\' x`, `'\' x`},
		{"postgresql", "$a$ $b$  $$ $a$", "$a$ $b$  $$ $a$", "$a$ $b$  $$ $a$"},
		{"postgresql", "/* a /* b */   c */ x", "/* a /* b */   c */\nx", "x"},
		{"postgresql", "a  @>  b, @ -5,a=-1,x<->y", "a @> b, @ -5, a = -1, x <-> y", "a @> b,@ -5,a=-1,x<->y"},
		{"postgresql", "a ? 'k', b ?& c,$1", "a ? 'k', b ?& c, $1", "a ? 'k',b ?& c,$1"},
		{"mysql", "a--1", "a - -1", "a--1"},
		{"mysql", "a-- 1\n+b", "a -- 1\n  +b", "a +b"},
		{"mysql", "a # it's\n+b", "a # it's\n  +b", "a +b"},
		{"mysql", `'a\'  b'  c`, `'a\'  b' c`, `'a\'  b' c`},
		{"mysql", "count (*), count(*)", "count (*), count(*)", "count (*),count(*)"},
		{"mysql", "/*!50000 x */  a /*+ y */ /* z */", "/*!50000 x */ a /*+ y */ /* z */", "/*!50000 x */ a /*+ y */"},
		{"mysql", "a<=>@v,@a:=1,`b  c`", "a <=> @v, @a := 1, `b  c`", "a<=>@v,@a:=1,`b  c`"},
		{"tsql", "[a  ]]b]  ,  #t.x,@@rowcount", "[a  ]]b], #t.x, @@rowcount", "[a  ]]b],#t.x,@@rowcount"},
		{"sqlite", "[it's]  ,?1,:a", "[it's], ?1, :a", "[it's],?1,:a"},
		{"oracle", "q'[it's  ]'  , a (+), b$c", "q'[it's  ]', a (+), b$c", "q'[it's  ]',a (+),b$c"},
		{"oracle", "a --+ hint\n b", "a --+ hint\n  b", "a --+ hint\nb"},
		{"bigquery", "my-project-1.d.t  ,r'a\\'  b', '''it's  x'''", "my-project-1.d.t, r'a\\'  b', '''it's  x'''", "my-project-1.d.t,r'a\\'  b','''it's  x'''"},
		{"snowflake", "a:b.c , $$it's  x$$ // y", "a:b.c, $$it's  x$$ // y", "a:b.c,$$it's  x$$"},
		{"spark", `r'a\'  , "x\"  y"`, `r'a\', "x\"  y"`, `r'a\',"x\"  y"`},
		{"duckdb", "a  //  b, {'x': [1,2]}", "a // b, {'x': [1, 2]}", "a // b,{'x': [1,2]}"},
		{"clickhouse", "a # b\n + {p:UInt8}, #c", "a # b\n  + {p:UInt8}, #c", "a+ {p:UInt8},#c"},
		{"postgresql", "a!=-1, a<@b, a=%s", "a !=- 1, a <@ b, a = %s", "a!=-1,a<@b,a=%s"},
		{"tsql", "a!=-1, a<@b", "a != -1, a < @b", "a!=-1,a<@b"},
		{"generic", "a!=-1, a<@b,c <=> ?", "a !=- 1, a <@b, c <=> ?", "a!=-1,a<@b,c <=> ?"},
		{"generic", "a #tmp  x\n b", "a\n#tmp  x\nb", "a\n#tmp  x\nb"},
		{"generic", "a --b\n c --  d\n e", "a\n--b\nc --  d\n  e", "a\n--b\nc e"},
		{"generic", `'it\'s  '  x`, `'it\'s  ' x`, `'it\'s  ' x`},
		{"generic", `'c:\'  x`, `'c:\' x`, `'c:\' x`},
		{"generic", "[a  b], x[ 1 ], array['a]',  'b']", "[a  b], x[ 1 ], array['a]', 'b']", "[a  b],x[ 1 ],array['a]','b']"},
		{"generic", "{{ a('x',  1) }}  {% if (  %} b", "{{ a('x',  1) }} {% if (  %} b", "{{ a('x',  1) }} {% if (  %} b"},
		{"generic", "a=%s, b = %(x)s, ${y}, c%2", "a = %s, b = %(x)s, ${y}, c % 2", "a=%s,b= %(x)s,${y},c%2"},
	} {
		if got := format(t, c.src, c.dialect); got != c.format {
			t.Errorf("%s %q: laid out as %q, want %q", c.dialect, c.src, got, c.format)
		}
		if got := minify(t, c.src, c.dialect); got != c.compact {
			t.Errorf("%s %q: compact is %q, want %q", c.dialect, c.src, got, c.compact)
		}
	}
}

func TestWhatIsSaidToClientsStaysALine(t *testing.T) {
	t.Parallel()
	for dialect, src := range map[string]string{
		"tsql":       "select 1\nGO\n\nselect 2;\ngo 5 -- times",
		"mysql":      "select 1;\nDELIMITER //\ncreate procedure p()  begin select 1;  end//\nDELIMITER ;\nselect  2;",
		"oracle":     "set echo off\nprompt It's\nselect 1 from dual\n/\nset transaction read only;",
		"postgresql": "\\set x 'y\ncopy t (a) from stdin;\n1\tit's\n2\t--\n\\.\nselect 1;",
		"sqlite":     ".mode  csv\nselect 1;",
		"generic":    "select 1\nGO\ncopy t from stdin with (format csv);\nit's\n\\.\n",
	} {
		for _, made := range []string{format(t, src, dialect), minify(t, src, dialect)} {
			for line := range strings.Lines(src) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(strings.ToLower(line), "select") && !strings.HasPrefix(line, "copy") && !strings.HasPrefix(line, "set t") && !strings.Contains("\n"+made+"\n", "\n"+line+"\n") {
					t.Errorf("%s: the line %q is not in %q", dialect, line, made)
				}
			}
		}
	}
}

func TestBodiesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for dialect, bodies := range map[string][]string{
		"mysql":  {"create trigger x before insert on t for each row begin\n if  a then\n   set b=1;  end if; case a when 1 then set c=1;\n  end case;\nend;"},
		"oracle": {"create or replace package body p is\n  procedure q is begin null;   end q;\nend p;", "declare\n a  number;\nbegin\n  a:=1;\nend;"},
		"tsql":   {"if @a=1\nbegin\n  select 1;   select 2;\nend\nelse begin\n  set @b=2; end"},
		"sqlite": {"create trigger x after update on t begin\n  delete  from u;\nend;"},
	} {
		for _, body := range bodies {
			got := format(t, "select 1;"+body+"\nselect a,b from t", dialect)
			if want := "select\n  1;\n\n" + body + "\n\nselect\n  a,\n  b\nfrom\n  t"; got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", dialect, got, want)
			}
		}
	}
	if got := format(t, "begin; select 1; begin transaction; end;", "postgresql"); got != "begin;\n\nselect\n  1;\n\nbegin transaction;\n\nend;" {
		t.Errorf("transactions: %s", got)
	}
}

func TestWhatIsNoSQLIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dialect, src, want string }{
		{"ansi", "select 'a\n b", "2 3 Expected ' to end the string that begins in line 1, column 8, but the input ends."},
		{"ansi", `select "é`, `1 10 Expected " to end the quoted name that begins in line 1, column 8, but the input ends.`},
		{"ansi", "x /* y", "1 7 Expected */ to end the comment that begins in line 1, column 3, but the input ends."},
		{"ansi", "x /* /* y */", "1 13 Expected */ to end the comment that begins in line 1, column 3, but the input ends."},
		{"tsql", "[x", "1 3 Expected ] to end the quoted name that begins in line 1, column 1, but the input ends."},
		{"postgresql", "$a$ $b$", "1 8 Expected $a$ to end the string that begins in line 1, column 1, but the input ends."},
		{"oracle", "q'[x]", "1 6 Expected ]' to end the string that begins in line 1, column 2, but the input ends."},
		{"bigquery", `"""a"`, `1 6 Expected """ to end the string that begins in line 1, column 1, but the input ends.`},
		{"ansi", "f(a", "1 4 Expected ) for the ( in line 1, column 2, but the input ends."},
		{"ansi", "f(a))", "1 5 There is no ( for this )."},
		{"generic", "{{ a", "1 5 Expected }} to end the template tag that begins in line 1, column 1, but the input ends."},
		{"generic", `'\'', '\''`, "1 2 A backslash before a quote means different things in different dialects: name the dialect (x-input-sql-dialect)."},
		{"generic", "/* /* */ x */ y", "1 9 Comments in comments are read differently by different dialects: name the dialect (x-input-sql-dialect)."},
		{"generic", "a #b'c\n'", "1 3 This # may begin a comment, a name or an operator: name the dialect (x-input-sql-dialect)."},
		{"ansi", strings.Repeat("(", sqlform.MaxDepth+1), "1 1001 Parentheses may be 1000 deep, and these are deeper."},
	} {
		_, err := sqlform.Layout([]byte(c.src), c.dialect, 2)
		_, alike := sqlform.Compact([]byte(c.src), c.dialect)
		if got := said(err); got != c.want || said(alike) != got {
			t.Errorf("%s %.40q: %s, want %s (the minifier: %s)", c.dialect, c.src, got, c.want, said(alike))
		}
	}
}

// said is what a fault says: its position and reason.
func said(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != "INVALID_SQL" || f.Message != "SQL validation failed." {
		return fmt.Sprint("no fault of SQL: ", err)
	}
	return fmt.Sprint(f.Details[0].Value, " ", f.Details[1].Value, " ", f.Details[2].Value)
}

// corpus are the texts of a folder of testdata by the dialect that they are of.
func corpus(tb testing.TB, folder string) map[string]string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.sql"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files in %s: %v", folder, err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".sql")] = string(text)
	}
	return texts
}

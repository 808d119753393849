package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/mattn/go-runewidth"

	"claimcheck/client"
	"claimcheck/internal/serverproc"
)

// A glass is what a person sees of a terminal: it understands what top writes, and
// fails the test for what it does not.
type glass struct {
	t    *testing.T
	keys *os.File // typed on it

	mu            sync.Mutex // guards the fields below
	columns, rows int
	main, other   [][]string // cells; the second of a wide character is empty
	inOther       bool
	row, column   int
	saved         [2]int // the same, of the main buffer
	hidden        bool
	rest          string // of a sequence that has not come whole
}

func newGlass(t *testing.T, columns, rows int, cmd *exec.Cmd) *glass {
	t.Helper()
	g := &glass{t: t, columns: columns, rows: rows}
	g.main, g.other = g.empty(), g.empty()
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	g.keys = keys
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := keys.Read(b)
			g.write(string(b[:n]))
			if err != nil {
				return // nobody has the terminal open any more
			}
		}
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // with what it has started: the terminal is theirs too
		_ = cmd.Wait()                                      // it is over
		<-read
		keys.Close()
	})
	return g
}

func (g *glass) empty() [][]string {
	cells := make([][]string, g.rows)
	for i := range cells {
		cells[i] = make([]string, g.columns)
	}
	return cells
}

func (g *glass) cells() [][]string {
	if g.inOther {
		return g.other
	}
	return g.main
}

var sequence = regexp.MustCompile(`^\x1b\[(\??[0-9;]*)([A-Za-z])`)

func (g *glass) write(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	text = g.rest + text
	for g.rest = ""; text != ""; {
		switch found := sequence.FindStringSubmatch(text); {
		case found != nil:
			g.obey(found[1], found[2])
			text = text[len(found[0]):]
		case text[0] == '\x1b' && len(text) < 12, !utf8.FullRuneInString(text):
			g.rest = text
			return
		case text[0] == '\r':
			g.column, text = 0, text[1:]
		case text[0] == '\n':
			g.down()
			text = text[1:]
		case text[0] < ' ':
			g.t.Errorf("the terminal is sent %q", text[:1])
			text = text[1:]
		default:
			r, n := utf8.DecodeRuneInString(text)
			g.put(r)
			text = text[n:]
		}
	}
}

func (g *glass) down() {
	if g.row++; g.row == g.rows {
		cells := g.cells()
		copy(cells, cells[1:])
		g.row, cells[g.rows-1] = g.rows-1, make([]string, g.columns)
	}
}

// put shows a character; what is behind the last column is cut.
func (g *glass) put(r rune) {
	width := runewidth.RuneWidth(r)
	if g.column+width > g.columns {
		return
	}
	line := g.cells()[g.row]
	for i := range width {
		line[g.column+i] = ""
	}
	line[g.column] = string(r)
	g.column += width
}

func (g *glass) obey(parameters, letter string) {
	switch letter + parameters {
	case "h?1049":
		g.inOther, g.other, g.saved = true, g.empty(), [2]int{g.row, g.column}
	case "l?1049":
		g.inOther, g.row, g.column = false, g.saved[0], g.saved[1]
	case "l?25":
		g.hidden = true
	case "h?25":
		g.hidden = false
	case "H":
		g.row, g.column = 0, 0
	case "K":
		clear(g.cells()[g.row][g.column:])
	case "J":
		clear(g.cells()[g.row][g.column:])
		for i := g.row + 1; i < g.rows; i++ {
			clear(g.cells()[i])
		}
	case "J2":
		for _, line := range g.cells() {
			clear(line)
		}
	case "m", "m1", "m7", "h?7", "l?7":
	default:
		g.t.Errorf("the terminal is sent the sequence %s%s", parameters, letter)
	}
}

// resize gives the terminal another size.
func (g *glass) resize(columns, rows int) {
	g.t.Helper()
	g.mu.Lock()
	g.columns, g.rows, g.row, g.column = columns, rows, 0, 0
	g.saved = [2]int{}
	g.main, g.other = g.empty(), g.empty()
	g.mu.Unlock()
	if err := pty.Setsize(g.keys, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		g.t.Fatal(err)
	}
}

// seen is what is to be seen, and whether it is on the other buffer, without a
// cursor.
func (g *glass) seen() (text string, taken bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var lines []string
	for _, line := range g.cells() {
		var b strings.Builder
		for i := 0; i < len(line); i++ {
			if line[i] == "" {
				b.WriteByte(' ')
				continue
			}
			b.WriteString(line[i])
			i += runewidth.StringWidth(line[i]) - 1
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.Join(lines, "\n"), g.inOther && g.hidden
}

// until waits for what matches.
func (g *glass) until(want string) string {
	g.t.Helper()
	matches := regexp.MustCompile(want)
	var text string
	serverproc.Until(g.t, time.Minute, func() (bool, string) {
		text, _ = g.seen()
		return matches.MatchString(text), "the terminal does not show " + want + ", but\n" + text
	})
	return text
}

func (g *glass) press(keys string) {
	g.t.Helper()
	if _, err := g.keys.WriteString(keys); err != nil {
		g.t.Fatal(err)
	}
}

// onGlass runs top in a terminal; when it ends, how it ended and whether the terminal
// has its modes again is printed there.
func onGlass(t *testing.T, columns int, url, key string) *glass {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `echo before; modes=$(stty -g); claimcheck top --every 1s; code=$?; test "$modes" = "$(stty -g)" && echo "ended with $code"; read -r wait`)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(serverproc.Program(t))+":"+os.Getenv("PATH"), "CLAIMCHECK_URL="+url, "CLAIMCHECK_API_KEY="+key)
	return newGlass(t, columns, 24, cmd)
}

func TestTopShowsAnOperatorHowItIs(t *testing.T) {
	t.Parallel()
	server := serverproc.Start(t, serverproc.Options{Args: []string{"--workers=1"}})
	admin, ann := server.Key("ops", "--scopes", "admin"), server.Key("ann")
	for range 3 {
		submitSlow(t, server, ann)
	}
	g := onGlass(t, 100, server.URL, admin)
	got := g.until(`(?s)queued 2  processing 1 .*\ntest-sleep +2 +1 .*\nann +default +2 +1 .*\n[0-9a-f-]{36}  test-sleep +[0-9.]+ s .* 1 of 4 .*ann`)
	if _, taken := g.seen(); !taken || strings.Contains(got, "before") || !strings.HasPrefix(got, "claimcheck top  "+server.URL) || !strings.Contains(got, "q leaves") {
		t.Errorf("the terminal is taken: %t, and shows\n%s", taken, got)
	}
	if r := serverproc.Run(t, nil, "tools", "pause", "test-sleep", "--data", server.Data); r.Code != 0 {
		t.Fatalf("got %+v", r)
	}
	g.until(`(?s)PAUSED tool test-sleep by command.*test-sleep +2 +1 .* paused`)

	g.resize(50, 12) // less than there is to tell
	got = g.until(`(?s)^claimcheck top .*\nqueued 2 .*\nTOOL .*\ntest-sl… .*\nOWNER .*\nann .*\nSLOWEST JOB.*\n[0-9a-f-]{36}  test-sl…`)
	if lines := strings.Count(got, "\n") + 1; lines != 12 {
		t.Errorf("%d lines", lines)
	}
	g.resize(120, 30)
	g.until(`(?s)\ntest-sleep .*\n[1-9][0-9]* idle\n.*\nSLOWEST JOB .* OWNER\n`)

	g.press("xyz\x1b[A") // which mean nothing
	g.press("q")
	got = g.until(`ended with 0`)
	if _, taken := g.seen(); taken || strings.Contains(got, "SLOWEST") {
		t.Errorf("the terminal is taken: %t, and shows\n%s", taken, got)
	}
}

// submitSlow hands in a job that goes on until the test is over.
func submitSlow(t *testing.T, server *serverproc.Server, key string) {
	t.Helper()
	c, err := client.New(server.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), "test-sleep", strings.NewReader("600s"), client.Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestTopSurvivesItsServer(t *testing.T) {
	t.Parallel()
	server := serverproc.Start(t, serverproc.Options{Args: []string{"--workers=0"}})
	ann := server.Key("ann")
	g := onGlass(t, 90, server.URL, ann)
	got := g.until(`(?s)^claimcheck top .* ann \(plan default\)  q leaves.*\nqueued 0  processing 0  this month 0 of 10000`)
	if strings.Contains(got, "OWNER  PLAN") {
		t.Errorf("a caller is told of owners:\n%s", got)
	}
	server.Kill()
	g.until(`(?s)^claimcheck top .*  q leaves.*\nNOT NOW: no answer from http[^\n]*\nqueued 0`)
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	if _, err := strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	again := serverproc.Start(t, serverproc.Options{Data: server.Data, Args: []string{"--workers=0", "--listen=127.0.0.1:" + port}})
	submitSlow(t, again, ann)
	got = g.until(`(?s)^claimcheck top [^\n]*default\)  q leaves.*\nqueued 1  .*\ntest-sleep +1 `)
	if strings.Contains(got, "NOT NOW") {
		t.Errorf("it still says that the server is away:\n%s", got)
	}
	g.press("\x03")
	got = g.until(`ended with 0`)
	if _, taken := g.seen(); taken || !strings.Contains(got, "before") {
		t.Errorf("the terminal is taken: %t, and shows\n%s", taken, got)
	}
}

// TestTopThatIsToldToStopRestoresTheTerminal ends it by a signal, not by a key.
func TestTopThatIsToldToStopRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	server := serverproc.Start(t, serverproc.Options{})
	cmd := exec.CommandContext(t.Context(), serverproc.Program(t), "top")
	cmd.Env = append(os.Environ(), "CLAIMCHECK_URL="+server.URL, "CLAIMCHECK_API_KEY="+server.Key("ann"))
	g := newGlass(t, 80, 24, cmd)
	g.until(`TOOL `)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	serverproc.Until(t, time.Minute, func() (bool, string) {
		text, taken := g.seen()
		return !taken, "the terminal is still taken, and shows\n" + text
	})
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("got %v, want exit code 130", err)
	}
}

// TestTopSaysBeforeItTakesTheTerminalWhatIsWrong has a key that is not good.
func TestTopSaysBeforeItTakesTheTerminalWhatIsWrong(t *testing.T) {
	t.Parallel()
	server := serverproc.Start(t, serverproc.Options{})
	g := onGlass(t, 80, server.URL, "ck_no")
	g.until(`(?s)before\nclaimcheck: ask how the server is: UNAUTHORIZED: .*\nended with 3`)
}

// TestTopShowsWideAndHostileNamesInTheirColumns has a server that says what it likes.
func TestTopShowsWideAndHostileNamesInTheirColumns(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/admin/stats": `{"from":1790812800,"to":1790813100,"step":60,"points":[],"now":{"queued":3,"processing":0,"tools":[` +
			`{"name":"表を作る道具","queued":2,"processing":0},{"name":"ascii","queued":1,"processing":0,"breaker":"open\u001b[2J"},{"name":"bell\u0007\u001b]0;x","queued":0,"processing":0,"paused":true}]},"owners":[]}`,
		"/admin/pauses": `{"tools":[],"owners":[]}`,
		"/admin/jobs":   `{"jobs":[],"next_cursor":null}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.WriteString(w, answers[r.URL.Path]); err != nil {
			t.Log(err) // who asked is gone
		}
	}))
	defer srv.Close()
	g := onGlass(t, 100, srv.URL, "k")
	g.until(`(?s)\nTOOL            QUEUED .*\n表を作る道具         2 .*\nascii                1 .*breaker open\\x1b\[2J\nbell\\a\\x1b\]0;x       0 `)
	g.resize(24, 12)
	g.until(`(?s)^claimcheck top  http://1\nqueued 3  processing 0.*\nTOOL      QUEUED  RUNNIN\n表を作…        2\n`)
	g.press("q")
	g.until(`ended with 0`)
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strings"
)

// A document is a kind of input that can be made in any size, always the same.
type document struct {
	name, ext string
	write     func(ctx context.Context, w io.Writer, size int64) error
}

// repeated is a document of parts, a record each, between a beginning and an end.
func repeated(name, ext, begin, end string, part func(p *person) string) document {
	return document{name, ext, func(_ context.Context, w io.Writer, size int64) error {
		out := bufio.NewWriterSize(w, 1<<20)
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same document each time
		written, err := out.WriteString(begin)
		for n := 0; err == nil && (n == 0 || int64(written) < size); n++ {
			var m int
			m, err = out.WriteString(part(draw(n, random)))
			written += m
		}
		if err == nil {
			_, err = out.WriteString(end)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	}}
}

// by is what one of our tools makes of a document.
func by(tool, ext string, from document) document {
	return document{from.name + "-" + tool, ext, func(ctx context.Context, w io.Writer, size int64) error {
		source, err := os.CreateTemp("", "bench-tools-")
		if err != nil {
			return fmt.Errorf("make a document: %w", err)
		}
		defer func() { _ = os.Remove(source.Name()) }()
		defer source.Close()
		if err := from.write(ctx, source, size); err != nil {
			return err
		}
		if _, err := source.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("make a document: %w", err)
		}
		return runTool(ctx, tool, nil, source, w)
	}}
}

// A person is a record as systems export them.
type person struct {
	n                         int
	name, email, city, street string
	active                    bool
	score                     float64
	visits                    int
	zip, created              string
}

func draw(n int, random *rand.Rand) *person {
	names := []string{"Ada Lovelace", "Jürgen Müller", "Noether, Emmy", "李明", `Grace "Amazing" Hopper`, "O'Neill"}
	cities := []string{"Berlin", "São Paulo", "New York", "Kyōto", "Nairobi"}
	return &person{
		n: n, name: names[n%len(names)], email: fmt.Sprintf("user%d@example.com", n), city: cities[n%len(cities)], street: fmt.Sprintf("%d Main Street", random.IntN(999)),
		active: n%3 == 0, score: random.Float64() * 1000, visits: random.IntN(100_000), zip: fmt.Sprintf("%05d", random.IntN(100_000)),
		created: fmt.Sprintf("2024-%02d-%02dT08:30:00Z", n%12+1, n%28+1),
	}
}

// Documents of records.
var (
	jsonRecords = repeated("records", "json", "[{}", "\n]\n", func(p *person) string {
		return fmt.Sprintf(",\n{\"id\":%d,\"name\":%q,\"email\":%q,\"active\":%t,\"score\":%.4f,\"visits\":%d,\"address\":{\"street\":%q,\"city\":%q,\"zip\":%q},\"tags\":[\"alpha\",\"beta\",\"gamma\"],\"created\":%q,\"note\":null}",
			p.n, p.name, p.email, p.active, p.score, p.visits, p.street, p.city, p.zip, p.created)
	})
	csvRecords = repeated("records", "csv", "id,name,email,active,score,visits,street,city,zip,created\r\n", "", func(p *person) string {
		return fmt.Sprintf("%d,\"%s\",%s,%t,%.4f,%d,%s,%s,%s,%s\r\n", p.n, strings.ReplaceAll(p.name, `"`, `""`), p.email, p.active, p.score, p.visits, p.street, p.city, p.zip, p.created)
	})
	csvSpaced = repeated("spaced", "csv", "id,name,email,active\n", "", func(p *person) string {
		return fmt.Sprintf(" %d , %s,%s  ,\t%t\n", p.n, p.city, p.email, p.active)
	})
	csvTwice = repeated("twice", "csv", "id,name,email,active\n", "", func(p *person) string {
		return fmt.Sprintf("%d,\"%s\",user%d@example.com,%t\n", p.n/2, strings.ReplaceAll(p.name, `"`, `""`), p.n/2, p.active)
	})
	xmlRecords = repeated("records", "xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<people>", "\n</people>\n", func(p *person) string {
		return fmt.Sprintf("\n<person id=\"%d\" active=\"%t\"><name>%s</name><email>%s</email><score>%.4f</score><visits>%d</visits><address zip=\"%s\"><street>%s</street><city>%s</city></address><tag>alpha</tag><tag>beta</tag><created>%s</created><note/></person>",
			p.n, p.active, strings.ReplaceAll(p.name, `"`, "&quot;"), p.email, p.score, p.visits, p.zip, p.street, p.city, p.created)
	})
	yamlRecords = repeated("records", "yaml", "people:\n", "", func(p *person) string {
		return fmt.Sprintf("- id: %d\n  name: %q\n  email: %s\n  active: %t\n  score: %.4f # of 1000\n  visits: %d\n  address:\n    street: %s\n    city: %s\n    zip: %q\n  tags: [alpha, beta, gamma]\n  created: %s\n  note: null\n",
			p.n, p.name, p.email, p.active, p.score, p.visits, p.street, p.city, p.zip, p.created)
	})
	jsonTable = repeated("table", "json", "[{}", "]", func(p *person) string {
		return fmt.Sprintf(",\n{\"id\":%d,\"name\":%q,\"email\":%q,\"active\":%t,\"score\":%.4f,\"visits\":%d,\"street\":%q,\"city\":%q,\"zip\":%q,\"created\":%q}",
			p.n, p.name, p.email, p.active, p.score, p.visits, p.street, p.city, p.zip, p.created)
	})
	workbook = by("json-to-excel", "xlsx", jsonTable)
)

// Documents of text and of the web.
var (
	prose = repeated("prose", "txt", "", "", func(p *person) string {
		return fmt.Sprintf("Dear %s,\n\n  thank you  for your %d visits to our house in %s, the last of which was on %s.\t\n\n\nYours, the house\n", p.name, p.visits, p.city, p.created)
	})
	htmlPage = repeated("page", "html", "<!DOCTYPE html>\n<html><head><title>People</title></head><body>\n", "</body></html>\n", func(p *person) string {
		return fmt.Sprintf("<div class=\"person\" id=\"p%d\"><h2>%s</h2><p>Lives in <b>%s</b>, <i>%s</i>; see <a href=\"/people/%d?a=1&amp;b=2\">more</a>.</p><ul><li>score %.2f<li>visits %d</ul><table><tr><td>zip<td>%s</table></div>\n",
			p.n, p.name, p.city, p.street, p.n, p.score, p.visits, p.zip)
	})
	markdownPage = repeated("page", "md", "# People\n\n", "", func(p *person) string {
		return fmt.Sprintf("## %s\n\nLives in **%s**, *%s*; see [more](/people/%d).\n\n- score %.2f\n- visits `%d`\n\n| zip | since |\n|---|---|\n| %s | %s |\n\n", p.name, p.city, p.street, p.n, p.score, p.visits, p.zip, p.created)
	})
	styles = repeated("styles", "css", "@charset \"UTF-8\";\n", "", func(p *person) string {
		return fmt.Sprintf("/* %s */\n.person-%d > a:hover, #p%d::before {\n  color : #ff%04x;\n  margin: 0 auto %dpx;\n  background: url( \"a.png\" ) no-repeat;\n}\n", p.city, p.n, p.n, p.n%0x10000, p.visits)
	})
	script = repeated("script", "js", "'use strict';\n", "", func(p *person) string {
		return fmt.Sprintf("// %s\nfunction person%d (first, last) {\n  const all = [ first , last, %q ];\n  if (all.length > %d) { return all.map( x => x.trim( ) ).join(' ') } else {\n    return /[a-z]+\\/%d/g.test(first) ? `${first} x` : null;\n  }\n}\n", p.city, p.n, p.name, p.visits, p.n)
	})
	query = repeated("query", "sql", "", "", func(p *person) string {
		return fmt.Sprintf("select p.id, p.name, count(*) as visits from people p left join visits v on v.person = p.id and v.city = '%s' where p.score >= %.4f and p.zip in ('%s', '00000') group by p.id, p.name having count(*) > %d order by 3 desc limit 10; -- %d\n",
			p.city, p.score, p.zip, p.visits, p.n)
	})
	picture = document{"picture", "png", func(_ context.Context, w io.Writer, size int64) error {
		side := int(math.Sqrt(float64(size) / 2)) // about two bytes remain of a pixel
		random := rand.New(rand.NewPCG(1, 2))     //nolint:gosec // the same document each time
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		for i := range m.Pix {
			m.Pix[i] = byte(i/side) ^ byte(random.IntN(16))
			if i%4 == 3 {
				m.Pix[i] = 0xFF
			}
		}
		if err := png.Encode(w, m); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	}}
)

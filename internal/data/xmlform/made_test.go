package xmlform_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
)

// osm makes a document like an extract of OpenStreetMap of about so many bytes, with the elements,
// attributes and layout that its own program writes. All of its data is invented.
func osm(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\" generator=\"an invented one\">\n")
	b.WriteString(" <note>The data included in this document is invented.</note>\n <meta osm_base=\"2026-11-27T10:00:00Z\"/>\n")
	b.WriteString(" <bounds minlat=\"52.5\" minlon=\"13.3\" maxlat=\"52.6\" maxlon=\"13.5\"/>\n")
	streets := []string{"Große Straße", "Rue de l&apos;Église", "Łódzka", "東京通り", "Bath &amp; Wells Road", "Ελληνική οδός"}
	meta := func(what string, id int) {
		fmt.Fprintf(&b, " <%s id=\"%d\" visible=\"true\" version=\"%d\" changeset=\"%d\" timestamp=\"2026-0%d-1%dT0%d:12:%02dZ\" user=\"mapper %d\" uid=\"%d\"",
			what, id, 1+r.IntN(30), r.IntN(1e8), 1+r.IntN(9), r.IntN(9), r.IntN(9), r.IntN(60), r.IntN(50), r.IntN(1e6))
	}
	tag := func(key, value string) { fmt.Fprintf(&b, "  <tag k=\"%s\" v=\"%s\"/>\n", key, value) }
	id := 1
	for ; b.Len() < size*6/10; id++ {
		meta("node", id)
		fmt.Fprintf(&b, " lat=\"52.%07d\" lon=\"13.%07d\"", r.IntN(1e7), r.IntN(1e7))
		if r.IntN(4) > 0 {
			b.WriteString("/>\n")
			continue
		}
		b.WriteString(">\n")
		tag("addr:street", streets[r.IntN(len(streets))])
		tag("addr:housenumber", fmt.Sprint(1+r.IntN(200)))
		b.WriteString(" </node>\n")
	}
	for last := id; b.Len() < size*9/10; id++ {
		meta("way", id)
		b.WriteString(">\n")
		for range 2 + r.IntN(20) {
			fmt.Fprintf(&b, "  <nd ref=\"%d\"/>\n", 1+r.IntN(last))
		}
		tag("highway", "residential")
		tag("name", streets[r.IntN(len(streets))])
		b.WriteString(" </way>\n")
	}
	for last := id; b.Len() < size; id++ {
		meta("relation", id)
		b.WriteString(">\n")
		for range 1 + r.IntN(30) {
			fmt.Fprintf(&b, "  <member type=\"way\" ref=\"%d\" role=\"outer\"/>\n", 1+r.IntN(last))
		}
		tag("type", "multipolygon")
		b.WriteString(" </relation>\n")
	}
	b.WriteString("</osm>\n")
	return b.Bytes()
}

package bridge

import "claimcheck/internal/data"

// Values tells a writer the tables that the returned Table is told, as one value: an array with a
// row for each element, an object for each row under a header and an array for each without one. Tables with
// names become an object with a member for each of them.
//
// The names of members are made as csvkit makes them: see docs/CONVERSIONS.md. A row that is shorter
// than its header has nulls, cells beyond it are named like columns without a name.
func Values(to data.Writer) data.Table {
	v := &values{to: to}
	v.objects, _ = to.(data.ObjectSink)
	return v
}

type values struct {
	to      data.Writer
	objects data.ObjectSink // to, if it is one
	padded  []data.Token
	width   int      // of the header; -1 without one
	columns unique   // names of members, which grow with the longest row
	tokens  [][]byte // the same, as tokens have them
	begun   bool     // a sheet has begun
	named   bool     // sheets are members of an object
	sheets  unique
}

// Sheet begins an array.
func (v *values) Sheet(name string, columns []string) error {
	if v.begun {
		if err := v.put(data.EndArray); err != nil {
			return err
		}
	}
	if !v.begun && name != "" {
		v.named = true
		if err := v.put(data.BeginObject); err != nil {
			return err
		}
	}
	if v.named {
		v.sheets.add(name)
		if err := v.to.Put(data.Token{Kind: data.Name, Text: []byte(v.sheets.names[len(v.sheets.names)-1])}); err != nil {
			return err
		}
	}
	v.begun, v.width = true, -1
	if columns != nil {
		v.width = len(columns)
	}
	v.columns, v.tokens = unique{}, nil
	for _, c := range columns {
		v.add(c)
	}
	return v.put(data.BeginArray)
}

// add names one more column.
func (v *values) add(name string) {
	v.columns.add(name)
	v.tokens = append(v.tokens, []byte(v.columns.names[len(v.tokens)]))
}

// Row tells an object or an array.
func (v *values) Row(cells []data.Token) error {
	if v.width < 0 {
		return v.array(cells)
	}
	for len(v.tokens) < len(cells) {
		v.add("")
	}
	if len(cells) < v.width {
		v.padded = append(v.padded[:0], cells...)
		for len(v.padded) < v.width {
			v.padded = append(v.padded, data.Token{})
		}
		cells = v.padded
	}
	if v.objects != nil {
		return v.objects.PutObject(v.tokens, cells)
	}
	if err := v.put(data.BeginObject); err != nil {
		return err
	}
	for i := range cells {
		if err := v.to.Put(data.Token{Kind: data.Name, Text: v.tokens[i]}); err != nil {
			return err
		}
		if err := v.to.Put(cells[i]); err != nil {
			return err
		}
	}
	return v.put(data.EndObject)
}

func (v *values) array(cells []data.Token) error {
	if err := v.put(data.BeginArray); err != nil {
		return err
	}
	for _, c := range cells {
		if err := v.to.Put(c); err != nil {
			return err
		}
	}
	return v.put(data.EndArray)
}

// End ends the value and the writer.
func (v *values) End() error {
	if !v.begun {
		if err := v.put(data.BeginArray); err != nil {
			return err
		}
	}
	if err := v.put(data.EndArray); err != nil {
		return err
	}
	if v.named {
		if err := v.put(data.EndObject); err != nil {
			return err
		}
	}
	return v.to.End()
}

func (v *values) put(k data.Kind) error { return v.to.Put(data.Token{Kind: k}) }

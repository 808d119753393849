package bridge

import "claimcheck/internal/data"

// Values tells a sink the tables that the returned Table is told, as one value: an array with a
// row for each element, an object for each row under a header and an array for each without one. Tables with
// names become an object with a member for each of them.
func Values(to data.Sink) data.Table { return &values{to: to} }

type values struct {
	to      data.Sink
	columns []string
	begun   bool // a sheet has begun
	named   bool // sheets are members of an object
}

// Sheet begins an array.
func (v *values) Sheet(name string, columns []string) error {
	tokens := []data.Token{}
	switch {
	case v.begun:
		tokens = append(tokens, data.Token{Kind: data.EndArray})
	case name != "":
		v.named = true
		tokens = append(tokens, data.Token{Kind: data.BeginObject})
	}
	if v.named {
		tokens = append(tokens, data.Token{Kind: data.Name, Text: []byte(name)})
	}
	v.begun, v.columns = true, columns
	return v.put(append(tokens, data.Token{Kind: data.BeginArray})...)
}

// Row tells an object or an array. Cells beyond the header have the names that
// their columns have in a spreadsheet.
func (v *values) Row(cells []data.Token) error {
	if v.columns == nil {
		if err := v.put(data.Token{Kind: data.BeginArray}); err != nil {
			return err
		}
		if err := v.put(cells...); err != nil {
			return err
		}
		return v.put(data.Token{Kind: data.EndArray})
	}
	if err := v.put(data.Token{Kind: data.BeginObject}); err != nil {
		return err
	}
	for i, name := range v.columns {
		cell := data.Token{Kind: data.Null}
		if i < len(cells) {
			cell = cells[i]
		}
		if err := v.put(data.Token{Kind: data.Name, Text: []byte(name)}, cell); err != nil {
			return err
		}
	}
	return v.put(data.Token{Kind: data.EndObject})
}

// End ends the value.
func (v *values) End() error {
	if !v.begun {
		return v.put(data.Token{Kind: data.BeginArray}, data.Token{Kind: data.EndArray})
	}
	if v.named {
		return v.put(data.Token{Kind: data.EndArray}, data.Token{Kind: data.EndObject})
	}
	return v.put(data.Token{Kind: data.EndArray})
}

func (v *values) put(tokens ...data.Token) error {
	for _, t := range tokens {
		if err := v.to.Put(t); err != nil {
			return err
		}
	}
	return nil
}

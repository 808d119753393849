package postman

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A schema is what says which members an object must have.
type schema struct {
	Required            []string
	AllOf, AnyOf, OneOf []json.RawMessage
}

// shapes are the lists of members of which an answer must have one; none where
// anything will do.
func (d *document) shapes(text json.RawMessage) ([][]string, error) {
	if text == nil {
		return nil, nil
	}
	var s schema
	if err := d.resolve(text, &s); err != nil {
		return nil, err
	}
	all := [][]string{append([]string{}, s.Required...)} // never null
	for _, part := range s.AllOf {
		of, err := d.shapes(part)
		if err != nil {
			return nil, err
		}
		all = product(all, of)
	}
	for _, parts := range [][]json.RawMessage{s.AnyOf, s.OneOf} {
		var any [][]string
		for _, part := range parts {
			of, err := d.shapes(part)
			if err != nil {
				return nil, err
			}
			any = append(any, of...)
		}
		all = product(all, any)
	}
	for i := range all {
		slices.Sort(all[i])
		all[i] = slices.Compact(all[i])
	}
	slices.SortStableFunc(all, func(a, b []string) int { return strings.Compare(strings.Join(a, " "), strings.Join(b, " ")) })
	return slices.CompactFunc(all, slices.Equal), nil
}

// product is each of a together with each of b, or a if b is empty.
func product(a, b [][]string) [][]string {
	if len(b) == 0 {
		return a
	}
	var all [][]string
	for _, x := range a {
		for _, y := range b {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

// A response is one answer that the document describes.
type response struct {
	Description string
	Content     members[media]
}

// answers are the responses of an operation, by what stands for their status:
// 200, 4XX, default.
func (d *document) answers(op *operation) (map[string]response, error) {
	all := map[string]response{}
	for _, status := range op.Responses.names {
		var r response
		if err := d.resolve(op.Responses.values[status], &r); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", op.OperationID, status, err)
		}
		all[status] = r
	}
	return all, nil
}

// shapesOf is what the tests of the collection hold the answers of an operation to.
func (d *document) shapesOf(op *operation) (map[string][][]string, error) {
	answers, err := d.answers(op)
	if err != nil {
		return nil, err
	}
	all := map[string][][]string{}
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		all[status] = [][]string{}
		if m, ok := answers[status].Content.values["application/json"]; ok {
			if all[status], err = d.shapes(m.Schema); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", op.OperationID, status, err)
			}
		}
	}
	return all, nil
}

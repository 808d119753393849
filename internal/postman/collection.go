// Package postman makes a Postman collection (format 2.1) of the description that a
// server serves at /openapi.json: a folder for each tag, a request for each operation
// with the document's words and examples, and scripts that hold every answer to the
// shapes of the document, take the ids over into the requests that need them, wait as
// the server asks, and ask for a job until it is finished. The same document gives the
// same bytes.
package postman

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

const format = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

// collectionID names the collection, so that importing it anew replaces it.
const collectionID = "6f1d7a3e-6c0b-4a51-9b5e-2f6f0c9f4e77"

type collection struct {
	Info struct {
		ID          string `json:"_postman_id"`
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	} `json:"info"`
	Auth     auth       `json:"auth"`
	Event    []event    `json:"event"`
	Variable []variable `json:"variable"`
	Item     []folder   `json:"item"`
}

type folder struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Auth        *auth  `json:"auth,omitempty"`
	Item        []item `json:"item"`
}

type item struct {
	Name     string    `json:"name"`
	Event    []event   `json:"event,omitempty"`
	Request  request   `json:"request"`
	Response []example `json:"response"`
}

type variable struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	Type     string `json:"type,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`

	Description string `json:"description,omitempty"`
}

type auth struct {
	Type   string     `json:"type"`
	APIKey []variable `json:"apikey,omitempty"`
}

// keyFrom has the key sent in x-api-key, out of a variable.
func keyFrom(name string) auth {
	return auth{Type: "apikey", APIKey: []variable{
		{Key: "key", Value: "x-api-key", Type: "string"},
		{Key: "value", Value: "{{" + name + "}}", Type: "string"},
		{Key: "in", Value: "header", Type: "string"},
	}}
}

// keys are the variables of the keys of folders that need one of their own.
var keys = map[string]string{"Operators": "admin_key", "Work": "work_key"}

// Collection returns the collection of the server that a document describes.
func Collection(openAPI []byte) ([]byte, error) {
	d, err := read(openAPI)
	if err != nil {
		return nil, err
	}
	operations, err := d.operations()
	if err != nil {
		return nil, err
	}
	c := collection{Auth: keyFrom("api_key"), Variable: []variable{}}
	c.Info.ID, c.Info.Name, c.Info.Description, c.Info.Schema = collectionID, d.Info.Title, d.Info.Description, format
	shapes := map[string]map[string][][]string{} // by the name of the request
	set := map[string]string{}
	for _, tag := range d.Tags {
		f := folder{Name: tag.Name, Description: tag.Description, Item: []item{}}
		if key, ok := keys[tag.Name]; ok {
			a := keyFrom(key)
			f.Auth = &a
		}
		for _, op := range ordered(operations, tag.Name) {
			it, err := d.item(op, set)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", op.OperationID, err)
			}
			if shapes[it.Name] != nil {
				return nil, fmt.Errorf("%s: another operation has the summary %q too", op.OperationID, it.Name)
			}
			if shapes[it.Name], err = d.shapesOf(op); err != nil {
				return nil, err
			}
			f.Item = append(f.Item, it)
		}
		c.Item = append(c.Item, f)
	}
	if c.Event, err = everywhere(shapes); err != nil {
		return nil, err
	}
	for _, name := range sorted(set) {
		c.Variable = append(c.Variable, variable{Key: name, Value: set[name]})
	}
	return indented(c)
}

// ordered are the operations of a tag, those last that remove what others need.
func ordered(all []*operation, tag string) []*operation {
	var some []*operation
	for _, op := range all {
		if len(op.Tags) > 0 && op.Tags[0] == tag {
			some = append(some, op)
		}
	}
	slices.SortStableFunc(some, func(a, b *operation) int { return last(a) - last(b) })
	return some
}

func last(op *operation) int {
	if op.method == "DELETE" {
		return 1
	}
	return 0
}

// indented is v as JSON for people, '<' and '&' readable.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return b.Bytes(), nil
}

package postman

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

type environment struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Values []value `json:"values"`
	Scope  string  `json:"_postman_variable_scope"`
}

type value struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Type    string `json:"type"` // secret: the value is not shown
	Enabled bool   `json:"enabled"`
}

// Environment returns an environment for the collection: the server's address, and
// the keys, which are empty for whoever uses it to fill in.
func Environment(name, baseURL string, keys ...string) ([]byte, error) {
	sum := sha256.Sum256([]byte(name))
	e := environment{
		ID:   fmt.Sprintf("%x-%x-4%03x-8%03x-%x", sum[:4], sum[4:6], binary.BigEndian.Uint16(sum[6:])&0xfff, binary.BigEndian.Uint16(sum[8:])&0xfff, sum[10:16]),
		Name: name, Scope: "environment",
		Values: []value{{Key: "base_url", Value: baseURL, Type: "default", Enabled: true}},
	}
	for _, key := range keys {
		e.Values = append(e.Values, value{Key: key, Type: "secret", Enabled: true})
	}
	return indented(e)
}

package config

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// single returns the text of a single value.
func (e entry) single() (string, error) {
	if e.node.Kind != yaml.ScalarNode || isNull(e.node) || e.node.Value == "" {
		return "", errors.New("a single value must stand here")
	}
	return e.node.Value, nil
}

// several returns the texts of a list, each checked and there once.
func (e entry) several(most int, check func(string) error) ([]string, error) {
	if e.node.Kind != yaml.SequenceNode {
		return nil, errors.New("a list must stand here")
	}
	if len(e.node.Content) > most {
		return nil, fmt.Errorf("there can be at most %d members", most)
	}
	var list []string
	for _, member := range e.node.Content {
		text, err := entry{node: member}.single()
		if err != nil {
			return nil, err
		}
		if err := check(text); err != nil {
			return nil, err
		}
		if slices.Contains(list, text) {
			return nil, fmt.Errorf("%s is there twice", Shown(text))
		}
		list = append(list, text)
	}
	return list, nil
}

// count returns a whole number within bounds.
func (e entry) count(least, most int64) (int64, error) {
	text, err := e.single()
	if err != nil {
		return 0, err
	}
	n, err := parseCount(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is not a whole number from %d to %d", Shown(text), least, most)
	}
	return n, nil
}

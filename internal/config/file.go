package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxFileBytes is how long a configuration file can be.
const MaxFileBytes = 1 << 20

// A file is what a configuration file says, values not yet parsed.
type file struct {
	values []value
	plans  []planText
	tools  []toolText
}

// A planText is one plan of the file.
type planText struct {
	name   string
	source string
	limits []entry
}

// An entry is a key of the file with its value.
type entry struct {
	key    string // with its parents, for instance plans.default.retention
	name   string // the last part of key
	source string // for instance: key workers in claimcheck.yaml line 3
	line   int
	node   *yaml.Node
}

// parseFile reads one YAML document: a mapping of settings, plans below
// "plans" and tools below "tools". Aliases are not read: nobody needs them here, and they can be made
// to grow without end.
func parseFile(name string, data []byte) (file, error) {
	if len(data) > MaxFileBytes {
		return file{}, fmt.Errorf("%s is longer than %d bytes", ShownName(name), MaxFileBytes)
	}
	root, err := parseYAML(name, data)
	if err != nil {
		return file{}, err
	}
	entries, err := entriesOf(name, "", root)
	if err != nil {
		return file{}, err
	}
	var f file
	for _, e := range entries {
		switch e.name {
		case plansKey:
			f.plans, err = plansOf(name, e)
		case toolsKey:
			f.tools, err = toolsOf(name, e)
		case fetchKey:
			err = f.addGroup(name, e.name, e)
		case authKey:
			err = f.addGroups(name, e)
		default:
			err = f.add(e)
		}
		if err != nil {
			return file{}, err
		}
	}
	return f, nil
}

// parseYAML returns the root of the only document, nil for an empty one.
func parseYAML(name string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		if more := decoder.Decode(&second); !errors.Is(more, io.EOF) {
			err = errors.New("there is more than one document")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not the YAML of a configuration: %s", ShownName(name), ShownName(strings.TrimPrefix(err.Error(), "yaml: ")))
	}
	if len(first.Content) == 0 {
		return nil, nil
	}
	return first.Content[0], nil
}

// entriesOf returns the entries of a mapping; nothing has none.
func entriesOf(name, parent string, node *yaml.Node) ([]entry, error) {
	if node == nil || isNull(node) {
		return nil, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s line %d: %s must be written as lines of key: value", ShownName(name), node.Line, ShownName(strings.TrimSuffix("settings of "+parent, " of ")))
	}
	lines := map[string]int{}
	var entries []entry
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s line %d: a key must be a word", ShownName(name), key.Line)
		}
		e := entry{key: ShownName(key.Value), name: key.Value, line: key.Line, node: node.Content[i+1]}
		if parent != "" {
			e.key = parent + "." + e.key
		}
		e.source = fmt.Sprintf("key %s in %s line %d", e.key, ShownName(name), e.line)
		if line, twice := lines[key.Value]; twice {
			return nil, fmt.Errorf("%s was already set in line %d", e.source, line)
		}
		lines[key.Value] = e.line
		entries = append(entries, e)
	}
	return entries, nil
}

// addGroups adds the settings below the keys below a key.
func (f *file) addGroups(name string, group entry) error {
	members, err := entriesOf(name, group.key, group.node)
	if err != nil {
		return err
	}
	for _, e := range members {
		if strings.Contains(e.name, ".") || !isGroup(group.name+"."+e.name) {
			return fmt.Errorf("unknown %s", e.source)
		}
		if err := f.addGroup(name, group.name+"."+e.name, e); err != nil {
			return err
		}
	}
	return nil
}

// isGroup reports whether there are settings below a key.
func isGroup(key string) bool {
	return slices.ContainsFunc(table, func(s Setting) bool { return strings.HasPrefix(s.Name, key+".") })
}

// addGroup adds the settings below a key, whose name with its parents is called.
func (f *file) addGroup(name, called string, group entry) error {
	members, err := entriesOf(name, group.key, group.node)
	if err != nil {
		return err
	}
	for _, e := range members {
		if err := f.put(called+"."+e.name, e); err != nil {
			return err
		}
	}
	return nil
}

// add adds a setting of the top level.
func (f *file) add(e entry) error {
	if strings.Contains(e.name, ".") { // a member is written below its group
		return fmt.Errorf("unknown %s", e.source)
	}
	return f.put(e.name, e)
}

func (f *file) put(setting string, e entry) error {
	s, ok := settingNamed(setting)
	if !ok {
		return fmt.Errorf("unknown %s", e.source)
	}
	if e.name == configKey {
		return fmt.Errorf("%s: a file cannot name another", e.source)
	}
	text, err := e.text(s.form.list)
	if err != nil {
		return err
	}
	f.values = append(f.values, value{setting: s, text: text, source: e.source})
	return nil
}

// text returns the text of a single value, or of a list with commas.
func (e entry) text(list bool) (string, error) {
	switch {
	case e.node.Kind == yaml.ScalarNode && !isNull(e.node):
		return e.node.Value, nil
	case e.node.Kind == yaml.SequenceNode && list:
		var members []string
		for _, member := range e.node.Content {
			if member.Kind != yaml.ScalarNode || isNull(member) || strings.Contains(member.Value, ",") {
				return "", fmt.Errorf("%s: each member must be a single value", e.source)
			}
			members = append(members, member.Value)
		}
		return strings.Join(members, ","), nil
	case list:
		return "", fmt.Errorf("%s: a list must stand here", e.source)
	default:
		return "", fmt.Errorf("%s: a single value must stand here", e.source)
	}
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// plansOf reads the plans below their key.
func plansOf(name string, parent entry) ([]planText, error) {
	entries, err := entriesOf(name, parent.key, parent.node)
	if err != nil {
		return nil, err
	}
	var plans []planText
	for _, e := range entries {
		plan := planText{name: e.name, source: e.source}
		if plan.limits, err = entriesOf(name, e.key, e.node); err != nil {
			return nil, err
		}
		for _, l := range plan.limits {
			if _, ok := limitNamed(l.name); !ok {
				return nil, fmt.Errorf("unknown %s", l.source)
			}
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

package yamlform

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/yamlparse"
)

// beginMerge keeps what follows << in a mapping until its end, when all its own keys are known.
func (v *valuer) beginMerge(f *frame, e *yamlparse.Event) error {
	if f.merged {
		return yamlparse.Invalid(v.src, e.Start, "A mapping has one merge key <<; several mappings are merged as a list.")
	}
	f.merged, f.mergeAt = true, -1
	if v.checks {
		return nil
	}
	if len(v.levels) > maxMerges {
		return yamlparse.Invalid(v.src, e.Start, "Mappings with merge keys nest no deeper than %d levels.", maxMerges)
	}
	f.level = len(v.levels)
	v.levels = append(v.levels, &record{})
	return nil
}

// merge tells what a mapping with a merge key has: the members that it merges, without those
// whose names are its own, and those of its own that follow.
func (v *valuer) merge(f *frame) error {
	all := v.levels[f.level].tokens
	v.levels = v.levels[:f.level]
	sources := all[:nodeLen(all)]
	own := all[len(sources):]
	if first := sources[0]; first.Kind == data.BeginArray && first.of == nil {
		sources = sources[1 : len(sources)-1]
	} else if first.of != nil && first.of.tokens()[0].Kind == data.BeginArray {
		sources = first.of.tokens()
		sources = sources[1 : len(sources)-1]
	}
	for len(sources) > 0 {
		n := nodeLen(sources)
		source := sources[:n]
		if of := source[0].of; of != nil {
			if err := v.make(of.size); err != nil {
				return err
			}
			source = of.tokens()
		}
		if source[0].of != nil || source[0].Kind != data.BeginObject {
			return yamlparse.Invalid(v.src, f.mergeAt, "Expected a mapping, an alias of one or a list of them as the value of the merge key <<.")
		}
		if err := v.mergeOne(f, source[1:len(source)-1]); err != nil {
			return err
		}
		sources = sources[n:]
	}
	return v.putAll(own)
}

// mergeOne tells the members of a mapping whose names are new.
func (v *valuer) mergeOne(f *frame, members []kept) error {
	for len(members) > 0 {
		n := 1 + nodeLen(members[1:])
		if f.keys.add(members[0].Text) {
			if err := v.putAll(members[:n]); err != nil {
				return err
			}
		}
		members = members[n:]
	}
	return nil
}

func (v *valuer) putAll(tokens []kept) error {
	for _, t := range tokens {
		var err error
		if t.of != nil {
			err = v.putNode(t.of)
		} else {
			err = v.put(t.Token)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nodeLen is how many tokens the first node is.
func nodeLen(tokens []kept) int {
	depth := 0
	for i, t := range tokens {
		if t.of == nil {
			switch t.Kind {
			case data.BeginArray, data.BeginObject:
				depth++
			case data.EndArray, data.EndObject:
				depth--
			default:
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(tokens)
}

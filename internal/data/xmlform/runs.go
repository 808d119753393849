package xmlform

import (
	"claimcheck/internal/data"
	"claimcheck/internal/data/xmlform/scan"
)

// How much a reader holds: beyond the first limit it tells what goes on where that is one run
// after another, beyond the second it fails.
const (
	maxValue = 48 << 20
	maxTurns = 128 << 20
)

// beginRun begins a child, whose name is r.name, of an element that is told.
func (r *reader) beginRun(of *element) error {
	run := &of.run
	if run.state == noRun || run.name != string(r.name) {
		if err := r.endRun(of); err != nil {
			return err
		}
		if _, past := of.past[string(r.name)]; past {
			return r.late()
		}
		*run = theRun{name: string(r.name), state: begun}
		return nil
	}
	switch run.state {
	case waiting:
		run.state = several
		if err := r.tellArray(run.name); err != nil {
			return err
		}
		err := r.held.tell(run.node, r.to)
		r.held.clear()
		return err
	case onlyOne:
		return r.late()
	default:
		return nil
	}
}

// endRun ends the run of children of an element that is told.
func (r *reader) endRun(of *element) error {
	run := &of.run
	var err error
	switch run.state {
	case noRun:
		return nil
	case waiting:
		if err = r.put(data.Name, []byte(run.name)); err == nil {
			err = r.held.tell(run.node, r.to)
		}
		r.held.clear()
	case several:
		err = r.put(data.EndArray, nil)
	case begun, onlyOne: // it was told
	}
	if err == nil {
		err = r.pass(of, run.name)
	}
	run.state = noRun
	return err
}

// pass remembers the name of a run that is over.
func (r *reader) pass(of *element, name string) error {
	if of.past == nil {
		of.past = map[string]struct{}{}
	}
	of.past[name] = struct{}{}
	if r.pastBytes += len(name) + keyBytes; r.pastBytes > scan.MaxNames {
		return data.TooLarge("The names of the elements that would have to be remembered to know which are repeated are more than %d bytes.", scan.MaxNames)
	}
	return nil
}

// late is the fault of an element that is repeated where its first was told long ago.
func (r *reader) late() error {
	return data.TooLarge("The element %.40q in line %d comes again after others, in a document that is too large to be held: elements that are more than about %d bytes must have their children of one name together, and one that is so large itself must be alone.", r.name, r.Line(), r.most)
}

// limit tells what is held in elements that are not at their end, if that is too much.
func (r *reader) limit() error {
	if r.size() <= r.most {
		return nil
	}
	var gone mark
	for i := r.told; i < len(r.open)-1 && r.size()-gone.size() > r.most/2; i++ {
		if r.open[i].apart {
			break // it can only be told at its end
		}
		if err := r.tellOpen(i); err != nil {
			return err
		}
		gone = r.open[i+1].mark
	}
	if gone != (mark{}) { // at once for all of them: what is left may be much
		r.held.drop(gone)
		for i := r.told; i < len(r.open); i++ {
			r.open[i].moved(gone)
		}
	}
	if r.size() > r.turns {
		return data.TooLarge("In line %d more than %d bytes would have to be held to know which elements are repeated.", r.Line(), r.turns)
	}
	return nil
}

func (r *reader) size() int { return r.held.size() + r.waitingText }

// tellOpen tells what is in the element i up to its child that is open. The one
// around it is told.
func (r *reader) tellOpen(i int) error {
	e, outer, child := &r.open[i], &r.open[i-1], &r.open[i+1]
	if outer.run.state == begun {
		if err := r.put(data.Name, []byte(outer.run.name)); err != nil {
			return err
		}
	}
	if err := r.put(data.BeginObject, nil); err != nil {
		return err
	}
	last := r.held.nodes[e.node].last
	for g := r.held.nodes[e.node].first; g != last; g = r.held.groups[g].next {
		if err := r.held.tellGroup(g, r.to); err != nil {
			return err
		}
		if err := r.pass(e, string(r.held.name(g))); err != nil {
			return err
		}
	}
	e.told = true
	r.told++
	e.run = theRun{name: string(r.held.name(last)), state: begun}
	if r.held.groups[last].first != child.node {
		e.run.state = several
		if err := r.tellArray(e.run.name); err != nil {
			return err
		}
		for n := r.held.groups[last].first; n != child.node; n = r.held.nodes[n].next {
			if err := r.held.tell(n, r.to); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved follows the tree where it lost its beginning.
func (e *element) moved(gone mark) {
	e.node -= gone.nodes
	e.mark.nodes -= gone.nodes
	e.mark.groups -= gone.groups
	e.mark.text -= gone.text
	e.recent -= gone.groups
	for name := range e.groups {
		e.groups[name] -= gone.groups
	}
}

// tellArray begins an array that is a member.
func (r *reader) tellArray(name string) error {
	if err := r.put(data.Name, []byte(name)); err != nil {
		return err
	}
	return r.put(data.BeginArray, nil)
}

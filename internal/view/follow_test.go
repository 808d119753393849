package view_test

import (
	"testing"

	"claimcheck/internal/view"
)

func rang(f *view.Follow) bool {
	select {
	case <-f.C:
		return true
	default:
		return false
	}
}

func TestWhoFollowsAnOwnerHearsOfItsJobsOnly(t *testing.T) {
	c := view.New(view.Config{})
	c.Changed("ann") // nobody follows
	ann, two, bob := c.Follow("ann"), c.Follow("ann"), c.Follow("bob")
	if rang(ann) {
		t.Error("told of what was before")
	}
	c.Changed("ann")
	c.Changed("ann")
	if !rang(ann) || !rang(two) || rang(ann) || rang(bob) {
		t.Error("a change of ann's is told to all of ann's, once while nobody looks, and to no other")
	}
	c.ChangedElsewhere()
	if !rang(ann) || !rang(bob) {
		t.Error("a change on another server is told to all")
	}
	rang(two)
	two.Close()
	two.Close()
	c.Changed("ann")
	if !rang(ann) || rang(two) {
		t.Error("who has left is told nothing")
	}
}

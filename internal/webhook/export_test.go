package webhook

import "time"

// Seldom has a sender that does not run yet look every d where nothing is due,
// so that a test can let weeks go by.
func (s *Sender) Seldom(d time.Duration) { s.looks = d }

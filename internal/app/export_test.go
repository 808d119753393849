package app

import "claimcheck/internal/pause"

// Pauses is what the server knows to be paused.
func (s *Server) Pauses() *pause.Board { return s.queue.Pauses() }

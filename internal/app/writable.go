package app

import (
	"maps"
	"slices"

	"songtor/internal/guard"
)

// writable returns nil where something may be appended to the log.
func (s *Service) writable() error {
	if err := s.guard.Writable(); err != nil {
		return unavailable("take anything in", err)
	}
	if err := s.intact(); err != nil {
		s.guard.Refuse(guard.SignedMissing, "the log is not the one that was signed; deployments/README.md says what to do")
		return unavailable("trust the log", err)
	}
	return nil
}

// ReadOnly is why nothing is taken in, sorted, and empty where everything is. The channel is closed when that changes.
func (s *Service) ReadOnly() ([]guard.Reason, <-chan struct{}) {
	standing, changed := s.guard.Standing()
	return slices.Sorted(maps.Keys(standing)), changed
}

package projections

import "sync"

// member is a projection of a group with its watermark: the last position known here to be in the database.
type member struct {
	Projection
	mu       sync.Mutex
	position uint64
	moved    chan struct{} // closed at the next change, where somebody waits for it
}

// at is the position and a channel that is closed when it changes.
func (m *member) at() (uint64, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.moved == nil {
		m.moved = make(chan struct{})
	}
	return m.position, m.moved
}

// set notes a position.
func (m *member) set(position uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.position != position {
		m.position = position
		m.wake()
	}
}

// nudge wakes those who wait, so that they look at the group again.
func (m *member) nudge() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wake()
}

func (m *member) wake() {
	if m.moved != nil {
		close(m.moved)
		m.moved = nil
	}
}

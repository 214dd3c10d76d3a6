package projections

import "sync"

// member is a projection of a group with its watermark: the last position known here to be in the database.
type member struct {
	Projection
	mu       sync.Mutex
	position uint64
	fault    string        // why it is set aside, without data; empty where it works
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

// aside is why the projection is set aside, empty where it works.
func (m *member) aside() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault
}

// stand notes why the projection is set aside, and reports whether that is new.
func (m *member) stand(fault string) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed = (m.fault == "") != (fault == "")
	m.fault = fault
	if changed {
		m.wake()
	}
	return changed
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

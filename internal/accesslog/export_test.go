package accesslog

import (
	"log/slog"
	"time"
)

// NewJournalOf is NewJournal with another length of the queue.
func NewJournalOf(t Trail, log *slog.Logger, places int) *Journal {
	return newJournal(t, log, places)
}

// TryAgainAfter makes an index try again soon when it has stopped.
func (x *Index) TryAgainAfter(pause time.Duration) { x.again = pause }

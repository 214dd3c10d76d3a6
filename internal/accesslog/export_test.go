package accesslog

import "log/slog"

// NewJournalOf is NewJournal with another length of the queue.
func NewJournalOf(t Trail, log *slog.Logger, places int) *Journal {
	return newJournal(t, log, places)
}

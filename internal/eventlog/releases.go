package eventlog

import (
	"context"
	"fmt"
)

// releaseSubject is where the releases of the statistics lie, beside the cases: what was published is as much a fact as they are, and
// under the same signed checkpoints. Whoever reads cases steps over them.
const releaseSubject = "nrm.release"

// LoadReleases returns what was written about releases after a position, as it was stored, the first first. It sees all that
// AppendRelease has returned before.
func (l *Log) LoadReleases(ctx context.Context, after uint64) ([]Raw, error) {
	records, err := l.stored(ctx, releaseSubject, after)
	if err != nil {
		return nil, fmt.Errorf("couldn't load the releases: %w", err)
	}
	return records, nil
}

// AppendRelease writes something about releases and returns its position once it is on disk. Expected is the position of the last thing
// so written on which this rests, 0 for none. It fails with ErrConflict where there is a later one, with ErrUnavailable where it cannot be
// known before ctx ends what happened, and with ErrTooLarge.
func (l *Log) AppendRelease(ctx context.Context, data []byte, expected uint64) (uint64, error) {
	position, err := l.store(ctx, newEntry(releaseSubject, data, expected))
	if err != nil {
		return 0, fmt.Errorf("couldn't append to the releases: %w", err)
	}
	return position, nil
}

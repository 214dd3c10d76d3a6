package inbox

import (
	"slices"
	"time"

	"songtor/projections"
)

// revision is a row with the moment from which it has been known, and the commit that made it so.
type revision[R comparable] struct {
	row      R
	from     time.Time
	position uint64
}

// book is a table of present rows of one case with the table of its past ones.
type book[K, R comparable] struct {
	rows    map[K]revision[R]
	put     func(K, revision[R])
	drop    func(K)
	retire  func(key K, old revision[R], until time.Time)
	counted func(key K, row R, change int) // told of every row that comes or goes
}

// revise makes the rows those that are wanted. What does not change is not written.
func (b book[K, R]) revise(want map[K]R, known time.Time, position uint64) {
	for key, old := range b.rows {
		if _, stays := want[key]; !stays {
			b.end(key, old, known)
			b.drop(key)
			delete(b.rows, key)
		}
	}
	for key, row := range want {
		old, had := b.rows[key]
		if had && old.row == row {
			continue
		}
		if had {
			b.end(key, old, known)
		}
		b.rows[key] = revision[R]{row, known, position}
		b.put(key, b.rows[key])
		b.counted(key, row, 1)
	}
}

// end keeps a row that was known for a while.
func (b book[K, R]) end(key K, old revision[R], known time.Time) {
	b.counted(key, old.row, -1)
	if old.from.Before(known) {
		b.retire(key, old, known)
	}
}

// past are the columns of a table of past rows.
func past(present []projections.Column) []projections.Column {
	return append(present,
		projections.Column{Name: "span", Type: projections.Integer},
		projections.Column{Name: "known_until", Type: projections.Time})
}

// putPast adds a past row to each span in which it was known.
func putPast(b *projections.Batch, t *projections.Table, row []any, from, until time.Time) {
	first, last := month(from), month(until)
	if last-first > short {
		first, last = from.UTC().Year(), until.UTC().Year()
	}
	for span := first; span <= last; span++ {
		b.Put(t, slices.Concat(row, []any{span, until})...)
	}
}

// short is up to how many months after its first a row is looked for by month, and not by year: long enough that few rows are written
// for it, and short enough that much of what is looked through for a moment was known then.
const short = 2

// month numbers the months of the calendar in UTC. No year has such a number.
func month(t time.Time) int {
	y, m, _ := t.UTC().Date()
	return y*12 + int(m)
}

package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Batch gathers what a projection changes. Changes to one row fold: the later takes the place of the earlier, so that what
// reaches the database does not grow with what happened to a case in between. A Batch is not safe for concurrent use.
type Batch struct {
	schema string
	tx     *transaction
	tables []*changes
	err    error
}

// changes are those of one table. Deletions run before insertions: a row put after its deletion lives.
type changes struct {
	table *Table
	rows  [][]any          // nil where a later change took the row back
	at    map[string]int   // place in rows by key
	kin   map[string][]int // places in rows by first key column, where the key has more than one
	gone  [][][]any        // gone[n]: deleted prefixes of n+1 key columns
	known map[string]bool  // deleted prefixes, so that each is deleted once
}

// Put inserts the row or replaces the one with the same key. Values come in the order of the table's columns.
func (b *Batch) Put(t *Table, values ...any) {
	row, err := normalRow(t, t.Columns, values)
	if err != nil {
		b.fail(err)
		return
	}
	b.changes(t).put(row)
}

// Delete deletes the rows whose first key columns have the values given: the row itself where all are.
func (b *Batch) Delete(t *Table, key ...any) {
	prefix, err := normalRow(t, t.Columns[:min(len(key), t.Key)], key)
	if err != nil {
		b.fail(err)
		return
	}
	b.changes(t).remove(prefix)
}

// Query reads the projection's own rows as they were before this batch, in the transaction that will write it. Table turns
// a table into the name to read from.
func (b *Batch) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if err := b.tx.begin(ctx); err != nil {
		return nil, err
	}
	return b.tx.conn.Query(ctx, sql, args...)
}

// Table is the quoted name of a table in the schema that is being written.
func (b *Batch) Table(t *Table) string { return t.in(b.schema) }

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Batch) changes(t *Table) *changes {
	for _, c := range b.tables {
		if c.table == t {
			return c
		}
	}
	c := &changes{table: t, at: map[string]int{}, kin: map[string][]int{}, gone: make([][][]any, t.Key), known: map[string]bool{}}
	b.tables = append(b.tables, c)
	return c
}

func normalRow(t *Table, columns []Column, values []any) ([]any, error) {
	if len(values) != len(columns) || len(values) == 0 {
		return nil, fmt.Errorf("table %s: %d values for %d columns", t.Name, len(values), len(columns))
	}
	row := make([]any, len(values))
	for i, v := range values {
		var err error
		if row[i], err = columns[i].normal(v); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return row, nil
}

func (c *changes) put(row []any) {
	if c.table.Key == 0 {
		c.rows = append(c.rows, row)
		return
	}
	key := keyOf(row[:c.table.Key])
	if i, ok := c.at[key]; ok {
		c.keep(c.rows[i], row)
		c.rows[i] = row
		return
	}
	if c.table.Key > 1 {
		head := keyOf(row[:1])
		c.kin[head] = append(c.kin[head], len(c.rows))
	}
	c.at[key] = len(c.rows)
	c.rows = append(c.rows, row)
}

// keep carries over from the row that is replaced what columns keep, and adds what they add up.
func (c *changes) keep(old, row []any) {
	if old == nil {
		return
	}
	for i, column := range c.table.Columns {
		switch {
		case column.Keep && old[i] != nil:
			row[i] = old[i]
		case column.Add:
			a, _ := old[i].(int64)
			b, _ := row[i].(int64)
			row[i] = a + b
		}
	}
}

func (c *changes) remove(prefix []any) {
	key, n := keyOf(prefix), len(prefix)
	if n == c.table.Key {
		if i, ok := c.at[key]; ok {
			c.rows[i] = nil
		}
	} else {
		for _, i := range c.kin[keyOf(prefix[:1])] {
			if c.rows[i] != nil && keyOf(c.rows[i][:n]) == key {
				c.rows[i] = nil
			}
		}
	}
	if !c.known[key] {
		c.known[key] = true
		c.gone[n-1] = append(c.gone[n-1], prefix)
	}
}

// live returns the rows that are still to be put.
func (c *changes) live() [][]any {
	rows := make([][]any, 0, len(c.rows))
	for _, row := range c.rows {
		if row != nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// queue adds the statements of the changes to a pipeline. COPY would be cheaper for many rows, but knows no row-level security.
func (c *changes) queue(schema string, into *pgx.Batch) {
	c.queueDeletes(schema, into)
	if rows := c.live(); len(rows) > 0 {
		into.Queue(c.table.text(statement{schema: schema}), columns(c.table.Columns, rows)...)
	}
}

func (c *changes) queueDeletes(schema string, into *pgx.Batch) {
	for i, prefixes := range c.gone {
		if len(prefixes) > 0 {
			into.Queue(c.table.text(statement{schema, i + 1}), columns(c.table.Columns[:i+1], prefixes)...)
		}
	}
}

func columns(of []Column, rows [][]any) []any {
	args := make([]any, len(of))
	for i, c := range of {
		args[i] = column(c.Type, rows, i)
	}
	return args
}

package projections

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Type is the type of a column.
type Type string

// The types of columns, with the Go values that Batch.Put takes for them. A nil is null in each.
const (
	Text    Type = "text"        // string or a type of that kind given as string; "" stays ""
	UUID    Type = "uuid"        // string
	Time    Type = "timestamptz" // time.Time, *time.Time
	Integer Type = "bigint"      // int, uint64
	Flag    Type = "boolean"     // bool
	Bytes   Type = "bytea"       // []byte
	JSON    Type = "jsonb"       // []byte
)

// Column is a column of a Table.
type Column struct {
	Name string
	Type Type
	Keep bool // the first value that is not null stays
	Add  bool // what is put is added to what is there; Integer only
}

// Table describes a table well enough to write it. Its DDL is in the projection's schema.
type Table struct {
	Name    string
	Columns []Column
	Key     int // the first Key columns identify a row; 0 for a table to which rows are only ever added

	statements sync.Map // texts by statement: each batch needs the same few, and batches are many
}

// statement is what is done to a table of a schema: rows are put, or deleted by so many key columns.
type statement struct {
	schema   string
	deletion int // key columns, 0 for putting
}

// text is the text of a statement, made once.
func (t *Table) text(s statement) string {
	known, _ := t.statements.Load(s)
	if text, ok := known.(string); ok {
		return text
	}
	made := t.insert(s.schema, t.unnest())
	if s.deletion > 0 {
		made = t.remove(s.schema, s.deletion)
	}
	t.statements.Store(s, made)
	return made
}

func (t *Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = pgx.Identifier{c.Name}.Sanitize()
	}
	return names
}

// arrays is the list of array parameters for columns, such as $1::text[], $2::bigint[].
func arrays(columns []Column) string {
	params := make([]string, len(columns))
	for i, c := range columns {
		params[i] = fmt.Sprintf("$%d::%s[]", i+1, c.Type)
	}
	return strings.Join(params, ", ")
}

// unnest is the source of rows that are given as one array a column.
func (t *Table) unnest() string {
	return fmt.Sprintf("unnest(%s) as s (%s)", arrays(t.Columns), strings.Join(t.names(), ", "))
}

// insert is the statement that puts the rows of a source: unnest or the name of a table.
func (t *Table) insert(schema, source string) string {
	names := t.names()
	all := strings.Join(names, ", ")
	sql := fmt.Sprintf("insert into %s as t (%s) select %s from %s", t.in(schema), all, all, source)
	if t.Key == 0 {
		return sql
	}
	sets := make([]string, 0, len(names))
	for i, c := range t.Columns[t.Key:] {
		name := names[t.Key+i]
		switch {
		case c.Keep:
			sets = append(sets, fmt.Sprintf("%[1]s = coalesce(t.%[1]s, excluded.%[1]s)", name))
		case c.Add:
			sets = append(sets, fmt.Sprintf("%[1]s = t.%[1]s + excluded.%[1]s", name))
		default:
			sets = append(sets, fmt.Sprintf("%[1]s = excluded.%[1]s", name))
		}
	}
	if len(sets) == 0 {
		return fmt.Sprintf("%s on conflict (%s) do nothing", sql, strings.Join(names[:t.Key], ", "))
	}
	return fmt.Sprintf("%s on conflict (%s) do update set %s", sql, strings.Join(names[:t.Key], ", "), strings.Join(sets, ", "))
}

// remove is the statement that deletes the rows whose first n key columns are given as arrays.
func (t *Table) remove(schema string, n int) string {
	names := t.names()[:n]
	same := make([]string, n)
	for i, name := range names {
		same[i] = fmt.Sprintf("t.%[1]s = k.%[1]s", name)
	}
	return fmt.Sprintf("delete from %s as t using unnest(%s) as k (%s) where %s",
		t.in(schema), arrays(t.Columns[:n]), strings.Join(names, ", "), strings.Join(same, " and "))
}

func (t *Table) in(schema string) string { return pgx.Identifier{schema, t.Name}.Sanitize() }

// normal turns a value into the one Go type that stands for its column type, or nil.
func (c Column) normal(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int64, []byte:
		return v, nil
	case string:
		if c.Type != UUID {
			return v, nil
		}
		var id pgtype.UUID
		if err := id.Scan(v); err != nil {
			return nil, fmt.Errorf("column %s holds no UUID", c.Name)
		}
		return id, nil
	case int:
		return int64(v), nil
	case uint64:
		return int64(v), nil // positions stay far below 2^63
	case time.Time:
		return v, nil
	case *time.Time:
		if v == nil {
			return nil, nil // null is a value here
		}
		return *v, nil
	}
	return nil, fmt.Errorf("column %s takes no %T", c.Name, v)
}

// keyOf makes a map key of the values of key columns.
func keyOf(values []any) string {
	var b strings.Builder
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b.WriteString(v)
		case []byte:
			b.Write(v)
		case pgtype.UUID:
			b.Write(v.Bytes[:])
		case int64:
			fmt.Fprint(&b, v)
		}
		b.WriteByte(0)
	}
	return b.String()
}

// column gathers column i of rows in the array type that pgx encodes fastest.
func column(t Type, rows [][]any, i int) any {
	switch t {
	case Text:
		return gather(rows, i, func(s string) pgtype.Text { return pgtype.Text{String: s, Valid: true} })
	case UUID:
		return gather(rows, i, func(id pgtype.UUID) pgtype.UUID { return id })
	case Time:
		return gather(rows, i, func(at time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: at, Valid: true} })
	case Integer:
		return gather(rows, i, func(n int64) pgtype.Int8 { return pgtype.Int8{Int64: n, Valid: true} })
	case Flag:
		return gather(rows, i, func(b bool) pgtype.Bool { return pgtype.Bool{Bool: b, Valid: true} })
	default:
		return gather(rows, i, func(b []byte) []byte { return b })
	}
}

func gather[V, E any](rows [][]any, i int, as func(V) E) pgtype.FlatArray[E] {
	values := make(pgtype.FlatArray[E], len(rows))
	for n, row := range rows {
		if v, ok := row[i].(V); ok {
			values[n] = as(v)
		}
	}
	return values
}

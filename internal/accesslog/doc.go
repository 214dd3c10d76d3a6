// Package accesslog is the access record: who opened what of which case, when, for what and under which rules.
//
// The order of every reading is: decide, record, fetch the keys, open. What Journal.Record has returned from is on the disk of the
// trail; a reading whose entry cannot be written does not happen. So there is no opening without an entry. There may be an entry
// without an opening, where the process died or the connection broke between the two: the record says what was about to be shown.
//
// # What an entry holds
//
// Ids of accounts, sessions, devices, cases and requests; codes of agencies, roles, purposes, actions and field classes; times and
// counts. Never a name, never what somebody looked for, never a word of a case. An entry that holds anything but such tokens is
// refused, so that a slip of a caller does not end in a log that nothing is deleted from.
//
// # Parts
//
//	Entry    one reading or one denial, and its form on the wire
//	Journal  writes entries to the trail; what gathers while one message is written shares the next
//	Index    the trail in PostgreSQL, for questions: by case, account, session, device and agency; alerts; and how much each account
//	         opens. It follows the trail, holds nothing that is not in it, and is built anew from it alone
package accesslog

import (
	"context"
	"errors"
)

// Errors that callers decide on with errors.Is.
var (
	// ErrUnavailable says that an entry could not be made durable. What it would have spoken of must not be shown.
	ErrUnavailable = errors.New("the access record is not available")
	// ErrBehind says that the index has not reached a position in time: an answer would not be complete.
	ErrBehind = errors.New("the index of the access record is behind")
	// ErrCursor says that Page.After is not the Next of a list.
	ErrCursor = errors.New("not a cursor of this list")
	// ErrNoAlert says that there is no such alert.
	ErrNoAlert = errors.New("no such alert")
	// ErrMalformed says that an entry is not one: something is missing, too long or no plain token.
	ErrMalformed = errors.New("malformed access record")
)

// Recorder makes entries durable.
type Recorder interface {
	// Record returns the position of the message that holds the entries once it is on disk. It fails with ErrUnavailable, after which
	// nothing that the entries speak of may be shown, and with ErrMalformed.
	Record(ctx context.Context, entries ...Entry) (uint64, error)
	// Note takes over entries that nothing waits for, of what was denied. It returns as soon as they are queued, and waits only while
	// the queue is full. They are written with the next message, and again until they are. It fails with ErrUnavailable where ctx ends
	// while the queue is full.
	Note(ctx context.Context, entries ...Entry) error
}

// requestKey is the key of the request's id in a context.
type requestKey struct{}

// WithRequest names the request on whose behalf ctx is used.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestOf returns the request's id, and nothing where there is none: what an operator does on the command line has no request.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

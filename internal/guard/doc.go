// Package guard decides whether anything may be written.
//
// An append to a log that is not what it was would hand out positions for a second time and bury what was lost. A server whose disk is
// full answers nothing any more, even after space is back. So the service asks a State before each append, and somebody watches: Check
// compares the log with its second copy, with what the read models applied and with what was signed; Space watches the folders; Queue
// watches how far the read models are behind.
//
// While a State refuses, everything can still be read, and every answer to a write says when to ask again.
package guard

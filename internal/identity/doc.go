// Package identity keeps the local accounts and their sessions, and says who asks.
//
// Both lie in PostgreSQL, in the schema "identity" of the main database. A password is kept as an argon2id hash and a session's
// token as its SHA-256, so that neither can be had from the database or a copy of it. No error and no log line of this package
// carries a username, a password or a token.
//
// Every failed sign-in looks the same from outside: an unknown account, a disabled one and a wrong password give the same error
// after the same work.
//
// Resolve is on the path of every request and remembers an answer for at most two seconds. What this process does (End, EndAll,
// Disable, SetPassword) counts at once; what another process does to the same database counts within those two seconds.
package identity

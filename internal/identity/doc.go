// Package identity keeps the accounts, what their people show to sign in, and their sessions, and says who asks and how surely.
//
// People sign in by a password and a one-time code, by a passkey, or at an outside OpenID provider; what they showed makes the level
// of their session (Assurance). A factor is added only by somebody who has shown one as strong, but for a while after the account
// was made or its factors were taken away. A session may be bound to an enrolled device, whose key proves each of its requests.
//
// All of it lies in PostgreSQL, in the schema "identity" of the main database. A password is kept as an argon2id hash, a session's
// token and every code as a SHA-256, and the secret of one-time codes sealed under a key that lies elsewhere, so that none can be had
// from the database or a copy of it. No error and no log line of this package carries a username, a password or a token.
//
// Every failed sign-in looks the same from outside: an unknown account, a disabled one and a wrong password give the same error
// after the same work.
//
// Resolve is on the path of every request and remembers an answer for at most two seconds. What this process does counts at once;
// what another process does to the same database counts as soon as it is told (Listen), and within two seconds where that fails. An
// answer that takes long runs under WhileStanding and ends with its session.
package identity

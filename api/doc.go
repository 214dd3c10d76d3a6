// Package api is the HTTP face of the service: routes, strict decoding, limits, and the one map from errors to problems.
//
// It holds no rule of the mechanism. A handler names the caller, decodes what was sent, asks internal/app and encodes the
// answer; whatever goes wrong is returned as an error and becomes an RFC 9457 problem in problems.go. The addresses, bodies and
// problems are described in openapi.yaml, which is served and which a test holds against the routes in both directions.
//
// Nothing that a client sent comes back in a problem or goes into a log line: a fault is told by the place it was found at (a
// JSON pointer made of names the service knows, or the name of a parameter it knows) and by a keyword.
package api

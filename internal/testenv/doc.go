// Package testenv gives tests a real PostgreSQL and a real nats-server.
//
// Each test binary has one PostgreSQL server, started with the first call of
// Postgres and ended with the process, and each call makes a database of its
// own in it. The server is the private one of package embedded on a copy of a
// prepared cluster, without fsync. Where a container engine answers and
// SONGTOR_TEST_CONTAINERS is 1, it is a container instead. A machine without
// either fails the test and says what to install; nothing is skipped.
package testenv

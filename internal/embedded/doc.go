// Package embedded runs the two engines that Songtor needs when none is
// configured: a private PostgreSQL from the binaries installed on the machine,
// and a nats-server inside this process. It also guards the data folder, so
// that no two services ever write to one folder.
//
// Who can reach what: the PostgreSQL server has no TCP listener; it listens on
// a Unix socket in a folder that only the server's user (and root) may enter.
// The permissions of that folder are the guard; inside it the server trusts
// whoever connects. The nats-server has no listener at all unless one on
// loopback is asked for.
//
// Run by root, PostgreSQL refuses to serve; it then runs as the user postgres,
// or nobody where there is no such user, and the folder of the database belongs
// to that user. The folders above must let that user pass, which is why a data
// folder made by root has the mode 0711 and one made by anybody else 0700.
package embedded

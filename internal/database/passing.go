package database

import "strings"

// passing are the beginnings of the SQLSTATEs (PostgreSQL's appendix A) that are the moment's: lost connections, transactions rolled back for
// others' sake, lack of resources, operators' doings such as a shutdown, errors of the system such as a failing disk, a lock that others held
// for too long, a server that has become a standby and takes no writes, and what the server did not expect, such as an error of its disk
// that it has no class for.
var passing = []string{"08", "40", "53", "57", "58", "55P03", "25006", "XX000"}

// Passing reports whether an SQLSTATE says that the same statement may succeed when it is sent again.
func Passing(sqlstate string) bool {
	for _, beginning := range passing {
		if strings.HasPrefix(sqlstate, beginning) {
			return true
		}
	}
	return false
}

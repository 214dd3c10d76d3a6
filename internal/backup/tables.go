package backup

import (
	"slices"
	"strings"
)

// Class says why a table is in a backup or not.
type Class string

// The classes.
const (
	Truth   Class = "truth"   // nowhere else: saved
	Derived Class = "derived" // made from the log, the trail or the program
	Passing Class = "passing" // worth nothing after a restore: sessions, challenges, proofs that were seen
)

// table is a table with its class. A name that ends in .* is of all tables of a schema.
type table struct {
	name  string
	class Class
	why   string
}

// tables are those of the main database. Those of the class Truth stand in the order in which they are restored.
var tables = []table{
	{"identity.account", Truth, "who works here"},
	{"identity.code_secret", Truth, "secrets of one-time codes, sealed under a key of the vault"},
	{"identity.recovery_code", Truth, "digests"},
	{"identity.passkey", Truth, "public keys"},
	{"identity.invitation", Truth, "digests of codes that were handed out, for days"},
	{"identity.grant_request", Truth, "what waits for another administrator"},
	{"identity.administration", Truth, "since when there are two administrators"},
	{"identity.device", Truth, "public keys, and which devices are lost"},
	{"identity.subject", Truth, "who somebody is at an outside provider"},
	{"files.contents", Truth, "sealed contents of files"},
	{"preferences.filter", Truth, "what somebody looks for"},
	{"preferences.taking", Truth, "which case somebody was given"},
	{"quarantine.form", Truth, "sealed forms of devices that were lost"},
	{"tree.checkpoints", Truth, "signatures and cosignatures"},

	{"identity.session", Passing, "everybody signs in again"},
	{"identity.ceremony", Passing, "challenges, for minutes"},
	{"identity.ticket", Passing, "codes for a device, for ten minutes"},
	{"identity.proof_seen", Passing, "for a minute"},
	{"identity.logout_seen", Passing, "they end sessions, of which none is left"},

	{"identity.migration", Derived, "made by the program"},
	{"files.migrations", Derived, "made by the program"},
	{"preferences.migration", Derived, "made by the program"},
	{"tree.migrations", Derived, "made by the program"},
	{"quarantine.migrations", Derived, "made by the program"},
	{"tree.trees", Derived, "from both streams"},
	{"tree.hashes", Derived, "from both streams"},
	{"archive.*", Derived, "a second copy of both streams"},
	{"access.*", Derived, "from the trail"},
	{"projections.positions", Derived, "how far the read models have come"},
	{"projections.faults", Derived, "why one has stopped, found anew when it is tried again"},
	{"frontline.*", Derived, "from the log"},
	{"screening.*", Derived, "from the log"},
	{"identification.*", Derived, "from the log"},
	{"protection.*", Derived, "from the log"},
	{"inbox.*", Derived, "from the log"},
	{"timeline.*", Derived, "from the log"},
	{"incidents.*", Derived, "from the log"},
	{"links.*", Derived, "from the log"},
	{"deadlines.*", Derived, "from the log"},
	{"glass.*", Derived, "from the log"},
	{"erasures.*", Derived, "from the log"},
	{"exclusions.*", Derived, "from the log"},
	{"matching.*", Derived, "from the log, with keys"},
	{"statistics.*", Derived, "from the log, with keys"},
}

// keysTables are those of the database of the keys, all of which are saved, in the order in which they are restored.
var keysTables = []string{"public.keks", "public.service_keys", "public.case_keys", "public.destroyed", "public.ledgers", "public.carried_out"}

// ClassOf returns the class of a table of the main database, and false where nobody has said which it is.
func ClassOf(name string) (Class, bool) {
	schema, _, _ := strings.Cut(name, ".")
	for _, t := range tables {
		if t.name == name || t.name == schema+".*" {
			return t.class, true
		}
	}
	return "", false
}

// Tables lists the tables of a class, in the order in which they are restored.
func Tables(class Class) []string {
	var names []string
	for _, t := range tables {
		if t.class == class {
			names = append(names, t.name)
		}
	}
	return names
}

// KeysTables lists the tables of the database of the keys.
func KeysTables() []string { return slices.Clone(keysTables) }

package database

// Role is a role of the server.
type Role string

// The roles. Their rights are in roles.sql and main.sql; the rooms' schemas grant what each table needs.
const (
	Owner      Role = "songtor_owner"      // owns schemas, tables and functions; nobody logs in as it
	Migrate    Role = "songtor_migrate"    // makes and changes them, in the name of the owner
	Projector  Role = "songtor_projector"  // writes the read models
	Query      Role = "songtor_query"      // reads them, one viewer's rows at a time
	Audit      Role = "songtor_audit"      // adds to the schema of the access record and reads it
	Identity   Role = "songtor_identity"   // keeps accounts and sessions
	Store      Role = "songtor_store"      // keeps sealed contents of files and what people have set for themselves
	Statistics Role = "songtor_statistics" // counts people and publishes the counts
	Keys       Role = "songtor_keys"       // keeps the wrapped keys, in a database of its own
	Archive    Role = "songtor_archive"    // keeps the second copy of the log: adds to it and reads it
	Backup     Role = "songtor_backup"     // reads what is nowhere but in the database, to save it, and nothing else
)

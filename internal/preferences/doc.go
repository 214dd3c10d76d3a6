// Package preferences keeps the filters that people have saved for the lists of a stage, and which case they asked to be given last.
//
// They lie in PostgreSQL, in the schema "preferences" of the main database, under the id of the account that saved them; nobody else sees
// them. A filter is the query string of a list, made of the names and codes that lists take. It holds no personal data of a case: what it
// can name is checked here, and free text is not among it.
package preferences

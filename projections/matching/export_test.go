package matching

// OpenQuery is the question of Open, and what it asks with.
var OpenQuery = openQuery

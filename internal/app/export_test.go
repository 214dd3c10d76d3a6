package app

// MissID is the id of a command of the service itself, which anybody can work out.
var MissID = missID

package synthetic

// NotWalked are the events that no person's work adds to the demonstration.
func NotWalked() []string { return notWalked }

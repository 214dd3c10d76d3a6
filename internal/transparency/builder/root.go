package builder

import "golang.org/x/mod/sumdb/tlog"

// Root computes the root of a tree from its leaves, in their order and without keeping them. The zero value is the empty tree.
type Root struct{ edge frontier }

// Add takes the hash of the next leaf in.
func (r *Root) Add(leaf tlog.Hash) { r.edge.append(leaf) }

// Size is how many leaves the tree has.
func (r *Root) Size() int64 { return r.edge.size }

// Hash is the root.
func (r *Root) Hash() tlog.Hash { return r.edge.root() }

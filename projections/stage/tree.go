package stage

import (
	"math/bits"
	"time"
)

// The past is asked which rows were known at a moment, in an order that has nothing to do with time. An index in that order would be
// read from its beginning through everything that was not known then. So time is halved again and again into the nodes of a binary tree,
// as a relational interval tree does (Kriegel, Pötke, Seidl 2000), and each row lies at the one node at whose halves its time ends and
// begins. A moment lies at one node of each level, and only these have rows that were known at it: the list is what comes out when
// their first rows are merged.

// levels are enough for the years 1970 to 2245; a leaf is 2^grain microseconds, a little over a second.
const (
	levels = 33
	grain  = 20
)

// leaf is the number of the leaf in which a moment lies.
func leaf(t time.Time) uint64 {
	const last = 1<<levels - 1
	return min(uint64(max(t.UnixMicro(), 0))>>grain, last)
}

// node is the place in the tree of the time between two moments: the lowest node that has both.
func node(from, until time.Time) int64 {
	a, b := leaf(from), leaf(until)
	return nodeAt(a, bits.Len64(a^b))
}

// path is every node that has a moment, from the leaf to the root.
func path(at time.Time) []int64 {
	nodes := make([]int64, levels+1)
	for level := range nodes {
		nodes[level] = nodeAt(leaf(at), level)
	}
	return nodes
}

// nodeAt numbers the nodes in the order of their middles.
func nodeAt(leaf uint64, level int) int64 {
	return int64((leaf>>level*2 + 1) << level) // below 2^(levels+1)
}

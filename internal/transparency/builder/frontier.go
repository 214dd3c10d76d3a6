package builder

import (
	"maps"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the right edge of a tree that only grows: the roots of its complete subtrees, one for each bit of its size.
type frontier struct {
	size  int64
	edges map[int]tlog.Hash // by level
}

// append adds a leaf. It returns the hashes that are complete now and were not before: the leaf, then each subtree that it completed,
// which is the order of tlog.StoredHashIndex.
func (f *frontier) append(leaf tlog.Hash) []tlog.Hash {
	if f.edges == nil {
		f.edges = map[int]tlog.Hash{}
	}
	complete := []tlog.Hash{leaf}
	level := 0
	for ; f.size>>level&1 == 1; level++ {
		leaf = tlog.NodeHash(f.edges[level], leaf)
		complete = append(complete, leaf)
	}
	f.edges[level] = leaf
	f.size++
	return complete
}

// root is the root of the tree as it is.
func (f *frontier) root() tlog.Hash {
	var root tlog.Hash
	if f.size == 0 {
		root, _ = tlog.TreeHash(0, nil) // reads nothing
		return root
	}
	level := bits.TrailingZeros64(uint64(f.size))
	root = f.edges[level]
	for level++; f.size>>level > 0; level++ {
		if f.size>>level&1 == 1 {
			root = tlog.NodeHash(f.edges[level], root)
		}
	}
	return root
}

// edgesOf says where the edges of a tree of a size are stored, by level.
func edgesOf(size int64) map[int]int64 {
	indexes := map[int]int64{}
	for level := 0; size>>level > 0; level++ {
		if size>>level&1 == 1 {
			indexes[level] = tlog.StoredHashIndex(level, size>>level-1)
		}
	}
	return indexes
}

func (f *frontier) clone() *frontier { return &frontier{f.size, maps.Clone(f.edges)} }

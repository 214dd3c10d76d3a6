package transparency

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree names one of the two trees of a log.
type Tree string

// The trees.
const (
	Cases  Tree = "cases"  // every commit of every case
	Access Tree = "access" // every record of who opened what
)

// Trees lists every tree.
func Trees() []Tree { return []Tree{Cases, Access} }

// Stream is the name of the stream that the tree follows.
func (t Tree) Stream() string {
	if t == Cases {
		return "NRM"
	}
	return "ACCESS"
}

// casePrefix is how the subject of a case's messages begins.
const casePrefix = "nrm.case."

// Leaf is what the tree holds of a message.
type Leaf struct {
	Tree     Tree
	Position uint64 // in the stream, from 1
	Case     string // id of the case; empty for what belongs to none
	Digest   [sha256.Size]byte
}

// LeafOf makes the leaf of a message of the stream that the tree follows.
func LeafOf(tree Tree, position uint64, subject string, message []byte) Leaf {
	return leafOfDigest(tree, position, subject, sha256.Sum256(message))
}

func leafOfDigest(tree Tree, position uint64, subject string, digest [sha256.Size]byte) Leaf {
	l := Leaf{Tree: tree, Position: position, Digest: digest}
	if tree == Cases && len(subject) > len(casePrefix) && subject[:len(casePrefix)] == casePrefix {
		l.Case = subject[len(casePrefix):]
	}
	return l
}

// Data is the leaf as the tree takes it: lines that begin with what they are, so that no other text can be taken for it.
func (l Leaf) Data() []byte {
	b := fmt.Appendf(nil, "songtor leaf v1\nstream %s\nposition %d\n", l.Tree.Stream(), l.Position)
	if l.Case != "" {
		b = fmt.Appendf(b, "case %s\n", l.Case)
	}
	return fmt.Appendf(b, "sha256 %s\n", hex.EncodeToString(l.Digest[:]))
}

// Hash is the leaf's hash in the tree.
func (l Leaf) Hash() tlog.Hash { return tlog.RecordHash(l.Data()) }

package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"songtor/internal/access"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/projections/timeline"
)

// bundleObject is how the access record names a case's bundle.
const bundleObject = "bundle"

// CaseProof returns the bundle by which a stranger can check a case's history, as the bytes of its file. It shows what is clear of the
// case and opens nothing; what the timeline does not show its reader it withholds. It is for those who may see who looked at the case, and
// is recorded as a look at it.
func (s *Service) CaseProof(ctx context.Context, p identity.Principal, id string) ([]byte, error) {
	h, err := s.loadToRead(ctx, p, id, access.CaseReadLog)
	if err != nil {
		return nil, err
	}
	if err := s.mayOnCase(p, access.CaseReadLog, h); err != nil {
		return nil, s.denied(ctx, p, h, access.CaseReadLog, err)
	}
	if _, err := s.disclose(ctx, p, h, reading{action: access.CaseReadLog, object: bundleObject}); err != nil {
		return nil, err
	}
	withheld, err := s.withheld(ctx, p, h)
	if err != nil {
		return nil, err
	}
	messages, err := s.log.LoadRaw(ctx, id)
	if errors.Is(err, eventlog.ErrUnavailable) {
		return nil, unavailable("load the case", err)
	}
	if err != nil {
		return nil, err
	}
	messages = slices.DeleteFunc(messages, func(m eventlog.Raw) bool { return m.Position > h.position() }) // what came since was not looked at
	bundle, err := s.trees.Bundle(ctx, id, messages, withheld)
	return bundle, treeError(err)
}

// withheld are the positions at which the log says in clear what the timeline does not show a reader.
func (s *Service) withheld(ctx context.Context, p identity.Principal, h *history) (map[uint64]bool, error) {
	entries, err := timeline.EntriesOf(h.commits, time.Time{})
	if err != nil {
		return nil, err
	}
	hidden, err := s.unknown(ctx, p, otherCases(entries))
	if err != nil {
		return nil, err
	}
	sight, positions := s.sightOf(p, h, s.now()), map[uint64]bool{}
	for _, e := range entries {
		if hidden[otherCase(e)] || sight.hides(e) {
			positions[e.Position] = true
		}
	}
	return positions, nil
}

// LogTree names one of the two trees of the log.
type LogTree = transparency.Tree

// LogTrees lists the trees of the log.
func LogTrees() []LogTree { return transparency.Trees() }

// Checkpoint returns the latest signed and cosigned state of a tree, as a signed note.
func (s *Service) Checkpoint(ctx context.Context, tree LogTree) ([]byte, error) {
	signed, err := s.trees.Checkpoint(ctx, tree)
	return signed, treeError(err)
}

// Consistency proves that the tree of one size continues that of a smaller one. The hashes are in base64.
func (s *Service) Consistency(ctx context.Context, tree LogTree, old, size int64) ([]string, error) {
	proof, err := s.trees.Consistency(ctx, tree, old, size)
	return texts(proof), treeError(err)
}

// Inclusion proves that a position is in the tree of a size. The hashes are in base64.
func (s *Service) Inclusion(ctx context.Context, tree LogTree, position, size int64) ([]string, error) {
	proof, err := s.trees.Inclusion(ctx, tree, position, size)
	return texts(proof), treeError(err)
}

func texts[H fmt.Stringer](hashes []H) []string {
	encoded := make([]string, len(hashes))
	for i, h := range hashes {
		encoded[i] = h.String()
	}
	return encoded
}

func treeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, builder.ErrRange):
		return ErrNotFound
	case errors.Is(err, builder.ErrBroken):
		return unavailable("trust the log", err)
	}
	return unavailable("read the tree of the log", err)
}

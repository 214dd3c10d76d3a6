package backup

import (
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"songtor/internal/transparency"
)

// Authentic fails with ErrForeign where the trees of a backup were not signed by the log's own keys.
func Authentic(m *Manifest, keys *transparency.Keys) error {
	origin := keys.Origin(transparency.Cases)
	if name := strings.TrimSuffix(origin, "/"+string(transparency.Cases)); name != m.Log {
		return fmt.Errorf("%w: its log is %s and this one %s; --log-name names a log, and the backup of the keys must be the same service's",
			ErrForeign, m.Log, name)
	}
	for _, tree := range transparency.Trees() {
		s := m.Stream(tree.Stream())
		if s.Position == 0 {
			continue
		}
		if _, err := note.Open([]byte(s.Checkpoint), note.VerifierList(keys.Verifier(tree))); err != nil {
			return fmt.Errorf("%w: nobody signed its tree %s", ErrForeign, tree)
		}
		c, err := transparency.ParseCheckpoint([]byte(s.Checkpoint))
		if err != nil || uint64(c.Size) != s.Position || c.Root.String() != s.Root {
			return fmt.Errorf("%w: its tree %s is another than was signed", ErrForeign, tree)
		}
	}
	return nil
}

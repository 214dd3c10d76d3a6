package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
)

// maxTree is the largest size of a tree that a request may name.
const maxTree = 1 << 40

// caseProof answers GET /cases/{id}/proof with the file that `songtor verify` takes, byte for byte.
func (s *server) caseProof(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := readQuery(c).err(); err != nil {
		return err
	}
	bundle, err := s.app.CaseProof(c.Request().Context(), principal(c), id)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, jsonType, bundle)
}

// checkpoint answers GET /log/checkpoint/{tree}. It is for those who are signed in: sizes tell strangers how much happens, and when.
func (s *server) checkpoint(c echo.Context) error {
	q := readQuery(c)
	tree := treeOf(q, c.Param("tree"))
	if err := q.err(); err != nil {
		return err
	}
	signed, err := s.app.Checkpoint(c.Request().Context(), tree)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", signed)
}

// proofAnswer is the body of GET /log/proof.
type proofAnswer struct {
	Hashes []string `json:"hashes"`
}

// proof answers GET /log/proof: that one size continues another, or that a position is in a size.
func (s *server) proof(c echo.Context) error {
	q := readQuery(c, "tree", "size", "from", "position")
	tree := treeOf(q, q.values.Get("tree"))
	size, from, position := q.number("size", 0, 1, maxTree), q.number("from", 0, 1, maxTree), q.number("position", 0, 1, maxTree)
	if !q.has("size") {
		q.wrong("size", keywordRequired)
	}
	if q.has("from") == q.has("position") {
		q.wrong("from", keywordRequired)
	}
	if err := q.err(); err != nil {
		return err
	}
	prove, at := s.app.Consistency, from
	if q.has("position") {
		prove, at = s.app.Inclusion, position
	}
	hashes, err := prove(c.Request().Context(), tree, int64(at), int64(size))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, proofAnswer{hashes})
}

func treeOf(q *query, name string) app.LogTree {
	tree := app.LogTree(name)
	if !slices.Contains(app.LogTrees(), tree) {
		q.wrong("tree", keywordEnum)
	}
	return tree
}

package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/files"
	"songtor/internal/identity"
)

// File is a file that belongs to a case.
type File struct {
	Name      string
	MediaType string
	Content   []byte // at most MaxFile bytes
}

// MaxFile is the most that a file may hold, in bytes.
const MaxFile = files.MaxSize

// AttachFile adds a file to a case. The id is the caller's, so that a repeated call adds it once. The content is stored sealed before
// the log names it; the second result is false where the same file had been added before.
func (s *Service) AttachFile(ctx context.Context, p identity.Principal, caseID, fileID string, f File) (Receipt, bool, error) {
	if len(f.Content) == 0 {
		return Receipt{}, false, invalid("", "minLength")
	}
	sum := sha256.Sum256(f.Content)
	now := s.Now().UTC()
	details := domain.FileDetails{Name: f.Name, MediaType: f.MediaType, SHA256: hex.EncodeToString(sum[:])}
	op := operation{
		by: p, action: access.AttachFile, caseID: caseID, id: fileID, happenedAt: now, recordedAt: now,
		body: []byte(details.SHA256 + "\x00" + f.MediaType + "\x00" + f.Name),
	}
	op.prepare = func(h *history) (domain.Command, error) {
		sealed, err := h.keys.Seal(domain.ScopeSensitive, filePlace(fileID), f.Content)
		if err != nil {
			return nil, err
		}
		if details.Blob, err = s.files.Add(ctx, caseID, sealed); err != nil {
			return nil, unavailable("store the file", err)
		}
		return domain.AttachFile{File: fileID, Size: len(f.Content), Details: details}, nil
	}
	return s.execute(ctx, op)
}

// ReadFile returns a file of a case to somebody who may open it.
func (s *Service) ReadFile(ctx context.Context, p identity.Principal, caseID, fileID string) (File, error) {
	h, err := s.load(ctx, caseID)
	if err != nil {
		return File{}, err
	}
	sight := s.sightOf(p, h, s.now())
	if err := s.mayOnCase(p, access.CaseReadSensitive, h); err != nil || !sight.sees(domain.DataDecisions) {
		return File{}, s.denied(ctx, p, caseID, access.CaseFile, ErrNotFound)
	}
	if !hasFile(h, fileID) {
		return File{}, ErrNotFound
	}
	grant, err := s.disclose(ctx, p, h, reading{action: access.CaseFile, object: fileID, scopes: []domain.Scope{domain.ScopeSensitive}})
	if err != nil {
		return File{}, err
	}
	if err := s.show(ctx, h, grant, domain.ScopeSensitive); err != nil {
		return File{}, err
	}
	if h.keys == nil {
		return File{}, ErrErased
	}
	details, ok := fileOf(h, fileID)
	if !ok {
		return File{}, ErrNotFound
	}
	sealed, err := s.files.Get(ctx, caseID, details.Blob)
	switch {
	case errors.Is(err, files.ErrNone):
		return File{}, ErrNotFound
	case err != nil:
		return File{}, unavailable("read the file", err)
	}
	content, err := h.keys.Open(domain.ScopeSensitive, filePlace(fileID), sealed)
	return File{Name: details.Name, MediaType: details.MediaType, Content: content}, err
}

// filePlace binds a content to the file whose it is.
func filePlace(fileID string) []byte { return []byte("file\x00" + fileID) }

func hasFile(h *history, fileID string) bool {
	for _, c := range h.commits {
		for _, f := range c.Facts {
			if e, is := f.Event.(*domain.FileAttached); is && e.File == fileID {
				return true
			}
		}
	}
	return false
}

func fileOf(h *history, fileID string) (details domain.FileDetails, ok bool) {
	for _, c := range h.commits {
		for _, f := range c.Facts {
			if e, is := f.Event.(*domain.FileAttached); is && e.File == fileID {
				return details, e.Details.Reveal(&details) == nil
			}
		}
	}
	return details, false
}

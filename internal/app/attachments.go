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
	"songtor/internal/upload"
)

// File is a file that belongs to a case.
type File struct {
	Name      string
	MediaType string
	Content   []byte // at most MaxFile bytes
	Original  bool   // a picture is kept as it came, with what the camera wrote into it: it is evidence
}

// Extension is the ending of the names of files of this one's type, empty for a type that is no longer taken.
func (f File) Extension() string {
	for _, k := range upload.Kinds() {
		if k.MediaType == f.MediaType {
			return k.Extension()
		}
	}
	return ""
}

// ErrFileKind says that a file is of a kind that is not taken, or that its content, type and name disagree on its kind.
var ErrFileKind = errors.New("this kind of file is not taken")

// Keywords of what is wrong with a picture.
const (
	KeywordPixels  = "x-pixels"  // more than upload.MaxPixels points
	KeywordPicture = "x-picture" // cannot be decoded
)

// MaxFile is the most that a file may hold, in bytes.
const MaxFile = files.MaxSize

// AttachFile adds a file to a case. The id is the caller's, so that a repeated call adds it once. A picture is encoded anew, unless it is
// to be kept as it came; what is stored and described is what came out of that. The content is stored sealed before the log names it; the
// second result is false where the same file had been added before.
func (s *Service) AttachFile(ctx context.Context, p identity.Principal, caseID, fileID string, f File) (Receipt, bool, error) {
	if len(f.Content) == 0 {
		return Receipt{}, false, invalid("", "minLength")
	}
	kind, err := upload.KindOf(f.Name, f.MediaType, f.Content)
	if err != nil {
		return Receipt{}, false, ErrFileKind
	}
	now := s.Now().UTC()
	op := operation{
		by: p, action: access.AttachFile, caseID: caseID, id: fileID, happenedAt: now, recordedAt: now,
		body: f.fingerprint(),
	}
	op.prepare = func(h *history) (domain.Command, error) {
		content, err := s.cleaned(ctx, kind, f)
		if err != nil {
			return nil, err
		}
		sealed, err := h.keys.Seal(domain.ScopeSensitive, filePlace(fileID), content)
		if err != nil {
			return nil, err
		}
		details := domain.FileDetails{Name: f.Name, MediaType: kind.MediaType, SHA256: digestOf(content), Original: kind.Picture && f.Original}
		if details.Blob, err = s.files.Add(ctx, caseID, sealed); err != nil {
			return nil, unavailable("store the file", err)
		}
		return domain.AttachFile{File: fileID, Size: len(content), Details: details}, nil
	}
	return s.execute(ctx, op)
}

// fingerprint tells files apart as they were sent.
func (f File) fingerprint() []byte {
	text := digestOf(f.Content) + "\x00" + f.MediaType + "\x00" + f.Name
	if f.Original {
		text += "\x00original"
	}
	return []byte(text)
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// cleaned returns what is stored of a file.
func (s *Service) cleaned(ctx context.Context, k upload.Kind, f File) ([]byte, error) {
	if !k.Picture {
		return f.Content, nil
	}
	clean, err := s.pictures.Clean(ctx, k, f.Content)
	switch {
	case errors.Is(err, upload.ErrPixels):
		return nil, invalid("", KeywordPixels)
	case errors.Is(err, upload.ErrDamaged):
		return nil, invalid("", KeywordPicture)
	case errors.Is(err, upload.ErrBusy):
		return nil, unavailable("make a picture clean", err)
	case err != nil:
		return nil, err
	case f.Original: // as it came, once it is known to be a picture
		return f.Content, nil
	}
	return clean, nil
}

// ReadFile returns a file of a case to somebody who may open it.
func (s *Service) ReadFile(ctx context.Context, p identity.Principal, caseID, fileID string) (File, error) {
	h, err := s.loadToRead(ctx, p, caseID, access.CaseReadSensitive)
	if err != nil {
		return File{}, err
	}
	if h.state.Standing.Status == domain.Erased && s.mayOnCase(p, access.CaseRead, h) == nil {
		return File{}, ErrErased
	}
	sight := s.sightOf(p, h, s.now())
	if err := s.mayOnCase(p, access.CaseReadSensitive, h); err != nil || !sight.sees(domain.DataDecisions, domain.ScopeSensitive) {
		return File{}, s.denied(ctx, p, h, access.CaseFile, ErrNotFound)
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
	sealed, err := files.Get(ctx, s.opened(p, caseID), caseID, details.Blob)
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

package domain

import (
	"slices"
	"unicode/utf8"
)

// Audience says who may read a note.
type Audience string

// The audiences.
const (
	ForCase   Audience = "case"   // everybody who may open the case
	ForAgency Audience = "agency" // the agency that wrote it
)

// Audiences lists the audiences.
func Audiences() []Audience { return []Audience{ForCase, ForAgency} }

// NoteAdded says that somebody wrote something down about the case.
type NoteAdded struct {
	v1
	Audience Audience `json:"audience"`
	Agency   string   `json:"agency"` // that wrote it
	Text     Private  `json:"text"`   // string
}

// FileAttached says that a file belongs to the case. Its content lies sealed outside the log, under the case's keys.
type FileAttached struct {
	v1
	File    string  `json:"file"`
	Size    int     `json:"size"`    // in bytes
	Details Private `json:"details"` // FileDetails
}

// FileDetails describe a file.
type FileDetails struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"` // of the clear content, in hex
	Blob      string `json:"blob"`   // where the sealed content lies

	// Original says that a picture was kept as it came, with all that a camera writes into it, because it is evidence.
	Original bool `json:"original,omitzero"`
}

// EventType implements Event.
func (*NoteAdded) EventType() string { return "case.note_added" }

// Privates implements Event.
func (e *NoteAdded) Privates() []*Private { return []*Private{&e.Text} }

// EventType implements Event.
func (*FileAttached) EventType() string { return "case.file_attached" }

// Privates implements Event.
func (e *FileAttached) Privates() []*Private { return []*Private{&e.Details} }

// AddNote writes something down. It is allowed on ended cases too: what comes to be known late must not be lost.
type AddNote struct {
	Audience Audience
	Text     string
}

func (c AddNote) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case s.Standing.Status == ConsentDenied:
		return nil, refused(s, "consent.nothing_is_kept")
	case !slices.Contains(Audiences(), c.Audience):
		return nil, invalid("note.unknown_audience")
	case c.Text == "" || !utf8.ValidString(c.Text):
		return nil, invalid("note.empty")
	}
	return []Event{&NoteAdded{Audience: c.Audience, Agency: r.By.Agency, Text: private(ScopeSensitive, c.Text)}}, nil
}

// AttachFile adds a file whose sealed content has been stored already.
type AttachFile struct {
	File    string
	Size    int
	Details FileDetails
}

func (c AttachFile) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case s.Standing.Status == ConsentDenied:
		return nil, refused(s, "consent.nothing_is_kept")
	case c.File == "" || c.Size <= 0 || c.Details.MediaType == "" || c.Details.SHA256 == "":
		return nil, invalid("file.incomplete")
	case slices.Contains(s.Files, c.File):
		return nil, refused(s, "file.attached_already")
	}
	return []Event{&FileAttached{File: c.File, Size: c.Size, Details: private(ScopeSensitive, c.Details)}}, nil
}

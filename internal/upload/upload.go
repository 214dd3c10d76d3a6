// Package upload decides what a file that somebody sent may be, and makes clean what can be made clean.
//
// A file has to be of one of the few kinds of Kinds, and its content, its declared media type and the ending of its name have to agree on
// which. A picture is decoded and encoded anew, which leaves nothing of it but its points: no place, time and camera of EXIF, no XMP, no
// colour profile, no second file behind or inside it. Every other kind is kept as it is; what serves it must neither show nor run it.
//
// Sources: OWASP ASVS 5.0, chapter 5 (5.2.2 content against extension, 5.2.6 pixel floods) and 14.2.8 (metadata).
package upload

import (
	"bytes"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// What is wrong with a file.
var (
	// ErrKind says that the file is of no kind that is taken, or that its content, type and name disagree.
	ErrKind = errors.New("the file is not of a kind that is taken")
	// ErrPixels says that a picture has more points than MaxPixels.
	ErrPixels = errors.New("the picture is too large")
	// ErrDamaged says that a picture cannot be decoded.
	ErrDamaged = errors.New("the picture is damaged")
	// ErrBusy says that a picture could not be made clean in time.
	ErrBusy = errors.New("the picture could not be made clean in time")
)

// Kind is a kind of file that is taken.
type Kind struct {
	MediaType  string   // as it is written down
	Aliases    []string // other names that clients declare for it
	Extensions []string // endings of names, the first being its own
	Picture    bool     // is encoded anew

	is func(content []byte) bool
}

// Extension is the ending that a file of the kind is given.
func (k Kind) Extension() string { return k.Extensions[0] }

// kinds are those of which content can be told apart by itself.
var kinds = []Kind{
	{MediaType: "image/jpeg", Aliases: []string{"image/jpg", "image/pjpeg"}, Extensions: []string{".jpg", ".jpeg"}, Picture: true, is: begins("\xff\xd8\xff")},
	{MediaType: "image/png", Extensions: []string{".png"}, Picture: true, is: begins("\x89PNG\r\n\x1a\n")},
	{MediaType: "application/pdf", Extensions: []string{".pdf"}, is: begins("%PDF-")},
	{MediaType: "text/plain", Extensions: []string{".txt"}, is: isText},
	{MediaType: "audio/mpeg", Aliases: []string{"audio/mp3"}, Extensions: []string{".mp3"}, is: isMP3},
	{MediaType: "audio/mp4", Aliases: []string{"audio/x-m4a", "audio/m4a", "audio/aac"}, Extensions: []string{".m4a", ".mp4"}, is: isMP4Audio},
	{MediaType: "audio/ogg", Aliases: []string{"audio/opus", "application/ogg"}, Extensions: []string{".ogg", ".oga", ".opus"}, is: begins("OggS\x00")},
	{MediaType: "audio/wav", Aliases: []string{"audio/x-wav", "audio/wave", "audio/vnd.wave"}, Extensions: []string{".wav"}, is: isWAV},
	{MediaType: "audio/amr", Extensions: []string{".amr"}, is: begins("#!AMR")},
	{MediaType: "audio/flac", Aliases: []string{"audio/x-flac"}, Extensions: []string{".flac"}, is: begins("fLaC")},
}

// Kinds lists the kinds of file that are taken.
func Kinds() []Kind { return slices.Clone(kinds) }

// KindOf returns the kind on which content, declared media type and name agree. The type may carry a charset, which for a text has to be
// UTF-8. Fails with ErrKind.
func KindOf(name, mediaType string, content []byte) (Kind, error) {
	declared, parameters, _ := strings.Cut(strings.ToLower(mediaType), ";")
	declared = strings.TrimSpace(declared)
	for _, k := range kinds {
		if k.MediaType != declared && !slices.Contains(k.Aliases, declared) {
			continue
		}
		if !slices.Contains(k.Extensions, strings.ToLower(path.Ext(name))) || !k.is(content) || !charsetIsUTF8(parameters) {
			return Kind{}, ErrKind
		}
		return k, nil
	}
	return Kind{}, ErrKind
}

func charsetIsUTF8(parameters string) bool {
	parameters = strings.TrimSpace(parameters)
	charset, named := strings.CutPrefix(parameters, "charset=")
	return parameters == "" || named && strings.Trim(charset, `"`) == "utf-8"
}

func begins(signature string) func([]byte) bool {
	return func(content []byte) bool { return bytes.HasPrefix(content, []byte(signature)) }
}

// isText reports a text in UTF-8 without control characters but line ends and tabs. That it is no page is seen to by how it is served.
func isText(content []byte) bool {
	if !utf8.Valid(content) {
		return false
	}
	return !bytes.ContainsFunc(content, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f
	})
}

// isMP3 reports an ID3 tag or a frame of MPEG audio layer III.
func isMP3(content []byte) bool {
	if bytes.HasPrefix(content, []byte("ID3")) {
		return true
	}
	return len(content) > 2 && content[0] == 0xff && content[1]&0xe6 == 0xe2
}

// isMP4Audio reports the container of ISO/IEC 14496-12 whose brand says that it holds sound alone, or that a telephone recorded.
func isMP4Audio(content []byte) bool {
	if len(content) < 12 || string(content[4:8]) != "ftyp" {
		return false
	}
	return slices.Contains([]string{"M4A ", "M4B ", "mp42", "isom", "3gp4", "3gp5"}, string(content[8:12]))
}

func isWAV(content []byte) bool {
	return len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WAVE"
}

package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/schemas"
)

// fileNameHeader carries the name of a file, percent-encoded UTF-8: a header holds no other letters than those of English.
const fileNameHeader = "Songtor-File-Name"

const (
	maxFileName  = 255 // code points
	maxMediaType = 200 // bytes
	filePart     = 64 << 10
)

// originalHeader keeps a picture as it came, where its value is keepOriginal: with the place and the time that the camera wrote into it.
const (
	originalHeader = "Songtor-Original"
	keepOriginal   = "evidence"
)

// attachFile answers PUT /cases/{id}/files/{file}. The client made the file's id and repeats the call until it has a receipt.
func (s *server) attachFile(c echo.Context) error {
	caseID, err := pathID(c)
	if err != nil {
		return err
	}
	fileID, ok := canonicalID(c.Param("file"))
	if !ok {
		return badParameter("file", keywordFormat)
	}
	file, err := readFile(c)
	if err != nil {
		return err
	}
	giveBack, err := s.mayAttach(principal(c), caseID, len(file.Content))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), handlerTimeout)
	defer cancel()
	receipt, created, err := s.app.AttachFile(ctx, principal(c), caseID, fileID, file)
	if !created { // was there before, or is not taken
		giveBack()
	}
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}

func readFile(c echo.Context) (app.File, error) {
	name, err := fileName(c)
	if err != nil {
		return app.File{}, err
	}
	mediaType, err := mediaType(c)
	if err != nil {
		return app.File{}, err
	}
	original := c.Request().Header.Get(originalHeader)
	if original != "" && original != keepOriginal {
		return app.File{}, badParameter(originalHeader, keywordEnum)
	}
	content, err := readUpload(c, maxFile)
	return app.File{Name: name, MediaType: mediaType, Content: content, Original: original != ""}, err
}

func fileName(c echo.Context) (string, error) {
	name, err := url.PathUnescape(c.Request().Header.Get(fileNameHeader))
	switch {
	case err != nil || !utf8.ValidString(name):
		return "", badParameter(fileNameHeader, keywordFormat)
	case strings.TrimSpace(name) == "":
		return "", badParameter(fileNameHeader, keywordRequired)
	case utf8.RuneCountInString(name) > maxFileName:
		return "", badParameter(fileNameHeader, keywordMaxLength)
	case !schemas.CleanText(name, false) || strings.ContainsAny(name, `/\`):
		return "", badParameter(fileNameHeader, schemas.KeywordText)
	}
	return name, nil
}

// mediaType reads what the client says that the file is, in its canonical spelling.
func mediaType(c echo.Context) (string, error) {
	declared, params, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || !strings.Contains(declared, "/") {
		return "", reject(wrongType)
	}
	canonical := mime.FormatMediaType(declared, params)
	if canonical == "" || len(canonical) > maxMediaType {
		return "", reject(wrongType)
	}
	return canonical, nil
}

// readUpload reads a body that may take longer than a request otherwise takes, as long as the client keeps sending.
func readUpload(c echo.Context, limit int64) ([]byte, error) {
	if c.Request().ContentLength > limit {
		return nil, reject(tooLarge)
	}
	upload := stream{c, http.NewResponseController(c.Response())}
	end := time.Now().Add(uploadTimeout)
	content, err := io.ReadAll(http.MaxBytesReader(c.Response(), io.NopCloser(&patientReader{c.Request().Body, upload, end}), limit))
	if err != nil {
		return nil, readFault(err)
	}
	upload.awaitRead(readTimeout)
	return content, upload.mayWrite()
}

// patientReader gives the client another while at every read, until an end.
type patientReader struct {
	body io.Reader
	out  stream
	end  time.Time
}

// Read implements io.Reader.
func (r *patientReader) Read(p []byte) (int, error) {
	r.out.awaitRead(min(readTimeout, time.Until(r.end)))
	return r.body.Read(p)
}

// file answers GET /cases/{id}/files/{file}.
func (s *server) file(c echo.Context) error {
	caseID, err := pathID(c)
	if err != nil {
		return err
	}
	fileID, ok := canonicalID(c.Param("file"))
	if !ok {
		return app.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), handlerTimeout)
	defer cancel()
	found, err := s.app.ReadFile(ctx, principal(c), caseID, fileID)
	if err != nil {
		return err
	}
	return sendFile(c, fileID, found)
}

// filePolicy is the content policy of a file: should a browser show it in spite of all, it is nobody's page and runs nothing.
const filePolicy = "default-src 'none'; sandbox"

// sendFile sends a file as one to be saved: whatever it is, a browser neither shows nor runs it. It is named by its id, because a name
// that somebody gave ends up in the lists of recent files of a shared computer; the case tells the name.
func sendFile(c echo.Context, id string, f app.File) error {
	out := newStream(c, echo.MIMEOctetStream)
	out.letBeSilent()
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+id+f.Extension()+`"`)
	h.Set(echo.HeaderContentSecurityPolicy, filePolicy)
	h.Set("X-Download-Options", "noopen")
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(f.Content)))
	c.Response().WriteHeader(http.StatusOK)
	for part := range slices.Chunk(f.Content, filePart) {
		if err := out.write(part); err != nil {
			return nil //nolint:nilerr // the answer has begun: there is nobody to tell
		}
	}
	return nil
}

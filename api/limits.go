package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
)

// Limits of one request. Those of the JSON inside a body are the schemas package's.
const (
	maxScreening = 256 << 10 // bytes of one screening, by itself or as a line of a batch
	maxBody      = 128 << 10 // bytes of every other body: three long texts in Thai and what goes with them
	maxFile      = app.MaxFile
	maxHeader    = 16 << 10 // bytes of all headers

	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	uploadTimeout     = 10 * time.Minute // of a file, by a client that keeps sending
	handlerTimeout    = 25 * time.Second // less than writeTimeout, so that a slow handler still answers with a problem
	writeTimeout      = 60 * time.Second
	idleTimeout       = 120 * time.Second
)

const (
	jsonType      = "application/json"
	jsonLinesType = "application/x-ndjson"

	otherJSONLinesType = "application/jsonl"
)

// readBody reads a JSON body of at most limit bytes.
func readBody(c echo.Context, limit int64) ([]byte, error) {
	return readBodyOf(c, limit, jsonType)
}

// readBodyOf reads a body of one of the media types.
func readBodyOf(c echo.Context, limit int64, types ...string) ([]byte, error) {
	if err := mustBeOfType(c, types...); err != nil {
		return nil, err
	}
	if c.Request().ContentLength > limit {
		return nil, reject(tooLarge)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	if err != nil {
		return nil, readFault(err)
	}
	return body, nil
}

// readFault tells why a body could not be read to its end.
func readFault(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return reject(tooLarge)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return reject(tooSlow)
	}
	return reject(malformed)
}

// mustBeOfType refuses a body that is not declared as one of the media types in UTF-8. That a form of a foreign page cannot
// declare application/json is also part of the protection against cross-site requests.
func mustBeOfType(c echo.Context, types ...string) error {
	declared, params, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil {
		return reject(wrongType)
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return reject(wrongType)
	}
	for _, t := range types {
		if declared == t {
			return nil
		}
	}
	return reject(wrongType)
}

// limitTime gives a handler a deadline.
func limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), handlerTimeout)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// stream is an answer that is written bit by bit, for as long as it takes. The timeouts of the connection are for answers that
// are written at once; a stream moves them along as it makes progress, so that only a client that stopped is cut off.
type stream struct {
	c  echo.Context
	rc *http.ResponseController
}

func newStream(c echo.Context, contentType string) stream {
	s := stream{c, http.NewResponseController(c.Response())}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, contentType)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers the answer would hold back what is due now
	return s
}

// mayWrite gives the answer another while to be written.
func (s stream) mayWrite() error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// write sends p at once.
func (s stream) write(p []byte) error {
	if err := s.mayWrite(); err != nil {
		return err
	}
	if _, err := s.c.Response().Write(p); err != nil {
		return err
	}
	return s.rc.Flush()
}

// awaitRead gives the client another while to send something; forever lets it be silent.
func (s stream) awaitRead(d time.Duration) {
	_ = s.rc.SetReadDeadline(time.Now().Add(d)) // unsupported only behind a recorder, which cannot stall
}

func (s stream) letBeSilent() {
	_ = s.rc.SetReadDeadline(time.Time{})
}

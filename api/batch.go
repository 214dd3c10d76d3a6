package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/schemas"
)

const (
	maxBatchLines    = 10_000
	maxBatchInFlight = 32 // enough to let the log's fsyncs overlap; at most 8 MiB of lines in memory
)

// lineResult is one line of the answer to a batch. Exactly one of Receipt and Problem is set.
type lineResult struct {
	Line    int          `json:"line"` // of the input, from 1
	ID      string       `json:"id,omitzero"`
	Status  int          `json:"status"`
	Receipt *app.Receipt `json:"receipt,omitzero"`
	Problem *problem     `json:"problem,omitzero"`
}

// submitBatch answers POST /screenings/batch: one result for each line that is not blank, in the order of the lines, each as
// soon as it is known. A line is a screening as PUT takes it, with its id beside the other members; what is wrong with one line
// says nothing of another.
func (s *server) submitBatch(c echo.Context) error {
	return s.answerLines(c, maxScreening, s.takeLine)
}

// accept takes the body of one line, whose id has been taken out, to the log.
type accept func(ctx context.Context, by identity.Principal, id string, body []byte) (r app.Receipt, created bool, err error)

// answerLines answers a request of JSON lines of at most limit bytes with one result for each.
func (s *server) answerLines(c echo.Context, limit int, take accept) error {
	if err := mustBeOfType(c, jsonLinesType, otherJSONLinesType); err != nil {
		return err
	}
	out := newStream(c, jsonLinesType)
	if err := out.rc.EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	b := &batch{
		server: s, ctx: ctx, by: principal(c), instance: instance(c), out: out, limit: limit, accept: take,
		lines: bufio.NewReaderSize(c.Request().Body, 64<<10),
		// With one result being waited for, these are all that may be in flight.
		pending: make(chan chan lineResult, maxBatchInFlight-1),
	}
	return b.run(cancel)
}

// batch is one request on its way: read puts a place for each result into pending and lets the line be worked on; write takes
// the places out in the same order.
type batch struct {
	server   *server
	ctx      context.Context // of the request: a batch lives exactly as long
	by       identity.Principal
	instance string
	out      stream
	limit    int // bytes of a line
	accept   accept
	lines    *bufio.Reader
	pending  chan chan lineResult
}

// run returns when nothing of the batch touches the request any more.
func (b *batch) run(cancel context.CancelFunc) error {
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read()
	}()
	err := b.write()
	cancel()
	<-read
	if !b.out.c.Response().Committed {
		b.out.c.Response().WriteHeader(http.StatusOK) // a batch without lines
	}
	return err
}

func (b *batch) write() error {
	for place := range b.pending {
		line, err := json.Marshal(<-place)
		if err != nil {
			return err
		}
		if err := b.out.write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// read ends with the input, with the client or with the session.
func (b *batch) read() {
	defer close(b.pending)
	for n := 1; ; n++ {
		b.out.awaitRead(readTimeout)
		line, err := b.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if n > maxBatchLines {
			err = errBatchEnds{reject(tooLarge)}
		}
		if len(line) == 0 && err == nil {
			continue
		}
		if b.server.rates.writes.Await(b.ctx, b.by.UserID, 1) != nil {
			return
		}
		if !b.start(n, line, err) {
			return
		}
	}
}

// next reads a line, unless the session has ended before or meanwhile. It is asked before too: the end of a session may have come
// between the last line and the deadline that was just moved along.
func (b *batch) next() ([]byte, error) {
	if signedOut(b.ctx) {
		return nil, errBatchEnds{identity.ErrNoSession}
	}
	line, err := readLine(b.lines, b.limit)
	if signedOut(b.ctx) {
		return nil, errBatchEnds{identity.ErrNoSession}
	}
	return line, err
}

// errBatchEnds is an error after which no further line is read.
type errBatchEnds struct{ error }

func (e errBatchEnds) Unwrap() error { return e.error }

// start lets one line be worked on. It reports whether another may be read.
func (b *batch) start(n int, line []byte, err error) bool {
	place := make(chan lineResult, 1)
	select {
	case b.pending <- place:
	case <-b.ctx.Done():
		select {
		case b.pending <- place: // to say why, where somebody still takes it
		default:
			return false
		}
	}
	if err != nil {
		place <- b.failed(n, "", err)
		return !errors.As(err, new(errBatchEnds))
	}
	go func() { place <- b.submit(n, line) }()
	return true
}

func (b *batch) submit(n int, line []byte) (result lineResult) {
	var id string
	defer func() {
		if v := recover(); v != nil {
			result = b.failed(n, id, newPanicked(v))
		}
	}()
	id, body, err := splitLine(line)
	if err != nil {
		return b.failed(n, id, err)
	}
	ctx, cancel := context.WithTimeout(b.ctx, handlerTimeout)
	defer cancel()
	receipt, created, err := b.accept(ctx, b.by, id, body)
	switch {
	case err != nil:
		return b.failed(n, id, err)
	case created:
		return lineResult{Line: n, ID: id, Status: http.StatusCreated, Receipt: &receipt}
	}
	return lineResult{Line: n, ID: id, Status: http.StatusOK, Receipt: &receipt}
}

func (b *batch) failed(n int, id string, err error) lineResult {
	p := problemOf(err)
	p.Instance = b.instance + ":" + strconv.Itoa(n)
	if p.Status >= http.StatusInternalServerError {
		b.server.log.ErrorContext(b.ctx, "line of a batch failed", slog.String("instance", p.Instance), slog.String("error", err.Error()))
	}
	return lineResult{Line: n, ID: id, Status: p.Status, Problem: &p}
}

// readLine reads one line of at most limit bytes without the white space around it. Of a longer line it returns none, and the
// error that says so; the next call reads the line after it. io.EOF means that there was no further line.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	tooLong, empty := false, true
	for {
		part, err := r.ReadSlice('\n')
		empty = empty && len(part) == 0
		if tooLong = tooLong || len(line)+len(part) > limit+len("\r\n"); tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && empty:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, errBatchEnds{readFault(err)}
		case tooLong:
			return nil, reject(tooLarge)
		}
		return bytes.TrimSpace(line), nil
	}
}

// splitLine takes the id out of a line. What is left is the body of a PUT with every byte of its members as it was sent, so
// that the same screening sent either way is the same request.
func splitLine(line []byte) (id string, body []byte, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(line))
	if start, err := d.ReadToken(); err != nil || start.Kind() != '{' {
		return "", nil, invalid(schemas.Violation{Keyword: notAnObject(err)})
	}
	body = append(make([]byte, 0, len(line)), '{')
	for d.PeekKind() == '"' {
		name, value, err := readMember(d)
		if err != nil {
			return "", nil, invalid(schemas.Violation{Keyword: schemas.KeywordJSON})
		}
		if string(name) == `"id"` {
			id = string(value)
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(append(append(body, name...), ':'), value...)
	}
	if !endsHere(d) {
		return "", nil, invalid(schemas.Violation{Keyword: schemas.KeywordJSON})
	}
	if id, err = lineID(id); err != nil {
		return "", nil, err
	}
	return id, append(body, '}'), nil
}

func notAnObject(err error) string {
	if err != nil {
		return schemas.KeywordJSON
	}
	return keywordType
}

func readMember(d *jsontext.Decoder) (name, value jsontext.Value, err error) {
	if name, err = d.ReadValue(); err != nil {
		return nil, nil, err
	}
	name = name.Clone()
	value, err = d.ReadValue()
	return name, value, err
}

// endsHere reports whether the object is closed and nothing follows it.
func endsHere(d *jsontext.Decoder) bool {
	if _, err := d.ReadToken(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return errors.Is(err, io.EOF)
}

func lineID(value string) (string, error) {
	if value == "" {
		return "", invalid(schemas.Violation{Pointer: "/id", Keyword: keywordRequired})
	}
	if value[0] != '"' {
		return "", invalid(schemas.Violation{Pointer: "/id", Keyword: keywordType})
	}
	id, ok := canonicalID(value[1 : len(value)-1])
	if !ok {
		return "", invalid(schemas.Violation{Pointer: "/id", Keyword: keywordFormat})
	}
	return id, nil
}

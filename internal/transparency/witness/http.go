package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/transparency"
)

const (
	// maxRequest bounds a request in bytes: a checkpoint with many signatures and the longest proof take a small part of it.
	maxRequest = 64 << 10
	// maxProof is the most hashes that a proof may have.
	maxProof = 63
	// sizeType is the content type of a size.
	sizeType = "text/x.tlog.size"
)

// Handler answers POST /add-checkpoint.
func (w *Witness) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", w.addCheckpoint)
	return mux
}

func (w *Witness) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, "the request is too large or broke off", http.StatusBadRequest)
		return
	}
	asked, err := parseRequest(body)
	var line []byte
	if err == nil {
		line, err = w.cosign(asked)
	}
	if moved, ok := errors.AsType[*Conflict](err); ok {
		rw.Header().Set("Content-Type", sizeType)
		rw.WriteHeader(http.StatusConflict)
		fmt.Fprintf(rw, "%d\n", moved.Size)
		return
	}
	if err != nil {
		http.Error(rw, explain(err), statusOf(err))
		return
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = rw.Write(line)
}

// refusals are the statuses of the tlog-witness specification.
var refusals = []struct {
	err    error
	status int
}{
	{ErrMalformed, http.StatusBadRequest},
	{ErrNotSigned, http.StatusForbidden},
	{ErrUnknownLog, http.StatusNotFound},
	{ErrInconsistent, http.StatusUnprocessableEntity},
}

func statusOf(err error) int {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.status
		}
	}
	return http.StatusInternalServerError
}

// explain keeps what is the machine's own, such as a path, from who asks.
func explain(err error) string {
	if statusOf(err) == http.StatusInternalServerError {
		return "the witness cannot remember, so it does not sign"
	}
	return err.Error()
}

// parseRequest reads a request: the old size, the proof, an empty line and the checkpoint.
func parseRequest(body []byte) (request, error) {
	head, signed, found := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseInt(size, 10, 64)
	if !found || !isOld || err != nil || old < 0 || strconv.FormatInt(old, 10) != size || len(lines)-1 > maxProof {
		return request{}, ErrMalformed
	}
	r := request{old: old, signed: signed}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil || h.String() != line { // one hash is written in one way
			return request{}, ErrMalformed
		}
		r.proof = append(r.proof, h)
	}
	if r.checkpoint, err = transparency.ParseCheckpoint(signed); err != nil {
		return request{}, ErrMalformed
	}
	return r, nil
}

// body is a request as it is sent.
func (r request) body() []byte {
	b := fmt.Appendf(nil, "old %d\n", r.old)
	for _, h := range r.proof {
		b = fmt.Appendf(b, "%s\n", h)
	}
	return append(append(b, '\n'), r.signed...)
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/synthetic"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
)

// halfSent is a form of which the service has the headers and half of the body.
type halfSent struct {
	conn net.Conn
	rest []byte
	id   string
}

// sendHalf opens a connection and sends a form as far as its middle.
func (in *installation) sendHalf(t *testing.T, token string, body []byte) *halfSent {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(in.url, "http://"))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	h := &halfSent{conn: conn, id: uuid.NewString(), rest: body[len(body)/2:]}
	_, err = fmt.Fprintf(conn, "PUT /api/v1/screenings/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		h.id, token, len(body), body[:len(body)/2])
	must(t, err)
	return h
}

// finish sends the rest and reads the answer.
func (h *halfSent) finish() (status int, position uint64, err error) {
	if err := h.conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		return 0, 0, err
	}
	if _, err := h.conn.Write(h.rest); err != nil {
		return 0, 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return response.StatusCode, 0, err
	}
	var receipt struct{ Position uint64 }
	return response.StatusCode, receipt.Position, json.Unmarshal(bytes.ToLower(body), &receipt)
}

// isReady reports what /readyz says; false also where nobody answers.
func (in *installation) isReady(t *testing.T) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.url+"/readyz", nil)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// forms are synthetic forms, as the bodies of requests.
func forms(t *testing.T, n int) [][]byte {
	t.Helper()
	var bodies [][]byte
	for _, form := range synthetic.Forms(7, n, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)) {
		form.ID = ""
		body, err := json.Marshal(form)
		must(t, err)
		bodies = append(bodies, body)
	}
	return bodies
}

// A service that is told to stop first says that it is not ready, still answers whoever comes meanwhile and every request under way, and
// leaves nothing behind that is not shown and signed.
func TestNoRequestFailsWhileTheServiceStops(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	const wait = 10 * time.Second // in which a busy machine has to notice that it is not ready, and to answer once more
	in.environment = []string{"SONGTOR_DRAIN_WAIT=" + wait.String()}
	in.begin(t)
	officer := in.signIn(t, "officer")
	const requests = 12
	bodies := forms(t, requests+1)
	var sent []*halfSent
	for _, body := range bodies[:requests] {
		sent = append(sent, in.sendHalf(t, officer, body))
	}
	testenv.Eventually(t, 20*time.Second, func() bool { // they are in flight, together with the one that asks
		return bytes.Contains(in.call(t, "", http.MethodGet, "/metrics", nil).body, fmt.Appendf(nil, "songtor_http_requests_in_flight %d\n", requests+1))
	})
	must(t, in.process.Process.Signal(syscall.SIGTERM))
	testenv.Eventually(t, wait, func() bool { return !in.isReady(t) })
	late := in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+uuid.NewString(), bodies[requests])
	mustStatus(t, late, http.StatusCreated) // not ready, and answered all the same
	var last uint64
	for i, h := range sent {
		status, position, err := h.finish()
		if err != nil || status != http.StatusCreated {
			t.Errorf("request %d in flight got %d, %v", i, status, err)
		}
		last = max(last, position)
	}
	if err := in.process.Wait(); err != nil {
		t.Errorf("ended with %v\n%s", err, in.output)
	}
	in.process = nil
	in.leftNothingBehind(t, last)
}

// leftNothingBehind opens the stores of a service that has ended, and looks how far the read models and the signed tree are.
func (in *installation) leftNothingBehind(t *testing.T, position uint64) {
	t.Helper()
	s, err := openStores(t.Context(), storeFlags{Data: in.data, keyFlags: keyFlags{KEK: in.kek}, Replicas: 1}, false, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s.Close()
	signed, err := s.trees.LastSigned(t.Context(), transparency.Cases)
	must(t, err)
	if uint64(signed.Size) < position || position == 0 {
		t.Errorf("the last checkpoint covers %d messages, and %d were acknowledged", signed.Size, position)
	}
	rows, err := s.pools.Projector.Query(t.Context(), "select count(*) from screening.cases")
	must(t, err)
	defer rows.Close()
	var n int
	for rows.Next() {
		must(t, rows.Scan(&n))
	}
	if n == 0 {
		t.Error("the read models show nothing")
	}
}

// The control: where the service is killed the same requests get no answer.
func TestAKilledServiceFailsRequests(t *testing.T) {
	t.Parallel()
	in := install(t)
	h := in.sendHalf(t, in.signIn(t, "officer"), forms(t, 1)[0])
	if err := in.end(syscall.SIGKILL); err == nil {
		t.Fatal("the service ended by itself")
	}
	if status, _, err := h.finish(); err == nil {
		t.Errorf("a killed service answered %d", status)
	}
}

// A request that nobody finishes does not keep the service from stopping.
func TestAHangingRequestDoesNotHoldTheServiceUp(t *testing.T) {
	t.Parallel()
	in := install(t)
	in.sendHalf(t, in.signIn(t, "officer"), forms(t, 1)[0])
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- in.end(syscall.SIGTERM) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v\n%s", err, in.output)
		}
	case <-ctx.Done():
		t.Error(errors.New("the service did not stop within 20 seconds"))
	}
}

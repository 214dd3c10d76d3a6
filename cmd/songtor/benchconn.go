package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// benchConn is one connection to the service that sends requests made beforehand. A load generator shares the machine with what it measures:
// what it spends itself is not there for the service.
type benchConn struct {
	conn net.Conn
	in   *bufio.Reader
}

// callTime bounds one request of a load.
const callTime = 30 * time.Second

// prepare makes the bytes of a request of the signed-in user.
func (c *benchClient) prepare(method, path string, body []byte) ([]byte, error) {
	address, err := url.Parse(c.url)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the address of the service: %w", err)
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		method, path, address.Host, c.token, len(body))
	return append([]byte(head), body...), nil
}

// send makes a prepared request over a connection that is free, and decodes the answer into v where v is not nil.
func (c *benchClient) send(ctx context.Context, request []byte, v any) error {
	w, err := c.take(ctx)
	if err != nil {
		return err
	}
	status, answer, err := w.exchange(request)
	if err != nil {
		_ = w.conn.Close()
		return err
	}
	select {
	case c.free <- w:
	default:
		_ = w.conn.Close() // more than are kept
	}
	if status >= http.StatusMultipleChoices {
		return fmt.Errorf("the service answered %d", status)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}

// take finds a connection that is free, or makes one.
func (c *benchClient) take(ctx context.Context) (*benchConn, error) {
	select {
	case w := <-c.free:
		return w, nil
	default:
	}
	address, err := url.Parse(c.url)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the address of the service: %w", err)
	}
	if address.Scheme != "http" {
		return nil, fmt.Errorf("a load is sent over http, not %s", address.Scheme)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address.Host)
	if err != nil {
		return nil, fmt.Errorf("couldn't reach the service: %w", err)
	}
	return &benchConn{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (w *benchConn) exchange(request []byte) (status int, answer []byte, err error) {
	if err := w.conn.SetDeadline(time.Now().Add(callTime)); err != nil {
		return 0, nil, err
	}
	if _, err := w.conn.Write(request); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

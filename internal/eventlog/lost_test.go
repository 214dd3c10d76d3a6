package eventlog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
)

// proxy stands between a client and a server. At the first publish of a commit it calls meet, which says whether the server gets
// to see it; the client never gets an answer, and the connection breaks.
type proxy struct {
	target string
	meet   func() (forward bool)
	met    func() // called when the server has the message, before the connection breaks; nil where it never gets it
	once   sync.Once
}

func (p *proxy) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var pipes sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		pipes.Wait()
	})
	pipes.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			pipes.Go(func() { p.serve(client) })
		}
	})
	return "nats://" + listener.Addr().String()
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	mute := make(chan struct{})
	var answers sync.WaitGroup
	answers.Go(func() {
		defer client.Close()
		_, _ = io.Copy(muted{client, mute}, server)
	})
	p.forward(client, server, mute)
	_ = client.Close()
	_ = server.Close()
	answers.Wait()
}

// forward passes on what the client sends until the connection ends or the first commit comes by.
func (p *proxy) forward(client io.Reader, server io.Writer, mute chan struct{}) {
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		broken := false
		if bytes.Contains(buf[:n], []byte("HPUB "+casePrefix)) {
			p.once.Do(func() {
				broken = true
				close(mute)
				if p.meet() {
					_, _ = server.Write(buf[:n])
					p.met()
				}
			})
		}
		if broken {
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// muted drops what is written once mute is closed.
type muted struct {
	to   io.Writer
	mute <-chan struct{}
}

func (m muted) Write(b []byte) (int, error) {
	select {
	case <-m.mute:
		return len(b), nil
	default:
		return m.to.Write(b)
	}
}

// lossyLog returns a log behind a proxy, and one with a straight connection to the same server.
func lossyLog(t *testing.T, forward bool, met func(straight *Log)) (*Log, *Log) {
	t.Helper()
	straight, s := openLog(t)
	p := &proxy{
		target: strings.TrimPrefix(s.URL, "nats://"),
		meet:   func() bool { return forward },
		met:    func() { met(straight) },
	}
	nc := dial(t, p.listen(t))
	return open(t, nc, Options{ServerReport: always(nc), Logger: discard}), straight
}

func waitForHead(t *testing.T, l *Log, want uint64) {
	t.Helper()
	testenv.Eventually(t, 10*time.Second, func() bool {
		head, err := l.Head(context.Background())
		return err == nil && head >= want
	})
}

func TestALostAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		forward bool
	}{
		{"failed", false},
		{"failed but stored", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, straight := lossyLog(t, tt.forward, func(straight *Log) { waitForHead(t, straight, 1) })
			c := mustAppend(t, l, next(nil), 0)
			got := mustLoad(t, straight, c.CaseID)
			if len(got) != 1 || got[0].Position != c.Position || got[0].Digest != c.Digest {
				t.Fatalf("the log has %+v, the commit says %d", got, c.Position)
			}
			if head, err := straight.Head(t.Context()); err != nil || head != 1 {
				t.Fatalf("the log has %d messages", head)
			}
		})
	}
}

func TestALostAnswerWhileAnotherWriterCameFirst(t *testing.T) {
	t.Parallel()
	c := next(nil)
	rivals := make(chan *domain.Commit, 1)
	l, straight := lossyLog(t, true, func(straight *Log) {
		waitForHead(t, straight, 1)
		first := *c
		first.Position, first.Digest = 1, digestOf(t, c)
		rivals <- mustAppend(t, straight, next(&first), 1)
	})
	if err := l.Append(t.Context(), c, 0); !errors.Is(err, ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	rival := <-rivals
	got := mustLoad(t, straight, c.CaseID)
	if len(got) != 2 || got[0].ID != c.ID || got[1].ID != rival.ID {
		t.Fatalf("the log has %+v", got)
	}
}

func digestOf(t *testing.T, c *domain.Commit) string {
	t.Helper()
	data, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return Digest(data)
}

func TestAnAnswerThatNeverComesIsUnavailableWhenTheCallerHasWaitedEnough(t *testing.T) {
	t.Parallel()
	l, straight := lossyLog(t, false, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	c := next(nil)
	err := l.Append(ctx, c, 0)
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	// The caller's repeat finds nothing and succeeds.
	testenv.Eventually(t, 10*time.Second, l.nc.IsConnected)
	if got := mustLoad(t, straight, c.CaseID); len(got) != 0 {
		t.Fatalf("%d commits", len(got))
	}
	mustAppend(t, straight, c, 0)
}

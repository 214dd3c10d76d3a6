package eventlog

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Dial connects to a server in the way that the log wants it: it looks for the server for ever once it had found it, notices a
// dead connection within 15 s, and keeps nothing back for later while disconnected, so that a caller learns at once that the log
// is not there. What a server does not take is given up as soon as an answer would be: nobody else can ask or leave meanwhile. The
// options of the caller come after these and may override them.
func Dial(url string, options ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.Name("songtor"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(publishTimeout),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect to the log: %w", err)
	}
	return nc, nil
}

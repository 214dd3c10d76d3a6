package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
)

// readTimeout bounds one question to the log. A read that takes longer will not come.
const readTimeout = 2 * time.Second

// Raw is a message as it was stored.
type Raw struct {
	Position uint64
	Subject  string
	Accepted time.Time // when the server took it first, in UTC
	Data     []byte
}

// CaseID is the case that the message is of, empty where it is of none.
func (r Raw) CaseID() string {
	id, ok := strings.CutPrefix(r.Subject, casePrefix)
	if !ok {
		return ""
	}
	return id
}

// keysDestroyed is how the event that says so is written in a commit.
var keysDestroyed = []byte(`"` + new(domain.KeysDestroyed).EventType() + `"`)

// TellsOfErasure reports, without decoding it, whether a message may say that the keys of its case were destroyed: never no where it does.
func TellsOfErasure(r Raw) bool { return r.CaseID() != "" && bytes.Contains(r.Data, keysDestroyed) }

// commit decodes the message. The subject decides which case it belongs to; a commit that names another one was put there by
// something else than Append.
func (r Raw) commit() (domain.Commit, error) {
	c, err := Decode(r.Data)
	if err != nil {
		return domain.Commit{}, fmt.Errorf("position %d: %w", r.Position, err)
	}
	if casePrefix+c.CaseID != r.Subject {
		return domain.Commit{}, fmt.Errorf("position %d: %w: the commit names another case than its subject", r.Position, ErrBrokenChain)
	}
	c.Position, c.AcceptedAt = r.Position, r.Accepted
	return c, nil
}

// leaderQuestion is answered by the stream's leader alone, which knows every acknowledged message. Replicas may be behind.
type leaderQuestion struct {
	Position uint64 `json:"seq,omitzero"`
	Last     string `json:"last_by_subj,omitzero"`
	Next     string `json:"next_by_subj,omitzero"`
}

type leaderAnswer struct {
	Error   *jetstream.APIError `json:"error"`
	Message struct {
		Subject  string    `json:"subject"`
		Position uint64    `json:"seq"`
		Header   []byte    `json:"hdrs"`
		Data     []byte    `json:"data"`
		Time     time.Time `json:"time"`
	} `json:"message"`
}

// ask puts a question to the leader. Where there is no such message the message is empty, with position 0.
func (s *stream) ask(ctx context.Context, q leaderQuestion) (Raw, error) {
	question, err := json.Marshal(q)
	if err != nil {
		return Raw{}, fmt.Errorf("couldn't encode a question to the log: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	began := time.Now()
	m, err := s.nc.RequestMsgWithContext(ctx, &nats.Msg{Subject: "$JS.API.STREAM.MSG.GET." + s.name, Data: question})
	if err != nil {
		s.unanswered(ctx, &s.outages.reads, began, err)
		return Raw{}, unavailable("read from the log", err)
	}
	var a leaderAnswer
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return Raw{}, unavailable("read from the log", errors.New("malformed answer"))
	}
	switch {
	case a.Error != nil && a.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		s.outages.answered(&s.outages.reads)
		return Raw{}, nil
	case a.Error != nil:
		s.unanswered(ctx, &s.outages.reads, began, a.Error)
		return Raw{}, unavailable("read from the log", a.Error)
	}
	s.outages.answered(&s.outages.reads)
	header, err := headerOf(a.Message.Header)
	if err != nil {
		return Raw{}, unavailable("read from the log", errors.New("malformed headers"))
	}
	return Raw{a.Message.Position, a.Message.Subject, acceptedAt(header, a.Message.Time), a.Message.Data}, nil
}

func headerOf(encoded []byte) (nats.Header, error) {
	if len(encoded) == 0 {
		return nil, nil
	}
	return nats.DecodeHeadersMsg(encoded)
}

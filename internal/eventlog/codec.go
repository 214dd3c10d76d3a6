package eventlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"songtor/domain"
)

// commitVersion is the version of the shape of wireCommit. Events carry versions of their own.
const commitVersion = 1

// wireCommit is a commit as it lies in the log. The order of the members is part of the format: an event's type and version come
// before its data, so that one pass decodes it.
type wireCommit struct {
	Version     int             `json:"v"`
	ID          string          `json:"id"`
	Case        string          `json:"case"`
	Number      int             `json:"n"`
	Previous    string          `json:"prev"`
	Command     string          `json:"command"`
	Actor       domain.Actor    `json:"actor"`
	RecordedAt  time.Time       `json:"recorded_at"`
	Standing    domain.Standing `json:"standing"`
	Fingerprint domain.Private  `json:"fp"`
	Events      []domain.Fact   `json:"events"`
}

// wireSealed is the sealed form of a domain.Private, member for member as domain.Private encodes itself.
type wireSealed struct {
	Scope      domain.Scope `json:"scope"`
	Key        string       `json:"key"`
	Ciphertext []byte       `json:"ct"`
}

// The functions below replace the methods of the domain's types, which go through encoding/json and read each sealed value three
// times. Deterministic keeps the bytes of a commit the same should an event ever carry a map.
var (
	encoding = json.JoinOptions(
		json.Deterministic(true),
		json.WithMarshalers(json.JoinMarshalers(
			json.MarshalToFunc(encodeFact), json.MarshalToFunc(encodePrivate), json.MarshalToFunc(encodeTime),
		)),
	)
	decoding = json.JoinOptions(
		json.RejectUnknownMembers(true),
		json.WithUnmarshalers(json.JoinUnmarshalers(
			json.UnmarshalFromFunc(decodeFact), json.UnmarshalFromFunc(decodePrivate),
		)),
	)
)

// errShape says that an event is not an object of the members type, v, at and data, in this order.
var errShape = errors.New("malformed event")

// Encode returns a commit's bytes for the log. It fails with domain.ErrUnsealed where personal data is still in clear. Position,
// AcceptedAt and Digest are no part of the bytes.
func Encode(c *domain.Commit) ([]byte, error) {
	if err := complete(c); err != nil {
		return nil, err
	}
	data, err := json.Marshal(&wireCommit{
		Version: commitVersion, ID: c.ID, Case: c.CaseID, Number: c.Number, Previous: c.Previous, Command: c.Command, Actor: c.Actor,
		RecordedAt: c.RecordedAt, Standing: c.Standing, Fingerprint: c.Fingerprint, Events: c.Facts,
	}, encoding)
	switch {
	case errors.Is(err, domain.ErrUnsealed):
		return nil, fmt.Errorf("couldn't encode a commit at %s: %w", pointer(err), domain.ErrUnsealed)
	case err != nil:
		return nil, fmt.Errorf("couldn't encode a commit at %s", pointer(err))
	}
	return data, nil
}

// Decode returns the commit that the bytes are, with its Digest; where it lies and when it was accepted is not in the bytes. It
// fails with domain.ErrUnknownEvent for an event, and with ErrUnknownCommit for anything else, that this build does not know:
// unknown members too, since what is not understood must not be acted on.
func Decode(data []byte) (domain.Commit, error) {
	var w wireCommit
	if err := json.Unmarshal(data, &w, decoding); err != nil {
		return domain.Commit{}, undecodable(data, err)
	}
	if w.Version != commitVersion {
		return domain.Commit{}, fmt.Errorf("%w: version %d", ErrUnknownCommit, w.Version)
	}
	c := domain.Commit{
		ID: w.ID, CaseID: w.Case, Number: w.Number, Previous: w.Previous, Command: w.Command, Actor: w.Actor,
		RecordedAt: w.RecordedAt, Standing: w.Standing, Fingerprint: w.Fingerprint, Facts: w.Events, Digest: Digest(data),
	}
	if err := complete(&c); err != nil {
		return domain.Commit{}, fmt.Errorf("%w: %w", ErrUnknownCommit, err)
	}
	return c, nil
}

// Digest is the SHA-256 of a commit's bytes as they lie in the log, in hex.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func complete(c *domain.Commit) error {
	switch {
	case c.ID == "":
		return errors.New("a commit needs an id")
	case c.CaseID == "":
		return errors.New("a commit needs a case")
	case c.Number < 1:
		return errors.New("a commit needs a number from 1")
	case (c.Number == 1) != (c.Previous == ""):
		return errors.New("a commit names the digest of the one before it, and the first names none")
	case len(c.Facts) == 0:
		return errors.New("a commit needs an event")
	}
	return nil
}

func encodeFact(enc *jsontext.Encoder, f domain.Fact) error {
	if f.Event == nil {
		return errors.New("a fact needs an event")
	}
	return errors.Join(
		enc.WriteToken(jsontext.BeginObject),
		enc.WriteToken(jsontext.String("type")), enc.WriteToken(jsontext.String(f.Event.EventType())),
		enc.WriteToken(jsontext.String("v")), enc.WriteToken(jsontext.Int(int64(f.Event.EventVersion()))),
		enc.WriteToken(jsontext.String("at")), json.MarshalEncode(enc, f.HappenedAt),
		enc.WriteToken(jsontext.String("data")), json.MarshalEncode(enc, f.Event),
		enc.WriteToken(jsontext.EndObject),
	)
}

func decodeFact(dec *jsontext.Decoder, f *domain.Fact) error {
	var name string
	var version int
	if err := expect(dec, jsontext.KindBeginObject); err != nil {
		return err
	}
	if err := member(dec, "type", &name); err != nil {
		return err
	}
	if err := member(dec, "v", &version); err != nil {
		return err
	}
	if err := member(dec, "at", &f.HappenedAt); err != nil {
		return err
	}
	event, err := domain.NewEvent(name, version)
	if err != nil {
		return err
	}
	f.Event = event
	if err := member(dec, "data", event); err != nil {
		return err
	}
	return expect(dec, jsontext.KindEndObject)
}

func expect(dec *jsontext.Decoder, kind jsontext.Kind) error {
	token, err := dec.ReadToken()
	if err == nil && token.Kind() != kind {
		err = errShape
	}
	return err
}

func member(dec *jsontext.Decoder, name string, v any) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != jsontext.KindString || token.String() != name {
		return errShape
	}
	return json.UnmarshalDecode(dec, v)
}

func encodePrivate(enc *jsontext.Encoder, p domain.Private) error {
	switch {
	case p.Empty():
		return enc.WriteToken(jsontext.Null)
	case p.Sealed == nil:
		return domain.ErrUnsealed
	}
	return json.MarshalEncode(enc, wireSealed{p.Scope, p.Sealed.KeyID, p.Sealed.Ciphertext})
}

func decodePrivate(dec *jsontext.Decoder, p *domain.Private) error {
	*p = domain.Private{}
	if dec.PeekKind() == jsontext.KindNull {
		return dec.SkipValue()
	}
	var w wireSealed
	if err := json.UnmarshalDecode(dec, &w); err != nil {
		return err
	}
	p.Scope, p.Sealed = w.Scope, &domain.Sealed{KeyID: w.Key, Ciphertext: w.Ciphertext}
	return nil
}

// encodeTime writes every time in UTC: two machines in two time zones give the same bytes.
func encodeTime(enc *jsontext.Encoder, t time.Time) error {
	b, err := t.UTC().MarshalJSON()
	if err != nil {
		return errors.New("a time is out of range")
	}
	return enc.WriteValue(b)
}

// undecodable says why bytes are no commit. It names places and never quotes values: errors end in files that many may read.
func undecodable(data []byte, err error) error {
	var head struct {
		Version int `json:"v"`
	}
	switch {
	case json.Unmarshal(data, &head) == nil && head.Version != commitVersion:
		return fmt.Errorf("%w: version %d", ErrUnknownCommit, head.Version)
	case errors.Is(err, domain.ErrUnknownEvent):
		return fmt.Errorf("couldn't decode a commit: %w", cause(err))
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("%w: unknown member at %s", ErrUnknownCommit, pointer(err))
	}
	return fmt.Errorf("%w: malformed at %s", ErrUnknownCommit, pointer(err))
}

// cause strips what the JSON library adds to an error, which may quote values.
func cause(err error) error {
	var semantic *json.SemanticError
	for errors.As(err, &semantic) {
		err = semantic.Err
	}
	return err
}

// pointer says where in the JSON an error arose.
func pointer(err error) string {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &semantic):
		return fmt.Sprintf("%q", semantic.JSONPointer)
	case errors.As(err, &syntactic):
		return fmt.Sprintf("%q", syntactic.JSONPointer)
	}
	return "an unknown place"
}

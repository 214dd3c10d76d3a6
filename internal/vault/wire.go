package vault

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/secretdata"

	"songtor/domain"
)

// What a Client and a Server say to each other: HTTP/1.1 over a Unix socket, a call a path, JSON in both directions.
type (
	caseCall struct {
		Case  string       `json:"case"`
		Grant Grant        `json:"grant"`
		Scope domain.Scope `json:"scope,omitempty"` // of extend
		// Of keys.
		Scopes []domain.Scope `json:"scopes,omitempty"`
	}
	casesCall struct {
		Cases []string     `json:"cases"`
		Grant Grant        `json:"grant"`
		Scope domain.Scope `json:"scope"`
	}
	destroyCall struct {
		Case   string `json:"case"`
		Reason string `json:"reason"`
	}
	recordedCall struct {
		Through uint64   `json:"through"`
		Cases   []string `json:"cases"`
	}
	serviceCall struct {
		Use   ServiceUse `json:"use"`
		Place string     `json:"place,omitempty"`
		Bytes []byte     `json:"bytes,omitempty"`
	}
	nothing struct{}

	createAnswer struct {
		Keys    *wireKeys `json:"keys"`
		Existed bool      `json:"existed"`
	}
	helloAnswer struct {
		Type      KEKType `json:"type"`
		Exclusion []byte  `json:"exclusion"` // key of Exclusion
	}
	errorAnswer struct {
		Code string `json:"code"`
		Text string `json:"text"`
	}
	rotateAnswer struct {
		Cases int          `json:"cases,omitempty"` // so far
		Done  bool         `json:"done,omitempty"`
		Error *errorAnswer `json:"error,omitempty"`
	}
)

// wireKeys are CaseKeys on their way to the process that asked for them.
type wireKeys struct {
	Case      string                   `json:"case"`
	Destroyed bool                     `json:"destroyed,omitempty"`
	Keys      map[domain.Scope]wireKey `json:"keys,omitempty"`
}

type wireKey struct {
	Secret   []byte `json:"secret"`
	SealOnly bool   `json:"seal_only,omitempty"`
}

func toWire(k *CaseKeys) (*wireKeys, error) {
	w := &wireKeys{Case: k.caseID, Destroyed: k.destroyed, Keys: make(map[domain.Scope]wireKey, len(k.keys))}
	for scope, key := range k.keys {
		only, err := onlyKey(key.handle)
		if err != nil {
			return nil, err
		}
		w.Keys[scope] = wireKey{Secret: only.KeyBytes().Data(insecuresecretdataaccess.Token{}), SealOnly: key.sealOnly}
	}
	return w, nil
}

func fromWire(w *wireKeys) (*CaseKeys, error) {
	if w == nil {
		return nil, errors.New("the key service sent no keys")
	}
	k := &CaseKeys{caseID: w.Case, destroyed: w.Destroyed, keys: make(map[domain.Scope]scopeKey, len(w.Keys))}
	for scope, sent := range w.Keys {
		handle, err := keysetOf(secretdata.NewBytesFromData(sent.Secret, insecuresecretdataaccess.Token{}))
		if err != nil {
			return nil, err
		}
		key, err := newScopeKey(handle, w.Case, scope)
		if err != nil {
			return nil, err
		}
		clear(sent.Secret)
		key.sealOnly = sent.SealOnly
		k.keys[scope] = key
	}
	return k, nil
}

// codes are the errors that callers tell apart, by the word that goes over the socket.
var codes = map[string]error{
	"unavailable":   ErrUnavailable,
	"destroyed":     ErrDestroyed,
	"no-key":        ErrNoKey,
	"scope":         ErrScope,
	"wrong-kek":     ErrWrongKEK,
	"not-authentic": ErrNotAuthentic,
	"grant":         ErrGrant,
	"demo":          ErrDemo,
	"service-use":   ErrServiceUse,
	"ledger":        ErrLedger,
	"rotating":      ErrRotating,
	"forbidden":     ErrPeer,
}

func encodeError(err error) *errorAnswer {
	for code, known := range codes {
		if errors.Is(err, known) {
			return &errorAnswer{Code: code, Text: err.Error()}
		}
	}
	return &errorAnswer{Text: err.Error()}
}

func (e *errorAnswer) decode() error {
	if known, ok := codes[e.Code]; ok {
		return fmt.Errorf("the key service answers %q: %w", e.Text, known)
	}
	return fmt.Errorf("the key service answers %q", e.Text)
}

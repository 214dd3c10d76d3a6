package transparency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// bundleFormat is how every bundle of this shape begins.
const bundleFormat = "songtor case bundle v1"

// Bundle is one case's history with everything that is needed to check it offline. It has one encoding only, so that no byte of it can
// be changed without a trace.
type Bundle struct {
	Format     string    `json:"format"`
	Case       string    `json:"case_id"`
	MadeAt     time.Time `json:"made_at"`
	Events     int       `json:"messages_in_case"` // how many messages the case has in the tree of the checkpoint
	Checkpoint string    `json:"checkpoint"`       // with the cosignatures
	Messages   []Message `json:"messages"`
	LogKey     string    `json:"log_key"`     // for reading only: whom to trust is the reader's policy
	ReceiptKey string    `json:"receipt_key"` // likewise
	Signature  string    `json:"signature"`   // of the receipts' key, over all of the above
}

// Message is one message of the log as it lies there, and its way to the root of the tree. A message that says in clear what the one who
// asked for the bundle may not know is named by its digest alone: the tree and the message after it are made of no more.
type Message struct {
	Position   uint64           `json:"position"`
	AcceptedAt time.Time        `json:"accepted_at"` // the service's word; no part of the tree
	Data       []byte           `json:"data,omitempty"`
	Withheld   string           `json:"withheld,omitempty"` // SHA-256 in hex of what would be in Data
	Proof      tlog.RecordProof `json:"proof"`
}

// Withhold takes away what a message says and leaves its digest.
func (m *Message) Withhold() { m.Data, m.Withheld = nil, digestOf(m.Data) }

// SignBundle fills in what every bundle says of its maker, and signs it. What it signs says that the case has these messages in the
// tree of the checkpoint, and no more.
func (k *Keys) SignBundle(ctx context.Context, b *Bundle) error {
	b.Format, b.Events = bundleFormat, len(b.Messages)
	b.LogKey, b.ReceiptKey = k.VerifierKey(Cases), k.ReceiptKey()
	text, err := b.text(k.Origin(Cases))
	if err != nil {
		return err
	}
	signature, err := k.receipts.sign(ctx, text)
	if err != nil {
		return fmt.Errorf("couldn't sign a bundle: %w", err)
	}
	b.Signature = k.receipts.id() + " " + base64.StdEncoding.EncodeToString(signature)
	return nil
}

// text is what is signed of a bundle.
func (b *Bundle) text(origin string) ([]byte, error) {
	unsigned := *b
	unsigned.Signature = ""
	encoded, err := unsigned.Encode()
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s\nlog %s\nsha256 %x\n", bundleFormat, origin, sha256.Sum256(encoded)), nil
}

// Encode writes a bundle as a file.
func (b *Bundle) Encode() ([]byte, error) {
	var file bytes.Buffer
	enc := json.NewEncoder(&file)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(b); err != nil {
		return nil, fmt.Errorf("couldn't encode a bundle: %w", err)
	}
	return file.Bytes(), nil
}

// decodeBundle reads a bundle's file. Anything but the one encoding of what it says is refused: a second way to write the same bundle
// would be a place to hide things.
func decodeBundle(file []byte) (*Bundle, error) {
	b := new(Bundle)
	if err := json.Unmarshal(file, b); err != nil || b.Format != bundleFormat {
		return nil, fmt.Errorf("%w: it is no %s", ErrFormat, bundleFormat)
	}
	again, err := b.Encode()
	if err != nil || !bytes.Equal(again, file) {
		return nil, fmt.Errorf("%w: it is not written as the service writes it", ErrFormat)
	}
	return b, nil
}

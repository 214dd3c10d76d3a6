package transparency

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"
)

// MMD is the time within which what has a receipt is in a signed tree: the maximum merge delay of RFC 6962.
const MMD = 60 * time.Second

// Receipt is what the service answers for: that a command is in the log, at a position, with a digest.
type Receipt struct {
	CaseID    string
	CommandID string
	Position  uint64
	Digest    string // SHA-256 of the commit's bytes in the log, in hex
}

// Signature is a signature under a receipt.
type Signature struct {
	KeyID string // of the key, 8 hexadecimal digits
	Value string // Ed25519, in base64
}

// SignReceipt signs a receipt. The same receipt always gets the same signature, so that a repeated call is answered byte for byte as
// the first one was. It fails with an error of the keys' holder.
func (k *Keys) SignReceipt(ctx context.Context, r Receipt) (Signature, error) {
	signature, err := k.receipts.sign(ctx, r.text(k.cases.name))
	if err != nil {
		return Signature{}, fmt.Errorf("couldn't sign a receipt: %w", err)
	}
	return Signature{k.receipts.id(), base64.StdEncoding.EncodeToString(signature)}, nil
}

// text is what is signed: one line for each part, and the first says what kind of text it is, so that nothing else that is ever
// signed can be taken for a receipt.
func (r Receipt) text(origin string) []byte {
	return fmt.Appendf(nil, "songtor receipt v1\nlog %s\ncase %s\ncommand %s\nposition %d\ndigest %s\nin the tree within %d s\n",
		origin, r.CaseID, r.CommandID, r.Position, r.Digest, int(MMD.Seconds()))
}

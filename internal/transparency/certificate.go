package transparency

import (
	"context"
	"encoding/base64"
	"fmt"
)

// SignCertificate signs the certificate of an erasure, named by the SHA-256 of its canonical bytes in hex. The same certificate always
// gets the same signature. It fails with an error of the keys' holder.
func (k *Keys) SignCertificate(ctx context.Context, digest string) (Signature, error) {
	text := fmt.Appendf(nil, "songtor erasure v1\nlog %s\ncertificate %s\n", k.cases.name, digest)
	signature, err := k.receipts.sign(ctx, text)
	if err != nil {
		return Signature{}, fmt.Errorf("couldn't sign a certificate: %w", err)
	}
	return Signature{k.receipts.id(), base64.StdEncoding.EncodeToString(signature)}, nil
}

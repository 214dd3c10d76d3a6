// Package verify checks the certificate of a release exactly. It shares no code with the engine that made it: it reads the published cells
// and the certificate as files, and reckons with whole numbers and fractions of any size.
package verify

import "errors"

// ErrRefused is in every error of Certificate: what is published is not proved to be safe.
var ErrRefused = errors.New("the certificate does not hold")

// Certificate checks that a certificate proves the rule C(P) with the bound that it names for all that is published in it.
func Certificate(certificate []byte) (Statement, error) {
	return Statement{}, ErrRefused
}

// Statement is what a certificate that holds has proved.
type Statement struct {
	Bound     int `json:"bound"`
	Atoms     int `json:"atoms"`
	Witnesses int `json:"witnesses"`
	Zeros     int `json:"zeros"`
}

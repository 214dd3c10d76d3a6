package main

import (
	"crypto/tls"
	"errors"

	"github.com/nats-io/nats.go"
)

// natsFlags say how the connection to an outside NATS is kept private: both ends show a certificate. The system's own authorities count
// where none is named.
type natsFlags struct {
	NATSCA   string `name:"nats-ca" env:"SONGTOR_NATS_CA" type:"existingfile" help:"File with the certificate authority of that server (PEM); demands TLS 1.3." placeholder:"FILE"`
	NATSCert string `name:"nats-cert" env:"SONGTOR_NATS_CERT" type:"existingfile" help:"File with the certificate that the service shows (PEM)." placeholder:"FILE"`
	NATSKey  string `name:"nats-key" env:"SONGTOR_NATS_KEY" type:"existingfile" help:"File with the key of that certificate (PEM)." placeholder:"FILE"`
}

// options are those of a connection.
func (f natsFlags) options() ([]nats.Option, error) {
	if (f.NATSCert == "") != (f.NATSKey == "") {
		return nil, errors.New("--nats-cert and --nats-key belong together")
	}
	if f.NATSCA == "" && f.NATSCert == "" {
		return nil, nil
	}
	options := []nats.Option{nats.Secure(&tls.Config{MinVersion: tls.VersionTLS13})}
	if f.NATSCA != "" {
		options = append(options, nats.RootCAs(f.NATSCA))
	}
	if f.NATSCert != "" {
		options = append(options, nats.ClientCert(f.NATSCert, f.NATSKey))
	}
	return options, nil
}

package deployments_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// authority is a certificate authority and what it has signed, as files.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{dir: t.TempDir()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.key = key
	a.certificate = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.write(t, "ca", a.certificate, &key.PublicKey, key)
	return a
}

// sign makes the certificate of a part, and returns its file and that of its key.
func (a *authority) sign(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, &k.PublicKey, k)
	return filepath.Join(a.dir, name+".crt"), filepath.Join(a.dir, name+".key")
}

func (a *authority) write(t *testing.T, name string, template *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) {
	t.Helper()
	certificate, err := x509.CreateCertificate(rand.Reader, template, a.certificate, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".crt": {Type: "CERTIFICATE", Bytes: certificate}, name + ".key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(a.dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheLogTakesNobodyInClear starts a server with the settings that are shipped.
func TestTheLogTakesNobodyInClear(t *testing.T) {
	a := newAuthority(t)
	ca := filepath.Join(a.dir, "ca.crt")
	serverCertificate, serverKey := a.sign(t, "nats")
	certificate, key := a.sign(t, "songtor")
	for name, value := range map[string]string{
		"NATS_SERVER_NAME": "test", "NATS_LISTEN": "127.0.0.1:-1", "NATS_STORE": t.TempDir(), "NATS_CERT": serverCertificate, "NATS_KEY": serverKey, "NATS_CA": ca,
		"NATS_ADMIN_PASSWORD": "admin-password", "NATS_SONGTOR_PASSWORD": "songtor-password", "NATS_SYS_PASSWORD": "sys-password",
	} {
		t.Setenv(name, value)
	}
	url := start(t)
	private := []nats.Option{nats.RootCAs(ca), nats.ClientCert(certificate, key)}
	with := func(more ...nats.Option) []nats.Option { return append(private[:len(private):len(private)], more...) }
	other := newAuthority(t)
	otherCertificate, otherKey := other.sign(t, "songtor")
	for name, c := range map[string]struct {
		url     string
		options []nats.Option
		taken   bool
	}{
		"with certificate and password":        {"tls://songtor:songtor-password@" + url, private, true},
		"in clear":                             {"nats://songtor:songtor-password@" + url, nil, false},
		"without a certificate":                {"tls://songtor:songtor-password@" + url, []nats.Option{nats.RootCAs(ca)}, false},
		"with the certificate of another":      {"tls://songtor:songtor-password@" + url, []nats.Option{nats.RootCAs(ca), nats.ClientCert(otherCertificate, otherKey)}, false},
		"with a certificate and no password":   {"tls://" + url, private, false},
		"with a wrong password":                {"tls://songtor:wrong@" + url, private, false},
		"by TLS 1.2":                           {"tls://songtor:songtor-password@" + url, with(nats.Secure(&tls.Config{MaxVersion: tls.VersionTLS12})), false},
		"that does not trust the server's own": {"tls://songtor:songtor-password@" + url, []nats.Option{nats.ClientCert(certificate, key)}, false},
	} {
		nc, err := nats.Connect(c.url, append(c.options, nats.Timeout(5*time.Second))...)
		if (err == nil) != c.taken {
			t.Errorf("a client %s: %v", name, err)
		}
		if err == nil {
			mayNotChangeTheLog(t, nc)
			nc.Close()
		}
	}
}

// start starts the server and returns its host and port.
func start(t *testing.T) string {
	t.Helper()
	options, err := server.ProcessConfigFile(filepath.Join("nats", "nats-server.conf"))
	if err != nil {
		t.Fatal(err)
	}
	options.NoLog, options.NoSigs = true, true
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not get ready")
	}
	if options.HTTPPort != 0 || options.HTTPSPort != 0 {
		t.Error("the server has a port for monitoring")
	}
	return s.Addr().String()
}

// mayNotChangeTheLog sees that the service's own account can neither make nor delete streams.
func mayNotChangeTheLog(t *testing.T, nc *nats.Conn) {
	t.Helper()
	for _, subject := range []string{"$JS.API.STREAM.CREATE.NRM", "$JS.API.STREAM.DELETE.NRM", "$JS.API.STREAM.PURGE.NRM", "$JS.API.STREAM.UPDATE.NRM", "$JS.API.STREAM.MSG.DELETE.NRM"} {
		if _, err := nc.Request(subject, []byte(`{}`), 200*time.Millisecond); err == nil {
			t.Errorf("the service may ask %s", subject)
		}
	}
}

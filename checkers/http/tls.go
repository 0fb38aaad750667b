package http

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// Files are those of the SSL block; empty ones are not used. CA has no effect but that it has to be
// there: no server is verified.
type Files struct{ CA, Certificate, Key, Password string }

// Identity is a client certificate that checks share: to take the password off a key is made to be
// slow. Its files are read by the first check and again when they have changed, so that a renewed
// certificate needs no reload.
type Identity struct {
	files Files

	mu     sync.Mutex
	read   bool
	stamps [3]stamp
	base   *tls.Config
	err    error
}

// NewIdentity returns the identity in these files. They are not read yet.
func NewIdentity(f Files) *Identity { return &Identity{files: f} }

// stamp tells whether a file is another one than before.
type stamp struct {
	at   time.Time
	size int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if path == "" || err != nil {
		return stamp{}
	}
	return stamp{info.ModTime(), info.Size()}
}

// config is what a connection with that server name (SNI) is made with.
func (i *Identity) config(name string) (*tls.Config, error) {
	stamps := [3]stamp{stampOf(i.files.CA), stampOf(i.files.Certificate), stampOf(i.files.Key)}
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.read || stamps != i.stamps {
		i.base, i.err = newConfig(i.files)
		i.read, i.stamps = true, stamps
	}
	if i.err != nil || name == "" {
		return i.base, i.err
	}
	c := i.base.Clone()
	c.ServerName = name
	return c, nil
}

// newConfig takes whatever a server may speak that Go still speaks: old real servers are to be
// checked too.
func newConfig(files Files) (*tls.Config, error) {
	c := &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		Renegotiation:      tls.RenegotiateFreelyAsClient,
	}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			c.CipherSuites = append(c.CipherSuites, s.ID)
		}
	}
	if files.CA != "" {
		if text, err := os.ReadFile(files.CA); err != nil {
			return nil, fmt.Errorf("SSL ca: %w", err)
		} else if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("SSL ca: %s has no certificate", files.CA)
		}
	}
	certificate, err := clientCertificate(files)
	if err != nil {
		return nil, err
	}
	if certificate != nil {
		// It is sent whatever authorities the server names, as OpenSSL does.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	return c, nil
}

// clientCertificate reads certificate and key; nil if one of them is not given.
func clientCertificate(files Files) (*tls.Certificate, error) {
	if files.Certificate == "" || files.Key == "" {
		return nil, nil
	}
	chain, err := os.ReadFile(files.Certificate)
	if err != nil {
		return nil, fmt.Errorf("SSL certificate: %w", err)
	}
	key, err := os.ReadFile(files.Key)
	if err != nil {
		return nil, fmt.Errorf("SSL key: %w", err)
	}
	if key, err = plainKey(key, files.Password); err != nil {
		return nil, fmt.Errorf("SSL key %s: %w", files.Key, err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("SSL certificate %s: %w", files.Certificate, err)
	}
	return &pair, nil
}

// plainKey takes the password off a key in PEM; one without is returned as it is.
func plainKey(text []byte, password string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		switch {
		case block == nil:
			return text, nil
		case block.Type == "ENCRYPTED PRIVATE KEY":
			return decryptKey(block.Bytes, password)
		//lint:ignore SA1019 it is weak, and what old installations have
		case x509.IsEncryptedPEMBlock(block):
			//lint:ignore SA1019 as above
			der, err := x509.DecryptPEMBlock(block, []byte(password))
			if err != nil {
				return nil, errors.New("the password does not fit")
			}
			return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
		case bytes.HasSuffix([]byte(block.Type), []byte("PRIVATE KEY")):
			return text, nil
		}
	}
}

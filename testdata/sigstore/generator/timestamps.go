package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"

	"github.com/digitorus/timestamp"
)

// timestampAuthority answers as timestamp-authority does (RFC 3161).
type timestampAuthority struct {
	root, leaf *x509.Certificate
	key        *ecdsa.PrivateKey
}

func newTimestampAuthority(name string) *timestampAuthority {
	rootKey, key := newKey(elliptic.P384()), newKey(elliptic.P384())
	root := authorityTemplate(name, name+"-tsa-root")
	t := &timestampAuthority{key: key}
	t.root = certify(root, root, rootKey.Public(), rootKey)
	t.leaf = certify(&x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{Organization: []string{name}, CommonName: name + "-tsa"},
		NotBefore:    trustedFrom,
		NotAfter:     trustedUntil,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		SubjectKeyId: keyID(key.Public()),
		ExtraExtensions: []pkix.Extension{{
			Id:       asn1.ObjectIdentifier{2, 5, 29, 37},
			Critical: true,
			Value:    must(asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})),
		}},
	}, t.root, key.Public(), rootKey)
	return t
}

func (t *timestampAuthority) respond(query []byte) ([]byte, error) {
	request, err := timestamp.ParseRequest(query)
	if err != nil {
		return nil, err
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm:     request.HashAlgorithm,
		HashedMessage:     request.HashedMessage,
		Time:              time.Now().UTC(),
		Accuracy:          time.Second,
		Nonce:             request.Nonce,
		Policy:            asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2},
		AddTSACertificate: request.Certificates,
	}
	return stamp.CreateResponseWithOpts(t.leaf, t.key, crypto.SHA256)
}

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/url"
	"time"

	ct "github.com/google/certificate-transparency-go"
	"github.com/google/certificate-transparency-go/tls"
	ctx509 "github.com/google/certificate-transparency-go/x509"
	"github.com/sigstore/fulcio/pkg/certificate"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

// From when until when all that is trusted is valid. What is signed is signed in between.
var (
	trustedFrom  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	trustedUntil = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
)

var sctListOID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// identity is whom a certificate names.
type identity struct {
	uri, email, userName string // one of them
	extensions           certificate.Extensions
}

func (i identity) subject() string { return i.uri + i.email + i.userName }

// authority issues certificates as Fulcio does.
type authority struct {
	name               string
	root, intermediate *x509.Certificate
	key                crypto.Signer
	ctLog              *ecdsa.PrivateKey // nil: its certificates are in no log
}

func newAuthority(name string, withLog bool) *authority {
	rootKey, key := newKey(elliptic.P384()), newKey(elliptic.P384())
	root := authorityTemplate(name, name)
	root.MaxPathLen = 1
	a := &authority{name: name, key: key}
	a.root = certify(root, root, rootKey.Public(), rootKey)
	intermediate := authorityTemplate(name, name+"-intermediate")
	intermediate.MaxPathLenZero = true
	intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	a.intermediate = certify(intermediate, a.root, key.Public(), rootKey)
	if withLog {
		a.ctLog = newKey(elliptic.P256())
	}
	return a
}

// issue certifies for ten minutes, with an SCT if there is a log.
func (a *authority) issue(public crypto.PublicKey, who identity) *x509.Certificate {
	now := time.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber:    newSerial(),
		NotBefore:       now,
		NotAfter:        now.Add(10 * time.Minute),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtKeyUsage:     []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		SubjectKeyId:    keyID(public),
		ExtraExtensions: must(who.extensions.Render()),
	}
	switch {
	case who.uri != "":
		template.URIs = []*url.URL{must(url.Parse(who.uri))}
	case who.email != "":
		template.EmailAddresses = []string{who.email}
	default:
		name := must(cryptoutils.MarshalOtherNameSAN(who.userName, true))
		template.ExtraExtensions = append(template.ExtraExtensions, *name)
	}
	without := certify(template, a.intermediate, public, a.key)
	if a.ctLog == nil {
		return without
	}
	template.ExtraExtensions = append(template.ExtraExtensions, a.sctList(without, now))
	return certify(template, a.intermediate, public, a.key)
}

// sctList is the extension with the log's promise for a certificate that is the same but for it.
func (a *authority) sctList(without *x509.Certificate, now time.Time) pkix.Extension {
	entry := ct.LogEntry{Leaf: ct.MerkleTreeLeaf{
		Version:  ct.V1,
		LeafType: ct.TimestampedEntryLeafType,
		TimestampedEntry: &ct.TimestampedEntry{
			EntryType: ct.PrecertLogEntryType,
			PrecertEntry: &ct.PreCert{
				IssuerKeyHash:  sha256.Sum256(a.intermediate.RawSubjectPublicKeyInfo),
				TBSCertificate: without.RawTBSCertificate,
			},
		},
	}}
	sct := ct.SignedCertificateTimestamp{
		SCTVersion: ct.V1,
		LogID:      ct.LogID{KeyID: sha256.Sum256(publicDER(a.ctLog.Public()))},
		Timestamp:  uint64(now.UnixMilli()),
	}
	signed := must(ct.SerializeSCTSignatureInput(sct, entry))
	sct.Signature = ct.DigitallySigned{
		Algorithm: tls.SignatureAndHashAlgorithm{Hash: tls.SHA256, Signature: tls.ECDSA},
		Signature: must(ecdsa.SignASN1(rand.Reader, a.ctLog, sha256Of(signed))),
	}
	list := must(tls.Marshal(ctx509.SignedCertificateTimestampList{
		SCTList: []ctx509.SerializedSCT{{Val: must(tls.Marshal(sct))}},
	}))
	return pkix.Extension{Id: sctListOID, Value: must(asn1.Marshal(list))}
}

func authorityTemplate(organization, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{Organization: []string{organization}, CommonName: name},
		NotBefore:             trustedFrom,
		NotAfter:              trustedUntil,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

func certify(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	der := must(x509.CreateCertificate(rand.Reader, template, parent, public, key))
	return must(x509.ParseCertificate(der))
}

func newKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	return must(ecdsa.GenerateKey(curve, rand.Reader))
}

func newSerial() *big.Int { return must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))) }

func publicDER(public crypto.PublicKey) []byte { return must(x509.MarshalPKIXPublicKey(public)) }

func keyID(public crypto.PublicKey) []byte {
	return sha256Of(publicDER(public))[:20]
}

func sha256Of(bytes []byte) []byte {
	digest := sha256.Sum256(bytes)
	return digest[:]
}

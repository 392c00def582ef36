package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
)

// Where the certificate of a key that there already is comes from.
const (
	issued   = "issued"   // cosign has it certified
	attached = "attached" // cosign is given one
)

// signing is one run of `cosign sign` or `cosign attest`.
type signing struct {
	cosign int
	// The short name of a predicate type, or a URI; "": sign.
	attest string
	// Bundles, as cosign 3 does unless told otherwise; else layers.
	bundle bool
	// Layers of a manifest that refers to the image, not under a tag.
	referring bool
	// The name of a private key; "": one for this time, certified for `who`.
	key string
	// issued, attached, or "": the key is not certified.
	certificate string
	who         *identity
	by          witnesses
	// By cosign 2, of what kind the log entry of an attestation is.
	entry string
	// By the instance without logs.
	private bool
	extra   []string
}

func (s signing) keyless() bool { return s.key == "" || s.certificate != "" }

// evidence is what a signing is to prove.
type evidence struct {
	MadeBy string `json:"made_by"`
	Form   string `json:"form"`
	// The name of testdata/keys/NAME.pub: of the key that no certificate speaks of, or that one is for.
	Key          string         `json:"key,omitempty"`
	CertifiedKey string         `json:"certified_key,omitempty"`
	Identity     *namedIdentity `json:"identity,omitempty"`
	// Of whose instance the witnesses are.
	Trust                 string  `json:"trust,omitempty"`
	LogEntries            int     `json:"log_entries"`
	Timestamps            int     `json:"timestamps"`
	CertificateTimestamps int     `json:"certificate_timestamps"`
	LogIndexes            []int64 `json:"log_indexes,omitempty"`
	PredicateType         string  `json:"predicate_type,omitempty"`
	// What cosign 3 says of it where it does not accept it.
	CosignRefuses string `json:"cosign_refuses,omitempty"`
}

type namedIdentity struct {
	Subject    string            `json:"subject"`
	Issuer     string            `json:"issuer"`
	Extensions map[string]string `json:"extensions,omitempty"`
}

var predicates = map[string]struct{ uri, text string }{
	"custom": {"https://cosign.sigstore.dev/attestation/v1", `{"checked": "by hand"}`},
	"slsaprovenance1": {"https://slsa.dev/provenance/v1", `{"buildDefinition": {"buildType": "https://example.org/build/v1",` +
		` "externalParameters": {"source": "https://example.org/app"}}, "runDetails": {"builder": {"id": "https://example.org/builder"}}}`},
	"vuln": {"https://cosign.sigstore.dev/attestation/vuln/v1", `{"invocation": {"uri": "https://example.org/scan"},` +
		` "scanner": {"uri": "https://example.org/scanner", "version": "1", "result": {"found": []}},` +
		` "metadata": {"scanStartedOn": "2026-01-02T03:04:05Z", "scanFinishedOn": "2026-01-02T03:05:06Z"}}`},
	"spdxjson":                     {"https://spdx.dev/Document", `{"spdxVersion": "SPDX-2.3", "name": "app"}`},
	"https://example.org/audit/v1": {"https://example.org/audit/v1", `{"audited": true}`},
}

// What cosign signs with such keys, which it must be told when it verifies.
var largerHashes = map[string]string{"ecdsa-p384": "sha384", "ecdsa-p521": "sha512"}

// signer runs cosign with the services of two instances.
type signer struct {
	cosign    *cosign
	instances map[string]*instance
}

func (s *signer) instance(of signing) (string, *instance) {
	if of.private {
		return "private", s.instances["private"]
	}
	return "public", s.instances["public"]
}

// sign runs cosign, and returns what that is to prove; or what cosign says if it does not.
func (s *signer) sign(image name.Digest, of signing) (*evidence, string) {
	trust, instance := s.instance(of)
	arguments := s.arguments(of, trust, instance)
	var next []int64
	switch {
	case of.by.rekor1:
		next = []int64{instance.rekor1.before + instance.rekor1.size()}
	case of.by.rekor2:
		next = []int64{instance.rekor2.size()}
	}
	var environment []string
	if of.referring {
		environment = append(environment, "COSIGN_EXPERIMENTAL=1")
	}
	if said, err := s.cosign.run(of.cosign, environment, append(arguments, image.String())...); err != nil {
		return nil, said
	}
	made := &evidence{MadeBy: s.cosign.inShort(of.cosign, append(arguments, image.String())), Form: form(of)}
	if of.by != (witnesses{}) || of.keyless() {
		made.Trust = trust
	}
	made.LogEntries, made.LogIndexes = len(next), next
	if of.by.timestamp {
		made.Timestamps = 1
	}
	if of.keyless() {
		made.CertifiedKey = of.key
		made.Identity = &namedIdentity{of.who.subject(), of.who.extensions.Issuer, named(of.who.extensions)}
		if instance.authority.ctLog != nil {
			made.CertificateTimestamps = 1
		}
	} else {
		made.Key = of.key
	}
	if of.attest != "" {
		made.PredicateType = predicates[of.attest].uri
	} else if of.bundle {
		made.PredicateType = "https://sigstore.dev/cosign/sign/v1"
	}
	return made, ""
}

func form(of signing) string {
	switch {
	case of.bundle:
		return "bundle"
	case of.attest != "":
		return "attestation_layer"
	default:
		return "signature_layer"
	}
}

func (s *signer) arguments(of signing, trust string, instance *instance) []string {
	arguments := []string{"sign", "--yes"}
	if of.attest != "" {
		predicate := s.cosign.file("predicate.json", []byte(predicates[of.attest].text))
		arguments = []string{"attest", "--yes", "--type", of.attest, "--predicate", predicate}
	}
	if of.key != "" {
		arguments = append(arguments, "--key", s.cosign.key(of.key))
	}
	switch {
	case of.certificate == attached:
		arguments = append(arguments, "--certificate", s.certificate(of, instance))
	case of.certificate == issued:
		arguments = append(arguments, "--issue-certificate", "--identity-token", token(*of.who))
	case of.key == "":
		arguments = append(arguments, "--identity-token", token(*of.who))
	}
	if of.cosign == 3 && of.bundle {
		config := s.cosign.file("signing_config.json", instance.signingConfig(of.by))
		arguments = append(arguments, "--signing-config", config)
		// With it cosign verifies what it has signed, by another scheme than it signs with such a key.
		if of.key != "ed25519" {
			arguments = append(arguments, "--trusted-root", s.trustedRoot(trust))
		}
	} else {
		arguments = append(arguments, s.services(of, trust, instance)...)
	}
	if of.referring {
		arguments = append(arguments, "--registry-referrers-mode", "oci-1-1")
	}
	if of.entry != "" {
		arguments = append(arguments, "--rekor-entry-type", of.entry)
	}
	return append(arguments, of.extra...)
}

// services names them one by one, as older versions want it.
func (s *signer) services(of signing, trust string, instance *instance) []string {
	var arguments []string
	if of.cosign == 3 {
		arguments = append(arguments, "--new-bundle-format=false", "--use-signing-config=false", "--trusted-root", s.trustedRoot(trust))
	} else if of.bundle {
		arguments = append(arguments, "--new-bundle-format")
	}
	if of.keyless() && of.certificate != attached {
		arguments = append(arguments, "--fulcio-url", instance.server.URL)
		if instance.authority.ctLog == nil {
			arguments = append(arguments, "--insecure-skip-verify")
		}
	}
	if of.by.rekor1 {
		arguments = append(arguments, "--rekor-url", instance.server.URL)
	} else {
		arguments = append(arguments, "--tlog-upload=false")
	}
	if of.by.timestamp {
		arguments = append(arguments, "--timestamp-server-url", instance.timestampURL())
	}
	return arguments
}

func (s *signer) trustedRoot(trust string) string {
	return filepath.Join(s.cosign.folder, trust+"_root.json")
}

func (s *signer) certificate(of signing, instance *instance) string {
	block, _ := pem.Decode(must(os.ReadFile(filepath.Join(s.cosign.keys, of.key+".pem"))))
	key := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(crypto.Signer)
	return s.cosign.file("certificate.pem", []byte(certificatePEM(instance.authority.issue(key.Public(), *of.who))))
}

// ask asks cosign 3 whether it is so, and returns what it says if not.
func (s *signer) ask(image name.Digest, of signing, made *evidence, moved bool) string {
	trust, _ := s.instance(of)
	arguments := []string{"verify", "--trusted-root", s.trustedRoot(trust)}
	if of.attest != "" {
		arguments = []string{"verify-attestation", "--type", of.attest, "--trusted-root", s.trustedRoot(trust)}
	}
	if !of.bundle {
		arguments = append(arguments, "--new-bundle-format=false")
	}
	if made.Identity != nil {
		arguments = append(arguments, "--certificate-identity", made.Identity.Subject, "--certificate-oidc-issuer", made.Identity.Issuer)
	} else {
		arguments = append(arguments, "--key", filepath.Join(s.cosign.folder, of.key+".pub"))
		if hash, larger := largerHashes[of.key]; larger {
			arguments = append(arguments, "--signature-digest-algorithm", hash)
		}
	}
	if made.LogEntries == 0 {
		arguments = append(arguments, "--insecure-ignore-tlog")
	}
	if made.Identity != nil && made.CertificateTimestamps == 0 {
		arguments = append(arguments, "--insecure-ignore-sct")
	}
	if made.Timestamps > 0 {
		arguments = append(arguments, "--use-signed-timestamps")
	}
	if of.referring || moved {
		arguments = append(arguments, "--experimental-oci11")
	}
	said, err := s.cosign.run(3, []string{"COSIGN_EXPERIMENTAL=1"}, append(arguments, image.String())...)
	if err == nil {
		return ""
	}
	return lastWords(said, image.String())
}
